"""What speaks for frameworks, libraries, package managers, test runners and build tools, and how sure it makes."""

from __future__ import annotations

from persona_tui.detect.calibration import calibrated
from persona_tui.detect.manifests import Role
from persona_tui.detect.result import Evidence, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from persona_tui.detect.manifests import Manifest
    from persona_tui.detect.rules import Rule

_MOST_EVIDENCE = 3
_MOST_PLACES = 12  # files come nearest to the root first, so the later ones tell less
_LEAST = 0.3  # less is not worth showing: a build file in a folder of examples


def relevance(share: float | None) -> float:
    """Return how much something below the root tells of the whole whose languages have a `share` of the code."""
    return 1.0 if share is None else min(1.0, 0.3 + 7 * share)


class Support:
    """What speaks for one rule: of each kind of evidence the strongest, the places, and the version asked for."""

    __slots__ = ("places", "roles", "strengths", "version")

    def __init__(self) -> None:
        self.strengths: dict[str, float] = {}
        self.places: list[tuple[float, Evidence]] = []
        self.roles: set[Role] = set()
        self.version: str | None = None

    def add(self, kind: str, strength: float, place: Evidence) -> None:
        """Take in evidence of one kind; a second place in the same file says nothing new."""
        self.strengths[kind] = max(strength, self.strengths.get(kind, 0.0))
        if len(self.places) < _MOST_PLACES and all(place.path != known.path for _, known in self.places):
            self.places.append((strength, place))

    @property
    def strength(self) -> float:
        """How sure all kinds of evidence together make, taken as independent (noisy-or)."""
        doubt = 1.0
        for strength in self.strengths.values():
            doubt *= 1 - strength
        return 1 - doubt

    @property
    def depth(self) -> int:
        """How far below the root the nearest evidence lies."""
        return min((place.path.count("/") for _, place in self.places), default=0)

    def finding(self, rule: Rule, share: float | None) -> Finding:
        """Return this as a finding, with the strongest evidence first.

        `share` is what the languages of its ecosystem have of the code, None where it has no language.
        """
        best = sorted(self.places, key=lambda item: (-item[0], item[1].path.count("/"), item[1].path))
        evidence = tuple(place for _, place in best[:_MOST_EVIDENCE])
        strength = self.strength * (relevance(share) if self.depth else 1)
        return Finding(rule.name, calibrated(rule.kind, strength), evidence, self.version)


class Stack:
    """What was found, by rule; `manifests` by path, and for each ecosystem the path of its first manifest.

    `languages` are, by manifest, what most of its project is written in; with one manifest nobody asks.
    """

    def __init__(self) -> None:
        self.supports: dict[Rule, Support] = {}
        self.manifests: dict[bytes, Manifest] = {}
        self.ecosystems: dict[str, str] = {}
        self.languages: dict[bytes, str] = {}

    def add(self, rule: Rule, kind: str, strength: float, place: Evidence) -> Support | None:
        """Let evidence of one kind speak for `rule`."""
        if strength <= 0:
            return None
        support = self.supports.get(rule)
        if support is None:
            support = self.supports[rule] = Support()
        support.add(kind, strength, place)
        return support

    def certain(self) -> dict[Rule, Support]:
        """Return the rules that are worth showing."""
        return {rule: support for rule, support in self.supports.items() if support.strength >= _LEAST}

    def findings(self, kind: str, shares: Mapping[str, float]) -> tuple[Finding, ...]:
        """Return the findings of one field of `Detection`, the surest first.

        Of equals: what is developed here, what shapes the whole, then by the share of the code that the languages of
        its ecosystem have (`shares`), then what lies nearer to the root.
        """
        found: dict[str, tuple[tuple[float, ...], Finding]] = {}
        for rule, support in self.certain().items():
            if rule.kind != kind:
                continue
            share = shares.get(rule.ecosystem)
            finding = support.finding(rule, share)
            order: tuple[float, ...] = (
                -finding.confidence,
                Role.SELF not in support.roles,
                rule.domain is None,
                -(share or 0.0),
                support.depth,
                rule.order,
            )
            if known := found.get(rule.name):  # one thing in two ecosystems, such as gRPC in Go and in Python
                order, finding = min(order, known[0]), _joined(known[1], finding)
            found[rule.name] = order, finding
        return tuple(finding for _, finding in sorted(found.values(), key=lambda item: item[0]))


def _joined(first: Finding, second: Finding) -> Finding:
    evidence = (*first.evidence, *second.evidence)[:_MOST_EVIDENCE]
    confidence = max(first.confidence, second.confidence)
    return Finding(first.name, confidence, evidence, first.version or second.version)
