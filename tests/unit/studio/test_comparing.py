"""The run of a comparison, with designers that do as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from persona_tui.base.errors import EngineError
from persona_tui.designer.cases import Case
from persona_tui.designer.draft import Brief, Designer, DesignerReport, Draft, ProgressSink, Reply, Talk
from persona_tui.designer.scoring import Outcome
from persona_tui.designer.updates import Update
from persona_tui.spec.persona import Persona
from persona_tui.studio.comparing import Comparison, Step, carry_out, compare
from persona_tui.studio.contestants import Contestant
from tests.conftest import make_persona

REPORT = DesignerReport("model", "fake", "fake", 1.0, 10)
NEW = "MUST set a deadline on every client call"


@dataclass
class Fake:
    """A designer that converses: it says what it is given, one after the other."""

    replies: list[Reply | Exception] = field(default_factory=list)
    fails: str | None = None
    persona: Persona = field(default_factory=make_persona)
    talks: list[Talk] = field(default_factory=list)
    briefs: list[Brief] = field(default_factory=list)

    async def draft(self, brief: Brief, sink: ProgressSink | None = None) -> Draft:
        self.briefs.append(brief)
        if self.fails:
            raise EngineError(self.fails)
        return Draft(self.persona, REPORT, raw="draft", asks=2)

    async def reply(self, talk: Talk, words: str, sink: ProgressSink | None = None) -> Reply:
        self.talks.append(talk)
        said = self.replies.pop(0)
        if isinstance(said, Exception):
            raise said
        return said


def case(**fields: Any) -> Case:
    return Case.model_validate({"id": "one", "description": "Go developer", **fields})


def done(fake: Designer, **fields: Any) -> Outcome:
    return asyncio.run(carry_out(case(**fields), Brief("Go developer", "qwen3:8b"), fake))


def test_a_wish_is_carried_out_by_its_updates() -> None:
    fake = Fake([Reply(REPORT, updates=(Update("add", "constraints", NEW),), asks=3, raw="reply")])
    outcome = done(fake, refine=["deadlines"], changes=["new_rules"])

    assert outcome.refined is not None
    assert [rule.text for rule in outcome.refined.constraints][-1] == NEW
    assert {rule.id for rule in outcome.refined.constraints} == {None, "goroutine-exit"}
    assert (outcome.asks, outcome.tokens, outcome.raw) == (5, 20, "reply")
    assert all(rule.id for rule in fake.talks[0].persona.constraints)


def test_wishes_follow_one_another_in_one_talk() -> None:
    warmer, bare = Update("set", "temperature", 0.3), Update("set", "tier", "bare")
    fake = Fake([Reply(REPORT, "warmer now", updates=(warmer,)), Reply(REPORT, updates=(bare,))])
    outcome = done(fake, refine=["warmer", "bare"], changes=["temperature", "tier"])

    assert outcome.refined is not None
    assert (outcome.refined.temperature, outcome.refined.tier) == (0.3, "bare")
    first, second = fake.talks
    assert (first.earlier, first.brief.wishes) == ((), ())
    assert [(said.words, said.say) for said in second.earlier] == [("warmer", "warmer now")]
    assert (second.persona.temperature, second.brief.wishes) == (0.3, ("warmer",))


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(REPORT, "Which deadline?"), "Which deadline?"),
        (Reply(REPORT, failed="no answer to speak of"), "no answer to speak of"),
        (Reply(REPORT, "done", updates=(Update("remove", "constraints", id="none"),)), "there is no such rule"),
        (Reply(REPORT), "nothing was changed"),
        (EngineError("the server is gone"), "the server is gone"),
    ],
)
def test_a_wish_that_comes_to_nothing_leaves_the_draft(reply: Reply | Exception, why: str) -> None:
    outcome = done(Fake([reply]), refine=["deadlines"], changes=["new_rules"])

    assert (outcome.refined, outcome.refused, outcome.error) == (None, why, None)
    assert outcome.draft is not None


def test_no_draft_is_told_with_its_reason() -> None:
    outcome = done(Fake(fails="out of memory"), refine=["x"], changes=["role"])

    assert (outcome.draft, outcome.error, outcome.asks) == (None, "out of memory", 0)


@dataclass(frozen=True, slots=True)
class Entrant(Contestant):
    """A contestant whose designer is made by the test."""

    make: Callable[[int], Any] = Fake

    @property
    def varies(self) -> bool:
        return True

    def designer(self, run: int) -> Designer:
        made: Designer = self.make(run)
        return made


def run(comparison: Comparison, steps: list[Step]) -> None:
    async def work() -> None:
        async for _ in compare(comparison, steps.append):
            pass

    asyncio.run(work())


def test_every_designer_does_every_case_in_every_run() -> None:
    cases = [case(), case(id="two", codebase={"go.mod": "module x\n\ngo 1.24\n", "a/b.go": "package b\n"})]
    briefs: list[Brief] = []
    comparison = Comparison(
        "test", cases, [Entrant("a", make=lambda _: Fake(briefs=briefs)), Contestant("rulebook")], 2
    )
    steps: list[Step] = []
    run(comparison, steps)

    assert comparison.complete
    assert [(one.designer, one.run, one.case) for one in comparison.results] == [
        ("a", 1, "one"),
        ("a", 1, "two"),
        ("a", 2, "one"),
        ("a", 2, "two"),
        ("rulebook", 1, "one"),
        ("rulebook", 1, "two"),
    ]
    assert [step.number for step in steps] == [1, 2, 3, 4, 5, 6]
    assert steps[0].left is None
    assert all(step.left is not None and step.pace is not None for step in steps[1:4])
    assert briefs[0].detection is None
    assert briefs[1].detection is not None
    assert [language.name for language in briefs[1].detection.languages] == ["Go"]


def test_what_does_not_listen_is_not_waited_for() -> None:
    class Stubborn(Fake):
        async def draft(self, brief: Brief, sink: ProgressSink | None = None) -> Draft:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                await asyncio.sleep(0.2)
                order.append("engine")
            return Draft(self.persona, REPORT)

    order: list[str] = []

    async def work() -> None:
        comparison = Comparison("test", [case()], [Entrant("a", make=lambda _: Stubborn())], 1)
        task = asyncio.ensure_future(anext(compare(comparison, lambda _: None)))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        order.append("comparison")
        await asyncio.sleep(0.4)

    asyncio.run(work())
    assert order == ["comparison", "engine"]
