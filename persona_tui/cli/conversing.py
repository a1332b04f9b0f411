"""The conversation in a terminal: words go to the designer, commands that begin with `/` do something themselves."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from persona_tui.base.errors import BadData, EngineError, NotFound, UsageError
from persona_tui.base.text import encodable, one_line
from persona_tui.cli.output import Output, WrappedStream, terminal_width
from persona_tui.cli.proposal import show_changes, show_proposal, show_round, show_transcript
from persona_tui.designer.draft import AskedAgain, Completed, Designer, Folded, Heard, Progress, Thought, Words
from persona_tui.designer.session import Session
from persona_tui.spec.changes import compare
from persona_tui.spec.lint import lint_persona
from persona_tui.spec.persona import Persona
from persona_tui.studio import build, conversation

_CONTENT = ("", "n", "no", "done", "ok", "fine", "good", "looks good", "that's it", "create it")
_LEAVING = ("quit", "exit", "/quit", "/exit")
_QUESTION = "Refine it? [y/N], or say what to change (/help):"


class RoundView:
    """Shows a designer's answer on stderr while it arrives: the words as they come, and how far the rest is."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self.live = sys.stderr.isatty() and not out.settings.quiet
        self._words: WrappedStream | None = None
        self._passing = False
        self._count = self._thinking = 0

    def __call__(self, progress: Progress) -> None:
        if isinstance(progress, AskedAgain):
            self.say("LLM", f"that does not do ({'; '.join(progress.problems[:2])}): asking again")
        elif isinstance(progress, Folded):
            rounds = "the first round goes" if progress.rounds == 1 else f"the first {progress.rounds} rounds go"
            self.say("LLM", f"the model's context is full: {rounds} to it as the decisions that were made")
        elif self.live:
            self._show(progress)

    def say(self, tag: str, text: str) -> None:
        """Tell something on a line of its own, in the middle of an answer too."""
        self.end()
        self._out.say(tag, text)

    def end(self) -> None:
        """Leave the line of the answer, and start anew for the next one."""
        if self._words:
            self._write(f"{self._words.rest()}\n")
        self._clear()
        self._words = None
        self._count = self._thinking = 0

    def _show(self, progress: Progress) -> None:
        if isinstance(progress, Words):
            self._speak(progress.text)
        elif isinstance(progress, Thought):
            self._thinking += len(progress.text)
            self._pass(f"thinking … {self._thinking:,} characters")
        elif isinstance(progress, Completed):
            self._pass(f"{progress.key}: {progress.value}")
        elif isinstance(progress, Heard) and not self._words:
            self._count += len(progress.text)
            self._pass(f"writing … {self._count:,} characters")

    def _speak(self, words: str) -> None:
        self._clear()
        if self._words is None:
            self._words = WrappedStream(terminal_width(), indent=2)
            words = f"» {words.lstrip()}"
        self._write(self._words.feed(words))

    def _pass(self, text: str) -> None:
        """Show what goes by on a line that the next thing writes over."""
        if self._words:
            self._write(f"{self._words.rest()}\n")
            self._words = None
        self._passing = True
        self._write(f"\r\x1b[K[LLM] {one_line(text, min(60, terminal_width() - 8))}")

    def _clear(self) -> None:
        if self._passing:
            self._write("\r\x1b[K")
            self._passing = False

    def _write(self, text: str) -> None:
        sys.stderr.write(encodable(text))
        sys.stderr.flush()


@dataclass
class Conversing:
    """The rounds of `persona build` at a terminal, until the person has what they want."""

    out: Output
    session: Session
    designer: Callable[[], Awaitable[Designer]]
    difference: Callable[[], Sequence[str]]
    """The lines in which the Modelfile would differ from the one that is there."""
    view: RoundView = field(init=False)

    def __post_init__(self) -> None:
        self.view = RoundView(self.out)

    async def converse(self) -> bool:
        """Ask what to change until the person is content (return True) or leaves (False). Raises CannotWrite."""
        while True:
            reply = self.out.ask(_QUESTION, flag="--skip-refinement").strip()
            if reply.lower().strip(" .!") in _CONTENT:
                return True
            if reply.lower() in _LEAVING:
                return False
            if reply.lower() in ("y", "yes"):
                reply = self.out.ask("What would you like to change?", flag="--refine TEXT").strip()
            if not reply:
                continue
            try:
                await self._do(reply)
            except (BadData, EngineError, NotFound, UsageError) as error:
                self.session.stop(str(error), outcome="failed")  # where it was a round
                self.view.say("WARN", str(error))

    async def _do(self, reply: str) -> None:
        before, locked = self.session.draft, self.session.talk.locks
        if reply.startswith("/"):
            self._command(reply)
        elif done := conversation.take_back(self.session, reply):
            self.out.say("DRAFT", done)
        else:
            await self._talk(reply)
            return
        show_changes(self.out, compare(before, self.session.draft))
        self._warn(before)
        if self.session.talk.locks != locked:
            names = ", ".join(conversation.lock_names(self.session))
            self.out.say("DRAFT", f"locked against the designer: {names or 'nothing'}")

    async def _talk(self, words: str) -> None:
        """Have a round that Ctrl-C stops: the draft is as it was, and the conversation goes on."""
        work = asyncio.ensure_future(self.say(words))
        try:
            with _stopping(work):
                await work
        except asyncio.CancelledError:
            self.session.stop("stopped by the person")
            self.view.say("LLM", "stopped: the draft is as it was")

    async def say(self, words: str) -> None:
        """Have one round. Raises EngineError where no designer can be had; it stays open then, as when cancelled."""
        self.session.ask(words)
        before = self.session.draft
        if not self.view.live:
            self.out.say("LLM", f"refining: {one_line(words, 100)}")
        try:
            made = await build.refine(self.session, await self.designer(), self.view.say, self.view)
        finally:
            self.view.end()
        if made.say and not self.view.live:
            if made.changes:
                self.out.say("LLM", made.say)
            else:  # nobody is there to read it and say it otherwise: it was not carried out
                self.out.say("WARN", f"Refinement failed: {made.say} ({build.what_stays(self.session)})")
        if not self.out.settings.json:
            show_round(self.out, self.session.talk, made)
        self._warn(before)

    def _warn(self, before: Persona) -> None:
        """Say what lint finds in the draft that it did not find in the one before."""
        if self.session.draft == before:
            return
        known = {(finding.rule, finding.message) for finding in lint_persona(before, origin="draft")}
        for finding in lint_persona(self.session.draft, origin="draft"):
            if finding.severity != "info" and (finding.rule, finding.message) not in known:
                self.out.say("WARN", f"{finding.severity.value} {finding.rule} {finding.field}: {finding.message}")

    # --- commands ---

    def _command(self, line: str) -> None:
        name, _, rest = line[1:].partition(" ")
        if name not in _COMMANDS:
            raise UsageError(f"there is no /{one_line(name, 20)}: /help shows what there is")
        _COMMANDS[name].do(self, rest.strip())

    def _help(self, rest: str) -> None:
        self.out.text("Say what to change in your own words, or:")
        for command in _COMMANDS.values():
            self.out.text(f"  {command.usage:<34} {command.help}")

    def _set(self, rest: str) -> None:
        name, _, value = rest.partition(" ")
        conversation.set_field(self.session, name, value.strip())

    def _rule(self, rest: str) -> None:
        number, _, text = rest.partition(" ")
        conversation.replace_rule(self.session, number, text.strip())

    def _add(self, rest: str) -> None:
        conversation.add_rule(self.session, rest)

    def _drop(self, rest: str) -> None:
        conversation.drop_rule(self.session, rest)

    def _move(self, rest: str) -> None:
        number, _, place = rest.partition(" ")
        conversation.move_rule(self.session, number, place.strip())

    def _lock(self, rest: str) -> None:
        self.session.lock(conversation.target_of(self.session, rest))

    def _unlock(self, rest: str) -> None:
        self.session.unlock(conversation.target_of(self.session, rest))

    def _undo(self, rest: str) -> None:
        words = f"undo round {rest}" if rest else "undo"
        self.out.say("DRAFT", conversation.take_back(self.session, words) or "say /undo, or /undo ROUND")

    def _redo(self, rest: str) -> None:
        self.out.say("DRAFT", conversation.take_back(self.session, "redo") or "")

    def _accept(self, rest: str) -> None:
        conversation.decide(self.session, rest, accept=True)

    def _refuse(self, rest: str) -> None:
        conversation.decide(self.session, rest, accept=False)

    def _rounds(self, rest: str) -> None:
        show_transcript(self.out, self.session.talk)

    def _show(self, rest: str) -> None:
        show_proposal(self.out, self.session)

    def _diff(self, rest: str) -> None:
        self.out.diff(self.difference())


@dataclass(frozen=True, slots=True)
class _Command:
    usage: str
    help: str
    do: Callable[[Conversing, str], None]


_COMMANDS = {
    command.usage[1:].split()[0].rstrip(","): command
    for command in (
        _Command("/set FIELD VALUE", "set a field by hand; it is locked then", Conversing._set),
        _Command("/rule N TEXT", "put a rule in your own words", Conversing._rule),
        _Command("/add TEXT", "add a rule of your own", Conversing._add),
        _Command("/drop N", "remove a rule", Conversing._drop),
        _Command("/move N PLACE", "move a rule", Conversing._move),
        _Command("/lock FIELD, /lock rule N", "keep the designer from changing it", Conversing._lock),
        _Command("/unlock FIELD", "let the designer change it again", Conversing._unlock),
        _Command("/undo, /undo ROUND", "take back the last change, or one round alone", Conversing._undo),
        _Command("/redo", "make it again", Conversing._redo),
        _Command("/accept [N]", "take a change that a lock kept out", Conversing._accept),
        _Command("/refuse [N]", "leave it", Conversing._refuse),
        _Command("/show", "show the draft", Conversing._show),
        _Command("/diff", "show what would change in the Modelfile", Conversing._diff),
        _Command("/rounds", "show what was said and done", Conversing._rounds),
        _Command("/quit", "leave; the draft is kept", Conversing._help),
        _Command("/help", "show this", Conversing._help),
    )
}


@contextlib.contextmanager
def _stopping(work: asyncio.Future[object] | asyncio.Task[object]) -> Iterator[None]:
    """Let Ctrl-C end a round instead of the command; pressed again, it ends the command."""
    loop = asyncio.get_running_loop()
    pressed = False

    def stop(*_: object) -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True
        loop.call_soon_threadsafe(work.cancel)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
