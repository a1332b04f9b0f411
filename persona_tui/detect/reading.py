"""Bounded reading of a codebase that may be hostile: how long, how many files, how much of each."""

from __future__ import annotations

import errno
import os
import stat
import time
from dataclasses import dataclass, field

from persona_tui.base.text import one_line

MAX_FILES_READ = 256
MAX_BYTES_READ = 4 * 1024 * 1024
MANIFEST_LIMIT = 256 * 1024
"""A larger manifest is not read at all: half of one cannot be parsed."""

# Never through a link, never waiting for the other end of a FIFO.
_OPEN_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Budget:
    """Two clocks. After `soft_ms` nothing optional is begun; after `hard_ms` what is under way ends.

    Listing ends half-way between them: files that are never looked into would tell little.
    """

    def __init__(self, soft_ms: int, hard_ms: int) -> None:
        now = time.monotonic()
        self._soft = now + soft_ms / 1000
        self._hard = now + hard_ms / 1000

    @property
    def tight(self) -> bool:
        """Whether the soft limit has passed."""
        return time.monotonic() >= self._soft

    @property
    def spent(self) -> bool:
        """Whether the hard limit has passed."""
        return time.monotonic() >= self._hard

    @property
    def seconds_to_list(self) -> float:
        """The seconds that are left for listing, never below zero."""
        return max((self._soft + self._hard) / 2 - time.monotonic(), 0.0)


@dataclass
class Notes:
    """What went wrong (`problems`), what could not be entered (`unreadable`) and what was left out (`skipped`)."""

    problems: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def problem(self, path: str, sentence: str) -> None:
        """Note that the file at `path` is not used, and why."""
        self.problems.append(f"{one_line(path)}: {sentence}")

    def skip(self, sentence: str) -> None:
        """Note, once, what the answer does not cover."""
        if sentence not in self.skipped:
            self.skipped.append(sentence)


class Reader:
    """Opens regular files under `root`, and only those, until the budget of files, bytes and time is used up."""

    def __init__(self, root: str, budget: Budget, notes: Notes) -> None:
        self._root = os.path.realpath(root)
        self._budget = budget
        self._notes = notes
        self.files = 0
        self.bytes = 0

    def manifest(self, path: str) -> str | None:
        """Return the whole text at `path` (relative to the root), or None with a note of why it is not used."""
        data = self._read(path, MANIFEST_LIMIT + 1)
        if data is None:
            return None
        if len(data) > MANIFEST_LIMIT:
            self._notes.problem(path, f"larger than {MANIFEST_LIMIT // 1024} KB, not read")
            return None
        if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            self._notes.problem(path, "binary, not read")
            return None
        encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
        return data.decode(encoding, "replace")

    def head(self, path: str, limit: int) -> str | None:
        """Return the first `limit` bytes at `path` as text, or None where that is not text or the time is short."""
        if self._budget.tight:
            self._notes.skip("the time was used up before the sample of the code was read")
            return None
        data = self._read(path, limit)
        return None if data is None or b"\0" in data[:4096] else data.decode("utf-8", "replace")

    def _read(self, path: str, limit: int) -> bytes | None:
        if self._budget.spent:
            self._notes.skip("the time was used up before every file was read")
            return None
        if self.files >= MAX_FILES_READ or self.bytes >= MAX_BYTES_READ:
            self._notes.skip(f"no more than {MAX_FILES_READ} files and {MAX_BYTES_READ >> 20} MB are read")
            return None
        try:
            data = self._open_and_read(path, min(limit, MAX_BYTES_READ - self.bytes))
        except FileNotFoundError:
            return None  # listed by git and deleted on disk
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.EMLINK):  # a link: not followed, and nothing to complain about
                self._notes.problem(path, f"{(error.strerror or 'unreadable').lower()}, not read")
            return None
        if data is not None:
            self.files += 1
            self.bytes += len(data)
        return data

    def _open_and_read(self, path: str, limit: int) -> bytes | None:
        folder, _, name = os.path.join(self._root, path).rpartition("/")
        folder = os.path.realpath(folder)  # a folder on the way may be a link out of the codebase
        if folder != self._root and not folder.startswith(self._root.rstrip("/") + "/"):
            return None
        descriptor = os.open(f"{folder}/{name}", _OPEN_FLAGS)
        with open(descriptor, "rb", buffering=0) as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            chunks = []
            while limit > 0 and (chunk := file.read(limit)):
                chunks.append(chunk)
                limit -= len(chunk)
            return b"".join(chunks)
