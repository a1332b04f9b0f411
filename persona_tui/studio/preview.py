"""What creating a persona would change, before anything does."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass

from persona_tui.base.files import read_bounded
from persona_tui.designer.answers import with_ids
from persona_tui.spec.lint import Finding, lint_persona
from persona_tui.spec.names import same_model
from persona_tui.spec.persona import Persona
from persona_tui.spec.rendering import modelfile_text, not_in_modelfile
from persona_tui.store.registry import Registry, Stored
from persona_tui.store.scopes import Scope
from persona_tui.studio.library import unified

_DESIGNED = ("role", "description", "domain", "language", "tier", "temperature", "constraints", "output_format")


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


def preview(persona: Persona, registry: Registry, scope: str | None = None, by_hand: Collection[str] = ()) -> Preview:
    """Return what saving `persona` would change in the registry, and what lint says. Nothing is written.

    Where the registry has the name already, fields that no designer works on keep the values they have there, but for
    those that the person has set `by_hand`; rules that are the same ones keep their ids.
    """
    place = registry.scopes.for_saving(scope)
    stored = registry.get(persona.name, place.name) if os.path.isfile(place.persona_file(persona.name)) else None
    if stored is not None:
        persona = _over(stored.persona, persona, by_hand)
    new = modelfile_text(persona)
    file = place.modelfile(persona.name)
    old = read_bounded(file).decode("utf-8", "replace") if os.path.isfile(file) else None
    name = f"modelfiles/{persona.name}.Modelfile"
    lines = unified(old or "", new or "", os.devnull if old is None else name, name)
    findings = lint_persona(persona, origin="draft")
    return Preview(persona, place, new, stored, tuple(lines), tuple(findings), tuple(not_in_modelfile(persona)))


def _over(present: Persona, drafted: Persona, by_hand: Collection[str]) -> Persona:
    """Return `present` with what was drafted anew; its escalations, parameters and all else stay."""
    data = drafted.to_data()
    fields = {name: data[name] for name in _DESIGNED}
    rules = with_ids(drafted.constraints, present.constraints)
    fields["constraints"] = [rule.model_dump(exclude_none=True) for rule in rules]
    if drafted.base_model and not (present.base_model and same_model(present.base_model, drafted.base_model)):
        fields["preferred_models"] = data["preferred_models"]
    fields |= {name: data[name] for name in by_hand if name in data and name not in fields}
    return present.revised(**{"system_prompt": None, **fields})
