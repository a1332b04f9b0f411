"""The rulebook as a designer: it drafts from what it recognises, and reads a wish as more of the same."""

from __future__ import annotations

from dataclasses import replace

from persona_tui.designer.draft import Brief, DesignerReport, Draft, RefinementFailed, WordSink
from persona_tui.designer.rulebook import RulebookDraft, draft


class RulebookDesigner:
    """Designs without a model: the same brief gives the same draft, byte for byte."""

    async def draft(self, brief: Brief, words: WordSink | None = None) -> Draft:
        """Return the rulebook's draft; its notes say what it did not understand."""
        drafted = _draft(brief, brief.wishes)
        return Draft(drafted.persona, DesignerReport("rulebook"), notes=drafted.notes)

    async def refine(self, draft: Draft, wish: str, brief: Brief, words: WordSink | None = None) -> Draft:
        """Return `draft` with the fields changed in which the wish makes a difference; any other keeps its value.

        Raises RefinementFailed when it makes none.
        """
        before = _draft(brief, brief.wishes).persona.to_data()
        drafted = _draft(brief, (*brief.wishes, wish))
        after = drafted.persona.to_data()
        changes = {field: value for field, value in after.items() if value != before[field]}
        persona = draft.persona.revised(**changes)
        if persona == draft.persona:
            raise RefinementFailed(
                "the rulebook found no technology, task, language or temperature in it that changes anything"
            )
        return replace(draft, persona=persona, notes=drafted.notes)


def _draft(brief: Brief, wishes: tuple[str, ...]) -> RulebookDraft:
    fixed = brief.fixed
    return draft(
        ". ".join((brief.description, *wishes)),
        brief.detection,
        base_model=brief.base_model,
        name=fixed.get("name"),
        temperature=fixed.get("temperature"),
    )
