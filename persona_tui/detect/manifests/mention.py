"""What every parser of a manifest answers, and what they share.

A small codebase is detected in little more than the interpreter's own start, so hardly anything is imported here.
"""

from __future__ import annotations

from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any


_MOST_PLACES = 100  # of a name within other words


class Unparsable(ValueError):
    """The text is not what its name promises; the message says why, in a few words."""


class Role(str):
    """In which role a manifest names something: a few words that follow the manifest's name."""

    __slots__ = ()
    SELF: Role
    DIRECT: Role
    DEV: Role
    BUILD: Role
    TOOL: Role
    CHOSEN: Role


Role.SELF = Role("is the project itself")
Role.DIRECT = Role("depends on")
Role.DEV = Role("needs for development")
Role.BUILD = Role("is built with")
Role.TOOL = Role("configures")
Role.CHOSEN = Role("is managed with")


class Mention:
    """A package, or with `TOOL` and `CHOSEN` a tool.

    `version` is as it stands there. `line` counts from 1; where a parser keeps none, `spelling` (else the name) is
    what to look for.
    """

    __slots__ = ("line", "name", "role", "spelling", "version")

    def __init__(
        self, name: str, role: Role, version: str | None = None, line: int | None = None, spelling: str | None = None
    ) -> None:
        self.name = name
        self.role = role
        self.version = version
        self.line = line
        self.spelling = spelling

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mention) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return f"Mention{self._key()!r}"

    def _key(self) -> tuple[str, Role, str | None, int | None, str | None]:
        return self.name, self.role, self.version, self.line, self.spelling


class Manifest:
    """What one manifest says; `commands`: it installs programs, `published`: it is made to be depended on."""

    __slots__ = ("commands", "mentions", "published")

    def __init__(self, mentions: list[Mention] | None = None, commands: bool = False, published: bool = False) -> None:
        self.mentions = [] if mentions is None else mentions
        self.commands = commands
        self.published = published


def table(value: Any) -> Mapping[str, Any]:
    """Return `value` where it is a table, else an empty one: a manifest's shape is its author's."""
    return value if isinstance(value, dict) else {}


def tables(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the tables of a list; anything else has none."""
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def texts(value: Any) -> Iterator[str]:
    """Yield the strings of a list; anything else has none."""
    return (item for item in value if isinstance(item, str)) if isinstance(value, list) else iter(())


def text(value: Any) -> str | None:
    """Return `value` where it is a string."""
    return value if isinstance(value, str) else None


def line_of(mention: Mention, source: str) -> int | None:
    """Return the line (from 1) of `source` in which `mention` first stands as a whole word, or None.

    Many are looked for in one source, so each is looked for fast, and not for ever.
    """
    if mention.line is not None:
        return mention.line
    text, spelling = _alike(source), _alike(mention.spelling or mention.name)
    at = -1
    for _ in range(_MOST_PLACES):
        at = text.find(spelling, at + 1)
        if at < 0:
            return None
        end = at + len(spelling)
        if not _goes_on(source[at - 1 : at], "_-/@") and not _goes_on(source[end : end + 1], "_-/"):
            return source.count("\n", 0, at) + 1
    return None


@lru_cache(maxsize=2)  # the source, in which many names are looked for, and one of them
def _alike(text: str) -> str:
    """Return `text`, as long as it is, in small letters and with one separator (to PEP 503 `-_.` are one)."""
    small = text.lower()
    return (small if len(small) == len(text) else text).replace("_", "-").replace(".", "-")


def _goes_on(char: str, marks: str) -> bool:
    return char.isalnum() or (char != "" and char in marks)
