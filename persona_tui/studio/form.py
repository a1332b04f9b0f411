"""A persona from a filled-in form: the same spec as a designer drafts, without a designer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from persona_tui.base.errors import BadData
from persona_tui.designer.draft import DesignerReport, Draft
from persona_tui.spec.lint import lint_persona
from persona_tui.spec.names import ModelName, propose_name, slugify
from persona_tui.spec.persona import parse_persona
from persona_tui.studio.build import DEFAULT_BASE, FIXABLE, BuildRequest

_SLUG_WORDS = 3


def draft_from_form(fields: dict[str, Any]) -> tuple[BuildRequest, Draft]:
    """Return the request and the draft that `fields` (keys of Persona, and `base_model`) make.

    Raises BadData for a wrong value.

    As in a build, a name and a temperature that were given are fixed. Who asks for a refinement later wants the rest
    of the form refined.
    """
    fields = {key: value for key, value in fields.items() if value not in (None, "", [])}
    base = fields.pop("base_model", None)
    fixed = {name: fields[name] for name in FIXABLE if name in fields}
    fields.setdefault("name", name_for(fields.get("role", ""), base))
    persona = parse_persona({**fields, "preferred_models": [base] if base else []})
    request = BuildRequest(persona.role, base_model=base or DEFAULT_BASE, fixed=fixed)
    return request, Draft(persona, DesignerReport("form"))


def name_for(role: str, base: str | None) -> str:
    """Return the name that is proposed for a role."""
    words = "-".join(slugify(role).split("-")[:_SLUG_WORDS])
    return propose_name(words, base)


def check_form(fields: dict[str, Any]) -> None:
    """Raise BadData for the first of the given fields that cannot be one."""
    for name, value in fields.items():
        if value not in (None, "", []):
            check_field(name, value)


def check_field(name: str, value: object) -> None:
    """Raise BadData, with a sentence about it, when `value` cannot be the field `name` (or `base_model`)."""
    if name == "base_model":
        try:
            ModelName.parse(str(value))
        except ValueError as error:
            raise BadData(f"base_model: {error}") from None
    else:
        parse_persona({"name": "probe", "role": "probe", name: value})


def check_rule(rule: str, before: Sequence[str]) -> None:
    """Raise BadData, with a sentence about it, for an error that lint finds in `rule`, which comes after `before`."""
    persona = parse_persona({"name": "probe", "role": "probe", "constraints": [*before, rule]})
    for finding in lint_persona(persona, origin="draft"):
        if finding.severity == "error" and finding.field == f"constraints[{len(before)}]":
            raise BadData(finding.message)
