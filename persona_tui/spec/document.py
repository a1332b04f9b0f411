"""The persona file: YAML that keeps its comments, its key order and what a newer version wrote in it."""

from __future__ import annotations

import difflib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarstring import LiteralScalarString

from persona_tui.base.errors import BadData
from persona_tui.base.text import one_line
from persona_tui.spec.persona import Persona, parse_persona

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
        """Return the document with `persona` in it; what did not change keeps its comments and its form."""
        tree = _load(self.text, None)
        old, new = self.persona.to_data(), persona.to_data()
        for key in [key for key in old if key not in new]:
            tree.pop(key, None)
        for key, value in new.items():
            if key not in old or old[key] != value:
                _set(tree, key, value)
        text = _dump(tree)
        return parse_document(text)


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
    """Return `persona` as a new file: what is unset is left out."""
    blank = Persona(name=persona.name, role=persona.role).to_data()
    tree = CommentedMap()
    for key, value in persona.to_data().items():
        if key in _ALWAYS or key not in blank or value != blank[key]:
            tree[key] = _styled(value)
    return parse_document(_dump(tree))


def _decode(data: bytes | str, path: str | None) -> str:
    if isinstance(data, str):
        return data
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadData("not a text file: it holds bytes that are no UTF-8", path=path, line=line) from None


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _load(text: str, path: str | None) -> CommentedMap:
    try:
        tree = _yaml().load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise BadData(
            f"broken YAML: {one_line(str(error.problem or error.context), 120)}", path=path, line=line
        ) from None
    except (YAMLError, ValueError, NotImplementedError) as error:
        raise BadData(f"broken YAML: {one_line(str(error), 120)}", path=path) from None
    except RecursionError:
        raise BadData("nested too deeply to be a persona", path=path) from None
    if not isinstance(tree, CommentedMap):
        raise BadData("not a persona: a mapping of keys like name, role and constraints is expected", path=path)
    return tree


def _plain(value: object, count: list[int], path: str | None) -> Any:
    """Return `value` as plain Python data; dates become their text, tagged values are refused."""
    count[0] += 1
    if count[0] > _NODES:
        raise BadData(f"more than {_NODES:,} values once its aliases are followed", path=path)
    if isinstance(value, Mapping):
        return {str(key): _plain(item, count, path) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, count, path) for item in value]
    if value is None or isinstance(value, bool):
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise BadData(f"a value of the YAML kind {type(value).__name__} has no place in a persona", path=path)


def _lines(tree: CommentedMap) -> dict[str, int]:
    lines: dict[str, int] = {}
    for key, value in tree.items():
        lines[str(key)] = tree.lc.key(key)[0] + 1
        if isinstance(value, CommentedSeq):
            lines.update(
                {f"{key}[{i}]": value.lc.item(i)[0] + 1 for i in range(len(value)) if i in (value.lc.data or {})}
            )
        elif isinstance(value, CommentedMap) and value.lc.data:
            lines.update({f"{key}.{k}": value.lc.key(k)[0] + 1 for k in value if k in value.lc.data})
    return lines


def _set(tree: CommentedMap, key: str, value: Any) -> None:
    """Put `value` at `key`; in lists and mappings that stay, only what differs is touched."""
    current = tree.get(key)
    if isinstance(current, CommentedSeq) and isinstance(value, list):
        _splice(current, value)
    elif isinstance(current, CommentedMap) and isinstance(value, dict):
        for name in [name for name in current if name not in value]:
            del current[name]
        for name, item in value.items():
            if name not in current or _plain(current[name], [0], None) != item:
                current[name] = _styled(item)
    elif key in tree:
        tree[key] = _styled(value)
    else:
        tree.insert(_position(tree, key), key, _styled(value))


def _position(tree: CommentedMap, key: str) -> int:
    """Return where a new key goes: after the last present key that the file's order has before it."""
    order = [field.alias or name for name, field in Persona.model_fields.items()]
    before = set(order[: order.index(key)]) if key in order else set(order)
    return max((i + 1 for i, present in enumerate(tree) if present in before), default=len(tree))


def _splice(current: CommentedSeq, value: list[Any]) -> None:
    old = [_comparable(_plain(item, [0], None)) for item in current]
    new = [_comparable(item) for item in value]
    for tag, i1, i2, j1, j2 in reversed(difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()):
        if tag == "equal":
            continue
        for index in range(i2 - 1, max(i1 - 1, i1 + (j2 - j1) - 1), -1):
            del current[index]
        for offset in range(j2 - j1):
            if i1 + offset < i2:
                current[i1 + offset] = _styled(value[j1 + offset])
            else:
                current.insert(i1 + offset, _styled(value[j1 + offset]))


def _comparable(item: object) -> str:
    return repr(sorted(item.items())) if isinstance(item, dict) else repr(item)


def _styled(value: Any) -> Any:
    """Return `value` as the writer shows it best: texts of several lines as literal blocks."""
    if isinstance(value, str) and "\n" in value and not any(line.endswith((" ", "\t")) for line in value.split("\n")):
        return LiteralScalarString(value)
    if isinstance(value, dict):
        return CommentedMap({key: _styled(item) for key, item in value.items()})
    if isinstance(value, list):
        return CommentedSeq([_styled(item) for item in value])
    return value


def _dump(tree: CommentedMap) -> str:
    stream = io.StringIO()
    _yaml().dump(tree, stream)
    return stream.getvalue()
