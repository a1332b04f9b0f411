"""The installed command, run as a person runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.fake_ollama import FakeOllama, fake_ollama

if TYPE_CHECKING:
    from tests.e2e.terminal import Terminal

PERSONA = Path(sys.executable).with_name("persona")
NOWHERE = "http://127.0.0.1:9"
"""The discard port: nothing listens there."""


@dataclass
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Result]


@pytest.fixture
def persona(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `persona ARGS` without a terminal, with no server to be found unless --host names one."""
    monkeypatch.setenv("OLLAMA_HOST", NOWHERE)

    def run(*args: str, stdin: str | bytes = b"") -> Result:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [PERSONA, *args], input=data, capture_output=True, timeout=60, env=os.environ, check=False
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def ollama() -> Iterator[FakeOllama]:
    with fake_ollama() as fake:
        yield fake


@pytest.fixture
def terminal(home: Path, monkeypatch: pytest.MonkeyPatch) -> type[Terminal]:
    from tests.e2e.terminal import Terminal

    monkeypatch.setenv("OLLAMA_HOST", NOWHERE)
    monkeypatch.setenv("TERM", "xterm-256color")
    return Terminal
