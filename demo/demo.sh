#!/bin/sh
# The main job, once, on real input: this project's own code becomes a persona that answers.
# Everything is written into a scratch folder that is removed at the end; no server is asked.
set -eu

persona=$(cd "$(dirname "${PERSONA:?the persona command, as in: PERSONA=.venv/bin/persona}")" && pwd)/persona
code=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM
export PERSONA_DATA_DIR="$scratch/data" PERSONA_STATE_DIR="$scratch/state" PERSONA_CONFIG_DIR="$scratch/config"
mkdir "$scratch/.persona"
cd "$scratch"

step() {
    printf '\n$ persona'
    for word in "$@"; do
        case $word in *' '*) printf ' "%s"' "$word" ;; *) printf ' %s' "$word" ;; esac
    done
    printf '\n'
    "$persona" "$@"
}

step detect "$code" --top 3
step build --describe "maintainer of this command-line program" --codebase "$code" \
    --designer rulebook --base-model smollm2:135m --name my-maintainer --registry-only --dry-run
step build --describe "maintainer of this command-line program" --codebase "$code" \
    --designer rulebook --base-model smollm2:135m --name my-maintainer --registry-only --yes --quiet
step lint my-maintainer
step list --scope project
printf '\n# the file is edited by hand, as in any editor: a little less strict, and short answers\n'
sed -i.before -e 's/^temperature: .*/temperature: 0.2  # a little less strict/' \
    -e 's/num_predict: .*/num_predict: 96/' -e 's/num_ctx: .*/num_ctx: 4096/' .persona/registry/my-maintainer.yaml
step diff my-maintainer@1 my-maintainer
step try my-maintainer "Why does a program read files with a size limit? Two sentences." --engine llamacpp
step rm my-maintainer --yes --registry-only
