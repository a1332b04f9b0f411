"""The rulebook as a designer: a wish changes what it is about, whoever wrote the rest."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from persona_tui.designer.draft import Brief, Reply, Talk
from persona_tui.designer.rulebook_designer import RulebookDesigner
from persona_tui.designer.updates import anonymous, applied, identified
from persona_tui.spec.persona import Persona
from tests.conftest import make_persona

BASE = "qwen3:8b"
OWN = [
    "MUST cite the ticket number",
    "MUST answer in three bullets",
    "MUST NOT rename files",
    "MUST ask before deleting",
]


def reply_to(persona: Persona, wish: str, locks: frozenset[str] = frozenset()) -> Reply:
    talk = Talk(Brief("Backend developer", BASE), identified(persona), locks)
    return asyncio.run(RulebookDesigner().reply(talk, wish))


def refined(persona: Persona, wish: str, *locks: str) -> Persona:
    """Return what the rulebook makes of `persona`; every update can be made."""
    revised, refused = applied(identified(persona), reply_to(persona, wish, frozenset(locks)).updates)
    assert not refused
    return anonymous(revised)


def by_a_model(**fields: Any) -> Persona:
    return make_persona(**{"constraints": OWN, "role": "Backend engineer of our shop", "language": None, **fields})


def rules(persona: Persona) -> list[str]:
    return [rule.text for rule in persona.constraints]


def test_rules_and_words_of_others_stay_and_the_wish_is_added() -> None:
    draft = by_a_model()

    after = refined(draft, "use FastAPI and Python")

    assert set(OWN) < set(rules(after))
    assert len(rules(after)) <= 7
    assert (after.name, after.role) == (draft.name, draft.role)
    assert after.language == "Python"
    assert "fastapi" in after.tags


@pytest.mark.parametrize(
    ("wish", "rule"),
    [
        ("MUST NOT use unsafe", "MUST NOT use unsafe"),
        ("never use unsafe", "MUST NOT use unsafe"),
        ("ALWAYS name the crate", "MUST name the crate"),
        ("Must: name the crate", "MUST name the crate"),
    ],
)
def test_a_wish_that_is_a_rule_becomes_one(wish: str, rule: str) -> None:
    draft = by_a_model()

    after = refined(draft, wish)

    assert rules(after) == [*OWN, rule]
    assert after.revised(constraints=OWN) == draft


@pytest.mark.parametrize(
    ("wish", "why"), [("MUST NOT rename files", "says the same"), ("MUST rename files", "contradicts"), ("hmm", "MUST")]
)
def test_a_wish_that_cannot_be_one_says_why(wish: str, why: str) -> None:
    reply = reply_to(by_a_model(), wish)

    assert reply.updates == ()
    assert why in reply.say


def test_a_temperature_that_is_asked_for_wins_over_the_models_but_not_over_the_persons() -> None:
    draft = by_a_model(temperature=0.3)

    assert refined(draft, "temperature creative").temperature == 0.7
    assert refined(draft, "temperature creative", "temperature").temperature == 0.3
    assert len(reply_to(draft, "temperature creative", frozenset({"temperature"})).proposals) == 1


def test_every_locked_field_stays() -> None:
    draft = by_a_model()

    after = refined(draft, "use FastAPI and Python", "constraints", "language")

    assert (rules(after), after.language) == (OWN, None)


def test_rules_that_find_no_room_are_told_of() -> None:
    full = [*OWN, "MUST number the steps", "MUST state the risk", "MUST name the owner"]

    reply = reply_to(by_a_model(constraints=full), "use FastAPI and Python")

    assert rules(refined(by_a_model(constraints=full), "use FastAPI and Python")) == full
    assert any("no room" in note for note in (*reply.notes, reply.say))


def test_the_rulebooks_own_draft_becomes_what_it_would_have_drafted() -> None:
    designer, brief = RulebookDesigner(), Brief("Python developer", BASE)
    first = identified(asyncio.run(designer.draft(brief)).persona)

    reply = asyncio.run(designer.reply(Talk(brief, first), "make it about FastAPI"))

    whole = asyncio.run(designer.draft(Brief("Python developer", BASE, wishes=("make it about FastAPI",))))
    assert applied(first, reply.updates)[0] == whole.persona
