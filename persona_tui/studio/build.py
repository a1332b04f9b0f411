"""A description becomes a proposal; a proposal becomes a persona in the registry and on a server."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from persona_tui.base.errors import BadData, EngineError, EngineUnreachable, PersonaError, UsageError
from persona_tui.base.files import read_bounded
from persona_tui.base.text import one_line
from persona_tui.designer.answers import UNASKED, with_ids
from persona_tui.designer.draft import (
    Brief,
    Designer,
    DesignerReport,
    Draft,
    WordSink,
    check_words,
)
from persona_tui.detect.result import Detection
from persona_tui.engines.protocol import Engine
from persona_tui.spec.lint import Finding, lint_persona
from persona_tui.spec.names import same_model
from persona_tui.spec.persona import Persona, parse_persona
from persona_tui.spec.rendering import modelfile_text, not_in_modelfile
from persona_tui.store.drafts import DraftFile, newest_first
from persona_tui.store.registry import Registry, Stored
from persona_tui.store.scopes import Scope
from persona_tui.studio.library import unified

Say = Callable[[str, str], None]
"""Narration: a tag such as DETECT, LLM or WARN, and a sentence."""

DesignerKind = Literal["auto", "model", "rulebook"]

DEFAULT_BASE = "qwen3:8b"
"""The base that is proposed where none is asked for: the smallest of the tested ones that keeps seven rules."""

FIXABLE = ("name", "temperature")
"""What a person says once and for all: no designer and no refinement changes it."""

_SMALL = 1_000_000_000
"""Bytes of a model from which on it can be hoped to keep seven instructions at a time."""

_DESIGNED = ("role", "description", "domain", "language", "tier", "temperature", "constraints", "output_format")


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """What is to be built. `fixed` holds those of FIXABLE that the person set, by flags or by form."""

    description: str
    codebase: str | None = None
    base_model: str = DEFAULT_BASE
    fixed: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A draft with what belongs to it. `wishes` are the refinements that were carried out, in order."""

    request: BuildRequest
    draft: Draft
    detection: Detection | None = None
    wishes: tuple[str, ...] = ()

    @property
    def persona(self) -> Persona:
        return self.draft.persona

    @property
    def brief(self) -> Brief:
        return Brief(self.request.description, self.request.base_model, self.detection, self.request.fixed, self.wishes)


def draft_json(request: BuildRequest, proposal: Proposal | None, pending: Sequence[str]) -> dict[str, Any]:
    """Return what is kept of a build, before any model sees a word of it. `pending` are wishes not carried out yet."""
    kept: dict[str, Any] = {
        "description": request.description,
        "codebase": request.codebase,
        "base_model": request.base_model,
        "fixed": request.fixed,
        "pending": list(pending),
    }
    if proposal is not None:
        kept["persona"] = proposal.persona.to_data()
        kept["designer"] = proposal.draft.designer.to_json()
        kept["filled"] = list(proposal.draft.filled)
        kept["wishes"] = list(proposal.wishes)
    return kept


def resumed(data: dict[str, Any]) -> tuple[BuildRequest, Proposal | None, list[str]]:
    """Return the request of a kept draft, its proposal if one was made, and the wishes still to be carried out.

    Raises BadData.
    """
    try:
        request = BuildRequest(data["description"], data["codebase"], data["base_model"], dict(data["fixed"]))
        pending = [str(wish) for wish in data["pending"]]
        if "persona" not in data:
            return request, None, pending
        draft = Draft(parse_persona(data["persona"]), DesignerReport(**data["designer"]), tuple(data["filled"]))
        return request, Proposal(request, draft, wishes=tuple(data["wishes"])), pending
    except (KeyError, TypeError, ValueError) as error:
        raise BadData(f"the draft is damaged and cannot be gone on with: {one_line(str(error), 80)}") from None


def last_draft(say: Say) -> tuple[DraftFile, dict[str, Any]]:
    """Return the last draft that can be gone on with, and what was kept in it; damaged ones are passed over.

    Raises NotFound where there is none, BadData where each is damaged.
    """
    damaged = []
    for draft in newest_first():
        try:
            kept = draft.read()
            resumed(kept)
        except BadData as error:
            damaged.append(error)
            continue
        for problem in damaged:
            say("WARN", f"{problem}: passed over for an older one")
        return draft, kept
    raise damaged[0]


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


async def propose(
    request: BuildRequest,
    detection: Detection | None,
    designer: Designer,
    say: Say,
    words: WordSink | None = None,
    *,
    fallback: bool = False,
) -> Proposal:
    """Return a first proposal. With `fallback` a model that fails is a warning, and the rulebook drafts instead.

    Raises UsageError for a description that cannot be used, EngineError.
    """
    from persona_tui.designer.rulebook_designer import RulebookDesigner

    request = replace(request, description=check_words(request.description, "description"))
    brief = Brief(request.description, request.base_model, detection, request.fixed)
    try:
        draft = await designer.draft(brief, words)
    except EngineError as error:
        if not fallback:
            raise
        say("WARN", f"{error}; drafting by the rulebook instead")
        draft = await RulebookDesigner().draft(brief)
    proposal = Proposal(request, draft, detection)
    _tell(proposal, say)
    return proposal


async def refine(
    proposal: Proposal, wish: str, designer: Designer, say: Say, words: WordSink | None = None
) -> Proposal:
    """Return `proposal` with `wish` carried out; one that fails is a warning, and the proposal stays as it was."""
    say("LLM", f"refining: {one_line(wish, 100)}")
    try:
        draft = await designer.refine(proposal.draft, wish, proposal.brief, words)
    except PersonaError as error:
        kept = "keeping the proposal as it is" if proposal.wishes else "using the original proposal"
        say("WARN", f"Refinement failed: {error}, {kept}")
        return proposal
    refined = replace(proposal, draft=draft, wishes=(*proposal.wishes, wish))
    _tell(refined, say)
    return refined


def _tell(proposal: Proposal, say: Say) -> None:
    draft = proposal.draft
    if draft.designer.kind == "rulebook":
        what = "refinement" if proposal.wishes else "draft"
        say("LLM", f"the {what} came from the rulebook: no model was asked")
    else:
        if left_out := [name for name in draft.filled if name not in UNASKED]:
            say("WARN", f"the model left out {', '.join(left_out)}: filled in by the rulebook")
        if unasked := [name for name in draft.filled if name in UNASKED]:
            say("LLM", f"{', '.join(unasked)}: from the rulebook, no model is asked for that")
    for note in draft.notes:
        say("WARN", note)


@dataclass(frozen=True, slots=True)
class Preview:
    """What creating a persona would write in `scope`.

    `stored` is what the registry has under the name now; `lines` is the difference to the Modelfile that is there.
    """

    persona: Persona
    scope: Scope
    modelfile: str | None
    stored: Stored | None
    lines: tuple[str, ...]
    findings: tuple[Finding, ...]
    losses: tuple[str, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "error")


def preview(persona: Persona, registry: Registry, scope: str | None = None) -> Preview:
    """Return what saving `persona` would change in the registry, and what lint says. Nothing is written.

    Where the registry has the name already, fields that no designer works on keep the values they have there, and rules
    that are the same ones keep their ids.
    """
    place = registry.scopes.for_saving(scope)
    stored = registry.get(persona.name, place.name) if os.path.isfile(place.persona_file(persona.name)) else None
    if stored is not None:
        persona = _over(stored.persona, persona)
    new = modelfile_text(persona)
    file = place.modelfile(persona.name)
    old = read_bounded(file).decode("utf-8", "replace") if os.path.isfile(file) else None
    name = f"modelfiles/{persona.name}.Modelfile"
    lines = unified(old or "", new or "", os.devnull if old is None else name, name)
    findings = lint_persona(persona, origin="draft")
    return Preview(persona, place, new, stored, tuple(lines), tuple(findings), tuple(not_in_modelfile(persona)))


def _over(present: Persona, drafted: Persona) -> Persona:
    """Return `present` with what was drafted anew; its escalations, parameters and all else stay."""
    data = drafted.to_data()
    fields = {name: data[name] for name in _DESIGNED}
    rules = with_ids(drafted.constraints, present.constraints)
    fields["constraints"] = [rule.model_dump(exclude_none=True) for rule in rules]
    if drafted.base_model and not (present.base_model and same_model(present.base_model, drafted.base_model)):
        fields["preferred_models"] = data["preferred_models"]
    return present.revised(**fields, system_prompt=None)


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
