"""pom.xml, Gradle builds and version catalogues, and the project files of .NET: XML and a little Groovy."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from persona_tui.detect.manifests.mention import Manifest, Mention, Role, Unparsable, table, text
from persona_tui.detect.manifests.python import load_toml

_PROPERTY = re.compile(r"\$\{([\w.-]+)\}")
_NAMESPACE = re.compile(r"^\{[^}]*\}")
# `implementation("group:artifact:version")`, with or without brackets, in Groovy and Kotlin.
_GRADLE_DEPENDENCY = re.compile(
    r"""^[ \t]*([a-z]\w*)[ \t(]+(?:(?:enforcedP|p)latform[ (]+)?["']([\w.-]+:[\w.-]+)(?::([\w.+-]+))?["']""",
    re.MULTILINE,
)
_GRADLE_PLUGIN = re.compile(
    r"""^[ \t]*id[ \t(]+["']([\w.-]+)["']\)?(?:[ \t]+version[ \t]+["']([\w.+-]+)["'])?""", re.MULTILINE
)


class _WithoutDoctype(ET.TreeBuilder):
    """Refuses a document type before its entities are read: nobody needs one here but an attacker."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise Unparsable("has a document type definition, which is not read")


def pom_xml(source: str) -> Manifest:
    """Read a Maven project: parent, dependencies and build plugins as `group:artifact`."""
    project = _load_xml(source)
    values = {child.tag: (child.text or "").strip() for child in _children(project, "properties")}
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
    found = Manifest()
    for match in _GRADLE_PLUGIN.finditer(source):
        found.mentions.append(Mention(match[1], Role.DIRECT, match[2], source.count("\n", 0, match.start(1)) + 1))
    for match in _GRADLE_DEPENDENCY.finditer(source):
        role = Role.DEV if match[1].lower().startswith(("test", "androidtest")) else Role.DIRECT
        found.mentions.append(Mention(match[2], role, match[3], source.count("\n", 0, match.start(2)) + 1))
    return found


def version_catalog(source: str) -> Manifest:
    """Read gradle/libs.versions.toml: its libraries and plugins."""
    document = load_toml(source)
    versions = table(document.get("versions"))
    found = Manifest()
    for section, key in (("libraries", "module"), ("plugins", "id")):
        for entry in table(document.get(section)).values():
            entry = table(entry)
            name = text(entry.get(key)) or f"{entry.get('group', '')}:{entry.get('name', '')}"
            wanted = entry.get("version")
            version = text(wanted) or text(versions.get(text(table(wanted).get("ref")) or ""))
            found.mentions.append(Mention(name, Role.DIRECT, version))
    return found


def dotnet_project(source: str) -> Manifest:
    """Read *.csproj and *.fsproj: the SDK and the referenced packages."""
    project = _load_xml(source)
    found = Manifest()
    if sdk := project.get("Sdk"):
        found.mentions.append(Mention(sdk, Role.DIRECT))
    for tag in ("PackageReference", "FrameworkReference"):
        for reference in project.iter(tag):
            if name := reference.get("Include"):
                version = reference.get("Version") or _value(reference, "Version")
                found.mentions.append(Mention(name, Role.DIRECT, version))
    return found


def _load_xml(source: str) -> ET.Element:
    try:
        # As text: an encoding that the document declares must not be looked for.
        root: ET.Element = ET.fromstring(source, parser=ET.XMLParser(target=_WithoutDoctype()))
    except ET.ParseError as error:
        raise Unparsable("not valid XML") from error
    for element in root.iter():
        element.tag = _NAMESPACE.sub("", element.tag)
    return root


def _children(element: ET.Element, path: str) -> Iterator[ET.Element]:
    for parent in element.findall(path):
        yield from parent


def _value(element: ET.Element, tag: str) -> str | None:
    return (element.findtext(tag) or "").strip() or None


def _artifact(element: ET.Element, role: Role, values: dict[str, str]) -> Iterator[Mention]:
    group, artifact = _value(element, "groupId") or "org.apache.maven.plugins", _value(element, "artifactId")
    if artifact:
        version = _PROPERTY.sub(lambda match: values.get(match[1], match[0]), _value(element, "version") or "")
        yield Mention(f"{group}:{artifact}", role, version or None, spelling=artifact)
