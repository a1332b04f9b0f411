"""Start-up is a feature: quick commands load nothing heavy while they run, read off a fresh interpreter's modules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from persona_tui.cli.completion import VALUES
from persona_tui.spec.lint import RULES, UNREADABLE
from persona_tui.spec.persona import DOMAINS, TIERS, Temperature
from persona_tui.store.registry import Registry
from persona_tui.store.scopes import SCOPE_NAMES
from persona_tui.studio.build import DesignerKind
from persona_tui.studio.engines import ENGINES
from tests.conftest import make_persona

HEAVY = (
    "httpx",
    "pydantic",
    "textual",
    "ruamel",
    "questionary",
    "mcp",
    "faker",
    "xllamacpp",
    "asyncio",
    "rich.console",
    "json_repair",
    "persona_tui.engines",
)

PROBE = """
import atexit, json, sys
sys.argv = ["persona", *sys.argv[1:]]
atexit.register(lambda: print("\\nMODULES" + json.dumps(sorted(sys.modules)), file=sys.stderr))
from persona_tui.cli import main
main()
"""


def modules_of(*args: str, env: dict[str, str] | None = None) -> set[str]:
    """Return the modules that `persona ARGS` has loaded when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *args],
        capture_output=True,
        text=True,
        env={**os.environ, **(env or {})},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.rpartition("MODULES")[2]))


def heavy_of(modules: set[str]) -> set[str]:
    return {heavy for heavy in HEAVY for module in modules if module == heavy or module.startswith(f"{heavy}.")}


@pytest.fixture
def indexed(registry: Registry) -> Registry:
    """A registry whose index knows every file."""
    registry.save(make_persona(), seen=None, by="test")
    registry.rows()
    return registry


@pytest.mark.parametrize("args", [["--version"], ["--help"], ["list"], ["list", "--json"], []], ids=" ".join)
def test_quick_commands_load_nothing_heavy(indexed: Registry, args: list[str]) -> None:
    assert heavy_of(modules_of(*args)) == set()


@pytest.mark.parametrize("words", ["persona show my-g", "persona list --scope", "persona list --engine"])
def test_completion_loads_nothing_heavy(indexed: Registry, words: str) -> None:
    env = {"_PERSONA_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()))}

    assert heavy_of(modules_of(env=env)) == set()


def test_the_version_is_answered_before_typer_is_loaded() -> None:
    assert "typer" not in modules_of("--version")


def test_the_probe_can_fail(indexed: Registry) -> None:
    assert {"pydantic", "ruamel"} <= heavy_of(modules_of("show", "my-go-q3"))


def test_completion_knows_the_names_of_personas(indexed: Registry) -> None:
    env = {**os.environ, "_PERSONA_COMPLETE": "complete_bash", "COMP_WORDS": "persona show my-g", "COMP_CWORD": "2"}
    persona = Path(sys.executable).with_name("persona")

    done = subprocess.run([persona], capture_output=True, text=True, env=env, check=False)

    assert done.stdout.split() == ["my-go-q3"]


@pytest.mark.parametrize("option", sorted(VALUES))
def test_completion_knows_the_values_of_options(option: str) -> None:
    command = {"--designer": "build", "--domain": "create", "--tier": "create", "--explain": "lint"}.get(
        option, "build"
    )
    words = f"persona {command} {option} "
    env = {**os.environ, "_PERSONA_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": "3"}
    known = {
        "--temperature": [temperature.label for temperature in Temperature],
        "--designer": list(get_args(DesignerKind)),
        "--engine": list(ENGINES),
        "--scope": list(SCOPE_NAMES),
        "--domain": list(DOMAINS),
        "--tier": list(TIERS),
        "--explain": sorted([UNREADABLE.id, *(rule.id for rule in RULES)]),
    }

    done = subprocess.run(
        [Path(sys.executable).with_name("persona")], capture_output=True, text=True, env=env, check=False
    )

    assert done.stdout.split() == known[option]
