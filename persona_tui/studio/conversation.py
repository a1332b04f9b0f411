"""What a person can do in a conversation beside talking: edit by hand, lock, undo; in the words that people type."""

from __future__ import annotations

import json
import re
from typing import Any

from persona_tui.base.errors import BadData, NotFound, UsageError
from persona_tui.base.text import one_line
from persona_tui.designer.conversation import Step
from persona_tui.designer.session import Session
from persona_tui.designer.update_prompts import FIELDS, RULES_KEY
from persona_tui.designer.updates import BASE, RULES, Update, set_base
from persona_tui.spec.options import option_problem
from persona_tui.spec.persona import Persona

_UNDO = re.compile(
    r"(?:please |no,? |ok,? )*(?P<what>undo|redo|revert|go back|take (?:it|that|this) back|take back)"
    r"(?: (?:it|that|this|the last (?:change|round|one)|last (?:change|round)|(?:round )?(?P<round>\d+)))?(?: please)?",
    re.IGNORECASE,
)
_RULE = re.compile(r"(?:rule )?(\d+)", re.IGNORECASE)
_TEXTS = ("role", "description", "output_format", "language", "name", "note", "system_prompt", "template", "license")
"""Fields that hold what is typed as it is; the others are read as JSON where they can be."""


def take_back(session: Session, words: str) -> str | None:
    """Do what `words` say where they are nothing but `undo`, `redo`, `undo round 3` or the like.

    Return what was done as a sentence; None where the words are something else. Raises NotFound where nothing can be
    undone.
    """
    match = _UNDO.fullmatch(one_line(words).strip(" .!"))
    if match is None:
        return None
    if match["what"].lower() == "redo":
        return None if match["round"] else f"made again: {_title(session.redo())}"
    if match["round"]:
        return undo_round(session, int(match["round"]))
    return f"undone: {_title(session.undo())}"


def undo_round(session: Session, number: int) -> str:
    """Take back what a round changed, and leave what came after it. Raises NotFound."""
    kept = session.undo_round(number)
    left = f"; {', '.join(kept)} changed since and stayed" if kept else ""
    return f"round {number} undone{left}"


def decide(session: Session, number: str, *, accept: bool) -> None:
    """Accept or refuse the open proposal with a number, as `show_round` gives them; the first one without.

    Raises UsageError for what is no number, NotFound where nothing is proposed.
    """
    waiting = session.talk.open_proposals()
    if not waiting:
        raise NotFound("nothing is proposed")
    if number and not (number.isdecimal() and 1 <= int(number) <= len(waiting)):
        raise UsageError(f"say which proposal by its number, 1 to {len(waiting)}")
    made, place = waiting[int(number or 1) - 1]
    session.decide(made, place, accept=accept)


def set_field(session: Session, name: str, value: str) -> None:
    """Set a field by hand, as `role`, `base_model` or `parameters.num_ctx`; empty words empty it. It is locked then.

    Raises BadData for a field that is not there and a value that cannot be.
    """
    field, _, key = name.partition(".")
    draft = session.draft
    if name == "base_model":
        update = set_base(draft, value)
    elif field == "parameters" and key:
        values = {**draft.to_data()["parameters"], key: _option(key, value)}
        update = Update("set", field, {name: item for name, item in values.items() if item is not None})
    elif name in Persona.model_fields and name not in (RULES, BASE, "schema_version"):
        update = Update("set", name, _read(value) if name not in _TEXTS else value or None)
    else:
        names = ", ".join(key for key in FIELDS if key != RULES_KEY)
        raise BadData(f"there is no field '{one_line(name, 40)}': {names} and parameters.NAME can be set")
    session.edit([update], f"{name} set by hand")


def add_rule(session: Session, text: str) -> None:
    """Add a rule by hand. Raises BadData for one that is there already or is no line."""
    if not text:
        raise BadData("say the rule: /add MUST …")
    session.edit([Update("add", RULES, text)], "a rule added by hand")


def replace_rule(session: Session, rule: str, text: str) -> None:
    """Put a rule (`3`) in other words by hand. Raises BadData."""
    session.edit([Update("replace", RULES, text, rule_id(session, rule))], f"rule {rule} edited by hand")


def drop_rule(session: Session, rule: str) -> None:
    """Remove a rule (`3`) by hand. Raises BadData."""
    session.edit([Update("remove", RULES, id=rule_id(session, rule))], f"rule {rule} removed by hand")


def move_rule(session: Session, rule: str, place: str) -> None:
    """Move a rule (`3`) to another place, counted from 1. Raises BadData."""
    to = int(place) if place.isdecimal() else 0
    session.edit([Update("move", RULES, to, rule_id(session, rule))], f"rule {rule} moved by hand")


def rule_id(session: Session, words: str) -> str:
    """Return the id of the rule that `3` or `rule 3` means. Raises BadData."""
    rules = session.draft.constraints
    match = _RULE.fullmatch(words.strip())
    if match is None or not 1 <= int(match[1]) <= len(rules):
        said = f"there is no rule '{one_line(words, 20)}'" if words.strip() else "say which rule"
        raise BadData(f"{said}: they are numbered 1 to {len(rules)}")
    return str(rules[int(match[1]) - 1].id)


def target_of(session: Session, words: str) -> str:
    """Return what `role`, `rules`, `rule 3` or `3` names for a lock. Raises BadData for what is not there."""
    words = words.strip().lower()
    if words in (RULES_KEY, RULES):
        return RULES
    if _RULE.fullmatch(words):
        return f"{RULES}.{rule_id(session, words)}"
    if (field := FIELDS.get(words, words)) not in Persona.model_fields:
        raise BadData(f"there is no field '{one_line(words, 40)}' to lock: say one of {', '.join(FIELDS)} or rule N")
    return field


def lock_names(session: Session) -> list[str]:
    """Return what is locked, as a person says it: `role`, `rule 3`."""
    numbers = {f"{RULES}.{rule.id}": f"rule {i}" for i, rule in enumerate(session.draft.constraints, 1)}
    wire = {field: key for key, field in FIELDS.items()}
    named = [numbers.get(lock) or wire.get(lock, lock) for lock in sorted(session.talk.locks)]
    return [name for name in named if not name.startswith(f"{RULES}.")]  # those of rules that are gone


def _title(step: Step) -> str:
    return f"round {step.round} ({step.title})" if step.round else step.title


def _option(name: str, value: str) -> Any:
    """Return a parameter's value. Raises BadData for one that a server would not take, or take and fail of later."""
    read = _read(value)
    problem = None if read is None else option_problem(name, read)
    if problem is not None and problem.kind != "range":  # what is unusual is for lint to say
        raise BadData(f"parameters.{name}: {problem.sentence}")
    return read


def _read(value: str) -> Any:
    """Return a value as JSON where it is one (`0.2`, `["a"]`), else the words; None for none."""
    if not value:
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
