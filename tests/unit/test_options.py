from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_tui.spec.options import (
    DEPRECATED,
    OPTIONS,
    REMOVED,
    Option,
    float32,
    option_problem,
    read_option,
)


@pytest.mark.parametrize("option", OPTIONS.values(), ids=lambda option: option.name)
def test_the_default_of_an_option_is_fine(option: Option) -> None:
    assert option.default is None or option_problem(option.name, option.default) is None


def test_a_name_is_in_one_table() -> None:
    assert not OPTIONS.keys() & DEPRECATED.keys() | DEPRECATED.keys() & REMOVED.keys() | OPTIONS.keys() & REMOVED.keys()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", 0),
        ("temperature", 2.0),
        ("num_ctx", 8192),
        ("num_predict", -2),
        ("seed", 2**32 - 1),
        ("top_k", 10**6),
        ("use_mmap", False),
        ("stop", ("a",)),
        ("stop", ["a", "b"]),
        ("stop", ()),
    ],
)
def test_good_values(name: str, value: object) -> None:
    assert option_problem(name, value) is None


@pytest.mark.parametrize(
    ("name", "value", "kind", "sentence"),
    [
        ("Temperature", 0.1, "unknown", "'Temperature' is no parameter of Ollama: did you mean temperature?"),
        ("zzz", 0.1, "unknown", "'zzz' is no parameter of Ollama: there are draft_num_predict, frequency_penalty"),
        ("think", False, "unknown", "think is no parameter: it goes with each request"),
        ("tfs_z", 1, "unknown", "tfs_z is unknown to Ollama since 0.5.2: leave it out"),
        ("mirostat", 1, "deprecated", "mirostat does nothing since Ollama 0.7.0: leave it out"),
        ("temperature", "0.3", "type", "temperature must be a number, not '0.3'"),
        ("temperature", True, "type", "temperature must be a number, not True"),
        ("temperature", None, "type", "temperature must be a number, not None"),
        ("num_ctx", 8192.0, "type", "num_ctx must be a whole number, not 8192.0"),
        ("num_ctx", True, "type", "num_ctx must be a whole number, not True"),
        ("use_mmap", 1, "type", "use_mmap must be true or false, not 1"),
        ("stop", "a", "type", "stop must be a list of texts, not 'a'"),
        ("stop", ["a", 1], "type", "stop must be a list of texts, not ['a', 1]"),
        ("top_p", math.nan, "size", "top_p must be a finite number that fits in 32 bits"),
        ("top_p", -math.inf, "size", "top_p must be a finite number that fits in 32 bits"),
        ("top_p", 1e39, "size", "top_p must be a finite number that fits in 32 bits"),
        ("top_p", 10**400, "size", "top_p must be a finite number that fits in 32 bits"),
        ("seed", 2**63, "size", "seed must fit in 64 bits"),
        ("temperature", 5, "range", "temperature is 5, and only values from 0 to 2 make sense"),
        ("num_ctx", -5, "range", "num_ctx is -5, and only values from 256 to 10485760 make sense"),
        ("top_k", -1, "range", "top_k is -1, and only values at least 0 make sense"),
    ],
)
def test_what_is_wrong_is_told_apart(name: str, value: object, kind: str, sentence: str) -> None:
    problem = option_problem(name, value)
    assert problem is not None
    assert problem.kind == kind
    assert problem.sentence.startswith(sentence)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1, 0.1),
        (0.10000000149011612, 0.1),
        (16777217, 16777216.0),
        (1e-45, 1e-45),
        (1e-46, 0.0),
        (1e39, math.inf),
        (-1e39, -math.inf),
    ],
)
def test_float32(value: float, expected: float) -> None:
    assert float32(value) == expected


@given(st.floats(width=32, allow_nan=False))
def test_a_float_of_32_bits_survives_in_its_short_form(value: float) -> None:
    short = float32(value)
    assert float32(short) == short
    assert len(repr(short)) <= len(repr(value))


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_short_float_is_read_as_itself(value: float) -> None:
    assert read_option("temperature", repr(float32(value))) == float32(value)


@given(st.text() | st.text("0123456789_.eExXpPaf+-"), st.sampled_from(["temperature", "num_ctx", "use_mmap"]))
def test_any_text_is_a_value_of_the_type_or_an_error_in_words(text: str, name: str) -> None:
    try:
        problem = option_problem(name, read_option(name, text))
        found: str = problem.kind if problem else "fine"
    except ValueError as error:
        found = str(error)
    assert found in ("fine", "range", "size", f"invalid {OPTIONS[name].type} value [{text}]")
