"""How much a folder says about the codebase that it is in; the names are in `rules/places.json`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

from persona_tui.detect.rules import read_table

_T = TypeVar("_T")
_NAMES = {kind: frozenset(names) for kind, names in read_table("places").items() if kind != "source"}

IGNORED_FOLDERS = _NAMES["foreign"] | _NAMES["tools"] | _NAMES["built"]
"""Not entered by a walk: copied in, a tool's own, or built. What git tracks in one of them is still listed."""

_NOT_OURS = _NAMES["foreign"] | _NAMES["tools"]
_BESIDE = _NAMES["aside"] | _NAMES["built"]

ASIDE = 0.3


@lru_cache(maxsize=65_536)
def weight_of(folder: str) -> float:
    """Return how much files in `folder` (relative to the root) count.

    1 for a project's own, `ASIDE` for documentation, examples, fixtures and what is built, 0 for what is foreign.
    """
    parts = folder.split("/")
    if not _NOT_OURS.isdisjoint(parts):
        return 0.0
    return 1.0 if _BESIDE.isdisjoint(parts) else ASIDE


def spread(items: Sequence[_T], count: int) -> list[_T]:
    """Return up to `count` of `items`, evenly spaced: a sample that is the same each time."""
    if len(items) <= count:
        return list(items)
    return [items[index * len(items) // count] for index in range(count)]
