"""mix.exs of Elixir and rebar.config of Erlang: terms, of which only what stands there literally is read."""

from __future__ import annotations

import re

from persona_tui.detect.manifests.mention import Manifest, Mention, Role

# `{:phoenix, "~> 1.7", only: :test}`, `{:own, path: "../own"}`.
_MIX = re.compile(
    r"\{\s*:(\w+)\s*,\s*(?:\"([^\"\n]{1,80})\"|(?=(?:git|github|path|hex|only|in_umbrella|branch|tag|override):))"
    r"([^{}]{0,400})\}"
)
_APP = re.compile(r"^[ \t]*app:\s*:(\w+)", re.MULTILINE)
_DEPS = re.compile(r'%[^\n]*|"[^"\n]*"?|\{\s*(deps|profiles)\s*,\s*\[')
_TERM = re.compile(r'%[^\n]*|"[^"\n]*"|[\[\]{}]|[a-z]\w*')
_QUOTED = re.compile(r'\s*,\s*"([^"\n]{1,80})"')


def mix_exs(source: str) -> Manifest:
    """Read the literal dependencies of mix.exs (the manual of Mix)."""
    found = Manifest(published="package:" in source, commands="escript:" in source)
    if app := _APP.search(source):
        found.mentions.append(Mention(app[1], Role.SELF, spelling=f":{app[1]}"))
    for name, version, options in _MIX.findall(source):
        role = Role.DEV if "only:" in options and ":prod" not in options else Role.DIRECT
        found.mentions.append(Mention(name, role, version or None, spelling=f":{name}"))
    return found


def rebar_config(source: str) -> Manifest:
    """Read `deps` of rebar.config (the manual of Rebar3); those of profiles are for development."""
    found = Manifest()
    role = Role.DIRECT
    position = 0
    while match := _DEPS.search(source, position):
        position = match.end()
        if match[1] == "profiles":
            role = Role.DEV  # they come after the rest by custom
        elif match[1]:
            position = _add_terms(found, source, position, role)
    return found


def _add_terms(found: Manifest, source: str, position: int, role: Role) -> int:
    """Add the packages of the list that is open at `position`; return where it ends."""
    depth = 1
    first = False  # the next atom is the first of a tuple
    for token in _TERM.finditer(source, position):
        position = token.end()
        if token[0] in ("[", "{"):
            depth += 1
            first = depth == 2 and token[0] == "{"
        elif token[0] in ("]", "}"):
            depth -= 1
            if depth == 0:
                break
        elif token[0][0] not in '%"' and (depth == 1 or first):
            version = _QUOTED.match(source, position) if first else None
            found.mentions.append(Mention(token[0], role, version[1] if version else None))
            first = False
    return position
