"""An answer while it arrives: words as they come, values once they are whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_tui.base.text import plain
from persona_tui.designer.draft import Completed, Progress, Words
from persona_tui.designer.streaming import AnswerStream

SPEC = {
    "say": 'Quote " and é 😀\nline',
    "role": "X y",
    "rules": ["MUST a", "MUST b"],
    "temperature": 0.15,
    "tier": "full",
}
COMPLETED = [
    ("role", "X y"),
    ("rules[0]", "MUST a"),
    ("rules[1]", "MUST b"),
    ("temperature", 0.15),
    ("tier", "full"),
]


def fed(text: str, size: int) -> list[Progress]:
    stream = AnswerStream()
    told = [item for i in range(0, len(text), size) for item in stream.feed(text[i : i + size])]
    return [*told, *stream.end()]


def words(told: list[Progress]) -> str:
    return "".join(item.text for item in told if isinstance(item, Words))


def completed(told: list[Progress]) -> list[tuple[str, Any]]:
    return [(item.key, item.value) for item in told if isinstance(item, Completed)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_words_come_as_they_are_and_values_once_and_whole(size: int, ascii_only: bool) -> None:
    told = fed(json.dumps(SPEC, ensure_ascii=ascii_only), size)

    assert words(told) == SPEC["say"]
    assert completed(told) == COMPLETED


def test_words_do_not_wait_for_the_end() -> None:
    stream = AnswerStream()

    told = [*stream.feed('{"say": "Hel'), *stream.feed("lo th")]

    assert words(told) == "Hello th"
    assert completed(told) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('Sure: {"say": "Yes."}', "Yes."),
        ('<think>{"say": "a thought"}</think>{"say": "Yes."}', "Yes."),
        ('<think>{"say": "a thought"}', ""),
        ("no object at all", ""),
        ('["say", "x"]', ""),
        ('{"say": 7, "role": "X"}', ""),
        ('{"say": "a \\u001b[31mred\\u001b[0m b"}', "a red b"),
        ('{"say": "torn \\ud83d", "tier": "full"}', "torn "),
        ("{{{{", ""),
    ],
)
def test_only_the_answers_own_words_come(text: str, said: str) -> None:
    assert words(fed(text, 1)) == said


@given(st.text(), st.integers(1, 9))
def test_whatever_arrives_is_survived_and_neutral(text: str, size: int) -> None:
    for answer in (text, '{"say": "' + text, json.dumps({"say": text, "role": text})):
        said = words(fed(answer, size))
        assert said == plain(said)
