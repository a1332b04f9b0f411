"""`persona apply`."""

from __future__ import annotations

from typing import Annotated

import typer

from persona_tui.base.errors import UsageError
from persona_tui.cli.applying import bring
from persona_tui.cli.common import Settings, run_async
from persona_tui.cli.completion import persona_names
from persona_tui.cli.fields import ForceOption, PullOption, YesOption
from persona_tui.cli.output import Output
from persona_tui.studio.applying import choose
from persona_tui.studio.engines import open_engine

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
            return await bring(
                out, engine, registry, chosen, left_out, yes=yes, pull=pull, force=force, dry_run=dry_run
            )

    raise typer.Exit(run_async(work()))
