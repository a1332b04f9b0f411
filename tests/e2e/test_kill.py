"""kill -9 at every step of a create, with a server: the old state or the new one, and the same command goes on."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from persona_tui.cli.app import run
from persona_tui.store.registry import Registry
from persona_tui.store.scopes import find_scopes
from tests.e2e.test_main_job import FORM
from tests.fake_ollama import fake_ollama

EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "socket.connect", "fcntl.flock", "sqlite3.connect")


def dies_at(step: int, args: list[str]) -> bool:
    """Run the command in a child that kills itself at its `step`-th act on files or sockets."""
    child = os.fork()
    if child == 0:
        count = 0

        def hook(event: str, details: tuple[object, ...]) -> None:
            nonlocal count
            if event in EVENTS and not (event == "open" and str(details[0]).endswith((".py", ".pyc", ".so"))):
                count += 1
                if count == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        os._exit(run(args))
    status = os.waitpid(child, 0)[1]
    assert status == 0 or os.WTERMSIG(status) == signal.SIGKILL, "the command failed of itself"
    return status != 0


@pytest.mark.slow
def test_a_kill_at_every_step_of_a_create(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    died, step, halfway = True, 0, 0
    while died:
        step += 1
        with fake_ollama() as ollama:
            monkeypatch.setenv("PERSONA_STATE_DIR", str(tmp_path / f"state-{step}"))
            project = tmp_path / f"project-{step}"
            (project / ".persona").mkdir(parents=True)
            args = [*FORM, "--quiet", "--host", ollama.url, "--project", str(project)]

            died = dies_at(step, args)

            registry = Registry(find_scopes(project))
            stored = registry.get("my-go") if registry.find("my-go", "project") else None
            on_server = "my-go:latest" in ollama.models
            if stored is not None:
                assert stored.scope.modelfile("my-go").exists()
                assert on_server, "the registry is written after the server"
            halfway += on_server and stored is None
            if stored is None:
                assert not dies_at(0, args), "the same command goes on"
            assert registry.get("my-go").persona.role == "Senior Go engineer"
    assert step > 20
    assert halfway, "some kill came between the server and the registry"
