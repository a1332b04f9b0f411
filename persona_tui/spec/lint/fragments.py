"""Telling an instruction from what is left of one after a split at its commas."""

from __future__ import annotations

import re
from typing import NamedTuple

from persona_tui.spec.lint import words
from persona_tui.spec.lint.english import has_verb, is_adverb, is_nominal, is_verb
from persona_tui.spec.lint.statement import without_code

_OPEN_ENDS = frozenset({"and", "or", "but", "nor", "the", "e.g.", "i.e."})
_MENTIONED = frozenset({"of", "not", "than", "over", "word", "operator", "operators", "keyword", "article"})
_BROKEN_OFF = re.compile(r"[\w)`\"'],$|\b(?:of|following|as|these|are|is|includes?):$", re.IGNORECASE)
_NO_BRACKETS = re.compile(r"(?<!\S)\w\)|[:;]-?[()]")  # the ) of an enumeration or of a shell case, and smileys
_OR_OTHER = re.compile(r"(?:or|and|nor)\s+(?:other|any|another)\b", re.IGNORECASE)


class Fragment(NamedTuple):
    """What is left of a rule: the words that show it, and why."""

    at: str
    reason: str


def find_fragment(rest: str) -> Fragment | None:
    """Return why `rest`, what follows MUST or MUST NOT, is no instruction; None when it is one, or may be."""
    if not any(char.isalnum() for char in rest):
        return Fragment(rest, "nothing to do follows")
    if rest.startswith((",", ":")):
        return None
    return _cut_off(rest) or _without_verb(rest)


def _cut_off(rest: str) -> Fragment | None:
    bare = _NO_BRACKETS.sub(" ", without_code(rest))
    opened, closed = (sum(map(bare.count, brackets)) for brackets in ("([", ")]"))
    if opened != closed and bare.count("(") != bare.count(")"):
        return Fragment("(" if opened > closed else ")", "a bracket has no partner")
    if _BROKEN_OFF.search(rest):
        return Fragment(rest[-1], "it breaks off")
    before, last = ["", "", *bare.lower().split()][-2:]
    if (last in _OPEN_ENDS and before not in _MENTIONED) or (before, last) == ("such", "as"):
        return Fragment(last, "it breaks off")
    return None


def _without_verb(rest: str) -> Fragment | None:
    tokens = rest.split()
    while len(tokens) > 1 and is_adverb(tokens[0].strip(",")):
        tokens = tokens[1:]
    first, following = tokens[0], tokens[1:]
    called = re.sub(r"(?<=\w)\(.*", "", first)
    word = called.strip("\"'“”\u2018’`*.,;:!?()[]{}@#")
    no_verb = Fragment(first, f"'{word or first}' is no verb")
    if is_verb(word):
        return None
    if word.lower() in words.DETERMINERS | words.ADJECTIVES:
        return None if (word.lower(), following[:1]) == ("no", ["longer"]) else no_verb
    if word.lower() in words.PREPOSITIONS:
        return None if "," in rest or has_verb(following) else no_verb
    if _OR_OTHER.match(" ".join(following)):
        return no_verb
    if first[0] in "`\"'“\u2018":
        return None if following else no_verb
    if called.endswith((".*", "::*")) or is_nominal(word, alone=not following):
        return no_verb
    return None
