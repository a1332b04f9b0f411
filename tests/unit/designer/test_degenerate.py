"""Answers that are none: what is recognised, and that good answers are not taken for them."""

from __future__ import annotations

import json

import pytest

from persona_tui.designer import prompts, update_prompts
from persona_tui.designer.degenerate import echoes, fault_of, foreign_script, loops, monotonous
from persona_tui.designer.knowledge import knowledge
from tests.conftest import make_persona

GOOD = json.dumps(make_persona().to_data(), indent=2)
RULES = [rule.text for entry in knowledge().technologies for rule in entry.rules]


@pytest.mark.parametrize(
    "unit", ["a", "no other prose, ", "MUST use it. MUST NOT use it.\n", '{"field": "role"}, ', "\\n"]
)
def test_a_piece_over_and_over_is_a_loop(unit: str) -> None:
    assert loops("It began well: " + unit * (700 // len(unit)))
    assert not loops(GOOD + unit)


@pytest.mark.parametrize("text", ["", "short", GOOD, GOOD * 2, "\n".join(RULES), json.dumps(RULES)])
def test_what_says_something_is_no_loop(text: str) -> None:
    assert not loops(text)
    assert not monotonous(text[:3_000])


def test_the_same_with_small_differences_is_monotonous() -> None:
    assert monotonous("".join(f"MUST follow rule number {n} of the rules. " for n in range(10)) * 12)


def test_copies_of_the_instructions_are_echoes() -> None:
    copied = ["MUST create indexes on existing tables with CREATE INDEX CONCURRENTLY"]

    assert echoes(copied, prompts.TOLD)
    assert not echoes(copied, prompts.TOLD, f"please add: {copied[0]}")
    assert echoes(["You change only what they ask you to change. Answer with one JSON object"], update_prompts.TOLD)


@pytest.mark.parametrize("told", [prompts.TOLD, update_prompts.TOLD])
def test_rules_of_the_rulebook_are_none(told: str) -> None:
    assert [rule for rule in RULES if echoes([rule], told)] == []


@pytest.mark.parametrize(
    ("text", "asked", "script"),
    [
        ("你是一个专业的翻译", "a translator", "Cjk"),
        ("Специалист по Go", "a Go developer", "Cyrillic"),
        ("你是一个专业的翻译", "a translator into Chinese", None),
        ("你是一个专业的翻译", "翻译", None),
        ("日本語の翻訳者", "translate to Japanese", None),
        ("Go expert (専門家)", "a Go developer", None),
        ("Ingénieur en français", "un ingénieur", None),
        ("Пишет по-русски", "antworte auf Russisch", None),
        ("一步一步", "réponds en japonais", None),
        ("நிரலாளர்", "the role must be in Tamil script", None),
        ("MUST use λ for lambda", "a Haskell developer", None),
        ("12 %", "numbers", None),
    ],
)
def test_a_script_that_nobody_asked_for_is_foreign(text: str, asked: str, script: str | None) -> None:
    assert foreign_script([text], asked) == script


def test_a_fault_is_a_clause() -> None:
    assert fault_of(["Senior Go engineer"], told=prompts.TOLD, asked="Go") is None
    assert "another script" in (fault_of(["Специалист"], told="", asked="Go") or "")
