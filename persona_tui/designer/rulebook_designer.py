"""The rulebook as a designer: it drafts from what it recognises, and talks about the draft without any model."""

from __future__ import annotations

from persona_tui.designer.draft import Brief, DesignerReport, Draft, ProgressSink, Reply, Talk, Words
from persona_tui.designer.talk.conversation import answer
from persona_tui.designer.talk.redraft import rulebook_draft


class RulebookDesigner:
    """Designs without a model: the same brief gives the same draft, byte for byte, and the same talk the same reply."""

    async def draft(self, brief: Brief, sink: ProgressSink | None = None) -> Draft:
        """Return the rulebook's draft; its notes say what it did not understand."""
        drafted = rulebook_draft(brief)
        return Draft(drafted.persona, DesignerReport("rulebook"), notes=drafted.notes)

    async def reply(self, talk: Talk, words: str, sink: ProgressSink | None = None) -> Reply:
        """Return what the rulebook makes of `words`; its own words go to `sink` at once."""
        reply = answer(talk, words)
        if sink:
            sink(Words(reply.say))
        return reply
