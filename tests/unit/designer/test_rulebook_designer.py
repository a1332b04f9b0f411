"""The rulebook as a designer: a wish changes what it is about, whoever wrote the rest."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from persona_tui.designer.draft import Brief, DesignerReport, Draft, RefinementFailed
from persona_tui.designer.rulebook_designer import RulebookDesigner
from tests.conftest import make_persona

BASE = "qwen3:8b"
OWN = [
    "MUST cite the ticket number",
    "MUST answer in three bullets",
    "MUST NOT rename files",
    "MUST ask before deleting",
]


def refined(draft: Draft, wish: str, fixed: dict[str, Any] | None = None) -> Draft:
    brief = Brief("Backend developer", BASE, fixed=fixed or {})
    return asyncio.run(RulebookDesigner().refine(draft, wish, brief))


def by_a_model(**fields: Any) -> Draft:
    persona = make_persona(**{"constraints": OWN, "role": "Backend engineer of our shop", "language": None, **fields})
    return Draft(persona, DesignerReport("model", "m", "ollama", 2.0, 40), ("tier",))


def rules(draft: Draft) -> list[str]:
    return [rule.text for rule in draft.persona.constraints]


def test_rules_and_words_of_others_stay_and_the_wish_is_added() -> None:
    draft = by_a_model()

    after = refined(draft, "use FastAPI and Python")

    assert set(OWN) < set(rules(after))
    assert len(rules(after)) <= 7
    assert (after.persona.name, after.persona.role) == (draft.persona.name, draft.persona.role)
    assert after.persona.language == "Python"
    assert "fastapi" in after.persona.tags


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
    assert after.persona.revised(constraints=OWN) == draft.persona


@pytest.mark.parametrize(
    ("wish", "why"), [("MUST NOT rename files", "says the same"), ("MUST rename files", "contradicts"), ("hmm", "MUST")]
)
def test_a_wish_that_cannot_be_one_says_why(wish: str, why: str) -> None:
    with pytest.raises(RefinementFailed, match=why):
        refined(by_a_model(), wish)


def test_who_refined_last_is_said() -> None:
    after = refined(by_a_model(), "use FastAPI and Python")

    assert (after.designer.kind, after.designer.model, after.designer.engine) == ("rulebook", None, None)
    assert after.designer.tokens == 40


def test_a_temperature_that_is_asked_for_wins_over_the_models_but_not_over_the_persons() -> None:
    draft = by_a_model(temperature=0.3)

    assert refined(draft, "temperature creative").persona.temperature == 0.7
    with pytest.raises(RefinementFailed):
        refined(draft, "temperature creative", {"temperature": 0.3})


def test_every_fixed_field_stays() -> None:
    draft = by_a_model()

    after = refined(draft, "use FastAPI and Python", {"constraints": OWN, "language": "Go"})

    assert (rules(after), after.persona.language) == (OWN, None)


def test_rules_that_find_no_room_are_told_of() -> None:
    full = [*OWN, "MUST number the steps", "MUST state the risk", "MUST name the owner"]

    after = refined(by_a_model(constraints=full), "use FastAPI and Python")

    assert rules(after) == full
    assert any("no room" in note for note in after.notes)


def test_the_rulebooks_own_draft_becomes_what_it_would_have_drafted() -> None:
    designer, brief = RulebookDesigner(), Brief("Python developer", BASE)
    first = asyncio.run(designer.draft(brief))

    after = asyncio.run(designer.refine(first, "make it about FastAPI", brief))

    whole = asyncio.run(designer.draft(Brief("Python developer", BASE, wishes=("make it about FastAPI",))))
    assert after.persona == whole.persona
