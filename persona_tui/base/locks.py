"""One writer at a time in a folder."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from persona_tui.base.errors import Conflict
from persona_tui.base.files import writing

_UNSUPPORTED = {errno.EBADF, errno.ENOLCK, errno.ENOTSUP, errno.EINVAL}


@contextlib.contextmanager
def exclusive(folder: Path, fallback: Path, *, timeout: float = 30.0) -> Iterator[None]:
    """Hold `folder` against every other process that takes this lock.

    The folder itself is locked, so nothing is left in it that a version control system would see, and processes of
    several users exclude each other. File systems that cannot lock a folder (NFS needs a handle open for writing)
    get the file `fallback` instead. The kernel drops the lock with the process, however that ends.

    Raises Conflict after `timeout` seconds, CannotWrite when the folder cannot be opened.
    """
    handle = _open(folder, os.O_RDONLY)
    try:
        if not _acquire(handle, folder, timeout):
            with writing(fallback):
                fallback.parent.mkdir(parents=True, exist_ok=True)
            file = _open(fallback, os.O_RDWR | os.O_CREAT)
            os.dup2(file, handle, inheritable=False)
            os.close(file)
            _acquire(handle, folder, timeout)
        yield
    finally:
        os.close(handle)


def _open(path: Path, flags: int) -> int:
    with writing(path):
        return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _acquire(handle: int, folder: Path, timeout: float) -> bool:
    """Return False where this kind of handle cannot be locked."""
    give_up = time.monotonic() + timeout
    pause = 0.001
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= give_up:
                raise Conflict(
                    f"another process is writing in {folder}, for more than {timeout:.0f} s; try again"
                ) from None
            time.sleep(pause)
            pause = min(pause * 2, 0.05)
        except OSError as error:
            if error.errno in _UNSUPPORTED:
                return False
            raise
