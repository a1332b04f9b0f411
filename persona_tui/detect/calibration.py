"""Turns how strongly the evidence speaks into how often a finding of that strength is right.

The points were taken from 28 labelled repositories that no rule was written on (`tests/bench/accuracy.py --bins` prints
such a table; `docs/detect.md` tells the result on others). With counts this small a bin of n findings of which k are
right is taken as (k + 1) / (n + 2), Laplace's rule of succession; between the points the line is straight.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_POINTS = ((0.0, 0.0), (0.5, 0.5), (0.6, 0.8), (0.75, 0.92), (0.9, 0.96), (1.0, 0.99))
_BY_KIND = {
    "libraries": ((0.0, 0.0), (0.6, 0.62), (0.75, 0.9), (0.9, 0.94), (1.0, 0.97)),
    "domain": ((0.0, 0.0), (1.0, 0.99)),
}


def calibrated(kind: str, strength: float) -> float:
    """Return the confidence of a finding of a field of `Detection` from the noisy-or of its evidence; never 1."""
    return round(_on_line(_BY_KIND.get(kind, _POINTS), min(max(strength, 0.0), 1.0)), 2)


def _on_line(points: Sequence[tuple[float, float]], at: float) -> float:
    left, low = points[0]
    for right, high in points[1:]:
        if at <= right:
            return low + (high - low) * (at - left) / (right - left)
        left, low = right, high
    return low
