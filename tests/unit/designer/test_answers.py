"""What a model answered is read or refused, and never believed."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_tui.designer.answers import DESIGNED, read_answer, with_ids
from persona_tui.spec.persona import Constraint
from tests.conftest import make_persona

json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=8,
)
keys = st.sampled_from(
    ["role", "rules", "name", "domain", "temperature", "tier", "language", "output_format", "changed"]
)


@given(st.dictionaries(keys, json_values))
def test_whatever_an_object_holds_the_fields_fit_a_persona(data: dict[str, Any]) -> None:
    answer = read_answer(json.dumps(data))

    assert set(answer.fields) <= set(DESIGNED)
    make_persona(**answer.fields)


@given(st.text(alphabet='{}[]":,abc \n\x1b<think>', max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    answer = read_answer(text)

    assert answer.fields or answer.problems


SPEC: dict[str, Any] = {
    "domain": "code",
    "language": "Go",
    "name": "my-go",
    "output_format": "One code block",
    "role": "Go engineer",
    "rules": ["MUST a", "MUST b", "MUST NOT put <think> into a file", "MUST NOT print </think> or {braces}"],
    "temperature": 0.1,
    "tier": "full",
}
GOOD = json.dumps(SPEC)


@pytest.mark.parametrize(
    "said",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"Here is {{what}} you want: {GOOD}",
        f"Here is {{what}} you want: {GOOD} Change {{this}} as you like.",
        json.dumps({"persona": SPEC}),
        json.dumps([SPEC]),
        f'<think>Perhaps {{"role": "x"}}?</think>{GOOD}',
        f'Perhaps {{"role": "x"}}?</think>{GOOD}',
        json.dumps({**SPEC, "role": "A first thought"}) + f"</think>\n{GOOD}",
        f'An example is {{"role": "x", "name": "my-x"}}. Yours: {GOOD}',
        f"Here is {{what}} you want: {GOOD[:-1]},",
        "{" * 10 + GOOD,
    ],
)
def test_the_answer_is_found_wherever_it_stands(said: str) -> None:
    assert read_answer(said) == read_answer(GOOD)
    assert read_answer(said).fields["constraints"] == SPEC["rules"]


@pytest.mark.parametrize("said", ["<think>{}</think>", '<think>{"role": "x"}', "", "prose", "{}", "{what}", "[]"])
def test_a_thought_and_prose_are_no_answer(said: str) -> None:
    assert read_answer(said).fields == {}


@pytest.mark.parametrize(
    "said", ["{" * 10_000, '{"a":' * 4_000, "[{" * 8_000, "{}" * 8_000, '{"a":[' * 2_500, '{"role":' * 2_000 + GOOD]
)
def test_hostile_answers_take_no_time(said: str) -> None:
    began = time.process_time()

    read_answer(said)

    assert time.process_time() - began < 1


def test_the_names_that_models_use_for_our_keys_are_known() -> None:
    answer = read_answer(json.dumps({"persona_name": "my-x", "constraints": [f"MUST do {n}" for n in "abcd"]}))

    assert answer.fields == {"name": "my-x", "constraints": ["MUST do a", "MUST do b", "MUST do c", "MUST do d"]}


@pytest.mark.parametrize(("said", "value"), [(0.15, 0.1), ("creative", 0.7), ("0.3", 0.3), (1.9, 0.7)])
def test_a_temperature_is_taken_to_the_nearest_of_three(said: Any, value: float) -> None:
    assert read_answer(json.dumps({"temperature": said})).fields == {"temperature": value}


def test_too_many_rules_are_said_and_cut() -> None:
    answer = read_answer(json.dumps({"rules": [f"MUST do {n}" for n in range(500)]}))

    assert len(answer.fields["constraints"]) == 7
    assert any("500 rules" in problem for problem in answer.problems)


def test_rules_keep_the_ids_of_the_rules_that_they_were() -> None:
    before = make_persona().constraints
    after = (Constraint(text="MUST NOT start a goroutine that nobody can stop"), Constraint(text="MUST run gofmt"))

    assert [rule.id for rule in with_ids(after, before)] == ["goroutine-exit", None]
