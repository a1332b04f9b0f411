"""Gemfile, gemspec and Podfile: Ruby, of which only what stands there literally is read."""

from __future__ import annotations

import re

from persona_tui.detect.manifests.mention import Manifest, Mention, Role

_GEM = re.compile(r"""^\s*gem[\s(]+["']([\w.-]+)["'](?:\s*,\s*["']([^"']+)["'])?(.*)""")
_GROUP = re.compile(r"^\s*group\b(.*)\bdo\b")
_DEV = re.compile(r":(?:test|development)\b")
_DEPENDENCY = re.compile(
    r"""\.add_(runtime_|development_)?dependency[\s(]+["']([\w.-]+)["'](?:\s*,\s*["']([^"']{1,80})["'])?"""
)
_NAME = re.compile(r"""\.name\s*=\s*["']([\w.-]+)["']""")
_POD = re.compile(r"""^\s*pod[\s(]+["']([\w.+/-]+)["'](?:\s*,\s*["']([^"']{1,80})["'])?""")
_TARGET = re.compile(r"""^\s*(?:abstract_)?target[\s(]+["']([^"']{1,100})["']""")


def gemfile(source: str) -> Manifest:
    """Read the literal `gem` lines of a Gemfile, with their groups (Bundler's manual)."""
    found = Manifest()
    role = Role.DIRECT
    for number, line in enumerate(source.splitlines(), 1):
        if group := _GROUP.match(line):
            role = Role.DEV if _DEV.search(group[1]) else Role.DIRECT
        elif line.startswith("end"):
            role = Role.DIRECT
        elif gem := _GEM.match(line):
            own = Role.DEV if _DEV.search(gem[3]) else role
            found.mentions.append(Mention(gem[1], own, gem[2], number))
    return found


def gemspec(source: str) -> Manifest:
    """Read the literal name and dependencies of a *.gemspec (RubyGems' specification)."""
    found = Manifest(published=True, commands=".executables" in source)
    if name := _NAME.search(source):
        found.mentions.append(Mention(name[1], Role.SELF))
    for kind, gem, version in _DEPENDENCY.findall(source):
        role = Role.DEV if kind == "development_" else Role.DIRECT
        found.mentions.append(Mention(gem, role, version or None))
    return found


def podfile(source: str) -> Manifest:
    """Read the literal `pod` lines of a Podfile (its syntax reference); those of a target of tests are for development.

    `Firebase/Auth` is a part of the pod `Firebase`.
    """
    found = Manifest()
    role = Role.DIRECT
    for number, line in enumerate(source.splitlines(), 1):
        if target := _TARGET.match(line):
            role = Role.DEV if target[1].endswith("Tests") else Role.DIRECT
        elif pod := _POD.match(line):
            found.mentions.append(Mention(pod[1].partition("/")[0], role, pod[2], number))
    return found
