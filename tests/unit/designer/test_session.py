"""The session: nothing is lost, nothing changes unasked, everything can be taken back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_tui.base.errors import BadData, EngineError, NotFound, UsageError
from persona_tui.designer.conversation import replayed
from persona_tui.designer.draft import Brief, DesignerReport, Draft, Heard, ProgressSink, Reply, Talk
from persona_tui.designer.session import Nowhere, Session
from persona_tui.designer.updates import Update
from persona_tui.spec.persona import Persona
from tests.conftest import make_persona

BRIEF = Brief("Go gRPC services", "qwen3:8b")
ASKED = {"kind": "model", "model": None}
REPORT = DesignerReport("model", "m", "ollama", 0.5, 10)
RULES = "constraints"


class Scripted:
    """A designer that answers as it is told, and says what it was shown."""

    def __init__(self, *replies: Any) -> None:
        self.replies = list(replies)
        self.talks: list[Talk] = []

    async def draft(self, brief: Brief, sink: ProgressSink | None = None) -> Draft:
        return Draft(make_persona(), REPORT, filled=("tags",), say="A draft.", raw="{}")

    async def reply(self, talk: Talk, words: str, sink: ProgressSink | None = None) -> Reply:
        self.talks.append(talk)
        answer = self.replies.pop(0)
        if sink:
            sink(Heard("half of an an"))
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, Reply):
            return answer
        return Reply(REPORT, "Done.", tuple(answer))


class Memory(Nowhere):
    """A log in memory."""

    id = "1126-abcdef"

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.heard = ""

    def append(self, event: dict[str, Any]) -> None:
        self.lines.append(json.dumps(event))

    def hear(self, text: str) -> None:
        self.heard += text

    def forget_heard(self) -> None:
        self.heard = ""

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


def begun(*replies: Any, brief: Brief = BRIEF) -> tuple[Session, Scripted, Memory]:
    log, designer = Memory(), Scripted(*replies)
    session = Session.begin(log, brief, asked=ASKED)
    asyncio.run(session.first_draft(designer))
    return session, designer, log


def say(session: Session, designer: Scripted, *words: str) -> None:
    for word in words:
        asyncio.run(session.say(word, designer))


def again(log: Memory) -> Session:
    """Return the session that the log of another one makes."""
    return Session.resumed(log, log.events, log.heard)


def role(text: str) -> Update:
    return Update("set", "role", text)


def test_words_are_kept_before_a_designer_sees_them() -> None:
    log = Memory()
    seen: list[list[str]] = []

    class Looking(Scripted):
        async def draft(self, brief: Brief, sink: ProgressSink | None = None) -> Draft:
            seen.append([event["event"] for event in log.events])
            return await super().draft(brief, sink)

    session = Session.begin(log, BRIEF, asked=ASKED)
    asyncio.run(session.first_draft(Looking()))

    assert seen == [["begun", "asked"]]
    assert log.events[0]["description"] == BRIEF.description


def test_a_round_changes_what_it_names_and_shows_it_field_by_field() -> None:
    session, designer, _ = begun([role("Go engineer of a bank"), Update("remove", RULES, id="goroutine-exit")])

    say(session, designer, "for a bank")

    made = session.talk.rounds[-1]
    assert made.outcome == "changed"
    assert [(change.field, change.kind) for change in made.changes] == [
        ("role", "changed"),
        ("constraints[1]", "removed"),
    ]
    rest = make_persona().to_data()
    assert {k: v for k, v in session.persona.to_data().items() if k not in ("role", RULES)} == {
        k: v for k, v in rest.items() if k not in ("role", RULES)
    }
    assert session.persona.to_data()[RULES] == [rule for rule in rest[RULES] if rule != rest[RULES][1]]


def test_what_the_person_edits_is_locked_and_only_that() -> None:
    session, designer, _ = begun(
        [role("Another"), Update("replace", RULES, "MUST x", "goroutine-exit"), Update("set", "tier", "bare")]
    )
    session.edit([role("My own words"), Update("replace", RULES, "MUST stop every goroutine", "goroutine-exit")])

    say(session, designer, "something else")

    assert session.talk.locks == {"role", "constraints.goroutine-exit"}
    assert designer.talks[0].locks == session.talk.locks
    assert (session.persona.role, session.persona.tier) == ("My own words", "bare")
    assert session.persona.constraints[1].text == "MUST stop every goroutine"
    proposals = session.talk.rounds[-1].proposals
    assert [item.update.target for item in proposals] == ["role", "constraints.goroutine-exit"]


def test_a_proposal_is_accepted_or_refused_once() -> None:
    session, designer, log = begun([role("Another")])
    session.lock("role")
    say(session, designer, "another role")

    session.decide(2, 0, accept=True)

    assert session.persona.role == "Another"
    assert session.talk.locks == {"role"}
    with pytest.raises(NotFound):
        session.decide(2, 0, accept=False)
    assert again(log).persona == session.persona
    session.undo()
    assert session.persona.role == make_persona().role
    assert session.talk.open_proposals() == [(2, 0)]
    session.decide(2, 0, accept=False)
    assert session.talk.rounds[1].proposals[0].accepted is False
    assert again(log).talk.rounds == session.talk.rounds


def test_a_lock_that_comes_while_an_answer_arrives_holds() -> None:
    session, _, _ = begun()

    class Slow(Scripted):
        async def reply(self, talk: Talk, words: str, sink: ProgressSink | None = None) -> Reply:
            session.edit([role("By hand")])
            return await super().reply(talk, words, sink)

    asyncio.run(session.say("x", Slow([role("By a model"), Update("set", "tier", "bare")])))

    assert (session.persona.role, session.persona.tier) == ("By hand", "bare")


def test_undo_and_redo_go_over_everything_that_changed_the_draft() -> None:
    session, designer, log = begun([role("One")], [role("Two")])
    say(session, designer, "one")
    session.edit([Update("set", "note", "by hand")])
    say(session, designer, "two")
    end = session.persona

    assert [session.undo().title for _ in range(3)] == ["two", "note edited", "one"]
    assert session.persona == make_persona()
    assert session.talk.locks == frozenset()
    assert [made.undone for made in session.talk.rounds] == [False, True, True]
    with pytest.raises(NotFound, match="nothing to undo"):
        session.undo()
    for _ in range(3):
        session.redo()
    assert session.persona == end
    with pytest.raises(NotFound, match="nothing to redo"):
        session.redo()
    assert again(log).persona == end


def test_one_round_is_undone_and_what_came_after_stays() -> None:
    session, designer, log = begun(
        [role("One"), Update("remove", RULES, id="goroutine-exit")],
        [Update("set", "tier", "bare"), Update("add", RULES, "MUST use slog")],
    )
    say(session, designer, "one", "two")

    assert session.undo_round(2) == ()

    assert session.persona.role == make_persona().role
    assert session.persona.tier == "bare"
    assert [rule.text for rule in session.persona.constraints] == [
        *(rule.text for rule in make_persona().constraints),
        "MUST use slog",
    ]
    assert session.talk.brief.wishes == ("two",)
    with pytest.raises(NotFound):
        session.undo_round(2)
    session.undo()
    assert session.persona.role == "One"
    assert again(log).persona == session.persona


def test_a_round_is_undone_but_for_what_was_changed_since() -> None:
    session, designer, _ = begun([role("One"), Update("set", "tier", "bare")])
    say(session, designer, "one")
    session.edit([role("Mine")])

    assert session.undo_round(2) == ("role",)
    assert (session.persona.role, session.persona.tier) == ("Mine", "full")


def test_a_question_changes_nothing() -> None:
    session, designer, _ = begun(Reply(REPORT, "Which tool?"))
    before = session.persona

    say(session, designer, "make it fit")

    assert session.talk.rounds[-1].outcome == "question"
    assert session.persona == before
    with pytest.raises(NotFound):
        session.undo()


def test_an_engine_that_fails_costs_the_round_and_nothing_else() -> None:
    session, designer, log = begun(EngineError("out of memory"), [role("One")])
    before = session.persona

    say(session, designer, "one")

    made = session.talk.rounds[-1]
    assert (made.outcome, made.notes, made.raw) == ("failed", ("out of memory",), "half of an an")
    assert session.persona == before
    say(session, designer, "again")
    assert session.persona.role == "One"
    assert again(log).persona == session.persona


def test_whoever_is_killed_in_a_round_loses_what_had_not_arrived() -> None:
    session, designer, log = begun(KeyboardInterrupt())
    before = session.persona

    with pytest.raises(KeyboardInterrupt):
        say(session, designer, "for a bank")
    resumed = again(log)

    assert resumed.talk.rounds[-1].words == "for a bank"
    assert (resumed.talk.rounds[-1].outcome, resumed.talk.rounds[-1].raw) == ("stopped", "half of an an")
    assert resumed.unanswered == "for a bank"
    assert resumed.persona == before


def test_a_round_that_is_stopped_keeps_what_was_said() -> None:
    session, designer, _ = begun(asyncio.CancelledError())
    before = session.persona

    with pytest.raises(asyncio.CancelledError):
        say(session, designer, "for a bank")
    session.stop("stopped by the person")

    assert session.talk.rounds[-1].outcome == "stopped"
    assert session.talk.rounds[-1].raw == "half of an an"
    assert session.persona == before


def test_designers_see_earlier_rounds_but_those_undone() -> None:
    session, designer, _ = begun([role("One")], Reply(REPORT, "Which?"), [role("Two")], [])
    say(session, designer, "one", "hm", "two")
    session.undo_round(4)

    say(session, designer, "and now")

    earlier = designer.talks[-1].earlier
    assert [(item.words, item.say) for item in earlier] == [("one", "Done."), ("hm", "Which?")]
    assert earlier[0].decisions == ("role: Senior Go engineer for gRPC services → One",)


def test_what_is_fixed_is_locked_from_the_start() -> None:
    session, designer, _ = begun([Update("set", "name", "x")], brief=replace(BRIEF, fixed={"name": "my-go-q3"}))

    say(session, designer, "call it x")

    assert session.persona.name == "my-go-q3"
    assert len(session.talk.rounds[-1].proposals) == 1
    session.unlock("name")
    assert session.talk.brief.fixed == {}


def test_fields_that_the_rulebook_filled_are_marked_until_somebody_sets_them() -> None:
    session, designer, _ = begun([Update("set", "tags", ["go"])])
    assert session.talk.state.filled == ("tags",)

    say(session, designer, "tag it")
    assert session.talk.state.filled == ()
    session.undo()
    assert session.talk.state.filled == ("tags",)


def test_undoing_an_undo_brings_the_round_back() -> None:
    session, designer, log = begun([role("One")], [Update("set", "tier", "bare")])
    say(session, designer, "one", "two")

    session.undo_round(2)
    session.undo()

    assert [made.undone for made in session.talk.rounds] == [False, False, False]
    assert session.talk.brief.wishes == ("one", "two")
    session.undo_round(2)
    session.undo()
    session.redo()
    assert session.talk.rounds[1].undone
    assert again(log).talk.rounds == session.talk.rounds


def test_a_round_whose_changes_were_all_changed_since_is_no_step() -> None:
    session, designer, _ = begun([role("One")])
    say(session, designer, "one")
    session.edit([role("Mine")])

    with pytest.raises(NotFound, match="changed since"):
        session.undo_round(2)
    assert not session.talk.rounds[1].undone


def test_an_answer_heard_before_is_not_the_next_rounds() -> None:
    session, designer, log = begun([role("One")], KeyboardInterrupt())
    say(session, designer, "one")
    log.heard = "of the first round, whose process was killed before it forgot"

    with pytest.raises(KeyboardInterrupt):
        say(session, designer, "two")

    assert again(log).talk.rounds[-1].raw == "half of an an"


def test_what_a_person_has_set_is_known_until_it_is_undone() -> None:
    session, designer, _ = begun([Update("set", "tags", ["go"])])
    say(session, designer, "tag it")
    session.edit([Update("set", "note", "mine")])

    assert session.talk.by_hand() == {"note"}
    session.undo()
    assert session.talk.by_hand() == frozenset()


def test_a_wish_is_taken_from_those_that_wait_by_its_own_round_only() -> None:
    log = Memory()
    session = Session.begin(log, BRIEF, asked=ASKED)
    session.wish([BRIEF.description, "more"])
    asyncio.run(session.first_draft(Scripted()))

    assert session.talk.pending == [BRIEF.description, "more"]
    say(session, Scripted([role("One")]), "more")
    assert again(log).talk.pending == [BRIEF.description]


@pytest.mark.parametrize(
    "updates",
    [
        [Update("set", "temperature", "hot")],
        [role("Fine"), Update("set", "tier", "half")],
        [Update("remove", RULES, id="nowhere")],
    ],
)
def test_a_hand_that_slips_changes_nothing(updates: list[Update]) -> None:
    session, _, log = begun()
    lines = list(log.lines)

    with pytest.raises(BadData):
        session.edit(updates)

    assert log.lines == lines
    assert session.persona == make_persona()


def test_words_that_cannot_be_said_are_no_round() -> None:
    session, designer, _ = begun()

    with pytest.raises(UsageError):
        say(session, designer, "  ")
    with pytest.raises(UsageError):
        say(session, designer, "x" * 5_000)
    assert len(session.talk.rounds) == 1


def test_events_of_a_later_version_are_passed_over() -> None:
    session, _, log = begun()
    log.append({"event": "sung", "song": "la"})

    assert again(log).persona == session.persona


@pytest.mark.parametrize(
    "damage",
    [
        [],
        [{"event": "answered"}],
        [{"event": "undo"}],
        [{"event": "begun"}],
        [{"event": "begun", "version": 2}],
        [{"no": "event"}],
        [{"event": "asked"}],
    ],
)
def test_a_damaged_journal_is_refused_in_a_sentence(damage: list[dict[str, Any]]) -> None:
    with pytest.raises(BadData, match="the session"):
        replayed(damage)


UPDATES = st.one_of(
    st.builds(
        Update,
        st.just("set"),
        st.sampled_from(["role", "note", "tier", "temperature", "nothing"]),
        st.sampled_from(["x", "bare", 0.7, None]),
    ),
    st.builds(Update, st.just("add"), st.just(RULES), st.sampled_from(["MUST a", "MUST b", ""])),
    st.builds(Update, st.just("set"), st.just(RULES), st.just(["MUST c", "MUST d"])),
    st.builds(
        Update,
        st.sampled_from(["remove", "replace", "move"]),
        st.just(RULES),
        st.sampled_from(["MUST c", 1, 3]),
        st.sampled_from(["goroutine-exit", "nowhere"]),
    ),
)
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.lists(UPDATES, max_size=4)),
        st.tuples(st.just("edit"), st.lists(UPDATES, max_size=2)),
        st.tuples(
            st.sampled_from(["undo", "redo", "undo_round", "lock", "unlock", "fail", "accept"]), st.integers(1, 5)
        ),
    ),
    max_size=12,
)


def act(session: Session, action: tuple[str, Any]) -> None:
    what, more = action
    if what == "say":
        asyncio.run(session.say("words", Scripted(more)))
    elif what == "fail":
        asyncio.run(session.say("words", Scripted(EngineError("no"))))
    elif what == "edit":
        session.edit(more)
    elif what in ("lock", "unlock"):
        getattr(session, what)(["role", "tier", RULES, "constraints.goroutine-exit", "note"][more - 1])
    elif what == "accept":
        session.decide(more, 0, accept=True)
    elif what == "undo_round":
        session.undo_round(more)
    else:
        getattr(session, what)()


@given(ACTIONS)
def test_whatever_happens_a_journal_replays_to_the_same_draft(actions: Iterable[tuple[str, Any]]) -> None:
    session, _, log = begun()
    for action in actions:
        before, locks = session.draft.to_data(), session.talk.locks
        try:
            act(session, action)
        except (BadData, NotFound):
            assert session.draft.to_data() == before
        if action[0] == "say":
            named = {update.field for update in action[1]}
            after = session.draft.to_data()
            assert {k for k in after if after[k] != before.get(k)} <= named - locks
            there = {rule["id"] for rule in before[RULES]}
            held = there & {lock.partition(".")[2] for lock in locks if lock.startswith("constraints.")}
            assert [r for r in after[RULES] if r["id"] in held] == [r for r in before[RULES] if r["id"] in held]

    resumed = again(log)
    assert resumed.draft == session.draft
    assert (resumed.talk.locks, resumed.talk.rounds) == (session.talk.locks, session.talk.rounds)
    assert resumed.talk.state == session.talk.state
    assert isinstance(session.persona, Persona)


def test_a_session_of_many_rounds_is_replayed(tmp_path: Path) -> None:
    session, designer, log = begun(*([role(f"Engineer {n}")] for n in range(500)))
    say(session, designer, *(f"word {n}" for n in range(500)))

    assert again(log).persona == session.persona
    assert len(again(log).talk.rounds) == 501
