"""What a designer model answered, taken apart and judged. Nothing in it is believed.

An answer may be prose, half a JSON object, an object of another shape, or ten thousand rules. What can be used is
used; for the rest there is a sentence that says what is wrong, to be shown and to be sent back.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import json_repair

from persona_tui.base.text import one_line, plural
from persona_tui.designer.prompts import KEYS, RULES_WANTED
from persona_tui.spec.names import check_persona_name
from persona_tui.spec.persona import DOMAINS, TIERS, Constraint, Temperature, parse_temperature

ANSWER_LIMIT = 16_000
"""Characters that are read of an answer; a spec has about 1,500."""

_DEPTH = 50
"""Brackets that may be open at once in what is mended: the time for it grows with the square of their number."""

_EFFORT = 4 * ANSWER_LIMIT
"""Characters that may be read in vain while an object is looked for, so that ten thousand braces take no time."""

_LINE_LIMIT = 400
_RULES_KEPT = 8

# Names that models use for our keys, the seeds of this format among them.
_ALIASES = {"persona_name": "name", "constraints": "rules", "format": "output_format", "temp": "temperature"}
_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_LANDMARKS = re.compile(rf"{{|</think>|{_THINKING.pattern}", re.DOTALL)
_OBJECT = re.compile(rf"""{_THINKING.pattern}|\{{\s*["']?\w+["']?\s*:""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Answer:
    """The usable fields of an answer (keys of `Persona`), and one sentence for each thing that is wrong.

    `changed` is what a refinement says it is about (keys of `Persona`), None where it did not say.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    changed: frozenset[str] | None = None


def read_answer(text: str) -> Answer:
    """Read what a model said. Never raises: an answer without an object has no fields and one problem."""
    text = text[:ANSWER_LIMIT].strip()
    if not _THINKING.sub("", text).strip():
        return Answer(problems=["the answer was empty"])
    data = _object_in(text)
    if not data:
        return Answer(problems=["the answer was no JSON object"])
    fields: dict[str, Any] = {}
    problems: list[str] = []
    for key in KEYS:
        if key not in data:
            problems.append(f"{key}: the key is missing")
            continue
        try:
            fields[_FIELDS[key]] = _READERS[key](data[key])
        except ValueError as error:
            problems.append(f"{key}: {error}")
    if "rules" in data and isinstance(data["rules"], list) and len(data["rules"]) > _RULES_KEPT:
        problems.append(f"rules: {plural(len(data['rules']), 'rule')}, at most {RULES_WANTED[1]} were asked for")
    return Answer(fields, problems, _changed(data.get("changed")))


def with_ids(rules: tuple[Constraint, ...], before: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
    """Return `rules` with the ids that the same rules had `before`."""
    from persona_tui.spec.changes import match_rules

    became = {new: old for old, new in match_rules(before, rules).items()}
    return tuple(
        rule.model_copy(update={"id": before[became[i]].id}) if i in became and rule.id is None else rule
        for i, rule in enumerate(rules)
    )


def _object_in(text: str) -> dict[str, Any]:
    """Return the JSON object in `text` that has most of our keys, under their own names; empty where there is none.

    Only where no object is whole enough, what there is gets mended.
    """
    best = _best(_whole_objects(text))
    if _known(best) < len(KEYS) // 2:
        best = max(best, _best(_mended(text)), key=_known)
    return best


def _whole_objects(text: str) -> list[dict[str, Any]]:
    """Return the outermost JSON objects in `text`, but those that a model thought of before its answer."""
    found: list[dict[str, Any]] = []
    decoder = json.JSONDecoder()
    place, effort = 0, 0
    while effort < _EFFORT and (mark := _LANDMARKS.search(text, place)):
        place = mark.end()
        if mark.group() == "</think>":  # the beginning of the thought stood in the prompt
            found.clear()
        elif mark.group() == "{":
            try:
                value, place = decoder.raw_decode(text, mark.start())
                found.append(value)
            except json.JSONDecodeError as error:
                effort += error.pos - mark.start()
            except (ValueError, RecursionError):  # a number of too many digits, too many brackets
                effort += len(text) - mark.start()
    return found


def _mended(text: str) -> list[dict[str, Any]]:
    """Return the objects that json_repair sees in `text`, from the first one on that is no thought."""
    start = next((mark.start() for mark in _OBJECT.finditer(text) if text[mark.start()] == "{"), None)
    if start is None or _deepest(text) > _DEPTH:
        return []
    try:
        value = json_repair.loads(text[start:])
    except (ValueError, RecursionError):
        return []
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]


def _deepest(text: str) -> int:
    depth = deepest = 0
    for bracket in re.findall(r"[][{}]", text):
        depth = depth + 1 if bracket in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def _best(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the last one of those with most of our keys, taken out of a shell (`{"persona": {…}}`) it may be in."""
    inner = [value for item in objects for value in item.values() if isinstance(value, dict)]
    named = [
        {_ALIASES.get(str(key).strip().lower(), str(key).strip().lower()): value for key, value in item.items()}
        for item in (*inner, *objects)
    ]
    return max(reversed(named), key=_known, default={})


def _known(data: dict[str, Any]) -> int:
    return sum(key in KEYS for key in data)


def _changed(value: Any) -> frozenset[str] | None:
    if not isinstance(value, list):
        return None
    keys = (_ALIASES.get(str(key), str(key)) for key in value[: len(KEYS) * 2])
    return frozenset(_FIELDS[key] for key in keys if key in _FIELDS)


def _line(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a string")
    line = one_line(value)
    if not line:
        raise ValueError("must not be empty")
    if len(line) > _LINE_LIMIT:
        raise ValueError(f"must be one short line, it has {len(line):,} characters")
    return line


def _language(value: Any) -> str | None:
    if value is None or (isinstance(value, str) and value.strip().lower() in ("", "none", "null", "n/a", "any")):
        return None
    return _line(value)


def _name(value: Any) -> str:
    return check_persona_name(_line(value))


def _choice(choices: tuple[str, ...]) -> Any:
    def read(value: Any) -> str:
        text = _line(value).lower()
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text

    return read


def _temperature(value: Any) -> float:
    number = parse_temperature(value)
    if isinstance(number, str):
        number = float(number)
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= 2:
        raise ValueError(f"must be one of {', '.join(str(t.value) for t in Temperature)}")
    return min((t.value for t in Temperature), key=lambda t: abs(t - number))


def _rules(value: Any) -> list[str]:
    if isinstance(value, str):
        value = value.splitlines()
    if not isinstance(value, list):
        raise ValueError("must be a list of strings")
    texts = [item.get("text") or item.get("rule") if isinstance(item, dict) else item for item in value[:_RULES_KEPT]]
    rules = [_line(text.strip().removeprefix("- ")) for text in texts if isinstance(text, str) and one_line(text)]
    rules = list(dict.fromkeys(rules))
    if len(rules) < RULES_WANTED[0]:
        raise ValueError(f"{plural(len(rules), 'rule')}, at least {RULES_WANTED[0]} different ones were asked for")
    return rules[: RULES_WANTED[1]] if len(value) > _RULES_KEPT else rules


_FIELDS = {key: {"rules": "constraints"}.get(key, key) for key in KEYS}
_READERS: dict[str, Any] = {
    "domain": _choice(DOMAINS),
    "language": _language,
    "name": _name,
    "output_format": _line,
    "role": _line,
    "rules": _rules,
    "temperature": _temperature,
    "tier": _choice(TIERS),
}
DESIGNED = tuple(_FIELDS.values())
"""The fields of Persona that a designer model works on."""
UNASKED = ("description", "tags", "parameters")
"""Fields of a draft that no model is asked for: they are the rulebook's."""
