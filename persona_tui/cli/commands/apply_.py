"""`persona apply`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from persona_tui.base.errors import ExitCode, PersonaError, UsageError
from persona_tui.base.text import plural
from persona_tui.cli.common import Settings, run_async
from persona_tui.cli.completion import persona_names
from persona_tui.cli.output import Output
from persona_tui.cli.plans import ProgressLine, offer_pull, show_plan, without_missing_base
from persona_tui.engines.protocol import Engine
from persona_tui.studio.engines import open_engine
from persona_tui.studio.servers import Action, ServerPlan, carry_out, plan_for

app = typer.Typer(rich_markup_mode=None)


@app.command()
def command(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(help="The personas to bring.", autocompletion=persona_names)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every active persona that has a base.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    pull: Annotated[bool, typer.Option("--pull", help="Pull a base that the server lacks.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite a model that was changed or made elsewhere.")
    ] = False,
) -> None:
    """Bring personas of the registry to a server: shows the difference, asks, creates or updates.

    Examples: persona apply my-go-q3; persona apply --all --dry-run; persona apply --all --yes --host gpu-1:11434
    """
    settings: Settings = ctx.obj
    out = Output(settings)
    if bool(names) == everything:
        raise UsageError("say which personas to apply: NAMEs, or --all")
    result = run_async(_apply(settings, out, names or [], dry_run=dry_run, yes=yes, pull=pull, force=force))
    if settings.json:
        out.document(result)
    if any(row["error"] for row in result["personas"]):
        raise typer.Exit(ExitCode.FAILED)


async def _apply(
    settings: Settings, out: Output, names: list[str], *, dry_run: bool, yes: bool, pull: bool, force: bool
) -> dict[str, Any]:
    registry = settings.registry(keep_index=not dry_run)
    if names:
        chosen = [registry.get(name, settings.scope) for name in names]
    else:
        rows = [row for row in registry.rows(settings.scope) if "error" not in row and not row["hidden"]]
        active = [row for row in rows if row["status"] == "active" and row["base_model"]]
        chosen = [registry.get(row["name"], row["scope"]) for row in active]
    results = []
    async with open_engine(settings.engine, settings.host) as engine:
        models = await engine.models()
        plans = [await plan_for(engine, stored.persona, stored.revision, models) for stored in chosen]
        for plan in plans:
            show_plan(out, plan, engine.address)
        todo = [plan for plan in plans if plan.changes_something]
        if dry_run:
            out.say("DRY-RUN", f"{plural(len(todo), 'persona')} would be changed on {engine.address}")
        elif (
            todo
            and not yes
            and not out.confirm(
                f"Apply {plural(len(todo), 'persona')} to {engine.address}?", default=True, flag="--yes"
            )
        ):
            todo = []
        for plan in plans:
            wanted = not dry_run and (plan in todo or plan.action is Action.ADOPT)
            results.append(await _one(out, engine, plan, pull=pull, force=force) if wanted else _row(plan, done=False))
        if not todo:
            out.say("APPLY", f"nothing to do on {engine.address}")
        return {"host": engine.address, "dry_run": dry_run, "personas": results}


async def _one(out: Output, engine: Engine, plan: ServerPlan, *, pull: bool, force: bool) -> dict[str, Any]:
    """Carry out one plan; one that fails is told and does not stop the others."""
    try:
        await offer_pull(out, engine, plan, pull=pull)
        changed = await carry_out(engine, without_missing_base(plan), force=force, progress=ProgressLine(out, "APPLY"))
    except PersonaError as error:
        out.say("ERROR", str(error))
        return _row(plan, done=False, error=str(error))
    if changed:
        out.say("APPLY", f"{plan.name} is on {engine.address}")
    return _row(plan, done=changed)


def _row(plan: ServerPlan, *, done: bool, error: str | None = None) -> dict[str, Any]:
    return {**plan.to_json(), "done": done, "error": error}
