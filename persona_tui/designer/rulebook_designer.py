"""The rulebook as a designer: it drafts from what it recognises, and reads a wish as more of the same."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from persona_tui.base.text import one_line, plural
from persona_tui.designer.draft import Brief, DesignerReport, Draft, RefinementFailed, WordSink
from persona_tui.designer.rulebook import MOST_RULES, RulebookDraft, draft
from persona_tui.spec.changes import match_rules, merge
from persona_tui.spec.lint import lint_persona
from persona_tui.spec.lint.constraints import MOST
from persona_tui.spec.persona import Persona

_STATED = ("domain", "language", "temperature")
"""Fields that a wish states outright: there it wins over a value that is not the rulebook's."""


_RULE = re.compile(r"(?P<word>must(?: not)?|always|never)\b:?\s+(?P<rest>(?!not\b)\S.*)", re.IGNORECASE)
_OF_RULES = ("P001", "P002", "P003")
"""What lint says of a single rule: a fragment, a lost polarity, a repetition or a contradiction."""


class RulebookDesigner:
    """Designs without a model: the same brief gives the same draft, byte for byte."""

    async def draft(self, brief: Brief, words: WordSink | None = None) -> Draft:
        """Return the rulebook's draft; its notes say what it did not understand."""
        drafted = rulebook_draft(brief)
        return Draft(drafted.persona, DesignerReport("rulebook"), notes=drafted.notes)

    async def refine(self, draft: Draft, wish: str, brief: Brief, words: WordSink | None = None) -> Draft:
        """Return `draft` with the difference that the wish makes to the rulebook's own draft merged in.

        A wish that is itself a rule is added as one. What a person or a model wrote stays as it is. Raises
        RefinementFailed when nothing changes.
        """
        report = replace(draft.designer, kind="rulebook", model=None, engine=None)
        if (rule := _rule_in(wish)) and "constraints" not in brief.fixed:
            return replace(draft, persona=_with_rule(draft.persona, rule), designer=report, notes=())
        before = rulebook_draft(brief).persona
        drafted = rulebook_draft(brief, wish)
        persona, no_room = _merged(before, draft.persona, drafted.persona, brief)
        if persona == draft.persona:
            raise RefinementFailed(
                "there are as many rules as a small model keeps already"
                if no_room
                else "the rulebook found no technology, task, language or temperature in it that changes anything; "
                "a wish that begins with MUST or MUST NOT becomes a rule"
            )
        notes = list(drafted.notes)
        if no_room:
            notes.append(f"{plural(no_room, 'rule')} of the rulebook for this found no room: {MOST_RULES} are enough")
        return replace(draft, persona=persona, designer=report, notes=tuple(notes))


def _rule_in(wish: str) -> str | None:
    """Return the rule that `wish` is, None where it is none."""
    match = _RULE.fullmatch(one_line(wish))
    if match is None:
        return None
    negative = match["word"].lower().startswith("never") or match["word"].lower().endswith("not")
    return f"MUST{' NOT' if negative else ''} {match['rest']}"


def _with_rule(persona: Persona, text: str) -> Persona:
    """Return `persona` with one rule more. Raises RefinementFailed for one that is too many, or that lint refuses."""
    rules = persona.to_data()["constraints"]
    if len(rules) >= MOST:
        raise RefinementFailed(f"there are {len(rules)} rules, which is as many as a small model keeps")
    revised = persona.revised(constraints=[*rules, text])
    field = f"constraints[{len(rules)}]"
    found = [f for f in lint_persona(revised, origin="draft") if f.rule in _OF_RULES and f.field == field]
    if found:
        raise RefinementFailed(found[0].message)
    return revised


def _merged(before: Persona, current: Persona, after: Persona, brief: Brief) -> tuple[Persona, int]:
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
