"""`persona create`."""

from __future__ import annotations

import contextlib
from typing import Annotated, Any

import typer

from persona_tui.base.errors import Conflict, HumanNeeded
from persona_tui.cli.common import Settings, run_async
from persona_tui.cli.completion import values_of
from persona_tui.cli.creating import Creation, finish
from persona_tui.cli.fields import (
    AllowLintErrorsOption,
    DryRunOption,
    ForceOption,
    PullOption,
    RegistryOnlyOption,
    TemperatureOption,
    YesOption,
    check_flags,
    temperature_of,
)
from persona_tui.cli.output import Output
from persona_tui.cli.proposal import show_persona
from persona_tui.designer.draft import Draft
from persona_tui.designer.session import Log, Nowhere, Session
from persona_tui.store.journal import Journal
from persona_tui.studio.build import BuildRequest, begin
from persona_tui.studio.engines import open_engine
from persona_tui.studio.form import draft_from_form

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def command(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Option("--name", metavar="N", help="Its name; proposed from the role.")] = None,
    base_model: Annotated[str | None, typer.Option("--base-model", metavar="M", help="The base; none without.")] = None,
    role: Annotated[str | None, typer.Option("--role", metavar="TEXT", help="Who it is, in one line.")] = None,
    domain: Annotated[
        str | None,
        typer.Option(
            "--domain", autocompletion=values_of("--domain"), metavar="D", help="code, reasoning, classification, …"
        ),
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
    tier: Annotated[
        str | None,
        typer.Option(
            "--tier", autocompletion=values_of("--tier"), metavar="TIER", help="full, or bare for a host tool."
        ),
    ] = None,
    dry_run: DryRunOption = False,
    registry_only: RegistryOnlyOption = False,
    pull: PullOption = False,
    force: ForceOption = False,
    allow_lint_errors: AllowLintErrorsOption = False,
    yes: YesOption = False,
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
    check_flags(given)
    if out.asks and not yes:
        _fill_in(settings, given, keeps=not dry_run)
    elif not role:
        raise HumanNeeded("a persona needs a role: say --role TEXT (and --constraint RULE for each rule)")
    request, draft = draft_from_form(given)
    registry = settings.registry(keep_index=not dry_run)
    if (place := registry.find(draft.persona.name, settings.scope)) and place.writable:
        raise Conflict(f"there is a persona '{draft.persona.name}' in {place.root}: edit it, or say --name")
    creation = Creation.of(ctx)
    with contextlib.closing(Journal.create()) if not dry_run else contextlib.nullcontext(Nowhere()) as log:
        session = _begin(log, request, draft)
        settings.draft_kept = not dry_run

        async def work() -> int:
            async with open_engine(settings.engine, settings.host, out.waiting) as engine:
                if not settings.json:
                    show_persona(out, session.persona)
                return await finish(settings, out, registry, engine, session, creation)

        raise typer.Exit(run_async(work()))


def _fill_in(settings: Settings, fields: dict[str, Any], *, keeps: bool) -> None:
    """Ask for what `fields` lacks; what was typed is kept when the person leaves."""
    from persona_tui.cli.form import fill_in

    try:
        fill_in(fields)
    except KeyboardInterrupt:
        if keeps and fields["role"]:
            with contextlib.closing(Journal.create()) as journal:
                _begin(journal, *draft_from_form(fields))
            settings.draft_kept = True
        raise


def _begin(log: Log, request: BuildRequest, draft: Draft) -> Session:
    session = begin(request, log, {"kind": "auto", "model": None})
    session.start_with(draft)
    return session
