"""How a proposal and a preview are shown."""

from __future__ import annotations

from persona_tui.base.text import plural
from persona_tui.cli.output import Output
from persona_tui.spec.persona import Persona, temperature_label
from persona_tui.studio.build import Preview, Proposal


def show_proposal(out: Output, proposal: Proposal) -> None:
    """Print the drafted persona, and who drafted it."""
    designer = proposal.draft.designer
    source = {
        "rulebook": "the rulebook, without a model",
        "model": f"{designer.model} on {designer.engine}",
        "form": "a person, by form",
    }[designer.kind]
    out.text(f"Proposal, {'refined' if proposal.wishes else 'drafted'} by {source}", "bold")
    show_persona(out, proposal.persona)


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
