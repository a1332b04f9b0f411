"""`persona build`."""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from typing import Annotated, cast

import typer

from persona_tui.base.errors import ExitCode, UsageError
from persona_tui.cli.common import Settings, read_stdin, run_async
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
from persona_tui.cli.plans import WordCounter
from persona_tui.cli.proposal import show_proposal
from persona_tui.designer.draft import DESCRIPTION_LIMIT, Designer, WordSink, check_words
from persona_tui.engines.protocol import Engine
from persona_tui.store.drafts import DraftFile
from persona_tui.store.registry import Registry
from persona_tui.studio import build
from persona_tui.studio.engines import open_engine

app = typer.Typer(rich_markup_mode=None, add_completion=False)

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
    dry_run: DryRunOption = False,
    json_only: Annotated[bool, typer.Option("--json-only", help="Print the bare spec of eight keys and stop.")] = False,
    skip_refinement: Annotated[bool, typer.Option("--skip-refinement", help="Do not ask for refinements.")] = False,
    wishes: Annotated[
        list[str] | None, typer.Option("--refine", metavar="TEXT", help="A change to make; may be repeated.")
    ] = None,
    designer: Annotated[
        str,
        typer.Option(
            "--designer", autocompletion=values_of("--designer"), metavar="KIND", help="auto, model or rulebook."
        ),
    ] = "auto",
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
    registry_only: RegistryOnlyOption = False,
    pull: PullOption = False,
    force: ForceOption = False,
    allow_lint_errors: AllowLintErrorsOption = False,
    yes: YesOption = False,
) -> None:
    """Describe a persona, see it drafted, refine it, see the difference, create it.

    Examples: persona build; persona build --describe "Go gRPC service developer" --codebase . --yes;
    persona build --describe "SQL reviewer" --dry-run --json; persona build --resume
    """
    settings: Settings = ctx.obj
    out = Output(settings)
    if designer not in ("auto", "model", "rulebook"):
        raise UsageError(f"--designer is auto, model or rulebook, not '{designer}'")
    wishes = [check_words(wish, "refinement") for wish in wishes or []]
    if resume:
        flags = {
            "--describe": describe,
            "--codebase": codebase,
            "--base-model": base_model,
            "--name": name,
            "--temperature": temperature,
        }
        if given := [flag for flag, value in flags.items() if value is not None]:
            raise UsageError(f"--resume goes on with the draft as it is: leave {', '.join(given)} out")
        start = _resumed(out, designer, designer_model)
    else:
        check_flags({"name": name, "base_model": base_model})
        # These are build.FIXABLE: what is fixed stays as it is through every refinement.
        fixed = {"name": name, "temperature": None if temperature is None else temperature_of(temperature)}
        fields = {field: value for field, value in fixed.items() if value is not None}
        text = _description(out, describe)
        request = build.BuildRequest(text, codebase, base_model or build.DEFAULT_BASE, fields)
        start = _Start(DraftFile(), request, designer, designer_model)
    job = _Build(
        settings,
        out,
        registry=settings.registry(keep_index=not (dry_run or json_only)),
        designer=cast("build.DesignerKind", start.designer),
        designer_model=start.designer_model,
        draft=None if dry_run or json_only else start.draft,
        asks=out.asks and not (skip_refinement or yes or dry_run or json_only),
    )
    creation = Creation.of(ctx)

    async def work() -> int:
        async with open_engine(settings.engine, settings.host, out.waiting) as engine:
            made = await job.proposal(
                engine, start.request, start.proposal, [*start.pending, *wishes], silent=json_only
            )
            if json_only:
                out.document(build.bare_spec(made.persona))
                return ExitCode.OK
            return await finish(settings, out, job.registry, engine, made, creation, start.draft)

    raise typer.Exit(run_async(work()))


@dataclass(frozen=True, slots=True)
class _Start:
    """What a build begins with: a request, or a draft that is gone on with."""

    draft: DraftFile
    request: build.BuildRequest
    designer: str
    designer_model: str | None
    proposal: build.Proposal | None = None
    pending: tuple[str, ...] = ()


def _resumed(out: Output, designer: str, designer_model: str | None) -> _Start:
    """Return the last draft, with the designer that was asked for then unless another one is asked for now."""
    draft, kept = build.last_draft(out.say)
    request, proposal, pending = build.resumed(kept)
    asked = kept.get("asked") or {}
    if designer == "auto" and asked.get("kind") in ("model", "rulebook"):
        designer = asked["kind"]
    if designer != "rulebook":  # which asks none
        designer_model = designer_model or asked.get("model")
    return _Start(draft, request, designer, designer_model, proposal, tuple(pending))


def _description(out: Output, describe: str | None) -> str:
    if describe == "-":
        describe = read_stdin(DESCRIPTION_LIMIT + 1)
    if describe is None:
        if out.asks:
            print(_EXAMPLES, file=sys.stderr)
        describe = ""
        while not describe.strip():
            describe = out.ask("What is it for?", flag="--describe TEXT")
    return check_words(describe, "description")


@dataclass
class _Build:
    """The way from a request to a proposal. `draft` is where every word is kept, None where nothing is written."""

    settings: Settings
    out: Output
    registry: Registry
    designer: build.DesignerKind
    designer_model: str | None
    draft: DraftFile | None
    asks: bool

    async def proposal(
        self,
        engine: Engine,
        request: build.BuildRequest,
        proposal: build.Proposal | None,
        wishes: list[str],
        *,
        silent: bool,
    ) -> build.Proposal:
        """Return the proposal after every wish, those of the flags and those that the person is asked for."""
        self._keep(request, proposal, wishes)
        designer: Designer | None = None
        if proposal is None:
            detection = build.look_at(request.codebase, self.registry, self.out.say) if request.codebase else None
            designer = await self._designer(engine)
            fallback = self.designer == "auto" and self.designer_model is None
            proposal = await build.propose(request, detection, designer, self.out.say, self._words, fallback=fallback)
            self._keep(request, proposal, wishes)
        for number, wish in enumerate(wishes, 1):
            designer = designer or await self._designer(engine)
            proposal = await build.refine(proposal, wish, designer, self.out.say, self._words)
            self._keep(request, proposal, wishes[number:])
        if not silent and not self.settings.json:
            show_proposal(self.out, proposal)
        while self.asks and self.out.confirm("Refine it?", default=False, flag="--skip-refinement"):
            wish = self.out.ask("What would you like to change?", flag="--refine TEXT").strip()
            if not wish:
                continue
            self._keep(request, proposal, [wish])
            designer = designer or await self._designer(engine)
            proposal = await build.refine(proposal, wish, designer, self.out.say, self._words)
            self._keep(request, proposal, [])
            show_proposal(self.out, proposal)
        return proposal

    async def _designer(self, engine: Engine) -> Designer:
        learns = self.draft is not None
        return await build.choose_designer(self.designer, self.designer_model, engine, self.out.say, learns=learns)

    def _keep(self, request: build.BuildRequest, proposal: build.Proposal | None, pending: list[str]) -> None:
        if self.draft is not None:
            asked = {"kind": self.designer, "model": self.designer_model}
            self.draft.keep({**build.draft_json(request, proposal, pending), "asked": asked})
            self.settings.draft_kept = True

    @functools.cached_property
    def _words(self) -> WordSink:
        return WordCounter(self.out)
