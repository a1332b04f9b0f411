"""A designer model: one round for a draft, one for each thing that the person says."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import replace

from persona_tui.base.errors import EngineError, ModelNotFound
from persona_tui.designer import prompts, update_prompts
from persona_tui.designer.answers import DESIGNED, UNASKED, Answer
from persona_tui.designer.asking import NUM_PREDICT, SHIPPED, About, Asked, Asker, Said
from persona_tui.designer.draft import Brief, DesignerReport, Draft, Folded, ProgressSink, Reply, Talk
from persona_tui.designer.judging import judge_draft, judge_reply, with_fields
from persona_tui.designer.memory import Memory
from persona_tui.designer.talk.redraft import rulebook_draft
from persona_tui.designer.update_answers import UpdateAnswer
from persona_tui.engines.protocol import Engine
from persona_tui.spec.modelfile import Message
from persona_tui.spec.names import base_suffix, same_model
from persona_tui.spec.options import OptionValue


class ModelDesigner:
    """Designs with `model` on `engine`. The rulebook gives the start, and what the model never came up with.

    `options` go over those of every request, such as a seed.
    """

    def __init__(
        self,
        engine: Engine,
        model: str,
        memory: Memory | None = None,
        options: Mapping[str, OptionValue] | None = None,
    ) -> None:
        self._asker = Asker(engine, model, memory or Memory(), options)

    async def draft(self, brief: Brief, sink: ProgressSink | None = None) -> Draft:
        """Return a first draft; fields that the model did not come up with are the rulebook's, and said to be.

        Raises EngineError where it came up with none: that would be the rulebook's draft under the model's name.
        """
        began = time.monotonic()
        drafted = rulebook_draft(brief)
        start = drafted.persona
        if drafted.understood == "no":  # its words would be about something else than the model's role
            start = start.revised(description=None)
        messages = prompts.draft_messages(brief, start, base_suffix(brief.base_model))
        self._check_room(await self._asker.about(), messages)

        def judge(said: Said) -> Answer:
            return judge_draft(said, start, brief)

        answer, asked = await self._asker.ask(messages, prompts.schema(), judge, sink)
        if not answer.fields:
            raise EngineError(f"{self._asker.model} said nothing that a persona can be made of ({answer.problems[0]})")
        persona = with_fields(start, answer.fields, brief)
        lacking = [name for name in DESIGNED if name not in answer.fields]
        unasked = [name for name in UNASKED if getattr(persona, name)]
        filled = tuple(name for name in (*lacking, *unasked) if name not in brief.fixed)
        return Draft(
            persona,
            self._report(began, asked),
            filled,
            tuple(f"the model's answer had a fault: {problem}" for problem in answer.problems),
            say=answer.say,
            raw=asked.raw,
            thinking=asked.thinking,
            asks=asked.asks,
        )

    async def reply(self, talk: Talk, words: str, sink: ProgressSink | None = None) -> Reply:
        """Return the model's answer. What it does not name cannot change, nor can what is locked.

        Of an answer with faults the sound changes are made. Raises EngineError.
        """
        began = time.monotonic()
        messages, folded = self._fitting(await self._asker.about(), talk, words)
        if folded and sink:
            sink(Folded(folded))

        def judge(said: Said) -> UpdateAnswer:
            return judge_reply(said, talk, words)

        answer, asked = await self._asker.ask(messages, update_prompts.update_schema(talk), judge, sink)
        return Reply(
            self._report(began, asked),
            answer.say,
            answer.updates,
            answer.proposals,
            tuple(f"left as it was: {problem}" for problem in answer.problems) if answer.usable else (),
            failed=None if answer.usable else answer.problems[0],
            raw=asked.raw,
            thinking=asked.thinking,
            folded=folded,
            asks=asked.asks,
        )

    def _fitting(self, about: About, talk: Talk, words: str) -> tuple[tuple[Message, ...], int]:
        """Return the messages that fit into the context, and how many of the first rounds had to be folded for it."""
        for folded in range(len(talk.earlier) + 1):
            messages = update_prompts.update_messages(talk, words, folded=folded)
            if self._asker.fits(about, messages):
                return messages, folded
        without = replace(talk, earlier=())  # even the decisions are too many: the persona holds what they led to
        messages = update_prompts.update_messages(without, words)
        self._check_room(about, messages)
        return messages, len(talk.earlier)

    def _check_room(self, about: About, messages: tuple[Message, ...]) -> None:
        """Raise EngineError for a request that the server would cut without a word."""
        if (room := self._asker.room(about, messages)) < 0:
            raise EngineError(
                f"the request needs about {about.num_ctx - room:,} tokens with the {NUM_PREDICT:,} of an answer, and "
                f"{self._asker.model} is asked with a context of {about.num_ctx:,}: say it shorter"
            )

    def _report(self, began: float, asked: Asked) -> DesignerReport:
        seconds = time.monotonic() - began
        return DesignerReport("model", self._asker.model, self._asker.engine.kind, seconds, asked.tokens)


async def choose_model(engine: Engine, wanted: str | None) -> tuple[str, str]:
    """Return the designer model to use and why: `wanted`, else a designer that ships, else an installed chat model.

    A model that was made of another one has a role of its own, and is taken only where there is no other.

    Raises EngineUnreachable, ModelNotFound for a `wanted` that is not installed, EngineError where there is none.
    """
    if wanted:
        return (await engine.show(wanted)).name, "it was asked for"
    models = [model for model in await engine.models() if not _is_embedding(model.name, model.family)]
    for shipped in SHIPPED:
        if any(same_model(model.name, shipped) for model in models):
            return shipped, "it is a designer that ships with persona"
    if not models:
        raise EngineError(f"{engine.address} has no model that could design")
    largest = sorted(models, key=lambda model: (-(model.size or 0), model.name))
    for model in largest[:_LOOKED_AT]:
        with contextlib.suppress(ModelNotFound):  # it was deleted in this moment
            if same_model((await engine.show(model.name)).modelfile.base, model.name):
                return model.name, "no designer is installed and it is the largest chat model there"
    return largest[0].name, "no designer is installed and there is no plainer chat model"


_LOOKED_AT = 50


def _is_embedding(name: str, family: str | None) -> bool:
    return "embed" in name.lower() or "bert" in (family or "").lower()
