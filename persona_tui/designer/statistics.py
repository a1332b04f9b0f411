"""What a count of successes says, and what it does not.

Twenty of thirty is no two thirds: a proportion goes with the interval that it can lie in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

_Z = 1.959963984540054
"""The quantile of the normal distribution that leaves 2.5 % on either side."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """How many of `count` passed."""

    passed: int
    count: int

    @classmethod
    def of(cls, results: Iterable[bool | None]) -> Proportion:
        """Count the results; None is one that did not apply."""
        applied = [result for result in results if result is not None]
        return cls(sum(applied), len(applied))

    @property
    def share(self) -> float | None:
        """The part that passed, None of nothing."""
        return self.passed / self.count if self.count else None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of Wilson's score: it stays inside of 0 to 1, and has a width at 0 of 10 and 10 of 10."""
        if not self.count:
            return 0.0, 1.0
        n, share, square = self.count, self.passed / self.count, _Z * _Z
        middle = (share + square / (2 * n)) / (1 + square / n)
        half = _Z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
        low = 0.0 if self.passed == 0 else middle - half  # exactly: rounding would leave a trace
        high = 1.0 if self.passed == n else middle + half
        return low, high

    def to_json(self) -> dict[str, float | int | None]:
        low, high = self.interval
        return {"passed": self.passed, "n": self.count, "share": self.share, "low": low, "high": high}


def mcnemar(first_only: int, second_only: int) -> float:
    """Return the exact two-sided p of McNemar's test: how likely so uneven a split is where both are equally good.

    Only what one passed and the other did not says anything about a difference.
    """
    count, less = first_only + second_only, min(first_only, second_only)
    tail = sum(math.comb(count, k) for k in range(less + 1))
    return min(1.0, 2 * tail / (1 << count))
