"""Asking a model for a JSON answer until one does, and hearing it while it arrives.

A model under a schema is not trusted to follow it. Known traps of Ollama: 0.9.6 stops thinking when a format is
given; `think` left out means true where the base can; the grammar waits for the end of thinking; some bases of
0.17 to 0.20 lose the format under `think: false`; some ignore `think: false`; reasoning can come back as JSON.
So a thinking base always gets `think`, off at first; an answer that does not do is asked for once more, with what
was wrong and the other setting; and an answer without any object gets two passes, free text and then its form.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, Protocol, TypeVar, cast

from persona_tui.base.errors import EngineError
from persona_tui.base.text import PlainStream
from persona_tui.designer import prompts
from persona_tui.designer.answers import ANSWER_LIMIT
from persona_tui.designer.degenerate import LOOP_STEP, loops
from persona_tui.designer.draft import AskedAgain, Heard, Progress, ProgressSink, Thought
from persona_tui.designer.memory import Memory
from persona_tui.designer.streaming import AnswerStream
from persona_tui.engines.protocol import ChatEvent, ChatRequest, Engine, Finished, Text, Thinking
from persona_tui.spec.modelfile import Message
from persona_tui.spec.names import same_model
from persona_tui.spec.options import OptionValue
from persona_tui.spec.persona import Temperature, Think

Way = Literal["plain", "think-off", "think-on", "two-pass"]

SHIPPED = ("my-persona-designer-q3-14b", "my-persona-designer-q3")
"""The designers in the registry that ships, the better one first. They bring their own sampling and context."""

NUM_PREDICT = 1_500
"""Tokens of an answer; always set, because a model that loops would never end."""
NUM_CTX = 8_192
"""Tokens of the context that a model which brings none of its own is asked with."""

_CHARS_A_TOKEN = 3.5
"""Of words; tokenizers of today make four and more. Digits and signs count as a token each. An engine's own counts
correct the estimate upwards."""
_WORDS = re.compile(r"[A-Za-z_ ]+")
_FRAME = 8
"""Tokens around a message."""


_ASKED_AGAIN = 200
"""Tokens that asking again adds, without the answer that it quotes."""
_QUOTED = (4_000, 1_000, 200, 0)
"""Characters of an answer that are quoted back, the most that there is room for."""
_AGAIN = "\n--- asked again ---\n"


class Judged(Protocol):
    """An answer that was read. `usable` is false where nothing could be taken from it; the better has more `merit`."""

    @property
    def problems(self) -> list[str]: ...

    @property
    def usable(self) -> bool: ...

    @property
    def merit(self) -> tuple[int, ...]: ...


J = TypeVar("J", bound=Judged)


@dataclass(frozen=True, slots=True)
class Said:
    """What one request brought: the text, the thinking before it, how it ended, and what it cost in tokens."""

    text: str
    thinking: str = ""
    cut: bool = False
    looped: bool = False
    tokens: int = 0

    @property
    def fault(self) -> str | None:
        """What is wrong with how it ended."""
        if self.looped:
            return "the answer repeats itself"
        return "the answer was cut off because it was too long" if self.cut else None


@dataclass(frozen=True, slots=True)
class Asked:
    """All that was said until an answer did, or nothing was left to try. `asks` counts the tries."""

    raw: str
    thinking: str
    tokens: int
    asks: int


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a model: whether it thinks, how large its context is, and what its memory is kept under."""

    thinks: bool
    num_ctx: int
    key: str


class Asker:
    """Asks `model` on `engine`. `options` go over those of every request, such as a seed."""

    def __init__(
        self, engine: Engine, model: str, memory: Memory, options: Mapping[str, OptionValue] | None = None
    ) -> None:
        self.engine = engine
        self.model = model
        self._memory = memory
        self._options = dict(options or {})
        self._known: About | None = None
        self._scale = 1.0

    async def ask(
        self,
        messages: tuple[Message, ...],
        form: dict[str, Any],
        judge: Callable[[Said], J],
        sink: ProgressSink | None,
    ) -> tuple[J, Asked]:
        """Ask until `judge` finds no problem, at most twice and then in two passes; return the best and the cost.

        Raises EngineError where the engine fails before there is anything usable.
        """
        about = await self.about()
        best: J | None = None
        heard: list[Said] = []
        question = messages
        for way in self._ways(about):
            if way == "two-pass" and best is not None:
                if best.usable:
                    break  # an object came back: another form would not help
                question = messages  # without what was wrong: free text first
            if best is not None and sink:
                sink(AskedAgain(tuple(best.problems)))
                sink(Heard(_AGAIN))
            try:
                said = await self._say(question, form, way, about, sink)
            except EngineError as error:
                if best is None or not best.usable:
                    raise
                best.problems.append(f"it could not be asked again: {error}")
                break
            heard.append(said)
            answer = judge(said)
            best = answer if best is None else max(best, answer, key=lambda a: a.merit)
            if not answer.problems:
                if way != "two-pass":  # which always does, and costs twice as much
                    self._memory.put(about.key, way)
                break
            again = partial(prompts.again_messages, messages, problems=answer.problems)
            question = self._quoting(about, said.text, again)
        assert best is not None  # there is always a way to ask
        raw = _AGAIN.join(said.text for said in heard)
        thinking = "\n".join(said.thinking for said in heard if said.thinking)
        return best, Asked(raw, thinking, sum(said.tokens for said in heard), len(heard))

    async def about(self) -> About:
        """Ask the engine about the model, once. Raises ModelNotFound, EngineError."""
        if self._known is None:
            detail = await self.engine.show(self.model)
            key = f"{self.engine.kind} {await self.engine.version()} {detail.modelfile.base}"
            own = detail.modelfile.parameters.get("num_ctx") if ships(self.model) else None
            num_ctx = own if isinstance(own, int) else NUM_CTX
            self._known = About(bool(detail.can("thinking")), min(num_ctx, detail.context_length or num_ctx), key)
        return self._known

    def room(self, about: About, messages: tuple[Message, ...]) -> int:
        """Return the tokens that are left in the context after `messages` and an answer; below 0 they do not fit."""
        return about.num_ctx - NUM_PREDICT - self._tokens(messages)

    def fits(self, about: About, messages: tuple[Message, ...]) -> bool:
        """Whether there is room for `messages`, and for what is added to them when they have to be sent again."""
        return self.room(about, messages) >= _ASKED_AGAIN

    def _quoting(self, about: About, text: str, question: Callable[[str], tuple[Message, ...]]) -> tuple[Message, ...]:
        """Return the question that quotes as much of `text`, what a model said before, as there is room for."""
        for limit in _QUOTED:
            messages = question(text[:limit])
            if self.room(about, messages) >= 0:
                break
        return messages

    def _tokens(self, messages: tuple[Message, ...]) -> int:
        return int(self._scale * sum(map(_estimate, messages))) + 1

    def _learn(self, messages: tuple[Message, ...], counted: int | None) -> None:
        """Correct the estimate by what the engine counted. Upwards only: some leave out what they had cached."""
        if counted:
            self._scale = max(self._scale, counted / max(sum(map(_estimate, messages)), 1))

    def _ways(self, about: About) -> list[Way]:
        """Return the ways to ask in the order to try them; the one that worked last with this base comes first."""
        ways: list[Way] = ["plain", "plain", "two-pass"]
        if about.thinks:
            ways = ["think-off", "think-on", "two-pass"]
        worked = self._memory.get(about.key)
        if worked in ways:
            ways.remove(worked)
            ways.insert(0, worked)
        return ways

    async def _say(
        self, messages: tuple[Message, ...], form: dict[str, Any], way: Way, about: About, sink: ProgressSink | None
    ) -> Said:
        if way != "two-pass":
            think: Think | None = {"think-off": False, "think-on": True}.get(way)
            return await self._chat(messages, form, think, about, sink)
        think = True if about.thinks else None
        prose = await self._chat(prompts.free_messages(messages), None, think, about, _as_thought(sink))
        off = False if about.thinks else None
        second = self._quoting(about, prose.text, partial(prompts.form_messages, messages))
        said = await self._chat(second, form, off, about, sink)
        thinking = "\n".join(part for part in (prose.thinking, prose.text, said.thinking) if part)
        return replace(said, tokens=said.tokens + prose.tokens, thinking=thinking)

    async def _chat(
        self,
        messages: tuple[Message, ...],
        form: dict[str, Any] | None,
        think: Think | None,
        about: About,
        sink: ProgressSink | None,
    ) -> Said:
        if self.room(about, messages) < 0:
            raise EngineError(f"the request does not fit into the {about.num_ctx:,} tokens that {self.model} reads")
        options: dict[str, OptionValue] = {"num_predict": NUM_PREDICT}
        if not ships(self.model):
            options |= {"temperature": Temperature.BALANCED.value, "num_ctx": about.num_ctx}
        request = ChatRequest(self.model, messages, {**options, **self._options}, form, think)
        hearing = _Hearing(sink)
        tokens, cut = 0, False
        async with aclosing(cast("AsyncGeneratorLike", self.engine.chat(request))) as events:
            async for event in events:
                if isinstance(event, Finished):
                    cut, tokens = event.cut, event.usage.completion or 0
                    self._learn(messages, event.usage.prompt)
                elif not hearing.goes_on(event):
                    break
        hearing.end()
        text = "".join(hearing.text)
        too_long = len(text) > ANSWER_LIMIT
        return Said(text, "".join(hearing.thinking), cut or too_long, hearing.looped, tokens)


class _Hearing:
    """Takes an answer in and tells of it; it notices when there is nothing more to be expected of it."""

    def __init__(self, sink: ProgressSink | None) -> None:
        self.text: list[str] = []
        self.thinking: list[str] = []
        self.looped = False
        self._sink = sink or _ignore
        self._stream = AnswerStream()
        self._thought = PlainStream()
        self._length = 0

    def goes_on(self, event: Text | Thinking) -> bool:
        """Take in one piece; return whether to listen on."""
        if isinstance(event, Thinking):
            self.thinking.append(event.text)
            self._sink(Thought(self._thought.feed(event.text)))
            return True
        self.text.append(event.text)
        self._sink(Heard(event.text))
        for progress in self._stream.feed(event.text):
            self._sink(progress)
        before, self._length = self._length, self._length + len(event.text)
        if before // LOOP_STEP != self._length // LOOP_STEP:
            self.looped = loops("".join(self.text[-LOOP_STEP * 2 :]))
        return not self.looped and self._length <= ANSWER_LIMIT

    def end(self) -> None:
        for progress in self._stream.end():
            self._sink(progress)


def ships(model: str) -> bool:
    """Whether `model` is one of the designers that ship."""
    return any(same_model(model, shipped) for shipped in SHIPPED)


class AsyncGeneratorLike(AsyncIterator[ChatEvent]):
    """What `aclosing` needs of a stream of events: engines make them with async generators."""

    async def aclose(self) -> None:
        raise NotImplementedError


def _estimate(message: Message) -> float:
    """Return about how many tokens a message has; what is no ASCII letter or blank counts as one each."""
    words = sum(map(len, _WORDS.findall(message.content)))
    return words / _CHARS_A_TOKEN + (len(message.content) - words) + _FRAME


def _as_thought(sink: ProgressSink | None) -> ProgressSink | None:
    """Return a sink for a first pass in free text: what it says is on the way to the answer, and not the answer."""
    if sink is None:
        return None
    into, shown = sink, PlainStream()

    def tell(progress: Progress) -> None:
        if isinstance(progress, Heard):
            into(progress)
            into(Thought(shown.feed(progress.text)))

    return tell


def _ignore(progress: Progress) -> None:
    return
