"""A description becomes a conversation, and the conversation a draft that can be created."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from persona_tui.base.errors import (
    BadData,
    Conflict,
    EngineError,
    EngineUnreachable,
    NotFound,
    PersonaError,
    UsageError,
)
from persona_tui.designer.answers import UNASKED
from persona_tui.designer.conversation import Round
from persona_tui.designer.draft import Brief, Designer, DesignerReport, ProgressSink, check_words
from persona_tui.designer.session import Log, Nowhere, Session
from persona_tui.detect.result import Detection
from persona_tui.engines.protocol import Engine
from persona_tui.spec.names import same_model
from persona_tui.spec.persona import Persona
from persona_tui.store.journal import Journal, session_ids
from persona_tui.store.registry import Registry

Say = Callable[[str, str], None]
"""Narration: a tag such as DETECT, LLM or WARN, and a sentence."""

DesignerKind = Literal["auto", "model", "rulebook"]

DEFAULT_BASE = "qwen3:8b"
"""The base that is proposed where none is asked for: the smallest of the tested ones that keeps seven rules."""

FIXABLE = ("name", "temperature")
"""What a person says once and for all: no designer and no refinement changes it."""

_SMALL = 1_000_000_000
"""Bytes of a model from which on it can be hoped to keep seven instructions at a time."""


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """What is to be built. `fixed` holds those of FIXABLE that the person set, by flags or by form."""

    description: str
    codebase: str | None = None
    base_model: str = DEFAULT_BASE
    fixed: dict[str, Any] = field(default_factory=dict)


def begin(request: BuildRequest, log: Log, asked: dict[str, Any]) -> Session:
    """Start a conversation about what is to be built; its words are kept before any designer sees them.

    `asked` is the designer that was asked for: `kind` and `model`. Raises UsageError for a description that cannot be
    used, CannotWrite.
    """
    description = check_words(request.description, "description")
    brief = Brief(description, request.base_model, fixed=request.fixed)
    return Session.begin(log, brief, codebase=request.codebase, asked=asked)


def resume(journal: Journal, *, keeps: bool = True) -> Session:
    """Go on with the conversation in `journal`; nothing is written where it is read-only, or nothing is to be kept.

    Raises BadData.
    """
    log: Log = journal if keeps and not journal.read_only else Nowhere()
    return Session.resumed(log, journal.read(), journal.heard())


def last_session(say: Say) -> str:
    """Return the id of the last conversation that nothing was created of.

    Damaged ones, and those that another process has open, are passed over. Raises NotFound where there is none, BadData
    where each is damaged, Conflict where each is open.
    """
    damaged: list[BadData] = []
    busy: list[str] = []
    for session_id in session_ids():
        with closing(Journal.look(session_id)) as journal:
            try:
                created = resume(journal, keeps=False).talk.created
            except BadData as error:
                damaged.append(error)
                continue
            if journal.busy and not created:
                busy.append(session_id)
                continue
        if not created:
            if busy:
                say("NOTE", f"session {busy[0]} is open in another process: going on with {session_id}")
            for problem in damaged:
                say("WARN", f"{problem}: passed over for an older one")
            return session_id
    if busy:
        raise Conflict(f"session {busy[0]} is open in another process, and there is no other one to go on with")
    if damaged:
        raise damaged[0]
    raise NotFound("there is no draft to go on with: every one was created")


def look_at(codebase: str, registry: Registry, say: Say) -> Detection | None:
    """Detect what `codebase` is and which personas fit; what fails is a warning, and then there is no answer."""
    from persona_tui.detect.ranking import FITS
    from persona_tui.studio.detection import detect_codebase

    say("DETECT", f"looking at {codebase}")
    try:
        detection = detect_codebase(Path(codebase), registry)
    except PersonaError as error:
        say("WARN", f"detection failed ({error}); going on without the codebase")
        return None
    say("DETECT", detection.summary() or "nothing was recognised")
    if (best := next(iter(detection.personas), None)) and best.confidence >= FITS:
        say("DETECT", f"a persona that fits is there: {best.name} ({best.confidence:.0%}, {best.reason})")
    return detection


async def choose_designer(
    kind: DesignerKind, model: str | None, engine: Engine, say: Say, *, learns: bool = True
) -> Designer:
    """Return the designer to use, and say which and why.

    `auto` takes a model where `engine` answers and has one, else the rulebook. One that `learns` remembers on disk
    how the model is best asked. Raises EngineError and
    EngineUnreachable when a model was asked for and there is none.
    """
    from persona_tui.designer.memory import Memory
    from persona_tui.designer.model import ModelDesigner, choose_model
    from persona_tui.designer.rulebook_designer import RulebookDesigner

    if kind == "rulebook":
        if model:
            raise UsageError("--designer rulebook asks no model: leave --designer-model out")
        return RulebookDesigner()
    try:
        chosen, why = await choose_model(engine, model)
    except EngineError as error:
        if kind == "model" or model:
            raise
        reason = f"no engine answers at {engine.address}" if isinstance(error, EngineUnreachable) else str(error)
        say("LLM", f"no model designs, the rulebook does: {reason}")
        return RulebookDesigner()
    say("LLM", f"drafting with {chosen} ({engine.kind}, {engine.address}): {why}")
    size = next((info.size for info in await engine.models() if same_model(info.name, chosen)), None)
    if size is not None and size < _SMALL:
        say("WARN", f"{chosen} is small for a designer: '--designer rulebook' may do better")
    return ModelDesigner(engine, chosen, Memory(learns=learns))


async def first_draft(
    session: Session, designer: Designer, say: Say, sink: ProgressSink | None = None, *, fallback: bool = False
) -> Round:
    """Have a first draft made. With `fallback` a model that fails is a warning, and the rulebook drafts instead.

    Raises EngineError.
    """
    from persona_tui.designer.rulebook_designer import RulebookDesigner

    try:
        made = await session.first_draft(designer, sink)
    except EngineError as error:
        if not fallback:
            raise
        say("WARN", f"{error}; drafting by the rulebook instead")
        made = await session.first_draft(RulebookDesigner(), sink)
    _tell(session, made, say)
    return made


async def refine(session: Session, designer: Designer, say: Say, sink: ProgressSink | None = None) -> Round:
    """Have the designer answer what was asked; a round that fails is a warning, and the draft stays as it was."""
    made = await session.answer(designer, sink)
    if made.outcome == "failed":
        why = made.notes[-1] if made.notes else "no answer came"
        say("WARN", f"Refinement failed: {why}, {what_stays(session)}")
    else:
        _tell(session, made, say)
    return made


def what_stays(session: Session) -> str:
    """Return the end of a sentence about a refinement that failed: what there is now."""
    refined = any(made.outcome == "changed" for made in session.talk.rounds)
    return "keeping the proposal as it is" if refined else "using the original proposal"


def _tell(session: Session, made: Round, say: Say) -> None:
    filled = session.talk.state.filled if made.outcome == "drafted" else ()
    if made.designer and made.designer.kind == "rulebook" and made.outcome == "drafted":
        say("LLM", "the draft came from the rulebook: no model was asked")
    if left_out := [name for name in filled if name not in UNASKED]:
        say("WARN", f"the model left out {', '.join(left_out)}: filled in by the rulebook")
    if unasked := [name for name in filled if name in UNASKED]:
        say("LLM", f"{', '.join(unasked)}: from the rulebook, no model is asked for that")
    for note in made.notes:
        say("WARN", note)


def report_of(session: Session) -> DesignerReport:
    """Return who made the draft what it is, and what all rounds cost together."""
    reports = [r.designer for r in session.talk.rounds if r.designer]
    made = [r.designer for r in session.talk.rounds if r.designer and r.outcome in ("drafted", "changed")]
    seconds, tokens = sum(r.seconds for r in reports), sum(r.tokens for r in reports)
    return replace(made[-1] if made else DesignerReport("form"), seconds=seconds, tokens=tokens)


def bare_spec(persona: Persona) -> dict[str, Any]:
    """Return the eight keys of `persona build --json-only`."""
    return {
        "persona_name": persona.name,
        "domain": persona.domain,
        "language": persona.language or "",
        "temperature": persona.temperature,
        "role": persona.role,
        "constraints": [rule.text for rule in persona.constraints],
        "output_format": persona.output_format or "",
        "tier": persona.tier,
    }
