"""Bringing personas to a server, as it is shown and asked for on the command line."""

from __future__ import annotations

from collections.abc import Sequence

from persona_tui.base.errors import ExitCode
from persona_tui.base.text import plural
from persona_tui.cli.output import Output
from persona_tui.cli.plans import ProgressLine, may_pull, show_plan
from persona_tui.engines.protocol import Engine
from persona_tui.store.registry import Registry, Stored
from persona_tui.studio.applying import Dialogue, Outcome, apply
from persona_tui.studio.servers import ServerPlan


async def bring(
    out: Output,
    engine: Engine,
    registry: Registry,
    chosen: Sequence[Stored],
    left_out: Sequence[Outcome],
    *,
    yes: bool,
    pull: bool,
    force: bool,
    dry_run: bool,
) -> int:
    """Show the plans for `chosen`, ask, carry out, tell. Return the exit code of the first that failed."""
    dialogue = _dialogue(out, engine, yes=yes, pull=pull)
    applied = await apply(engine, registry, chosen, dialogue, force=force, dry_run=dry_run)
    outcomes = [*left_out, *applied]
    _tell(out, outcomes, engine.address, force=force, dry_run=dry_run)
    return next((int(one.error.exit_code) for one in outcomes if one.error), int(ExitCode.OK))


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
