"""What a round of a conversation costs beside the model: its end, its first word, and the replay of a long journal."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Callable
from contextlib import closing

from persona_tui.designer.draft import Brief, DesignerReport, Draft, Progress, ProgressSink, Reply, Talk, Words
from persona_tui.designer.memory import Memory
from persona_tui.designer.model import ModelDesigner
from persona_tui.designer.session import Session
from persona_tui.designer.updates import Update, identified
from persona_tui.engines.ollama import connect
from persona_tui.store.journal import Journal
from persona_tui.store.registry import Registry
from persona_tui.store.scopes import find_scopes
from persona_tui.studio.build import resume
from persona_tui.studio.preview import preview
from tests.bench.streaming import Speaker, serving
from tests.conftest import make_persona

REPORT = DesignerReport("model", "m", "ollama", 1.0, 100)
RULES = [f"MUST name the reason number {n} for what it leaves out in the answer" for n in range(20)]
ANSWER = json.dumps(
    {
        "say": "I have put it in other words, as you asked.",
        "updates": [{"field": "role", "id": "", "op": "set", "value": "Go engineer of a bank"}],
    }
)


class _Told:
    """A designer that answers at once: what is left is what a round costs beside it."""

    def __init__(self) -> None:
        self._count = 0

    async def draft(self, brief: Brief, sink: ProgressSink | None = None) -> Draft:
        return Draft(make_persona(constraints=RULES), REPORT)

    async def reply(self, talk: Talk, words: str, sink: ProgressSink | None = None) -> Reply:
        self._count += 1
        role = Update("set", "role", f"Go engineer number {self._count}")
        rule = Update("replace", "constraints", f"MUST say {self._count}", talk.persona.constraints[3].id)
        return Reply(REPORT, "Done.", (role, rule), raw=ANSWER)


def begun(journal: Journal) -> Session:
    session = Session.begin(journal, Brief("Go services", "qwen3:8b"), asked={"kind": "model", "model": None})
    asyncio.run(session.first_draft(_Told()))
    return session


def end_of_a_round(rounds: int = 50) -> float:
    """Return the median seconds from an answer that has arrived to the draft, the difference and lint."""
    registry = Registry(find_scopes())
    with closing(Journal.create()) as journal:
        session, designer, taken = begun(journal), _Told(), []
        for _ in range(rounds):
            began = time.perf_counter()
            asyncio.run(session.say("say it otherwise", designer))
            preview(session.persona, registry)
            taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def replay(rounds: int = 500) -> float:
    """Return the seconds to go on with a journal of `rounds` rounds, up to its draft."""
    with closing(Journal.create()) as journal:
        session, designer = begun(journal), _Told()

        async def talk() -> None:
            for number in range(rounds):
                await session.say(f"say it in other words, for the time number {number}", designer)

        asyncio.run(talk())
        began = time.perf_counter()
        assert resume(journal).persona == session.persona
        return time.perf_counter() - began


async def first_words(rounds: int = 9) -> tuple[list[float], list[float]]:
    """Return the seconds to the first word of an answer: off the bare socket, and as a round tells of it."""
    speaker = Speaker(pieces=[ANSWER[i : i + 4] for i in range(0, len(ANSWER), 4)], before=0.2)
    async with serving(speaker) as port:
        engine = connect(f"http://127.0.0.1:{port}")
        designer = ModelDesigner(engine, "m", Memory(learns=False))
        talk = Talk(Brief("Go services", "m"), identified(make_persona(constraints=RULES)))
        pairs = [(await _bare(port), await _told(designer, talk)) for _ in range(rounds + 1)]
        await engine.aclose()
    return [a for a, _ in pairs[1:]], [b for _, b in pairs[1:]]


async def _bare(port: int) -> float:
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
    await reader.readuntil(ANSWER[8:12].encode())
    taken = time.perf_counter() - began
    await reader.readuntil(b"0\r\n\r\n")
    writer.close()
    return taken


async def _told(designer: ModelDesigner, talk: Talk) -> float:
    began, taken = time.perf_counter(), []

    def hear(progress: Progress) -> None:
        if isinstance(progress, Words) and not taken:
            taken.append(time.perf_counter() - began)

    await designer.reply(talk, "say it otherwise", hear)
    return taken[0]


def bench(report: Callable[[str, tuple[float, float, float], str], None]) -> None:
    """Print what a round costs."""
    print(f"the end of a round, 20 rules: {end_of_a_round() * 1000:.1f} ms   budget 30 ms", flush=True)
    print(f"a journal of 500 rounds replayed: {replay() * 1000:.0f} ms   budget 500 ms", flush=True)
    bare, ours = asyncio.run(first_words())
    pairs = [a / b for a, b in zip(ours, bare, strict=True)]
    result = (statistics.median(pairs), statistics.median(ours), statistics.median(bare))
    report("the first word of a round / off the bare socket", result, "1.02 x")
