"""What a codebase is for: a web backend, a command line tool, a library, and so on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from persona_tui.base.text import one_line
from persona_tui.detect.manifests import Role
from persona_tui.detect.places import weight_of
from persona_tui.detect.result import Evidence, Finding, Language
from persona_tui.detect.stack import Stack, Support

_BACKEND, _FRONTEND, _FULL_STACK = "web backend", "web frontend", "full-stack web"
_COMMAND_LINE, _LIBRARY, _SYSTEMS, _DOCUMENTATION = "command line", "library", "systems", "documentation"
_PROSE = frozenset(["AsciiDoc", "Markdown", "TeX", "reStructuredText"])
_SYSTEM_LANGUAGES = frozenset(["Ada", "Assembly", "C", "C++", "Rust", "SystemVerilog", "VHDL", "Zig"])
_MAIN_FILES = ("main.go", "src/main.rs", "__main__.py")
_LEAST = 0.4


def domain_of(
    stack: Stack, paths: Sequence[str], languages: Sequence[Language], shares: Mapping[str, float]
) -> Finding | None:
    """Return what most speaks for, or None where little speaks for anything.

    `shares` is, by ecosystem, the share of the code that its languages have.
    """
    domains: dict[str, Support] = {}
    _from_frameworks(domains, stack, shares)
    _from_shape(domains, stack, paths)
    _from_languages(domains, languages)
    backend, frontend = domains.get(_BACKEND), domains.get(_FRONTEND)
    if backend and frontend and min(backend.confidence, frontend.confidence) >= _LEAST:
        both = domains[_FULL_STACK] = Support()
        both.add("frameworks", max(backend.confidence, frontend.confidence), backend.places[0][1])
        both.add("frameworks", min(backend.confidence, frontend.confidence), frontend.places[0][1])
    if not domains:
        return None
    # At a tie what was looked for first, but both sides of the web together before either.
    name = max(domains, key=lambda domain: (domains[domain].confidence, domain == _FULL_STACK))
    finding = domains[name].finding(name)
    return finding if finding.confidence >= _LEAST else None


def _from_frameworks(domains: dict[str, Support], stack: Stack, shares: Mapping[str, float]) -> None:
    """A framework says as much as its language has of the code; one that is developed here makes a library."""
    for rule, support in stack.certain().items():
        if rule.kind != "frameworks":
            continue
        part = min(1.0, 2 * shares.get(rule.ecosystem, 0.5))
        place = support.finding(rule.name).evidence[0]
        reason = Evidence(place.path, f"{rule.name}: {place.reason}", place.line)
        if Role.SELF in support.roles:
            domains.setdefault(_LIBRARY, Support()).add("self", 0.98, reason)
            part *= 0.7
        if rule.domain:
            domains.setdefault(rule.domain, Support()).add(rule.name, 0.8 * support.confidence * part, reason)


def _from_shape(domains: dict[str, Support], stack: Stack, paths: Sequence[str]) -> None:
    for path, manifest in stack.manifests.items():
        if "/" in path and path.count("/") > 1:
            continue
        if manifest.commands:
            place = Evidence(one_line(path), "installs a command")
            domains.setdefault(_COMMAND_LINE, Support()).add("manifest", 0.7, place)
        if manifest.published:
            place = Evidence(one_line(path), "is published under a name")
            domains.setdefault(_LIBRARY, Support()).add("manifest", 0.5, place)
    for path in paths:
        if path.endswith(_MAIN_FILES) and weight_of(path.rpartition("/")[0]) == 1:
            domains.setdefault(_COMMAND_LINE, Support()).add("main", 0.5, Evidence(one_line(path), "starts a program"))
            break


def _from_languages(domains: dict[str, Support], languages: Sequence[Language]) -> None:
    for domain, names in ((_DOCUMENTATION, _PROSE), (_SYSTEMS, _SYSTEM_LANGUAGES)):
        matching = [language for language in languages if language.name in names]
        share = sum(language.share for language in matching)
        if share >= 0.5:
            strength = 0.9 * share if domain == _DOCUMENTATION else 0.55 * share
            first = matching[0]
            place = Evidence(first.evidence[0].path, f"{first.name} is most of the code")
            domains.setdefault(domain, Support()).add("languages", strength, place)
