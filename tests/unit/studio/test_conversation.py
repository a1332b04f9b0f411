"""The words that people type to undo, decide and edit, and what they do."""

from __future__ import annotations

import asyncio

import pytest

from persona_tui.base.errors import BadData, NotFound, UsageError
from persona_tui.designer.draft import Brief, DesignerReport, Draft, ProgressSink, Reply, Talk
from persona_tui.designer.session import Nowhere, Session
from persona_tui.designer.updates import Update
from persona_tui.studio import conversation
from tests.conftest import make_persona

REPORT = DesignerReport("model", "m", "ollama")


class Saying:
    """A designer that answers with updates."""

    def __init__(self, *updates: Update) -> None:
        self._updates = updates

    async def draft(self, brief: Brief, sink: ProgressSink | None = None) -> Draft:
        return Draft(make_persona(), REPORT)

    async def reply(self, talk: Talk, words: str, sink: ProgressSink | None = None) -> Reply:
        return Reply(REPORT, "Done.", self._updates)


@pytest.fixture
def session() -> Session:
    session = Session.begin(Nowhere(), Brief("Go services", "qwen3:8b"), asked={"kind": "model", "model": None})
    asyncio.run(session.first_draft(Saying()))
    return session


def said(session: Session, *updates: Update) -> None:
    asyncio.run(session.say("do it", Saying(*updates)))


@pytest.mark.parametrize(
    "words", ["undo", "Undo!", "please undo that", "take it back", "go back", "undo the last change"]
)
def test_undo_in_the_words_of_people(session: Session, words: str) -> None:
    said(session, Update("set", "role", "One"))

    assert conversation.take_back(session, words) == "undone: round 2 (do it)"
    assert session.persona.role == make_persona().role
    assert conversation.take_back(session, "redo") == "made again: round 2 (do it)"


@pytest.mark.parametrize("words", ["undo round 2", "undo 2", "Revert round 2."])
def test_one_round_is_undone_by_its_number(session: Session, words: str) -> None:
    said(session, Update("set", "role", "One"))
    said(session, Update("set", "tier", "bare"))

    assert conversation.take_back(session, words) == "round 2 undone"
    assert (session.persona.role, session.persona.tier) == (make_persona().role, "bare")


@pytest.mark.parametrize("words", ["redo round 2", "undo my changes to rule 3", "a rule about undo", "revert to Go"])
def test_other_words_are_for_the_designer(session: Session, words: str) -> None:
    assert conversation.take_back(session, words) is None


def test_nothing_to_undo_is_said(session: Session) -> None:
    with pytest.raises(NotFound, match="nothing to undo"):
        conversation.take_back(session, "undo")


def test_proposals_are_numbered_over_all_rounds(session: Session) -> None:
    session.lock("role", "name")
    said(session, Update("set", "role", "A"))
    said(session, Update("set", "name", "my-b"), Update("set", "role", "B"))

    assert session.talk.open_proposals() == [(2, 0), (3, 0), (3, 1)]
    for wrong in ("4", "0", "banana", "-1"):
        with pytest.raises(UsageError, match="1 to 3"):
            conversation.decide(session, wrong, accept=True)
    conversation.decide(session, "3", accept=True)
    conversation.decide(session, "", accept=False)
    assert session.persona.role == "B"
    assert session.talk.open_proposals() == [(3, 0)]
    conversation.decide(session, "1", accept=True)
    assert session.persona.name == "my-b"
    with pytest.raises(NotFound, match="nothing is proposed"):
        conversation.decide(session, "", accept=True)


@pytest.mark.parametrize(
    ("name", "value", "field", "result"),
    [
        ("role", "Go expert", "role", "Go expert"),
        ("temperature", "creative", "temperature", 0.7),
        ("temperature", "0.25", "temperature", 0.25),
        ("language", "", "language", None),
        ("tags", '["go"]', "tags", ["go"]),
        ("base_model", "qwen3:14b", "preferred_models", ["qwen3:14b"]),
        ("parameters.num_ctx", "4096", "parameters", {"num_ctx": 4096}),
        ("note", "0.5", "note", "0.5"),
        ("system_prompt", "You are it.", "system_prompt", "You are it."),
    ],
)
def test_a_field_is_set_by_hand_and_locked(session: Session, name: str, value: str, field: str, result: object) -> None:
    conversation.set_field(session, name, value)

    assert session.persona.to_data()[field] == result
    assert field in session.talk.locks


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("colour", "red"),
        ("constraints", "[]"),
        ("schema_version", "2"),
        ("", ""),
        ("base_model", "a b"),
        ("parameters.num_ctx", "many"),
        ("parameters.nonsense", "1"),
        ("parameters", "7"),
        ("temperature", "NaN"),
        pytest.param("extras", '{"a": ' + "[" * 900 + "]" * 900 + "}", id="extras-deep"),
    ],
)
def test_what_cannot_be_set_is_said_and_changes_nothing(session: Session, name: str, value: str) -> None:
    with pytest.raises(BadData):
        conversation.set_field(session, name, value)
    assert session.persona == make_persona()


def test_rules_by_hand(session: Session) -> None:
    conversation.add_rule(session, "MUST use slog")
    conversation.move_rule(session, "5", "1")
    conversation.replace_rule(session, "rule 2", "MUST wrap errors")
    conversation.drop_rule(session, "3")

    texts = [rule.text for rule in session.persona.constraints]
    assert texts[:3] == ["MUST use slog", "MUST wrap errors", "MUST pass context.Context as the first parameter"]
    assert conversation.lock_names(session) == ["rule 1", "rule 2"]
    for wrong in ("", "9", "0", "x", "1 2"):
        with pytest.raises(BadData, match="numbered 1 to 4"):
            conversation.drop_rule(session, wrong)


@pytest.mark.parametrize(
    ("words", "target"),
    [
        ("role", "role"),
        ("rules", "constraints"),
        ("Rule 2", "constraints.goroutine-exit"),
        ("base_model", "preferred_models"),
    ],
)
def test_what_is_locked_has_the_names_that_people_use(session: Session, words: str, target: str) -> None:
    assert conversation.target_of(session, words) == target
