"""Updates of fields and rules: what they change, and that they change nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_tui.base.errors import BadData
from persona_tui.designer.updates import (
    Update,
    anonymous,
    applied,
    apply,
    identified,
    is_locked,
    set_base,
    updates_between,
)
from persona_tui.spec.persona import Persona
from tests.conftest import make_persona

TEXTS = st.lists(st.sampled_from([f"MUST keep promise {n}" for n in range(12)]), unique=True, max_size=9)
SETS = st.fixed_dictionaries(
    {},
    optional={
        "role": st.sampled_from(["Go engineer", "Rust engineer"]),
        "description": st.sampled_from([None, "Use it."]),
        "temperature": st.sampled_from([0.1, 0.7]),
        "language": st.sampled_from([None, "Go"]),
        "parameters": st.dictionaries(st.sampled_from(["num_ctx", "top_k"]), st.integers(1, 9), max_size=2),
    },
)


@st.composite
def personas(draw: st.DrawFn) -> Persona:
    return identified(make_persona(constraints=draw(TEXTS), **draw(SETS)))


def texts(persona: Persona) -> list[str]:
    return [rule.text for rule in persona.constraints]


@given(personas(), personas())
def test_the_updates_between_two_personas_make_one_of_the_other(old: Persona, new: Persona) -> None:
    made, refused = applied(old, updates_between(old, new))

    assert not refused
    assert made == new


@given(personas(), personas())
def test_updates_travel_as_json(old: Persona, new: Persona) -> None:
    updates = updates_between(old, new)

    assert tuple(Update.from_json(update.to_json()) for update in updates) == updates


@given(personas(), st.sampled_from(["role", "description", "name", "output_format"]), st.text())
def test_what_an_update_does_not_name_stays(persona: Persona, field: str, value: str) -> None:
    made, _ = applied(persona, [Update("set", field, value)])

    before, after = persona.to_data(), made.to_data()
    assert {key: after[key] for key in after if key != field} == {key: before[key] for key in before if key != field}


def test_rules_are_added_replaced_moved_and_removed_by_their_id() -> None:
    persona = identified(make_persona())
    first, second, *_ = (rule.id for rule in persona.constraints)

    made, refused = applied(
        persona,
        [
            Update("add", "constraints", "MUST use slog"),
            Update("replace", "constraints", "MUST wrap errors", first),
            Update("move", "constraints", 5, first),
            Update("remove", "constraints", id=second),
        ],
    )

    assert not refused
    assert texts(made) == [
        "MUST pass context.Context as the first parameter",
        "MUST close every response body",
        "MUST use slog",
        "MUST wrap errors",
    ]


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        (Update("set", "temperature", "hot"), "temperature"),
        (Update("set", "colour", "red"), "no field 'colour'"),
        (Update("remove", "constraints", id="nowhere"), "no such rule"),
        (Update("move", "constraints", 9, "goroutine-exit"), "places 1 to 4"),
        (Update("move", "constraints", "up", "goroutine-exit"), "places 1 to 4"),
        (Update("replace", "constraints", "", "goroutine-exit"), "must not be empty"),
        (Update("add", "constraints", "MUST close every response body"), "such a rule already"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(update: Update, reason: str) -> None:
    persona = identified(make_persona())

    with pytest.raises(BadData, match=reason):
        apply(persona, update)
    assert applied(persona, [update])[0] == persona


def test_ids_of_a_conversation_stay_in_it() -> None:
    persona = make_persona()
    inside = identified(persona)

    assert all(rule.id for rule in inside.constraints)
    own = make_persona(constraints=[{"text": "MUST a", "id": "r-0123abcd"}])
    assert anonymous(identified(own)) == own
    assert identified(inside) is inside
    assert anonymous(inside) == persona


def test_every_rule_has_an_id_of_its_own_whatever_became_of_others() -> None:
    twice = identified(make_persona(constraints=["MUST a", "MUST b", "MUST a"]))
    first = twice.constraints[0].id
    reworded = apply(twice, Update("replace", "constraints", "MUST c", first))
    added = apply(
        apply(reworded, Update("remove", "constraints", id=twice.constraints[2].id)),
        Update("add", "constraints", "MUST a"),
    )

    assert len({rule.id for rule in twice.constraints}) == 3
    assert texts(added) == ["MUST c", "MUST b", "MUST a"]
    assert len({rule.id for rule in added.constraints}) == 3


def test_what_is_nested_too_deeply_is_no_value() -> None:
    deep: Any = []
    for _ in range(900):
        deep = [deep]

    with pytest.raises(BadData, match="extras"):
        apply(make_persona(), Update("set", "extras", {"a": deep}))


@pytest.mark.parametrize(
    ("locks", "update", "locked"),
    [
        ({"role"}, Update("set", "role", "x"), True),
        ({"role"}, Update("set", "name", "x"), False),
        ({"constraints.a"}, Update("remove", "constraints", id="a"), True),
        ({"constraints.a"}, Update("remove", "constraints", id="b"), False),
        ({"constraints.a"}, Update("add", "constraints", "MUST"), False),
        ({"constraints"}, Update("add", "constraints", "MUST"), True),
        ({"constraints.a"}, Update("set", "constraints", ["MUST"]), True),
        ({"constraints"}, Update("replace", "constraints", "MUST", "a"), True),
    ],
)
def test_a_lock_keeps_out_its_field_or_its_rule(locks: set[str], update: Update, locked: bool) -> None:
    assert is_locked(update, locks) is locked


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        (["qwen3:8b"], ["gemma3"]),
        ([], ["gemma3"]),
        (
            ["qwen3:8b", "gemma3:latest", {"provider": "openai", "model": "x"}],
            ["gemma3", {"provider": "openai", "model": "x"}],
        ),
        ([{"provider": "openai", "model": "x"}], ["gemma3", {"provider": "openai", "model": "x"}]),
    ],
)
def test_another_base_takes_the_place_of_the_first_one(models: list[Any], expected: list[Any]) -> None:
    persona = make_persona(preferred_models=models)
    made = apply(persona, set_base(persona, "gemma3"))

    assert made.to_data()["preferred_models"] == expected
    assert made.base_model == "gemma3"


def test_no_base_that_ollama_would_refuse() -> None:
    with pytest.raises(BadData, match="no model name"):
        set_base(make_persona(), "a b")
