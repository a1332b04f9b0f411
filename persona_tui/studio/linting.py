"""Lint for personas of the registry and for files."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from persona_tui.base.errors import BadData, PersonaError
from persona_tui.base.files import write_atomic
from persona_tui.spec.lint import UNREADABLE, Finding, find_rule, fix_persona, lint_persona
from persona_tui.spec.persona import Persona
from persona_tui.store.registry import Registry, Stored
from persona_tui.store.scopes import PROJECT_FOLDER, Scope, Scopes
from persona_tui.studio.library import read_reference


@dataclass(frozen=True, slots=True)
class Report:
    """The findings on one persona; `place` is its file."""

    name: str
    place: str
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "path": self.place, "lint": [finding.to_json() for finding in self.findings]}


def lint_one(registry: Registry, reference: str, scope: str | None = None, *, fix: bool = False) -> Report:
    """Lint what `reference` means (a name, a version, a file); with `fix` mend it in the registry first.

    Raises NotFound, BadData, CannotWrite.
    """
    stored = read_reference(registry, reference, scope)
    if fix and stored.scope.writable and "@" not in reference:
        fixed = fix_persona(stored.persona, lint_persona(stored.persona))
        if fixed != stored.persona:
            stored = _save(registry, stored, fixed)
    return _report(stored)


def _save(registry: Registry, stored: Stored, fixed: Persona) -> Stored:
    if stored.scope.name != "file":
        return registry.save(fixed, scope=stored.scope.name, seen=stored.revision, by="lint --fix")
    if owner := _registry_of(registry, stored):
        saved = owner.save(fixed, scope=owner.scopes.default.name, seen=stored.revision, by="lint --fix")
        return replace(stored, document=saved.document, revision=saved.revision)
    document = stored.document.with_persona(fixed)
    write_atomic(stored.path, document.text.encode())
    return replace(stored, document=document)


def _registry_of(registry: Registry, stored: Stored) -> Registry | None:
    """Return a registry whose default scope keeps the file `stored`, with a Modelfile and versions; None for others."""
    folder = os.path.realpath(stored.path.parent)
    known = [scope for scope in registry.scopes.all if scope.writable]
    if os.path.basename(folder) == "registry" and os.path.basename(os.path.dirname(folder)) == PROJECT_FOLDER:
        known.append(Scope("project", Path(folder).parent))  # of a project that we are not in
    for scope in known:
        mine = os.path.realpath(scope.registry) == folder
        if mine and stored.path.name == scope.persona_file(stored.persona.name).name:
            return Registry(Scopes((scope,), scope))
    return None


def lint_all(registry: Registry, scope: str | None = None) -> list[Report]:
    """Lint every persona that is not hidden, and without `scope` not those that ship.

    A file that cannot be read is a finding of its own.
    """
    reports = []
    for row in registry.rows(scope):
        if row["hidden"] or (scope is None and row["scope"] == "built-in"):
            continue
        try:
            reports.append(_report(registry.get(row["name"], row["scope"])))
        except PersonaError as error:
            path = str(registry.scopes.named(row["scope"]).persona_file(row["name"]))
            reports.append(Report(row["name"], path, (_unreadable(error),)))
    return reports


def _unreadable(error: PersonaError) -> Finding:
    message, line = (error.message, error.line) if isinstance(error, BadData) else (str(error), None)
    return Finding(UNREADABLE.id, UNREADABLE.severity, message, "", line)


def rule_json(rule_id: str) -> dict[str, Any]:
    """Return what a lint rule is for. Raises NotFound."""
    rule = find_rule(rule_id)
    return {
        "rule": rule.id,
        "severity": rule.severity.value,
        "title": rule.title,
        "why": rule.why,
        "bad": dict(rule.bad),
        "good": dict(rule.good),
        "fixable": rule.fix is not None,
    }


def _report(stored: Stored) -> Report:
    findings = lint_persona(stored.persona, origin="file", lines=stored.document.lines)
    return Report(stored.persona.name, str(stored.path), tuple(findings))
