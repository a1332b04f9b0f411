"""Turns how strongly the evidence speaks into how often a finding of that strength is right."""

from __future__ import annotations

_HIGHEST = 0.99


def calibrated(kind: str, strength: float) -> float:
    """Return the confidence of a finding of a field of `Detection` from the noisy-or of its evidence; never 1."""
    return round(min(strength, _HIGHEST), 2)
