"""The rules as data: each file is valid, says where it knows it from, and is compiled as it stands."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from persona_tui.base.errors import BadData
from persona_tui.detect.compiling import DOMAINS, FOLDER, compile_rules
from persona_tui.detect.result import KINDS
from persona_tui.detect.rules import Rules

FILES = sorted(FOLDER.glob("*.yaml"))
VALID = """\
languages: [Python]
imports: {endings: [.py], pattern: '^import (\\w+)'}
frameworks:
  Flask: {packages: [flask], files: [app.py, a/b.py, '*.x'], domain: web backend, source: https://pypi.org/project/flask/}
"""
HOSTILE = [
    "a" * 200_000,
    " " * 200_000,
    "import " * 30_000,
    'import "' + "a." * 60_000,
    "use a" + "::a" * 60_000,
    "(" * 200_000,
]


def compiled() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / "compiled.json").read_bytes())
    return document


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe").load(path)
    return document


def test_the_compiled_rules_are_those_of_the_files() -> None:
    assert (FOLDER / "compiled.json").read_bytes() == compile_rules(), "python -m persona_tui.detect.compiling"


def test_a_compiled_rule_stands_on_a_line_of_its_own() -> None:
    lines = (FOLDER / "compiled.json").read_text().splitlines()

    assert len(lines) > len(compiled()["rules"])


def test_there_are_rules_for_what_people_use() -> None:
    rules = list(Rules(compiled()).all)
    count = {kind: len({rule.name for rule in rules if rule.kind == kind}) for kind in KINDS}

    assert count["frameworks"] + count["libraries"] >= 150
    assert count["package_managers"] >= 34
    assert count["test_runners"] >= 34
    assert count["build_tools"] >= 28
    assert len({language for names in compiled()["languages"].values() for language in names}) >= 25
    assert {rule.domain for rule in rules} - {None} >= set(DOMAINS) - {"library"}


def test_a_language_belongs_to_one_ecosystem() -> None:
    counts = Counter(language for names in compiled()["languages"].values() for language in names)

    assert [language for language, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_rule_has_a_source_and_what_shows_it(path: Path) -> None:
    document = read(path)
    ways = {"packages", "tools", "imports", "files", "contains", "default_for"}

    for kind in KINDS:
        for name, rule in (document.get(kind) or {}).items():
            assert rule["source"].startswith("https://"), name
            assert ways & set(rule), name


def test_what_shows_a_rule_leads_to_it() -> None:
    rules = Rules(compiled())

    def shown(ecosystem: str, way: str, name: str) -> list[str]:
        return [rule.name for rule in rules.shown_by(ecosystem, way, name)]

    def names(numbers: Iterable[int]) -> list[str]:
        return [rules.rule(number).name for number in numbers]

    assert shown("python", "packages", "Flask") == ["Flask"]
    assert shown("python", "imports", "sklearn") == ["scikit-learn"]
    assert shown("rust", "imports", "actix_web") == ["Actix"]
    assert shown("jvm", "imports", "org.junit.jupiter.api.Test") == ["JUnit"]
    assert shown("python", "packages", "nobody-made-this") == []
    assert names(rules.files["main.yml"][1::2]) == ["Ansible"]
    assert names(number for ending, number in rules.endings["go"] if ending == "_test.go") == ["go test"]
    assert set(names(number for _, number in rules.confirms["proto"])) >= {"gRPC", "Connect"}


@pytest.mark.parametrize(
    ("ecosystem", "line", "module"),
    [
        ("python", "from sklearn.svm import SVC", "sklearn"),
        ("javascript", "import React from 'react'", "react"),
        ("javascript", 'const a = require("@nestjs/core/b")', "@nestjs/core"),
        ("javascript", "import test from 'node:test'", "node:test"),
        ("go", '\tgin "github.com/gin-gonic/gin/binding"', "github.com/gin-gonic/gin"),
        ("go", 'import "google.golang.org/grpc/codes"', "google.golang.org/grpc"),
        ("rust", "use actix_web::web;", "actix_web"),
        ("jvm", "import static org.junit.Assert.*;", "org.junit.Assert"),
        ("ruby", "require 'sinatra/base'", "sinatra"),
        ("php", "use Illuminate\\Http\\Request;", "Illuminate\\Http\\Request"),
        ("cpp", "#include <QtCore/QObject>", "QtCore/QObject"),
        ("dart", "import 'package:flutter/material.dart';", "flutter"),
        ("swift", "@testable import Vapor", "Vapor"),
        ("julia", "using Flux: Chain", "Flux"),
        ("r", 'library("shiny")', "shiny"),
        ("elixir", "  use Phoenix.Router", "Phoenix"),
        ("haskell", "import qualified Test.Hspec as H", "Test.Hspec"),
        ("dotnet", "using Microsoft.AspNetCore.Mvc;", "Microsoft.AspNetCore.Mvc"),
        ("perl", "use Mojo::Base;", "Mojo::Base"),
        ("lua", "local s = require('socket')", "socket"),
        ("elm", "import Browser exposing (element)", "Browser"),
        ("ocaml", "open Lwt.Syntax", "Lwt"),
        ("nim", "import std/unittest", "unittest"),
        ("zig", 'const zap = @import("zap");', "zap"),
        ("crystal", 'require "kemal"', "kemal"),
    ],
)
def test_an_import_is_recognised(ecosystem: str, line: str, module: str) -> None:
    pattern = re.compile(compiled()["imports"][ecosystem][1], re.MULTILINE)

    assert pattern.findall(f"// first\n{line}\n") == [module]


@pytest.mark.parametrize("ecosystem", sorted(compiled()["imports"]))
def test_no_code_makes_an_import_pattern_slow(ecosystem: str) -> None:
    pattern = re.compile(compiled()["imports"][ecosystem][1], re.MULTILINE)

    for text in HOSTILE:
        start = time.perf_counter()
        for _ in pattern.finditer(text):
            pass
        assert time.perf_counter() - start < 1, text[:20]


def test_a_valid_file_compiles(tmp_path: Path) -> None:
    (tmp_path / "python.yaml").write_text(VALID)

    assert json.loads(compile_rules(tmp_path))["rules"] == ["python\tframeworks\tFlask\tweb backend\t\t"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("languages:", "language:", "unknown key language"),
        ("languages: [Python]", "languages: Python", "languages is not a list"),
        ("packages:", "package:", "frameworks / Flask has the unknown key package"),
        ("[flask]", "flask", "packages is not a list"),
        ("[flask]", "[flask, flask]", "names something twice"),
        ("[flask]", "[fl*sk]", "may only end a prefix"),
        ("[flask]", "[1]", "which is no text"),
        ("[flask]", "[]", "packages is empty"),
        ("packages: [flask], files: [app.py, a/b.py, '*.x']", "confirms: ['*.x']", "nothing that shows it"),
        (", source: https://pypi.org/project/flask/", "", "frameworks / Flask has no source"),
        ("source: https", "source: ftp", "has no source"),
        ("web backend", "web", "unknown domain web"),
        ("'*.x'", "'*x'", "matches no file"),
        ("a/b.py", "a/*.py", "matches no file"),
        ("(\\w+)", "\\w+", "exactly one group"),
        ("(\\w+)", "(\\w+", "not a pattern"),
        ("  Flask:", "  Flask: {}\n  Flask:", "not valid YAML"),
        ("frameworks:", "frameworks: [", "not valid YAML"),
        (VALID, "[]", "not a table"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_rule(tmp_path: Path, old: str, new: str, words: str) -> None:
    (tmp_path / "python.yaml").write_text(VALID.replace(old, new))

    with pytest.raises(BadData, match=r"python\.yaml: ") as caught:
        compile_rules(tmp_path)

    assert words in str(caught.value)
