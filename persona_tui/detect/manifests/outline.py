"""The outline of a YAML text: its keys and plain values, line by line.

A manifest needs no more of YAML: block mappings and lists of scalars. Anchors, aliases, tags and flow mappings are not
read, so that nothing can be expanded, and the time is linear.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

ITEM = "-"
_DEEPEST = 12
_MOST_DASHES = 4


def outline(source: str) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """Yield each key's path, its scalar (or an empty text) and its line; an item of a list has the key `-`."""
    above: list[tuple[int, str]] = []
    block = -1  # the indentation of the key whose text block is being skipped
    for number, line in enumerate(source.splitlines(), 1):
        body = line.lstrip(" ").rstrip()
        indent = len(line) - len(line.lstrip(" "))
        if not body or body[0] in "#%" or body == "---" or (indent > block >= 0):
            continue
        block = -1
        for _ in range(_MOST_DASHES):
            if body != ITEM and not body.startswith("- "):
                break
            while above and (above[-1][0] > indent or above[-1] == (indent, ITEM)):
                above.pop()
            above.append((indent, ITEM))
            rest = body[1:].lstrip(" ")
            indent += len(body) - len(rest)
            body = rest
        else:
            continue
        key, value = _split(body)
        if key is not None:
            while above and above[-1][0] >= indent:
                above.pop()
            above.append((indent, key))
            if value[:1] in ("|", ">"):
                block, value = indent, ""
        if 0 < len(above) <= _DEEPEST:
            path = tuple(name for _, name in above)
            yield path, scalar(value), number
            for item in _flow_items(value):
                yield (*path, ITEM), item, number


def scalar(value: str) -> str:
    """Return a scalar without quotes and comment."""
    value = value.strip()
    if value[:1] in ("'", '"'):
        return value[1:].partition(value[0])[0]
    if value.startswith("#"):
        return ""
    return value.partition(" #")[0].rstrip()


def _split(body: str) -> tuple[str | None, str]:
    """Return key and value of a line, or None and the line where it has no key."""
    if body[:1] in ("'", '"'):
        end = body.find(body[0], 1)
        if end > 0 and body[end + 1 : end + 2] == ":":
            return body[1:end], body[end + 2 :].strip()
        return None, body
    key, colon, value = body.partition(": ")
    if colon:
        return (None, body) if "#" in key else (key.strip(), value.strip())
    plain = body.partition(" #")[0].rstrip()
    return (plain[:-1].strip(), "") if plain.endswith(":") else (None, body)


def _flow_items(value: str) -> list[str]:
    if not value.startswith("[") or "]" not in value:
        return []
    return [item for part in value[1 : value.rindex("]")].split(",") if (item := scalar(part))]
