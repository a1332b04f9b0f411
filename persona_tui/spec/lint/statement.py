"""A rule of a persona, taken apart: polarity, and what follows it."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Bullets, emphasis and case vary in what models and people write; the words MUST and NOT do not.
_OPENING = re.compile(
    r"(?:[-*•]\s+)?(?P<mark>\*\*|__|\*|_)?must(?P<negative>\s+not)?(?![\w-])(?(mark)(?P=mark)):?\s*", re.IGNORECASE
)
_CODE = re.compile(r"``[^`]*``|`[^`]*`")
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|«[^»]*»|„[^“”]*[“”]|(?<!\w)'[^']*'(?!\w)|(?<!\w)\u2018[^’]*’(?!\w)")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^][]*\]|\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Statement:
    """A rule: `MUST NOT use eval` is negative, and `use eval` is its rest.

    `opening` is what stands before the rest, None when the rule does not begin with MUST in any case.
    """

    index: int
    text: str
    opening: str | None
    negative: bool
    rest: str

    @property
    def field(self) -> str:
        return f"constraints[{self.index}]"

    @property
    def canonical(self) -> str:
        """The rule with its opening as it should be."""
        gap = "" if self.rest.startswith(",") else " "
        return f"MUST{' NOT' if self.negative else ''}{gap}{self.rest}".rstrip()


def read_statement(text: str, index: int = 0) -> Statement:
    """Return `text` taken apart."""
    match = _OPENING.match(text)
    if match is None:
        return Statement(index, text, None, False, text)
    return Statement(index, text, match[0], match["negative"] is not None, text[match.end() :])


def without_code(text: str) -> str:
    """Return `text` with every code span and quotation blanked: they are mentioned, not said."""
    return _QUOTED.sub(" … ", _CODE.sub(" … ", text))


def without_asides(text: str) -> str:
    """Return `text` without code spans, quotations and what stands in brackets."""
    text = without_code(text)
    for _ in range(3):
        text = _BRACKETS.sub(" ", text)
    return text
