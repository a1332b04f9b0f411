"""Rules about words that cannot be tested: vague ones, and ways out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from persona_tui.base.text import one_line
from persona_tui.spec.lint.model import Hit, Rule, Severity, Subject
from persona_tui.spec.lint.statement import without_asides, without_code

_GOOD_WHAT = (
    r"(?:code|practices?|names?|naming|style|quality|structure|design|documentation|comments?|performance|tests?)"
)
_VAGUE = re.compile(
    rf"""
      (?<!-)\bappropriate(?:ly)?\b
    | \bproperly\b
    | \bproper\b(?!\s+(?:nouns?|names?|subsets?|supersets?|prefix(?:es)?|suffix(?:es)?|fractions?|adjectives?))
    | \bmeaningful(?:ly)?\b(?!\s+(?:whitespace|indentation|zeros?|digits?))
    | \bidiomatic(?:ally)?\b
    | \bbest[ -]practices?\b
    | \b(?:reasonabl[ey]|sensibl[ey]|adequate(?:ly)?|suitabl[ey])\b(?!\s+for\b)
    | \bindustry[ -]standards?\b
    | \b(?:production[ -](?:ready|quality|grade)|high[ -]quality|user[ -]friendly|state[ -]of[ -]the[ -]art)\b
    | \bwell[ -](?:written|structured|designed|crafted|organi[sz]ed)\b
    | \b(?:good|clean|nice|elegant|beautiful)\s+(?:and\s+\w+\s+)?{_GOOD_WHAT}\b
    | \bas\s+(?:needed|necessary|appropriate)\b
    | \bclear(?:,|\s+and|,\s+and)\s+(?:concise|readable|simple|maintainable|descriptive)\b
    | \bclear\s+(?:code|names?|naming|comments?|structure|documentation|descriptions?)\b
    | ^(?:always\s+)?(?:be|stay|remain)\s+clear\b(?!\s+(?:of|from|about|that))
    """,
    re.IGNORECASE | re.VERBOSE,
)
_WEAK = re.compile(
    r"\b(?:brief(?:ly)?|concise(?:ly)?|simplest|readable|maintainable|robust|efficient(?:ly)?|performant|scalable"
    r"|detailed|thorough(?:ly)?|comprehensive(?:ly)?|professional(?:ly)?|helpful|friendly|correctly|etc\.?)(?![\w-])",
    re.IGNORECASE,
)
_BRIEF_THE_THING = re.compile(r"\b(?:design|creative|project|research)\s+briefs?\b", re.IGNORECASE)
# What follows a vague word may say what it means: an example, a list, a contrast, a measure.
_QUALIFIED = re.compile(
    r"[(:;—–]|\s-\s|\be\.g\.|\bi\.e\.|\bsuch as\b|\bnamely\b|\bfor example\b"
    r"|\b(?:not|never|than)\b|\binstead of\b|\bby\s+\w+ing\b|\d|`",
    re.IGNORECASE,
)
_ABOUT_WORDS = re.compile(
    r"\b(?:words?|phrases?|adjectives?|terms?|language|filler|buzzwords?|claims?)\b"
    r".*\b(?:like|such as|e\.g\.|as|including)\b|[\"“`]",
    re.IGNORECASE,
)

_OUTCOMES = r"values?|causes?|inputs?|match(?:es)?|outcomes?|solutions?|errors?|states?|answers?|options?|results?"
_WAY_OUT = re.compile(
    rf"""
      \bunless\s+(?:it\s+is\s+|it['’]s\s+)?(?:absolutely\s+|strictly\s+|really\s+|truly\s+)?
        (?:necessary|needed|required|unavoidable)\b(?!\s+(?:by|for|in|to|when)\b)
    | \bunless\s+absolutely\b
    | \bunless\s+there\s+is\s+(?:absolutely\s+)?no\s+(?:alternative|other\s+(?:way|option|choice))\b
    | \b(?:if|where|when|whenever|wherever)\s+(?:at\s+all\s+)?(?:possible|feasible|practical|practicable|appropriate)\b
        (?!\s+(?:{_OUTCOMES})\b)
    | \bas\s+(?:much|far)\s+as\s+possible\b
    | \bif\s+you\s+(?:can|want|like)\b
    | \b(?:ideally|preferably)\b
    | \b(?:you\s+)?(?:may|might)\s+want\s+to\b
    | (?:[;.—–]|\bbut|\band)\s*(?:it|this|they|you|code)?\s+should\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_EFFORT = re.compile(
    r"(?:always\s+)?(?:(?:try|attempt|aim|strive|endeavou?r|seek)\s+to|make\s+an\s+effort|do\s+your\s+best"
    r"|(?:generally|usually|typically|normally|mostly|probably|maybe|perhaps)\b)",
    re.IGNORECASE,
)
_CONSIDER = re.compile(r"(?:always\s+)?consider\b(?!.*\b(?:as|to be)\b)", re.IGNORECASE)


def _vague(subject: Subject) -> Iterator[Hit]:
    for statement in subject.english_statements:
        said, text = without_code(statement.rest), without_asides(statement.rest)
        if statement.negative and _ABOUT_WORDS.search(statement.rest):
            continue
        ways_out = [match.span() for match in _WAY_OUT.finditer(text)]
        for match in _VAGUE.finditer(text):
            if any(start <= match.start() < end for start, end in ways_out):
                continue
            after = said.find(match[0]) + len(match[0])
            qualified = _QUALIFIED.search(said, after)
            severity = Severity.INFO if qualified else None
            yield Hit(statement.field, f"'{one_line(match[0])}' cannot be tested: say what it means here", severity)
            break
        else:
            weak = _WEAK.search(_BRIEF_THE_THING.sub(" ", text))
            if weak and not statement.negative:
                yield Hit(
                    statement.field,
                    f"'{weak[0]}' has no measure: a number or an example makes it testable",
                    Severity.INFO,
                )


def _ways_out(subject: Subject) -> Iterator[Hit]:
    for statement in subject.english_statements:
        if statement.opening is None:
            continue
        text = without_asides(statement.rest)
        match = _WAY_OUT.search(text)
        if match is None and not statement.negative:
            match = _EFFORT.match(text) or _CONSIDER.match(text)
        if match:
            found = one_line(match[0].lstrip(";.—– "))
            yield Hit(statement.field, f"'{found}' is a way out of a MUST: say when the rule holds, or drop it")


RULES = (
    Rule(
        "P007",
        Severity.WARNING,
        "A rule is vague",
        "Nobody can tell whether 'appropriate' or 'idiomatic' was kept, so neither a test nor the model can.",
        {"constraints": ["MUST follow idiomatic style and best-practice conventions"]},
        {"constraints": ["MUST return early instead of nesting more than two levels"]},
        _vague,
    ),
    Rule(
        "P008",
        Severity.WARNING,
        "A rule has a way out",
        "'Consider', 'try to' and 'unless absolutely necessary' turn a MUST into a wish.",
        {
            "constraints": [
                "MUST consider performance and bundle size",
                "MUST NOT use init() unless absolutely required",
            ]
        },
        {"constraints": ["MUST keep each bundle under 200 kB", "MUST NOT use init() outside of test files"]},
        _ways_out,
    ),
)
