"""Applying as any front end does it: plan all, ask once, carry out, and tell."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from persona_tui.engines.ollama import connect
from persona_tui.engines.protocol import Progress
from persona_tui.store.registry import Registry
from persona_tui.studio.applying import Dialogue, Outcome, apply, choose
from persona_tui.studio.servers import ProgressSink, ServerPlan
from tests.conftest import make_persona
from tests.fake_ollama import BASE, FakeOllama, fake_ollama


@dataclass
class FrontEnd:
    """Answers as it is set to, and remembers what it was told and asked."""

    agreed: bool = True
    pulls: bool = False
    planned: list[str] = field(default_factory=list)
    asked: list[int | str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)

    async def agrees(self, count: int) -> bool:
        self.asked.append(count)
        return self.agreed

    async def may_pull(self, base: str) -> ProgressSink | None:
        self.asked.append(base)
        return self.step if self.pulls else None

    def plan(self, plan: ServerPlan) -> None:
        self.planned.append(plan.name)

    def step(self, step: Progress) -> None:
        self.steps.append(step.status)


def applied(ollama: FakeOllama, registry: Registry, front: FrontEnd, *, dry_run: bool = False) -> list[Outcome]:
    async def work() -> list[Outcome]:
        engine = connect(ollama.url)
        told: list[Outcome] = []
        dialogue = Dialogue(front.plan, front.agrees, front.may_pull, front.step, told.append)
        try:
            outcomes = await apply(engine, registry, choose(registry, None, None)[0], dialogue, dry_run=dry_run)
        finally:
            await engine.aclose()
        assert told == outcomes
        return outcomes

    return asyncio.run(work())


def fill(registry: Registry) -> None:
    registry.save(make_persona(name="a-child", preferred_models=["b-parent"]), seen=None, by="test")
    registry.save(make_persona(name="b-parent", preferred_models=[BASE]), seen=None, by="test")
    registry.save(make_persona(name="c-other", preferred_models=["qwen3:8b"]), seen=None, by="test")
    registry.save(make_persona(name="d-none", preferred_models=[]), seen=None, by="test")
    registry.save(make_persona(name="e-old", status="inactive", preferred_models=[BASE]), seen=None, by="test")


def test_bases_come_first_and_one_that_fails_stops_no_other(registry: Registry) -> None:
    fill(registry)
    front = FrontEnd()
    with fake_ollama() as ollama:
        outcomes = {one.name: one for one in applied(ollama, registry, front)}

    assert front.planned[:3] == ["b-parent", "c-other", "a-child"]
    assert front.asked == [3, "qwen3:8b"]
    assert [name for name, one in outcomes.items() if one.done] == ["b-parent", "a-child"]
    assert "--pull" in str(outcomes["c-other"].error)


def test_a_base_is_pulled_where_the_front_end_agrees(registry: Registry) -> None:
    fill(registry)
    front = FrontEnd(pulls=True)
    with fake_ollama() as ollama:
        assert all(one.done for one in applied(ollama, registry, front))
    assert "pulling 1" in front.steps


def test_who_does_not_agree_changes_nothing_and_a_dry_run_does_not_ask(registry: Registry) -> None:
    fill(registry)
    front = FrontEnd(agreed=False)
    with fake_ollama() as ollama:
        assert not any(one.done or one.error for one in applied(ollama, registry, front))
        assert not any(one.done or one.error for one in applied(ollama, registry, front, dry_run=True))
        assert ollama.changes == []
    assert front.asked == [3]
