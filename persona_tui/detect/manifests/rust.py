"""Cargo.toml."""

from __future__ import annotations

from persona_tui.detect.manifests.documents import load_toml
from persona_tui.detect.manifests.mention import Manifest, Mention, Role, table, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def cargo_toml(source: str) -> Manifest:
    """Read Cargo.toml of a crate or a workspace (The Cargo Book), with the dependencies of single targets."""
    document = load_toml(source)
    package = table(document.get("package"))
    found = Manifest(commands=bool(document.get("bin")), published=bool(document.get("lib")))
    if name := text(package.get("name")):
        found.mentions.append(Mention(name, Role.SELF))
    for part in (document, table(document.get("workspace")), *map(table, table(document.get("target")).values())):
        for key, role in (("dependencies", Role.DIRECT), ("dev-dependencies", Role.DEV)):
            found.mentions += _crates(part.get(key), role)
            found.mentions += _crates(part.get(key.replace("-", "_")), role) if "-" in key else ()
        found.mentions += _crates(part.get("build-dependencies"), Role.BUILD)
    return found


def _crates(crates: Any, role: Role) -> Iterator[Mention]:
    for name, wanted in table(crates).items():
        entry = table(wanted)
        optional = Role.DEV if entry.get("optional") is True else role
        version = text(wanted) or text(entry.get("version"))
        yield Mention(text(entry.get("package")) or name, optional, version)
