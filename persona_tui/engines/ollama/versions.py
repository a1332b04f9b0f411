"""Which Ollama it is, and what that version can do."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = re.compile(r"v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?=[-+]|\Z)")

Number = tuple[int, int, int]

# First releases: research on Ollama's tags up to 0.32.15.
CREATE_BY_JSON: Number = (0, 5, 5)
CAPABILITIES: Number = (0, 6, 4)
THINK: Number = (0, 9, 0)
THINK_LEVELS: Number = (0, 11, 0)
THINK_MAX: Number = (0, 22, 0)


@dataclass(frozen=True, slots=True)
class Version:
    """A version as the server says it. `number` is None for a development build, which is taken as the newest."""

    text: str
    number: Number | None

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read `0.24.0`, `v0.5.5-rc1` (taken as 0.5.5) or `0.0.0` (built from source); anything else is a build too."""
        match = _NUMBER.match(text.strip())
        number = (int(match[1]), int(match[2] or 0), int(match[3] or 0)) if match else None
        return cls(text, number if number != (0, 0, 0) else None)

    def has(self, first: Number) -> bool:
        """Whether it is as new as the release `first`."""
        return self.number is None or self.number >= first


def dotted(number: Number) -> str:
    """Return `number` as it is written: 0.5.5."""
    return ".".join(map(str, number))
