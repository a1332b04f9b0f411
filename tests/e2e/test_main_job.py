"""The main job: a description becomes a persona in the registry and on a server, and lives there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import NOWHERE, Run
from tests.fake_ollama import BASE, FakeOllama

RULES = (
    "MUST wrap returned errors with fmt.Errorf and %w",
    "MUST pass context.Context as the first parameter",
    "MUST close every response body",
    "MUST NOT start a goroutine without a way to stop it",
)
FORM = ["create", "--role", "Senior Go engineer", "--name", "my-go", "--domain", "code", "--base-model", BASE]
FORM += [word for rule in RULES for word in ("--constraint", rule)]
FORM += ["--output-format", "One Go code block, nothing else", "--temperature", "deterministic", "--yes"]


@pytest.fixture
def go_tree() -> Path:
    tree = Path("shop")
    tree.mkdir()
    (tree / "go.mod").write_text("module example.com/shop\n\ngo 1.24\n\nrequire google.golang.org/grpc v1.71.0\n")
    for part in ("cart", "price", "stock"):
        (tree / f"{part}.go").write_text(f"package shop\n\nfunc {part.title()}() error {{ return nil }}\n" * 20)
    (tree / "cart_test.go").write_text('package shop\n\nimport "testing"\n\nfunc TestCart(t *testing.T) {}\n')
    return tree


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_dry_run_answers_a_clean_persona_and_changes_no_file(persona: Run, tmp_path: Path) -> None:
    before = files_in(tmp_path)

    result = persona("build", "--describe", "Java Spring Boot microservice developer", "--dry-run", "--json")

    assert result.code == 0
    built = result.json
    assert built["persona"]["language"] == "Java"
    assert 4 <= len(built["persona"]["constraints"]) <= 7
    assert [f for f in built["lint"] if f["severity"] != "info"] == []
    assert built["designer"]["kind"] == "rulebook"
    assert built["created"] is None
    assert built["dry_run"] is True
    assert built["modelfile"].strip() in built["diff"].replace("\n+", "\n")
    assert files_in(tmp_path) == before


def test_build_then_everything_else(persona: Run, ollama: FakeOllama, go_tree: Path) -> None:
    host = ("--host", ollama.url)
    build = ("build", "--describe", "Go gRPC service developer", "--codebase", str(go_tree), "--base-model", BASE)

    built = persona(*build, "--yes", "--json", *host).json
    name = built["persona"]["name"]

    assert built["created"]["host"] == ollama.url
    assert Path(built["created"]["registry"]).is_file()
    assert Path(built["created"]["modelfile"]).read_text() == built["modelfile"]
    assert [f["name"] for f in built["detect"]["frameworks"]] == ["gRPC"]
    assert f"{name}:latest" in [model["name"] for model in ollama.models.values()]

    rows = {row["name"]: row for row in persona("list", "--server", "--json", *host).json["personas"]}
    assert rows[name]["server"] == "same"
    assert rows["my-persona-designer-q3"]["server"] == "missing"

    shown = persona("show", name, "--json").json
    assert shown["persona"] == built["persona"]
    assert persona("render", name).out.strip() == built["modelfile"].strip()
    assert persona("show", name, "--prompt").out.startswith("ROLE: ")

    asked = persona("try", name, "What is gRPC?", *host)
    assert (asked.code, asked.out) == (0, "Hello.\n")
    assert ollama.chats[-1]["model"] == name

    assert persona("rm", name, *host).code == 2
    assert persona("rm", name, "--yes", *host).code == 0
    assert f"{name}:latest" not in [model["name"] for model in ollama.models.values()]
    assert persona("show", name).code == 1


def test_a_file_edited_by_hand_is_applied_and_its_modelfile_rendered_anew(
    persona: Run, ollama: FakeOllama, tmp_path: Path
) -> None:
    host = ("--host", ollama.url)
    created = persona(*FORM, "--json", *host).json["created"]
    path = Path(created["registry"])
    path.write_text(path.read_text().replace("0.1", "0.3") + "# by hand\n")
    before = files_in(path.parents[1])
    modelfile = str(path.parents[1] / "modelfiles/my-go.Modelfile")

    dry = persona("apply", "--all", "--dry-run", "--json", "--scope", "global", *host).json
    assert [(p["name"], p["action"], p["done"]) for p in dry["personas"]] == [("my-go", "update", False)]
    assert dry["personas"][0]["differences"] == [{"field": "parameters.temperature", "server": 0.1, "registry": 0.3}]

    first = persona("apply", "my-go", "--yes", "--json", *host).json
    changes = list(ollama.changes)
    second = persona("apply", "my-go", "--yes", "--json", *host).json

    assert [(p["action"], p["done"]) for p in first["personas"] + second["personas"]] == [
        ("update", True),
        ("same", False),
    ]
    assert ollama.models["my-go:latest"]["parameters"]["temperature"] == 0.3
    assert ollama.changes == changes
    assert [one["personas"][0]["rendered"] for one in (first, second)] == [modelfile, None]
    assert persona("render", "--check", "--scope", "global").code == 0
    after = files_in(path.parents[1])
    assert b"temperature 0.3" in after.pop(modelfile)
    before.pop(modelfile)
    assert after == before


def test_examples_that_differ_are_told_in_text_and_as_json(persona: Run, ollama: FakeOllama) -> None:
    host = ("--host", ollama.url)
    path = Path(persona(*FORM, "--json", *host).json["created"]["registry"])
    path.write_text(path.read_text() + "examples: [{user: Shut it?, assistant: Defer it.}]\n")
    said = [{"role": "user", "content": "Shut it?"}, {"role": "assistant", "content": "Defer it."}]
    difference = {"field": "messages", "server": [], "registry": said}

    assert persona("diff", "my-go", "--json", *host).json["differences"] == [difference]
    assert "+user: Shut it?\n+assistant: Defer it.\n" in persona("diff", "my-go", *host).out
    assert persona("apply", "my-go", "--dry-run", "--json", *host).json["personas"][0]["differences"] == [difference]


def test_a_context_beyond_the_bases_own_is_said(persona: Run, ollama: FakeOllama) -> None:
    host = ("--host", ollama.url)
    built = persona("build", "--describe", "Go developer", "--base-model", BASE, "--yes", "--name", "my-go", *host)
    path = Path(persona("show", "my-go", "--json").json["path"])
    said = f"num_ctx is 16,384, and {BASE} was trained for 8,192 tokens"

    assert said in built.err
    assert said in persona("apply", "my-go", "--yes", *host).err
    path.write_text(re.sub("num_ctx: .*", "num_ctx: 8192", path.read_text()))
    assert "num_ctx is" not in persona("apply", "my-go", "--dry-run", *host).err


def test_what_is_not_carried_out_yet_is_said(persona: Run, ollama: FakeOllama) -> None:
    host = ("--host", ollama.url)
    path = Path(persona(*FORM, "--json", *host).json["created"]["registry"])
    path.write_text(path.read_text() + f"variants: [{{name: my-go-sm2, model: {BASE}}}]\nextends: team-go\n")

    applied = persona("apply", "my-go", "--yes", *host)
    built = persona("build", "--describe", "Go", "--name", "my-go", "--dry-run", "--json", "--registry-only")

    for said in (applied.err, built.err):
        assert "variants are not made yet" in said
        assert "extends is not followed yet: nothing of 'team-go'" in said


def test_a_foreign_model_is_never_overwritten_or_deleted_unforced(persona: Run, ollama: FakeOllama) -> None:
    ollama.add("my-go", system="somebody else's", **{"from": BASE})
    host = ("--host", ollama.url)

    refused = persona(*FORM, *host)
    assert refused.code == 2
    assert "--force" in refused.err
    assert persona("show", "my-go").code == 1
    assert ollama.changes == []

    assert persona("rm", "my-go", "--yes", *host).code == 1
    persona(*FORM, "--registry-only")
    assert persona("rm", "my-go", "--yes", *host).code == 2
    assert persona("list", "--json").json["personas"][0]["name"] == "my-go"
    assert ollama.changes == []

    assert persona("apply", "my-go", "--yes", "--force", *host).code == 0
    assert ollama.models["my-go:latest"]["system"].startswith("ROLE: Senior Go engineer")


def test_what_was_changed_on_the_server_is_not_overwritten_unforced(persona: Run, ollama: FakeOllama) -> None:
    host = ("--host", ollama.url)
    persona(*FORM, *host)
    ollama.models["my-go:latest"]["system"] = "changed there"

    refused = persona("apply", "my-go", "--yes", *host)

    assert refused.code == 2
    assert "was changed on the server" in refused.err


def test_the_same_model_made_elsewhere_is_adopted(persona: Run, ollama: FakeOllama, home: Path) -> None:
    host = ("--host", ollama.url)
    persona(*FORM, *host)
    for file in (home / "state/applied").iterdir():
        file.unlink()

    adopted = persona("apply", "my-go", "--yes", "--json", *host).json["personas"][0]
    again = persona("apply", "my-go", "--yes", "--json", *host).json["personas"][0]

    assert (adopted["action"], adopted["done"], again["action"]) == ("adopt", False, "same")


def test_a_server_that_fails_half_way_leaves_nothing_and_the_draft_is_kept(persona: Run, ollama: FakeOllama) -> None:
    host = ("--host", ollama.url)
    ollama.fail_create = "no space left on device"
    build = ("build", "--describe", "Python FastAPI developer", "--base-model", BASE, "--yes")

    failed = persona(*build, *host)

    assert failed.code == 1
    assert "no space left on device" in failed.err
    assert "--resume" in failed.err
    names = [row["name"] for row in persona("list", "--json", "--scope", "global").json["personas"]]
    assert names == []

    ollama.fail_create = None
    resumed = persona("build", "--resume", "--yes", "--json", *host).json
    assert resumed["created"]["host"] == ollama.url
    assert resumed["persona"]["language"] == "Python"
    assert persona("build", "--resume", "--yes", *host).code == 1


@pytest.mark.parametrize("how", [("--designer", "model", "--designer-model", BASE), ("--host", NOWHERE)])
def test_a_server_that_fails_while_drafting_or_planning_leaves_a_draft_and_says_so(
    persona: Run, ollama: FakeOllama, how: tuple[str, ...]
) -> None:
    ollama.chat_error = "the model is too large"

    failed = persona("build", "--describe", "Python developer", "--yes", "--host", ollama.url, *how)

    assert failed.code in (1, 69)
    assert "'persona build --resume' goes on with the draft" in failed.err
    assert persona("build", "--resume", "--designer", "rulebook", "--yes", "--registry-only").code == 0


def test_a_missing_base_is_not_pulled_unasked(persona: Run, ollama: FakeOllama) -> None:
    form = [word if word != BASE else "qwen3:8b" for word in FORM]

    refused = persona(*form, "--host", ollama.url)

    assert refused.code == 2
    assert "--pull" in refused.err
    assert ollama.changes == []
    assert persona(*form, "--pull", "--host", ollama.url).code == 0
    assert "my-go:latest" in ollama.models


def test_without_a_server_the_registry_is_written_and_that_is_said(persona: Run) -> None:
    result = persona(*FORM)

    assert result.code == 0
    assert "persona apply" in result.err
    assert persona(*FORM, "--name", "other", "--host", NOWHERE).code == 69


def test_refinement_keeps_what_it_is_not_about(persona: Run) -> None:
    build = ("build", "--describe", "Python developer", "--dry-run", "--json", "--designer", "rulebook")

    plain = persona(*build).json["persona"]
    refined = persona(*build, "--refine", "make it about FastAPI").json["persona"]
    useless = persona(*build, "--refine", "hmm")
    later = persona(*build, "--refine", "make it about FastAPI", "--refine", "hmm")

    assert "fastapi" in refined["tags"]
    assert refined["temperature"] == plain["temperature"]
    assert useless.json["persona"] == plain
    assert "Refinement failed" in useless.err
    assert "using the original proposal" in useless.err
    assert "keeping the proposal as it is" in later.err


def test_a_base_that_is_a_persona_is_applied_first_and_never_pulled(persona: Run, ollama: FakeOllama) -> None:
    base = [word if word != "my-go" else "my-zebra" for word in FORM]
    child = [word if word not in (BASE,) else "my-zebra" for word in FORM]
    persona(*base, "--registry-only")
    persona(*child, "--registry-only")
    host = ("--host", ollama.url)

    alone = persona("apply", "my-go", "--yes", "--pull", *host)
    assert alone.code == 2
    assert "is a persona of the registry" in alone.err
    assert ollama.changes == []

    both = persona("apply", "--all", "--yes", "--json", "--scope", "global", *host).json["personas"]
    assert [(p["name"], p["done"]) for p in both] == [("my-zebra", True), ("my-go", True)]
    again = persona("apply", "--all", "--yes", "--json", "--scope", "global", *host).json["personas"]
    assert [p["action"] for p in again] == ["same", "same"]


def test_a_form_does_not_write_over_a_persona(persona: Run) -> None:
    persona(*FORM, "--registry-only")

    again = persona(*FORM, "--registry-only")

    assert again.code == 75
    assert "my-go" in again.err


def test_a_build_onto_a_persona_keeps_what_no_designer_works_on(persona: Run) -> None:
    persona(*FORM, "--registry-only")
    path = Path(persona("show", "my-go", "--json").json["path"])
    path.write_text(path.read_text() + "# ours\nnote: keep me\nparameters:\n  num_ctx: 32768\n")
    build = ("build", "--describe", "Rust Tokio developer", "--name", "my-go", "--base-model", BASE, "--yes")

    result = persona(*build, "--registry-only", "--json")

    assert "is there already" in result.err
    built = result.json["persona"]
    assert (built["note"], built["parameters"], built["language"]) == ("keep me", {"num_ctx": 32768}, "Rust")
    assert "# ours" in path.read_text()


def test_every_version_that_went_to_a_server_is_kept(persona: Run, ollama: FakeOllama) -> None:
    host = ("--host", ollama.url)
    path = Path(persona(*FORM, "--json", *host).json["created"]["registry"])
    for temperature in ("0.2", "0.3", "0.4"):
        path.write_text(re.sub(r"temperature: .*", f"temperature: {temperature}", path.read_text()))
        assert persona("apply", "my-go", "--yes", *host).code == 0

    versions = [persona("show", f"my-go@{n}", "--json").json["persona"]["temperature"] for n in (1, 2, 3, 4)]

    assert versions == [0.1, 0.2, 0.3, 0.4]


def test_a_wish_that_was_not_carried_out_is_part_of_the_draft(persona: Run, ollama: FakeOllama) -> None:
    ollama.fail_create = "no space left on device"
    build = ("build", "--describe", "Python developer", "--base-model", BASE, "--designer", "rulebook", "--yes")

    persona(*build, "--refine", "make it about FastAPI", "--host", ollama.url)

    resumed = persona("build", "--resume", "--yes", "--json", "--registry-only").json["persona"]
    assert "fastapi" in resumed["tags"]
    assert persona("build", "--resume", "--name", "other").code == 64


def test_flags_win_over_the_designer(persona: Run) -> None:
    flags = ("--name", "my-own", "--temperature", "creative", "--base-model", "gemma3:12b")

    built = persona("build", "--describe", "Rust Tokio developer", "--dry-run", "--json", *flags).json["persona"]

    assert (built["name"], built["temperature"], built["preferred_models"]) == ("my-own", 0.7, ["gemma3:12b"])


def test_json_only_prints_the_eight_keys(persona: Run) -> None:
    spec = persona("build", "--describe", "translate English to German", "--json-only").json

    assert list(spec) == [
        "persona_name",
        "domain",
        "language",
        "temperature",
        "role",
        "constraints",
        "output_format",
        "tier",
    ]
    assert spec["domain"] == "translation"


SPEC: dict[str, Any] = {
    "domain": "code",
    "language": "Go",
    "name": "my-go-cli-sm2",
    "output_format": "One Go code block and nothing else",
    "role": "Go engineer for command-line tools",
    "rules": list(RULES),
    "temperature": 0.1,
    "tier": "full",
}


def saying(say: str, **fields: str) -> str:
    """Return the answer of a model that sets fields."""
    updates = [{"field": field, "id": "", "op": "set", "value": value} for field, value in fields.items()]
    return json.dumps({"say": say, "updates": updates})


def test_a_designer_model_drafts(persona: Run, ollama: FakeOllama, tmp_path: Path) -> None:
    ollama.answers = [json.dumps(SPEC)]
    build = ("build", "--describe", "Go command-line tools", "--base-model", BASE, "--dry-run", "--json")
    before = files_in(tmp_path)

    built = persona(*build, "--host", ollama.url)

    assert files_in(tmp_path) == before
    assert built.json["designer"]["kind"] == "model"
    assert built.json["designer"]["model"] == BASE
    assert built.json["persona"]["name"] == "my-go-cli-sm2"
    assert [rule if isinstance(rule, str) else rule["text"] for rule in built.json["persona"]["constraints"]] == list(
        RULES
    )
    request = ollama.chats[0]
    assert request["messages"][0]["role"] == "system"
    assert request["format"]["required"][1:] == sorted(SPEC)
    assert request["options"]["num_predict"] > 0
    assert [message["role"] for message in request["messages"]] == ["system", *["user", "assistant"] * 2, "user"]


def test_a_model_that_answers_nonsense_is_asked_again_and_then_the_rulebook_drafts(
    persona: Run, ollama: FakeOllama
) -> None:
    ollama.answers = ["I am sorry, I can not do that."]
    build = ("build", "--describe", "Go tools", "--dry-run", "--json", "--host", ollama.url)

    auto = persona(*build)
    model = persona(*build, "--designer", "model")

    assert auto.code == 0
    assert len(ollama.chats) == 8  # each asked, asked again, then in two passes
    assert (auto.json["designer"]["kind"], auto.json["filled"]) == ("rulebook", [])
    assert "the answer was no JSON object" in auto.err
    assert [f for f in auto.json["lint"] if f["severity"] == "error"] == []
    assert model.code == 1
    assert "the answer was no JSON object" in model.json["error"]


def test_a_model_that_fails_is_replaced_by_the_rulebook_where_auto_chose_it(persona: Run, ollama: FakeOllama) -> None:
    ollama.chat_error = "llama runner process has terminated"
    build = ("build", "--describe", "Go tools", "--dry-run", "--json", "--host", ollama.url)

    auto = persona(*build)
    model = persona(*build, "--designer", "model")

    assert auto.json["designer"]["kind"] == "rulebook"
    assert "runner process has terminated" in auto.err
    assert model.code == 1


def test_a_refinement_by_a_model_changes_only_what_it_names(persona: Run, ollama: FakeOllama) -> None:
    ollama.answers = [json.dumps(SPEC), saying("Wilder.", temperature="0.7")]
    build = ("build", "--describe", "Go command-line tools", "--base-model", BASE, "--dry-run", "--json")

    built = persona(*build, "--refine", "be more creative", "--host", ollama.url).json["persona"]

    assert (built["temperature"], built["role"]) == (0.7, SPEC["role"])


def test_a_failed_refinement_keeps_the_proposal(persona: Run, ollama: FakeOllama) -> None:
    ollama.answers = [json.dumps(SPEC), "no"]
    build = ("build", "--describe", "Go command-line tools", "--base-model", BASE, "--dry-run", "--json")

    built = persona(*build, "--refine", "be more creative", "--host", ollama.url)

    assert built.json["persona"]["role"] == SPEC["role"]
    assert "Refinement failed" in built.err


def test_a_form_is_gone_on_with_and_refined_but_for_its_name_and_temperature(persona: Run, ollama: FakeOllama) -> None:
    assert persona(*(word for word in FORM if word != "--yes")).code == 2
    ollama.answers = [saying("For a bank.", role="Go engineer of a bank", name="my-bank", temperature="0.7")]

    shown = persona("build", "--resume", "--dry-run")
    resumed = ("build", "--resume", "--refine", "for a bank, wilder", "--dry-run", "--json", "--host", ollama.url)
    refined = persona(*resumed).json

    assert "Proposal, drafted by a person, by form" in shown.out
    assert refined["designer"]["kind"] == "model"
    assert [refined["persona"][name] for name in ("role", "name", "temperature")] == [
        "Go engineer of a bank",
        "my-go",
        0.1,
    ]


def test_a_refinement_by_the_rulebook_keeps_the_rules_of_a_form(persona: Run) -> None:
    form = [word for word in FORM if word not in (BASE, "--base-model", "--yes")]
    assert persona(*form).code == 2

    resumed = ("build", "--resume", "--refine", "use FastAPI and Python", "--designer", "rulebook")
    built = persona(*resumed, "--yes", "--json", "--registry-only").json

    assert set(RULES) <= {rule if isinstance(rule, str) else rule["text"] for rule in built["persona"]["constraints"]}
    assert "fastapi" in built["persona"]["tags"]
    assert built["designer"]["kind"] == "rulebook"
