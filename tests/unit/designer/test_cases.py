"""Files of cases: what ships, and what is refused with a sentence."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from persona_tui.base.errors import BadData, NotFound
from persona_tui.designer.cases import load_cases

CASE = "cases:\n- id: one\n  description: Go developer\n"


def write(text: str | bytes) -> Path:
    path = Path("cases.yaml")
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_the_cases_that_ship_are_as_many_and_as_varied_as_the_documentation_says() -> None:
    cases = load_cases()

    assert len(cases) == 30
    assert sum(bool(case.refine) for case in cases) == 10
    assert sum(bool(case.codebase) for case in cases) == 3
    domains = {domain for case in cases for domain in case.expect.domain or ()}
    assert domains >= {"code", "reasoning", "classification", "writing", "translation"}
    assert len({case.description for case in cases}) == 30


def test_one_value_and_several_are_read_alike() -> None:
    [case] = load_cases(write(CASE + "  expect: {domain: code, language: null, temperature: [creative, 0.3]}"))

    assert case.expect.domain == ["code"]
    assert case.expect.language == [None]
    assert case.expect.temperature == [0.7, 0.3]
    assert case.expect.rules_mention == []


def test_what_is_not_said_is_not_expected() -> None:
    [case] = load_cases(write(CASE))

    assert (case.expect.domain, case.expect.language, case.expect.temperature) == (None, None, None)


def test_cases_are_chosen_by_their_ids() -> None:
    assert [case.id for case in load_cases(only=["rust-tokio", "go-grpc"])] == ["go-grpc", "rust-tokio"]
    with pytest.raises(NotFound, match="there is no case 'nobody'"):
        load_cases(only=["go-grpc", "nobody"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "not a file of cases"),
        ("- a", "not a file of cases"),
        ("cases: []", "cases: list should have at least 1 item"),
        ("cases: {}", "cases: input should be a valid list"),
        ("case: []", "cases: field required"),
        ("cases: [\n", "2: broken YAML"),
        (b"\xff", "no UTF-8"),
        ("a: &a [*a]", "cases: field required"),
        (f"cases: {'[' * 3000}", "nested too deeply"),
        ("cases:\n- description: x", "cases[0].id: field required"),
        (CASE.replace("one", "One!"), "cases[0].id: must be words of a to z"),
        (CASE.replace("Go developer", "' '"), "cases[0].description of 'one': must have 1 to 4,000 characters"),
        (CASE.replace("Go developer", "x" * 5000), "cases[0].description of 'one'"),
        (
            CASE.replace("Go developer", "12"),
            "cases[0].description of 'one': input should be a valid string (it is 12)",
        ),
        (CASE.replace("Go developer", r'"a\ud800"'), "surrogate"),
        (CASE + "  expects: {}", "cases[0].expects of 'one': extra inputs are not permitted"),
        (CASE + "  expect: {domain: coding}", "cases[0].expect.domain[0] of 'one': input should be 'code'"),
        (CASE + "  expect: {domain: null}", "cases[0].expect.domain[0] of 'one'"),
        (CASE + "  expect: {temperature: warm}", "cases[0].expect.temperature[0] of 'one'"),
        (CASE + "  expect: {temperature: .nan}", "cases[0].expect.temperature[0] of 'one'"),
        (CASE + "  expect: {rules_mention: [[]]}", "cases[0].expect.rules_mention[0] of 'one'"),
        (CASE + "  refine: [x]", "cases[0] of 'one': refine needs changes"),
        (CASE + "  changes: [role]", "cases[0] of 'one': changes, may_change and after belong"),
        (CASE + "  refine: [x]\n  changes: [rule]", "cases[0].changes[0] of 'one': must be a field of a persona"),
        (CASE + "  codebase: {/etc/passwd: x}", "must be the relative path of a file"),
        (CASE + "  codebase: {a/../../b: x}", "must be the relative path of a file"),
        (CASE + "  codebase: {a: x, a/b: y}", "'a' is a file and a folder"),
        (CASE + "  codebase: {a: 1}", "cases[0].codebase.a of 'one': input should be a valid string"),
        (CASE + CASE[7:], "two of them have the id 'one'"),
        (CASE + "  id: two", "broken YAML"),
        (CASE + "  expect: {domain: x}\n  refine: 1", "; 1 more like it"),
    ],
    ids=itertools.count(),
)
def test_what_is_no_case_is_refused_with_the_path_and_the_field(text: str | bytes, sentence: str) -> None:
    with pytest.raises(BadData) as refused:
        load_cases(write(text))

    assert sentence in str(refused.value)
    assert str(refused.value).startswith("cases.yaml:")
    assert "\n" not in str(refused.value)


def test_values_that_multiply_take_no_time() -> None:
    layers = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]

    with pytest.raises(BadData, match="input should be a valid string"):
        load_cases(write("\n".join([*layers, "cases:", "- id: *a11", "  description: *a11"])))


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(NotFound, match=r"nowhere\.yaml: no such file"):
        load_cases(Path("nowhere.yaml"))
