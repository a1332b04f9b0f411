"""Which parser reads which file."""

from __future__ import annotations

import re
from collections.abc import Callable

from persona_tui.detect.manifests import javascript, jvm, others, python
from persona_tui.detect.manifests.mention import Manifest

_Parser = Callable[[str], Manifest]

_BY_NAME: dict[str, tuple[str, _Parser]] = {
    "pyproject.toml": ("python", python.pyproject),
    "setup.cfg": ("python", python.setup_cfg),
    "Pipfile": ("python", python.pipfile),
    "package.json": ("javascript", javascript.package_json),
    "composer.json": ("php", javascript.composer_json),
    "pom.xml": ("jvm", jvm.pom_xml),
    "build.gradle": ("jvm", jvm.gradle),
    "build.gradle.kts": ("jvm", jvm.gradle),
    "libs.versions.toml": ("jvm", jvm.version_catalog),
    "go.mod": ("go", others.go_mod),
    "Cargo.toml": ("rust", others.cargo_toml),
    "Gemfile": ("ruby", others.gemfile),
    "mix.exs": ("elixir", others.mix_exs),
    "pubspec.yaml": ("dart", others.pubspec),
}
_BY_EXTENSION: dict[str, tuple[str, _Parser]] = {
    "csproj": ("dotnet", jvm.dotnet_project),
    "fsproj": ("dotnet", jvm.dotnet_project),
    "gemspec": ("ruby", others.gemspec),
}
_REQUIREMENTS = re.compile(r"(?:.*/)?(?:[\w.-]*requirements[\w.-]*|requirements/[\w.-]+)\.(?:txt|in)")
_DEVELOPMENT = re.compile(r"dev|test|lint|doc|ci", re.IGNORECASE)


def ecosystem_of(path: str) -> str | None:
    """Return the ecosystem whose manifest lies at `path`, or None where none does."""
    found = _parser_of(path)
    return found[0] if found else None


def parse(path: str, source: str) -> Manifest:
    """Read the manifest at `path` whose text is `source`; raises Unparsable."""
    found = _parser_of(path)
    return found[1](source) if found else Manifest()


def _parser_of(path: str) -> tuple[str, _Parser] | None:
    name = path.rpartition("/")[2]
    if found := _BY_NAME.get(name) or _BY_EXTENSION.get(name.rpartition(".")[2]):
        return found
    if name.endswith((".txt", ".in")) and "requirements" in path and _REQUIREMENTS.fullmatch(path):
        return "python", python.dev_requirements if _DEVELOPMENT.search(name) else python.requirements
    return None
