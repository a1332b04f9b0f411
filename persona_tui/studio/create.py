"""Creating a persona: on the server first, because that is what can fail, then in the registry.

Whoever is stopped in between finds the model on the server and no persona in the registry; the draft is kept, and
going on with it finds that the server has the same already.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from persona_tui.base.errors import EngineError, EngineUnreachable, PersonaError
from persona_tui.engines.protocol import Engine
from persona_tui.spec.document import new_document
from persona_tui.store.history import revision_of
from persona_tui.store.registry import Registry, Stored
from persona_tui.studio.build import Say
from persona_tui.studio.preview import Preview
from persona_tui.studio.servers import (
    Action,
    MayPull,
    ProgressSink,
    ServerPlan,
    carry_out,
    context_warning,
    plan_for,
    remove_from,
    with_base,
)


@dataclass(frozen=True, slots=True)
class Created:
    """What was written: the two files, and the server that has the model now (None where none was told)."""

    registry: str
    modelfile: str | None
    host: str | None

    def to_json(self) -> dict[str, Any]:
        return {"registry": self.registry, "modelfile": self.modelfile, "host": self.host}


async def plan_server(engine: Engine, preview: Preview, say: Say, *, must_answer: bool = False) -> ServerPlan | None:
    """Return what creating the previewed persona would change on the server of `engine`.

    None where there is no server to tell: `engine` is none, or does not answer, which is said unless it `must_answer`.
    Raises EngineError, and EngineUnreachable for one that must.
    """
    if engine.kind != "ollama":
        return None
    document = (
        preview.stored.document.with_persona(preview.persona) if preview.stored else new_document(preview.persona)
    )
    revision = revision_of(document.text.encode())
    try:
        plan = await plan_for(engine, preview.persona, revision, owner=str(preview.scope.root))
        if warning := await context_warning(engine, plan):
            say("WARN", warning)
        return plan
    except EngineUnreachable as error:
        if must_answer:
            raise
        say("WARN", f"{error}; the registry alone is written, 'persona apply' brings it to a server later")
        return None


async def create(
    preview: Preview,
    registry: Registry,
    *,
    engine: Engine,
    plan: ServerPlan | None,
    may_pull: MayPull,
    force: bool = False,
    progress: ProgressSink | None = None,
) -> Created:
    """Create the previewed persona, on the server of `engine` too where `plan` says what that means there.

    A server that fails leaves the registry as it was; a registry that fails takes a new model off the server again.

    Raises what `with_base`, `carry_out` and `Registry.save` raise.
    """
    seen = preview.stored.revision if preview.stored else None
    scope = preview.scope.name
    told = plan is not None and plan.action is not Action.IMPOSSIBLE
    if plan is not None and told:
        registry.check(preview.persona, scope=scope, seen=seen)  # before the server, which cannot be asked to undo
        if plan.goes_ahead(force=force):
            plan = await with_base(engine, registry, plan, may_pull)
        await carry_out(engine, plan, force=force, progress=progress)
    try:
        stored = registry.save(preview.persona, scope=scope, seen=seen, by="build")
    except PersonaError:
        if plan is not None and plan.action is Action.CREATE:
            await _take_back(engine, plan)
        raise
    return _created(stored, engine.address if told else None)


def _created(stored: Stored, host: str | None) -> Created:
    modelfile = stored.scope.modelfile(stored.persona.name)
    return Created(str(stored.path), str(modelfile) if os.path.exists(modelfile) else None, host)


async def _take_back(engine: Engine, plan: ServerPlan) -> None:
    try:
        await remove_from(engine, plan.name, owner=plan.owner, force=True)
    except EngineError:
        return  # the failure of the registry is what has to be told; `apply` and `rm` see this model again
