"""How a proposal and a preview are shown."""

from __future__ import annotations

from collections.abc import Sequence

from persona_tui.base.text import one_line, plural
from persona_tui.cli.output import Output
from persona_tui.designer.conversation import Conversation, Round, decision
from persona_tui.designer.session import Session
from persona_tui.spec.changes import Change
from persona_tui.spec.persona import Persona, temperature_label
from persona_tui.studio.build import report_of
from persona_tui.studio.conversation import lock_names
from persona_tui.studio.preview import Preview

_OUTCOMES = {"words": "nothing changed", "open": "not answered"}


def show_proposal(out: Output, session: Session) -> None:
    """Print the draft, who made it, and what is locked in it."""
    designer = report_of(session)
    source = {
        "rulebook": "the rulebook, without a model",
        "model": f"{designer.model} on {designer.engine}",
        "form": "a person, by form",
    }[designer.kind]
    refined = any(made.outcome == "changed" for made in session.talk.rounds)
    out.text(f"Proposal, {'refined' if refined else 'drafted'} by {source}", "bold")
    show_persona(out, session.persona)
    if locked := lock_names(session):
        out.wrapped(f"  {'locked':<12} {', '.join(locked)}", indent=15)


def show_changes(out: Output, changes: Sequence[Change]) -> None:
    """Print what changed, field by field."""
    for change in changes:
        out.wrapped(f"  {decision(change)}", indent=4)


def show_round(out: Output, talk: Conversation, made: Round) -> None:
    """Print what a round changed, field by field, and what it would change that is locked."""
    show_changes(out, made.changes)
    waiting = talk.open_proposals()
    for place, proposal in enumerate(made.proposals):
        state = {True: "accepted", False: "refused"}.get(proposal.accepted or False)
        if proposal.accepted is None:
            state = f"locked, /accept {waiting.index((made.number, place)) + 1} takes it"
        out.wrapped(f"  {state}: {proposal.words}", indent=4)


def show_transcript(out: Output, talk: Conversation) -> None:
    """Print what was said and done, round by round, and what was done by hand between them."""
    for made in talk.rounds:
        undone = ", undone" if made.undone else ""
        outcome = _OUTCOMES.get(made.outcome, made.outcome)
        out.wrapped(f"{made.number}. {one_line(made.words)} ({outcome}{undone})", indent=4)
        if made.say:
            out.wrapped(f"   » {one_line(made.say)}", indent=5)
        show_round(out, talk, made)
        for note in made.notes:
            out.wrapped(f"   ! {one_line(note)}", indent=5)
        for title in talk.done_after(made.number):
            out.wrapped(f"   by hand: {title}", indent=5)


def show_persona(out: Output, persona: Persona) -> None:
    """Print the fields of a persona that a person decides about."""
    label = temperature_label(persona.temperature)
    fields = {
        "name": persona.name,
        "role": persona.role,
        "domain": persona.domain,
        "language": persona.language or "-",
        "base model": persona.base_model or "-",
        "temperature": f"{persona.temperature:g}" + (f" ({label})" if label else ""),
        "tier": persona.tier,
        "format": persona.output_format or "-",
    }
    for name, value in fields.items():
        out.wrapped(f"  {name:<12} {value}", indent=15)
    out.text(f"  {'rules':<12} {plural(len(persona.constraints), 'rule')}")
    for number, rule in enumerate(persona.constraints, 1):
        out.wrapped(f"    {number}. {rule.text}", indent=7)


def show_preview(out: Output, preview: Preview) -> None:
    """Print the difference of the Modelfile, what lint says, and what the Modelfile cannot hold."""
    out.diff(preview.lines)
    if preview.modelfile is not None and not preview.lines:
        out.say("DIFF", "the Modelfile does not change")
    for finding in preview.findings:
        field = f"{finding.field}: " if finding.field else ""
        if finding.severity != "info":
            out.say("WARN", f"{finding.severity.value} {finding.rule} {field}{finding.message}")
    for loss in preview.losses:
        out.say("WARN", loss)
