"""Changing fields of a persona file as a person would: the lines that do not change stay as they are.

The YAML reader tells where each key, list item and map entry begins; the text between is moved, replaced or left. A
comment on lines of its own belongs to what stands below it, and goes where that goes. Whoever calls this reads the
result again and compares: a file too unusual for it (anchors, merge keys, odd layouts) is then written anew.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

Match = Callable[[str, Sequence[Any], Sequence[Any]], Mapping[int, int]]
"""Which item of the new list each item of the old list became: (field, old, new) → positions."""


class Unusual(Exception):
    """The file's layout is not one that can be edited line by line."""


@dataclass
class _Part:
    """A key or an item: the comments and blanks above it, and its own lines."""

    lead: list[str]
    body: list[str]

    @property
    def lines(self) -> list[str]:
        return [*self.lead, *self.body]

    def without_own_comments(self) -> list[str]:
        """Return what stays when the part goes: the lead down to the last blank line."""
        blank = max((i + 1 for i, line in enumerate(self.lead) if not line.strip()), default=0)
        return self.lead[:blank]


def edit(text: str, tree: CommentedMap, old: Mapping[str, Any], new: Mapping[str, Any], match: Match | None) -> str:
    """Return `text` with every top-level key of `new` that differs from `old` changed; keys that `new` lacks go.

    `tree` is `text` as the YAML reader gives it. New keys go behind the last present key that `new` has before them.
    Without `match` lists and maps are written anew where they change. Raises Unusual.
    """
    lines = _lines(text)
    starts = {str(key): tree.lc.key(key)[0] for key in tree}
    parts, tail = _split(lines, starts, 0)
    for key in [key for key in parts if key not in new]:
        _drop(parts, key)
    for key, part in parts.items():
        if key not in old or old[key] != new[key]:
            part.body = _body(key, part.body, tree, new[key], match)
    result: dict[str, _Part] = dict(parts)
    for key in [key for key in new if key not in parts]:
        result = _insert(result, key, _Part([], _lines(dump({key: new[key]}))), list(new))
    return "".join(line for part in result.values() for line in part.lines) + "".join(tail)


def _lines(text: str) -> list[str]:
    """Return the lines with their ends. `str.splitlines` would cut at characters that are text to YAML."""
    lines = [f"{line}\n" for line in text.split("\n")]
    return lines[:-1] if text.endswith("\n") or not text else lines


def dump(value: Mapping[str, Any] | list[Any]) -> str:
    """Return `value` as YAML in block style, texts of several lines as literal blocks."""
    stream = io.StringIO()
    yaml().dump(_styled(value), stream)
    return stream.getvalue()


def yaml() -> YAML:
    """Return a reader and writer that keeps comments and quotes, and never folds a line."""
    instance = YAML()
    instance.preserve_quotes = True
    instance.width = 1_000_000
    instance.indent(mapping=2, sequence=4, offset=2)
    return instance


def _split(lines: list[str], starts: Mapping[Any, int], indent: int) -> tuple[dict[Any, _Part], list[str]]:
    """Cut lines into parts that begin at `starts`; return them, and what follows the last one.

    Blank lines and comments at `indent` or less between two parts belong to the later one.
    """
    order = sorted(starts, key=lambda key: starts[key])
    places = [starts[key] for key in order]
    if len(set(places)) != len(places) or (places and places[-1] >= len(lines)):
        raise Unusual
    parts: dict[Any, _Part] = {}
    lead = lines[: places[0]] if places else []
    for key, begin, end in zip(order, places, [*places[1:], len(lines)], strict=True):
        if len(lines[begin]) - len(lines[begin].lstrip(" ")) != indent:
            raise Unusual
        last = end
        while last > begin + 1 and _is_between(lines[last - 1], indent):
            last -= 1
        parts[key] = _Part(lead, lines[begin:last])
        lead = lines[last:end]
    return parts, lead


def _is_between(line: str, indent: int) -> bool:
    stripped = line.lstrip(" ")
    return not stripped.strip() or (stripped.startswith("#") and len(line) - len(stripped) <= indent)


def _drop(parts: dict[Any, _Part], key: Any) -> None:
    keys = list(parts)
    following = keys[keys.index(key) + 1 :]
    kept = parts.pop(key).without_own_comments()
    if following:
        parts[following[0]].lead = [*kept, *parts[following[0]].lead]


def _insert(parts: dict[str, _Part], key: str, part: _Part, order: list[str]) -> dict[str, _Part]:
    before = set(order[: order.index(key)])
    keys = list(parts)
    place = max((i + 1 for i, present in enumerate(keys) if present in before), default=0)
    if place == 0 and keys:  # the comment at the top of a file is about the file
        first = parts[keys[0]]
        part.lead, first.lead = first.lead, []
    items = list(parts.items())
    return dict([*items[:place], (key, part), *items[place:]])


def _body(key: str, body: list[str], tree: CommentedMap, value: Any, match: Match | None) -> list[str]:
    node = tree[key]
    simple = isinstance(node, (CommentedSeq, CommentedMap)) and not node.fa.flow_style() and bool(node) and bool(value)
    if match and simple and isinstance(node, CommentedSeq) and isinstance(value, list):
        return _edit_list(key, body, node, value, tree.lc.key(key)[0], match)
    if match and simple and isinstance(node, CommentedMap) and isinstance(value, dict):
        return _edit_map(body, node, value, tree.lc.key(key)[0])
    fresh = _flow({key: value}) if _is_flow(node) and value else dump({key: value})
    return _with_comment(fresh, _comment(tree, key, 2) if len(body) == 1 else "", "")


def _edit_list(key: str, body: list[str], node: CommentedSeq, value: list[Any], offset: int, match: Match) -> list[str]:
    starts = {i: node.lc.item(i)[0] - offset for i in range(len(node))}
    first = starts[0]
    if first < 1 or not all(body[line].lstrip(" ").startswith("- ") for line in starts.values()):
        raise Unusual
    indent = len(body[first]) - len(body[first].lstrip(" "))
    begin = _lead_start(body, first)
    parts, tail = _split(body[begin:], _shift(starts, -begin), indent)
    old = [_plain(item) for item in node]
    came_from = {j: i for i, j in match(key, old, value).items()}
    lines = body[:begin]
    for j, item in enumerate(value):
        i = came_from.get(j)
        if i is not None and old[i] == item:
            lines += parts[i].lines
            continue
        fresh = _indented(dump([item]), indent)
        if i is None:
            lines += _lines(fresh)
        else:
            comment = _comment(node, i, 0) if not isinstance(old[i], dict) else ""
            lines += [*parts[i].lead, *_with_comment(fresh, comment, " " * indent)]
    return [*lines, *tail]


def _edit_map(body: list[str], node: CommentedMap, value: dict[str, Any], offset: int) -> list[str]:
    starts = {str(name): node.lc.key(name)[0] - offset for name in node}
    first = min(starts.values())
    if first < 1:
        raise Unusual
    begin = _lead_start(body, first)
    indent = len(body[first]) - len(body[first].lstrip(" "))
    parts, tail = _split(body[begin:], _shift(starts, -begin), indent)
    for name in [name for name in parts if name not in value]:
        _drop(parts, name)
    lines = body[:begin]
    for name, part in parts.items():
        if _plain(node[name]) != value[name]:
            fresh = _indented(dump({name: value[name]}), indent)
            comment = _comment(node, name, 2) if len(part.body) == 1 else ""
            part.body = _with_comment(fresh, comment, " " * indent)
        lines += part.lines
    for name in [name for name in value if name not in parts]:
        lines += _lines(_indented(dump({name: value[name]}), indent))
    return [*lines, *tail]


def _lead_start(body: list[str], first: int) -> int:
    """Return where the comments above the first item begin; the line of the key itself stays before them."""
    begin = first
    while begin > 1 and _is_between(body[begin - 1], len(body[first])):
        begin -= 1
    return begin


def _shift(starts: Mapping[Any, int], by: int) -> dict[Any, int]:
    return {key: line + by for key, line in starts.items()}


def _comment(node: CommentedMap | CommentedSeq, key: Any, place: int) -> str:
    """Return the comment at the end of the line of `key`, which the YAML reader keeps at `place`."""
    tokens = node.ca.items.get(key)
    token = tokens[place] if tokens and len(tokens) > place else None
    text = str(token.value).split("\n", 1)[0] if token is not None and not isinstance(token, list) else ""
    return text.strip() if text.startswith("#") else ""


def _with_comment(fresh: str, comment: str, indent: str) -> list[str]:
    """Return the lines of `fresh` with the comment at the end of its only line, or above where there are several."""
    lines = _lines(fresh)
    if not comment:
        return lines
    if len(lines) == 1:
        return [f"{lines[0].rstrip()}  {comment}\n"]
    return [f"{indent}{comment}\n", *lines]


def _indented(text: str, indent: int) -> str:
    lines = _lines(text)
    own = len(lines[0]) - len(lines[0].lstrip(" "))
    return "".join((" " * indent + line[own:]) if line.strip() else line for line in lines)


def _is_flow(node: Any) -> bool:
    return isinstance(node, (CommentedSeq, CommentedMap)) and bool(node.fa.flow_style())


def _flow(value: Mapping[str, Any]) -> str:
    tree = _styled(dict(value))
    for item in tree.values():
        item.fa.set_flow_style()
    stream = io.StringIO()
    yaml().dump(tree, stream)
    return stream.getvalue()


def _plain(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {str(key): _plain(item) for key, item in node.items()}
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if isinstance(node, bool) or node is None:
        return node
    return next((kind(node) for kind in (int, float, str) if isinstance(node, kind)), node)


def _styled(value: Any) -> Any:
    """Return `value` as the writer shows it best."""
    if isinstance(value, str):
        lines = value.split("\n")
        if not all(line.isprintable() or line.replace("\t", "").isprintable() for line in lines):
            return DoubleQuotedScalarString(value)  # with escapes, or the reader would take some for line ends
        block = len(lines) > 1 and not any(line.endswith((" ", "\t")) for line in lines)
        return LiteralScalarString(value) if block else value
    if isinstance(value, Mapping):
        return CommentedMap({key: _styled(item) for key, item in value.items()})
    if isinstance(value, list):
        return CommentedSeq([_styled(item) for item in value])
    return value
