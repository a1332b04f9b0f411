"""`persona build`."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from persona_tui.base.errors import ExitCode, UsageError
from persona_tui.cli.common import Settings, run_async
from persona_tui.cli.creating import Creation, finish
from persona_tui.cli.fields import TemperatureOption, temperature_of
from persona_tui.cli.output import Output
from persona_tui.cli.proposal import show_proposal
from persona_tui.designer.draft import DESCRIPTION_LIMIT, check_words
from persona_tui.engines.protocol import Engine
from persona_tui.store import drafts
from persona_tui.studio import build
from persona_tui.studio.engines import open_engine

app = typer.Typer(rich_markup_mode=None)

_EXAMPLES = """\
Describe the persona you want in plain words, for example:
  Java Spring Boot microservice developer with strict Jakarta EE
  Python data scientist for pandas
  a translator from German to English for legal texts"""


@app.command()
def command(
    ctx: typer.Context,
    describe: Annotated[
        str | None, typer.Option("--describe", metavar="TEXT", help="What the persona is for; - reads stdin.")
    ] = None,
    codebase: Annotated[
        str | None, typer.Option("--codebase", metavar="PATH", help="A codebase to look at first.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show everything and write nothing.")] = False,
    json_only: Annotated[bool, typer.Option("--json-only", help="Print the bare spec of eight keys and stop.")] = False,
    skip_refinement: Annotated[bool, typer.Option("--skip-refinement", help="Do not ask for refinements.")] = False,
    wishes: Annotated[
        list[str] | None, typer.Option("--refine", metavar="TEXT", help="A change to make; may be repeated.")
    ] = None,
    designer: Annotated[str, typer.Option("--designer", metavar="KIND", help="auto, model or rulebook.")] = "auto",
    designer_model: Annotated[
        str | None, typer.Option("--designer-model", metavar="M", help="The model that designs.")
    ] = None,
    base_model: Annotated[
        str | None, typer.Option("--base-model", metavar="M", help="The base of the new persona.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="N", help="Its name, in place of the proposed one.")
    ] = None,
    temperature: TemperatureOption = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the draft that was not created.")] = False,
    registry_only: Annotated[bool, typer.Option("--registry-only", help="Leave servers alone.")] = False,
    pull: Annotated[bool, typer.Option("--pull", help="Pull the base if the server lacks it.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a model that was made elsewhere.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Create without asking.")] = False,
) -> None:
    """Describe a persona, see it drafted, refine it, see the difference, create it.

    Examples: persona build; persona build --describe "Go gRPC service developer" --codebase . --yes;
    persona build --describe "SQL reviewer" --dry-run --json; persona build --resume
    """
    settings: Settings = ctx.obj
    out = Output(settings)
    if designer not in ("auto", "model", "rulebook"):
        raise UsageError(f"--designer is auto, model or rulebook, not '{designer}'")
    fixed: dict[str, Any] = {}
    if name is not None:
        fixed["name"] = name
    if temperature is not None:
        fixed["temperature"] = temperature_of(temperature)
    options = _Options(
        settings, out, designer, designer_model, codebase, dry_run or json_only, settings.json or json_only
    )
    request, proposal, asked = _start(out, describe, codebase, base_model, fixed, resume)
    creation = Creation(dry_run=dry_run, registry_only=registry_only, pull=pull, force=force, yes=yes)
    ask = not (skip_refinement or yes or dry_run or json_only)
    code = run_async(_build(options, request, proposal, [*asked, *(wishes or [])], ask, json_only, creation))
    raise typer.Exit(code)


class _Options:
    """What every step of a build needs to know."""

    def __init__(
        self,
        settings: Settings,
        out: Output,
        designer: str,
        model: str | None,
        codebase: str | None,
        dry: bool,
        quiet: bool,
    ) -> None:
        self.settings = settings
        self.out = out
        self.designer = designer
        self.model = model
        self.codebase = codebase
        self.keep_draft = not dry
        self.machine = quiet


def _start(
    out: Output, describe: str | None, codebase: str | None, base: str | None, fixed: dict[str, Any], resume: bool
) -> tuple[build.BuildRequest, build.Proposal | None, tuple[str, ...]]:
    """Return what to build, and the proposal and wishes of a draft that is gone on with."""
    if resume:
        if describe is not None:
            raise UsageError("--resume goes on with the last draft: leave --describe out")
        request, proposal, wishes = build.resumed(drafts.last_draft())
        return request, proposal, () if proposal else wishes
    if describe == "-":
        describe = sys.stdin.read(DESCRIPTION_LIMIT + 1)
    if describe is None:
        if out.asks:
            print(_EXAMPLES, file=sys.stderr)
        describe = out.ask("What is it for?", flag="--describe TEXT")
    text = check_words(describe, "description")
    return build.BuildRequest(text, codebase, base or build.DEFAULT_BASE, fixed), None, ()


async def _build(
    options: _Options,
    request: build.BuildRequest,
    proposal: build.Proposal | None,
    wishes: list[str],
    ask: bool,
    json_only: bool,
    creation: Creation,
) -> int:
    settings, out = options.settings, options.out
    registry = settings.registry(keep_index=options.keep_draft)
    if options.keep_draft and proposal is None:
        drafts.keep_draft(build.request_json(request, wishes))
    async with open_engine(settings.engine, settings.host) as engine:
        if proposal is None:
            detection = build.look_at(request.codebase, registry, out.say) if request.codebase else None
            designer = await _designer(options, engine)
            proposal = await build.propose(request, detection, designer, out.say)
            _keep(options, proposal)
        else:
            designer = await _designer(options, engine) if wishes or (ask and out.asks) else None
        for wish in wishes:
            proposal = await build.refine(proposal, wish, designer or await _designer(options, engine), out.say)
            _keep(options, proposal)
        if json_only:
            out.document(build.bare_spec(proposal.persona))
            return ExitCode.OK
        if not options.machine:
            show_proposal(out, proposal)
        while ask and out.asks and designer and out.confirm("Refine it?", default=False, flag="--skip-refinement"):
            wish = out.ask("What would you like to change?", flag="--refine TEXT")
            proposal = await build.refine(proposal, wish, designer, out.say)
            _keep(options, proposal)
            show_proposal(out, proposal)
        return await finish(settings, out, registry, engine, proposal, creation)


async def _designer(options: _Options, engine: Engine) -> Any:
    return await build.choose_designer(options.designer, options.model, engine, options.out.say)  # type: ignore[arg-type]


def _keep(options: _Options, proposal: build.Proposal) -> None:
    if options.keep_draft:
        drafts.keep_draft(proposal.to_json())
