"""Rules that deny or repeat each other.

A rule is read as claims: that something is to be used, or not to be used. Only claims about literally the same thing
are compared, and a rule whose claim hangs on a condition makes none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from persona_tui.spec.lint.english import is_verb
from persona_tui.spec.lint.statement import Statement

_BREAK = re.compile(r"\s*[;(]\s*|\s+[-–—]+\s+|[,:.]\s+")
_INSTEAD = re.compile(r"\s+(?:instead of|rather than|and not|not)\s+", re.I)
_CONDITION = re.compile(
    r"(?:when|whenever|if|unless|except|only|but|for|in|inside|outside|where|wherever|until|while|on|at|with|without|as|"
    r"to|by|before|after|because|since|that|which|so)\b",
    re.I,
)
_DENIAL = re.compile(r"(?:not|never|no|don['’]t|do not)\s+", re.I)
_NOISE = re.compile(r"\b(?:the|a|an|any)\b|[`\"“”]")
_SYNONYMS = {"employ": "use", "utilize": "use", "utilise": "use", "import": "use", "call": "use", "adopt": "use"}


class _Claim(NamedTuple):
    wanted: bool
    verb: str
    thing: str


def contradictions(statements: Sequence[Statement]) -> Iterator[tuple[Statement, Statement, str]]:
    """Yield each rule with an earlier one that says the opposite, and what about."""
    earlier: dict[_Claim, Statement] = {}
    for statement in statements:
        claims = _claims(statement)
        for claim in claims:
            other = earlier.get(claim._replace(wanted=not claim.wanted))
            if other is not None:
                yield statement, other, f"{claim.verb} {claim.thing}"
                break
        for claim in claims:
            earlier.setdefault(claim, statement)


def repetitions(statements: Sequence[Statement]) -> Iterator[tuple[Statement, Statement]]:
    """Yield each rule with an earlier one of the same words."""
    earlier: dict[str, Statement] = {}
    for statement in statements:
        key = " ".join(statement.canonical.casefold().split()).rstrip(" .;!")
        if key in earlier:
            yield statement, earlier[key]
        earlier.setdefault(key, statement)


def _claims(statement: Statement) -> list[_Claim]:
    head, *tails = [part for part in _BREAK.split(statement.rest) if part] or [""]
    if statement.opening is None:
        return []
    if tails and _CONDITION.match(tails[0]):
        return []
    verb, _, thing = head.partition(" ")
    verb = _SYNONYMS.get(verb.lower(), verb.lower())
    if not is_verb(verb):
        return []
    wanted = not statement.negative
    main, *denied = _INSTEAD.split(thing)
    claims = [_Claim(wanted, verb, part) for part in _parts(main, "and" if wanted else "or")]
    if wanted:
        denied += [tail[match.end() :] for tail in tails if (match := _DENIAL.match(tail))]
        claims += [_Claim(False, verb, _thing(_without_verb(text, verb))) for text in denied]
    return [claim for claim in claims if claim.thing]


def _parts(thing: str, joiner: str) -> list[str]:
    """Return `thing` as a whole and, where it is a list that is all wanted or all unwanted, its items."""
    whole = _thing(thing)
    items = [_thing(item) for item in re.split(rf"\s+{joiner}\s+", thing)]
    return [whole] if len(items) == 1 or any(" " in item for item in items) else [whole, *items]


def _thing(text: str) -> str:
    return " ".join(_NOISE.sub(" ", text.casefold()).split()).strip(" .,;:!)")


def _without_verb(text: str, verb: str) -> str:
    first, _, rest = text.partition(" ")
    return rest if rest and _SYNONYMS.get(first.lower(), first.lower()) == verb else text
