"""A process that dies at any moment leaves the old state or the new one: these tests really kill."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from persona_tui.store.registry import Registry, RevisionConflict
from persona_tui.store.scopes import Scope, find_scopes
from tests.conftest import make_persona

OLD = make_persona()
NEW = {
    "create": make_persona(temperature=0.7, role="Another role", preferred_models=["qwen3:14b"]),
    "update": make_persona(temperature=0.7, role="Another role", preferred_models=["qwen3:14b"]),
    "note": make_persona(note="Its Modelfile stays as it is."),
}


def dies_at(step: int, work: Callable[[], object]) -> bool:
    """Do `work` in a child that kills itself at its `step`-th file operation; return whether it died."""
    child = os.fork()
    if child == 0:
        count = 0

        def hook(event: str, _: object) -> None:
            nonlocal count
            if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "fcntl.flock", "sqlite3.connect"):
                count += 1
                if count == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert status == 0 or os.WTERMSIG(status) == signal.SIGKILL, "the child failed of itself"
    return status != 0


def state_of(scope: Scope) -> tuple[str | None, str | None]:
    """Return the texts of the persona's two files as any program sees them."""
    files = (scope.persona_file(OLD.name), scope.modelfile(OLD.name))
    return tuple(file.read_text() if file.exists() else None for file in files)  # type: ignore[return-value]


@pytest.mark.parametrize("kind", ["create", "update", "note", "remove"])
def test_a_kill_at_every_step_leaves_the_old_state_or_the_new_one(kind: str, tmp_path: Path) -> None:
    step, died, seen = 0, True, set()
    while died:
        step += 1
        project = tmp_path / f"{kind}-{step}"
        (project / ".persona").mkdir(parents=True)
        registry = Registry(find_scopes(project))
        scope = registry.scopes.default
        revision = None
        if kind != "create":
            revision = registry.save(OLD, seen=None, by="test").revision
        old = state_of(scope)

        died = dies_at(step, partial(_change, registry, kind, revision))

        after = Registry(find_scopes(project))
        after.rows()  # any next command recovers
        now = state_of(scope)
        seen.add(now == old)
        if now != old:
            assert now == _new_state(kind, tmp_path / "reference"), f"step {step} left a mixture"
            last = after.versions(OLD.name, scope)[-1]
            assert last.by == ("rm" if kind == "remove" else "change"), f"step {step} lost the version"
            assert last.text == now[0]
        _change_again(after, kind)
        assert sorted(os.listdir(scope.root)) == ["modelfiles", "registry"]
    assert step > 10
    assert seen == {True, False}, "some kill came before the change was decided, and some after"


def _change(registry: Registry, kind: str, revision: str | None) -> None:
    if kind == "remove":
        registry.remove(OLD.name, seen=revision)
    else:
        registry.save(NEW[kind], seen=revision, by="change")


def _change_again(registry: Registry, kind: str) -> None:
    """What was interrupted can be done again at once."""
    found = registry.find(OLD.name)
    if kind == "remove":
        if found:
            registry.remove(OLD.name)
        assert registry.find(OLD.name) is None
    else:
        registry.save(NEW[kind], seen=registry.get(OLD.name).revision if found else None, by="test")
        assert registry.get(OLD.name).persona == NEW[kind]


def _new_state(kind: str, reference: Path) -> tuple[str | None, str | None]:
    project = reference / kind
    if not project.exists():
        (project / ".persona").mkdir(parents=True)
        registry = Registry(find_scopes(project))
        revision = None if kind == "create" else registry.save(OLD, seen=None, by="test").revision
        _change(registry, kind, revision)
    return state_of(Registry(find_scopes(project)).scopes.default)


def test_a_hand_edit_between_a_crash_and_the_recovery_is_kept(registry: Registry) -> None:
    stored = registry.save(OLD, seen=None, by="test")
    journal = stored.scope.state / "journal.json"
    step = 1
    while not journal.exists():
        dies_at(step, lambda: registry.save(NEW["update"], seen=stored.revision, by="test"))
        step += 1
    edited = stored.document.text.replace("temperature: 0.1", "temperature: 0.2")
    stored.path.write_text(edited)

    assert registry.get(OLD.name).document.text == edited
    assert not journal.exists()


def test_processes_that_edit_one_persona_lose_no_update(registry: Registry) -> None:
    processes, edits = 4, 6
    registry.save(make_persona(), seen=None, by="test")

    children = []
    for process in range(processes):
        child = os.fork()
        if child == 0:
            os._exit(_edit_often(registry, process, edits))
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * processes

    tags = {f"{process}-{edit}" for process in range(processes) for edit in range(edits)}
    stored = registry.get("my-go-q3")
    assert set(stored.persona.tags) == tags
    assert len(registry.versions("my-go-q3", stored.scope)) == len(tags) + 1


def _edit_often(registry: Registry, process: int, edits: int) -> int:
    give_up = time.monotonic() + 60
    for edit in range(edits):
        while True:
            stored = registry.get("my-go-q3")
            changed = stored.persona.revised(tags=[*stored.persona.tags, f"{process}-{edit}"])
            try:
                registry.save(changed, seen=stored.revision, by=f"process {process}")
                break
            except RevisionConflict:
                if time.monotonic() > give_up:
                    return 1
    return 0
