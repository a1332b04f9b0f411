"""A persona from a filled-in form: the same spec as a designer drafts, without a designer."""

from __future__ import annotations

from typing import Any

from persona_tui.designer.draft import DesignerReport, Draft
from persona_tui.spec.names import propose_name, slugify
from persona_tui.spec.persona import Persona, parse_persona
from persona_tui.studio.build import DEFAULT_BASE, BuildRequest, Proposal

_SLUG_WORDS = 3


def propose_from_form(fields: dict[str, Any]) -> Proposal:
    """Return the proposal that `fields` (keys of Persona, and `base_model`) make. Raises BadData for a wrong value."""
    fields = {key: value for key, value in fields.items() if value not in (None, "", [])}
    base = fields.pop("base_model", None)
    fields.setdefault("name", name_for(fields.get("role", ""), base))
    persona = parse_persona({**fields, "preferred_models": [base] if base else []})
    request = BuildRequest(persona.role, base_model=base or DEFAULT_BASE, fixed=fields)
    return Proposal(request, Draft(persona, DesignerReport("form")))


def name_for(role: str, base: str | None) -> str:
    """Return the name that is proposed for a role."""
    words = "-".join(slugify(role).split("-")[:_SLUG_WORDS])
    return propose_name(words, base)


def check_form(fields: dict[str, Any]) -> None:
    """Raise BadData for the first of the given fields that cannot be one."""
    for name, value in fields.items():
        if name != "base_model" and value not in (None, "", []):
            parse_persona({"name": "probe", "role": "probe", name: value})


def check_field(name: str, value: object) -> str | None:
    """Return what is wrong with `value` for the field `name`, None where nothing is."""
    from pydantic import ValidationError

    sample: dict[str, Any] = {"name": "probe", "role": "probe", name: value}
    try:
        Persona.model_validate(sample)
    except ValidationError as error:
        return str(error.errors(include_url=False)[0]["msg"]).removeprefix("Value error, ")
    return None
