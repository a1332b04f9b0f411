"""What speaks for frameworks, package managers, test runners and build tools, and how sure it makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from persona_tui.detect.manifests import Manifest, Role
from persona_tui.detect.result import Evidence, Finding
from persona_tui.detect.rules import Rule

_MOST_EVIDENCE = 3
_MOST_PLACES = 12  # files come nearest to the root first, so the later ones tell less
_HIGHEST = 0.99
_LEAST = 0.3  # less is not worth showing: a build file in a folder of examples


@dataclass
class Support:
    """What speaks for one rule: of each kind of evidence the strongest, the places, and the version asked for."""

    strengths: dict[str, float] = field(default_factory=dict)
    places: list[tuple[float, Evidence]] = field(default_factory=list)
    roles: set[Role] = field(default_factory=set)
    version: str | None = None

    def add(self, kind: str, strength: float, place: Evidence) -> None:
        """Take in evidence of one kind; a second place in the same file says nothing new."""
        self.strengths[kind] = max(strength, self.strengths.get(kind, 0.0))
        if len(self.places) < _MOST_PLACES and all(place.path != known.path for _, known in self.places):
            self.places.append((strength, place))

    @property
    def confidence(self) -> float:
        """How sure all kinds of evidence together make, taken as independent (noisy-or); never certainty."""
        doubt = 1.0
        for strength in self.strengths.values():
            doubt *= 1 - strength
        return round(min(1 - doubt, _HIGHEST), 2)

    @property
    def depth(self) -> int:
        """How far below the root the nearest evidence lies."""
        return min((place.path.count("/") for _, place in self.places), default=0)

    def finding(self, name: str) -> Finding:
        """Return this as a finding, with the strongest evidence first."""
        best = sorted(self.places, key=lambda item: (-item[0], item[1].path.count("/"), item[1].path))
        return Finding(name, self.confidence, tuple(place for _, place in best[:_MOST_EVIDENCE]), self.version)


@dataclass
class Stack:
    """What was found, by rule; `manifests` by path, and for each ecosystem the path of its first manifest."""

    supports: dict[Rule, Support] = field(default_factory=dict)
    manifests: dict[str, Manifest] = field(default_factory=dict)
    ecosystems: dict[str, str] = field(default_factory=dict)

    def add(self, rule: Rule, kind: str, strength: float, place: Evidence) -> Support | None:
        """Let evidence of one kind speak for `rule`."""
        if strength <= 0:
            return None
        support = self.supports.setdefault(rule, Support())
        support.add(kind, strength, place)
        return support

    def certain(self) -> dict[Rule, Support]:
        """Return the rules that are worth showing."""
        return {rule: support for rule, support in self.supports.items() if support.confidence >= _LEAST}

    def findings(self, kind: str, shares: Mapping[str, float]) -> tuple[Finding, ...]:
        """Return the findings of one field of `Detection`, the surest first.

        Of equals: what is developed here, what shapes the whole, then by the share of the code that the languages of
        its ecosystem have (`shares`), then what lies nearer to the root.
        """
        found: dict[str, tuple[tuple[float, ...], Finding]] = {}
        for rule, support in self.certain().items():
            if rule.kind != kind:
                continue
            share = shares.get(rule.ecosystem, 0.0)
            is_self = Role.SELF in support.roles
            order: tuple[float, ...] = (
                -support.confidence,
                not is_self,
                rule.domain is None,
                -share,
                support.depth,
                rule.order,
            )
            finding = support.finding(rule.name)
            if known := found.get(rule.name):  # one thing in two ecosystems, such as gRPC in Go and in Python
                order, finding = min(order, known[0]), _joined(known[1], finding)
            found[rule.name] = order, finding
        return tuple(finding for _, finding in sorted(found.values(), key=lambda item: item[0]))


def _joined(first: Finding, second: Finding) -> Finding:
    evidence = (*first.evidence, *second.evidence)[:_MOST_EVIDENCE]
    confidence = max(first.confidence, second.confidence)
    return Finding(first.name, confidence, evidence, first.version or second.version)
