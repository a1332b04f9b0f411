"""`persona apply`."""

from __future__ import annotations

from typing import Annotated

import typer

from persona_tui.base.errors import ExitCode, UsageError
from persona_tui.base.text import plural
from persona_tui.cli.common import Settings, run_async
from persona_tui.cli.completion import persona_names
from persona_tui.cli.fields import ForceOption, PullOption, YesOption
from persona_tui.cli.output import Output
from persona_tui.cli.plans import ProgressLine, may_pull, show_plan
from persona_tui.engines.protocol import Engine
from persona_tui.studio.applying import Dialogue, Outcome, apply, choose
from persona_tui.studio.engines import open_engine
from persona_tui.studio.servers import ServerPlan

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
    chosen, left_out = choose(registry, names, settings.scope)
    for one in left_out:
        out.say("WARN", f"left out: {one.error}")

    async def work() -> int:
        async with open_engine(settings.engine, settings.host, out.waiting) as engine:
            dialogue = _dialogue(out, engine, yes=yes, pull=pull)
            applied = await apply(engine, registry, chosen, dialogue, force=force, dry_run=dry_run)
            outcomes = [*left_out, *applied]
            _tell(out, outcomes, engine.address, force=force, dry_run=dry_run)
            return next((int(one.error.exit_code) for one in outcomes if one.error), int(ExitCode.OK))

    raise typer.Exit(run_async(work()))


def _dialogue(out: Output, engine: Engine, *, yes: bool, pull: bool) -> Dialogue:
    def planned(plan: ServerPlan) -> None:
        show_plan(out, plan, engine.address)
        for warning in plan.warnings:
            out.say("WARN", warning)

    async def agrees(count: int) -> bool:
        question = f"Apply {plural(count, 'persona')} to {engine.address}?"
        return yes or out.confirm(question, default=True, flag="--yes")

    def finished(outcome: Outcome) -> None:
        if outcome.rendered:
            out.say("RENDER", f"{outcome.rendered} was not up to date: written anew")
        if outcome.error:
            out.say("ERROR", str(outcome.error))
        elif outcome.done:
            out.say("APPLY", f"{outcome.name} is on {engine.address}")

    return Dialogue(planned, agrees, may_pull(out, engine, pull=pull, yes=yes), ProgressLine(out, "APPLY"), finished)


def _tell(out: Output, outcomes: list[Outcome], address: str, *, force: bool, dry_run: bool) -> None:
    if dry_run:
        todo = sum(one.plan is not None and one.plan.goes_ahead(force=force) for one in outcomes)
        out.say("DRY-RUN", f"{plural(todo, 'persona')} would be changed on {address}")
    elif not any(one.done for one in outcomes):
        out.say("APPLY", f"nothing was changed on {address}")
    if out.settings.json:
        out.document({"host": address, "dry_run": dry_run, "personas": [one.to_json() for one in outcomes]})
