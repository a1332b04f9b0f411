"""The project files of .NET, central package versions and packages.config: XML."""

from __future__ import annotations

from persona_tui.detect.manifests.documents import load_xml
from persona_tui.detect.manifests.mention import Manifest, Mention, Role

_DESKTOP = (("UseWPF", "wpf"), ("UseWindowsForms", "winforms"))


def dotnet_project(source: str) -> Manifest:
    """Read *.csproj, *.fsproj and *.vbproj (Microsoft's MSBuild reference): the SDK and the referenced packages."""
    project = load_xml(source)
    found = Manifest()
    sdks = [project.get("Sdk"), *(element.get("Sdk") or element.get("Name") for element in project.iter("Sdk"))]
    for sdk in filter(None, sdks):
        name, _, version = sdk.partition("/")
        found.mentions.append(Mention(name, Role.DIRECT, version or None))
    for tag in ("PackageReference", "FrameworkReference"):
        for reference in project.iter(tag):
            if name := reference.get("Include") or "":
                version = reference.get("Version") or (reference.findtext("Version") or "").strip()
                found.mentions.append(Mention(name, Role.DIRECT, version or None))
    for tag, tool in _DESKTOP:
        if any((element.text or "").strip().lower() == "true" for element in project.iter(tag)):
            found.mentions.append(Mention(tool, Role.TOOL, spelling=tag))
    found.commands = any((element.text or "").strip().lower() == "true" for element in project.iter("PackAsTool"))
    found.published = any(element.text for element in project.iter("PackageId"))
    return found


def central_packages(source: str) -> Manifest:
    """Read Directory.Packages.props (NuGet's central package management): versions that projects refer to."""
    found = Manifest()
    for element in load_xml(source).iter():
        if element.tag in ("PackageVersion", "GlobalPackageReference") and (name := element.get("Include")):
            found.mentions.append(Mention(name, Role.DIRECT, element.get("Version")))
    return found


def packages_config(source: str) -> Manifest:
    """Read packages.config (NuGet's reference)."""
    found = Manifest()
    for package in load_xml(source).iter("package"):
        if name := package.get("id"):
            role = Role.DEV if package.get("developmentDependency") == "true" else Role.DIRECT
            found.mentions.append(Mention(name, role, package.get("version")))
    return found
