"""go.mod, Cargo.toml, Gemfile and gemspec, mix.exs, pubspec.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from persona_tui.detect.manifests.mention import Manifest, Mention, Role, table, text
from persona_tui.detect.manifests.python import load_toml

_GO_REQUIRE = re.compile(r"\s*(?:require\s+)?(\S+)\s+(v\d\S*)\s*(//\s*indirect)?")
_GO_MAJOR = re.compile(r"/v\d+$")
_GEM = re.compile(r"""^\s*gem[\s(]+["']([\w.-]+)["'](?:\s*,\s*["']([^"']+)["'])?(.*)""")
_GEM_GROUP = re.compile(r"^\s*group\b(.*)\bdo\b")
_GEM_DEV = re.compile(r":(?:test|development)\b")
_GEMSPEC = re.compile(
    r"""\.add_(runtime_|development_)?dependency[\s(]+["']([\w.-]+)["'](?:\s*,\s*["']([^"']+)["'])?"""
)
_GEMSPEC_NAME = re.compile(r"""\.name\s*=\s*["']([\w.-]+)["']""")
_MIX = re.compile(r"""\{\s*:(\w+)\s*,\s*"([^"\n]{1,80})"([^}]{0,200})\}""")
_PUBSPEC = re.compile(r"^( {0,2})([\w-]+)\s*:\s*([^#]*)")


def go_mod(source: str) -> Manifest:
    """Read go.mod: what is required directly. `// indirect` marks what others brought in."""
    found = Manifest()
    for number, line in enumerate(source.splitlines(), 1):
        if line.startswith("module "):
            found.mentions.append(Mention(_GO_MAJOR.sub("", line[7:].strip(' "\t')), Role.SELF, None, number))
        elif (match := _GO_REQUIRE.match(line)) and "." in match[1] and not match[3]:
            found.mentions.append(Mention(_GO_MAJOR.sub("", match[1]), Role.DIRECT, match[2], number))
    return found


def cargo_toml(source: str) -> Manifest:
    """Read Cargo.toml of a crate or a workspace, with the dependencies of single targets."""
    document = load_toml(source)
    package = table(document.get("package"))
    found = Manifest(commands=bool(document.get("bin")), published=bool(document.get("lib")))
    if name := text(package.get("name")):
        found.mentions.append(Mention(name, Role.SELF))
    for part in (document, table(document.get("workspace")), *map(table, table(document.get("target")).values())):
        found.mentions += _crates(part.get("dependencies"), Role.DIRECT)
        found.mentions += _crates(part.get("dev-dependencies"), Role.DEV)
        found.mentions += _crates(part.get("build-dependencies"), Role.BUILD)
    return found


def _crates(crates: Any, role: Role) -> Iterator[Mention]:
    for name, wanted in table(crates).items():
        entry = table(wanted)
        optional = Role.DEV if entry.get("optional") is True else role
        version = text(wanted) or text(entry.get("version"))
        yield Mention(text(entry.get("package")) or name, optional, version)


def gemfile(source: str) -> Manifest:
    """Read the literal `gem` lines of a Gemfile, with their groups."""
    found = Manifest()
    role = Role.DIRECT
    for number, line in enumerate(source.splitlines(), 1):
        if group := _GEM_GROUP.match(line):
            role = Role.DEV if _GEM_DEV.search(group[1]) else Role.DIRECT
        elif line.startswith("end"):
            role = Role.DIRECT
        elif gem := _GEM.match(line):
            own = Role.DEV if _GEM_DEV.search(gem[3]) else role
            found.mentions.append(Mention(gem[1], own, gem[2], number))
    return found


def gemspec(source: str) -> Manifest:
    """Read the literal name and dependencies of a *.gemspec."""
    found = Manifest(published=True, commands=".executables" in source)
    if name := _GEMSPEC_NAME.search(source):
        found.mentions.append(Mention(name[1], Role.SELF))
    for kind, gem, version in _GEMSPEC.findall(source):
        role = Role.DEV if kind == "development_" else Role.DIRECT
        found.mentions.append(Mention(gem, role, version or None))
    return found


def mix_exs(source: str) -> Manifest:
    """Read the literal dependencies of mix.exs."""
    found = Manifest(published="package:" in source, commands="escript:" in source)
    for name, version, options in _MIX.findall(source):
        role = Role.DEV if "only:" in options and ":prod" not in options else Role.DIRECT
        found.mentions.append(Mention(name, role, version, spelling=f":{name}"))
    return found


def pubspec(source: str) -> Manifest:
    """Read the two levels of pubspec.yaml that matter here: sections, and the packages in them."""
    found = Manifest()
    section = ""
    roles = {"dependencies": Role.DIRECT, "dev_dependencies": Role.DEV}
    for number, line in enumerate(source.splitlines(), 1):
        match = _PUBSPEC.match(line)
        if match and not match[1]:
            section = match[2]
            found.commands |= section == "executables"
            if section == "name":
                found.mentions.append(Mention(match[3].strip(" \"'"), Role.SELF, None, number))
        elif match and section in roles and len(match[1]) == 2:
            found.mentions.append(Mention(match[2], roles[section], match[3].strip(" \"'") or None, number))
    return found
