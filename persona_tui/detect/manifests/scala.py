"""build.sbt and project/plugins.sbt: the literal coordinates."""

from __future__ import annotations

import re

from persona_tui.detect.manifests.documents import Lines
from persona_tui.detect.manifests.mention import Manifest, Mention, Role

# `"org.typelevel" %% "cats-core" % "2.9.0" % Test`; a version may be a value's name.
_MODULE = re.compile(
    r'"([\w.-]{1,100})"\s{0,20}%{1,3}\s{0,20}"([\w.-]{1,100})"'
    r'(?:\s{0,20}%\s{0,20}(?:"([\w.+-]{1,60})"|[\w.]{1,60}))?(?:\s{0,20}%\s{0,20}"?(\w{1,40}))?'
)
_PLUGIN = re.compile(r"\baddSbtPlugin\s{0,20}\(\s{0,20}$")
_NAME = re.compile(r'^(?:ThisBuild[ \t]*/[ \t]*)?name[ \t]*:=[ \t]*"([^"\n]{1,100})"', re.MULTILINE)


def sbt(source: str) -> Manifest:
    """Read build.sbt and project/plugins.sbt (the manual of sbt) as `organization:artifact`, without Scala's suffix."""
    lines = Lines(source)
    found = Manifest(published="publishTo" in source)
    if name := _NAME.search(source):
        found.mentions.append(Mention(name[1], Role.SELF))
    for match in _MODULE.finditer(source):
        before = source[max(0, match.start() - 60) : match.start()]
        for_tests = (match[4] or "").lower() in ("test", "it", "integrationtest")
        role = Role.DEV if for_tests else Role.BUILD if _PLUGIN.search(before) else Role.DIRECT
        line = lines.at(match.start())
        found.mentions.append(Mention(f"{match[1]}:{match[2]}", role, match[3], line))
    return found
