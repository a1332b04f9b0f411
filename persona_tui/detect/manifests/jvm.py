"""pom.xml, Gradle builds, settings and version catalogues, Ivy and Ant: XML, TOML and a little Groovy."""

from __future__ import annotations

import re

from persona_tui.detect.manifests.documents import Lines, load_toml, load_xml
from persona_tui.detect.manifests.mention import Manifest, Mention, Role, table, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

_LONGEST_VERSION = 100  # a property may be long, and stand in a version many times
_PROPERTY = re.compile(r"\$\{([\w.-]{1,100})\}")
# `implementation("group:artifact:version")`, with or without brackets, in Groovy and Kotlin.
_GRADLE_DEPENDENCY = re.compile(
    r"""^[ \t]*([a-z]\w*)[ \t(]+(?:(?:enforcedP|p)latform[ (]+)?["']([\w.-]+:[\w.-]+)(?::([\w.+-]+))?["']""",
    re.MULTILINE,
)
_GRADLE_PLUGIN = re.compile(
    r"""^[ \t]*id[ \t(]+["']([\w.-]+)["']\)?(?:[ \t]+version[ \t]+["']([\w.+-]+)["'])?""", re.MULTILINE
)
# `kotlin("jvm")` and `apply plugin: "java"`.
_KOTLIN_PLUGIN = re.compile(r"""^[ \t]*kotlin\(["']([\w.-]+)["']\)(?:[ \t]+version[ \t]+["']([\w.+-]+)["'])?""", re.M)
_APPLIED = re.compile(r"""^[ \t]*apply[ \t(]+plugin[ \t]*[:=][ \t]*["']([\w.-]+)["']""", re.MULTILINE)
_ROOT_NAME = re.compile(r"""^[ \t]*rootProject\.name[ \t]*=[ \t]*["']([\w .-]{1,100})["']""", re.MULTILINE)


def pom_xml(source: str) -> Manifest:
    """Read a Maven project (POM reference): parent, dependencies and build plugins as `group:artifact`."""
    project = load_xml(source)
    values = {child.tag: (child.text or "").strip()[:_LONGEST_VERSION] for child in _children(project, "properties")}
    found = Manifest(published=project.find("distributionManagement") is not None)
    if (artifact := _value(project, "artifactId")) and (group := _value(project, "groupId")):
        found.mentions.append(Mention(f"{group}:{artifact}", Role.SELF, spelling=artifact))
    for parent in project.findall("parent"):
        found.mentions += _artifact(parent, Role.DIRECT, values)
    for dependency in _children(project, "dependencies"):
        role = Role.DEV if _value(dependency, "scope") == "test" else Role.DIRECT
        found.mentions += _artifact(dependency, role, values)
    for plugin in _children(project, "build/plugins"):
        found.mentions += _artifact(plugin, Role.BUILD, values)
    return found


def gradle(source: str) -> Manifest:
    """Read build.gradle and build.gradle.kts without running them: the literal plugins and coordinates."""
    lines = Lines(source)
    found = Manifest()
    for match in _GRADLE_PLUGIN.finditer(source):
        found.mentions.append(Mention(match[1], Role.DIRECT, match[2], lines.at(match.start(1))))
    for match in _KOTLIN_PLUGIN.finditer(source):
        name = f"org.jetbrains.kotlin.{match[1]}"
        found.mentions.append(Mention(name, Role.DIRECT, match[2], lines.at(match.start(1))))
    for match in _APPLIED.finditer(source):
        found.mentions.append(Mention(match[1], Role.DIRECT, None, lines.at(match.start(1))))
    for match in _GRADLE_DEPENDENCY.finditer(source):
        role = Role.DEV if match[1].lower().startswith(("test", "androidtest")) else Role.DIRECT
        found.mentions.append(Mention(match[2], role, match[3], lines.at(match.start(2))))
    return found


def gradle_settings(source: str) -> Manifest:
    """Read settings.gradle and settings.gradle.kts: the root project's name and the literal plugins."""
    lines = Lines(source)
    found = Manifest()
    if name := _ROOT_NAME.search(source):
        found.mentions.append(Mention(name[1], Role.SELF, None, lines.at(name.start(1))))
    for match in _GRADLE_PLUGIN.finditer(source):
        found.mentions.append(Mention(match[1], Role.BUILD, match[2], lines.at(match.start(1))))
    return found


def version_catalog(source: str) -> Manifest:
    """Read gradle/libs.versions.toml (Gradle's manual): its libraries and plugins, also as `group:name:version`."""
    document = load_toml(source)
    versions = table(document.get("versions"))
    found = Manifest()
    for section, key in (("libraries", "module"), ("plugins", "id")):
        for entry in table(document.get(section)).values():
            if short := text(entry):
                parts = short.split(":")
                version = parts[-1] if len(parts) == (3 if section == "libraries" else 2) else None
                name = ":".join(parts[: 2 if section == "libraries" else 1])
            else:
                fields = table(entry)
                name = text(fields.get(key)) or f"{fields.get('group', '')}:{fields.get('name', '')}"
                wanted = fields.get("version")
                version = text(wanted) or text(versions.get(text(table(wanted).get("ref")) or ""))
            found.mentions.append(Mention(name, Role.DIRECT, version))
    return found


def ivy_xml(source: str) -> Manifest:
    """Read the dependencies of ivy.xml (Ivy's manual)."""
    module = load_xml(source)
    found = Manifest()
    for dependency in _children(module, "dependencies"):
        group, artifact = dependency.get("org"), dependency.get("name")
        if dependency.tag == "dependency" and group and artifact:
            role = Role.DEV if (dependency.get("conf") or "").startswith("test") else Role.DIRECT
            found.mentions.append(Mention(f"{group}:{artifact}", role, dependency.get("rev"), spelling=artifact))
    return found


def ant_build(source: str) -> Manifest:
    """Read build.xml: only that Ant builds this, for its root is `project` with a default target or targets."""
    project = load_xml(source)
    found = Manifest()
    if project.tag == "project" and (project.get("default") or project.find("target") is not None):
        found.mentions.append(Mention("ant", Role.TOOL, None, 1))
    return found


def _children(element: Element, path: str) -> Iterator[Element]:
    for parent in element.findall(path):
        yield from parent


def _value(element: Element, tag: str) -> str | None:
    return (element.findtext(tag) or "").strip() or None


def _artifact(element: Element, role: Role, values: dict[str, str]) -> Iterator[Mention]:
    group, artifact = _value(element, "groupId") or "org.apache.maven.plugins", _value(element, "artifactId")
    if artifact:
        written = (_value(element, "version") or "")[:_LONGEST_VERSION]
        version = _PROPERTY.sub(lambda match: values.get(match[1], match[0]), written)
        yield Mention(f"{group}:{artifact}", role, version or None, spelling=artifact)
