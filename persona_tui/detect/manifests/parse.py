"""Which parser reads which file. A parser's module is imported when the first of its files is met."""

from __future__ import annotations

from persona_tui.detect.manifests.mention import Manifest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# By a file's name, or by its extension in small letters: ecosystem, module, function.
_BY_NAME = {
    "pyproject.toml": ("python", "python", "pyproject"),
    "setup.cfg": ("python", "python", "setup_cfg"),
    "Pipfile": ("python", "python", "pipfile"),
    "pixi.toml": ("python", "python", "pixi_toml"),
    "setup.py": ("python", "setup_py", "setup_py"),
    "environment.yml": ("python", "outlined", "environment"),
    "environment.yaml": ("python", "outlined", "environment"),
    "package.json": ("javascript", "javascript", "package_json"),
    "bower.json": ("javascript", "javascript", "bower_json"),
    "deno.json": ("javascript", "javascript", "deno_json"),
    "deno.jsonc": ("javascript", "javascript", "deno_json"),
    "pnpm-workspace.yaml": ("javascript", "outlined", "pnpm_workspace"),
    "composer.json": ("php", "javascript", "composer_json"),
    "pom.xml": ("jvm", "jvm", "pom_xml"),
    "build.xml": ("jvm", "jvm", "ant_build"),
    "ivy.xml": ("jvm", "jvm", "ivy_xml"),
    "build.gradle": ("jvm", "jvm", "gradle"),
    "build.gradle.kts": ("jvm", "jvm", "gradle"),
    "settings.gradle": ("jvm", "jvm", "gradle_settings"),
    "settings.gradle.kts": ("jvm", "jvm", "gradle_settings"),
    "libs.versions.toml": ("jvm", "jvm", "version_catalog"),
    "build.sbt": ("jvm", "scala", "sbt"),
    "plugins.sbt": ("jvm", "scala", "sbt"),
    "deps.edn": ("jvm", "forms", "deps_edn"),
    "project.clj": ("jvm", "forms", "project_clj"),
    "Directory.Packages.props": ("dotnet", "dotnet", "central_packages"),
    "packages.config": ("dotnet", "dotnet", "packages_config"),
    "go.mod": ("go", "golang", "go_mod"),
    "Gopkg.toml": ("go", "golang", "gopkg_toml"),
    "vendor.conf": ("go", "golang", "vendor_conf"),
    "glide.yaml": ("go", "outlined", "glide"),
    "Cargo.toml": ("rust", "rust", "cargo_toml"),
    "Gemfile": ("ruby", "ruby", "gemfile"),
    "gems.rb": ("ruby", "ruby", "gemfile"),
    "Podfile": ("swift", "ruby", "podfile"),
    "Package.swift": ("swift", "others", "package_swift"),
    "mix.exs": ("elixir", "beam", "mix_exs"),
    "rebar.config": ("elixir", "beam", "rebar_config"),
    "pubspec.yaml": ("dart", "outlined", "pubspec"),
    "shard.yml": ("crystal", "outlined", "shard"),
    "package.yaml": ("haskell", "outlined", "hpack"),
    "stack.yaml": ("haskell", "outlined", "stack_yaml"),
    "dune-project": ("ocaml", "forms", "dune_project"),
    "opam": ("ocaml", "others", "opam"),
    "conanfile.txt": ("cpp", "cpp", "conanfile"),
    "vcpkg.json": ("cpp", "cpp", "vcpkg_json"),
    "CMakeLists.txt": ("cpp", "cpp", "cmake"),
    "meson.build": ("cpp", "cpp", "meson"),
    "platformio.ini": ("cpp", "cpp", "platformio"),
    "Project.toml": ("julia", "others", "julia_project"),
    "JuliaProject.toml": ("julia", "others", "julia_project"),
    "DESCRIPTION": ("r", "others", "description"),
    "cpanfile": ("perl", "others", "cpanfile"),
    "build.zig.zon": ("zig", "others", "zig_zon"),
    "elm.json": ("elm", "javascript", "elm_json"),
    "Chart.yaml": ("infrastructure", "outlined", "chart"),
    "galaxy.yml": ("infrastructure", "outlined", "galaxy"),
    "requirements.yml": ("infrastructure", "outlined", "ansible_requirements"),
}
_BY_EXTENSION = {
    "csproj": ("dotnet", "dotnet", "dotnet_project"),
    "fsproj": ("dotnet", "dotnet", "dotnet_project"),
    "vbproj": ("dotnet", "dotnet", "dotnet_project"),
    "gemspec": ("ruby", "ruby", "gemspec"),
    "cabal": ("haskell", "others", "cabal"),
    "opam": ("ocaml", "others", "opam"),
    "rockspec": ("lua", "others", "rockspec"),
    "nimble": ("nim", "others", "nimble"),
}
_REQUIREMENTS = ("python", "python", "requirements")
_DEV_REQUIREMENTS = ("python", "python", "dev_requirements")
_FOR_DEVELOPMENT = frozenset(
    ["dev", "devel", "develop", "development", "test", "tests", "testing", "lint", "linting", "doc", "docs", "ci"]
)
_OF_MACHINES = frozenset(["system", "hardware", "software", "apt"])

NAMES = frozenset(name.encode() for name in _BY_NAME)
"""What manifests are called whose whole name is fixed."""

EXTENSIONS = frozenset((*(extension.encode() for extension in _BY_EXTENSION), b"txt", b"in"))
"""The extensions that the others have; not every file with one of them is a manifest."""


def is_manifest(path: str) -> bool:
    """Return whether the file at `path` is a manifest by its name."""
    return _parser_of(path) is not None


def ecosystem_of(path: str) -> str | None:
    """Return the ecosystem whose manifest lies at `path`, or None where none does."""
    found = _parser_of(path)
    return found[0] if found else None


def parse(path: str, source: str) -> Manifest:
    """Read the manifest at `path` whose text is `source`; raises Unparsable."""
    found = _parser_of(path)
    if found is None:
        return Manifest()
    module = __import__(f"persona_tui.detect.manifests.{found[1]}", fromlist=("",))
    parser: Callable[[str], Manifest] = getattr(module, found[2])
    return parser(source)


def _parser_of(path: str) -> tuple[str, str, str] | None:
    name = path.rpartition("/")[2]
    _, dot, extension = name.rpartition(".")
    found = _BY_NAME.get(name) or (_BY_EXTENSION.get(extension) if dot else None)
    if found is None and name.endswith((".txt", ".in")) and _asks_for_packages(path, name):
        return _REQUIREMENTS if _FOR_DEVELOPMENT.isdisjoint(_words(name)) else _DEV_REQUIREMENTS
    return found


def _asks_for_packages(path: str, name: str) -> bool:
    """Whether this is `requirements.txt`, `requirements-dev.in`, `requirements/base.txt` or the like.

    What a machine must have, such as in `system-requirements.txt`, pip does not install.
    """
    named = "requirements" in name or f"/{path}".endswith(f"/requirements/{name}")
    return named and _OF_MACHINES.isdisjoint(_words(name))


def _words(name: str) -> list[str]:
    return name.lower().replace("_", "-").replace(".", "-").split("-")
