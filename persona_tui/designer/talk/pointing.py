"""Pointing at rules and places: `rules 2 and 4`, `the last rule`, `the rule about logging`, `to the top`."""

from __future__ import annotations

import re
from collections.abc import Callable

from persona_tui.designer.talk.wishes import MoveRule, Which, Wish

_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_NUMBER = rf"#?(?:\d{{1,3}}|(?:{'|'.join(_WORDS)})\b)"
_ITEM = rf"(?:{_NUMBER}\s*(?:-|–|to|through|thru)\s*{_NUMBER}|{_NUMBER})"
_MORE = r"\s*(?:,\s*and\s|,|and\s|&|\+)\s*(?:also\s+)?(?:rules?\s*|number\s*)?"
_LIST = rf"{_ITEM}(?:{_MORE}{_ITEM})*"
_RULE = r"(?:rules?|constraints?)"
_ABOUT = (
    r"(?:about|on|for|of|regarding|concerning|against|with|covering|saying|mentioning"
    r"|(?:that|which)\s+(?:says?|mentions?|(?:is|are)\s+about|covers?|talks?\s+about|concerns?))"
)


def _numbers(match: re.Match[str]) -> Which:
    numbers: list[int] = []
    for item in re.finditer(_ITEM, match["list"], re.I | re.A):
        ends = [number_of(found) for found in re.findall(_NUMBER, item[0], re.I | re.A)]
        numbers += range(ends[0], ends[-1] + 1) if ends[0] <= ends[-1] else ends
    return Which(tuple(dict.fromkeys(numbers)), several=len(numbers) > 1)


def _ordinal(match: re.Match[str]) -> Which:
    word = match["ordinal"].lower()
    digits = re.match(r"\d+", word)
    return Which((int(digits[0]) if digits else _ORDINALS.index(word) + 1 if word in _ORDINALS else -1,))


def _run(match: re.Match[str]) -> Which:
    count = number_of(match["count"])
    return Which(tuple(range(-count, 0) if match["end"].lower() == "last" else range(1, count + 1)), several=True)


def _about(match: re.Match[str]) -> Which | None:
    if _NO_TOPIC.search(match["about"]):
        return None
    several = match["noun"].lower().endswith("s") or (match.groupdict().get("every") or "") != ""
    return Which(about=match["about"].strip(" '\""), several=several)


_NO_TOPIC = re.compile(r"\b(?:rules?|first|last|except|but|not|other\s+than|besides|apart|unless)\b", re.I | re.A)
"""What shows that more than a topic stands there: `about logging except rule 2`."""
_WHICH: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Which | None]], ...] = tuple(
    (re.compile(pattern, re.I | re.A), build)
    for pattern, build in (
        (rf"(?:the\s+)?(?:{_RULE}|numbers?|nos?\.?)\s*(?:number\s+|no\.?\s*)?(?P<list>{_LIST})", _numbers),
        (r"(?P<list>#?\d{1,3}(?:(?:\s*,\s*and\s|\s*,|\s+and\s|\s*&|\s*-)\s*#?\d{1,3})*)", _numbers),
        (
            rf"(?:the\s+)?(?P<ordinal>{'|'.join(_ORDINALS)}|last|final|\d+(?:st|nd|rd|th))\s+(?:rule"
            rf"|constraint|one)",
            _ordinal,
        ),
        (rf"(?:the\s+)?(?P<end>last|first)\s+(?P<count>{_NUMBER})\s+{_RULE}", _run),
        (
            rf"(?:all|every|each)\s*(?:of\s+)?(?:the|its|these|my|your)?\s*{_RULE}",
            lambda m: Which(all=True, several=True),
        ),
        (
            rf"(?:(?P<every>all|every|each|any)\s+)?(?:(?:the|that|this|those|its|your|my)\s+)?(?P<noun>{_RULE})"
            rf"\s+{_ABOUT}\s+(?P<about>.+)",
            _about,
        ),
        (rf"(?:the|that|its|your|my)\s+(?P<about>\S.*?)\s+(?P<noun>{_RULE})", _about),
    )
)


def number_of(text: str) -> int:
    """Return the number that `3`, `#3` or `three` is."""
    bare = text.lstrip("#").lower()
    return int(bare) if bare.isdigit() else _WORDS.index(bare) + 1


def which(text: str) -> Which | None:
    """Return the rules that `text` points at; None where it does not."""
    text = text.strip(" .,:;'\"")
    for pattern, build in _WHICH:
        if (match := pattern.fullmatch(text)) and (found := build(match)):
            return found
    parts = re.split(r"\s*(?:,\s*and\s|,|\band\s|&)\s*", text, flags=re.I | re.A)
    each = [which(part) for part in parts] if 1 < len(parts) < 10 else []
    if each and all(rules and rules.numbers for rules in each):  # `the first rule and rule 4`
        return Which(tuple(dict.fromkeys(n for rules in each if rules for n in rules.numbers)), several=True)
    return None


_POINTED = re.compile(
    rf"\b{_RULE}\s*(?:number\s+|no\.?\s*|#)?{_LIST}|\bthe\s+(?:{'|'.join(_ORDINALS)}|last)\s+rule\b"
    rf"|\bthe\s+{_RULE}\s+{_ABOUT}\s+.+",
    re.I | re.A,
)


def pointed_at(text: str) -> Which | None:
    """Return the rules that are pointed at anywhere in `text`."""
    match = _POINTED.search(text)
    return which(match[0]) if match else None


_TO = r"(?:(?:to|at|into|as|in)\s+)?(?:be\s+)?(?:the\s+)?(?:very\s+)?"
_PLACES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], dict[str, int]]], ...] = tuple(
    (re.compile(pattern, re.I | re.A), build)
    for pattern, build in (
        (
            rf"{_TO}(?:top|start|beginning|front|head|first)(?:\s+(?:place|position|rule|one|of .+))?",
            lambda m: {"place": 1},
        ),
        (rf"{_TO}(?:bottom|end|back|tail|last)(?:\s+(?:place|position|rule|one|of .+))?", lambda m: {"place": -1}),
        (
            rf"(?P<by>{_NUMBER})?\s*(?:(?:place|position|step|line)s?\s+)?(?P<way>up|down|higher|lower|upwards?"
            rf"|downwards?)"
            rf"(?:\s+(?:by\s+)?(?P<by2>{_NUMBER}|a\s+\w+)(?:\s+(?:place|position|step|line)s?)?)?",
            lambda m: {"by": _by(m)},
        ),
        (
            rf"{_TO}(?:(?:position|place|number|no\.?|rule|spot|slot|line)\s*)?(?P<n>{_NUMBER})",
            lambda m: {"place": number_of(m["n"])},
        ),
    )
)
_BESIDE = re.compile(
    r"(?:to\s+)?(?:right\s+|just\s+)?(?P<side>before|above|after|below|behind|under)\s+(?P<other>.+)", re.I | re.A
)


def _by(match: re.Match[str]) -> int:
    said = match["by"] or match["by2"] or "1"
    count = 1 if said.lower().startswith("a ") else number_of(said)
    return -count if match["way"].lower().startswith(("up", "high")) else count


def move(said: str, rule: Which, where: str) -> Wish | None:
    """Return the wish to move `rule` to where `where` says; None where that is no place."""
    where = where.strip(" .,;")
    if (match := _BESIDE.fullmatch(where)) and (other := which(match["other"])) and len(other.numbers) == 1:
        side = match["side"].lower()
        return MoveRule(said, rule, other.numbers[0], beside="before" if side in ("before", "above") else "after")
    for pattern, build in _PLACES:
        if match := pattern.fullmatch(where):
            place = build(match)
            return MoveRule(said, rule, place.get("place", 0), place.get("by", 0))
    return None
