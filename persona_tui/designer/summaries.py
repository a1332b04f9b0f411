"""Many verdicts, summed up: one designer by itself, and two of them case by case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean, median
from typing import Any

from persona_tui.designer.scoring import CHECKS, Outcome, Verdict
from persona_tui.designer.statistics import Proportion, mcnemar


@dataclass(frozen=True, slots=True)
class Scored:
    """One case by one designer in one run: what came of it, and what the checks say."""

    case: str
    designer: str
    run: int
    outcome: Outcome
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Summary:
    """A designer's results. Means are of drafts (there are `drafts` of them), medians of all results; None of none.

    `passed` counts results of which every check holds, `checks` the results that each check applies to, `testable`
    rules. `errors` are results without a draft.
    """

    designer: str
    passed: Proportion
    checks: dict[str, Proportion]
    testable: Proportion
    drafts: int
    errors: int
    findings: float | None
    filled: float | None
    tokens: float | None
    seconds: float | None

    def to_json(self) -> dict[str, Any]:
        return {
            "passed": self.passed.to_json(),
            "checks": {name: proportion.to_json() for name, proportion in self.checks.items()},
            "testable_rules": self.testable.to_json(),
            "drafts": self.drafts,
            "errors": self.errors,
            "findings_per_draft": self.findings,
            "filled_per_draft": self.filled,
            "median_tokens": self.tokens,
            "median_seconds": self.seconds,
        }


def summarise(designer: str, results: Sequence[Scored]) -> Summary:
    """Sum up the results of `designer` among `results`."""
    own = [one for one in results if one.designer == designer]
    drafted = [one.verdict for one in own if one.outcome.draft is not None]
    return Summary(
        designer,
        passed=Proportion.of(one.verdict.passed for one in own),
        checks={name: Proportion.of(one.verdict.checks[name] for one in own) for name in CHECKS},
        testable=Proportion(sum(v.testable for v in drafted), sum(v.judged for v in drafted)),
        drafts=len(drafted),
        errors=len(own) - len(drafted),
        findings=fmean(len(v.findings) for v in drafted) if drafted else None,
        filled=fmean(len(v.filled) for v in drafted) if drafted else None,
        tokens=median(one.outcome.tokens for one in own) if own else None,
        seconds=median(one.outcome.seconds for one in own) if own else None,
    )


@dataclass(frozen=True, slots=True)
class Pair:
    """Two designers on the cases that both did: how many both passed, one of them alone, and none."""

    first: str
    second: str
    both: int
    first_only: int
    second_only: int
    neither: int

    @property
    def p(self) -> float:
        """The exact two-sided p of McNemar's test."""
        return mcnemar(self.first_only, self.second_only)

    @property
    def cases(self) -> int:
        return self.both + self.first_only + self.second_only + self.neither

    def to_json(self) -> dict[str, Any]:
        return {
            "a": self.first,
            "b": self.second,
            "cases": self.cases,
            "both": self.both,
            "a_only": self.first_only,
            "b_only": self.second_only,
            "neither": self.neither,
            "p": self.p,
        }


def pairs(designers: Iterable[str], results: Sequence[Scored]) -> list[Pair]:
    """Compare each two of `designers` case by case.

    A case is passed that was passed in more than half of its runs: runs of one case are no independent pairs.
    """
    passed = {designer: _by_case(designer, results) for designer in designers}
    found = []
    for first, second in combinations(passed, 2):
        one, other = passed[first], passed[second]
        votes = [(one[case], other[case]) for case in one if case in other]
        found.append(
            Pair(
                first,
                second,
                both=votes.count((True, True)),
                first_only=votes.count((True, False)),
                second_only=votes.count((False, True)),
                neither=votes.count((False, False)),
            )
        )
    return found


def _by_case(designer: str, results: Sequence[Scored]) -> dict[str, bool]:
    votes: dict[str, list[bool]] = {}
    for one in results:
        if one.designer == designer:
            votes.setdefault(one.case, []).append(one.verdict.passed)
    return {case: 2 * sum(said) > len(said) for case, said in votes.items()}
