"""The persona file: YAML that keeps its comments, its key order and what a newer version wrote in it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from persona_tui.base.errors import BadData
from persona_tui.base.text import one_line
from persona_tui.spec.changes import match_rules
from persona_tui.spec.editing import Unusual, dump, edit, yaml
from persona_tui.spec.persona import Constraint, Persona, parse_persona

_NODES = 100_000
"""Values in one file; aliases that refer to aliases would multiply beyond any memory."""

# What a new file shows even where it is the default, because a reader looks for it there.
_ALWAYS = ("schema", "name", "role", "domain", "tier", "temperature", "constraints", "preferred_models")


@dataclass(frozen=True, slots=True)
class Document:
    """A persona file as it was read: the persona, the text, and the line (from 1) of each of its fields."""

    persona: Persona
    text: str
    lines: Mapping[str, int]

    def with_persona(self, persona: Persona) -> Document:
        """Return the document with `persona` in it; what does not change keeps its lines and its comments.

        Raises BadData when YAML has no form for what it holds.
        """
        if persona == self.persona:
            return self
        old = {key: value for key, value in self.persona.to_data().items() if key in self.lines}
        new = {key: value for key, value in persona.to_data().items() if _belongs(key, value, old, persona)}
        for match in (_match, None):
            with contextlib.suppress(Unusual, BadData, KeyError, IndexError):
                edited = parse_document(edit(self.text, _load(self.text, None), old, new, match))
                if edited.persona == persona:
                    return edited
        return new_document(persona)


def _belongs(key: str, value: Any, old: Mapping[str, Any], persona: Persona) -> bool:
    """Whether the file of `persona` says `key`: where it said so and still does, and where it is not the default."""
    if key in old and (old[key] == value or key in _ALWAYS):
        return True
    return bool(value != _blank(persona).get(key))


def _blank(persona: Persona) -> dict[str, Any]:
    """Return a persona that has defaults only. A key that this version does not know has none."""
    return Persona(name=persona.name, role=persona.role).to_data()


def _match(field: str, old: Sequence[Any], new: Sequence[Any]) -> Mapping[int, int]:
    """Return which item became which: rules as `changes` matches them, others by being equal."""
    if field == "constraints":
        return match_rules(_rules(old), _rules(new))
    pairs: dict[int, int] = {}
    for i, item in enumerate(old):
        free = next((j for j, other in enumerate(new) if other == item and j not in pairs.values()), None)
        if free is not None:
            pairs[i] = free
    return pairs


def _rules(items: Sequence[Any]) -> list[Constraint]:
    return [Constraint.model_validate(item) for item in items]


def parse_document(data: bytes | str, *, path: str | None = None) -> Document:
    """Read a persona file. Raises BadData with the line where the YAML is broken, or the field that is wrong."""
    text = _decode(data, path)
    tree = _load(text, path)
    plain = _plain(tree, [0], path)
    try:
        persona = parse_persona(plain)
    except BadData as error:
        field = error.message.split(":", 1)[0].split(".", 1)[0]
        raise BadData(error.message, path=path, line=_lines(tree).get(field)) from None
    return Document(persona, text, _lines(tree))


def new_document(persona: Persona) -> Document:
    """Return `persona` as a new file: what is unset is left out. Raises BadData when YAML has no form for it."""
    blank, data = _blank(persona), persona.to_data()
    shown = {key: value for key, value in data.items() if key in _ALWAYS or key not in blank or value != blank[key]}
    document = parse_document(dump(shown))
    if document.persona != persona:
        raise BadData(f"'{persona.name}' holds text that a YAML file cannot: look for control characters in it")
    return document


def _decode(data: bytes | str, path: str | None) -> str:
    if isinstance(data, str):
        return data
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadData("not a text file: it holds bytes that are no UTF-8", path=path, line=line) from None


def _load(text: str, path: str | None) -> CommentedMap:
    try:
        tree = yaml().load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        words = str(error.problem or error.context)
        if words.startswith("but "):  # the other half of a sentence
            words = f"{error.context}, {words}"
        raise BadData(f"broken YAML: {one_line(words, 120)}", path=path, line=line) from None
    except (YAMLError, ValueError, NotImplementedError) as error:
        raise BadData(f"broken YAML: {one_line(str(error), 120)}", path=path) from None
    except RecursionError:
        raise BadData("nested too deeply to be a persona", path=path) from None
    if not isinstance(tree, CommentedMap):
        raise BadData("not a persona: a mapping of keys like name, role and constraints is expected", path=path)
    return tree


def _plain(value: object, count: list[int], path: str | None) -> Any:
    """Return `value` as plain Python data; dates become their text, tagged values and broken text are refused."""
    count[0] += 1
    if count[0] > _NODES:
        raise BadData(f"more than {_NODES:,} values once its aliases are followed", path=path)
    if isinstance(value, Mapping):
        return {_text(str(key), path): _plain(item, count, path) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, count, path) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(str(value), path)
    for kind in (int, float):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise BadData(f"a value of the YAML kind {type(value).__name__} has no place in a persona", path=path)


def _text(text: str, path: str | None) -> str:
    """Return `text` with the halves of surrogate pairs joined, as JSON writes them; half a pair alone is refused."""
    if text.isascii():
        return text
    try:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        message = f"'{one_line(text, 60)}' holds half of a surrogate pair, which is no character"
        raise BadData(message, path=path) from None


def _lines(tree: CommentedMap) -> dict[str, int]:
    lines: dict[str, int] = {}
    for key, value in tree.items():
        if key not in (tree.lc.data or {}):
            continue  # it comes from a merge key (`<<`) and has no line of its own
        lines[str(key)] = tree.lc.key(key)[0] + 1
        if isinstance(value, CommentedSeq):
            lines.update(
                {f"{key}[{i}]": value.lc.item(i)[0] + 1 for i in range(len(value)) if i in (value.lc.data or {})}
            )
        elif isinstance(value, CommentedMap) and value.lc.data:
            lines.update({f"{key}.{k}": value.lc.key(k)[0] + 1 for k in value if k in value.lc.data})
    return lines
