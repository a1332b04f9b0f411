"""Two personas field by field, and three merged into one.

Rules are matched by id, then by similarity: a rule that was reworded is one edit, and not a removal and an addition.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from persona_tui.spec.persona import Constraint, Persona

Kind = Literal["added", "removed", "changed", "moved"]

_SIMILAR = 0.6
"""difflib's ratio from which two texts count as one rule that was edited."""

_MAPPINGS = ("parameters", "extras")
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `field` is a path such as `role`, `parameters.num_ctx`, `constraints[2]` (counted from 0)."""

    field: str
    kind: Kind
    old: Any = None
    new: Any = None

    def to_json(self) -> dict[str, Any]:
        return {"field": self.field, "kind": self.kind, "old": self.old, "new": self.new}


@dataclass(frozen=True, slots=True)
class MergeConflict:
    """A field that both sides changed, each in its own way. None stands for a value that is not there."""

    field: str
    base: Any
    ours: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class Merge:
    """The merged persona; where `conflicts` says so, it holds our side."""

    persona: Persona
    conflicts: tuple[MergeConflict, ...] = ()


def compare(old: Persona, new: Persona) -> list[Change]:
    """Return what differs, in the order of the file's fields; an empty list where nothing does."""
    before, after = old.to_data(), new.to_data()
    changes: list[Change] = []
    for field in dict.fromkeys([*before, *after]):
        if field == "constraints":
            changes += _compare_rules(old.constraints, new.constraints)
        elif field in _MAPPINGS:
            changes += _compare_mappings(field, before[field], after[field])
        else:
            changes += _compare_values(field, before.get(field, _MISSING), after.get(field, _MISSING))
    return changes


def merge(base: Persona, ours: Persona, theirs: Persona) -> Merge:
    """Return `base` with the changes of both sides; a field that both changed differently is a conflict."""
    data = {"base": base.to_data(), "ours": ours.to_data(), "theirs": theirs.to_data()}
    merged: dict[str, Any] = {}
    conflicts: list[MergeConflict] = []
    for field in dict.fromkeys([*data["base"], *data["ours"], *data["theirs"]]):
        if field == "constraints":
            merged[field] = _merge_rules(base.constraints, ours.constraints, theirs.constraints, conflicts)
            continue
        before, our, their = (data[side].get(field, _MISSING) for side in ("base", "ours", "theirs"))
        if field in _MAPPINGS:
            merged[field] = _merge_mappings(field, before, our, their, conflicts)
        elif (value := _merge_value(field, before, our, their, conflicts)) is not _MISSING:
            merged[field] = value
    return Merge(Persona.model_validate(merged), tuple(conflicts))


def match_rules(old: Sequence[Constraint], new: Sequence[Constraint]) -> dict[int, int]:
    """Return which rule of `new` each rule of `old` became, by position: by id, by equal text, then by similarity."""
    pairs: dict[int, int] = {}
    free = set(range(len(new)))

    def pair(i: int, j: int) -> None:
        pairs[i] = j
        free.discard(j)

    for same in (_same_id, _same_text):
        for i, rule in enumerate(old):
            if i not in pairs and (j := next((j for j in sorted(free) if same(rule, new[j])), None)) is not None:
                pair(i, j)
    candidates = [
        (ratio, i, j)
        for i in range(len(old))
        if i not in pairs
        for j in free
        if (ratio := _similarity(old[i], new[j])) >= _SIMILAR
    ]
    for _, i, j in sorted(candidates, key=lambda c: (-c[0], abs(c[1] - c[2]), c[1], c[2])):
        if i not in pairs and j in free:
            pair(i, j)
    return pairs


def _same_id(one: Constraint, other: Constraint) -> bool:
    return one.id is not None and one.id == other.id


def _same_text(one: Constraint, other: Constraint) -> bool:
    return one.text == other.text and (one.id is None or other.id is None)


def _similarity(one: Constraint, other: Constraint) -> float:
    if one.id is not None and other.id is not None:
        return 0.0  # two ids, two rules
    return difflib.SequenceMatcher(None, one.text.lower(), other.text.lower(), autojunk=False).ratio()


def _compare_values(field: str, old: Any, new: Any) -> list[Change]:
    if old is _MISSING or _empty(old):
        return [] if new is _MISSING or new == old else [Change(field, "added", None, new)]
    if new is _MISSING or (_empty(new) and new != old):
        return [Change(field, "removed", old, None)]
    return [] if old == new else [Change(field, "changed", old, new)]


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _compare_mappings(field: str, old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    keys = dict.fromkeys([*old, *new])
    pairs = ((key, old.get(key, _MISSING), new.get(key, _MISSING)) for key in keys)
    return [change for key, a, b in pairs for change in _compare_values(f"{field}.{key}", a, b)]


def _compare_rules(old: Sequence[Constraint], new: Sequence[Constraint]) -> list[Change]:
    pairs = match_rules(old, new)
    changes = [Change(f"constraints[{i}]", "removed", rule.text, None) for i, rule in enumerate(old) if i not in pairs]
    kept = [i for i in range(len(old)) if i in pairs]
    if [pairs[i] for i in kept] != sorted(pairs[i] for i in kept):
        order = sorted(kept, key=lambda i: pairs[i])
        changes.append(Change("constraints", "moved", [old[i].text for i in kept], [old[i].text for i in order]))
    became = {j: i for i, j in pairs.items()}
    for j, rule in enumerate(new):
        if j not in became:
            changes.append(Change(f"constraints[{j}]", "added", None, rule.text))
        elif (before := old[became[j]]) != rule:
            changes.append(Change(f"constraints[{j}]", "changed", _said(before), _said(rule)))
    return changes


def _said(rule: Constraint) -> Any:
    data = rule.model_dump(mode="json", exclude_none=True)
    return rule.text if set(data) == {"text"} else data


def _merge_value(field: str, base: Any, ours: Any, theirs: Any, conflicts: list[MergeConflict]) -> Any:
    if ours == theirs or theirs == base:
        return ours
    if ours == base:
        return theirs
    conflicts.append(MergeConflict(field, _or_none(base), _or_none(ours), _or_none(theirs)))
    return ours


def _or_none(value: Any) -> Any:
    return None if value is _MISSING else value


def _merge_mappings(
    field: str, base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any], conflicts: list[MergeConflict]
) -> dict[str, Any]:
    merged = {}
    for key in dict.fromkeys([*ours, *theirs, *base]):
        before, our, their = (side.get(key, _MISSING) for side in (base, ours, theirs))
        value = _merge_value(f"{field}.{key}", before, our, their, conflicts)
        if value is not _MISSING:
            merged[key] = value
    return merged


def _merge_rules(
    base: Sequence[Constraint],
    ours: Sequence[Constraint],
    theirs: Sequence[Constraint],
    conflicts: list[MergeConflict],
) -> list[Constraint]:
    """Merge rule by rule. The order is ours, unless only they changed it; their additions follow their predecessors."""
    if ours == theirs or theirs == base:
        return list(ours)
    if ours == base:
        return list(theirs)
    to_ours, to_theirs = match_rules(base, ours), match_rules(base, theirs)
    texts: dict[int, Constraint] = {}
    for i, rule in enumerate(base):
        our_rule = ours[to_ours[i]] if i in to_ours else None
        their_rule = theirs[to_theirs[i]] if i in to_theirs else None
        value = _merge_value(f"constraints[{i}]", rule, our_rule, their_rule, conflicts)
        if value is not None:
            texts[i] = value
    moved = _order(to_ours) == sorted(to_ours) and _order(to_theirs) != sorted(to_theirs)
    lead, follow = ((theirs, to_theirs), (ours, to_ours)) if moved else ((ours, to_ours), (theirs, to_theirs))
    keys = _sequence(*lead, "lead")
    for key, before in _additions(*follow):
        index = next((keys.index(place) + 1 for place in before if place in keys), 0)
        keys.insert(index, key)
    rules = {("base", i): rule for i, rule in texts.items()}
    rules.update({("lead", j): rule for j, rule in enumerate(lead[0])})
    rules.update({("follow", j): rule for j, rule in enumerate(follow[0])})
    keys += [key for key in rules if key[0] == "base" and key not in keys]  # kept by a conflict, gone from the lead
    return _without_twins([rules[key] for key in keys if key in rules], ours, conflicts)


def _without_twins(
    rules: list[Constraint], ours: Sequence[Constraint], conflicts: list[MergeConflict]
) -> list[Constraint]:
    """Return the rules without repetition; two texts under one id are a conflict, in which ours stays."""
    result: list[Constraint] = []
    for rule in rules:
        twin = next((other for other in result if other == rule or _same_id(other, rule)), None)
        if twin is None:
            result.append(rule)
        elif twin != rule:
            our, their = (twin, rule) if twin in ours else (rule, twin)
            conflicts.append(MergeConflict(f"constraints[{rule.id}]", None, our, their))
            result[result.index(twin)] = our
    return result


Key = tuple[str, int]


def _order(pairs: dict[int, int]) -> list[int]:
    return sorted(pairs, key=lambda i: pairs[i])


def _sequence(rules: Sequence[Constraint], pairs: dict[int, int], own: str) -> list[Key]:
    came_from = {j: i for i, j in pairs.items()}
    return [("base", came_from[j]) if j in came_from else (own, j) for j in range(len(rules))]


def _additions(rules: Sequence[Constraint], pairs: dict[int, int]) -> list[tuple[Key, list[Key]]]:
    """Return the rules that are new on this side, each with the rules that stand before it there, the nearest first."""
    sequence = _sequence(rules, pairs, "follow")
    return [(key, sequence[:n][::-1]) for n, key in enumerate(sequence) if key[0] == "follow"]
