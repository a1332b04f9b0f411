"""Designers compared: every case by every designer, what came of it, and what the checks say."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from persona_tui.base.errors import PersonaError
from persona_tui.designer.cases import Case
from persona_tui.designer.conversation import decision
from persona_tui.designer.draft import Brief, Designer, Draft, Exchange, Talk
from persona_tui.designer.scoring import Outcome, judge
from persona_tui.designer.summaries import Pair, Scored, Summary, pairs, summarise
from persona_tui.designer.updates import anonymous, applied, identified
from persona_tui.detect import Detection, detect
from persona_tui.spec.changes import compare as changes_between
from persona_tui.spec.persona import Persona
from persona_tui.studio.build import DEFAULT_BASE
from persona_tui.studio.contestants import Contestant


@dataclass(frozen=True, slots=True)
class Step:
    """What is done next: the `number`th of `total`. `pace` is seconds a case, `left` seconds to the end, once known."""

    number: int
    total: int
    designer: str
    case: str
    run: int
    pace: float | None = None
    left: float | None = None


@dataclass
class Comparison:
    """What is compared, and what was measured so far; `results` grow while it runs."""

    source: str
    cases: list[Case]
    contestants: list[Contestant]
    runs: int
    results: list[Scored] = field(default_factory=list)

    @property
    def jobs(self) -> list[tuple[Contestant, int, Case]]:
        """What has to be done, designer by designer, so that a server loads each model once; what cannot vary, once."""
        return [
            (one, run, case)
            for one in self.contestants
            for run in range(1, self.runs + 1 if one.varies else 2)
            for case in self.cases
        ]

    @property
    def complete(self) -> bool:
        return len(self.results) == len(self.jobs)

    def summaries(self) -> list[Summary]:
        return [summarise(one.name, self.results) for one in self.contestants]

    def pairs(self) -> list[Pair]:
        return pairs([one.name for one in self.contestants], self.results)

    def to_json(self) -> dict[str, Any]:
        """Return everything that was measured, every single result with its persona."""
        summaries = zip(self.contestants, self.summaries(), strict=True)
        return {
            "complete": self.complete,
            "source": self.source,
            "cases": [case.id for case in self.cases],
            "runs": self.runs,
            "designers": [{**one.to_json(), **summary.to_json()} for one, summary in summaries],
            "pairs": [pair.to_json() for pair in self.pairs()],
            "results": [_result(one) for one in self.results],
        }


async def compare(comparison: Comparison, began: Callable[[Step], None]) -> AsyncGenerator[Scored, None]:
    """Do everything that is to be compared; `began` is told of each step, and each result comes as it is there.

    A designer that fails has failed that case, and the next one follows.
    """
    with tempfile.TemporaryDirectory() as folder:
        briefs = {case.id: _brief(case, Path(folder) / case.id) for case in comparison.cases}
        jobs = comparison.jobs
        started: dict[str, tuple[int, float]] = {}
        for done, (contestant, run, case) in enumerate(jobs):
            first, since = started.setdefault(contestant.name, (done, time.monotonic()))
            pace = (time.monotonic() - since) / (done - first) if done > first else None
            left = None if pace is None else pace * (len(jobs) - done)
            began(Step(done + 1, len(jobs), contestant.name, case.id, run, pace, left))
            outcome = await _aside(carry_out(case, briefs[case.id], contestant.designer(run)))
            scored = Scored(case.id, contestant.name, run, outcome, judge(case, outcome))
            comparison.results.append(scored)
            yield scored


async def _aside(work: Any) -> Outcome:
    """Wait for `work`, but not for its end when it is cancelled: a model in this process may take long to listen."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        task.cancel()
        raise
    outcome: Outcome = task.result()
    return outcome


async def carry_out(case: Case, brief: Brief, designer: Designer) -> Outcome:
    """Let `designer` draft for `case` and carry out its wishes. What fails is told in the outcome."""
    began = time.monotonic()
    try:
        draft = await designer.draft(brief)
    except PersonaError as error:
        return Outcome(None, error=str(error), seconds=time.monotonic() - began)
    outcome = Outcome(draft, asks=draft.asks, tokens=draft.designer.tokens, raw=draft.raw)
    if case.refine:
        try:
            outcome = await _refined(outcome, draft, case, brief, designer)
        except PersonaError as error:
            outcome = replace(outcome, refused=str(error))
    return replace(outcome, seconds=time.monotonic() - began)


async def _refined(outcome: Outcome, draft: Draft, case: Case, brief: Brief, designer: Designer) -> Outcome:
    """Return `outcome` with the wishes of `case` carried out, one after the other. Raises PersonaError."""
    persona = identified(draft.persona)
    earlier: tuple[Exchange, ...] = ()
    for wish in case.refine:
        reply = await designer.reply(Talk(brief, persona, earlier=earlier), wish)
        outcome = replace(
            outcome,
            asks=outcome.asks + reply.asks,
            tokens=outcome.tokens + reply.designer.tokens,
            raw=reply.raw or outcome.raw,
        )
        after, refused = applied(persona, reply.updates)
        if after == persona:
            why = reply.failed or (refused[0][1] if refused else reply.say) or "nothing was changed"
            return replace(outcome, refused=why)
        decisions = tuple(map(decision, changes_between(persona, after)))
        earlier = (*earlier, Exchange(wish, reply.say, decisions))
        brief, persona = replace(brief, wishes=(*brief.wishes, wish)), after
    return replace(outcome, refined=anonymous(persona))


def _brief(case: Case, folder: Path) -> Brief:
    return Brief(case.description, DEFAULT_BASE, _detection(case, folder))


def _detection(case: Case, folder: Path) -> Detection | None:
    """Write the files of a case, and return what is detected in them; None for a case without."""
    if not case.codebase:
        return None
    for name, content in case.codebase.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return detect(folder)


def _result(one: Scored) -> dict[str, Any]:
    outcome = one.outcome
    failed = not one.verdict.passed
    return {
        "case": one.case,
        "designer": one.designer,
        "run": one.run,
        **one.verdict.to_json(),
        "persona": _data(outcome.draft.persona if outcome.draft else None),
        "refined": _data(outcome.refined),
        "notes": list(outcome.draft.notes) if outcome.draft else [],
        "asks": outcome.asks,
        "seconds": round(outcome.seconds, 3),
        "tokens": outcome.tokens,
        "error": outcome.error,
        "refused": outcome.refused,
        "raw": outcome.raw if failed and outcome.raw else None,
    }


def _data(persona: Persona | None) -> dict[str, Any] | None:
    return persona.to_data() if persona else None
