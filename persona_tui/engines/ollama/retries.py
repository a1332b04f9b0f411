"""How long a request waits for a server, and when it comes back to one that is busy."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits in seconds.

    `quick` is for what a server knows by heart (its version, its lists), `reply` for what it looks up or changes
    without a model; after `notice` a person is told that the server is being waited for. `first_byte` is for work that
    may have to load a cold model first, and for pauses in a create or a pull, which say nothing while gigabytes are
    checked. `idle` is for pauses in an answer.
    """

    connect: float = 5.0
    notice: float = 2.0
    quick: float = 5.0
    reply: float = 30.0
    first_byte: float = 600.0
    idle: float = 120.0


@dataclass(frozen=True, slots=True)
class Retries:
    """When a server is busy (503: its queue is full, nothing was begun): tries in all, pauses in seconds."""

    tries: int = 5
    first: float = 0.5
    longest: float = 30.0

    def pause(self, tried: int, retry_after: str | None = None) -> float | None:
        """Return the pause after `tried` tries, or None to give up.

        Without a Retry-After header the pause doubles each time, with jitter of a half, so that clients which were
        turned away together do not come back together. A server that asks for more than `longest` is given up.
        """
        if tried >= self.tries:
            return None
        if retry_after and retry_after.isascii() and retry_after.isdigit():
            asked = int(retry_after[:9])
            return None if asked > self.longest else float(asked)
        return float(min(self.first * 2 ** (tried - 1), self.longest) * random.uniform(0.5, 1.0))
