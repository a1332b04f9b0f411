"""Registry → server: what would change, then the change. The one way for build, create and apply alike."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from persona_tui.base.errors import BadData, Conflict, EngineError, HumanNeeded, ModelNotFound, UsageError
from persona_tui.engines.protocol import Engine, ModelDetail, ModelInfo, Progress
from persona_tui.spec.modelfile import Message, Modelfile, differences
from persona_tui.spec.names import same_model
from persona_tui.spec.persona import Persona
from persona_tui.spec.rendering import modelfile_of, not_carried_out
from persona_tui.store.applied import Applied, AppliedRecord
from persona_tui.store.registry import Registry

ProgressSink = Callable[[Progress], None]

MayPull = Callable[[str], Awaitable[ProgressSink | None]]
"""Whether a base may be pulled, which can take gigabytes: what is told how far it is, or None where it may not."""

BROKEN = "it is broken there: the server lists it and cannot show it"
"""Why a model is not touched that a failed pull left behind: a name, and nothing behind it."""

_AT_ONCE = 8
"""Questions to a server at the same time."""


class Action(str, Enum):
    """What brings a server to the registry's state."""

    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"
    """It has the same already, and no registry that is still there applied it: it only has to be remembered."""
    SAME = "same"
    """It has the same already; whose it is stays as it is."""
    BLOCKED = "blocked"
    """What is there is not ours, or was changed since: only `force` overwrites it."""
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class ServerDifference:
    """One field of the model on the server: what it has there, and what the registry says, both as JSON data."""

    field: str
    server: Any
    registry: Any


@dataclass(frozen=True, slots=True)
class ServerPlan:
    """What would be done for one persona on one server. `digest` is that of the model that is there now, if any.

    `warnings` are sentences about what the persona says and no server gets, or its base cannot do.
    """

    name: str
    action: Action
    revision: str
    owner: str
    modelfile: Modelfile | None = None
    differences: tuple[ServerDifference, ...] = ()
    digest: str | None = None
    missing_base: str | None = None
    reason: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def changes_something(self) -> bool:
        return self.action in (Action.CREATE, Action.UPDATE, Action.BLOCKED)

    def goes_ahead(self, *, force: bool) -> bool:
        """Whether carrying it out would change the server, and not refuse to."""
        return self.action in (Action.CREATE, Action.UPDATE) or (self.action is Action.BLOCKED and force)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "action": self.action.value,
            "revision": self.revision,
            "differences": [{"field": d.field, "server": d.server, "registry": d.registry} for d in self.differences],
            "missing_base": self.missing_base,
            "reason": self.reason,
            "warnings": list(self.warnings),
        }


async def plan_for(
    engine: Engine, persona: Persona, revision: str, *, owner: str, models: Sequence[ModelInfo] | None = None
) -> ServerPlan:
    """Compare `persona` with what the server has under its name. Nothing is changed.

    `owner` is the folder of the persona's scope: what another registry put there is not ours. `models` spares the
    question when it was asked already. Compared by base, system prompt, parameters, messages and template, with what a
    base passes on counted in; a licence is not, because servers append it to the base's, nor is `requires`, which old
    ones do not tell. Raises EngineError and EngineUnreachable, UsageError for an engine that keeps no models.
    """
    check_keeps_models(engine)
    modelfile = modelfile_of(persona)
    plan = ServerPlan(persona.name, Action.IMPOSSIBLE, revision, owner, modelfile, warnings=_warnings(persona))
    if modelfile is None:
        return replace(plan, reason="it has no base model of Ollama")
    models = await engine.models() if models is None else models
    base = _find(modelfile.base, models)
    missing = None if base else modelfile.base
    present = _find(persona.name, models)
    if present is None:
        return replace(plan, action=Action.CREATE, missing_base=missing)
    theirs = await _shown(engine, persona.name)
    if theirs is None:
        return replace(plan, action=Action.BLOCKED, digest=present.digest, missing_base=missing, reason=BROKEN)
    base_there = await _shown(engine, modelfile.base) if base else None
    found = _differences(modelfile, base_there, theirs)
    applied = AppliedRecord(engine.address).get(persona.name)
    action, reason = _decide(found, applied, owner, present.digest)
    return replace(
        plan,
        action=action,
        differences=tuple(found),
        digest=present.digest,
        missing_base=None if base_there else modelfile.base,
        reason=reason,
    )


async def context_warning(engine: Engine, plan: ServerPlan) -> str | None:
    """Return a sentence where `plan` sets a longer context than its base was trained for, None where all is well."""
    wanted = plan.modelfile.parameters.get("num_ctx") if plan.modelfile else None
    if plan.modelfile is None or plan.missing_base or not isinstance(wanted, int):
        return None
    base = await _shown(engine, plan.modelfile.base)
    if base is None or base.context_length is None or wanted <= base.context_length:
        return None
    return f"{plan.name}: num_ctx is {wanted:,}, and {base.name} was trained for {base.context_length:,} tokens"


async def carry_out(
    engine: Engine, plan: ServerPlan, *, force: bool = False, progress: ProgressSink | None = None
) -> bool:
    """Do what `plan` says and remember it; return whether the server was changed.

    Raises HumanNeeded where the plan is blocked and not forced, ModelNotFound where the base is missing, Conflict when
    the model on the server is no longer the one that was looked at, BadData and EngineError from the engine.
    """
    check_possible(plan)
    if plan.action is Action.BLOCKED and not force:
        raise HumanNeeded(f"'{plan.name}' on {engine.address}: {plan.reason}; --force overwrites it")
    record = AppliedRecord(engine.address)
    if not plan.changes_something:
        if plan.action is Action.ADOPT:
            record.put(plan.name, Applied(plan.revision, plan.digest, plan.owner))
        return False
    record.check_writable()
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
    record.put(plan.name, Applied(plan.revision, made.digest if made else None, plan.owner))
    return True


def check_keeps_models(engine: Engine) -> None:
    """Raise UsageError for an engine that a persona cannot be brought to."""
    if engine.kind != "ollama":
        raise UsageError(
            f"the engine {engine.kind} keeps no models to compare or change: use an Ollama server, with --engine ollama"
        )


def check_possible(plan: ServerPlan) -> None:
    """Raise BadData for a persona that no server can have."""
    if plan.action is Action.IMPOSSIBLE:
        raise BadData(f"'{plan.name}' cannot be put on a server: {plan.reason}")


async def remove_from(engine: Engine, name: str, *, owner: str | None, force: bool = False) -> bool:
    """Delete the model `name` if the server has it and it is what `owner` applied; return whether it was there.

    Raises HumanNeeded when another registry or somebody else put it there, or changed it since, and `force` is not set.
    """
    present = _find(name, await engine.models())
    record = AppliedRecord(engine.address)
    applied = record.get(name)
    if present is None:
        if applied is not None:
            record.put(name, None)
        return False
    foreign = applied is None or applied.registry != owner
    if not force and (foreign or (applied and applied.digest != present.digest)):
        why = "was not put there by this registry" if foreign else "was changed since it was put there"
        raise HumanNeeded(f"'{name}' on {engine.address} {why}; --force deletes it, --registry-only leaves it")
    record.check_writable()
    await engine.delete(name)
    record.put(name, None)
    return True


async def with_base(engine: Engine, registry: Registry, plan: ServerPlan, may_pull: MayPull) -> ServerPlan:
    """Return `plan` for a server that has the base: one that it lacks is pulled, if whoever is asked agrees.

    Raises HumanNeeded where nobody agreed or the base is a persona of the registry, EngineError when the pull fails.
    """
    base = plan.missing_base
    if base is None:
        return plan
    if registry.find(base.partition(":")[0]):
        raise HumanNeeded(f"the base {base} is a persona of the registry: apply that one first")
    progress = await may_pull(base)
    if progress is None:
        raise HumanNeeded(f"'{plan.name}': {engine.address} has no {base}; --pull pulls it")
    async for step in engine.pull(base):
        progress(step)
    return replace(plan, missing_base=None)


async def server_states(engine: Engine, personas: Mapping[str, Persona]) -> dict[str, str]:
    """Return for each persona, by name, whether the server has it: same, differs, missing or unknown.

    Raises EngineUnreachable.
    """
    check_keeps_models(engine)
    models = await engine.models()
    gate = asyncio.Semaphore(_AT_ONCE)

    async def state(persona: Persona) -> str:
        async with gate:
            try:
                plan = await plan_for(engine, persona, "", owner="", models=models)
            except EngineError:
                return "unknown"
        return {Action.CREATE: "missing", Action.IMPOSSIBLE: "unknown", Action.SAME: "same", Action.ADOPT: "same"}.get(
            plan.action, "differs"
        )

    states = await asyncio.gather(*(state(persona) for persona in personas.values()))
    return dict(zip(personas, states, strict=True))


def _warnings(persona: Persona) -> tuple[str, ...]:
    return tuple(f"{persona.name}: {field} {what}" for field, what in not_carried_out(persona).items())


def _find(name: str, models: Sequence[ModelInfo]) -> ModelInfo | None:
    return next((model for model in models if same_model(model.name, name)), None)


async def _shown(engine: Engine, name: str) -> ModelDetail | None:
    """Return a model that the server lists, None where it is broken: what lists the names does not look behind them."""
    try:
        return await engine.show(name)
    except ModelNotFound:
        return None


def _decide(
    found: list[ServerDifference], applied: Applied | None, owner: str, digest: str | None
) -> tuple[Action, str | None]:
    ours = applied is not None and applied.registry == owner and applied.digest == digest
    if not found and applied is not None and applied.belongs_to_another(owner):
        return Action.SAME, f"the registry in {applied.registry} put it there"
    if not found:
        return (Action.SAME if ours else Action.ADOPT), None
    if ours:
        return Action.UPDATE, None
    if applied is not None and applied.digest == digest:
        return Action.BLOCKED, f"the registry in {applied.registry} put it there"
    if applied is not None:
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
            template=ours.template or passed_on.template,
        )
    else:
        wanted = replace(
            ours,
            system=ours.system or there.system,
            parameters={**there.parameters, **ours.parameters},
            messages=ours.messages or there.messages,
            template=ours.template or there.template,
        )
    return [ServerDifference(field, _plain(old), _plain(new)) for field, old, new in differences(there, wanted)]


def _plain(value: object) -> Any:
    """Return a value of a Modelfile as JSON data."""
    if isinstance(value, Message):
        return {"role": value.role, "content": value.content}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
