"""Removing personas: from the server first, because that is what can refuse, then from the registry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from persona_tui.base.errors import EngineUnreachable, NotFound
from persona_tui.engines.protocol import Engine
from persona_tui.store.registry import Registry
from persona_tui.store.scopes import Scope
from persona_tui.studio.build import Say
from persona_tui.studio.servers import remove_from


@dataclass(frozen=True, slots=True)
class Removal:
    """A persona to be removed: the scope that has it, None where only a server may."""

    name: str
    scope: Scope | None

    @property
    def owner(self) -> str | None:
        return str(self.scope.root) if self.scope else None


@dataclass(frozen=True, slots=True)
class Removed:
    """What was removed: the scope that had the persona, and the server that had its model."""

    name: str
    scope: str | None
    host: str | None

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "scope": self.scope, "host": self.host}


def plan_removal(
    registry: Registry, names: Sequence[str], scope: str | None = None, *, force: bool = False
) -> list[Removal]:
    """Return what removing `names` means. Nothing is changed.

    Raises NotFound for a name that the registry lacks, unless `force` is set, and CannotWrite for a scope that cannot
    be written: a model must not go while its persona stays.
    """
    removals = []
    for name in dict.fromkeys(names):
        place = registry.find(name, scope)
        if place is not None:
            registry.check_writable(place.name)
        elif not force:
            registry.get(name, scope)  # says what it cannot find, and what is near
        removals.append(Removal(name, place))
    return removals


async def remove(
    registry: Registry,
    removal: Removal,
    engine: Engine | None,
    *,
    say: Say,
    force: bool = False,
    must_answer: bool = False,
) -> Removed:
    """Remove a persona's model from the server of `engine` (None leaves servers alone), then the persona.

    A server that does not answer is left out, unless it `must_answer`. Raises what `remove_from` and `Registry.remove`
    raise, and NotFound where neither has it.
    """
    host = None
    if engine is not None and engine.kind == "ollama":
        host = await _remove_model(engine, removal, say, force=force, must_answer=must_answer)
    if removal.scope is not None:
        registry.remove(removal.name, scope=removal.scope.name)
        say("RM", f"{removal.name} is removed from the {removal.scope.name} registry; its versions are kept")
    elif host is None:
        raise NotFound(f"neither the registry nor the server has '{removal.name}'")
    return Removed(removal.name, removal.scope.name if removal.scope else None, host)


async def _remove_model(engine: Engine, removal: Removal, say: Say, *, force: bool, must_answer: bool) -> str | None:
    try:
        there = await remove_from(engine, removal.name, owner=removal.owner, force=force)
    except EngineUnreachable as error:
        if must_answer:
            raise
        say("RM", f"no server was asked: {error}")
        return None
    if there:
        say("RM", f"{removal.name} is deleted on {engine.address}")
    return engine.address if there else None
