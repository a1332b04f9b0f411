"""The questions of `persona create`, each with its answer checked where it is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import questionary

from persona_tui.base.errors import BadData
from persona_tui.spec.persona import DOMAINS, TIERS, Temperature
from persona_tui.studio.build import DEFAULT_BASE
from persona_tui.studio.form import check_field, check_rule, name_for

_RULES_WANTED = 7


def fill_in(fields: dict[str, Any]) -> None:
    """Ask for every field that `fields` lacks, and put it there as soon as it is known.

    Raises KeyboardInterrupt when the person leaves.
    """
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
        _ask_for_rules(fields["constraints"])
    fields["output_format"] = fields["output_format"] or _text("Format: what does an answer look like?", None)
    fields["tier"] = fields["tier"] or _select("Tier:", list(TIERS))


def _ask_for_rules(rules: list[str]) -> None:
    def check(rule: str) -> None:
        if rule.strip():
            check_rule(rule, rules)

    while len(rules) < _RULES_WANTED:
        rule = _ask(f"Rule {len(rules) + 1}, MUST … or MUST NOT … (empty ends):", check)
        if not rule:
            break
        rules.append(rule)


def _text(question: str, field: str | None, default: str = "") -> str:
    return _ask(question, lambda value: check_field(field, value) if field else None, default)


def _ask(question: str, check: Callable[[str], None], default: str = "") -> str:
    def validate(value: str) -> bool | str:
        try:
            check(value)
        except BadData as error:
            return str(error)
        return True

    return str(questionary.text(question, default=default, validate=validate).unsafe_ask()).strip()


def _select(question: str, choices: list[str]) -> str:
    return str(questionary.select(question, choices=choices).unsafe_ask())
