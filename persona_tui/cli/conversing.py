"""The conversation in a terminal: words go to the designer, commands that begin with `/` do something themselves."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from persona_tui.base.errors import BadData, NotFound, UsageError
from persona_tui.base.text import one_line
from persona_tui.cli.output import Output
from persona_tui.cli.proposal import show_proposal, show_round
from persona_tui.designer.draft import AskedAgain, Completed, Designer, Folded, Heard, Progress, Thought, Words
from persona_tui.designer.session import Session
from persona_tui.studio import build, conversation

_QUESTION = "Refine it? [y/N], or say what to change (/help):"


class RoundView:
    """Shows a designer's answer on stderr while it arrives: the words as they come, and how far the rest is."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self.live = sys.stderr.isatty() and not out.settings.quiet
        self._speaking = False
        self._passing = False
        self._count = self._thinking = 0

    def __call__(self, progress: Progress) -> None:
        if isinstance(progress, AskedAgain):
            self.end()
            self._out.say("LLM", f"that does not do ({'; '.join(progress.problems[:2])}): asking again")
        elif isinstance(progress, Folded):
            rounds = "the first round goes" if progress.rounds == 1 else f"the first {progress.rounds} rounds go"
            self._out.say("LLM", f"the model's context is full: {rounds} to it as the decisions that were made")
        elif self.live:
            self._show(progress)

    def _show(self, progress: Progress) -> None:
        if isinstance(progress, Words):
            self._speak(progress.text)
        elif isinstance(progress, Thought):
            self._thinking += len(progress.text)
            self._pass(f"thinking … {self._thinking:,} characters")
        elif isinstance(progress, Completed):
            self._pass(f"{progress.key}: {progress.value}")
        elif isinstance(progress, Heard):
            self._count += len(progress.text)
            if not self._speaking and not self._passing:
                self._pass(f"writing … {self._count:,} characters")

    def end(self) -> None:
        """Leave the line of the answer, and start anew for the next one."""
        if self._speaking:
            print(file=sys.stderr)
        if self._passing:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
        self._speaking = self._passing = False
        self._count = self._thinking = 0

    def _speak(self, words: str) -> None:
        if self._passing:
            print("\r\x1b[K", end="", file=sys.stderr)
            self._passing = False
        if not self._speaking:
            words = f"» {words.lstrip()}"
            self._speaking = True
        print(words, end="", file=sys.stderr, flush=True)

    def _pass(self, text: str) -> None:
        """Show what goes by on a line that the next thing writes over."""
        if self._speaking:
            print(file=sys.stderr)
            self._speaking = False
        self._passing = True
        print(f"\r\x1b[K[LLM] {one_line(text, 60)}", end="", file=sys.stderr, flush=True)


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

    async def converse(self) -> None:
        """Ask what to change until the answer is nothing. Raises CannotWrite."""
        while True:
            reply = self.out.ask(_QUESTION, flag="--skip-refinement").strip()
            if reply.lower() in ("", "n", "no"):
                return
            if reply.lower() in ("y", "yes"):
                reply = self.out.ask("What would you like to change?", flag="--refine TEXT").strip()
            if not reply:
                continue
            try:
                await self._do(reply)
            except (BadData, NotFound, UsageError) as error:
                self.out.say("WARN", str(error))

    async def _do(self, reply: str) -> None:
        if reply.startswith("/"):
            self._command(reply)
        elif done := conversation.take_back(self.session, reply):
            self.out.say("DRAFT", done)
            show_proposal(self.out, self.session)
        else:
            await self.say(reply)

    async def say(self, words: str) -> None:
        """Have one round. Ctrl-C stops it, and the draft is as it was."""
        designer = await self.designer()
        work = asyncio.ensure_future(build.refine(self.session, words, designer, self.out.say, self.view))
        try:
            with _stopping(work):
                made = await work
        except asyncio.CancelledError:
            if not work.cancelled():
                raise
            self.session.stop("stopped by the person")
            self.view.end()
            self.out.say("LLM", "stopped: the draft is as it was")
            return
        finally:
            self.view.end()
        if made.say and not self.view.live:
            if made.changes:
                self.out.say("LLM", made.say)
            else:  # nobody is there to read it and say it otherwise: it was not carried out
                self.out.say("WARN", f"Refinement failed: {made.say} ({build.what_stays(self.session)})")
        if made.changes:
            show_proposal(self.out, self.session)
        show_round(self.out, made)

    # --- commands ---

    def _command(self, line: str) -> None:
        name, _, rest = line[1:].partition(" ")
        if name not in _COMMANDS:
            raise UsageError(f"there is no /{one_line(name, 20)}: /help shows what there is")
        changed = _COMMANDS[name].do(self, rest.strip())
        if changed:
            show_proposal(self.out, self.session)

    def _help(self, rest: str) -> bool:
        self.out.text("Say what to change in your own words, or:")
        for command in _COMMANDS.values():
            self.out.text(f"  {command.usage:<34} {command.help}")
        return False

    def _set(self, rest: str) -> bool:
        name, _, value = rest.partition(" ")
        conversation.set_field(self.session, name, value.strip())
        return True

    def _rule(self, rest: str) -> bool:
        number, _, text = rest.partition(" ")
        conversation.replace_rule(self.session, number, text.strip())
        return True

    def _add(self, rest: str) -> bool:
        conversation.add_rule(self.session, rest)
        return True

    def _drop(self, rest: str) -> bool:
        conversation.drop_rule(self.session, rest)
        return True

    def _move(self, rest: str) -> bool:
        number, _, place = rest.partition(" ")
        conversation.move_rule(self.session, number, place.strip())
        return True

    def _lock(self, rest: str) -> bool:
        self.session.lock(conversation.target_of(self.session, rest))
        return True

    def _unlock(self, rest: str) -> bool:
        self.session.unlock(conversation.target_of(self.session, rest))
        return True

    def _undo(self, rest: str) -> bool:
        words = f"undo round {rest}" if rest else "undo"
        self.out.say("DRAFT", conversation.take_back(self.session, words) or "say /undo, or /undo ROUND")
        return True

    def _redo(self, rest: str) -> bool:
        self.out.say("DRAFT", conversation.take_back(self.session, "redo") or "")
        return True

    def _accept(self, rest: str) -> bool:
        return self._decide(rest, accept=True)

    def _refuse(self, rest: str) -> bool:
        return self._decide(rest, accept=False)

    def _decide(self, rest: str, *, accept: bool) -> bool:
        number = int(rest) if rest.isdecimal() else 1
        made = next((r for r in reversed(self.session.talk.rounds) if r.proposals), None)
        if made is None:
            raise NotFound("nothing is proposed")
        self.session.decide(made.number, number - 1, accept=accept)
        return accept

    def _rounds(self, rest: str) -> bool:
        for made in self.session.talk.rounds:
            undone = ", undone" if made.undone else ""
            self.out.wrapped(f"{made.number}. {one_line(made.words)} ({made.outcome}{undone})", indent=4)
            if made.say:
                self.out.wrapped(f"   » {one_line(made.say)}", indent=5)
            show_round(self.out, made)
        return False

    def _show(self, rest: str) -> bool:
        return True

    def _diff(self, rest: str) -> bool:
        self.out.diff(self.difference())
        return False


@dataclass(frozen=True, slots=True)
class _Command:
    usage: str
    help: str
    do: Callable[[Conversing, str], bool]
    """Does it, and says whether the draft is to be shown."""


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
