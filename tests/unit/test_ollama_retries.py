from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_tui.engines.ollama.retries import Retries


@pytest.mark.parametrize(("tried", "low", "high"), [(1, 0.25, 0.5), (2, 0.5, 1), (4, 2, 4), (9, 15, 30)])
def test_pauses_grow_with_jitter_up_to_the_longest(tried: int, low: float, high: float) -> None:
    pauses = {Retries(tries=10, first=0.5, longest=30).pause(tried) or 0 for _ in range(50)}

    assert low <= min(pauses)
    assert max(pauses) <= high
    assert len(pauses) > 1


def test_the_last_try_is_the_last() -> None:
    assert Retries(tries=3).pause(2) is not None
    assert Retries(tries=3).pause(3) is None


@pytest.mark.parametrize(("asked", "pause"), [("0", 0), ("7", 7), ("30", 30), ("31", None), ("9" * 5000, None)])
def test_a_server_may_say_when_to_come_back(asked: str, pause: float | None) -> None:
    assert Retries(longest=30).pause(1, asked) == pause


@given(st.text())
def test_an_unreadable_retry_after_is_no_obstacle(asked: str) -> None:
    pause = Retries(first=0.5, longest=30).pause(1, asked)

    assert pause is None or 0 <= pause <= 30
