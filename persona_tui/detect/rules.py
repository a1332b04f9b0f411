"""The rules, which are data: `rules/*.yaml`, one file an ecosystem, each rule with the source of its facts.

A rule is a finding's kind and name, and what shows it: `packages` that a manifest names (a `*` ends a prefix), `tools`
that it configures, `imports` in sampled code (the packages' own names are tried too), `files` by name (`name`,
`folder/name`, `*ending`), `contains` (a file's ending and a text in it), `confirms` (files that add to the rest and
show nothing alone), `readme` (a text in the README, which counts where nothing else of the kind is found),
`default_for` (manifests that suggest it where nothing else of its kind is found; for a runtime,
where none of the domains in `unless` is served). `domain` is what the finding says about the whole. Where two are
equally sure, the one that stands first in its file says more.

What is read here is `compiled.json`, which `python -m persona_tui.detect.compiling` makes.
"""

from __future__ import annotations

import json
from functools import lru_cache
from os import path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_FOLDER = path.join(path.dirname(__file__), "rules")


class Rule:
    """One thing that a codebase can have. `kind` is a field of `Detection`, `order` its place among all rules."""

    __slots__ = ("default_for", "domain", "ecosystem", "kind", "name", "order", "unless")

    def __init__(
        self,
        order: int,
        ecosystem: str,
        kind: str,
        name: str,
        domain: str | None = None,
        default_for: tuple[str, ...] = (),
        unless: tuple[str, ...] = (),
    ) -> None:
        self.order = order
        self.ecosystem = ecosystem
        self.kind = kind
        self.name = name
        self.domain = domain
        self.default_for = default_for
        self.unless = unless


class Rules:
    """All rules, each found by what shows it.

    `files` are, by file name, patterns, each with the place of a rule after it. `endings`, `confirms` and `contains`
    are, by extension, pairs of an ending or text and the place of a rule, `readme` such pairs alone; `defaults` are the
    places of rules with a `default_for`. `imports` are, by ecosystem, the endings of its sources and the expression
    that finds a module.
    """

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.digest: str = table["digest"]
        self._rows: list[str] = table["rules"]
        self._made: dict[int, Rule] = {}
        self.languages: dict[str, list[str]] = table["languages"]
        self.imports: dict[str, tuple[list[str], str]] = table["imports"]
        self._lines: dict[str, str] = table["exact"]
        self._exact: dict[str, dict[str, list[int]]] = {}
        self._prefixes: dict[str, list[tuple[str, int]]] = table["prefixes"]
        self.files: dict[str, list[Any]] = table["files"]
        self.endings: dict[str, list[tuple[str, int]]] = table["endings"]
        self.confirms: dict[str, list[tuple[str, int]]] = table["confirms"]
        self.contains: dict[str, list[tuple[str, int]]] = table["contains"]
        self.readme: list[tuple[str, int]] = table["readme"]
        self.defaults: list[int] = table["defaults"]

    @property
    def all(self) -> Iterator[Rule]:
        """All rules, those of an ecosystem in the order of its file."""
        return map(self.rule, range(len(self._rows)))

    def rule(self, order: int) -> Rule:
        """Return one rule by its place."""
        if order not in self._made:
            ecosystem, kind, name, domain, default_for, unless = self._rows[order].split("\t")
            lists = [tuple(text.split(",")) if text else () for text in (default_for, unless)]
            self._made[order] = Rule(order, ecosystem, kind, name, domain or None, *lists)
        return self._made[order]

    def shown_by(self, ecosystem: str, way: str, name: str) -> list[Rule]:
        """Return the rules for which `name` speaks; `way` is `packages`, `tools` or `imports`."""
        name = name.casefold()
        key = f"{ecosystem}\t{way}"
        if key not in self._exact:
            rows = (line.split("\t") for line in self._lines.get(key, "").split("\n"))
            self._exact[key] = {row[0]: list(map(int, row[1:])) for row in rows}
        orders = self._exact[key].get(name, [])
        prefixed = [order for prefix, order in self._prefixes.get(key, ()) if name.startswith(prefix)]
        return [self.rule(order) for order in dict.fromkeys((*orders, *prefixed))]

    def imported(self, ecosystem: str, module: str) -> list[Rule]:
        """Return the rules for which an import of `module` speaks; most packages are imported under their own name."""
        found = self.shown_by(ecosystem, "imports", module) + self.shown_by(ecosystem, "packages", module)
        return list(dict.fromkeys(found))

    def by_language(self, ecosystems: Mapping[str, str]) -> dict[str, str]:
        """Return the values of a table by ecosystem for each language of them."""
        return {language: value for name, value in ecosystems.items() for language in self.languages.get(name, ())}

    def shares(self, languages: Mapping[str, float]) -> dict[str, float]:
        """Return, by ecosystem, the share that its languages have together; one without languages is left out."""
        return {
            ecosystem: sum(languages.get(name, 0.0) for name in names)
            for ecosystem, names in self.languages.items()
            if names
        }


def read_table(name: str) -> dict[str, Any]:
    """Return the content of `rules/NAME.json`."""
    with open(path.join(_FOLDER, name + ".json"), "rb") as file:
        table: dict[str, Any] = json.loads(file.read())
    return table


@lru_cache(maxsize=1)
def rules() -> Rules:
    """Return all rules, read once."""
    return Rules(read_table("compiled"))
