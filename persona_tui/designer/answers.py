"""What a designer model answered, taken apart and judged. Nothing in it is believed.

An answer may be prose, half a JSON object, an object of another shape, or ten thousand rules. What can be used is
used; for the rest there is a sentence that says what is wrong, to be shown and to be sent back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import json_repair

from persona_tui.base.text import one_line, plain, plural
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
_WORDS_LIMIT = 2_000
_RULES_KEPT = 8

# Names that models use for our keys, the seeds of this format among them.
ALIASES = {
    "persona_name": "name",
    "constraints": "rules",
    "format": "output_format",
    "temp": "temperature",
    "comment": "say",
}
_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_LANDMARKS = re.compile(rf"{{|</think>|{_THINKING.pattern}", re.DOTALL)
_OBJECT = re.compile(rf"""{_THINKING.pattern}|\{{\s*["']?\w+["']?\s*:""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Answer:
    """The usable fields of an answer (keys of `Persona`), and one sentence for each thing that is wrong.

    `say` are the words to the person.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    say: str = ""

    @property
    def usable(self) -> bool:
        return bool(self.fields)

    @property
    def merit(self) -> tuple[int, ...]:
        """What makes one answer better than another: more fields, then fewer faults."""
        return len(self.fields), -len(self.problems)


def read_answer(text: str) -> Answer:
    """Read what a model said. Never raises: an answer without an object has no fields and one problem."""
    data, problem = object_in(text, KEYS)
    if problem:
        return Answer(problems=[problem])
    fields: dict[str, Any] = {}
    problems: list[str] = []
    for key in KEYS:
        if key not in data:
            problems.append(f"{key}: the key is missing")
            continue
        try:
            fields[_FIELDS[key]] = READERS[key](data[key])
        except ValueError as error:
            problems.append(f"{key}: {error}")
    if "rules" in data and isinstance(data["rules"], list) and len(data["rules"]) > _RULES_KEPT:
        problems.append(f"rules: {plural(len(data['rules']), 'rule')}, at most {RULES_WANTED[1]} were asked for")
    return Answer(fields, problems, words_of(data))


def with_ids(rules: tuple[Constraint, ...], before: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
    """Return `rules` with the ids that the same rules had `before`."""
    from persona_tui.spec.changes import match_rules

    became = {new: old for old, new in match_rules(before, rules).items()}
    return tuple(
        rule.model_copy(update={"id": before[became[i]].id}) if i in became and rule.id is None else rule
        for i, rule in enumerate(rules)
    )


def object_in(text: str, keys: Sequence[str]) -> tuple[dict[str, Any], str | None]:
    """Return the JSON object in `text` that has most of `keys`, and what is wrong where there is none.

    Keys are under their own names. Only where no object is whole enough, what there is gets mended.
    """
    text = text[:ANSWER_LIMIT].strip()
    if not _THINKING.sub("", text).strip():
        return {}, "the answer was empty"
    best = _best(_whole_objects(text), keys)
    if _known(best, keys) < max(len(keys) // 2, 1):
        best = max(best, _best(_mended(text), keys), key=lambda item: _known(item, keys))
    return best, None if best else "the answer was no JSON object"


def words_of(data: Mapping[str, Any]) -> str:
    """Return what an answer says to the person: plain text, cut where it is no remark any more."""
    said = data.get("say")
    return plain(said).strip()[:_WORDS_LIMIT] if isinstance(said, str) else ""


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


def _best(objects: list[dict[str, Any]], keys: Sequence[str]) -> dict[str, Any]:
    """Return the last one of those with most of `keys`, taken out of a shell (`{"persona": {…}}`) it may be in."""
    inner = [value for item in objects for value in item.values() if isinstance(value, dict)]
    named = [
        {ALIASES.get(str(key).strip().lower(), str(key).strip().lower()): value for key, value in item.items()}
        for item in (*inner, *objects)
    ]
    return max(reversed(named), key=lambda item: _known(item, keys), default={})


def _known(data: dict[str, Any], keys: Sequence[str]) -> int:
    return sum(key in keys for key in data)


def line(value: Any) -> str:
    """Return a text of one line. Raises ValueError for anything else."""
    if not isinstance(value, str):
        raise ValueError("must be a string")
    text = one_line(value)
    if not text:
        raise ValueError("must not be empty")
    if len(text) > _LINE_LIMIT:
        raise ValueError(f"must be one short line, it has {len(text):,} characters")
    return text


def _language(value: Any) -> str | None:
    if value is None or (isinstance(value, str) and value.strip().lower() in ("", "none", "null", "n/a", "any")):
        return None
    return line(value)


def _name(value: Any) -> str:
    return check_persona_name(line(value))


def _choice(choices: tuple[str, ...]) -> Any:
    def read(value: Any) -> str:
        text = line(value).lower()
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
    rules = [line(text.strip().removeprefix("- ")) for text in texts if isinstance(text, str) and one_line(text)]
    rules = list(dict.fromkeys(rules))
    if len(rules) < RULES_WANTED[0]:
        raise ValueError(f"{plural(len(rules), 'rule')}, at least {RULES_WANTED[0]} different ones were asked for")
    return rules[: RULES_WANTED[1]] if len(value) > _RULES_KEPT else rules


_FIELDS = {key: {"rules": "constraints"}.get(key, key) for key in KEYS}
READERS: dict[str, Callable[[Any], Any]] = {
    "domain": _choice(DOMAINS),
    "language": _language,
    "name": _name,
    "output_format": line,
    "role": line,
    "rules": _rules,
    "temperature": _temperature,
    "tier": _choice(TIERS),
}
DESIGNED = tuple(_FIELDS.values())
"""The fields of Persona that a designer model works on."""
UNASKED = ("description", "tags", "parameters")
"""Fields of a draft that no model is asked for: they are the rulebook's."""
