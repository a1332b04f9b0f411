"""The rulebook as a designer: it drafts from what it recognises, and reads a wish as more of the same."""

from __future__ import annotations

import re
from typing import Any

from persona_tui.base.errors import PersonaError
from persona_tui.base.text import one_line, plural
from persona_tui.designer.draft import Brief, DesignerReport, Draft, ProgressSink, Reply, Talk
from persona_tui.designer.rulebook import MOST_RULES, RulebookDraft, draft
from persona_tui.designer.updates import RULES, identified, updates_between
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

    async def draft(self, brief: Brief, sink: ProgressSink | None = None) -> Draft:
        """Return the rulebook's draft; its notes say what it did not understand."""
        drafted = rulebook_draft(brief)
        return Draft(drafted.persona, DesignerReport("rulebook"), notes=drafted.notes)

    async def reply(self, talk: Talk, words: str, sink: ProgressSink | None = None) -> Reply:
        """Return the difference that the words make to the rulebook's own draft, or the rule that they are."""
        current, brief = talk.persona, talk.brief
        try:
            if (rule := _rule_in(words)) and RULES not in talk.locks:
                return Reply(
                    DesignerReport("rulebook"), updates=updates_between(current, identified(_with_rule(current, rule)))
                )
            before = rulebook_draft(brief).persona
            drafted = rulebook_draft(brief, words)
            persona, no_room = _merged(before, current, drafted.persona, brief)
        except RefinementFailed as error:
            return Reply(DesignerReport("rulebook"), failed=str(error))
        if persona == current:
            return Reply(
                DesignerReport("rulebook"),
                failed="there are as many rules as a small model keeps already"
                if no_room
                else "the rulebook found no technology, task, language or temperature in it that changes anything; "
                "a wish that begins with MUST or MUST NOT becomes a rule",
            )
        notes = list(drafted.notes)
        if no_room:
            notes.append(f"{plural(no_room, 'rule')} of the rulebook for this found no room: {MOST_RULES} are enough")
        return Reply(
            DesignerReport("rulebook"), updates=updates_between(current, identified(persona)), notes=tuple(notes)
        )


class RefinementFailed(PersonaError):
    """A wish could not be carried out; the proposal is what it was."""


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
