"""Rules about the shape and the number of a persona's rules."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from persona_tui.base.text import one_line
from persona_tui.spec.lint.contradictions import contradictions, repetitions
from persona_tui.spec.lint.fragments import find_fragment
from persona_tui.spec.lint.model import Hit, Rule, Severity, Subject
from persona_tui.spec.lint.statement import Statement, read_statement, without_asides
from persona_tui.spec.persona import Persona

MOST, FEWEST, LONGEST = 8, 4, 140

_LOST = re.compile(r"(like|such as|including|e\.g\.|for example)(?=\s|,|$)", re.I)
_DO_NOT = re.compile(r"(do not|don['’]t)\s", re.I)
_NEGATION = re.compile(r"(do not|don['’]t|not|never)\s", re.I)
# `MUST use X, NOT Y` is one command with its contrast; a clause of its own that forbids is a second one.
_SECOND_POLARITY = re.compile(r"(?:[;.]|\s[-–—])\s+(?:MUST NOT|NOT|not|[Nn]ever|[Dd]o not|[Dd]on['’]t)\s")


def _fragments(subject: Subject) -> Iterator[Hit]:
    for statement in subject.english_statements:
        if statement.opening is None or _LOST.match(statement.rest):
            continue
        if fragment := find_fragment(statement.rest):
            yield Hit(
                statement.field,
                f"{_quoted(statement)} is a fragment: {one_line(fragment.reason, 60)}; write the whole instruction",
            )


def _lost_polarity(subject: Subject) -> Iterator[Hit]:
    for statement in subject.english_statements:
        if statement.opening is None:
            continue
        if match := _LOST.match(statement.rest):
            reason = f"'{match[0]}': what stood before it is lost, and the rest may say the opposite"
            yield Hit(statement.field, f"{_quoted(statement)} goes on with {reason}")
        elif match := (_NEGATION if statement.negative else _DO_NOT).match(statement.rest):
            severity = None if statement.negative else Severity.WARNING
            yield Hit(
                statement.field,
                f"{_quoted(statement)} goes on with '{match[1]}': say it once, as MUST or as MUST NOT",
                severity,
            )


def _contradicting(subject: Subject) -> Iterator[Hit]:
    for later, earlier, thing in contradictions(subject.english_statements):
        yield Hit(later.field, f"contradicts {earlier.field} about '{one_line(thing, 60)}': keep one of the two")
    for later, earlier in repetitions(subject.statements):
        yield Hit(later.field, f"says the same as {earlier.field}: drop one of the two", Severity.WARNING)


def _not_must(subject: Subject) -> Iterator[Hit]:
    for statement in subject.statements:
        if statement.opening is None:
            severity = Severity.WARNING if subject.origin == "imported" else None
            yield Hit(
                statement.field, f"{_quoted(statement)} does not begin with MUST or MUST NOT", severity, fixable=False
            )
        elif statement.text != statement.canonical:
            begin = "MUST NOT" if statement.negative else "MUST"
            message = f"{_quoted(statement)} begins not just with {begin}: capitals, one blank, no bullet or emphasis"
            yield Hit(statement.field, message, Severity.WARNING)


def _capitalised(persona: Persona) -> Persona:
    """Return `persona` with the opening of its rules as MUST or MUST NOT; no word changes but in its case."""
    rules = []
    for rule in persona.constraints:
        statement = read_statement(rule.text)
        text = rule.text if statement.opening is None else statement.canonical
        rules.append(rule if text == rule.text else rule.model_copy(update={"text": text}))
    return persona.model_copy(update={"constraints": tuple(rules)})


def _too_many(subject: Subject) -> Iterator[Hit]:
    count = len(subject.persona.constraints)
    if count > MOST:
        severity = Severity.ERROR if subject.origin == "draft" else Severity.WARNING
        yield Hit(
            "constraints", f"{count} rules: small models hold 4 to 7 together, so keep the ones that matter", severity
        )
    elif count == MOST:
        yield Hit("constraints", f"{count} rules: 4 to 7 hold better together", Severity.INFO)


def _too_few(subject: Subject) -> Iterator[Hit]:
    persona = subject.persona
    count = len(persona.constraints)
    if persona.tier == "bare" or subject.has_own_prompt or count >= FEWEST:
        return
    severity = Severity.INFO if subject.origin == "imported" and count == 0 else None
    said = {0: "no rules", 1: "one rule"}.get(count, f"only {count} rules")
    yield Hit("constraints", f"{said}: 4 to 7 observable ones make a persona that can be tested", severity)


def _two_polarities(subject: Subject) -> Iterator[Hit]:
    for statement in subject.english_statements:
        if match := _SECOND_POLARITY.search(without_asides(statement.rest)):
            also = match[0].strip(" ;.-–—")
            yield Hit(statement.field, f"commands and forbids in one rule ('{also}'): a check of it has two answers")


def _too_long(subject: Subject) -> Iterator[Hit]:
    for statement in subject.statements:
        if len(statement.text) > LONGEST:
            yield Hit(
                statement.field, f"{len(statement.text)} characters: up to {LONGEST} are easier to follow and to check"
            )


def _repeated_ids(subject: Subject) -> Iterator[Hit]:
    ids = Counter(rule.id for rule in subject.persona.constraints if rule.id is not None)
    seen: set[str] = set()
    for index, rule in enumerate(subject.persona.constraints):
        if rule.id is not None and ids[rule.id] > 1:
            if rule.id in seen:
                yield Hit(
                    f"constraints[{index}]",
                    f"has the id '{one_line(rule.id, 40)}' of another rule: ids tell rules apart",
                )
            seen.add(rule.id)


def _quoted(statement: Statement) -> str:
    return f"'{one_line(statement.text, 60)}'"


_MANY = [f"MUST name column {letter}" for letter in "ABCDEFGHI"]

RULES = (
    Rule(
        "P001",
        Severity.ERROR,
        "A rule is a fragment",
        "Rules that were split at a comma lose their verb, and the model reads a command that nobody gave.",
        {"constraints": ["MUST NOT async-std or other runtimes", "MUST NOT other web frameworks"]},
        {"constraints": ["MUST use the Tokio runtime, not async-std", "MUST NOT use another web framework than Axum"]},
        _fragments,
    ),
    Rule(
        "P002",
        Severity.ERROR,
        "A rule lost its polarity, or has two",
        "'MUST like …' is the rest of a rule that forbade something: the model is told to do what it should not.",
        {"constraints": ["MUST like thread::spawn without the thread pool"]},
        {"constraints": ["MUST NOT use blocking calls like thread::spawn in async functions"]},
        _lost_polarity,
    ),
    Rule(
        "P003",
        Severity.ERROR,
        "Two rules contradict or repeat each other",
        "A model resolves a contradiction at random and does not say so. A repeated rule only costs room.",
        {"constraints": ["MUST use javax.* imports", "MUST NOT use javax.* imports"]},
        {"constraints": ["MUST use jakarta.* imports", "MUST NOT use javax.* imports"]},
        _contradicting,
    ),
    Rule(
        "P004",
        Severity.ERROR,
        "A rule does not begin with MUST or MUST NOT",
        "Hard language is followed more often than soft, and one form makes rules comparable and testable.",
        {"constraints": ["must not use eval"]},
        {"constraints": ["MUST NOT use eval"]},
        _not_must,
        _capitalised,
    ),
    Rule(
        "P005",
        Severity.WARNING,
        "Too many rules",
        "The chance that all rules hold falls with each one more. 4 to 7 are good; more than 8 is an error in a draft.",
        {"constraints": _MANY},
        {"constraints": _MANY[:7]},
        _too_many,
    ),
    Rule(
        "P006",
        Severity.WARNING,
        "Too few rules",
        "A persona of the full tier is what its rules make of the base; below four there is little to see or to test.",
        {"constraints": _MANY[:2]},
        {"constraints": _MANY[:4]},
        _too_few,
    ),
    Rule(
        "P009",
        Severity.INFO,
        "A rule commands and forbids at once",
        "A check gives one answer for two things. It often reads well all the same, and splitting it can lose meaning.",
        {"constraints": ["MUST use pathlib.Path for file paths — never os.path"]},
        {"constraints": ["MUST use pathlib.Path for file paths", "MUST NOT use os.path"]},
        _two_polarities,
    ),
    Rule(
        "P011",
        Severity.INFO,
        f"A rule is longer than {LONGEST} characters",
        "Small models follow short rules better, and a long one usually holds several.",
        {"constraints": ["MUST name the file and the line of each finding " + "and the reason for it " * 6]},
        {"constraints": ["MUST name the file and the line of each finding"]},
        _too_long,
    ),
    Rule(
        "D001",
        Severity.ERROR,
        "Two rules have one id",
        "The id lets an edited rule be recognised; with two of a kind, edits and merges hit the wrong one.",
        {"constraints": [{"text": "MUST cite the source", "id": "a"}, {"text": "MUST name the year", "id": "a"}]},
        {"constraints": [{"text": "MUST cite the source", "id": "a"}, {"text": "MUST name the year", "id": "b"}]},
        _repeated_ids,
    ),
)
