"""What a designer model answered in a conversation, taken apart and judged. Nothing in it is believed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from persona_tui.base.errors import BadData
from persona_tui.base.text import plural
from persona_tui.designer.answers import ALIASES, READERS, line, object_in, words_of
from persona_tui.designer.draft import Talk
from persona_tui.designer.update_prompts import FIELDS, MOST_UPDATES, RULES_KEY, UPDATES, WANTED
from persona_tui.designer.updates import RULES, Update, apply, is_locked, set_base
from persona_tui.spec.persona import Persona, parse_temperature

_OPS = {
    "append": "add",
    "insert": "add",
    "new": "add",
    "create": "add",
    "delete": "remove",
    "drop": "remove",
    "update": "replace",
    "change": "replace",
    "edit": "replace",
    "modify": "replace",
}
"""Words that models use for our operations."""
_NUMBER = re.compile(r"\s*(?:rule\s*)?#?(\d{1,3})\.?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UpdateAnswer:
    """The usable changes of an answer, and one sentence for each thing that is wrong.

    `found` says whether there was an object at all. `updates` name nothing locked; `proposals` do.
    """

    say: str = ""
    updates: tuple[Update, ...] = ()
    proposals: tuple[Update, ...] = ()
    problems: list[str] = field(default_factory=list)
    found: bool = False

    @property
    def usable(self) -> bool:
        return self.found and bool(self.say or self.updates or self.proposals)

    @property
    def merit(self) -> tuple[int, ...]:
        """What makes one answer better than another: fewer faults, then more changes."""
        return int(self.usable), -len(self.problems), len(self.updates)


def read_update_answer(text: str, talk: Talk) -> UpdateAnswer:
    """Read what a model said in this conversation. Never raises."""
    data, problem = object_in(text, ("say", UPDATES))
    if problem:
        return UpdateAnswer(problems=[problem])
    problems: list[str] = []
    named = _updates(data.get(UPDATES), UPDATES, talk, problems)
    wanted = _updates(data.get(WANTED, []), WANTED, talk, problems)
    # Whichever list a model puts a change in, the locks decide.
    both = [*named, *(update for update in wanted if update not in named)]
    updates = tuple(update for update in both if not is_locked(update, talk.locks))
    proposals = [update for update in both if update not in updates]
    say = words_of(data)
    if not say and not named and not wanted and not problems:
        problems.append("it says nothing and changes nothing")
    return UpdateAnswer(say, updates, tuple(proposals), problems, found=True)


def _updates(items: Any, key: str, talk: Talk, problems: list[str]) -> list[Update]:
    """Return the changes in `items` that can be made, in order; `problems` gets a sentence for every other one."""
    if not isinstance(items, list):
        problems.append(f"{key}: must be a list")
        return []
    if len(items) > MOST_UPDATES:
        problems.append(f"{key}: {plural(len(items), 'change')}, at most {MOST_UPDATES} are read")
    updates: list[Update] = []
    persona = talk.persona
    for number, item in enumerate(items[:MOST_UPDATES], 1):
        try:
            update = _update(item, talk.persona)
            changed = apply(persona, update)
        except (ValueError, BadData) as error:
            problems.append(f"{key}[{number}]: {error}")
            continue
        if changed != persona:  # to set what is there already is no change
            updates.append(update)
            persona = persona if is_locked(update, talk.locks) else changed
    return updates


def _update(item: Any, persona: Persona) -> Update:
    """Return the change that `item` is. Raises ValueError and BadData where it is none."""
    if not isinstance(item, dict):
        raise ValueError("must be an object with field, id, op and value")
    key = _key(item.get("field"))
    value = item.get("value")
    if key == RULES_KEY:
        return _rule_update(item, value, persona)
    if key == "base_model":
        return set_base(persona, line(value))
    if key == "description":
        return Update("set", key, line(value))
    if key == "temperature":
        return Update("set", key, _temperature(value))
    return Update("set", key, READERS[key](value))


def _temperature(value: Any) -> float:
    """Return the number itself: a person may ask for one that has no name."""
    number = float(str(parse_temperature(value)))
    if not 0 <= number <= 2:
        raise ValueError("temperature must be a number from 0 to 2")
    return number


def _key(name: Any) -> str:
    key = str(name).strip().lower()
    key = ALIASES.get(key, {"rule": RULES_KEY, "model": "base_model"}.get(key, key))
    if key not in FIELDS:
        raise ValueError(f"field must be one of {', '.join(FIELDS)}")
    return key


def _rule_update(item: dict[str, Any], value: Any, persona: Persona) -> Update:
    op = str(item.get("op")).strip().lower()
    op = _OPS.get(op, op)
    rule = _rule_id(item.get("id"), persona)
    if op == "set":
        op = "replace" if rule else "add"
    if op == "add":
        return Update("add", RULES, line(_rule_text(value)))
    if op not in ("remove", "replace", "move"):
        raise ValueError("op must be add, replace, remove or move")
    if rule is None:
        raise ValueError(f"id must be the number of a rule, 1 to {len(persona.constraints)}")
    if op == "remove":
        return Update("remove", RULES, id=rule)
    if op == "replace":
        return Update("replace", RULES, line(_rule_text(value)), rule)
    place = _NUMBER.fullmatch(str(value))
    if place is None:
        raise ValueError("value must be the new number of the rule")
    return Update("move", RULES, int(place[1]), rule)


def _rule_id(number: Any, persona: Persona) -> str | None:
    rules: Sequence[Any] = persona.constraints
    match = _NUMBER.fullmatch(str(number)) if number is not None else None
    place = int(match[1]) if match else 0
    return rules[place - 1].id if 1 <= place <= len(rules) else None


def _rule_text(value: Any) -> Any:
    return value.strip().removeprefix("- ") if isinstance(value, str) else value
