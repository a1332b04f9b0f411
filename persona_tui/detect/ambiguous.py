"""Which of several languages a file is in that its extension leaves open, by what stands in its head."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_BLANK_LINES = re.compile(r"\n\s*\n")
_LONG_BLANKS = re.compile(r"[^\S\n]{9,}")
_LONGEST_LINE, _MOST_LINES, _LONGEST = 160, 300, 8 * 1024


def squeezed(head: str) -> str:
    """Return the beginning of `head` without empty lines, long blanks and the ends of long lines.

    The patterns take the square of such runs in time, or worse, and a file may be made of nothing else.
    """
    head = _LONG_BLANKS.sub(" " * 8, _BLANK_LINES.sub("\n", head))
    return "\n".join(line[:_LONGEST_LINE] for line in head.split("\n")[:_MOST_LINES])[:_LONGEST]


def language_of(head: str, rows: Sequence[tuple[Sequence[str], Sequence[tuple[str, bool]]]]) -> str | None:
    """Return the language of the first of `rows` whose patterns all hold for `head`, or None.

    A row is the languages it tells of (the first is taken) and pairs of a pattern and whether it must be found.
    """
    text = squeezed(head)
    for languages, tests in rows:
        if all((re.search(pattern, text, re.MULTILINE) is not None) is found for pattern, found in tests):
            return languages[0]
    return None
