"""The manifests that are YAML, read by their outline."""

from __future__ import annotations

import re

from persona_tui.detect.manifests.mention import Manifest, Mention, Role
from persona_tui.detect.manifests.outline import ITEM, outline

# conda: `channel::name=version=build`, `name >=1.2`.
_CONDA = re.compile(r"(?:[\w./-]{1,99}::)?([\w.-]+)\s*([<>=!~][^#]*)?")
_HASKELL = re.compile(r"([A-Za-z][\w-]*)\s*(.*)")
_MAJOR = re.compile(r"/v\d+$")


def pubspec(source: str) -> Manifest:
    """Read pubspec.yaml (Dart's manual)."""
    return _keyed(source, {"dependencies": Role.DIRECT, "dev_dependencies": Role.DEV}, commands="executables")


def shard(source: str) -> Manifest:
    """Read shard.yml (its specification); a version stands below the package's name."""
    return _keyed(source, {"dependencies": Role.DIRECT, "development_dependencies": Role.DEV}, commands="targets")


def _keyed(source: str, roles: dict[str, Role], commands: str) -> Manifest:
    """Read sections from package to version, or to keys of which one is `version`."""
    found = Manifest()
    for path, value, line in outline(source):
        found.commands |= path == (commands,)
        if path == ("name",) and value:
            found.mentions.append(Mention(value, Role.SELF, None, line))
        elif len(path) == 2 and path[0] in roles and path[1] != ITEM:
            found.mentions.append(Mention(path[1], roles[path[0]], value or None, line))
        elif len(path) == 3 and path[0] in roles and path[2] == "version" and found.mentions:
            found.mentions[-1].version = value or None
    return found


def environment(source: str) -> Manifest:
    """Read environment.yml of conda (its manual), with the part that pip installs."""
    from persona_tui.detect.manifests.python import normal, requirements_of

    found = Manifest()
    for path, value, line in outline(source):
        if path == ("dependencies", ITEM) and (match := _CONDA.match(value)) and match[1] != "python":
            version = (match[2] or "").strip() or None
            found.mentions.append(Mention(normal(match[1]), Role.DIRECT, version, line))
        elif path == ("dependencies", ITEM, "pip", ITEM) and not value.startswith("-"):
            for mention in requirements_of([value], Role.DIRECT):
                mention.line = line
                found.mentions.append(mention)
    return found


def pnpm_workspace(source: str) -> Manifest:
    """Read the catalogs of pnpm-workspace.yaml (pnpm's manual).

    They say which version is meant wherever a package asks for it; whether one does, its package.json says.
    """
    found = Manifest()
    for path, value, line in outline(source):
        if value and (path[:1], len(path)) in ((("catalog",), 2), (("catalogs",), 3)):
            found.mentions.append(Mention(path[-1], Role.DEV, value, line))
    return found


def glide(source: str) -> Manifest:
    """Read glide.yaml (Glide's manual)."""
    found = Manifest()
    roles = {"import": Role.DIRECT, "testImport": Role.DEV}
    for path, value, line in outline(source):
        if path == ("package",) and value:
            found.mentions.append(Mention(value, Role.SELF, None, line))
        elif len(path) == 3 and path[0] in roles and path[2] == "package":
            found.mentions.append(Mention(_MAJOR.sub("", value), roles[path[0]], None, line))
        elif len(path) == 3 and path[0] in roles and path[2] == "version" and found.mentions:
            found.mentions[-1].version = value or None
    return found


def hpack(source: str) -> Manifest:
    """Read package.yaml of hpack (its manual): dependencies of the whole and of its parts, those of tests apart."""
    found = Manifest()
    for path, value, line in outline(source):
        section = path[0]
        found.commands |= section in ("executable", "executables")
        found.published |= section == "library"
        if path == ("name",) and value:
            found.mentions.append(Mention(value, Role.SELF, None, line))
        elif path[-1] in (ITEM, "name") and "dependencies" in path[-3:] and (match := _HASKELL.match(value)):
            role = Role.DEV if section in ("tests", "benchmarks") else Role.DIRECT
            found.mentions.append(Mention(match[1], role, match[2].strip() or None, line))
    return found


def stack_yaml(source: str) -> Manifest:
    """Read stack.yaml: it names versions (also of what others bring in) and no dependency; *.cabal files do."""
    return Manifest()


def chart(source: str) -> Manifest:
    """Read Chart.yaml of Helm (its manual)."""
    found = Manifest()
    for path, value, line in outline(source):
        if path == ("name",) and value:
            found.mentions.append(Mention(value, Role.SELF, None, line))
        elif path == ("dependencies", ITEM, "name") and value:
            found.mentions.append(Mention(value, Role.DIRECT, None, line))
        elif path == ("dependencies", ITEM, "version") and found.mentions[-1:] and value:
            found.mentions[-1].version = value
    return found


def galaxy(source: str) -> Manifest:
    """Read galaxy.yml of an Ansible collection (its reference)."""
    found = Manifest(published=True)
    own: dict[str, str] = {}
    for path, value, line in outline(source):
        if path in (("namespace",), ("name",)):
            own[path[0]] = value
        elif len(path) == 2 and path[0] == "dependencies" and path[1] != ITEM:
            found.mentions.append(Mention(path[1], Role.DIRECT, value or None, line))
    if own.get("namespace") and own.get("name"):
        found.mentions.append(Mention(f"{own['namespace']}.{own['name']}", Role.SELF, spelling=own["name"]))
        found.mentions.append(Mention("ansible-galaxy", Role.CHOSEN, spelling="namespace"))
    return found


def ansible_requirements(source: str) -> Manifest:
    """Read the collections and roles of requirements.yml (Ansible Galaxy's user guide)."""
    found = Manifest()
    for path, value, line in outline(source):
        if path in (("collections", ITEM, "name"), ("roles", ITEM, "name"), ("collections", ITEM)) and value:
            found.mentions.append(Mention(value, Role.DIRECT, None, line))
        elif path in (("collections", ITEM, "version"), ("roles", ITEM, "version")) and found.mentions:
            found.mentions[-1].version = value or None
    if found.mentions:
        found.mentions.append(Mention("ansible-galaxy", Role.CHOSEN, None, found.mentions[0].line))
    return found
