"""Bounded reading of a codebase that may be hostile: how long, how many files, how much of each."""

from __future__ import annotations

import errno
import os
from stat import S_ISREG
from time import monotonic

TYPE_CHECKING = False  # `typing` takes a third of the time in which a small codebase is detected
if TYPE_CHECKING:
    from io import FileIO

MAX_FILES_LISTED = 250_000
MAX_FILES_READ = 256
MAX_BYTES_READ = 4 * 1024 * 1024
HEAD = 16 * 1024
"""How many bytes of a source file are read at most."""

MANIFEST_LIMIT = 256 * 1024
"""A larger manifest is not read at all: half of one cannot be parsed."""

# Never through a link, never waiting for the other end of a FIFO.
_OPEN_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Budget:
    """Two clocks. After `soft_ms` nothing optional is begun; after `hard_ms` what is under way ends.

    Listing ends half-way between them: files that are never looked into would tell little. `ran_out` says whether
    somebody was told that it is too late.
    """

    def __init__(self, soft_ms: int, hard_ms: int) -> None:
        now = monotonic()
        self._soft = now + soft_ms / 1000
        self._hard = now + max(soft_ms, hard_ms) / 1000
        self.ran_out = False

    @property
    def tight(self) -> bool:
        """Whether the soft limit has passed."""
        return self._seconds_to(self._soft) == 0

    @property
    def spent(self) -> bool:
        """Whether the hard limit has passed."""
        return self._seconds_to(self._hard) == 0

    @property
    def seconds_to_list(self) -> float:
        """The seconds that are left for listing, never below zero."""
        return self._seconds_to((self._soft + self._hard) / 2)

    def _seconds_to(self, end: float) -> float:
        left = end - monotonic()
        if left > 0:
            return left
        self.ran_out = True
        return 0.0


class Notes:
    """What went wrong (`problems`), what could not be entered (`unreadable`) and what was left out (`skipped`).

    `watched` are, by path, the signatures of what the answer rests on.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.unreadable: list[str] = []
        self.skipped: list[str] = []
        self.watched: dict[str, list[int] | None] = {}

    def problem(self, path: str, sentence: str) -> None:
        """Note that the file at `path` is not used, and why."""
        self.problems.append(f"{path}: {sentence}")

    def skip(self, sentence: str) -> None:
        """Note, once, what the answer does not cover."""
        if sentence not in self.skipped:
            self.skipped.append(sentence)

    def watch(self, path: str | bytes) -> None:
        """Note what a file or folder is like before it is read: the answer holds until that changes."""
        path = os.fsdecode(path)
        if path not in self.watched:
            self.watched[path] = signature(path)


def signature(path: str) -> list[int] | None:
    """Return what changes when a file or folder does, or None where there is none."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return [status.st_mtime_ns, status.st_size, status.st_ino]


def size_of(path: bytes) -> int:
    """Return the bytes of the file at `path`, 0 where it is gone or out of reach."""
    try:
        return os.lstat(path).st_size
    except OSError:
        return 0


def shown(path: bytes) -> str:
    """Return a path as a person may see it."""
    return shown_text(os.fsdecode(path))


def shown_text(text: str) -> str:
    """Return what stands in a codebase as a person may see it: on one line, with nothing that a terminal would obey."""
    if text.isascii() and text.isprintable():
        return text
    from persona_tui.base.text import one_line  # late: hardly any text needs it

    return one_line(text)


def open_regular(path: str | bytes) -> FileIO:
    """Open a regular file for reading, through no link and without waiting; raises OSError for anything else."""
    descriptor = os.open(path, _OPEN_FLAGS)
    file = open(descriptor, "rb", buffering=0)  # noqa: SIM115 - the caller closes it
    if not S_ISREG(os.fstat(descriptor).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "not a regular file")
    return file


class Reader:
    """Opens regular files under `root`, and only those, until the budget of files, bytes and time is used up.

    No file is opened twice for its head. Manifests are watched, and the folders that they lie in.
    """

    def __init__(self, root: str, budget: Budget, notes: Notes) -> None:
        self._root = os.fsencode(os.path.realpath(root))
        self._budget = budget
        self._notes = notes
        self._heads: dict[bytes, str | None] = {}
        self._folders: dict[bytes, bool] = {}
        self.files = 0
        self.bytes = 0

    def manifest(self, path: bytes) -> str | None:
        """Return the whole text at `path` (relative to the root), or None with a note of why it is not used."""
        full = os.path.join(self._root, path)
        self._notes.watch(os.path.dirname(full))
        self._notes.watch(full)
        data = self._read(path, MANIFEST_LIMIT + 1)
        if data is None:
            return None
        if len(data) > MANIFEST_LIMIT:
            self._notes.problem(shown(path), f"larger than {MANIFEST_LIMIT // 1024} KB, not read")
            return None
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16", "replace")
        if b"\0" in data:
            self._notes.problem(shown(path), "binary, not read")
            return None
        return data.decode("utf-8-sig", "replace")

    def head(self, path: bytes) -> str | None:
        """Return the beginning of the file at `path` as text, or None where that is not text or the time is short."""
        if self._budget.tight:  # also of what was read already: to look into it takes time, too
            self._notes.skip("the time was used up before the sample of the code was read")
            return None
        if path not in self._heads:
            data = self._read(path, HEAD)
            self._heads[path] = None if data is None or b"\0" in data else data.decode("utf-8", "replace")
        return self._heads[path]

    def _read(self, path: bytes, limit: int) -> bytes | None:
        if self._budget.spent:
            self._notes.skip("the time was used up before every file was read")
            return None
        left = MAX_BYTES_READ - self.bytes
        if self.files >= MAX_FILES_READ or left <= 0:
            self._skip_the_rest()
            return None
        try:
            data = self._open_and_read(path, min(limit, left))
        except FileNotFoundError:
            return None  # listed by git and deleted on disk
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.EMLINK):  # a link: not followed, and nothing to complain about
                self._notes.problem(shown(path), f"{(error.strerror or 'unreadable').lower()}, not read")
            return None
        if data is not None:
            self.files += 1
            self.bytes += len(data)
            if len(data) == left < limit:  # perhaps cut off, and then not what its author wrote
                self._skip_the_rest()
                return None
        return data

    def _skip_the_rest(self) -> None:
        self._notes.skip(f"no more than {MAX_FILES_READ} files and {MAX_BYTES_READ >> 20} MB are read")

    def _open_and_read(self, path: bytes, limit: int) -> bytes | None:
        full = os.path.join(self._root, path)
        if not self._is_inside(os.path.dirname(full)):
            return None
        with open_regular(full) as file:
            chunks = []
            while limit > 0 and (chunk := file.read(limit)):
                chunks.append(chunk)
                limit -= len(chunk)
            return b"".join(chunks)

    def _is_inside(self, folder: bytes) -> bool:
        """Return whether a folder is really below the root: one on the way to it may be a link."""
        inside = self._folders.get(folder)
        if inside is None:
            real = os.path.realpath(folder)
            inside = real == self._root or real.startswith(self._root.rstrip(b"/") + b"/")
            self._folders[folder] = inside
        return inside
