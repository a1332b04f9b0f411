"""Reading within bounds, writing so that a reader sees the old content or the new one and never a part."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from persona_tui.base.errors import BadData, CannotWrite, NotFound

PERSONA_LIMIT = 1_000_000
"""Bytes of a persona file or a Modelfile; a longer one is a mistake, and reading it would take the memory of others."""

_PROBE = 1 << 16
"""Bytes that are written to see whether there is room for a record."""

WRITE_FAILURES = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.EFBIG: "the file would be larger than allowed",
}
"""What only writing can fail of, by its number in an OSError."""

_REASONS = {**WRITE_FAILURES, errno.EACCES: "permission is denied", errno.EPERM: "permission is denied"}


def read_bounded(path: Path, limit: int = PERSONA_LIMIT) -> bytes:
    """Return the content of the regular file `path`.

    Raises NotFound, or BadData when it is no regular file (a pipe would block for ever), longer than `limit` bytes,
    or not readable.
    """
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise BadData("not a regular file" if not stat.S_ISDIR(mode) else "a folder, not a file", path=path)
            data = file.read(limit + 1)
    except FileNotFoundError:
        raise NotFound(f"{path}: no such file") from None
    except OSError as error:
        raise BadData(f"cannot be read: {error.strerror or error}", path=path) from None
    if len(data) > limit:
        raise BadData(f"longer than {limit:,} bytes, which nothing of its kind is", path=path)
    return data


def write_atomic(path: Path, data: bytes) -> None:
    """Put `data` at `path` in one step: a reader, or a crash at any moment, finds the old content or the new.

    Folders on the way are made. A link at `path` is replaced and not followed. Raises CannotWrite.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
        try:
            write_new(beside, data, like=path)
            os.replace(beside, path)
        except BaseException:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise
        sync_folder(path.parent)


def write_new(path: Path, data: bytes, *, like: Path | None = None) -> None:
    """Make the file `path` with `data`, durable before this returns, with the permissions of `like` where that exists.

    Raises CannotWrite.
    """
    with writing(path), open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666), "wb") as file:
        if like is not None:
            with contextlib.suppress(FileNotFoundError):
                os.fchmod(file.fileno(), stat.S_IMODE(like.stat().st_mode))
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def check_writable(folder: Path) -> None:
    """Raise CannotWrite now if no file could be written in `folder` later.

    Permissions do not tell: a full disk is only seen by writing. Nothing stays behind.
    """
    probe = folder / f".{os.urandom(6).hex()}"
    try:
        write_new(probe, bytes(_PROBE))
    except CannotWrite as error:
        reason = reason_of(error.__cause__) if isinstance(error.__cause__, OSError) else str(error)
        raise CannotWrite(f"cannot write in {folder}: {reason}") from error
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable; a file system that cannot is left alone."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an OSError inside into CannotWrite, one sentence about `path`."""
    try:
        yield
    except OSError as error:
        raise CannotWrite(f"cannot write {path}: {reason_of(error)}") from error


def reason_of(error: OSError) -> str:
    """Return in a few words what the system says is in the way."""
    return _REASONS.get(error.errno or 0) or (error.strerror or str(error)).lower()
