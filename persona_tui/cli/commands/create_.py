"""`persona create`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from persona_tui.base.errors import HumanNeeded
from persona_tui.cli.common import Settings, run_async
from persona_tui.cli.creating import Creation, finish
from persona_tui.cli.fields import TemperatureOption, temperature_of
from persona_tui.cli.output import Output
from persona_tui.cli.proposal import show_persona
from persona_tui.studio.engines import open_engine
from persona_tui.studio.form import propose_from_form

app = typer.Typer(rich_markup_mode=None)


@app.command()
def command(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Option("--name", metavar="N", help="Its name; proposed from the role.")] = None,
    base_model: Annotated[str | None, typer.Option("--base-model", metavar="M", help="The base; none without.")] = None,
    role: Annotated[str | None, typer.Option("--role", metavar="TEXT", help="Who it is, in one line.")] = None,
    domain: Annotated[
        str | None, typer.Option("--domain", metavar="D", help="code, reasoning, classification, …")
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", metavar="L", help="Its language, if it has one.")
    ] = None,
    temperature: TemperatureOption = None,
    constraints: Annotated[
        list[str] | None, typer.Option("--constraint", metavar="RULE", help="A rule, MUST or MUST NOT; repeat it.")
    ] = None,
    output_format: Annotated[
        str | None, typer.Option("--output-format", metavar="TEXT", help="What an answer looks like.")
    ] = None,
    tier: Annotated[str | None, typer.Option("--tier", help="full, or bare for a host tool.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show everything and write nothing.")] = False,
    registry_only: Annotated[bool, typer.Option("--registry-only", help="Leave servers alone.")] = False,
    pull: Annotated[bool, typer.Option("--pull", help="Pull the base if the server lacks it.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Create despite lint errors; overwrite foreign models.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Create without asking.")] = False,
) -> None:
    """Make a persona by form: asks for what the flags do not say.

    Examples: persona create; persona create --role "Go reviewer" --constraint "MUST check every error" … --yes
    """
    settings: Settings = ctx.obj
    out = Output(settings)
    given: dict[str, Any] = {
        "name": name,
        "base_model": base_model,
        "role": role,
        "domain": domain,
        "language": language,
        "temperature": None if temperature is None else temperature_of(temperature),
        "constraints": list(constraints or []),
        "output_format": output_format,
        "tier": tier,
    }
    if out.asks and not yes:
        from persona_tui.cli.form import fill_in

        given = fill_in(given)
    elif not role:
        raise HumanNeeded("a persona needs a role: say --role TEXT (and --constraint RULE for each rule)")
    proposal = propose_from_form(given)
    creation = Creation(dry_run=dry_run, registry_only=registry_only, pull=pull, force=force, yes=yes)

    async def work() -> int:
        async with open_engine(settings.engine, settings.host) as engine:
            if not settings.json:
                show_persona(out, proposal.persona)
            return await finish(settings, out, settings.registry(keep_index=not dry_run), engine, proposal, creation)

    raise typer.Exit(run_async(work()))
