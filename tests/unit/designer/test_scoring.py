"""Whether a persona is what a case asks for, and what many such answers add up to."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_tui.designer.cases import Case
from persona_tui.designer.draft import DesignerReport, Draft
from persona_tui.designer.scoring import CHECKS, Outcome, Verdict, judge, mentions
from persona_tui.designer.statistics import Proportion
from persona_tui.designer.summaries import Scored, pairs, summarise
from persona_tui.spec.persona import Persona
from tests.conftest import make_persona

RULES = [rule.text for rule in make_persona().constraints]


def case(**fields: Any) -> Case:
    return Case.model_validate({"id": "one", "description": "Go gRPC developer", **fields})


def outcome(persona: Persona | None, refined: Persona | None = None, **fields: Any) -> Outcome:
    filled, asks = fields.pop("filled", ()), fields.pop("asks", 1)
    draft = Draft(persona, DesignerReport("model"), filled, asks=asks) if persona else None
    return Outcome(draft, refined, asks=asks, **fields)


def judged(
    persona: Persona | None, refined: Persona | None = None, *, of: Case | None = None, **fields: Any
) -> Verdict:
    return judge(of or case(), outcome(persona, refined, **fields))


def test_what_a_case_does_not_speak_of_is_not_checked() -> None:
    verdict = judged(make_persona())

    assert verdict.passed
    assert {name for name, result in verdict.checks.items() if result} == {"valid_first", "valid", "rule_count"}
    assert set(verdict.checks.values()) == {True, None}


def test_no_draft_fails_everything_that_applies() -> None:
    wanted = case(expect={"domain": "code", "rules_mention": ["gRPC"]}, refine=["x"], changes=["role"])
    verdict = judged(None, of=wanted, error="the server is gone")

    failed = {name for name, result in verdict.checks.items() if result is False}
    assert failed == {"valid_first", "valid", "rule_count", "domain", "mentions", "wish"}
    assert verdict.failures == ("the server is gone",)
    assert not verdict.passed


def test_being_asked_again_costs_the_first_try_and_not_the_case() -> None:
    verdict = judged(make_persona(), asks=2)

    assert (verdict.checks["valid_first"], verdict.checks["valid"], verdict.passed) == (False, True, True)


def test_a_field_that_was_left_out_is_not_valid_and_one_that_nobody_asked_for_is() -> None:
    assert judged(make_persona(), filled=("role", "tags")).failures == ("left out: role",)
    assert judged(make_persona(), filled=("description", "tags")).passed


def test_a_lint_error_is_not_valid_and_a_warning_counts_as_a_finding() -> None:
    assert judged(make_persona(output_format="")).checks["valid"] is False
    vague = judged(make_persona(constraints=[*RULES, "MUST write good code"]))
    assert (vague.checks["valid"], len(vague.findings)) == (True, 1)
    assert (vague.judged, vague.testable) == (5, 4)


def test_rules_in_a_language_that_lint_does_not_read_are_not_judged() -> None:
    japanese = ["MUST エラーを返す", "MUST NOT ゴルーチンを放置する"]
    verdict = judged(make_persona(role="Goのサービス開発者", constraints=japanese, output_format="Goのコードだけ"))

    assert (verdict.judged, verdict.testable) == (0, 0)


@pytest.mark.parametrize(("count", "good"), [(3, False), (4, True), (7, True), (8, False)])
def test_four_to_seven_rules(count: int, good: bool) -> None:
    rules = [f"MUST name the column {letter}" for letter in "ABCDEFGH"[:count]]

    assert judged(make_persona(constraints=rules)).checks["rule_count"] is good


@pytest.mark.parametrize(
    ("expect", "failure"),
    [
        ({"domain": "writing"}, "the domain is code, expected writing"),
        ({"domain": ["writing", "code"]}, None),
        ({"language": "go"}, None),
        ({"language": None}, "the language is Go, expected none"),
        ({"language": ["Rust", None]}, "the language is Go, expected Rust or none"),
        ({"temperature": "deterministic"}, None),
        ({"temperature": [0.3, "creative"]}, "the temperature is 0.1, expected 0.3 or 0.7"),
        ({"rules_mention": ["errors", "CONTEXT.context"]}, None),
        ({"rules_mention": [["panic", "goroutine"]]}, None),
        ({"rules_mention": ["gRPC"]}, "no rule mentions gRPC"),
        ({"rules_mention": ["error"]}, "no rule mentions error"),
        ({"rules_mention": ["error*"]}, None),
        ({"format_mentions": ["Go code block"]}, None),
        ({"format_mentions": ["JSON"]}, "the output format does not mention JSON"),
        ({"not_mention": ["gRPC"]}, "it speaks of gRPC, which is not wanted"),
        ({"not_mention": ["goroutine"]}, None),
        ({"not_mention": ["before"]}, None),
        ({"not_mention": ["response body"]}, "it speaks of response body, which is not wanted"),
    ],
)
def test_expectations(expect: dict[str, Any], failure: str | None) -> None:
    persona = make_persona(output_format="One Go code block, nothing else")

    assert judged(persona, of=case(expect=expect)).failures == ((failure,) if failure else ())


def test_what_a_rule_contrasts_with_is_forbidden_and_not_wanted() -> None:
    rules = [*RULES, "MUST use jakarta.* imports, NOT javax.*"]

    assert judged(make_persona(constraints=rules), of=case(expect={"not_mention": ["javax*"]})).passed
    assert not judged(make_persona(constraints=rules), of=case(expect={"not_mention": ["jakarta*"]})).passed


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        ("use C++ here", "C++", True),
        ("Django's ORM", "django", True),
        ("goes", "go", False),
        ("cargo", "go", False),
        ("ReactのフックをMUST", "フック", True),
        ("Reactの", "react", True),
        ("javax.servlet", "javax*", True),
        ("[[ -f x ]]", "[[*", True),
        ("STRASSE", "straße", True),
    ],
)
def test_mentions(text: str, word: str, found: bool) -> None:
    assert mentions(text, word) is found


def refined(made: dict[str, Any], **fields: Any) -> tuple[bool | None, bool | None, tuple[str, ...]]:
    """Return what is said of a refinement that changed the fields of `made`: the wish, the rest, the failures."""
    wanted = case(refine=["as you like"], **fields)
    verdict = judged(make_persona(), make_persona(**made), of=wanted)
    return verdict.checks["wish"], verdict.checks["rest"], verdict.failures


def test_a_wish_changes_what_it_is_about_and_nothing_else() -> None:
    assert refined({"temperature": 0.3}, changes=["temperature"]) == (True, True, ())
    wish, rest, failures = refined({"temperature": 0.3, "tier": "bare"}, changes=["temperature"])
    assert (wish, rest, failures) == (True, False, ("tier changed from 'full' to 'bare'",))
    assert refined({"temperature": 0.3, "tier": "bare"}, changes=["temperature"], may_change=["tier"])[:2] == (
        True,
        True,
    )


def test_a_change_to_something_else_than_was_asked_for_is_none() -> None:
    wish, rest, failures = refined({"temperature": 0.7}, changes=["temperature"], after={"temperature": 0.3})

    assert (wish, rest, failures) == (False, True, ("after the wish the temperature is 0.7, expected 0.3",))


def test_where_nothing_changed_nothing_was_disturbed_and_that_is_no_merit() -> None:
    assert refined({}, changes=["role"]) == (False, None, ("role did not change",))
    verdict = judged(make_persona(), of=case(refine=["x"], changes=["role"]), refused="it asked back")
    assert (verdict.checks["wish"], verdict.checks["rest"]) == (False, None)
    assert verdict.failures == ("the wish was not carried out: it asked back",)


def test_new_rules_leave_those_that_are_there() -> None:
    new = "MUST set a deadline on every client call"

    assert refined({"constraints": [new, *RULES]}, changes=["new_rules"]) == (True, True, ())
    assert refined({"constraints": RULES[1:]}, changes=["new_rules"])[:2] == (False, False)
    assert refined({"constraints": [*RULES[1:], new]}, changes=["new_rules"])[:2] == (True, False)
    assert refined({"constraints": [*RULES[1:], new]}, changes=["constraints"])[:2] == (True, True)
    assert refined({"constraints": RULES[1:], "tier": "bare"}, changes=["tier"])[2] == ("the rules changed",)


def test_ids_of_rules_are_no_change() -> None:
    named = [{"text": text, "id": f"r-{i}"} for i, text in enumerate(RULES)]

    assert refined({"constraints": named, "tier": "bare"}, changes=["tier"]) == (True, True, ())


def test_a_wish_that_breaks_the_persona_is_not_carried_out() -> None:
    wish, _, failures = refined({"output_format": ""}, changes=["output_format"])

    assert (wish, len(failures)) == (False, 1)


results = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.booleans()), max_size=40)


def scored(designer: str, case_id: str, passed: bool, run: int = 1) -> Scored:
    verdict = Verdict({**dict.fromkeys(CHECKS), "valid": passed, "valid_first": None})
    return Scored(case_id, designer, run, outcome(make_persona()), verdict)


@given(results)
def test_a_summary_counts_every_result_once(rows: list[tuple[str, str, bool]]) -> None:
    every = [scored(*row) for row in rows]
    summaries = [summarise(designer, every) for designer in "abc"]

    assert sum(summary.passed.count for summary in summaries) == len(rows)
    assert sum(summary.passed.passed for summary in summaries) == sum(passed for *_, passed in rows)
    assert all(summary.checks["valid"] == summary.passed for summary in summaries)
    assert all(summary.checks["wish"] == Proportion(0, 0) for summary in summaries)


@given(results)
def test_pairs_count_the_cases_that_both_did(rows: list[tuple[str, str, bool]]) -> None:
    every = [scored(*row) for row in rows]
    did = {designer: {case for who, case, _ in rows if who == designer} for designer in "abc"}

    for pair in pairs("abc", every):
        assert pair.cases == len(did[pair.first] & did[pair.second])
        assert 0 < pair.p <= 1
    mirrored = {(p.first, p.second): p for p in pairs("cba", every)}
    for pair in pairs("abc", every):
        other = mirrored[pair.second, pair.first]
        assert (pair.first_only, pair.second_only) == (other.second_only, other.first_only)


def test_a_case_is_passed_that_was_passed_in_more_than_half_of_its_runs() -> None:
    one = [scored("a", "x", passed, run) for run, passed in enumerate([True, True, False], 1)]
    half = [scored("b", "x", passed, run) for run, passed in enumerate([True, False], 1)]

    [pair] = pairs("ab", [*one, *half])
    assert (pair.both, pair.first_only, pair.second_only, pair.neither) == (0, 1, 0, 0)


def test_errors_are_results_and_no_drafts() -> None:
    failed = Scored("x", "a", 1, outcome(None, error="gone", seconds=3.0), judged(None, error="gone"))
    summary = summarise("a", [failed, scored("a", "y", True)])

    assert (summary.drafts, summary.errors, summary.findings, summary.seconds) == (1, 1, 0, 1.5)
    assert summarise("nobody", [failed]).findings is None


@given(st.lists(st.text(min_size=1, max_size=30).map(lambda text: f"MUST {text}"), max_size=9), st.text(max_size=20))
def test_whatever_a_designer_wrote_is_judged(rules: list[str], role: str) -> None:
    rules = [" ".join(rule.split()) for rule in rules]
    persona = make_persona(constraints=rules, role=" ".join(role.split()) or "x")
    wanted = case(expect={"rules_mention": ["a*"], "not_mention": ["b"]}, refine=["x"], changes=["constraints"])
    verdict = judged(persona, make_persona(), of=wanted)

    assert 0 <= verdict.testable <= verdict.judged <= len(rules)
    assert verdict.passed == all(v is not False for k, v in verdict.checks.items() if k != "valid_first")
    assert bool(verdict.failures) == (not verdict.passed)
