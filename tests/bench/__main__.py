"""Print every budget of the main job as a ratio, with its baseline timed in the same run.

Nothing passes or fails here: machines differ and are noisy. Each pair is run in turn, A B A B, and the median of the
ratios is printed with the budget beside it. `python -m tests.bench NAME…` runs only some.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from persona_tui.detect import detect
from persona_tui.spec.document import new_document
from persona_tui.store.registry import Registry, RevisionConflict
from persona_tui.store.scopes import find_scopes
from tests.bench import conversation, streaming, trees
from tests.conftest import make_persona

PERSONA = str(Path(sys.executable).with_name("persona"))
PASS = [sys.executable, "-c", "pass"]
MANY = 10_000
SIZES = {"small": 200, "middle": 11_000, "large": 79_000}
ROUNDS = 15


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def run(command: list[str]) -> Callable[[], object]:
    return lambda: subprocess.run(command, check=True, capture_output=True)


def ratio(one: Callable[[], object], other: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float, float]:
    """Return the median ratio of two pieces of work done in turn, and the median seconds of each."""
    one(), other()
    pairs = [(seconds(one), seconds(other)) for _ in range(rounds)]
    a, b = (statistics.median(column) for column in zip(*pairs, strict=True))
    return statistics.median(x / y for x, y in pairs), a, b


def report(what: str, result: tuple[float, float, float], budget: str) -> None:
    value, a, b = result
    print(f"{what:<58} {value:6.2f} x   ({a * 1000:8.1f} ms / {b * 1000:7.1f} ms)   budget {budget}", flush=True)


def fill(count: int) -> Registry:
    """Return a registry of `count` personas in a scratch project."""
    project = Path(tempfile.mkdtemp(dir=os.environ["PERSONA_STATE_DIR"]))
    registry = Registry(find_scopes(project))
    folder = project / ".persona/registry"
    folder.mkdir(parents=True)
    text = new_document(make_persona(name="p-0")).text
    for number in range(count):
        (folder / f"p-{number}.yaml").write_text(text.replace("name: p-0", f"name: p-{number}"))
    return registry


def bench_startup() -> None:
    report("persona --version / python -c pass", ratio(run([PERSONA, "--version"]), run(PASS)), "2 x")
    report("persona --help / python -c pass", ratio(run([PERSONA, "--help"]), run(PASS)), "8 x")


def bench_list() -> None:
    registry = fill(MANY)
    project = str(registry.scopes.default.root.parent)
    print(f"reading {MANY:,} new files for the first time: {seconds(registry.listings):.1f} s", flush=True)
    listing = [PERSONA, "list", "--project", project]
    report(
        f"persona list --json, {MANY:,} personas / python -c pass", ratio(run([*listing, "--json"]), run(PASS)), "11 x"
    )
    report(f"persona list, {MANY:,} personas / python -c pass", ratio(run(listing), run(PASS)), "11 x")


def bench_one_among_many() -> None:
    few, many = fill(10), fill(MANY)
    many.listings(), few.listings()
    report(f"read one among {MANY:,} / among 10", ratio(lambda: many.get("p-5"), lambda: few.get("p-5"), 60), "1 x")

    def edit(registry: Registry) -> None:
        stored = registry.get("p-5")
        temperature = 0.3 if stored.persona.temperature != 0.3 else 0.1
        registry.save(stored.persona.revised(temperature=temperature), seen=stored.revision, by="bench")

    report(f"write one among {MANY:,} / among 10", ratio(lambda: edit(many), lambda: edit(few), 60), "1 x")


def bench_processes() -> None:
    processes, edits = 8, 50
    registry = fill(1)

    def edit_often(process: int) -> None:
        for number in range(edits):
            while True:
                stored = registry.get("p-0")
                persona = stored.persona.revised(tags=[*stored.persona.tags, f"{process}-{number}"])
                try:
                    registry.save(persona, seen=stored.revision, by="bench")
                    break
                except RevisionConflict:
                    continue

    began = time.perf_counter()
    children = []
    for process in range(processes):
        if (child := os.fork()) == 0:
            edit_often(process)
            os._exit(0)
        children.append(child)
    failed = sum(os.waitpid(child, 0)[1] != 0 for child in children)
    kept = len(set(registry.get("p-0").persona.tags))
    print(
        f"{processes} processes x {edits} edits of one persona: {kept} of {processes * edits} updates kept, "
        f"{failed} processes failed, {time.perf_counter() - began:.1f} s",
        flush=True,
    )


def bench_streaming() -> None:
    bare, ours = asyncio.run(streaming.compare(rounds=5))
    pairs = [a / b for a, b in zip(ours, bare, strict=True)]
    result = (statistics.median(pairs), statistics.median(ours), statistics.median(bare))
    report("an answer through persona try / read off the bare socket", result, "1.02 x")


def bench_conversation() -> None:
    conversation.bench(report)


def bench_detect() -> None:
    """Trees of our own, and those in the folders that PERSONA_BENCH_TREES names (separated by colons)."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        small, middle, large = (trees.plant(root / name, count) for name, count in SIZES.items())
        bare = trees.plant(root / "bare", SIZES["large"], git=False)
        python = trees.plant(root / "python", SIZES["small"])
        (python / "pyproject.toml").write_text('[project]\nname = "app"\ndependencies = ["flask>=3"]\n')
        report("detect, 200 files / python -c pass", ratio(run(detecting(small)), run(PASS)), "2.2 x")
        report("  with a pyproject.toml", ratio(run(detecting(python)), run(PASS)), "2.2 x")
        given = [Path(path) for path in os.environ.get("PERSONA_BENCH_TREES", "").split(":") if path]
        for tree, budget in ((middle, "11 x"), (large, "12 x"), *((path, "12 x") for path in given)):
            listing = ["git", "-C", str(tree), "ls-files"]
            count = len(subprocess.run(listing, check=True, capture_output=True).stdout.splitlines())
            report(
                f"detect, {count:,} files ({tree.name}) / git ls-files",
                ratio(run(detecting(tree)), run(listing)),
                budget,
            )
            print(f"  peak memory {peak(detecting(tree)):.0f} MB   budget 40 MB", flush=True)
        walk = [sys.executable, "-c", trees.WALK, str(bare)]
        report("detect without git / a bare scandir walk", ratio(run(detecting(bare)), run(walk)), "2 x")
        report("persona detect / python -c pass, beyond the room's own", beyond(small), "6 x")
        cache = root / "cache"
        detect(large, cache=cache)
        hit = statistics.median(seconds(lambda: detect(large, cache=cache)) for _ in range(50))
        print(f"a cache hit, in process: {hit * 1000:.2f} ms   budget 3 ms", flush=True)


def detecting(tree: Path) -> list[str]:
    return [sys.executable, "-m", "persona_tui.detect", str(tree), "--json", "--no-cache"]


def peak(command: list[str]) -> float:
    """Return the megabytes that a Python module takes at most, by its own account."""
    code = (
        "import re, runpy, sys\n"
        "sys.argv[:] = sys.argv[2:]\n"
        "try: runpy.run_module(sys.argv[0], run_name='__main__')\n"
        "except SystemExit: print(re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, *command[1:]], check=True, capture_output=True, text=True)
    return int(done.stderr) / 1024


def beyond(tree: Path) -> tuple[float, float, float]:
    """Return what `persona detect` takes beyond the room's own entry, in starts of Python."""
    whole = [PERSONA, "detect", str(tree), "--json", "--no-cache"]
    rows = [(seconds(run(whole)), seconds(run(detecting(tree))), seconds(run(PASS))) for _ in range(ROUNDS)]
    extra = statistics.median(a - b for a, b, _ in rows)
    bare = statistics.median(c for _, _, c in rows)
    return statistics.median((a - b) / c for a, b, c in rows), extra, bare


BENCHES = {
    "startup": bench_startup,
    "list": bench_list,
    "many": bench_one_among_many,
    "processes": bench_processes,
    "streaming": bench_streaming,
    "conversation": bench_conversation,
    "detect": bench_detect,
}


def main() -> None:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # who has it set compiles every module at every start
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("DATA", "STATE", "CONFIG"):
            os.environ[f"PERSONA_{name}_DIR"] = scratch
        for name in sys.argv[1:] or BENCHES:
            BENCHES[name]()


if __name__ == "__main__":
    main()
