"""Registry → server: what would change, then the change. The one way for build, create and apply alike."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from persona_tui.base.errors import BadData, Conflict, EngineError, HumanNeeded, ModelNotFound
from persona_tui.engines.protocol import Engine, ModelDetail, ModelInfo, Progress
from persona_tui.spec.modelfile import Modelfile, differences
from persona_tui.spec.names import same_model
from persona_tui.spec.persona import Persona
from persona_tui.spec.rendering import modelfile_of
from persona_tui.store.applied import Applied, AppliedRecord

ProgressSink = Callable[[Progress], None]

_AT_ONCE = 8
"""Questions to a server at the same time."""


class Action(str, Enum):
    """What brings a server to the registry's state."""

    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"
    """It has the same already, made by somebody else: it only has to be remembered."""
    SAME = "same"
    BLOCKED = "blocked"
    """What is there is not ours, or was changed since: only `force` overwrites it."""
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class ServerDifference:
    """One field of the model on the server: what it has there, and what the registry says."""

    field: str
    server: Any
    registry: Any


@dataclass(frozen=True, slots=True)
class ServerPlan:
    """What would be done for one persona on one server. `digest` is that of the model that is there now, if any."""

    name: str
    action: Action
    revision: str
    modelfile: Modelfile | None = None
    differences: tuple[ServerDifference, ...] = ()
    digest: str | None = None
    missing_base: str | None = None
    reason: str | None = None

    @property
    def changes_something(self) -> bool:
        return self.action in (Action.CREATE, Action.UPDATE, Action.BLOCKED)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "action": self.action.value,
            "revision": self.revision,
            "differences": [{"field": d.field, "server": d.server, "registry": d.registry} for d in self.differences],
            "missing_base": self.missing_base,
            "reason": self.reason,
        }


async def plan_for(
    engine: Engine, persona: Persona, revision: str, models: Sequence[ModelInfo] | None = None
) -> ServerPlan:
    """Compare `persona` with what the server has under its name. Nothing is changed.

    `models` spares the question when it was asked already. Compared by base, system prompt, parameters and messages,
    with what a base passes on counted in. Raises EngineError and EngineUnreachable.
    """
    modelfile = modelfile_of(persona)
    if modelfile is None:
        return ServerPlan(persona.name, Action.IMPOSSIBLE, revision, reason="it has no base model of Ollama")
    models = await engine.models() if models is None else models
    base = _find(modelfile.base, models)
    missing = None if base else modelfile.base
    present = _find(persona.name, models)
    if present is None:
        return ServerPlan(persona.name, Action.CREATE, revision, modelfile, missing_base=missing)
    theirs = await engine.show(persona.name)
    found = _differences(modelfile, await engine.show(modelfile.base) if base else None, theirs)
    applied = AppliedRecord(engine.address).get(persona.name)
    ours = applied is not None and applied.digest == present.digest
    action, reason = _decide(found, ours=ours, known=applied is not None)
    return ServerPlan(persona.name, action, revision, modelfile, tuple(found), present.digest, missing, reason)


async def carry_out(
    engine: Engine, plan: ServerPlan, *, force: bool = False, progress: ProgressSink | None = None
) -> bool:
    """Do what `plan` says and remember it; return whether the server was changed.

    Raises HumanNeeded where the plan is blocked and not forced, ModelNotFound where the base is missing, Conflict when
    the model on the server is no longer the one that was looked at, BadData and EngineError from the engine.
    """
    if plan.action is Action.IMPOSSIBLE:
        raise BadData(f"'{plan.name}' cannot be put on a server: {plan.reason}")
    if plan.action is Action.BLOCKED and not force:
        raise HumanNeeded(f"'{plan.name}' on {engine.address}: {plan.reason}; --force overwrites it")
    record = AppliedRecord(engine.address)
    if not plan.changes_something:
        if plan.action is Action.ADOPT:
            record.put(plan.name, Applied(plan.revision, plan.digest))
        return False
    if plan.missing_base:
        raise ModelNotFound(f"{engine.address} has no '{plan.missing_base}': pull it first, or say --pull")
    assert plan.modelfile is not None  # only an impossible plan has none
    now = _find(plan.name, await engine.models())
    if (now.digest if now else None) != plan.digest:
        raise Conflict(f"'{plan.name}' on {engine.address} has changed since it was compared: look again")
    async for step in engine.create(plan.name, plan.modelfile):
        if progress:
            progress(step)
    made = _find(plan.name, await engine.models())
    record.put(plan.name, Applied(plan.revision, made.digest if made else None))
    return True


async def remove_from(engine: Engine, name: str, *, force: bool = False) -> bool:
    """Delete the model `name` if the server has it and it is what was applied; return whether it was there.

    Raises HumanNeeded when it was not applied by this user, or changed since, and `force` is not set.
    """
    present = _find(name, await engine.models())
    record = AppliedRecord(engine.address)
    if present is None:
        record.put(name, None)
        return False
    applied = record.get(name)
    if not force and (applied is None or applied.digest != present.digest):
        why = "was not put there by this registry" if applied is None else "was changed since it was put there"
        raise HumanNeeded(f"'{name}' on {engine.address} {why}; --force deletes it, --registry-only leaves it")
    await engine.delete(name)
    record.put(name, None)
    return True


async def pull_base(engine: Engine, base: str, progress: ProgressSink | None = None) -> None:
    """Let the server pull `base`. Raises EngineError."""
    async for step in engine.pull(base):
        if progress:
            progress(step)


async def server_states(engine: Engine, personas: Mapping[str, tuple[Persona, str]]) -> dict[str, str]:
    """Return for each persona (name → persona, revision) whether the server has it: same, differs, missing or unknown.

    Raises EngineUnreachable.
    """
    models = await engine.models()
    gate = asyncio.Semaphore(_AT_ONCE)

    async def state(persona: Persona, revision: str) -> str:
        async with gate:
            try:
                plan = await plan_for(engine, persona, revision, models)
            except EngineError:
                return "unknown"
        return {Action.CREATE: "missing", Action.IMPOSSIBLE: "unknown", Action.SAME: "same", Action.ADOPT: "same"}.get(
            plan.action, "differs"
        )

    states = await asyncio.gather(*(state(persona, revision) for persona, revision in personas.values()))
    return dict(zip(personas, states, strict=True))


def _find(name: str, models: Sequence[ModelInfo]) -> ModelInfo | None:
    return next((model for model in models if same_model(model.name, name)), None)


def _decide(found: list[ServerDifference], *, ours: bool, known: bool) -> tuple[Action, str | None]:
    if not found:
        return (Action.SAME if ours else Action.ADOPT), None
    if ours:
        return Action.UPDATE, None
    if known:
        return Action.BLOCKED, "it was changed on the server since it was put there"
    return Action.BLOCKED, "a model of that name is there that this registry did not make"


def _differences(ours: Modelfile, base: ModelDetail | None, theirs: ModelDetail) -> list[ServerDifference]:
    """Compare what creating `ours` would give with what is there.

    A server passes on what a base has and the Modelfile does not say; without the base only what `ours` says counts.
    """
    there = theirs.modelfile
    if same_model(there.base, ours.base) or same_model(there.base, theirs.name):
        there = replace(there, base=ours.base)
    if base is not None:
        passed_on = base.modelfile
        wanted = replace(
            ours,
            system=ours.system or passed_on.system,
            parameters={**passed_on.parameters, **ours.parameters},
            messages=ours.messages or passed_on.messages,
            template=ours.template or there.template,
        )
    else:
        wanted = replace(
            ours,
            system=ours.system or there.system,
            parameters={**there.parameters, **ours.parameters},
            messages=ours.messages or there.messages,
            template=ours.template or there.template,
        )
    return [ServerDifference(field, old, new) for field, old, new in differences(there, wanted)]
