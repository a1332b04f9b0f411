"""`persona build`."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, cast

import typer

from persona_tui.base.errors import Conflict, ExitCode, UsageError
from persona_tui.base.text import one_line
from persona_tui.cli.common import Settings, read_stdin, run_async
from persona_tui.cli.completion import values_of
from persona_tui.cli.conversing import Conversing
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
from persona_tui.cli.proposal import show_proposal
from persona_tui.designer.draft import DESCRIPTION_LIMIT, Designer, check_words
from persona_tui.designer.session import Nowhere, Session
from persona_tui.engines.protocol import Engine
from persona_tui.store.journal import Journal
from persona_tui.store.registry import Registry
from persona_tui.studio import build
from persona_tui.studio.engines import open_engine
from persona_tui.studio.preview import preview

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_EXAMPLES = """\
Describe the persona you want in plain words, for example:
  Java Spring Boot microservice developer with strict Jakarta EE
  Python data scientist for pandas
  a translator from German to English for legal texts"""


@app.command()
def command(
    ctx: typer.Context,
    session_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="With --resume: the session to go on with.")
    ] = None,
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
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a session: ID, or the last unfinished one.")
    ] = False,
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
    words = [check_words(wish, "refinement") for wish in wishes or []]
    given = {
        "--describe": describe,
        "--codebase": codebase,
        "--base-model": base_model,
        "--name": name,
        "--temperature": temperature,
    }
    asked = {"kind": designer, "model": designer_model}
    keeps = not (dry_run or json_only)
    if session_id and not resume:
        raise UsageError("a description is said with --describe, and a session is gone on with by --resume ID")
    if resume:
        if wrong := [flag for flag, value in given.items() if value is not None]:
            raise UsageError(f"--resume goes on with the draft as it is: leave {', '.join(wrong)} out")
        session_id = session_id or build.last_session(out.say)
        journal: Journal | None = Journal.open(session_id) if keeps else Journal.look(session_id)
        start = functools.partial(_resumed, out, cast("Journal", journal), asked, keeps=keeps)
    else:
        check_flags({"name": name, "base_model": base_model})
        # These are build.FIXABLE: what is fixed stays as it is through every refinement.
        fixed = {"name": name, "temperature": None if temperature is None else temperature_of(temperature)}
        fields = {field: value for field, value in fixed.items() if value is not None}
        request = build.BuildRequest(_description(out, describe), codebase, base_model or build.DEFAULT_BASE, fields)
        journal = Journal.create() if keeps else None
        start = functools.partial(build.begin, request, journal or Nowhere(), asked)
    with contextlib.closing(journal) if journal else contextlib.nullcontext():
        session = start()
        session.wish(words)
        settings.draft_kept = keeps
        job = _Build(
            settings,
            out,
            session,
            registry=settings.registry(keep_index=keeps),
            keeps=keeps,
            silent=json_only,
            asks=out.asks and not (skip_refinement or yes or dry_run or json_only),
        )
        raise typer.Exit(run_async(job.run(Creation.of(ctx))))


def _resumed(out: Output, journal: Journal, asked: dict[str, str | None], *, keeps: bool) -> Session:
    """Return the conversation in `journal`, with the designer that was asked for then unless another one is now.

    Raises Conflict where another process has it open, after it was shown.
    """
    session = build.resume(journal, keeps=keeps)
    if journal.read_only and keeps:
        if session.talk.persona is not None:
            show_proposal(out, session)
        why = "is open in another process" if journal.busy else "cannot be written"
        raise Conflict(f"session {journal.id} {why}: it can be read here and not changed")
    before = session.talk.asked
    if asked["kind"] == "auto" and asked["model"] is None and before.get("kind") in ("model", "rulebook"):
        asked["kind"] = before["kind"]
    if asked["kind"] != "rulebook":  # which asks none
        asked["model"] = asked["model"] or before.get("model")
    session.asks_for(asked)
    return session


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
    """The way from the first words to a persona. With `silent` the bare spec is printed at the end of it."""

    settings: Settings
    out: Output
    session: Session
    registry: Registry
    keeps: bool
    silent: bool
    asks: bool

    async def run(self, how: Creation) -> int:
        """Draft, refine and create; return the exit code."""
        async with open_engine(self.settings.engine, self.settings.host, self.out.waiting) as engine:
            if not await self._talk(engine):
                self.out.say("BUILD", "nothing was created; 'persona build --resume' goes on with the draft")
                return ExitCode.OK
            if self.silent:
                self.out.document(build.bare_spec(self.session.persona))
                return ExitCode.OK
            return await finish(self.settings, self.out, self.registry, engine, self.session, how)

    async def _talk(self, engine: Engine) -> bool:
        """Bring the draft to where the person wants it: what is still to be said, then what they are asked for.

        Return False for somebody who has left.
        """
        conversing = Conversing(self.out, self.session, self._designer_of(engine), self._difference)
        talk = self.session.talk
        if talk.persona is None:
            await self._first_draft(engine, conversing)
        elif self.session.unanswered:
            self.out.say("LLM", f"not answered yet, said again: {one_line(self.session.unanswered, 60)}")
            await conversing.say(self.session.unanswered)
        while talk.pending:
            await conversing.say(talk.pending[0])
        if not self.silent and not self.settings.json:
            show_proposal(self.out, self.session)
        return not self.asks or await conversing.converse()

    async def _first_draft(self, engine: Engine, conversing: Conversing) -> None:
        codebase = self.session.talk.codebase
        if codebase and (detection := build.look_at(codebase, self.registry, self.out.say)):
            self.session.detected(detection)
        asked = self.session.talk.asked
        fallback = asked["kind"] == "auto" and asked["model"] is None
        designer = await conversing.designer()
        try:
            await build.first_draft(self.session, designer, self.out.say, conversing.view, fallback=fallback)
        finally:
            conversing.view.end()

    def _designer_of(self, engine: Engine) -> Callable[[], Awaitable[Designer]]:
        """Return what chooses the designer when one is needed first, and keeps to it."""
        chosen: list[Designer] = []

        async def choose() -> Designer:
            if not chosen:
                asked = self.session.talk.asked
                kind = cast("build.DesignerKind", asked["kind"])
                chosen.append(
                    await build.choose_designer(kind, asked["model"], engine, self.out.say, learns=self.keeps)
                )
            return chosen[0]

        return choose

    def _difference(self) -> tuple[str, ...]:
        own = self.session.talk.by_hand()
        return preview(self.session.persona, self.registry, self.settings.scope, own).lines
