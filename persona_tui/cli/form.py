"""The questions of `persona create`, each with its answer checked where it is given."""

from __future__ import annotations

from typing import Any

import questionary

from persona_tui.base.errors import BadData
from persona_tui.spec.persona import DOMAINS, TIERS, Temperature
from persona_tui.studio.build import DEFAULT_BASE
from persona_tui.studio.form import check_field, name_for

_RULES_WANTED = 7


def fill_in(given: dict[str, Any]) -> dict[str, Any]:
    """Return `given` with every field that it lacks asked for. Raises KeyboardInterrupt when the person leaves."""
    fields = dict(given)
    fields["role"] = fields["role"] or _text("Role: who is it?", "role")
    fields["base_model"] = fields["base_model"] or _text("Base model:", "base_model", default=DEFAULT_BASE)
    proposed = name_for(fields["role"], fields["base_model"])
    fields["name"] = fields["name"] or _text("Name:", "name", default=proposed)
    fields["domain"] = fields["domain"] or _select("Domain:", list(DOMAINS))
    fields["language"] = fields["language"] or _text("Language (empty for none):", None)
    if fields["temperature"] is None:
        names = {f"{t.label} ({t.value})": t.value for t in Temperature}
        fields["temperature"] = names[_select("Temperature:", list(names))]
    if not fields["constraints"]:
        fields["constraints"] = _rules()
    fields["output_format"] = fields["output_format"] or _text("Format: what does an answer look like?", None)
    fields["tier"] = fields["tier"] or _select("Tier:", list(TIERS))
    return fields


def _rules() -> list[str]:
    rules: list[str] = []
    while len(rules) < _RULES_WANTED:
        rule = _text(f"Rule {len(rules) + 1}, MUST … or MUST NOT … (empty ends):", None)
        if not rule:
            break
        rules.append(rule)
    return rules


def _text(question: str, field: str | None, default: str = "") -> str:
    def check(value: str) -> bool | str:
        if field:
            try:
                check_field(field, value)
            except BadData as error:
                return str(error)
        return True

    return str(questionary.text(question, default=default, validate=check).unsafe_ask()).strip()


def _select(question: str, choices: list[str]) -> str:
    return str(questionary.select(question, choices=choices).unsafe_ask())
