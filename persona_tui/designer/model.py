"""A designer model: one round for a draft, one for each wish.

A model under a schema is not trusted to follow it. Known traps of Ollama: 0.9.6 stops thinking when a format is
given; `think` left out means true where the base can; the grammar waits for the end of thinking; some bases of
0.17 to 0.20 lose the format under `think: false`; some ignore `think: false`; reasoning can come back as JSON.
So a thinking base always gets `think`, off at first; an answer that does not do is asked for once more, with what
was wrong and the other setting; and an answer without any object gets two passes, free text and then its form.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from persona_tui.base.errors import EngineError, ModelNotFound
from persona_tui.base.text import PlainStream, one_line
from persona_tui.designer import prompts
from persona_tui.designer.answers import ANSWER_LIMIT, DESIGNED, UNASKED, Answer, read_answer, with_ids
from persona_tui.designer.draft import Brief, DesignerReport, Draft, RefinementFailed, WordSink
from persona_tui.designer.memory import Memory
from persona_tui.designer.rulebook_designer import rulebook_draft
from persona_tui.engines.protocol import ChatEvent, ChatRequest, Engine, Finished, Text
from persona_tui.spec.lint import lint_persona
from persona_tui.spec.modelfile import Message
from persona_tui.spec.names import base_suffix, same_model
from persona_tui.spec.options import OptionValue
from persona_tui.spec.persona import Persona, Temperature, Think

Way = Literal["plain", "think-off", "think-on", "two-pass"]

_NUM_PREDICT = 1_500
"""Tokens of an answer; always set, because a model that loops would never end."""
_NUM_CTX = 8_192
_SERIOUS = ("error", "warning")


@dataclass(frozen=True, slots=True)
class _Said:
    """What one request brought: the text, how it ended, and what it cost."""

    text: str
    cut: bool
    tokens: int


@dataclass(frozen=True, slots=True)
class _About:
    """What is known of the designer model: whether it can think, and under what its way of answering is kept."""

    thinks: bool
    key: str


class ModelDesigner:
    """Designs with `model` on `engine`. The rulebook gives the start, and what the model never came up with."""

    def __init__(self, engine: Engine, model: str, memory: Memory | None = None) -> None:
        self._engine = engine
        self._model = model
        self._memory = memory or Memory()
        self._known: _About | None = None

    async def draft(self, brief: Brief, words: WordSink | None = None) -> Draft:
        """Return a first draft; fields that the model did not come up with are the rulebook's, and said to be.

        Raises EngineError where it came up with none: that would be the rulebook's draft under the model's name.
        """
        began = time.monotonic()
        drafted = rulebook_draft(brief)
        start = drafted.persona
        if drafted.understood == "no":  # its words would be about something else than the model's role
            start = start.revised(description=None)
        messages = prompts.draft_messages(brief, start, base_suffix(brief.base_model))
        answer, tokens = await self._answer(messages, start, brief, words, refining=False)
        if not answer.fields:
            raise EngineError(f"{self._model} said nothing that a persona can be made of ({answer.problems[0]})")
        persona = _apply(start, answer.fields, brief)
        lacking = [name for name in DESIGNED if name not in answer.fields]
        unasked = [name for name in UNASKED if getattr(persona, name)]
        filled = tuple(name for name in (*lacking, *unasked) if name not in brief.fixed)
        notes = [f"the model's answer had a fault: {problem}" for problem in answer.problems]
        return Draft(persona, self._report(began, tokens), filled, tuple(notes))

    async def refine(self, draft: Draft, wish: str, brief: Brief, words: WordSink | None = None) -> Draft:
        """Return `draft` changed as `wish` says, in the fields that the model named; any other keeps its value.

        Raises RefinementFailed when no field came back that could be used.
        """
        began = time.monotonic()
        messages = prompts.refine_messages(brief, draft.persona, wish)
        answer, tokens = await self._answer(messages, draft.persona, brief, words, refining=True)
        named = answer.changed or frozenset()
        answer = replace(answer, fields={name: value for name, value in answer.fields.items() if name in named})
        persona = _apply(draft.persona, answer.fields, brief)
        if persona == draft.persona:
            reason = answer.problems[0] if answer.problems else "the model changed nothing"
            raise RefinementFailed(reason)
        before = draft.designer
        report = self._report(began, tokens)
        report = replace(report, seconds=report.seconds + before.seconds, tokens=report.tokens + before.tokens)
        filled = tuple(name for name in draft.filled if name not in answer.fields)
        return Draft(persona, report, filled, tuple(f"kept as it was: {problem}" for problem in answer.problems))

    def _report(self, began: float, tokens: int) -> DesignerReport:
        return DesignerReport("model", self._model, self._engine.kind, time.monotonic() - began, tokens)

    async def _answer(
        self, messages: tuple[Message, ...], start: Persona, brief: Brief, words: WordSink | None, *, refining: bool
    ) -> tuple[Answer, int]:
        """Ask until an answer does, at most twice, then in two passes; return the best one and the tokens of all."""
        about = await self._about()
        best: Answer | None = None
        tokens = 0
        question = messages
        for attempt, way in enumerate(self._ways(about)):
            if attempt > 0 and way == "two-pass" and best and best.fields:
                break  # an object came back: another form would not help
            try:
                said = await self._say(question, way, about, words, refining=refining)
            except EngineError as error:
                if best is None or not best.fields:
                    raise
                return replace(best, problems=[*best.problems, f"it could not be asked again: {error}"]), tokens
            tokens += said.tokens
            answer = _judge(said, start, brief, refining=refining)
            best = answer if best is None else max(best, answer, key=_merit)
            if not answer.problems:
                self._memory.put(about.key, way)
                break
            question = prompts.again_messages(messages, said.text, answer.problems)
        assert best is not None  # there is always a way to ask
        return best, tokens

    async def _about(self) -> _About:
        """Ask the engine about the model, once."""
        if self._known is None:
            detail = await self._engine.show(self._model)
            key = f"{self._engine.kind} {await self._engine.version()} {detail.modelfile.base}"
            self._known = _About(bool(detail.can("thinking")), key)
        return self._known

    def _ways(self, about: _About) -> list[Way]:
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
        self, messages: tuple[Message, ...], way: Way, about: _About, words: WordSink | None, *, refining: bool
    ) -> _Said:
        form = prompts.schema(refining=refining)
        if way != "two-pass":
            think: Think | None = {"think-off": False, "think-on": True}.get(way)
            return await self._chat(messages, form, think, words)
        think = True if about.thinks else None
        prose = await self._chat(prompts.free_messages(messages), None, think, words)
        off = False if about.thinks else None
        said = await self._chat(prompts.form_messages(messages, prose.text), form, off, words)
        return replace(said, tokens=said.tokens + prose.tokens)

    async def _chat(
        self, messages: tuple[Message, ...], form: dict[str, Any] | None, think: Think | None, words: WordSink | None
    ) -> _Said:
        options: dict[str, OptionValue] = {"num_predict": _NUM_PREDICT}
        if self._model not in SHIPPED:  # those bring their own
            options |= {"temperature": Temperature.BALANCED.value, "num_ctx": _NUM_CTX}
        request = ChatRequest(self._model, messages, options, form, think)
        text: list[str] = []
        shown = PlainStream()
        length, cut, tokens = 0, False, 0
        async with aclosing(cast("AsyncGeneratorLike", self._engine.chat(request))) as events:
            async for event in events:
                if isinstance(event, Text):
                    text.append(event.text)
                    length += len(event.text)
                    if words:
                        words(shown.feed(event.text))
                    if length > ANSWER_LIMIT:
                        cut = True
                        break
                elif isinstance(event, Finished):
                    cut, tokens = event.cut, event.usage.completion or 0
        return _Said("".join(text), cut, tokens)


class AsyncGeneratorLike(AsyncIterator[ChatEvent]):
    """What `aclosing` needs of a stream of events: engines make them with async generators."""

    async def aclose(self) -> None:
        raise NotImplementedError


def _merit(answer: Answer) -> tuple[int, int]:
    """Return what makes one answer better than another: more fields, then fewer faults."""
    return len(answer.fields), -len(answer.problems)


def _judge(said: _Said, start: Persona, brief: Brief, *, refining: bool) -> Answer:
    """Read what was said, and add what lint finds wrong in it; a field that is fixed anyway has no fault."""
    answer = read_answer(said.text)
    problems = [problem for problem in answer.problems if problem.partition(":")[0] not in brief.fixed]
    if refining and answer.fields and answer.changed is None:
        problems.append("changed: the key is missing")
    if said.cut and problems:
        problems.insert(0, "the answer was cut off because it was too long")
    if answer.fields:
        findings = lint_persona(_apply(start, answer.fields, brief), origin="draft")
        said_now = answer.fields.keys() - brief.fixed.keys()
        told = [f for f in findings if f.severity in _SERIOUS and _field_of(f.field) in said_now]
        problems += [f"{f.field}: {one_line(f.message, 200)}" for f in told]
    return replace(answer, problems=problems)


def _field_of(path: str | None) -> str:
    return (path or "").split("[")[0].split(".")[0]


def _apply(persona: Persona, fields: dict[str, Any], brief: Brief) -> Persona:
    changes = {name: value for name, value in fields.items() if name not in brief.fixed}
    revised = persona.revised(**changes)
    rules = with_ids(revised.constraints, persona.constraints)
    return revised.revised(constraints=[rule.model_dump(exclude_none=True) for rule in rules])


async def choose_model(engine: Engine, wanted: str | None) -> tuple[str, str]:
    """Return the designer model to use and why: `wanted`, else a designer that ships, else an installed chat model.

    A model that was made of another one has a role of its own, and is taken only where there is no other.

    Raises EngineUnreachable, ModelNotFound for a `wanted` that is not installed, EngineError where there is none.
    """
    if wanted:
        return (await engine.show(wanted)).name, "it was asked for"
    models = [model for model in await engine.models() if not _is_embedding(model.name, model.family)]
    for shipped in SHIPPED:
        if any(model.name.split(":")[0] == shipped for model in models):
            return shipped, "it is a designer that ships with persona"
    if not models:
        raise EngineError(f"{engine.address} has no model that could design")
    largest = sorted(models, key=lambda model: (-(model.size or 0), model.name))
    for model in largest[:_LOOKED_AT]:
        with contextlib.suppress(ModelNotFound):  # it was deleted in this moment
            if same_model((await engine.show(model.name)).modelfile.base, model.name):
                return model.name, "no designer is installed and it is the largest chat model there"
    return largest[0].name, "no designer is installed and there is no plainer chat model"


SHIPPED = ("my-persona-designer-q3-14b", "my-persona-designer-q3")
"""The designers in the registry that ships, the better one first."""


_LOOKED_AT = 50


def _is_embedding(name: str, family: str | None) -> bool:
    return "embed" in name.lower() or "bert" in (family or "").lower()
