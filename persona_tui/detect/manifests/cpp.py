"""conanfile.txt, vcpkg.json, CMakeLists.txt, meson.build, platformio.ini."""

from __future__ import annotations

import re

from persona_tui.detect.manifests.documents import Lines, load_json
from persona_tui.detect.manifests.mention import Manifest, Mention, Role, table, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CONAN = re.compile(r"\s*([a-z0-9_][\w+.-]*)/([\w.+-]+|\[[^\]]*\])")
_CALL = re.compile(r"^[ \t]*(\w{1,60})[ \t]*\(([^()]{0,400})", re.MULTILINE)
_WORD = re.compile(r"[\w+.-]+")
_CPM_SHORT = re.compile(r'"?\s*(?:gh|gl|bb):[\w.-]+/([\w.-]+)')
_DEPENDENCY = re.compile(r"\bdependency\s*\(\s*'([\w+.-]{1,100})'([^()\n]{0,200})")
_VERSION = re.compile(r"\bversion\s*:\s*'([^']{1,40})'")
_PROJECT = re.compile(r"^[ \t]*project\s*\(\s*'([^'\n]{1,100})'", re.MULTILINE)
_TEST = re.compile(r"^[ \t]*test\s*\(", re.MULTILINE)
_CMAKE_TOOLS = {
    "enable_testing": "ctest",
    "idf_component_register": "esp-idf",
    "cpmaddpackage": "cpm",
}


def conanfile(source: str) -> Manifest:
    """Read conanfile.txt (Conan's reference)."""
    found = Manifest()
    section = ""
    roles = {"[requires]": Role.DIRECT, "[test_requires]": Role.DEV, "[tool_requires]": Role.BUILD}
    for number, line in enumerate(source.splitlines(), 1):
        if line.startswith("["):
            section = line.partition("#")[0].strip()
        elif section in roles and (match := _CONAN.match(line)):
            found.mentions.append(Mention(match[1], roles[section], match[2].strip("[]"), number))
    return found


def vcpkg_json(source: str) -> Manifest:
    """Read vcpkg.json (its reference), with the dependencies of features."""
    document = load_json(source)
    found = Manifest()
    if name := text(document.get("name")):
        found.mentions.append(Mention(name, Role.SELF, spelling=f'"{name}"'))
    _add_ports(found, document.get("dependencies"), Role.DIRECT)
    for feature in table(document.get("features")).values():
        _add_ports(found, table(feature).get("dependencies"), Role.DEV)
    return found


def _add_ports(found: Manifest, ports: Any, role: Role) -> None:
    for port in ports if isinstance(ports, list) else ():
        name = text(port) or text(table(port).get("name"))
        if name:
            own = Role.BUILD if table(port).get("host") is True else role
            found.mentions.append(Mention(name, own, text(table(port).get("version>=")), spelling=f'"{name}"'))


def cmake(source: str) -> Manifest:
    """Read the literal packages that CMakeLists.txt looks for or fetches (CMake's manual; CPM's for its own).

    Where tests are set up, the tool `ctest` is mentioned.
    """
    lines = Lines(source)
    found = Manifest()
    for match in _CALL.finditer(source):
        command, words = match[1].lower(), _WORD.findall(match[2])
        line = lines.at(match.start(1))
        names: list[str] = []
        if command in ("find_package", "fetchcontent_declare"):
            names = words[:1]
        elif command == "pkg_check_modules":
            names = [word for word in words[1:] if word not in ("REQUIRED", "QUIET", "IMPORTED_TARGET")]
        elif command == "cpmaddpackage":
            short = _CPM_SHORT.match(match[2])
            names = [short[1].partition("#")[0]] if short else words[1:2] if words[:1] == ["NAME"] else []
        elif command == "project" and words:
            found.mentions.append(Mention(words[0], Role.SELF, None, line))
        for name in names:
            place = lines.at(match.start(2) + match[2].find(name))
            found.mentions.append(Mention(name, Role.DIRECT, None, place))
        tool = "ctest" if command == "include" and words == ["CTest"] else _CMAKE_TOOLS.get(command)
        if tool:
            found.mentions.append(Mention(tool, Role.TOOL, None, line))
    return found


def meson(source: str) -> Manifest:
    """Read the literal dependencies of meson.build (Meson's reference); where it has tests, the tool `meson test`."""
    lines = Lines(source)
    found = Manifest()
    if name := _PROJECT.search(source):
        found.mentions.append(Mention(name[1], Role.SELF, spelling=name[1]))
    for match in _DEPENDENCY.finditer(source):
        version = _VERSION.search(match[2])
        line = lines.at(match.start(1))
        found.mentions.append(Mention(match[1], Role.DIRECT, version[1] if version else None, line))
    if test := _TEST.search(source):
        found.mentions.append(Mention("meson test", Role.TOOL, None, lines.at(test.end())))
    return found


def platformio(source: str) -> Manifest:
    """Read platformio.ini (PlatformIO's manual): the frameworks of its environments, such as `arduino`."""
    found = Manifest()
    for number, line in enumerate(source.splitlines(), 1):
        key, equals, value = line.partition("=")
        if equals and key.strip() == "framework":
            for name in _WORD.findall(value.partition(";")[0]):
                found.mentions.append(Mention(name, Role.DIRECT, None, number))
    return found
