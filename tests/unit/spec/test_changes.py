"""Differences and merges: rules keep who they are, and no side's change is lost without a word."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_tui.spec.changes import compare, match_rules, merge
from persona_tui.spec.persona import Persona
from tests.conftest import make_persona

RULES = [rule.text for rule in make_persona().constraints]


def said(old: Persona, new: Persona) -> list[tuple[str, str]]:
    return [(change.kind, change.field) for change in compare(old, new)]


def test_equal_personas_have_no_difference() -> None:
    assert compare(make_persona(), make_persona()) == []


def test_fields_are_added_removed_and_changed() -> None:
    old = make_persona(parameters={"num_ctx": 8192, "top_p": 0.9}, note="a")
    new = make_persona(parameters={"num_ctx": 4096, "seed": 1}, description="b", temperature=0.3)

    assert sorted(said(old, new)) == [
        ("added", "description"),
        ("added", "parameters.seed"),
        ("changed", "parameters.num_ctx"),
        ("changed", "temperature"),
        ("removed", "note"),
        ("removed", "parameters.top_p"),
    ]


def test_a_reworded_rule_is_one_edit() -> None:
    reworded = ["MUST wrap every returned error with fmt.Errorf and %w", *make_persona().to_data()["constraints"][1:]]

    assert said(make_persona(), make_persona(constraints=reworded)) == [("changed", "constraints[0]")]


def test_a_rule_with_an_id_may_change_every_word() -> None:
    rules: list[Any] = make_persona().to_data()["constraints"]
    rules[1] = {"id": "goroutine-exit", "text": "MUST use errgroup"}

    assert said(make_persona(), make_persona(constraints=rules)) == [("changed", "constraints[1]")]


def test_two_ids_are_two_rules_however_alike() -> None:
    old = make_persona(constraints=[{"id": "a", "text": "MUST close files"}])
    new = make_persona(constraints=[{"id": "b", "text": "MUST close files"}])

    assert sorted(said(old, new)) == [("added", "constraints[0]"), ("removed", "constraints[0]")]


def test_a_new_order_is_a_move_and_no_edit() -> None:
    rules = make_persona().to_data()["constraints"]

    assert said(make_persona(), make_persona(constraints=rules[::-1])) == [("moved", "constraints")]


def test_a_removed_rule_and_an_unlike_new_one_are_two_changes() -> None:
    rules = [*make_persona().to_data()["constraints"][:3], "MUST prefer table-driven tests with t.Run"]

    assert said(make_persona(), make_persona(constraints=rules)) == [
        ("removed", "constraints[3]"),
        ("added", "constraints[3]"),
    ]


def test_changes_of_both_sides_are_merged() -> None:
    base = make_persona(parameters={"num_ctx": 8192})
    rules = base.to_data()["constraints"]
    ours = base.revised(temperature=0.3, constraints=[*rules, "MUST run gofmt"], parameters={"num_ctx": 4096})
    theirs = base.revised(
        role="Reviewer", constraints=["MUST NOT use init", *rules[:3]], parameters={"num_ctx": 8192, "seed": 1}
    )

    merged = merge(base, ours, theirs)

    assert merged.conflicts == ()
    assert merged.persona.parameters == {"num_ctx": 4096, "seed": 1}
    assert (merged.persona.temperature, merged.persona.role) == (0.3, "Reviewer")
    assert [rule.text for rule in merged.persona.constraints] == ["MUST NOT use init", *RULES[:3], "MUST run gofmt"]


@pytest.mark.parametrize(
    ("ours", "theirs", "field"),
    [
        ({"role": "A"}, {"role": "B"}, "role"),
        ({"parameters": {"seed": 1}}, {"parameters": {"seed": 2}}, "parameters.seed"),
        (
            {"constraints": [{"id": "goroutine-exit", "text": "MUST a"}]},
            {"constraints": [{"id": "goroutine-exit", "text": "MUST b"}]},
            "constraints[1]",
        ),
    ],
)
def test_what_both_changed_is_a_conflict_and_keeps_ours(ours: Any, theirs: Any, field: str) -> None:
    base = make_persona()
    mine = base.revised(**ours)

    merged = merge(base, mine, base.revised(**theirs))

    assert field in [conflict.field for conflict in merged.conflicts]
    assert field != "role" or merged.persona.role == mine.role


rule_texts = st.lists(
    st.sampled_from([*RULES, "MUST a", "MUST b c d", "MUST NOT e", "MUST run gofmt first"]), unique=True
)
personas = st.builds(
    lambda role, temperature, rules, parameters: make_persona(
        role=role, temperature=temperature, constraints=rules, parameters=parameters
    ),
    st.sampled_from(["A", "B", "C"]),
    st.sampled_from([0.1, 0.3]),
    rule_texts,
    st.dictionaries(st.sampled_from(["num_ctx", "seed", "top_k"]), st.integers(1, 3)),
)


@given(personas, personas)
def test_a_side_that_changed_nothing_takes_the_other(base: Persona, other: Persona) -> None:
    assert merge(base, base, other).persona == other
    assert merge(base, other, base).persona == other
    assert merge(base, other, other).persona == other


@given(personas, personas, personas)
def test_a_merge_without_conflict_holds_every_change_of_both_sides(
    base: Persona, ours: Persona, theirs: Persona
) -> None:
    merged = merge(base, ours, theirs)
    if merged.conflicts:
        return
    texts = {rule.text for rule in merged.persona.constraints}
    for side in (ours, theirs):
        kept = match_rules(base.constraints, side.constraints)
        added = [rule.text for j, rule in enumerate(side.constraints) if j not in kept.values()]
        assert set(added) <= texts
    assert merge(base, theirs, ours).persona.parameters == merged.persona.parameters


@given(personas, personas)
def test_a_difference_is_empty_only_between_equals(one: Persona, other: Persona) -> None:
    assert (compare(one, other) == []) == (one == other)
