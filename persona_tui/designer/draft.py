"""What goes into a designer and what comes out, whichever designer it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from persona_tui.base.errors import PersonaError, UsageError
from persona_tui.detect.result import Detection
from persona_tui.spec.persona import Persona

DESCRIPTION_LIMIT = 4_000
"""Characters of a description or of a wish: a page of text, which fits into a small context with the rest."""

WordSink = Callable[[str], None]


class RefinementFailed(PersonaError):
    """A wish could not be carried out; the proposal is what it was."""


@dataclass(frozen=True, slots=True)
class Brief:
    """What a persona is wanted for, and the `wishes` that were carried out since.

    `fixed` holds the fields that the person has set: no designer changes those, in a draft or in a refinement.
    """

    description: str
    base_model: str
    detection: Detection | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)
    wishes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DesignerReport:
    """Who drafted, and at what cost. `tokens` and `seconds` add up over the rounds."""

    kind: Literal["rulebook", "model", "form"]
    model: str | None = None
    engine: str | None = None
    seconds: float = 0.0
    tokens: int = 0

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "model": self.model,
            "engine": self.engine,
            "seconds": round(self.seconds, 3),
            "tokens": self.tokens,
        }


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposal. `filled` names what the rulebook had to fill in for a model; `notes` are for the person."""

    persona: Persona
    designer: DesignerReport
    filled: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Designer(Protocol):
    """Drafts a persona from a brief, and changes a draft as somebody wishes."""

    async def draft(self, brief: Brief, words: WordSink | None = None) -> Draft:
        """Return a first draft. `words` receives what a model says, as it says it. Raises EngineError."""

    async def refine(self, draft: Draft, wish: str, brief: Brief, words: WordSink | None = None) -> Draft:
        """Return `draft` with what `wish` asks for changed, and nothing else. Raises RefinementFailed, EngineError."""


def check_words(text: str, what: str) -> str:
    """Return a description or a wish, stripped. Raises UsageError when it is empty or longer than is read."""
    text = text.strip()
    if not text:
        raise UsageError(f"the {what} is empty: say in a few words what you want")
    if len(text) > DESCRIPTION_LIMIT:
        raise UsageError(
            f"the {what} has {len(text):,} characters, at most {DESCRIPTION_LIMIT:,} are read: say it shorter"
        )
    return text
