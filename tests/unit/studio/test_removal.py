"""Removing: a model does not go while its persona stays."""

from __future__ import annotations

import asyncio
import errno
import os

import pytest

from persona_tui.base.errors import CannotWrite
from persona_tui.engines.ollama import connect
from persona_tui.store.registry import Registry
from persona_tui.studio.removal import plan_removal
from persona_tui.studio.servers import remove_from
from tests.conftest import make_persona
from tests.fake_ollama import fake_ollama
from tests.unprivileged import unprivileged


@pytest.mark.parametrize("place", ["registry", "modelfiles", "state"])
def test_what_cannot_be_removed_from_the_registry_is_not_removed_from_a_server(registry: Registry, place: str) -> None:
    scope = registry.save(make_persona(), seen=None, by="test").scope
    {"registry": scope.registry, "modelfiles": scope.modelfiles, "state": scope.state}[place].chmod(0o555)

    def work() -> int:
        with pytest.raises(CannotWrite):
            plan_removal(registry, ["my-go-q3"])
        return 0

    assert unprivileged(work).code == 0


def test_on_a_full_disk_nothing_is_removed(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.save(make_persona(), seen=None, by="test")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with fake_ollama() as ollama:
        ollama.add("my-go-q3")

        async def work() -> None:
            engine = connect(ollama.url)
            try:
                await remove_from(engine, "my-go-q3", owner=None, force=True)
            finally:
                await engine.aclose()

        with pytest.raises(CannotWrite, match="the disk is full"):
            asyncio.run(work())
        assert ollama.changes == []
    with pytest.raises(CannotWrite, match="the disk is full"):
        plan_removal(registry, ["my-go-q3"])
