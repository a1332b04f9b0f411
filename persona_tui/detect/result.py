"""What `detect` answers: findings with their evidence.

The classes are written out: `dataclasses` alone takes longer to load than a small codebase to detect.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

KINDS = ("frameworks", "libraries", "package_managers", "test_runners", "build_tools")
"""The fields of `Detection` that the rules fill."""


class _Value:
    """A value: equal to another of its class with equal fields, and never changed."""

    __slots__: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash(self._fields())

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({inside})"

    def _fields(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def to_json(self) -> dict[str, Any]:
        """Return the value as JSON has it."""
        return {name: _to_json(getattr(self, name)) for name in self.__slots__}


def _to_json(value: Any) -> Any:
    if isinstance(value, _Value):
        return value.to_json()
    return [_to_json(item) for item in value] if isinstance(value, tuple) else value


class Evidence(_Value):
    """Why something is believed: a file (relative to the codebase, `/` between parts), a line in it, a reason."""

    __slots__ = ("path", "line", "reason")

    def __init__(self, path: str, reason: str, line: int | None = None) -> None:
        self.path = path
        self.reason = reason
        self.line = line


class Finding(_Value):
    """Something that the codebase has. `confidence` is 0 to 1; `version` is what a manifest asks for, if it does."""

    __slots__ = ("name", "version", "confidence", "evidence")

    def __init__(
        self, name: str, confidence: float, evidence: tuple[Evidence, ...] = (), version: str | None = None
    ) -> None:
        self.name = name
        self.confidence = confidence
        self.evidence = evidence
        self.version = version


class Language(_Value):
    """A language and its share of the code (0 to 1, all shares add up to 1)."""

    __slots__ = ("name", "share", "confidence", "evidence")

    def __init__(self, name: str, share: float, confidence: float, evidence: tuple[Evidence, ...] = ()) -> None:
        self.name = name
        self.share = share
        self.confidence = confidence
        self.evidence = evidence


class Part(_Value):
    """A part of a monorepo: a folder with a project of its own, and what its manifests and the names of its files show.

    `languages` are those of the manifests' ecosystems that most of its files are in.
    """

    __slots__ = ("path", "languages", "frameworks")

    def __init__(self, path: str, languages: tuple[str, ...] = (), frameworks: tuple[str, ...] = ()) -> None:
        self.path = path
        self.languages = languages
        self.frameworks = frameworks


class Match(_Value):
    """A persona of the registry that fits, and why.

    `confidence` is 0 to 1, `margin` how much less the next one has; a small one says that there is a choice.
    """

    __slots__ = ("name", "confidence", "margin", "reason")

    def __init__(self, name: str, confidence: float, reason: str, margin: float = 0.0) -> None:
        self.name = name
        self.confidence = confidence
        self.reason = reason
        self.margin = margin


class Detection(_Value):
    """What a codebase is. Lists are ordered, the most certain or largest first.

    `frameworks` are what shapes the code and calls it, `libraries` what it calls. `parts` stays empty where the
    codebase is one project. `partial`: a limit was reached, and `stats["skipped"]` says what the answer leaves out.
    """

    __slots__ = ("root", "languages", *KINDS, "domain", "parts", "personas", "partial", "stats")

    def __init__(
        self,
        root: str,
        languages: tuple[Language, ...] = (),
        frameworks: tuple[Finding, ...] = (),
        libraries: tuple[Finding, ...] = (),
        package_managers: tuple[Finding, ...] = (),
        test_runners: tuple[Finding, ...] = (),
        build_tools: tuple[Finding, ...] = (),
        domain: Finding | None = None,
        parts: tuple[Part, ...] = (),
        personas: tuple[Match, ...] = (),
        partial: bool = False,
        stats: dict[str, Any] | None = None,
    ) -> None:
        self.root = root
        self.languages = languages
        self.frameworks = frameworks
        self.libraries = libraries
        self.package_managers = package_managers
        self.test_runners = test_runners
        self.build_tools = build_tools
        self.domain = domain
        self.parts = parts
        self.personas = personas
        self.partial = partial
        self.stats: dict[str, Any] = stats or {}

    def with_personas(self, personas: tuple[Match, ...]) -> Detection:
        """Return the same with `personas`."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return Detection(**{**fields, "personas": personas})

    @property
    def technologies(self) -> tuple[Finding, ...]:
        """Frameworks and libraries, the frameworks first."""
        return (*self.frameworks, *self.libraries)

    def summary(self) -> str:
        """Return the one line that a model may see: names, shares and versions, never the content of a file."""
        parts = [f"{lang.name} {lang.share:.0%}" for lang in self.languages[:4]]
        found = (
            *self.frameworks[:6],
            *self.libraries[:6],
            *self.test_runners[:2],
            *self.build_tools[:2],
            *self.package_managers[:2],
        )
        parts += [f"{f.name} {f.version}" if f.version else f.name for f in found]
        return ", ".join(dict.fromkeys(parts))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Detection:
        """Return what `to_json` was made from. Raises KeyError and TypeError for another shape."""
        findings = {kind: tuple(map(_finding, data[kind])) for kind in KINDS}
        return cls(
            root=data["root"],
            languages=tuple(
                Language(row["name"], row["share"], row["confidence"], _evidence(row)) for row in data["languages"]
            ),
            domain=_finding(data["domain"]) if data["domain"] else None,
            parts=tuple(Part(row["path"], tuple(row["languages"]), tuple(row["frameworks"])) for row in data["parts"]),
            personas=tuple(Match(**row) for row in data["personas"]),
            partial=data["partial"],
            stats=data["stats"],
            **findings,
        )


def _finding(row: Mapping[str, Any]) -> Finding:
    return Finding(row["name"], row["confidence"], _evidence(row), row["version"])


def _evidence(row: Mapping[str, Any]) -> tuple[Evidence, ...]:
    return tuple(Evidence(item["path"], item["reason"], item["line"]) for item in row["evidence"])
