"""Package.swift, *.cabal, *.opam, Project.toml, DESCRIPTION, cpanfile, *.rockspec, *.nimble, build.zig.zon."""

from __future__ import annotations

import re

from persona_tui.detect.manifests.documents import Lines, load_toml
from persona_tui.detect.manifests.mention import Manifest, Mention, Role, table, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_SWIFT_PACKAGE = re.compile(
    r"\.package\s*\(\s*(?:name:\s*\"[^\"\n]{1,100}\"\s*,\s*)?"
    r"(?:url|path|id):\s*\"([^\"\n]{1,300})\"(?:\s*,\s*(?:from|exact|\.upToNextM\w{1,10}\(from):?\s*\"([^\"\n]{1,40})\")?"
)
_SWIFT_NAME = re.compile(r"\bPackage\s*\(\s*name:\s*\"([^\"\n]{1,100})\"")
_CABAL_SECTION = re.compile(
    r"(library|executable|test-suite|benchmark|common|foreign-library|flag|custom-setup)\b", re.I
)
_CABAL_FIELD = re.compile(r"([ \t]*)([A-Za-z][\w-]*)[ \t]*:(.*)")
_NAME_FIRST = re.compile(r"[\s,]*([A-Za-z][\w.-]*)\s*([^,]*)")
_OPAM_DEPENDS = re.compile(r"^depends:\s*\[", re.MULTILINE)
_OPAM_TOKEN = re.compile(r'"([^"\n]*)"|\{([^{}]*)\}|\]|#[^\n]*')
_DCF_FIELD = re.compile(r"([A-Za-z][\w.@/-]*):(.*)")
_R_PACKAGE = re.compile(r"\s*([A-Za-z][\w.]*)\s*(?:\(([^()]*)\))?")
_CPAN = re.compile(
    r"^\s*(test_|configure_|build_|author_)?(requires|recommends)[\s(]+['\"]?([\w:]+)['\"]?(?:\s*(?:,|=>)\s*['\"]([^'\"]*))?"
)
_CPAN_PHASE = re.compile(r"^\s*on[\s(]*['\"]?(\w+)['\"]?\s*=>")
_LUA_LIST = re.compile(r"\b(test_|build_)?dependencies\s*=\s*\{([^{}]*)\}")
_LUA_NAME = re.compile(r"^[ \t]*package\s*=\s*[\"']([\w.-]+)", re.MULTILINE)
_LUA_ROCK = re.compile(r"[\"']\s{0,20}([\w./-]{1,100})\s{0,20}([^\"'\n]{0,100})[\"']")
_NIM_PACKAGE = re.compile(r'"([A-Za-z][\w./:-]{0,200})[ \t]{0,20}([^"\n]{0,100})"')
_ZIG_TOKEN = re.compile(r'//[^\n]*|"(?:[^"\\\n]|\\.)*"?|\.(?:@"([^"\n]{1,100})"|(\w+))\s*=|[{}]')
_ZIG_NAME = re.compile(r'^[ \t]*\.name\s*=\s*(?:\.|")(\w+)', re.MULTILINE)


def package_swift(source: str) -> Manifest:
    """Read the literal packages of Package.swift (PackageDescription's reference), by their repositories' names."""
    lines = Lines(source)
    found = Manifest(commands=".executable" in source, published=".library" in source)
    if name := _SWIFT_NAME.search(source):
        found.mentions.append(Mention(name[1], Role.SELF, spelling=name[1]))
    for match in _SWIFT_PACKAGE.finditer(source):
        address, line = match[1].rstrip("/"), lines.at(match.start(1))
        repository = re.split(r"[/:]", address)[-1].removesuffix(".git")
        found.mentions.append(Mention(repository, Role.DIRECT, match[2], line))
    return found


def cabal(source: str) -> Manifest:
    """Read *.cabal (Cabal's manual): `build-depends` of each section, those of tests and benchmarks for development."""
    found = Manifest()
    role = Role.DIRECT
    field_indent = -1  # that of the open `build-depends`
    for number, line in enumerate(source.splitlines(), 1):
        body = line.strip()
        if not body or body.startswith("--"):
            continue
        indent = len(line) - len(line.lstrip())
        field = _CABAL_FIELD.match(line)
        if field_indent >= 0 and indent > field_indent:
            found.mentions += _listed(body, role, number)
            continue
        field_indent = -1
        if field:
            key, value = field[2].lower(), field[3]
            if key == "name" and not indent:
                found.mentions.append(Mention(value.strip(), Role.SELF, None, number))
            elif key == "build-depends":
                field_indent = indent
                found.mentions += _listed(value, role, number)
        elif not indent and (section := _CABAL_SECTION.match(line)):
            kind = section[1].lower()
            role = Role.DEV if kind in ("test-suite", "benchmark") else Role.DIRECT
            found.commands |= kind == "executable"
            found.published |= kind == "library"
    return found


def _listed(value: str, role: Role, line: int) -> Iterator[Mention]:
    for part in value.split(","):
        if match := _NAME_FIRST.match(part):
            yield Mention(match[1], role, match[2].strip() or None, line)


def opam(source: str) -> Manifest:
    """Read `depends` of an opam file (opam's manual); what is filtered by `with-test` and such is for development."""
    lines = Lines(source)
    found = Manifest(published=True)
    start = _OPAM_DEPENDS.search(source)
    for token in _OPAM_TOKEN.finditer(source, start.end()) if start else ():
        if token[0] == "]":
            break
        if token[1]:
            line = lines.at(token.start())
            found.mentions.append(Mention(token[1], Role.DIRECT, None, line))
        elif token[2] and found.mentions and re.search(r"\bwith-(?:test|doc|dev-setup)\b", token[2]):
            found.mentions[-1].role = Role.DEV
    return found


def julia_project(source: str) -> Manifest:
    """Read Project.toml of Julia (the manual of Pkg); `extras` and weak dependencies are for development."""
    document = load_toml(source)
    versions = table(document.get("compat"))
    found = Manifest(published=bool(document.get("uuid")))
    if name := text(document.get("name")):
        found.mentions.append(Mention(name, Role.SELF))
    for key, role in (("deps", Role.DIRECT), ("extras", Role.DEV), ("weakdeps", Role.DEV)):
        found.mentions += [Mention(name, role, text(versions.get(name))) for name in table(document.get(key))]
    return found


def description(source: str) -> Manifest:
    """Read DESCRIPTION of an R package (Writing R Extensions); with `biocViews` it is one of Bioconductor."""
    fields: dict[str, list[tuple[int, str]]] = {}
    field = ""
    for number, line in enumerate(source.splitlines(), 1):
        if not line[:1].isspace() and (match := _DCF_FIELD.match(line)):
            field = match[1]
            fields.setdefault(field, []).append((number, match[2]))
        elif field:
            fields[field].append((number, line))
    found = Manifest(published="Package" in fields)
    if "Package" not in fields:
        return found
    number, name = fields["Package"][0]
    found.mentions.append(Mention(name.strip(), Role.SELF, None, number))
    roles = {"Depends": Role.DIRECT, "Imports": Role.DIRECT, "LinkingTo": Role.DIRECT, "Suggests": Role.DEV}
    for key, role in roles.items():
        for number, line in fields.get(key, ()):
            for part in line.split(","):
                if (package := _R_PACKAGE.match(part)) and package[1] != "R":
                    found.mentions.append(Mention(package[1], role, package[2], number))
    source_of_packages = "bioconductor" if "biocViews" in fields else "cran"
    found.mentions.append(Mention("r-package", Role.TOOL, None, fields["Package"][0][0]))
    found.mentions.append(Mention(source_of_packages, Role.CHOSEN, None, fields["Package"][0][0]))
    return found


def cpanfile(source: str) -> Manifest:
    """Read the literal requirements of a cpanfile (its specification), with their phases."""
    found = Manifest()
    phase = Role.DIRECT
    phases = {"test": Role.DEV, "develop": Role.DEV, "configure": Role.BUILD, "build": Role.BUILD}
    for number, line in enumerate(source.splitlines(), 1):
        if on := _CPAN_PHASE.match(line):
            phase = phases.get(on[1], Role.DIRECT)
        elif line.startswith("}"):
            phase = Role.DIRECT
        elif (match := _CPAN.match(line)) and match[3] != "perl":
            role = Role.DEV if match[1] or match[2] == "recommends" else phase
            found.mentions.append(Mention(match[3], role, match[4] or None, number))
    return found


def rockspec(source: str) -> Manifest:
    """Read a *.rockspec (LuaRocks' format), which is Lua and is not run."""
    found = Manifest(published=True)
    if name := _LUA_NAME.search(source):
        found.mentions.append(Mention(name[1], Role.SELF, spelling=name[1]))
    for listed in _LUA_LIST.finditer(source):
        role = {"test_": Role.DEV, "build_": Role.BUILD}.get(listed[1] or "", Role.DIRECT)
        for rock in _LUA_ROCK.finditer(listed[2]):
            if rock[1] != "lua":
                found.mentions.append(Mention(rock[1].rpartition("/")[2], role, rock[2].strip() or None))
    return found


def nimble(source: str) -> Manifest:
    """Read the literal `requires` of a *.nimble file (Nimble's manual), also where they go on over lines."""
    found = Manifest(published=True)
    role: Role | None = None
    for number, line in enumerate(source.splitlines(), 1):
        body = line.strip()
        found.commands |= body.startswith("bin ") or body.startswith("bin=")
        if body.startswith(("requires", "taskRequires")):
            role = Role.DIRECT if body.startswith("requires") else Role.DEV
        if role is not None:
            for match in _NIM_PACKAGE.finditer(body.partition(",")[2] if body.startswith("task") else body):
                name = match[1].rstrip("/").rpartition("/")[2]
                if name.lower() != "nim":
                    found.mentions.append(Mention(name, role, match[2].strip() or None, number))
            if not body.endswith((",", "(")):
                role = None
    return found


def zig_zon(source: str) -> Manifest:
    """Read the dependencies of build.zig.zon (its documentation), by the names that the package gives them."""
    lines = Lines(source)
    found = Manifest()
    if name := _ZIG_NAME.search(source):
        found.mentions.append(Mention(name[1], Role.SELF, spelling=name[1]))
    keys: list[str] = []
    key = ""
    for token in _ZIG_TOKEN.finditer(source):
        if named := token[1] or token[2]:
            key = named
            if keys[1:] == ["dependencies"]:
                line = lines.at(token.start())
                found.mentions.append(Mention(key, Role.DIRECT, None, line))
        elif token[0] == "{":
            keys.append(key)
            key = ""
        elif token[0] == "}":
            keys = keys[:-1]
    return found
