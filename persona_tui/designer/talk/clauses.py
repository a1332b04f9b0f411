"""A message taken apart: clauses that may each be a wish, without the politeness around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from persona_tui.base.text import plain

_END = re.compile(r"(?<!\be\.g)(?<!\bi\.e)(?<!\betc)(?<!\bvs)[.!?]+[\"'”)]*(?=\s|$)|;(?=\s|$)|\n+")
_LEADING = re.compile(
    r"(?:(?:please|pls|plz|kindly|ok|okay|hi|hello|hey|hmm+|well|so|now|also|then|and|but|actually|just|maybe"
    r"|perhaps|next"
    r"|finally|first|second|yes|no,|great|nice|good|cool|thanks|thank you|sorry)\b[,:!.]*\s+(?!and\b|rule\b)"
    r"|(?:could|can|would|will) you\s+(?:please\s+|kindly\s+|also\s+|just\s+)*"
    r"|(?:could|can|may) (?:we|i)\s+(?:please\s+|have\s+(?=a rule))?"
    r"|(?:i|we)(?:\s+would|['’]d)?\s+(?:really\s+)?(?:want|like|need|prefer|wish)\s+(?:for\s+)?(?:you|it|that"
    r"|this|them)?"
    r"\s*(?:to\s+)?(?=\S)"
    r"|let['’]?s\s+|let us\s+|(?:you|it|this|that|the persona|the assistant|the model)\s+(?:should|shall|needs to"
    r"|has to)"
    r"\s+)",
    re.I | re.A,
)
_TRAILING = re.compile(
    r"(?:[\s,]+(?:please|pls|plz|thanks|thank you|thx|now|for me|would you|could you|will you|if you can"
    r"|bitte|por favor|s'il (?:te|vous) pla[iî]t)"
    r"|[\s.!?,:;])+$",
    re.I | re.A,
)
_REQUEST = re.compile(r"(?:please\s+)?(?:(?:could|can|would|will) you|(?:could|can|may) (?:we|i))\b", re.I | re.A)
_QUOTES = str.maketrans({"’": "'", "\u2018": "'", "“": '"', "”": '"', "„": '"', "\u00a0": " "})
_BULLET = re.compile(r"\s*(?:[-*•]|\d{1,2}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a message. `glued`: a semicolon stands before it.

    `core` is what it says without the politeness around it. `body` keeps what stands at its end, for words that are
    taken as they are: of `MUST say please` the last word is no politeness.
    """

    text: str
    core: str
    body: str
    question: bool = False
    request: bool = False
    glued: bool = False


def clauses(words: str) -> Iterator[Clause]:
    """Yield the sentences of `words`, and the parts between semicolons, in their order."""
    text = plain(words).translate(_QUOTES)
    start, glued = 0, False
    for end in [*_END.finditer(text), None]:
        part = text[start : end.end() if end else None]
        if end and re.fullmatch(r"\s*\d{1,2}\.", part):
            continue  # the number of an item
        mark = end.group() if end else ""
        if clause := _clause(part, "?" in mark, glued):
            yield clause
        start, glued = (end.end(), mark == ";") if end else (0, False)


def _clause(part: str, question: bool, glued: bool) -> Clause | None:
    text = " ".join(_BULLET.sub("", part, count=1).split()).strip(" ;")
    if not any(c.isalnum() for c in text):
        return None
    return Clause(text, core_of(text), body_of(text), question, _REQUEST.match(text) is not None, glued)


def core_of(text: str) -> str:
    """Return `text` without `please`, `can you`, `I'd like it to` and the like."""
    return body_of(_TRAILING.sub("", text) or text)


def body_of(text: str) -> str:
    """Return `text` without the politeness at its beginning and the mark at its end."""
    body = text.rstrip(" .!?;,") or text
    while (match := _LEADING.match(body)) and match.end() < len(body):
        body = body[match.end() :]
    return body
