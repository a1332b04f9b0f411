"""What a round changes: updates of single fields and single rules. What no update names stays as it is.

Inside a conversation every rule has an id, so that an update, a lock and an undo mean the same rule however it was
moved or reworded. `identified` gives those that have none one of ours, `anonymous` takes ours away again.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from persona_tui.base.errors import BadData
from persona_tui.base.text import one_line
from persona_tui.spec.names import ModelName, same_model
from persona_tui.spec.persona import Constraint, Persona

Op = Literal["set", "add", "remove", "replace", "move"]

RULES = "constraints"
"""The field of Persona that rules are in; the updates of a rule carry its name."""
BASE = "preferred_models"

_MARK = "~"
"""What ids of ours begin with: a mark that nobody writes in a file by hand."""


@dataclass(frozen=True, slots=True)
class Update:
    """One change. `set` gives `field` (a field of Persona) the `value` that a file would hold; no value empties it.

    The others are about rules, and their `field` is RULES: `add` has the text as its value (or a text and an id),
    `replace` the new text, `move` the place to move to, counted from 1. `id` is the rule's.
    """

    op: Op
    field: str
    value: Any = None
    id: str | None = None

    @property
    def target(self) -> str:
        """What a lock has to name to keep this update out: a field, or `constraints.ID`."""
        return f"{self.field}.{self.id}" if self.id else self.field

    def to_json(self) -> dict[str, Any]:
        return {"op": self.op, "field": self.field, "value": self.value, "id": self.id}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Update:
        """Return what `to_json` was made from. Raises KeyError and TypeError for another shape."""
        return cls(data["op"], data["field"], data["value"], data["id"])


def is_locked(update: Update, locks: Collection[str]) -> bool:
    """Whether one of `locks` keeps `update` out: its field's, its rule's, or any rule's where it sets all of them."""
    if update.op == "set" and update.field == RULES and any(lock.startswith(f"{RULES}.") for lock in locks):
        return True
    return update.target in locks or update.field in locks


def applied(persona: Persona, updates: Iterable[Update]) -> tuple[Persona, list[tuple[Update, str]]]:
    """Return `persona` with every update made that can be, and for the others why they cannot."""
    refused = []
    for update in updates:
        try:
            persona = apply(persona, update)
        except BadData as error:
            refused.append((update, str(error)))
    return persona, refused


def apply(persona: Persona, update: Update) -> Persona:
    """Return `persona` with one update made. Raises BadData for a value or a rule that cannot be."""
    if update.op == "set":
        if update.field not in Persona.model_fields:
            raise BadData(f"a persona has no field '{update.field}'")
        return identified(_revised(persona, **{update.field: update.value}))
    if update.op == "add":
        return _with_rule(persona, update.value)
    rules = _rules(list(persona.constraints), update)
    return persona.revised(constraints=[rule.model_dump(exclude_none=True) for rule in rules])


def _revised(persona: Persona, **changes: Any) -> Persona:
    """Return `persona.revised(…)`. What is nested deeper than can be written is no value either."""
    try:
        revised = persona.revised(**changes)
        revised.to_data()
    except (ValueError, RecursionError) as error:
        raise BadData(f"{', '.join(changes)}: cannot be that ({one_line(str(error), 80)})") from None
    return revised


def _with_rule(persona: Persona, value: Any) -> Persona:
    present = persona.constraints
    rules = [rule.model_dump(exclude_none=True) for rule in present]
    revised = identified(_revised(persona, constraints=[*rules, value]))
    new = revised.constraints[-1]
    if any(rule.text == new.text for rule in present):
        raise BadData(f"there is such a rule already: {new.text}")
    return revised


def _rules(rules: list[Constraint], update: Update) -> list[Constraint]:
    place = next((i for i, rule in enumerate(rules) if rule.id == update.id), None)
    if place is None:
        raise BadData("there is no such rule")
    if update.op == "replace":
        rules[place] = rules[place].model_copy(update={"text": str(update.value)})
    else:
        rule = rules.pop(place)
        if update.op == "move":
            if not isinstance(update.value, int) or not 1 <= update.value <= len(rules) + 1:
                raise BadData(f"a rule can be moved to places 1 to {len(rules) + 1}")
            rules.insert(update.value - 1, rule)
    return rules


def updates_between(old: Persona, new: Persona) -> tuple[Update, ...]:
    """Return the updates that make `new` of `old`; the rules of both have ids.

    `tuple(updates_between(p, q))` applied to `p` is `q`.
    """
    before, after = old.to_data(), new.to_data()
    fields = [field for field in after if field != RULES and before.get(field) != after[field]]
    updates = [Update("set", field, after[field]) for field in fields]
    texts = {rule.id: rule for rule in old.constraints}
    kept = [rule.id for rule in old.constraints if any(rule.id == other.id for other in new.constraints)]
    updates += [Update("remove", RULES, id=rule.id) for rule in old.constraints if rule.id not in kept]
    for place, rule in enumerate(new.constraints):
        if rule.id not in texts:
            updates.append(Update("add", RULES, {"text": rule.text, "id": rule.id}))
            kept.append(rule.id)
        elif rule != texts[rule.id]:
            updates.append(Update("replace", RULES, rule.text, rule.id))
        if kept[place] != rule.id:
            updates.append(Update("move", RULES, place + 1, rule.id))
            kept.remove(rule.id)
            kept.insert(place, rule.id)
    return tuple(updates)


def set_base(persona: Persona, base: str) -> Update:
    """Return the update that bases `persona` on the model `base` of Ollama; the escalations after it stay.

    Raises BadData for what Ollama takes for no name.
    """
    try:
        ModelName.parse(base)
    except ValueError as error:
        raise BadData(str(error)) from None
    entries: list[Any] = []
    for choice, entry in zip(persona.preferred_models, persona.to_data()[BASE], strict=True):
        if choice is persona.base:
            entries.append(base)  # what its entry said of the sampling was for the old base
        elif choice.provider != "ollama" or not same_model(choice.model, base):
            entries.append(entry)
    return Update("set", BASE, entries if persona.base else [base, *entries])


def identified(persona: Persona) -> Persona:
    """Return `persona` with an id for every rule: its own, or one made of its text, so that it is always the same."""
    taken = {rule.id for rule in persona.constraints if rule.id}
    if len(taken) == len(persona.constraints):
        return persona
    rules, seen = [], set()
    for rule in persona.constraints:
        if rule.id is None or rule.id in seen:
            fresh = _free_id(rule.text, taken)
            rule = rule.model_copy(update={"id": fresh})
            taken.add(fresh)
        seen.add(rule.id)
        rules.append(rule)
    return persona.model_copy(update={RULES: tuple(rules)})


def anonymous(persona: Persona) -> Persona:
    """Return `persona` without the ids that `identified` made: they mean nothing outside of a conversation."""
    rules = [
        rule.model_copy(update={"id": None}) if rule.id and rule.id.startswith(_MARK) else rule
        for rule in persona.constraints
    ]
    return persona.model_copy(update={RULES: tuple(rules)})


def _free_id(text: str, taken: Collection[str]) -> str:
    """Return an id made of a rule's text, another one where a rule that was reworded since has it."""
    made = (_MARK + hashlib.sha256(f"{number}{text}".encode()).hexdigest()[:8] for number in itertools.count())
    return next(rule_id for rule_id in made if rule_id not in taken)


def rule_number(rules: Sequence[Constraint], rule_id: str | None) -> int | None:
    """Return the place of a rule, counted from 1; None for one that is not there."""
    return next((i for i, rule in enumerate(rules, 1) if rule.id == rule_id), None)
