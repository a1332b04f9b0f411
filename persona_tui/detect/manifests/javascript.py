"""package.json, bower.json, deno.json, composer.json, elm.json: JSON with tables from package to version."""

from __future__ import annotations

from persona_tui.detect.manifests.documents import load_json, load_jsonc
from persona_tui.detect.manifests.mention import Manifest, Mention, Role, table, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_OWN_SECTIONS = ("jest", "mocha", "ava")
_OWN_COMMANDS = ("node --test", "bun test")


def package_json(source: str) -> Manifest:
    """Read package.json (npm's reference; `packageManager` and `engines` as Node.js documents them).

    The runtime that `engines` asks for is mentioned as the tool `node`; a test runner that has its section or its
    command here as a tool of its name.
    """
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
    found.mentions += _tools(document)
    return found


def _tools(document: Mapping[str, Any]) -> Iterator[Mention]:
    for tool in _OWN_SECTIONS:
        if isinstance(document.get(tool), dict):
            yield Mention(tool, Role.TOOL, spelling=f'"{tool}"')
    scripts = [script for script in table(document.get("scripts")).values() if isinstance(script, str)]
    for command in _OWN_COMMANDS:
        if any(f" {command} " in f" {script} " for script in scripts):
            yield Mention(command, Role.TOOL)


def bower_json(source: str) -> Manifest:
    """Read bower.json, as of Bower's specification."""
    document = load_json(source)
    found = Manifest()
    if name := text(document.get("name")):
        found.mentions.append(Mention(name, Role.SELF, spelling=f'"{name}"'))
    found.mentions += _packages(document.get("dependencies"), Role.DIRECT)
    found.mentions += _packages(document.get("devDependencies"), Role.DEV)
    return found


def deno_json(source: str) -> Manifest:
    """Read the import map of deno.json and deno.jsonc: what it takes from npm and JSR (Deno's manual)."""
    document = load_jsonc(source)
    found = Manifest(published=bool(document.get("exports")))
    if name := text(document.get("name")):
        found.mentions.append(Mention(name, Role.SELF, spelling=f'"{name}"'))
    found.mentions.append(Mention("deno", Role.TOOL))
    for specifier in table(document.get("imports")).values():
        registry, colon, rest = (text(specifier) or "").partition(":")
        if not colon or registry not in ("npm", "jsr"):
            continue
        at = rest.find("@", 1)  # not that of a scope
        package = rest[:at] if at > 0 else rest
        scope, _, sub = package.lstrip("/").partition("/")
        package = f"{scope}/{sub.partition('/')[0]}" if scope.startswith("@") else scope
        version = rest[at + 1 :].partition("/")[0] if at > 0 else None
        found.mentions.append(Mention(package, Role.DIRECT, version or None, spelling=str(specifier)))
    return found


def composer_json(source: str) -> Manifest:
    """Read composer.json, as of Composer's schema."""
    document = load_json(source)
    found = Manifest(commands=bool(document.get("bin")), published=document.get("type") == "library")
    if name := text(document.get("name")):
        found.mentions.append(Mention(name, Role.SELF, spelling=f'"{name}"'))
    found.mentions += _packages(document.get("require"), Role.DIRECT)
    found.mentions += _packages(document.get("require-dev"), Role.DEV)
    return found


def elm_json(source: str) -> Manifest:
    """Read elm.json of an application (direct dependencies alone) or of a package, as Elm documents it."""
    document = load_json(source)
    found = Manifest(published=document.get("type") == "package")
    if name := text(document.get("name")):
        found.mentions.append(Mention(name, Role.SELF, spelling=f'"{name}"'))
    for key, role in (("dependencies", Role.DIRECT), ("test-dependencies", Role.DEV)):
        packages = table(document.get(key))
        found.mentions += _packages(packages.get("direct") if "direct" in packages else packages, role)
    return found


def _packages(packages: Any, role: Role) -> Iterator[Mention]:
    for name, version in table(packages).items():
        yield Mention(name, role, text(version), spelling=f'"{name}"')
