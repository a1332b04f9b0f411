"""Drafting anew with a wish more, and merging the difference into what is there: what others wrote stays."""

from __future__ import annotations

from typing import Any

from persona_tui.designer.draft import Brief
from persona_tui.designer.rulebook import MOST_RULES, RulebookDraft, draft
from persona_tui.spec.changes import match_rules, merge
from persona_tui.spec.persona import Persona

_STATED = ("domain", "language", "temperature")
"""Fields that a wish states outright: there it wins over a value that is not the rulebook's."""


def merged_in(before: Persona, current: Persona, after: Persona, brief: Brief) -> tuple[Persona, int]:
    """Return `current` with what is new from `before` to `after`, and how many new rules found no room."""
    merged = merge(before, current, after)
    changes: dict[str, Any] = {}
    for conflict in merged.conflicts:
        if conflict.field in Persona.model_fields and (conflict.field in _STATED or not conflict.ours):
            changes[conflict.field] = conflict.theirs
    present = current.to_data()
    changes |= {field: present[field] for field in brief.fixed}
    persona = merged.persona.revised(**changes)
    kept = match_rules(persona.constraints, current.constraints)
    room = max(MOST_RULES - len(kept), 0)
    new = [i for i in range(len(persona.constraints)) if i not in kept]
    left_out = set() if "constraints" in brief.fixed else set(new[room:])
    rules = [rule for i, rule in enumerate(persona.to_data()["constraints"]) if i not in left_out]
    return persona.revised(constraints=rules), len(left_out)


def rulebook_draft(brief: Brief, *wishes: str) -> RulebookDraft:
    """Return what the rulebook drafts for `brief` with further `wishes`."""
    fixed = brief.fixed
    return draft(
        ". ".join((brief.description, *brief.wishes, *wishes)),
        brief.detection,
        base_model=brief.base_model,
        name=fixed.get("name"),
        temperature=fixed.get("temperature"),
    )
