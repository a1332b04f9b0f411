"""The journal of a conversation: JSON lines that are only ever appended to, each on disk before the next thing happens.

Beside `ID.jsonl` lies `ID.heard` while a model answers: the answer as far as it has arrived. Whoever is killed in the
middle of it loses what had not arrived, and nothing else.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import time
from pathlib import Path
from typing import Any

from persona_tui.base.errors import BadData, Conflict, NotFound
from persona_tui.base.files import read_bounded, sync_folder, writing
from persona_tui.base.paths import state_dir

_LIMIT = 64_000_000
"""Bytes of a journal; a round has about three thousand."""
_SHORTEST_ID = 4
_PATIENCE = 0.1
"""Seconds to wait for a journal: whoever looks at it holds it for a moment."""
_CANNOT_LOCK = {errno.EBADF, errno.ENOLCK, errno.ENOTSUP, errno.EINVAL}


class Journal:
    """One journal, held against every other process that would write to it until it is closed.

    One that another process holds is `busy`; one that is busy, cannot be written or was only looked at, `read_only`.
    """

    def __init__(self, path: Path, handle: int, *, read_only: bool = False, busy: bool = False) -> None:
        self._path = path
        self._handle = handle
        self._heard = -1
        self._fresh = False
        self.read_only = read_only
        self.busy = busy

    @classmethod
    def create(cls) -> Journal:
        """Begin a journal with an id of its own. Raises CannotWrite."""
        path = _folder() / f"{time.strftime('%m%d')}-{os.urandom(3).hex()}.jsonl"
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        journal = cls(path, handle)
        journal._fresh = True
        _hold(handle)
        sync_folder(path.parent)
        return journal

    @classmethod
    def open(cls, session_id: str) -> Journal:
        """Open the journal of a session, by its id or an unmistakable part of it. Raises NotFound, BadData."""
        path = _find(session_id)
        try:
            handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        except OSError:
            return cls(path, -1, read_only=True)
        held = _hold(handle)
        if os.fstat(handle).st_nlink == 0:  # it was removed while we waited for it
            os.close(handle)
            raise NotFound(f"there is no session '{session_id}' any more: it has just been removed")
        journal = cls(path, handle, read_only=not held, busy=not held)
        if held:
            journal._drop_cut_line()
        return journal

    @classmethod
    def look(cls, session_id: str) -> Journal:
        """Open the journal of a session to read it; nothing of it changes, and nobody is kept out.

        Raises NotFound, BadData.
        """
        path = _find(session_id)
        with contextlib.suppress(OSError):
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                return cls(path, -1, read_only=True, busy=_is_held(handle))
            finally:
                os.close(handle)
        return cls(path, -1, read_only=True)

    @property
    def id(self) -> str:
        return self._path.stem

    @property
    def path(self) -> Path:
        return self._path

    def read(self) -> list[dict[str, Any]]:
        """Return the events so far; a last one that was cut off in the middle never happened. Raises BadData."""
        lines = read_bounded(self._path, _LIMIT).split(b"\n")
        return [self._parsed(number, line) for number, line in enumerate(lines[:-1], 1)]

    def append(self, event: dict[str, Any]) -> None:
        """Put `event` on disk, behind all others. Raises CannotWrite; Conflict where the journal is read-only."""
        if self.read_only:
            raise Conflict(f"session {self.id} is only read here")
        line = json.dumps(event, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        with writing(self._path):
            end = os.fstat(self._handle).st_size
            try:
                _write(self._handle, line)
            except OSError:  # a full disk: the part that was written would be half an event for the next one
                os.ftruncate(self._handle, end)
                raise
            os.fsync(self._handle)

    def hear(self, text: str) -> None:
        """Keep a piece of an answer that has arrived. What cannot be written is no reason to end the answer."""
        if self.read_only:
            return
        with contextlib.suppress(OSError):
            if self._heard < 0:
                flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
                self._heard = os.open(self._path.with_suffix(".heard"), flags, 0o600)
            _write(self._heard, text.encode("utf-8", "replace"))

    def heard(self) -> str:
        """Return the answer that was arriving when somebody stopped; '' where there is none."""
        with contextlib.suppress(NotFound, BadData):
            return read_bounded(self._path.with_suffix(".heard"), _LIMIT).decode("utf-8", "replace")
        return ""

    def forget_heard(self) -> None:
        """Drop what was heard: the answer is in the journal now."""
        if self._heard >= 0:
            os.close(self._heard)
            self._heard = -1
        if not self.read_only:
            with contextlib.suppress(OSError):
                self._path.with_suffix(".heard").unlink()

    def close(self) -> None:
        """Let others write to the journal. One that was begun here and in which nothing happened goes."""
        if self._fresh and os.fstat(self._handle).st_size == 0:
            with contextlib.suppress(OSError):
                self._path.unlink()
        for handle in (self._heard, self._handle):
            if handle >= 0:
                os.close(handle)
        self._heard = self._handle = -1
        self._fresh = False

    def _parsed(self, number: int, line: bytes) -> dict[str, Any]:
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if not isinstance(event, dict):
            raise BadData("the session is damaged and cannot be gone on with", path=f"{self._path}:{number}")
        return event

    def _drop_cut_line(self) -> None:
        """Take half a line from the end: a process was killed, or the machine went down, while it was written."""
        with contextlib.suppress(OSError, NotFound, BadData):
            data = read_bounded(self._path, _LIMIT)
            if data and not data.endswith(b"\n"):
                os.ftruncate(self._handle, data.rfind(b"\n") + 1)


def session_ids() -> list[str]:
    """Return the ids of all sessions, the one that was worked on last first."""
    return [path.stem for path in reversed(_files())]


def remove_session(session_id: str) -> str:
    """Remove a session and return its whole id. Raises NotFound, BadData, CannotWrite, Conflict for an open one."""
    journal = Journal.open(session_id)
    try:
        if journal.busy:
            raise Conflict(f"session {journal.id} is open in another process")
        journal.forget_heard()
        with writing(journal.path):
            journal.path.unlink()
        return journal.id
    finally:
        journal.close()


def _hold(handle: int) -> bool:
    """Take the journal for this process; the kernel gives it back, however the process ends."""
    give_up = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > give_up:
                return False
            time.sleep(_PATIENCE / 10)
        except OSError as error:
            return error.errno in _CANNOT_LOCK  # where nobody can lock, nobody can be kept out


def _is_held(handle: int) -> bool:
    """Whether another process holds a journal. Looking keeps it for no longer than the question takes."""
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    fcntl.flock(handle, fcntl.LOCK_UN)
    return False


def _write(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


def _find(session_id: str) -> Path:
    exact = _folder() / f"{session_id}.jsonl"
    if "/" not in session_id and exact.is_file():
        return exact
    found = [path for path in _files() if len(session_id) >= _SHORTEST_ID and session_id in path.stem]
    if not found:
        raise NotFound(f"there is no session '{session_id}': 'persona sessions list' shows those that there are")
    if len(found) > 1:
        raise BadData(f"'{session_id}' could be {', '.join(path.stem for path in found)}: say more of it")
    return found[0]


def _files() -> list[Path]:
    """Return the journals there are, the one that was written to last at the end."""
    found = []
    with contextlib.suppress(OSError):
        for file in _folder().glob("*.jsonl"):
            with contextlib.suppress(OSError):  # it was removed in this moment
                state = file.stat()
                if state.st_size:  # in an empty one nothing has happened yet
                    found.append((state.st_mtime_ns, file.name, file))
    return [file for _, _, file in sorted(found)]


def _folder() -> Path:
    return state_dir() / "sessions"
