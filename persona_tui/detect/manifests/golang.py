"""go.mod, and what came before it: Gopkg.toml and vendor.conf."""

from __future__ import annotations

import re

from persona_tui.detect.manifests.documents import load_toml
from persona_tui.detect.manifests.mention import Manifest, Mention, Role, tables, text

_REQUIRE = re.compile(r"\s*(?:require\s+)?(\S+)\s+(v\d\S*)\s*(//\s*indirect)?")
_MAJOR = re.compile(r"/v\d+$")


def go_mod(source: str) -> Manifest:
    """Read go.mod (Go Modules Reference): what is required directly. `// indirect` marks what others brought in."""
    found = Manifest()
    inside = ""  # the directive whose brackets are open
    for number, line in enumerate(source.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("module "):
            found.mentions.append(Mention(_MAJOR.sub("", stripped[7:].strip(' "\t')), Role.SELF, None, number))
        elif stripped.endswith("("):
            inside = stripped[:-1].strip()
        elif stripped == ")":
            inside = ""
        elif stripped.startswith("tool ") or (inside == "tool" and stripped):
            found.mentions.append(Mention(stripped.removeprefix("tool ").strip(), Role.DEV, None, number))
        elif inside not in ("", "require") or stripped.startswith(("replace ", "exclude ", "retract ")):
            continue
        elif (match := _REQUIRE.match(line)) and "." in match[1] and not match[3]:
            found.mentions.append(Mention(_MAJOR.sub("", match[1]), Role.DIRECT, match[2], number))
    return found


def gopkg_toml(source: str) -> Manifest:
    """Read Gopkg.toml of dep (its manual): constraints are on direct dependencies, overrides on any."""
    found = Manifest()
    for constraint in tables(load_toml(source).get("constraint")):
        if name := text(constraint.get("name")):
            version = text(constraint.get("version")) or text(constraint.get("branch"))
            found.mentions.append(Mention(_MAJOR.sub("", name), Role.DIRECT, version))
    return found


def vendor_conf(source: str) -> Manifest:
    """Read vendor.conf of vndr, which is a lock file: what others brought in stands beside what the project needs.

    So it names nothing that would tell what the project is.
    """
    return Manifest()
