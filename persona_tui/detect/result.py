"""What `detect` answers: findings with their evidence."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why something is believed: a file (relative to the codebase, `/` between parts), a line in it, a reason."""

    path: str
    reason: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the codebase has. `confidence` is 0 to 1; `version` is what a manifest asks for, if it does."""

    name: str
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Language:
    """A language and its share of the code (0 to 1, all shares add up to 1)."""

    name: str
    share: float
    confidence: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A persona of the registry that fits, and why. `confidence` is 0 to 1."""

    name: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class Detection:
    """What a codebase is. Lists are ordered, the most certain or largest first."""

    root: str
    languages: tuple[Language, ...] = ()
    frameworks: tuple[Finding, ...] = ()
    package_managers: tuple[Finding, ...] = ()
    test_runners: tuple[Finding, ...] = ()
    build_tools: tuple[Finding, ...] = ()
    domain: Finding | None = None
    personas: tuple[Match, ...] = ()
    partial: bool = False
    stats: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the shape of `persona detect --json`."""
        return asdict(self)

    def summary(self) -> str:
        """Return the one line that a model may see: names, shares and versions, never the content of a file."""
        parts = [f"{lang.name} {lang.share:.0%}" for lang in self.languages[:4]]
        found = (*self.frameworks[:6], *self.test_runners[:2], *self.build_tools[:2], *self.package_managers[:2])
        parts += [f"{f.name} {f.version}" if f.version else f.name for f in found]
        return ", ".join(dict.fromkeys(parts))
