"""What a codebase is for: a web backend, a command line tool, a library, and so on."""

from __future__ import annotations

from persona_tui.detect.calibration import calibrated
from persona_tui.detect.files import depth
from persona_tui.detect.manifests import Role
from persona_tui.detect.reading import shown
from persona_tui.detect.result import Evidence, Finding
from persona_tui.detect.stack import Support

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from persona_tui.detect.files import Files
    from persona_tui.detect.result import Language
    from persona_tui.detect.stack import Stack

MAIN_FILES = (b"main.go", b"main.rs", b"__main__.py")

_BACKEND, _FRONTEND, _FULL_STACK = "web backend", "web frontend", "full-stack web"
_COMMAND_LINE, _LIBRARY, _SYSTEMS, _DOCUMENTATION = "command line", "library", "systems", "documentation"
_PROSE = frozenset(["AsciiDoc", "Markdown", "TeX", "Typst", "reStructuredText"])
_SYSTEM_LANGUAGES = frozenset(["Ada", "Assembly", "C", "C++", "Rust", "SystemVerilog", "VHDL", "Verilog", "Zig"])
_DATA_LANGUAGES = frozenset(["R", "Julia", "SQL"])
_INFRASTRUCTURE_LANGUAGES = frozenset(["HCL", "Bicep", "Puppet"])
_GAME_LANGUAGES = frozenset(["GDScript", "GDShader"])
_BY_LANGUAGE = (
    (_DOCUMENTATION, _PROSE, 0.9),
    (_SYSTEMS, _SYSTEM_LANGUAGES, 0.55),
    ("data", _DATA_LANGUAGES, 0.7),
    ("infrastructure", _INFRASTRUCTURE_LANGUAGES, 0.9),
    ("game", _GAME_LANGUAGES, 0.95),
)
_LEAST = 0.4


def domain_of(stack: Stack, files: Files, languages: Sequence[Language], shares: Mapping[str, float]) -> Finding | None:
    """Return what most speaks for, or None where little speaks for anything.

    `shares` is, by ecosystem, the share of the code that its languages have.
    """
    domains: dict[str, Support] = {}
    _from_frameworks(domains, stack, shares)
    _from_shape(domains, stack, files)
    _from_languages(domains, languages)
    backend, frontend = domains.get(_BACKEND), domains.get(_FRONTEND)
    if backend and frontend and min(backend.strength, frontend.strength) >= _LEAST:
        both = domains[_FULL_STACK] = Support()
        both.add("frameworks", max(backend.strength, frontend.strength), backend.places[0][1])
        both.add("frameworks", min(backend.strength, frontend.strength), frontend.places[0][1])
    if stack.manifests and not any(support.strength >= _LEAST for support in domains.values()):
        place = Evidence(shown(min(stack.manifests, key=depth)), "nothing here starts a program or serves anybody")
        domains.setdefault(_LIBRARY, Support()).add("nothing else", _LEAST, place)
    if not domains:
        return None
    # At a tie what was looked for first, but both sides of the web together before either.
    name = max(domains, key=lambda domain: (domains[domain].strength, domain == _FULL_STACK))
    found = domains[name]
    if found.strength < _LEAST:
        return None
    evidence = tuple(place for _, place in sorted(found.places, key=lambda item: -item[0])[:3])
    return Finding(name, calibrated("domain", found.strength), evidence)


def _from_frameworks(domains: dict[str, Support], stack: Stack, shares: Mapping[str, float]) -> None:
    """A framework says as much as its language has of the code; one that is developed here makes a library."""
    for rule, support in stack.certain().items():
        if rule.kind not in ("frameworks", "libraries"):
            continue
        share = shares.get(rule.ecosystem)
        # What only configures, such as a chart, has no code that could have a share.
        part = 1.0 if share is None or (share == 0 and "file" in support.strengths) else min(1.0, 2 * share)
        nearest = max(support.places, key=lambda item: item[0])[1]
        reason = Evidence(nearest.path, f"{rule.name}: {nearest.reason}", nearest.line)
        if Role.SELF in support.roles:
            domains.setdefault(_LIBRARY, Support()).add("self", 0.98, reason)
            part *= 0.7
        if rule.domain:
            weight = 0.8 if rule.kind == "frameworks" else 0.6
            domains.setdefault(rule.domain, Support()).add(rule.name, weight * support.strength * part, reason)


def _from_shape(domains: dict[str, Support], stack: Stack, files: Files) -> None:
    for path, manifest in stack.manifests.items():
        if path.count(b"/") > 1:
            continue
        if manifest.commands:
            domains.setdefault(_COMMAND_LINE, Support()).add(
                "manifest", 0.7, Evidence(shown(path), "installs a command")
            )
        if manifest.published:
            where = Evidence(shown(path), "is published under a name")
            domains.setdefault(_LIBRARY, Support()).add("manifest", 0.5, where)
    starts = [path for name in MAIN_FILES for path in files.named.get(name, ()) if files.place(path) == 1]
    if starts:
        where = Evidence(shown(min(starts, key=depth)), "starts a program")
        domains.setdefault(_COMMAND_LINE, Support()).add("main", 0.5, where)


def _from_languages(domains: dict[str, Support], languages: Sequence[Language]) -> None:
    for domain, names, weight in _BY_LANGUAGE:
        matching = [language for language in languages if language.name in names]
        share = sum(language.share for language in matching)
        if share >= 0.5:
            where = Evidence(matching[0].evidence[0].path, f"{matching[0].name} is most of the code")
            domains.setdefault(domain, Support()).add("languages", weight * share, where)
