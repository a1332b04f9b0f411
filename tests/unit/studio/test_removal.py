"""Removing: a model does not go while its persona stays."""

from __future__ import annotations

import pytest

from persona_tui.base.errors import CannotWrite
from persona_tui.store.registry import Registry
from persona_tui.studio.removal import plan_removal
from tests.conftest import make_persona
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
