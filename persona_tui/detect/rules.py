"""The rules, which are data: `rules/*.json`, one file an ecosystem, each with the source of its facts.

A rule is a finding's kind and name, and what shows it: `packages` that a manifest names (a `*` ends a prefix), `tools`
that it configures, `imports` in sampled code (the packages' own names are tried too), `files` by name (`name`,
`folder/name`, `*ending`), `contains` (a file's ending and a text in it), `confirms` (files that add to the rest and
show nothing alone), `default_for` (manifests that suggest it where nothing else of its kind is found; for a framework,
where none of the domains in `unless` is served). `domain` is what the finding says about the whole. Where two are
equally sure, the one that stands first in its file says more.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "rules"
ECOSYSTEMS = ("python", "javascript", "jvm", "go", "rust", "ruby", "php", "dotnet", "elixir", "dart", "general")
KINDS = ("frameworks", "package_managers", "test_runners", "build_tools")


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that a codebase can have. `kind` is a field of `Detection`."""

    ecosystem: str
    kind: str
    name: str
    domain: str | None = None
    contains: tuple[str, str] | None = None
    default_for: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    order: int = 0


@dataclass
class Rules:
    """All rules, each found by what shows it."""

    all: list[Rule] = field(default_factory=list)
    languages: dict[str, tuple[str, ...]] = field(default_factory=dict)
    by_file: dict[str, list[tuple[str, Rule]]] = field(default_factory=lambda: defaultdict(list))
    by_ending: dict[str, list[tuple[str, Rule]]] = field(default_factory=lambda: defaultdict(list))
    by_confirmation: dict[str, list[tuple[str, Rule]]] = field(default_factory=lambda: defaultdict(list))
    _exact: dict[tuple[str, str, str], list[Rule]] = field(default_factory=lambda: defaultdict(list))
    _prefixes: dict[str, list[tuple[str, Rule]]] = field(default_factory=lambda: defaultdict(list))

    def packages(self, ecosystem: str, name: str) -> list[Rule]:
        """Return the rules for which a manifest of `ecosystem` that names the package `name` speaks."""
        name = name.casefold()
        prefixed = [rule for prefix, rule in self._prefixes[ecosystem] if name.startswith(prefix)]
        return self._exact.get((ecosystem, "packages", name), []) + prefixed

    def tools(self, ecosystem: str, name: str) -> list[Rule]:
        """Return the rules for which the configuration of the tool `name` speaks."""
        return self._exact.get((ecosystem, "tools", name.casefold()), [])

    def imports(self, ecosystem: str, module: str) -> list[Rule]:
        """Return the rules for which an import of `module` speaks; most packages are imported under their own name."""
        module = module.casefold()
        own = self._exact.get((ecosystem, "packages", module), [])
        return self._exact.get((ecosystem, "imports", module), []) + own

    def by_language(self, ecosystems: Mapping[str, str]) -> dict[str, str]:
        """Return the values of a table by ecosystem for each language of them."""
        return {language: value for name, value in ecosystems.items() for language in self.languages[name]}

    def shares(self, languages: Mapping[str, float]) -> dict[str, float]:
        """Return, by ecosystem, the share that its languages have together; one without languages is left out."""
        return {
            ecosystem: sum(languages.get(name, 0.0) for name in names)
            for ecosystem, names in self.languages.items()
            if names
        }

    def add(self, rule: Rule, shown_by: dict[str, Any]) -> None:
        """Index `rule` by what shows it."""
        self.all.append(rule)
        for way in ("packages", "tools", "imports"):
            for name in map(str.casefold, shown_by.get(way, ())):
                if name.endswith("*"):
                    self._prefixes[rule.ecosystem].append((name[:-1], rule))
                else:
                    self._exact[rule.ecosystem, way, name].append(rule)
        for pattern in shown_by.get("files", ()):
            if pattern.startswith("*"):
                self.by_ending[extension(pattern)].append((pattern[1:], rule))
            else:
                self.by_file[pattern.rpartition("/")[2]].append((pattern, rule))
        for pattern in shown_by.get("confirms", ()):
            self.by_confirmation[extension(pattern)].append((pattern[1:], rule))


def extension(name: str) -> str:
    """Return the last extension of a file name in small letters and without its dot, or an empty string."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def read_table(name: str) -> dict[str, Any]:
    """Return the content of `rules/NAME.json`."""
    table: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_bytes())
    return table


@lru_cache(maxsize=1)
def rules() -> Rules:
    """Return all rules, read once."""
    loaded = Rules()
    for ecosystem in ECOSYSTEMS:
        table = read_table(ecosystem)
        loaded.languages[ecosystem] = tuple(table["languages"])
        for kind in KINDS:
            for name, shown_by in table[kind].items():
                contains = shown_by.get("contains")
                rule = Rule(
                    ecosystem,
                    kind,
                    name,
                    domain=shown_by.get("domain"),
                    contains=(contains[0], contains[1]) if contains else None,
                    default_for=tuple(shown_by.get("default_for", ())),
                    unless=tuple(shown_by.get("unless", ())),
                    order=len(loaded.all),
                )
                loaded.add(rule, shown_by)
    return loaded
