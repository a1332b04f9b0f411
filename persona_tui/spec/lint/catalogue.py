"""Every rule there is, and what to do with them."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from typing import Any

from persona_tui.base.errors import NotFound
from persona_tui.spec.lint import constraints, naming, prompt, sampling, secrets, wording
from persona_tui.spec.lint.model import SAMPLE, Finding, Origin, Rule, Severity, Subject
from persona_tui.spec.persona import Persona, parse_persona

RULES: tuple[Rule, ...] = tuple(
    sorted(
        constraints.RULES + wording.RULES + prompt.RULES + naming.RULES + sampling.RULES + secrets.RULES,
        key=lambda rule: rule.id,
    )
)
"""The rules that look at a persona, by id."""

UNREADABLE = Rule(
    "F000",
    Severity.ERROR,
    "The file cannot be read",
    "A file that is no valid persona is left out of everything else, so whoever checks a registry has to see it.",
    {"temperature": "hot"},
    {"temperature": "creative"},
    lambda _: (),  # there is no persona to look at: whoever reads the files reports it
)

_BY_ID: Mapping[str, Rule] = {rule.id: rule for rule in (UNREADABLE, *RULES)}


def lint_persona(persona: Persona, *, origin: Origin = "file", lines: Mapping[str, int] | None = None) -> list[Finding]:
    """Return what the rules have to say about `persona`, the gravest first, then by rule and by field.

    `lines` tells the line of a field in its file, where there is one; a field that it does not know takes the line of
    the field around it.
    """
    subject = Subject(persona, origin)
    findings = [
        Finding(
            rule.id,
            hit.severity or rule.severity,
            hit.message,
            hit.field,
            _line(hit.field, lines or {}),
            rule.fix if hit.fixable else None,
        )
        for rule in RULES
        for hit in rule.check(subject)
    ]
    return sorted(findings, key=lambda finding: (finding.severity.rank, finding.rule, _natural(finding.field)))


def fix_persona(persona: Persona, findings: list[Finding]) -> Persona:
    """Return `persona` with every fix of `findings` applied. A fix never changes what a persona says."""
    for fix in dict.fromkeys(finding.fix for finding in findings if finding.fix):
        persona = fix(persona)
    return persona


def find_rule(rule_id: str) -> Rule:
    """Return the rule called `rule_id`, in any case. Raises NotFound, with the nearest id."""
    rule = _BY_ID.get(rule_id.upper())
    if rule is None:
        close = difflib.get_close_matches(rule_id.upper(), _BY_ID, n=1, cutoff=0.5)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(_BY_ID)}"
        raise NotFound(f"there is no lint rule '{rule_id:.20}': {hint}")
    return rule


def explain(rule_id: str) -> str:
    """Return what the rule is about, why, and an example of each kind. Raises NotFound."""
    rule = find_rule(rule_id)
    return "\n".join(
        [
            f"{rule.id}  {rule.title}  ({rule.severity.value})",
            "",
            rule.why,
            "",
            f"Bad:   {_example(rule.bad)}",
            f"Good:  {_example(rule.good)}",
            f"Fix:   {'automatic, the meaning stays' if rule.fix else 'by hand'}",
        ]
    )


def sample(fields: Mapping[str, Any]) -> Persona:
    """Return the persona of an example: the sample persona with `fields` in place of its own."""
    return parse_persona({**SAMPLE, **fields})


def _example(fields: Mapping[str, Any]) -> str:
    return "; ".join(f"{name}: {_short(value)}" for name, value in fields.items())


def _short(value: Any) -> str:
    """Return `value` as JSON, of a long list only the beginning."""
    if isinstance(value, list) and len(value) > 3:
        return f"{_short(value[:2])[:-1]}, … {len(value)} in all]"
    readable = json.dumps(value, ensure_ascii=False)
    return readable if readable.isprintable() else json.dumps(value)


def _line(field: str, lines: Mapping[str, int]) -> int | None:
    while field and field not in lines:
        field = re.sub(r"(?:\.[^.\[]*|\[\d+\]|^[^.\[]*)$", "", field)
    return lines.get(field)


def _natural(field: str) -> list[tuple[int, str]]:
    """Return a key that sorts `constraints[2]` before `constraints[10]`."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", field)]
