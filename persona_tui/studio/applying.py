"""Bringing personas to a server: plan all, ask once, carry out one after the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from persona_tui.base.errors import BadData, PersonaError
from persona_tui.engines.protocol import Engine, ModelInfo
from persona_tui.spec.names import same_model
from persona_tui.store.registry import Registry, Stored
from persona_tui.studio.servers import (
    MayPull,
    ProgressSink,
    ServerPlan,
    carry_out,
    check_keeps_models,
    check_possible,
    context_warning,
    plan_for,
    with_base,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one persona: its plan (None where none could be made), whether the server changed, what failed.

    `rendered` is the registry's Modelfile of the persona, where it was not up to date and was written anew.
    """

    name: str
    plan: ServerPlan | None
    done: bool = False
    error: PersonaError | None = None
    rendered: Path | None = None

    def to_json(self) -> dict[str, Any]:
        row = self.plan.to_json() if self.plan else {"name": self.name, "action": None}
        error = str(self.error) if self.error else None
        return {**row, "done": self.done, "rendered": str(self.rendered) if self.rendered else None, "error": error}


@dataclass(frozen=True, slots=True)
class Dialogue:
    """How a front end takes part: what it is told, and what it is asked.

    `agrees` is asked once, with the number of personas that would change the server.
    """

    planned: Callable[[ServerPlan], None]
    agrees: Callable[[int], Awaitable[bool]]
    may_pull: MayPull
    progress: ProgressSink
    finished: Callable[[Outcome], None]


def choose(registry: Registry, names: Sequence[str] | None, scope: str | None) -> tuple[list[Stored], list[Outcome]]:
    """Return the personas called `names`, or every active one that has a base, those first that others are based on.

    Without names and `scope` not what ships; beside them comes a failure for each file that cannot be read, which does
    not stop the others. Raises NotFound, BadData.
    """
    if names:
        return _bases_first([registry.get(name, scope) for name in names]), []
    rows = [row for row in registry.rows(scope) if not row["hidden"]]
    mine = [row for row in rows if scope or row["scope"] != "built-in"]
    wanted = [row for row in mine if row.get("status") == "active" and row["base_model"]]
    chosen = [registry.get(row["name"], row["scope"]) for row in wanted]
    return _bases_first(chosen), [
        Outcome(row["name"], None, error=BadData(row["error"])) for row in mine if "error" in row
    ]


async def apply(
    engine: Engine,
    registry: Registry,
    chosen: Sequence[Stored],
    dialogue: Dialogue,
    *,
    force: bool = False,
    dry_run: bool = False,
) -> list[Outcome]:
    """Bring `chosen` to the server of `engine`; a persona that fails does not stop the others.

    Raises EngineUnreachable, UsageError for an engine that keeps no models, and what `dialogue` raises.
    """
    check_keeps_models(engine)
    run = _Run(engine, registry, dialogue, force=force, changed=[])
    models = await engine.models()
    plans = [await run.plan(one, models) for one in chosen]
    todo = sum(isinstance(plan, ServerPlan) and plan.goes_ahead(force=force) for plan in plans)
    go = not dry_run and (not todo or await dialogue.agrees(todo))
    outcomes = []
    for one, plan in zip(chosen, plans, strict=True):
        outcome = await run.carry_out(one, plan) if go else _left(one, plan, dry_run=dry_run)
        dialogue.finished(outcome)
        outcomes.append(outcome)
    return outcomes


@dataclass(frozen=True, slots=True)
class _Run:
    """One run: what it works with, and the models that it has changed so far."""

    engine: Engine
    registry: Registry
    dialogue: Dialogue
    force: bool
    changed: list[str]

    async def plan(self, one: Stored, models: Sequence[ModelInfo] | None) -> ServerPlan | PersonaError:
        try:
            plan = await plan_for(self.engine, one.persona, one.revision, owner=str(one.scope.root), models=models)
            if warning := await context_warning(self.engine, plan):
                plan = replace(plan, warnings=(*plan.warnings, warning))
        except PersonaError as error:
            return error
        self.dialogue.planned(plan)
        return plan

    async def carry_out(self, one: Stored, plan: ServerPlan | PersonaError) -> Outcome:
        if any(same_model(name, one.persona.base_model or "") for name in self.changed):
            plan = await self.plan(one, None)  # its base is another one since it was compared
        if isinstance(plan, PersonaError):
            return Outcome(one.persona.name, None, error=plan)
        rendered = None
        try:
            check_possible(plan)
            if plan.goes_ahead(force=self.force):
                plan = await with_base(self.engine, self.registry, plan, self.dialogue.may_pull)
            rendered = self.registry.catch_up(one)
            done = await carry_out(self.engine, plan, force=self.force, progress=self.dialogue.progress)
        except PersonaError as error:
            return Outcome(plan.name, plan, error=error, rendered=rendered)
        if done:
            self.changed.append(plan.name)
        return Outcome(plan.name, plan, done=done, rendered=rendered)


def _left(one: Stored, plan: ServerPlan | PersonaError, *, dry_run: bool) -> Outcome:
    """Return what came of a persona that nobody wanted carried out."""
    if isinstance(plan, PersonaError):
        return Outcome(one.persona.name, None, error=plan)
    try:
        if not dry_run:
            check_possible(plan)
    except BadData as error:
        return Outcome(plan.name, plan, error=error)
    return Outcome(plan.name, plan)


def _bases_first(chosen: Sequence[Stored]) -> list[Stored]:
    """Return the personas so that one whose base is another comes after it."""
    ordered: list[Stored] = []
    waiting = list(chosen)
    while waiting:
        free = [one for one in waiting if not any(_is_base(other, one) for other in waiting if other is not one)]
        ordered += free or waiting  # a circle: any order is as good
        waiting = [one for one in waiting if one not in free] if free else []
    return ordered


def _is_base(one: Stored, of: Stored) -> bool:
    return of.persona.base_model is not None and same_model(one.persona.name, of.persona.base_model)
