"""What every parser of a manifest answers, and what they share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Unparsable(ValueError):
    """The text is not what its name promises; the message says why, in a few words."""


class Role(Enum):
    """In which role a manifest names something."""

    SELF = "is the project itself"
    DIRECT = "depends on"
    DEV = "needs for development"
    BUILD = "is built with"
    TOOL = "configures"
    CHOSEN = "is managed with"


@dataclass(frozen=True, slots=True)
class Mention:
    """A package, or with `TOOL` and `CHOSEN` a tool.

    `version` is as it stands there. `line` counts from 1; where a parser keeps none, `spelling` (else the name) is
    what to look for.
    """

    name: str
    role: Role
    version: str | None = None
    line: int | None = None
    spelling: str | None = None


@dataclass
class Manifest:
    """What one manifest says; `commands`: it installs programs, `published`: it is made to be depended on."""

    mentions: list[Mention] = field(default_factory=list)
    commands: bool = False
    published: bool = False


def table(value: Any) -> Mapping[str, Any]:
    """Return `value` where it is a table, else an empty one: a manifest's shape is its author's."""
    return value if isinstance(value, dict) else {}


def texts(value: Any) -> Iterator[str]:
    """Yield the strings of a list; anything else has none."""
    return (item for item in value if isinstance(item, str)) if isinstance(value, list) else iter(())


def text(value: Any) -> str | None:
    """Return `value` where it is a string."""
    return value if isinstance(value, str) else None


def line_of(mention: Mention, source: str) -> int | None:
    """Return the line (from 1) of `source` in which `mention` first stands, or None."""
    if mention.line is not None:
        return mention.line
    # PEP 503 takes `-`, `_` and `.` for one.
    spelling = "".join("[-_.]" if c in "-_." else re.escape(c) for c in mention.spelling or mention.name)
    found = re.search(rf"(?<![\w@/-]){spelling}(?![\w/-])", source, re.IGNORECASE)
    return None if found is None else source.count("\n", 0, found.start()) + 1
