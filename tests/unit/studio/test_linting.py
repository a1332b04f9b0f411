"""Mending what lint finds: a file of a registry is changed as the registry changes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from persona_tui.spec.modelfile_writer import render
from persona_tui.spec.rendering import modelfile_of
from persona_tui.store.registry import Registry
from persona_tui.store.scopes import find_scopes
from persona_tui.studio.linting import lint_one
from tests.conftest import make_persona

ROUGH = make_persona(constraints=["must wrap errors", "MUST close every response body", "MUST NOT panic"])


@pytest.mark.parametrize("project", [".", "elsewhere"])
def test_a_file_of_a_registry_is_mended_with_its_modelfile_and_a_version(registry: Registry, project: str) -> None:
    Path(project, ".persona").mkdir(parents=True, exist_ok=True)
    stored = Registry(find_scopes(Path(project))).save(ROUGH, seen=None, by="test")

    report = lint_one(registry, f"{project}/.persona/registry/my-go-q3.yaml", fix=True)

    again = Registry(find_scopes(Path(project))).get("my-go-q3", "project")
    assert again.persona.constraints[0].text == "MUST wrap errors"
    modelfile = modelfile_of(again.persona)
    assert modelfile is not None
    assert again.scope.modelfile("my-go-q3").read_text() == render(modelfile)
    assert [version.by for version in registry.versions("my-go-q3", stored.scope)] == ["test", "lint --fix"]
    assert "P004" not in [finding.rule for finding in report.findings]
    assert report.place == str(Path(f"{project}/.persona/registry/my-go-q3.yaml"))


def test_another_file_is_mended_in_its_place(registry: Registry) -> None:
    stored = registry.save(ROUGH, seen=None, by="test")
    Path("copy.yaml").write_text(stored.document.text)

    lint_one(registry, "./copy.yaml", fix=True)

    assert "MUST wrap errors" in Path("copy.yaml").read_text()
    assert registry.get("my-go-q3") == stored
