"""Rules about constraints: what they find in real sentences, and what they leave alone."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from persona_tui.base.text import one_line
from persona_tui.spec.lint import fix_persona, lint_persona, sample

HERE = Path(__file__).parent
KNOWLEDGE = HERE.parents[2] / "persona_tui" / "designer" / "knowledge"
SHAPE = ("P005", "P006")  # about the number of rules, which a single one cannot satisfy


def read(name: str) -> list[str]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def rules_in(value: object) -> list[str]:
    """Return every text in `value` that is a rule."""
    if isinstance(value, str):
        return [value] if value.startswith("MUST") else []
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [rule for part in parts for rule in rules_in(part)]


def findings(*rules: str, origin: str = "draft", **fields: object) -> dict[str, str]:
    """Return what is found in `rules`, as rule id to severity."""
    found = lint_persona(sample({"constraints": list(rules), **fields}), origin=origin)
    return {finding.rule: finding.severity.value for finding in found if finding.rule not in SHAPE}


def complaints(*rules: str, **fields: object) -> list[str]:
    return [rule for rule, severity in findings(*rules, **fields).items() if severity != "info"]


@pytest.mark.parametrize("rule", read("good_rules.txt"))
def test_a_good_rule_gets_no_error_and_no_warning(rule):
    assert complaints(rule) == []


@pytest.mark.parametrize("line", read("bad_rules.txt"))
def test_a_bad_rule_is_found(line):
    expected, rule = line.split(" ", 1)
    assert expected in findings(rule)


@pytest.mark.parametrize("path", sorted(KNOWLEDGE.glob("*.yaml")), ids=lambda path: path.stem)
def test_what_the_rulebook_drafts_gets_no_error_and_no_warning(path):
    rules = rules_in(YAML(typ="safe").load(path.read_text(encoding="utf-8")))
    assert [rule for rule in rules if complaints(rule)] == []


@pytest.mark.parametrize(
    "rules",
    [
        ("MUST use javax.* imports", "MUST NOT use javax.* imports"),
        ("MUST use var", "MUST NOT use var; use let or const"),
        ("MUST use jakarta.*, NOT javax.*", "MUST use javax.*"),
        ("MUST use println for output", "MUST use slog rather than println for output"),
        ("MUST add comments", "MUST NOT add the comments"),
        ("MUST NOT use eval or exec", "MUST use exec"),
        ("MUST import `lodash`", "MUST NOT use lodash"),
        ("MUST use async tests — never use mocks", "MUST use mocks"),
    ],
)
def test_a_contradiction_is_an_error(rules):
    assert findings(*rules)["P003"] == "error"


@pytest.mark.parametrize(
    "rules",
    [
        ("MUST use jakarta.* imports", "MUST NOT use javax.* imports"),
        ("MUST use eval, but only in tests", "MUST NOT use eval"),
        ("MUST use print in examples", "MUST NOT use print in library code"),
        ("MUST add comments to public functions", "MUST NOT add comments to private functions"),
        ("MUST use records for DTOs", "MUST NOT use records for entities"),
        ("MUST NOT use X or Y together", "MUST use X"),
        ("MUST return errors", "MUST NOT log errors"),
        ("MUST use A, NOT B", "MUST NOT use B"),
        ("MUST NOT use classes, unless state is shared", "MUST use classes"),
    ],
)
def test_what_only_looks_like_a_contradiction_is_none(rules):
    assert "P003" not in findings(*rules)


def test_a_repeated_rule_is_a_warning():
    assert findings("MUST cite the source.", "MUST  cite the source")["P003"] == "warning"


@pytest.mark.parametrize(
    ("count", "origin", "expected"),
    [
        (7, "draft", None),
        (8, "draft", "info"),
        (9, "draft", "error"),
        (9, "file", "warning"),
        (20, "imported", "warning"),
    ],
)
def test_more_than_eight_rules_are_an_error_in_a_draft_only(count, origin, expected):
    rules = [f"MUST name column {number}" for number in range(count)]
    found = {f.rule: f.severity.value for f in lint_persona(sample({"constraints": rules}), origin=origin)}
    assert found.get("P005") == expected


@pytest.mark.parametrize(
    ("fields", "origin", "expected"),
    [
        ({"constraints": ["MUST cite the source"] * 3}, "draft", "warning"),
        ({"constraints": []}, "file", "warning"),
        ({"constraints": []}, "imported", "info"),
        ({"constraints": [], "tier": "bare"}, "file", None),
        ({"constraints": [], "system_prompt": "You review SQL."}, "file", None),
        ({"constraints": [], "extends": "team-go"}, "file", "warning"),
    ],
)
def test_fewer_than_four_rules(fields, origin, expected):
    found = {f.rule: f.severity.value for f in lint_persona(sample(fields), origin=origin)}
    assert found.get("P006") == expected


def test_a_rule_in_other_words_than_must_is_a_warning_where_it_was_imported():
    assert findings("Use type hints", origin="imported")["P004"] == "warning"
    assert findings("Use type hints", origin="file")["P004"] == "error"


@pytest.mark.parametrize(
    ("rule", "severity"),
    [
        ("MUST use meaningful names — not single letters except i and j", "info"),
        ("MUST return an appropriate status (200, 201 or 404)", "info"),
        ("MUST use idiomatic expressions, not word-for-word translation", "info"),
        ("MUST keep answers brief", "info"),
        ("MUST return an appropriate status", "warning"),
        ("MUST use as few words as possible, where appropriate", None),
    ],
)
def test_a_vague_word_that_is_explained_is_an_info(rule, severity):
    assert findings(rule).get("P007") == severity


@pytest.mark.parametrize(
    ("rules", "role"),
    [
        (["MUST Antworten auf Deutsch geben", "MUST NOT Text vor dem JSON ausgeben"], "Übersetzer für die Verwaltung"),
        (["MUST utiliser des types explicites", "MUST NOT ajouter de texte"], "Ingénieur Python pour les API"),
        (["MUST usar tipos explícitos", "MUST NOT inventar datos"], "Ingeniero de datos para el banco"),
        (["MUST 使用类型注解", "MUST NOT 输出解释"], "高级 Python 工程师"),
        (["MUST использовать типы", "MUST NOT выдумывать факты"], "Инженер по данным"),
        (["MUST antwoorden in het Nederlands", "MUST NOT feiten verzinnen"], "Vertaler voor het ministerie"),
    ],
    ids=["German", "French", "Spanish", "Chinese", "Russian", "Dutch"],
)
def test_rules_in_another_language_are_not_judged_by_english_words(rules, role):
    assert complaints(*rules, role=role, output_format=role) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("must use type hints", "MUST use type hints"),
        ("Must Not use eval", "MUST NOT use eval"),
        ("MUST not use eval", "MUST NOT use eval"),
        ("- MUST  use eval", "MUST use eval"),
        ("**MUST NOT** use eval", "MUST NOT use eval"),
        ("MUST: use eval", "MUST use eval"),
        ("MUST, when asked, answer", "MUST, when asked, answer"),
        ("Use type hints", "Use type hints"),
        ("MUSTN'T use eval", "MUSTN'T use eval"),
        ("MUST-have features come first", "MUST-have features come first"),
    ],
)
def test_the_fix_writes_must_in_capitals_and_changes_no_word(before, after):
    persona = sample({"constraints": [{"text": before, "id": "a"}]})
    (rule,) = fix_persona(persona, lint_persona(persona)).constraints
    assert (rule.text, rule.id) == (after, "a")


@given(st.lists(st.text(min_size=1).map(lambda text: f"MUST {text}"), max_size=5))
def test_no_rule_is_too_strange(rules):
    rules = [rule for rule in rules if "\n" not in rule.strip() and "\r" not in rule.strip()]
    persona = sample({"constraints": rules})
    found = lint_persona(persona)
    fixed = fix_persona(persona, found)
    assert all(f.message == one_line(f.message) for f in found)
    assert fix_persona(fixed, lint_persona(fixed)) == fixed
