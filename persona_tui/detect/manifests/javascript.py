"""package.json, composer.json: JSON with tables from package to version."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from persona_tui.detect.manifests.mention import Manifest, Mention, Role, Unparsable, table, text


def load_json(source: str) -> dict[str, Any]:
    """Return the object of a JSON text; raises Unparsable."""
    try:
        document = json.loads(source)
    except RecursionError as error:
        raise Unparsable("nested too deeply") from error
    except ValueError as error:
        raise Unparsable("not valid JSON") from error
    if not isinstance(document, dict):
        raise Unparsable("not a JSON object")
    return document


def package_json(source: str) -> Manifest:
    """Read package.json. The runtime that `engines` asks for is mentioned as the tool `node`."""
    document = load_json(source)
    found = Manifest(commands=bool(document.get("bin")))
    if name := text(document.get("name")):
        found.published = document.get("private") is not True
        found.mentions.append(Mention(name, Role.SELF, spelling=f'"{name}"'))
    if manager := text(document.get("packageManager")):  # Corepack: `pnpm@9.1.0+sha512.…`
        chosen, _, version = manager.partition("@")
        found.mentions.append(Mention(chosen, Role.CHOSEN, version.partition("+")[0] or None, spelling=manager))
    if node := text(table(document.get("engines")).get("node")):
        found.mentions.append(Mention("node", Role.TOOL, node, spelling='"node"'))
    found.mentions += _packages(document.get("dependencies"), Role.DIRECT)
    for key in ("devDependencies", "peerDependencies", "optionalDependencies"):
        found.mentions += _packages(document.get(key), Role.DEV)
    return found


def composer_json(source: str) -> Manifest:
    """Read composer.json."""
    document = load_json(source)
    found = Manifest(commands=bool(document.get("bin")), published=document.get("type") == "library")
    if name := text(document.get("name")):
        found.mentions.append(Mention(name, Role.SELF, spelling=f'"{name}"'))
    found.mentions += _packages(document.get("require"), Role.DIRECT)
    found.mentions += _packages(document.get("require-dev"), Role.DEV)
    return found


def _packages(packages: Any, role: Role) -> Iterator[Mention]:
    for name, version in table(packages).items():
        yield Mention(name, role, text(version), spelling=f'"{name}"')
