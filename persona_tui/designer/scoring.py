"""Whether a persona is what its case asks for: checks without a model, and without anybody's taste.

Every check says True, False, or None where it does not apply; a False comes with a sentence that says why.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from persona_tui.base.text import plural
from persona_tui.designer.answers import UNASKED
from persona_tui.designer.cases import NEW_RULES, Case, Expectation
from persona_tui.designer.draft import Draft
from persona_tui.designer.prompts import RULES_WANTED
from persona_tui.designer.updates import RULES
from persona_tui.spec.lint import Finding, Severity, Subject, lint_persona
from persona_tui.spec.lint.statement import read_statement
from persona_tui.spec.persona import Persona

CHECKS = {
    "valid_first": "valid at the first try",
    "valid": "valid, asked again or not",
    "rule_count": f"{RULES_WANTED[0]} to {RULES_WANTED[1]} rules",
    "domain": "domain as expected",
    "language": "language as expected",
    "temperature": "temperature as expected",
    "mentions": "mentions as expected",
    "wish": "wish carried out",
    "rest": "all else left alone",
}
"""The checks, by the name that JSON has and what a person reads."""

NOT_COUNTED = ("valid_first",)
"""Checks that a case can fail and pass all the same: it costs time to be asked again, not the result."""

_UNTESTABLE = ("P001", "P002", "P004", "P007", "P008")
"""What lint says of a rule that nobody can test: a fragment, no or two polarities, vague, a way out."""

_CONTRAST = re.compile(r"\b(?:not|never|instead of|rather than|without|except)\b.*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a designer made of a case. `refined` is the persona after the wishes, where they could be carried out.

    `error` says why there is no draft, `refused` why a wish was not carried out; `raw` is the answer to that.
    """

    draft: Draft | None
    refined: Persona | None = None
    error: str | None = None
    refused: str | None = None
    asks: int = 0
    seconds: float = 0.0
    tokens: int = 0
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checks say of an outcome. Of `judged` rules `testable` are; `filled` are fields by the rulebook.

    Lint judges English words only: rules in another language are not among `judged`.
    """

    checks: dict[str, bool | None]
    failures: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    judged: int = 0
    testable: int = 0
    filled: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every check that applies holds."""
        return all(result is not False for name, result in self.checks.items() if name not in NOT_COUNTED)

    def to_json(self) -> dict[str, Any]:
        return {
            "passed": self.passed,
            "checks": self.checks,
            "failures": list(self.failures),
            "findings": [finding.to_json() for finding in self.findings],
            "rules": {"judged": self.judged, "testable": self.testable},
            "filled": list(self.filled),
        }


@dataclass
class _Judge:
    """Collects what the checks say."""

    checks: dict[str, bool | None] = field(default_factory=lambda: dict.fromkeys(CHECKS))
    failures: list[str] = field(default_factory=list)

    def say(self, check: str, problems: Iterable[str], *, applies: bool = True) -> None:
        """Note that `check` holds where it applies and there are no `problems`."""
        if applies:
            found = list(problems)
            self.checks[check] = not found
            self.failures += found


def judge(case: Case, outcome: Outcome) -> Verdict:
    """Return what the checks say of what a designer made of `case`. Without a draft nothing that applies holds."""
    on = _Judge()
    if outcome.draft is None:
        on.say("valid", [outcome.error or "there is no draft"])
        on.checks |= dict.fromkeys(("valid_first", "rule_count"), False)
        on.checks |= {name: False for name, applies in _applying(case).items() if applies}
        return Verdict(on.checks, tuple(on.failures))
    persona = outcome.draft.persona
    findings = lint_persona(persona, origin="draft")
    filled = tuple(name for name in outcome.draft.filled if name not in UNASKED)
    on.say("valid", _invalid(findings, filled))
    on.checks["valid_first"] = on.checks["valid"] and outcome.draft.asks == 1
    on.say("rule_count", _wrong_count(persona))
    for name, applies in _applying(case).items():
        if name != "wish":
            on.say(name, _UNMET[name](persona, case.expect), applies=applies)
    if case.refine:
        on.say("wish", _unfulfilled(case, outcome))
        changed = outcome.refined is not None and _content(outcome.refined) != _content(persona)
        on.say("rest", _disturbed(case, persona, outcome.refined or persona), applies=changed)
    judged, testable = _testable(persona, findings)
    serious = tuple(finding for finding in findings if finding.severity is not Severity.INFO)
    return Verdict(on.checks, tuple(on.failures), serious, judged, testable, filled)


def _applying(case: Case) -> dict[str, bool]:
    """Return which of the checks that a case decides about it has something for."""
    said = case.expect
    return {
        "domain": said.domain is not None,
        "language": said.language is not None,
        "temperature": said.temperature is not None,
        "mentions": bool(said.rules_mention or said.format_mentions or said.not_mention),
        "wish": bool(case.refine),
    }


def _invalid(findings: Iterable[Finding], filled: tuple[str, ...]) -> Iterator[str]:
    for finding in findings:
        if finding.severity is Severity.ERROR:
            yield f"{finding.field}: {finding.message}"
    if filled:
        yield f"left out: {', '.join(filled)}"


def _wrong_count(persona: Persona) -> Iterator[str]:
    count, (fewest, most) = len(persona.constraints), RULES_WANTED
    if not fewest <= count <= most:
        yield f"{plural(count, 'rule')}, {fewest} to {most} are good"


def _testable(persona: Persona, findings: Iterable[Finding]) -> tuple[int, int]:
    """Return how many rules lint can judge by their words, and how many of those can be tested."""
    faulty = {finding.field for finding in findings if finding.rule in _UNTESTABLE}
    judged = [statement.field for statement in Subject(persona, "draft").english_statements]
    return len(judged), sum(rule not in faulty for rule in judged)


def _wrong_domain(persona: Persona, said: Expectation) -> Iterator[str]:
    if said.domain is not None and persona.domain not in said.domain:
        yield f"the domain is {persona.domain}, expected {_any(said.domain)}"


def _wrong_language(persona: Persona, said: Expectation) -> Iterator[str]:
    if said.language is not None and _folded(persona.language) not in map(_folded, said.language):
        yield f"the language is {persona.language or 'none'}, expected {_any(said.language)}"


def _wrong_temperature(persona: Persona, said: Expectation) -> Iterator[str]:
    if said.temperature is not None and not any(math.isclose(persona.temperature, t) for t in said.temperature):
        yield f"the temperature is {persona.temperature:g}, expected {_any(said.temperature)}"


def _wrong_mentions(persona: Persona, said: Expectation) -> Iterator[str]:
    rules = "\n".join(rule.text for rule in persona.constraints)
    for words in said.rules_mention:
        if not any(mentions(rules, word) for word in words):
            yield f"no rule mentions {_any(words)}"
    for words in said.format_mentions:
        if not any(mentions(persona.output_format or "", word) for word in words):
            yield f"the output format does not mention {_any(words)}"
    wanted = "\n".join(
        [persona.role, *(_demanded(rule.text) for rule in persona.constraints), persona.output_format or ""]
    )
    for words in said.not_mention:
        for word in words:
            if mentions(wanted, word):
                yield f"it speaks of {word}, which is not wanted"


_UNMET = {
    "domain": _wrong_domain,
    "language": _wrong_language,
    "temperature": _wrong_temperature,
    "mentions": _wrong_mentions,
}


def mentions(text: str, word: str) -> bool:
    """Whether `text` holds `word` in any case: whole, or where it ends with `*`, as the beginning of a word.

    Only letters and digits of ASCII make a word longer: other scripts may go on without a blank.
    """
    stem = word.removesuffix("*")
    after = "" if stem != word else "(?![a-z0-9_])"
    return re.search(f"(?<![a-z0-9_]){re.escape(stem.casefold())}{after}", text.casefold()) is not None


def _demanded(rule: str) -> str:
    """Return what `rule` asks for, without what it forbids."""
    statement = read_statement(rule)
    return "" if statement.negative else _CONTRAST.sub("", statement.rest)


def _unfulfilled(case: Case, outcome: Outcome) -> Iterator[str]:
    """Say what the wishes should have changed and did not."""
    if outcome.draft is None or outcome.refined is None:
        yield f"the wish was not carried out: {outcome.refused or 'nothing came'}"
        return
    before, after = _content(outcome.draft.persona), _content(outcome.refined)
    for name in case.changes:
        if name == NEW_RULES:
            if not set(after[RULES]) - set(before[RULES]):
                yield "no rule was added"
        elif before[name] == after[name]:
            yield f"{name} did not change"
    for unmet in _UNMET.values():
        for problem in unmet(outcome.refined, case.after):
            yield f"after the wish {problem}"
    for finding in lint_persona(outcome.refined, origin="draft"):
        if finding.severity is Severity.ERROR:
            yield f"after the wish {finding.field}: {finding.message}"


def _disturbed(case: Case, before: Persona, after: Persona) -> Iterator[str]:
    """Say what the wishes changed and should not have."""
    old, new = _content(before), _content(after)
    free = {*case.changes, *case.may_change}
    for name in old:
        if name in free or old[name] == new.get(name):
            continue
        if name != RULES:
            yield f"{name} changed from {old[name]!r} to {new.get(name)!r}"
        elif NEW_RULES not in free:
            yield "the rules changed"
        elif lost := [rule for rule in old[RULES] if rule not in new[RULES]]:
            yield f"{plural(len(lost), 'rule')} went or changed, such as '{lost[0]}'"


def _content(persona: Persona) -> dict[str, Any]:
    """Return the fields of `persona`, its rules by their words: ids are not what a person sees."""
    return {**persona.to_data(), RULES: [rule.text for rule in persona.constraints]}


def _folded(language: str | None) -> str:
    return (language or "").strip().casefold()


def _any(values: Iterable[object]) -> str:
    return " or ".join(
        "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value) for value in values
    )
