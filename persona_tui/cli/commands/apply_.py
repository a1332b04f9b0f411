"""`persona apply`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from persona_tui.base.errors import BadData, ExitCode, PersonaError, UsageError
from persona_tui.base.text import plural
from persona_tui.cli.common import Settings, run_async
from persona_tui.cli.completion import persona_names
from persona_tui.cli.fields import ForceOption, PullOption, YesOption
from persona_tui.cli.output import Output
from persona_tui.cli.plans import ProgressLine, offer_pull, show_plan, without_missing_base
from persona_tui.engines.protocol import Engine, ModelInfo
from persona_tui.spec.names import same_model
from persona_tui.store.registry import Registry, Stored
from persona_tui.studio.engines import open_engine
from persona_tui.studio.servers import Action, ServerPlan, carry_out, plan_for

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def command(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(help="The personas to bring.", autocompletion=persona_names)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every active persona of yours that has a base.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference and change nothing.")] = False,
    yes: YesOption = False,
    pull: PullOption = False,
    force: ForceOption = False,
) -> None:
    """Bring personas of the registry to a server: shows the difference, asks, creates or updates.

    Examples: persona apply my-go-q3; persona apply --all --dry-run; persona apply --all --yes --host gpu-1:11434
    """
    settings: Settings = ctx.obj
    if bool(names) == everything:
        raise UsageError("say which personas to apply: NAMEs, or --all")
    out = Output(settings)
    registry = settings.registry(keep_index=not dry_run)
    chosen = [registry.get(name, settings.scope) for name in names] if names else _active(registry, out, settings.scope)
    run = _Run(out, registry, pull=pull, force=force, dry_run=dry_run)
    result = run_async(run.apply(settings, _bases_first(chosen), yes=yes))
    if settings.json:
        out.document(result)
    raise typer.Exit(run.code)


def _active(registry: Registry, out: Output, scope: str | None) -> list[Stored]:
    """Return what --all means: without --scope not what ships; files that cannot be read are told."""
    rows = [row for row in registry.rows(scope) if not row["hidden"]]
    for row in rows:
        if "error" in row:
            out.say("WARN", f"left out: {row['error']}")
    mine = [row for row in rows if scope or row["scope"] != "built-in"]
    wanted = [row for row in mine if row.get("status") == "active" and row["base_model"]]
    return [registry.get(row["name"], row["scope"]) for row in wanted]


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


class _Run:
    """One run of apply: what it was told, and the exit code that it comes to."""

    def __init__(self, out: Output, registry: Registry, *, pull: bool, force: bool, dry_run: bool) -> None:
        self.code = int(ExitCode.OK)
        self._out = out
        self._registry = registry
        self._pull = pull
        self._force = force
        self._dry_run = dry_run
        self._changed: list[str] = []

    async def apply(self, settings: Settings, chosen: list[Stored], *, yes: bool) -> dict[str, Any]:
        """Plan all, ask once, carry out one after the other; a persona that fails does not stop the others."""
        async with open_engine(settings.engine, settings.host) as engine:
            models = await engine.models()
            plans = {one.persona.name: await self._plan(engine, one, models) for one in chosen}
            todo = sum(isinstance(p, ServerPlan) and p.goes_ahead(force=self._force) for p in plans.values())
            go = not self._dry_run and self._agreed(engine, todo, yes=yes)
            rows = [await self._one(engine, one, plans[one.persona.name], go=go) for one in chosen]
            if self._dry_run:
                self._out.say("DRY-RUN", f"{plural(todo, 'persona')} would be changed on {engine.address}")
            elif not self._changed:
                self._out.say("APPLY", f"nothing was changed on {engine.address}")
            return {"host": engine.address, "dry_run": self._dry_run, "personas": rows}

    async def _plan(self, engine: Engine, one: Stored, models: Sequence[ModelInfo] | None) -> ServerPlan | PersonaError:
        try:
            plan = await plan_for(engine, one.persona, one.revision, owner=str(one.scope.root), models=models)
        except PersonaError as error:
            return error
        show_plan(self._out, plan, engine.address)
        for warning in plan.warnings:
            self._out.say("WARN", warning)
        return plan

    def _agreed(self, engine: Engine, todo: int, *, yes: bool) -> bool:
        question = f"Apply {plural(todo, 'persona')} to {engine.address}?"
        return not todo or yes or self._out.confirm(question, default=True, flag="--yes")

    async def _one(self, engine: Engine, one: Stored, plan: ServerPlan | PersonaError, *, go: bool) -> dict[str, Any]:
        name = one.persona.name
        done, error = False, None
        try:
            if go and any(same_model(name, one.persona.base_model or "") for name in self._changed):
                plan = await self._plan(engine, one, None)  # its base is another one since it was compared
            if isinstance(plan, PersonaError):
                raise plan
            if go or (plan.action is Action.IMPOSSIBLE and not self._dry_run):
                done = await self._carry_out(engine, one, plan)
        except PersonaError as caught:
            error = str(caught)
            self._out.say("ERROR", error)
            self.code = self.code or int(caught.exit_code)
        row = plan.to_json() if isinstance(plan, ServerPlan) else {"name": name, "action": None}
        return {**row, "done": done, "error": error}

    async def _carry_out(self, engine: Engine, one: Stored, plan: ServerPlan) -> bool:
        if plan.action is Action.IMPOSSIBLE:
            raise BadData(f"'{plan.name}' cannot be put on a server: {plan.reason}")
        if plan.goes_ahead(force=self._force):
            await offer_pull(self._out, engine, self._registry, plan, pull=self._pull)
            plan = without_missing_base(plan)
        self._registry.keep_version(one)
        progress = ProgressLine(self._out, "APPLY")
        if not await carry_out(engine, plan, force=self._force, progress=progress):
            return False
        self._changed.append(plan.name)
        self._out.say("APPLY", f"{plan.name} is on {engine.address}")
        return True
