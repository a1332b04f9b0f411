"""What every test can use: a home of its own, and personas to work with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from persona_tui.spec.persona import Persona, parse_persona
from persona_tui.store.registry import Registry
from persona_tui.store.scopes import find_scopes

# Commands that tests start would compile every module anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# A busy machine is no failure: what is slow is measured by `make bench`.
settings.register_profile("persona", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("persona")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Move every folder of the user into the test's own; no test sees or changes the person's."""
    folder = tmp_path / "home"
    for name in ("DATA", "STATE", "CONFIG"):
        monkeypatch.setenv(f"PERSONA_{name}_DIR", str(folder / name.lower()))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return folder


@pytest.fixture
def registry(home: Path) -> Registry:
    """A registry whose project scope is the test's current folder."""
    (Path.cwd() / ".persona").mkdir()
    return Registry(find_scopes())


def make_persona(**fields: Any) -> Persona:
    """Return a persona that lints clean, with `fields` in place of its own."""
    data = {
        "name": "my-go-q3",
        "role": "Senior Go engineer for gRPC services",
        "domain": "code",
        "language": "Go",
        "temperature": 0.1,
        "constraints": [
            "MUST wrap returned errors with fmt.Errorf and %w",
            {"text": "MUST NOT start a goroutine without a way to stop it", "id": "goroutine-exit"},
            "MUST pass context.Context as the first parameter",
            "MUST close every response body",
        ],
        "output_format": "One Go code block, nothing before or after it",
        "preferred_models": ["qwen3:8b"],
    }
    return parse_persona({**data, **fields})
