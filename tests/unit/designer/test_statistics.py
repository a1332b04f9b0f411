"""Intervals and p-values, against values that others have published or R computes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_tui.designer.statistics import Proportion, mcnemar


@pytest.mark.parametrize(
    ("passed", "count", "low", "high"),
    [
        (0, 0, 0, 1),
        (0, 10, 0, 0.2775),
        (10, 10, 0.7225, 1),
        (7, 10, 0.3968, 0.8922),  # binom.confint(7, 10, methods = "wilson")
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I
        (15, 148, 0.0624, 0.1605),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson(passed: int, count: int, low: float, high: float) -> None:
    assert Proportion(passed, count).interval == pytest.approx((low, high), abs=5e-5)


def test_nothing_has_no_share() -> None:
    assert Proportion.of([None, None]).to_json() == {"passed": 0, "n": 0, "share": None, "low": 0.0, "high": 1.0}


def test_what_does_not_apply_is_not_counted() -> None:
    assert Proportion.of([True, None, False, True]) == Proportion(2, 3)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share_and_mirrors_its_failures(numbers: tuple[int, int]) -> None:
    passed, count = numbers
    low, high = Proportion(passed, count).interval

    assert 0 <= low <= passed / count <= high <= 1
    assert low < high
    assert Proportion(count - passed, count).interval == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [
        (0, 0, 1),
        (1, 0, 1),
        (5, 0, 0.0625),
        (6, 0, 0.03125),
        (1, 9, 0.021484375),  # binom.test(1, 10)
        (3, 3, 1),
        (4, 11, 0.11846923828125),
    ],
)
def test_mcnemar(first: int, second: int, p: float) -> None:
    assert mcnemar(first, second) == pytest.approx(p)


@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_is_a_probability_and_has_no_favourite(first: int, second: int) -> None:
    assert 0 < mcnemar(first, second) == mcnemar(second, first) <= 1
