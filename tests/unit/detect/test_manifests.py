"""What each manifest says, by one small sample of its kind; and that no text at all harms its parser."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from persona_tui.detect.compiling import FOLDER
from persona_tui.detect.manifests import Manifest, Mention, Role, Unparsable, ecosystem_of, line_of, parse
from persona_tui.detect.manifests.parse import _BY_EXTENSION, _BY_NAME

_SHORT = {
    Role.SELF: "self",
    Role.DIRECT: "direct",
    Role.DEV: "dev",
    Role.BUILD: "build",
    Role.TOOL: "tool",
    Role.CHOSEN: "chosen",
}
NAMES = [*_BY_NAME, *(f"a.{extension}" for extension in _BY_EXTENSION), "requirements.txt", "requirements-dev.txt"]


def said(manifest: Manifest) -> list[str]:
    """Return each mention as `role name version`."""
    return [" ".join(filter(None, [_SHORT[m.role], m.name, m.version])) for m in manifest.mentions]


# Path, ecosystem, text, what it says.
SAMPLES: list[tuple[str, str, str, list[str]]] = [
    (
        "pyproject.toml",
        "python",
        """\
[project]
name = "My.Shop"
dependencies = ["FastAPI[all]>=0.110 ; python_version > '3.9'", "httpx"]
optional-dependencies = {docs = ["sphinx"]}
[dependency-groups]
test = ["pytest>=8", {include-group = "lint"}]
[build-system]
requires = ["hatchling"]
[tool.uv]
dev-dependencies = ["ruff"]
[tool.hatch.envs.default]
extra-dependencies = ["coverage"]
[tool.pdm.dev-dependencies]
lint = ["mypy"]
""",
        [
            *("self my-shop", "direct fastapi >=0.110", "direct httpx", "dev sphinx", "dev pytest >=8", "dev ruff"),
            *("dev mypy", "dev coverage", "build hatchling", "tool uv", "tool hatch", "tool pdm"),
        ],
    ),
    (
        "pyproject.toml",
        "python",
        '[tool.poetry]\nname = "a"\n[tool.poetry.dependencies]\npython = "^3.10"\nflask = {version = "^3.0"}\n'
        '[tool.poetry.group.test.dependencies]\npytest = "*"\n',
        ["self a", "direct flask ^3.0", "dev pytest", "tool poetry"],
    ),
    (
        "pixi.toml",
        "python",
        '[workspace]\nname = "a"\n[dependencies]\nnumpy = ">=2"\n[pypi-dependencies]\ntorch = "*"\n'
        '[feature.test.dependencies]\npytest = "*"\n',
        ["self a", "direct numpy >=2", "dev pytest", "direct torch"],
    ),
    (
        "Pipfile",
        "python",
        '[packages]\ndjango = "~=5.0"\n[dev-packages]\npytest = "*"\n[requires]\npython_version = "3.12"\n',
        ["direct django ~=5.0", "dev pytest"],
    ),
    (
        "setup.cfg",
        "python",
        "[metadata]\nname = a\n[options]\ninstall_requires =\n  click>=8\n[options.extras_require]\ntest = pytest\n"
        "[tool:pytest]\n",
        ["self a", "direct click >=8", "dev pytest", "tool pytest"],
    ),
    (
        "setup.py",
        "python",
        "from setuptools import setup\nneeds = ['flask>=3']\nif True:\n    setup(name='a', install_requires=needs,\n"
        "        extras_require={'x': ['pytest']}, entry_points={'console_scripts': ['a=b']},"
        " tests_require=open('x'))\n",
        ["self a", "direct flask >=3", "dev pytest"],
    ),
    ("requirements.txt", "python", "# no\n-r other.txt\nDjango>=5  # web\n", ["direct django >=5"]),
    (
        "requirements_web.txt",
        "python",
        "Flask is what we use\nMemory: 4 GB\ncelery [redis] >= 5 ; python_version > '3'\nx @ https://x/x.whl\n"
        "numpy (>=2)\n",
        ["direct celery >= 5", "direct x", "direct numpy >=2"],
    ),
    ("requirements/base.txt", "python", "flask\n", ["direct flask"]),
    ("requirements-docker.txt", "python", "flask\n", ["direct flask"]),
    ("special.requirements.txt", "python", "flask\n", ["direct flask"]),
    ("requirements/docs.txt", "python", "flask\n", ["dev flask"]),
    ("test_requirements.in", "python", "flask\n", ["dev flask"]),
    ("requirements-dev.txt", "python", "pytest\n", ["dev pytest"]),
    (
        "environment.yml",
        "python",
        "name: a\nchannels: [conda-forge]\ndependencies:\n  - python=3.11\n  - conda-forge::numpy>=2\n"
        "  - pytorch=2.1=py3\n"
        "  - pip\n  - pip:\n    - -r more.txt\n    - fastapi>=0.1\n",
        ["direct numpy >=2", "direct pytorch =2.1=py3", "direct pip", "direct fastapi >=0.1"],
    ),
    (
        "package.json",
        "javascript",
        '{"packageManager": "pnpm@9.1.0+sha512.a", "engines": {"node": ">=20"}, "dependencies": {"react": "^18"},'
        ' "devDependencies": {"vite": "5"}, "jest": {}, "scripts": {"test": "node --test a"}}',
        ["chosen pnpm 9.1.0", "tool node >=20", "direct react ^18", "dev vite 5", "tool jest", "tool node --test"],
    ),
    ("bower.json", "javascript", '{"name": "a", "dependencies": {"jquery": "3"}}', ["self a", "direct jquery 3"]),
    (
        "deno.jsonc",
        "javascript",
        '{\n// what we use: "a"\n"imports": {"oak": "jsr:@oak/oak@^17", "x": "npm:express@5/lib", "y": "./y.ts",'
        ' "z": "npm:chalk",},\n}',
        ["tool deno", "direct @oak/oak ^17", "direct express 5", "direct chalk"],
    ),
    (
        "pnpm-workspace.yaml",
        "javascript",
        "packages:\n  - 'packages/*'\ncatalog:\n  react: ^19.0.0\n  '@types/node': 22\ncatalogs:\n  old:\n"
        "    vue: ^2\n",
        ["dev react ^19.0.0", "dev @types/node 22", "dev vue ^2"],
    ),
    (
        "composer.json",
        "php",
        '{"name": "a/b", "require": {"laravel/framework": "^11"}, "require-dev": {"phpunit/phpunit": "^11"}}',
        ["self a/b", "direct laravel/framework ^11", "dev phpunit/phpunit ^11"],
    ),
    (
        "pom.xml",
        "jvm",
        "<project xmlns='http://maven.apache.org/POM/4.0.0'><properties><v>5</v></properties><dependencies>"
        "<dependency><groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter</artifactId><version>${v}</version>"
        "<scope>test</scope></dependency></dependencies></project>",
        ["dev org.junit.jupiter:junit-jupiter 5"],
    ),
    (
        "app/build.gradle.kts",
        "jvm",
        'plugins {\n  id("org.springframework.boot") version "3.2"\n  kotlin("multiplatform") version "2.0"\n}\n'
        'dependencies {\n  implementation("io.ktor:ktor-server-core:3.0")\n'
        '  testImplementation(platform("org.junit:junit-bom:5"))\n}\n',
        [
            "direct org.springframework.boot 3.2",
            "direct org.jetbrains.kotlin.multiplatform 2.0",
            "direct io.ktor:ktor-server-core 3.0",
            "dev org.junit:junit-bom 5",
        ],
    ),
    (
        "settings.gradle",
        "jvm",
        "plugins {\n  id 'com.gradle.develocity' version '3.17'\n}\nrootProject.name = 'shop'\n",
        ["self shop", "build com.gradle.develocity 3.17"],
    ),
    (
        "gradle/libs.versions.toml",
        "jvm",
        '[versions]\nk = "3.0"\n[libraries]\na = {module = "io.ktor:ktor-core", version.ref = "k"}\n'
        'b = "org.junit:bom:5"\n'
        '[plugins]\nc = {id = "com.android.application", version = "8"}\nd = "io.quarkus:3"\n',
        [
            "direct io.ktor:ktor-core 3.0",
            "direct org.junit:bom 5",
            "direct com.android.application 8",
            "direct io.quarkus 3",
        ],
    ),
    (
        "ivy.xml",
        "jvm",
        '<ivy-module><dependencies><dependency org="junit" name="junit" rev="4" conf="test->default"/>'
        "</dependencies></ivy-module>",
        ["dev junit:junit 4"],
    ),
    ("build.xml", "jvm", '<project default="all"><target name="all"/></project>', ["tool ant"]),
    ("build.xml", "jvm", "<phpunit/>", []),
    (
        "build.sbt",
        "jvm",
        'ThisBuild / scalaVersion := "3.3"\nname := "shop"\nlibraryDependencies ++= Seq(\n'
        '  "org.typelevel" %% "cats-core" % "2.9.0",\n  "org.scalatest" %% "scalatest" % scalaTest % Test\n)\n',
        ["self shop", "direct org.typelevel:cats-core 2.9.0", "dev org.scalatest:scalatest"],
    ),
    (
        "project/plugins.sbt",
        "jvm",
        'addSbtPlugin("org.playframework" % "sbt-plugin" % "3.0.1")\n',
        ["build org.playframework:sbt-plugin 3.0.1"],
    ),
    (
        "deps.edn",
        "jvm",
        '{:paths ["src"] ; here\n'
        ' :deps {org.clojure/clojure {:mvn/version "1.11"} reagent/reagent {:mvn/version "1"}}\n'
        ' :aliases {:test {:extra-deps {lambdaisland/kaocha {:git/tag "x"}}}}}',
        ["direct org.clojure/clojure 1.11", "direct reagent 1", "dev lambdaisland/kaocha"],
    ),
    (
        "project.clj",
        "jvm",
        '(defproject my/shop "0.1" :description "a (b" :dependencies [[ring/ring-core "1.9" :exclusions [a]]'
        ' [re-frame "1"]]\n'
        ' :profiles {:dev {:dependencies [[midje "1.10"]]}})',
        ["self my/shop", "direct ring/ring-core 1.9", "direct re-frame 1", "dev midje 1.10"],
    ),
    (
        "a.csproj",
        "dotnet",
        '<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup><UseWPF>true</UseWPF></PropertyGroup><ItemGroup>'
        '<PackageReference Include="xunit" Version="2.6"/><PackageReference Include="Moq"><Version>4</Version>'
        "</PackageReference></ItemGroup></Project>",
        ["direct Microsoft.NET.Sdk.Web", "direct xunit 2.6", "direct Moq 4", "tool wpf"],
    ),
    ("b.vbproj", "dotnet", '<Project Sdk="Godot.NET.Sdk/4.3.0"/>', ["direct Godot.NET.Sdk 4.3.0"]),
    (
        "Directory.Packages.props",
        "dotnet",
        '<Project><ItemGroup><PackageVersion Include="NUnit" Version="4"/></ItemGroup></Project>',
        ["direct NUnit 4"],
    ),
    (
        "packages.config",
        "dotnet",
        '<packages><package id="Dapper" version="2"/><package id="A" developmentDependency="true"/></packages>',
        ["direct Dapper 2", "dev A"],
    ),
    (
        "go.mod",
        "go",
        "module example.com/a/v2\n\ngo 1.24\n\nrequire (\n\tgithub.com/labstack/echo/v4 v4.1.0\n"
        "\tgolang.org/x/sys v0.1.0 // indirect\n)\n"
        "require gorm.io/gorm v1.2.3\nreplace (\n\tgithub.com/a/b v1.0.0 => ../b\n)\ntool github.com/x/y\n",
        [
            "self example.com/a",
            "direct github.com/labstack/echo v4.1.0",
            "direct gorm.io/gorm v1.2.3",
            "dev github.com/x/y",
        ],
    ),
    (
        "Gopkg.toml",
        "go",
        '[[constraint]]\nname = "github.com/gin-gonic/gin"\nversion = "1.3"\n[[override]]\nname = "b"\n',
        ["direct github.com/gin-gonic/gin 1.3"],
    ),
    (
        "glide.yaml",
        "go",
        "package: example.com/a\nimport:\n- package: github.com/gorilla/mux\n  version: ^1\ntestImport:\n"
        "- package: b\n",
        ["self example.com/a", "direct github.com/gorilla/mux ^1", "dev b"],
    ),
    ("vendor.conf", "go", "google.golang.org/grpc v1.2.3\n", []),
    (
        "Cargo.toml",
        "rust",
        '[package]\nname = "a"\n[dependencies]\naxum = "0.7"\nclap = {version = "4", optional = true}\n'
        '[dev-dependencies]\nx = {package = "criterion", version = "0.5"}\n[workspace.dependencies]\ntokio = "1"\n'
        '[target."cfg(unix)".dependencies]\nnix = "0.2"\n[build-dependencies]\ncc = "1"\n',
        [
            "self a",
            "direct axum 0.7",
            "dev clap 4",
            "dev criterion 0.5",
            "build cc 1",
            "direct tokio 1",
            "direct nix 0.2",
        ],
    ),
    (
        "Gemfile",
        "ruby",
        'gem "rails", "~> 7.1"\ngem "x", group: :test\ngroup :test do\n  gem "rspec-rails"\nend\ngem "puma"\n',
        ["direct rails ~> 7.1", "dev x", "dev rspec-rails", "direct puma"],
    ),
    (
        "a.gemspec",
        "ruby",
        's.name = "a"\ns.add_dependency "rack", ">= 3"\ns.add_development_dependency "minitest"\n',
        ["self a", "direct rack >= 3", "dev minitest"],
    ),
    (
        "Podfile",
        "swift",
        "target 'App' do\n  pod 'Firebase/Auth', '~> 10'\nend\ntarget 'AppTests' do\n  pod 'Quick'\nend\n",
        ["direct Firebase ~> 10", "dev Quick"],
    ),
    (
        "Package.swift",
        "swift",
        'let package = Package(\n  name: "App",\n  dependencies: [\n'
        '    .package(url: "https://github.com/vapor/vapor.git", from: "4.92.0"),\n'
        '    .package(name: "Y", url: "git@github.com:a/Yams.git", .upToNextMajor(from: "5.0.0")),\n'
        '    .package(path: "../Own"),\n  ])\n',
        ["self App", "direct vapor 4.92.0", "direct Yams 5.0.0", "direct Own"],
    ),
    (
        "mix.exs",
        "elixir",
        "app: :shop,\ndefp deps do\n"
        ' [{:phoenix, "~> 1.7"}, {:own, path: "../own"}, {:credo, "~> 1", only: [:dev, :test]}, {:ok, 1}]\nend',
        ["self shop", "direct phoenix ~> 1.7", "direct own", "dev credo ~> 1"],
    ),
    (
        "rebar.config",
        "elixir",
        "%% {deps, [no]}.\n{erl_opts, [debug_info]}.\n"
        '{deps, [jsx, {cowboy, "2.9.0"}, {x, {git, "https://x", {tag, "1"}}}]}.\n'
        "{profiles, [{test, [{deps, [proper]}]}]}.\n",
        ["direct jsx", "direct cowboy 2.9.0", "direct x", "dev proper"],
    ),
    (
        "pubspec.yaml",
        "dart",
        "name: app\ndependencies:\n  flutter:\n    sdk: flutter\n  http: ^1.0.0 # web\ndev_dependencies:\n"
        "  test: any\n",
        ["self app", "direct flutter", "direct http ^1.0.0", "dev test any"],
    ),
    (
        "shard.yml",
        "crystal",
        "name: app\ndependencies:\n  kemal:\n    github: kemalcr/kemal\n    version: ~> 1.0\n"
        "development_dependencies:\n  ameba:\n    github: a/b\n",
        ["self app", "direct kemal ~> 1.0", "dev ameba"],
    ),
    (
        "a.cabal",
        "haskell",
        "cabal-version: 3.0\nname: shop\n-- no\nlibrary\n  build-depends:\n      base >=4 && <5\n"
        "    , servant-server ^>=0.20\n"
        "  exposed-modules: A\ntest-suite t\n  Build-Depends: base, hspec\n",
        ["self shop", "direct base >=4 && <5", "direct servant-server ^>=0.20", "dev base", "dev hspec"],
    ),
    (
        "package.yaml",
        "haskell",
        "name: shop\ndependencies:\n- base >= 4.7\nlibrary:\n  dependencies: [scotty, aeson]\ntests:\n  t:\n"
        "    dependencies:\n    - hspec\n",
        ["self shop", "direct base >= 4.7", "direct scotty", "direct aeson", "dev hspec"],
    ),
    ("stack.yaml", "haskell", "resolver: lts-22\nextra-deps: [acme-1.0]\n", []),
    (
        "dune-project",
        "ocaml",
        "(lang dune 3.0)\n(name shop)\n(package (name shop) (depends ocaml (dream (>= 1.0)) (alcotest :with-test)\n"
        " (odoc (and :with-doc (>= 2)))))",
        ["self shop", "direct ocaml", "direct dream 1.0", "dev alcotest", "dev odoc 2"],
    ),
    (
        "shop.opam",
        "ocaml",
        'opam-version: "2.0"\ndepends: [\n  "ocaml" {>= "4.08"}\n  "lwt"\n  "alcotest" {with-test & >= "1"}\n]\n'
        'build: ["dune"]\n',
        ["direct ocaml", "direct lwt", "dev alcotest"],
    ),
    (
        "conanfile.txt",
        "cpp",
        "[requires]\nfmt/10.1.0\nboost/[>=1.80 <2]@\n[test_requires]\ngtest/1.14\n[options]\na/*:shared=True\n",
        ["direct fmt 10.1.0", "direct boost >=1.80 <2", "dev gtest 1.14"],
    ),
    (
        "vcpkg.json",
        "cpp",
        '{"name": "a", "dependencies": ["fmt", {"name": "gtest", "version>=": "1.14"}, {"name": "cmake", "host":'
        " true}],"
        ' "features": {"x": {"dependencies": ["qtbase"]}}}',
        ["self a", "direct fmt", "direct gtest 1.14", "build cmake", "dev qtbase"],
    ),
    (
        "CMakeLists.txt",
        "cpp",
        "project(Shop LANGUAGES CXX)\n# find_package(No)\nfind_package(Qt6 REQUIRED COMPONENTS Widgets)\n"
        "FetchContent_Declare(\n  googletest\n  GIT_REPOSITORY x)\npkg_check_modules(GTK REQUIRED gtk4)\n"
        'CPMAddPackage("gh:fmtlib/fmt#7.1.3")\nenable_testing()\ninclude(CTest)\n',
        [
            *("self Shop", "direct Qt6", "direct googletest", "direct gtk4", "direct fmt", "tool cpm", "tool ctest"),
            "tool ctest",
        ],
    ),
    (
        "meson.build",
        "cpp",
        "project('shop', 'c')\ngtk = dependency('gtk4', version : '>= 4.10')\nx = dependency('zlib')\ntest('a', exe)\n",
        ["self shop", "direct gtk4 >= 4.10", "direct zlib", "tool meson test"],
    ),
    (
        "platformio.ini",
        "cpp",
        "[env:a]\nboard = uno\nframework = arduino, espidf\n",
        ["direct arduino", "direct espidf"],
    ),
    (
        "Project.toml",
        "julia",
        'name = "Shop"\nuuid = "1"\n[deps]\nGenie = "2"\n[compat]\nGenie = "5"\n[extras]\nTest = "3"\n[targets]\n'
        'test = ["Test"]\n',
        ["self Shop", "direct Genie 5", "dev Test"],
    ),
    (
        "DESCRIPTION",
        "r",
        "Package: shop\nVersion: 1.0\nDepends: R (>= 4.0)\nImports:\n    dplyr,\n    shiny (>= 1.7)\n"
        "Suggests: testthat\n",
        ["self shop", "direct dplyr", "direct shiny >= 1.7", "dev testthat", "tool r-package", "chosen cran"],
    ),
    ("DESCRIPTION", "r", "A repository about: nothing\n", []),
    (
        "cpanfile",
        "perl",
        "requires 'perl', '5.30';\nrequires 'Mojolicious', '9.0';\non 'test' => sub {\n    requires 'Test::More';\n"
        '};\nrequires "DBI";\n',
        ["direct Mojolicious 9.0", "dev Test::More", "direct DBI"],
    ),
    (
        "shop-1.0-1.rockspec",
        "lua",
        'package = "shop"\ndependencies = {\n  "lua >= 5.1",\n  "lapis ~> 1.9",\n  "luasocket"\n}\n'
        'test_dependencies = { "busted" }\n',
        ["self shop", "direct lapis ~> 1.9", "direct luasocket", "dev busted"],
    ),
    (
        "shop.nimble",
        "nim",
        'version = "1"\nbin = @["shop"]\nrequires "nim >= 1.6", "jester >= 0.5"\nrequires "karax#head",\n'
        '  "https://github.com/a/norm"\n',
        ["direct jester >= 0.5", "direct karax #head", "direct norm"],
    ),
    (
        "build.zig.zon",
        "zig",
        '.{\n    .name = .shop,\n    .dependencies = .{\n        .zap = .{\n            .url = "https://x", // {\n'
        "        },\n"
        '        .@"http.zig" = .{ .path = "a" },\n    },\n    .paths = .{"src"},\n}\n',
        ["self shop", "direct zap", "direct http.zig"],
    ),
    (
        "elm.json",
        "elm",
        '{"type": "application", "dependencies": {"direct": {"elm/browser": "1.0.2"}, "indirect": {"elm/json": "1"}},'
        ' "test-dependencies": {"direct": {"elm-explorations/test": "2"}}}',
        ["direct elm/browser 1.0.2", "dev elm-explorations/test 2"],
    ),
    (
        "Chart.yaml",
        "infrastructure",
        "apiVersion: v2\nname: shop\nversion: 1\ndependencies:\n  - name: postgresql\n    version: '12'\n"
        "    repository: https://x\n",
        ["self shop", "direct postgresql 12"],
    ),
    (
        "galaxy.yml",
        "infrastructure",
        'namespace: a\nname: b\nversion: 1\ndependencies:\n  community.general: ">=8"\n',
        ["direct community.general >=8", "self a.b", "chosen ansible-galaxy"],
    ),
    (
        "requirements.yml",
        "infrastructure",
        "collections:\n  - name: community.docker\n    version: 3.0\n  - ansible.posix\nroles:\n"
        "  - name: geerlingguy.java\n",
        ["direct community.docker 3.0", "direct ansible.posix", "direct geerlingguy.java", "chosen ansible-galaxy"],
    ),
]
LENGTH = 100_000
MEGABYTE = 1_000_000
HALF = MEGABYTE // 2
HOSTILE = {
    **{f"{char!r} repeated": char * LENGTH for char in "a( )[]{}\"'\n\t\\,;:=.-#%&*<~\0"},
    "one word and blanks": "a" + " " * LENGTH + "b",
    "words": "a " * (LENGTH // 2),
    "dots": "a." * (LENGTH // 2),
    "sections": "[a]\n" * (LENGTH // 4),
    "escapes": '"\\' * (LENGTH // 2),
    "strings that go on": '"""' * (LENGTH // 3),
    "deep JSON": '{"a":' * (LENGTH // 5),
    "deep XML": "<a>" * (LENGTH // 3),
    "deep YAML": "".join(" " * depth + "a:\n" for depth in range(440)),
    "dashes": "- " * (LENGTH // 2),
    "aliases": "a: &a [*a, *a]\n" * (LENGTH // 15),
    "anchors of anchors": "a: &a0 x\n" + "".join(f"b{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 2000)),
    "entities": "<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;'>]><project>&d;</project>",
    "comments": "/*a" * (LENGTH // 3),
    "open lists": "dependencies = {" * (LENGTH // 16),
    "open terms": "{deps,[" * (LENGTH // 7),
    "open tuples": '{:a, "b"' * (LENGTH // 8),
    "open calls": ".package(url: " * (LENGTH // 14),
    "calls": "find_package(a)\n" * (LENGTH // 16),
    "modules": '"a" % ' * (LENGTH // 6),
    "gems": 'gem "a' * (LENGTH // 6),
    "zon": ".{ .dependencies = " * (LENGTH // 19),
    "opam": "depends: [\n" + '"a" {' * (LENGTH // 5),
    "description": "Package: a\nImports:" + "a(," * (LENGTH // 3),
    "sum": "setup(" + "1+\n" * (LENGTH // 3),
    "not": "not " * (LENGTH // 4),
    "lambda": "lambda a, b: " * (LENGTH // 13),
    "branches": "if a: pass\n" + "elif a: pass\n" * (LENGTH // 13),
    "attributes": "a" + ".a" * (LENGTH // 2),
    "calls of calls": "a" + "()" * (LENGTH // 2),
    "statements": "a = 1\n" * (LENGTH // 6),
    "format": 'f"{' + "1+" * (LENGTH // 2) + '1}"',
}


@pytest.mark.parametrize(("path", "ecosystem", "source", "says"), SAMPLES, ids=[sample[0] for sample in SAMPLES])
def test_a_manifest_says_what_it_names(path: str, ecosystem: str, source: str, says: list[str]) -> None:
    assert ecosystem_of(path) == ecosystem
    assert said(parse(path, source)) == says


def test_every_parser_has_a_sample() -> None:
    paths = {path.rpartition("/")[2] for path, *_ in SAMPLES}
    kinds = {parser for name in paths if (parser := _BY_NAME.get(name) or _BY_EXTENSION.get(name.rpartition(".")[2]))}

    assert {*_BY_NAME.values(), *_BY_EXTENSION.values()} - kinds == set()


def test_every_ecosystem_of_a_parser_has_rules() -> None:
    ecosystems = {ecosystem for ecosystem, *_ in (*_BY_NAME.values(), *_BY_EXTENSION.values())}

    assert set(json.loads((FOLDER / "compiled.json").read_bytes())["languages"]) >= ecosystems


@pytest.mark.parametrize(("path", "ecosystem", "source", "says"), SAMPLES, ids=[sample[0] for sample in SAMPLES])
def test_a_mention_lies_within_its_manifest(path: str, ecosystem: str, source: str, says: list[str]) -> None:
    lines = source.splitlines()

    for mention in parse(path, source).mentions:
        line = line_of(mention, source)
        assert line is None or 1 <= line <= len(lines)
        if mention.role is Role.DIRECT and line is not None:
            assert mention.name[-3:].lower() in lines[line - 1].lower()


@pytest.mark.parametrize(
    ("path", "commands", "published"),
    [("setup.py", True, True), ("shop.nimble", True, True), ("a.cabal", False, True), ("Project.toml", False, True)],
)
def test_what_is_installed_or_published_is_told(path: str, commands: bool, published: bool) -> None:
    source = next(source for name, _, source, _ in SAMPLES if name == path)
    manifest = parse(path, source)

    assert (manifest.commands, manifest.published) == (commands, published)


@pytest.mark.parametrize(
    "path", ["a.txt", "package.json.bak", "myrequirements/notes.md", "README", "cabal", "docs/system-requirements.txt"]
)
def test_what_is_no_manifest_has_no_ecosystem(path: str) -> None:
    assert ecosystem_of(path) is None
    assert parse(path, "flask\n").mentions == []


def test_a_role_is_its_words() -> None:
    assert f"it {Role.DIRECT}" == "it depends on"
    assert {Mention("a", Role.DEV): 1}[Mention("a", Role.DEV)] == 1


def test_a_parser_is_imported_when_its_file_is_met() -> None:
    code = """
import sys, types
before = set(sys.modules)
room = sys.modules["persona_tui.detect"] = types.ModuleType("persona_tui.detect")  # without what else is in it
room.__path__ = [sys.argv[1]]
from persona_tui.detect.manifests import ecosystem_of, parse
ecosystem_of("a/package.json"), ecosystem_of("requirements/a.txt")
heavy = {"re", "enum", "dataclasses", "typing", "json", "tomllib", "xml.etree.ElementTree", "ast", "configparser"}
print(sorted(heavy & set(sys.modules) - before))
parse("package.json", "{}")
print(sorted({"tomllib", "xml.etree.ElementTree", "ast", "configparser", "dataclasses"} & set(sys.modules) - before))
"""
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, str(FOLDER.parent)],
        capture_output=True,
        text=True,
        check=True,
        cwd=FOLDER.parents[2],
    )

    assert done.stdout.split("\n")[:2] == ["[]", "[]"]


@pytest.mark.parametrize("name", NAMES)
def test_no_text_takes_long_or_ends_in_anything_but_a_sentence(name: str) -> None:
    for kind, text in HOSTILE.items():
        start = time.process_time()
        with suppress(Unparsable):
            parse(name, text)
        assert time.process_time() - start < 3, kind


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("setup.cfg", "[a]\nb" + "\v" * MEGABYTE + "c", id="blanks that are no spaces"),
        pytest.param("pom.xml", f'<a xmlns="{"n" * HALF}">' + "<b/>" * (HALF // 4) + "</a>", id="a long namespace"),
        pytest.param("cpanfile", "on" + " " * MEGABYTE + "!", id="blanks after a word"),
        pytest.param("a.rockspec", "dependencies = {'" + "a" * MEGABYTE + "\n}", id="a string of Lua that goes on"),
        pytest.param("a.nimble", 'requires "' + "a" * MEGABYTE, id="a string of Nim that goes on"),
    ],
)
def test_no_parser_takes_the_square_of_a_text_in_time(name: str, text: str) -> None:
    start = time.process_time()
    with suppress(Unparsable):
        parse(name, text)

    assert time.process_time() - start < 3


def test_many_names_are_looked_for_fast_in_a_long_text() -> None:
    source = "aws-" * (MEGABYTE // 4)
    mentions = [Mention(f"{'aws.' * 20}{number}", Role.DIRECT) for number in range(200)]

    start = time.process_time()
    assert {line_of(mention, source) for mention in mentions} == {None}
    assert {line_of(Mention("a", Role.DIRECT), "a" * MEGABYTE) for _ in range(20)} == {None}
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    ("name", "source", "line"),
    [
        ("my-shop", "a\nMy_Shop", 2),
        ("my.shop", "x/my-shop\nmy-shop-2\n@my-shop\n(my-shop)", 4),
        ("shop", "workshop shops\nshop", 2),
        ("İstanbul", "a\nİstanbul", 2),
        ("shop", "no", None),
        ("", "", 1),
    ],
)
def test_a_name_is_found_as_a_whole_word(name: str, source: str, line: int | None) -> None:
    assert line_of(Mention(name, Role.DIRECT), source) == line


def test_what_setup_py_names_cannot_be_multiplied() -> None:
    needs = "needs = [" + "'a', " * 100 + "]\n"
    calls = f"setup({'install_requires=needs, ' * 50})\n" * 50

    assert len(parse("setup.py", needs + calls).mentions) <= 400


def test_a_property_of_maven_cannot_be_multiplied() -> None:
    version = "${v}" * 1000
    text = f"<a><properties><v>{'1' * LENGTH}</v></properties><parent><artifactId>b</artifactId><version>{version}"

    (parent,) = parse("pom.xml", f"{text}</version></parent></a>").mentions

    assert len(parent.version or "") <= LENGTH


@pytest.mark.parametrize("name", ["package.json", "composer.json", "vcpkg.json", "elm.json", "deno.json", "bower.json"])
def test_deep_json_is_refused(name: str) -> None:
    for text in (HOSTILE["deep JSON"], "[" * LENGTH + "]" * LENGTH):
        with pytest.raises(Unparsable):
            parse(name, text)


@pytest.mark.parametrize("name", ["pom.xml", "a.csproj", "packages.config", "ivy.xml", "build.xml"])
def test_a_document_type_is_refused(name: str) -> None:
    with pytest.raises(Unparsable, match="document type"):
        parse(name, HOSTILE["entities"])


@pytest.mark.parametrize(
    "kind", ["sum", "not", "lambda", "branches", "attributes", "calls of calls", "format", "statements"]
)
def test_a_monstrous_program_is_refused_before_it_is_read(kind: str) -> None:
    with pytest.raises(Unparsable, match="no person writes"):
        parse("setup.py", HOSTILE[kind])


def test_setup_py_is_never_run(tmp_path_factory: pytest.TempPathFactory) -> None:
    proof = tmp_path_factory.mktemp("run") / "proof"

    parse("setup.py", f"open({str(proof)!r}, 'w')\nfrom setuptools import setup\nsetup(name='a')\n")

    assert not proof.exists()


def total(name: str, text: str) -> None:
    try:
        manifest = parse(name, text)
    except Unparsable:
        return
    for mention in manifest.mentions:
        assert isinstance(mention.name, str)
        assert mention.version is None or isinstance(mention.version, str)
        assert mention.role in _SHORT


unhurried = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@unhurried
@given(st.sampled_from(NAMES), st.text(max_size=400))
@example("setup.cfg", "[a]\nb\n c\n")
@example("package.yaml", "a")
def test_any_text_is_read_or_refused(name: str, text: str) -> None:
    total(name, text)


@unhurried
@given(st.data())
def test_a_manifest_that_was_tampered_with_is_read_or_refused(data: st.DataObject) -> None:
    path, _, source, _ = data.draw(st.sampled_from(SAMPLES))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(source)))
        end = data.draw(st.integers(start, min(len(source), start + 20)))
        piece = data.draw(
            st.one_of(st.text(max_size=8), st.sampled_from(["null", "[]", "{}", "1", "true", '"', "- ", ":", "\n"]))
        )
        source = source[:start] + piece + source[end:]

    total(path, source)


@unhurried
@given(
    st.sampled_from([name for name in NAMES if name.endswith(".json")]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["name", "dependencies", "devDependencies", "engines", "bin", "imports", "direct", "require"]
                )
                | st.text(max_size=4),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    ),
)
def test_json_of_any_shape_is_read_or_refused(name: str, document: object) -> None:
    total(name, json.dumps(document))
