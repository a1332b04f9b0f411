"""What goes into a designer and what comes out, whichever designer it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from persona_tui.base.errors import UsageError
from persona_tui.designer.updates import Update
from persona_tui.detect.result import Detection
from persona_tui.spec.persona import Persona

DESCRIPTION_LIMIT = 4_000
"""Characters of a description or of a wish: a page of text, which fits into a small context with the rest."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A piece of the answer, raw, as it arrived: to be kept, not to be shown."""

    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """Words to the person, as they arrive; escape sequences are taken out."""

    text: str


@dataclass(frozen=True, slots=True)
class Thought:
    """A piece of the reasoning before an answer: never part of it."""

    text: str


@dataclass(frozen=True, slots=True)
class Completed:
    """A value of the answer that has arrived whole, such as `role` or `rules[0]`. It is not judged yet."""

    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """The answer did not do: the model is asked once more. What was shown of it is void."""

    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Folded:
    """The context was full: the first `rounds` rounds go to the model as the decisions that were made in them."""

    rounds: int


Progress = Heard | Words | Thought | Completed | AskedAgain | Folded
ProgressSink = Callable[[Progress], None]
"""Receives what happens while a designer answers, as it happens."""


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
    """A first proposal. `filled` names what the rulebook had to fill in for a model; `notes` are for the person.

    `say` are the designer's words, `raw` and `thinking` the answer as it came.
    """

    persona: Persona
    designer: DesignerReport
    filled: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    say: str = ""
    raw: str = ""
    thinking: str = ""
    asks: int = 1
    """How often the model was asked until an answer did."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """An earlier round as a designer sees it again: the words of both, and a line for each decision."""

    words: str
    say: str
    decisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as a designer sees it when it has to answer. Every rule of `persona` has an id.

    `locks` are fields of Persona, `constraints` for all rules, `constraints.ID` for one.
    """

    brief: Brief
    persona: Persona
    locks: frozenset[str] = frozenset()
    earlier: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a designer answers in a conversation.

    `updates` are the changes that it makes; `proposals` those that a lock keeps out and that the person may accept.
    Without any, `say` is a question or a remark, and nothing happened. `notes` say what is wrong with the answer or
    was left out. `failed` is set where there was no answer to speak of, and says why.
    """

    designer: DesignerReport
    say: str = ""
    updates: tuple[Update, ...] = ()
    proposals: tuple[Update, ...] = ()
    notes: tuple[str, ...] = ()
    failed: str | None = None
    raw: str = ""
    thinking: str = ""
    folded: int = 0
    asks: int = 1


class Designer(Protocol):
    """Drafts a persona from a brief, and changes it in a conversation."""

    async def draft(self, brief: Brief, sink: ProgressSink | None = None) -> Draft:
        """Return a first draft. Raises EngineError."""

    async def reply(self, talk: Talk, words: str, sink: ProgressSink | None = None) -> Reply:
        """Return the answer to what the person says. It changes only what it names, and nothing that is locked.

        Raises EngineError.
        """


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
