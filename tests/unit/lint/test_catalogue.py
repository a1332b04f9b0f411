"""The catalogue as a whole: every rule has an example that it finds and one that it does not."""

import json
import re
from pathlib import Path

import pytest

from persona_tui.base.errors import BadData, NotFound
from persona_tui.spec.lint import RULES, UNREADABLE, Finding, Severity, explain, fix_persona, lint_persona, sample

DOCS = Path(__file__).parents[3] / "docs" / "lint.md"
IDS = [rule.id for rule in RULES]

each_rule = pytest.mark.parametrize("rule", RULES, ids=IDS)


def found(fields: dict, rule: str, origin: str = "draft") -> list[Finding]:
    return [finding for finding in lint_persona(sample(fields), origin=origin) if finding.rule == rule]


def test_ids_are_unique_and_in_order():
    assert sorted(set(IDS)) == IDS


@each_rule
def test_a_rule_finds_its_bad_example(rule):
    assert found(rule.bad, rule.id)


@each_rule
def test_a_rule_is_silent_on_its_good_example(rule):
    assert not found(rule.good, rule.id)


@each_rule
def test_a_good_example_has_no_error_of_its_group(rule):
    findings = lint_persona(sample(rule.good), origin="draft")
    assert not [f for f in findings if f.rule[0] == rule.id[0] and f.severity is Severity.ERROR]


@pytest.mark.parametrize("origin", ["draft", "file", "imported"])
def test_the_sample_persona_has_no_finding(origin):
    assert lint_persona(sample({}), origin=origin) == []


@each_rule
def test_a_message_is_one_line_without_a_full_stop(rule):
    for finding in found(rule.bad, rule.id):
        assert "\n" not in finding.message
        assert not finding.message.endswith(".")


@each_rule
def test_a_fix_leaves_nothing_for_its_rule_to_fix(rule):
    persona = sample(rule.bad)
    fixed = fix_persona(persona, found(rule.bad, rule.id))
    assert not [finding for finding in lint_persona(fixed) if finding.rule == rule.id and finding.fix]
    assert (fixed == persona) == (rule.fix is None)


@each_rule
def test_the_documentation_lists_the_rule(rule):
    assert f"| {rule.id} | {rule.severity.value} | {rule.title} |" in DOCS.read_text(encoding="utf-8")


def test_the_documentation_lists_no_other_rule():
    listed = re.findall(r"^\| ([A-Z]\d{3}) \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == sorted([UNREADABLE.id, *IDS])


@each_rule
def test_an_explanation_says_why_and_shows_both_examples(rule):
    text = explain(rule.id.lower())
    assert rule.title in text
    assert rule.why in text
    assert all(field in text for field in (*rule.bad, *rule.good))


def test_a_file_that_cannot_be_read_is_explained_too():
    assert UNREADABLE.why in explain("F000")
    assert sample(UNREADABLE.good)
    with pytest.raises(BadData):
        sample(UNREADABLE.bad)


def test_an_unknown_rule_is_not_found_and_the_nearest_is_named():
    with pytest.raises(NotFound, match=r"P0001.*did you mean P001"):
        explain("P0001")


def test_findings_come_by_severity_then_rule_then_field_in_the_order_of_numbers():
    rules = [f"MUST name column {number} appropriately" for number in range(12)] + ["MUST NOT other columns"]
    findings = lint_persona(sample({"constraints": rules}))
    assert [finding.rule for finding in findings[:2]] == ["P001", "P005"]
    assert [f.field for f in findings if f.rule == "P007"] == [f"constraints[{number}]" for number in range(12)]


def test_linting_twice_gives_the_same():
    persona = sample({"constraints": ["MUST consider speed", "must be clear"], "temperature": 0.9})
    assert lint_persona(persona) == lint_persona(persona)


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ({"constraints": 7, "constraints[1]": 9}, 9),
        ({"constraints": 7}, 7),
        ({"name": 1}, None),
        (None, None),
    ],
)
def test_a_finding_has_the_line_of_its_field_or_of_the_field_around_it(lines, line):
    persona = sample({"constraints": ["MUST cite the source", "MUST NOT other sources"]})
    (finding,) = [each for each in lint_persona(persona, lines=lines) if each.rule == "P001"]
    assert (finding.field, finding.line) == ("constraints[1]", line)


@pytest.mark.parametrize(
    ("field", "around"),
    [("parameters.top_p", "parameters"), ("preferred_models[0].model", "preferred_models[0]")],
)
def test_a_nested_field_falls_back_to_what_holds_it(field, around):
    persona = sample({"parameters": {"top_p": 90}, "preferred_models": ["no name"]})
    (finding,) = [each for each in lint_persona(persona, lines={around: 12}) if each.field == field]
    assert finding.line == 12


def test_a_finding_as_json():
    (finding,) = found({"temperature": 9}, "T001")
    assert json.loads(json.dumps(finding.to_json())) == {
        "rule": "T001",
        "severity": "error",
        "message": finding.message,
        "field": "temperature",
        "line": None,
        "fixable": False,
    }
