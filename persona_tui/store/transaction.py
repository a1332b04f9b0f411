"""Several files change as one, and the change is a version that is kept.

The steps of `commit`, under the scope's lock:

1. the new files are written beside the registry, in a staging folder of this user, and made durable;
2. the journal is written: the version, and which staged file goes where (what is in place already is left out, or
   nobody could tell its move done from undone). From here on the change is decided;
3. the staged files are renamed into place, files to be removed are unlinked (no space is needed any more);
4. the journal is renamed into the history, which ends the change.

A process that dies before 2 leaves the old state, later the new one: whoever comes next (`recover`) clears the
staging folder, or finishes steps 3 and 4. A file that somebody edited between the crash and the recovery keeps
that edit: the journal knows what it was to replace.
"""

from __future__ import annotations

import binascii
import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from persona_tui.base.errors import CannotWrite, Conflict, PersonaError
from persona_tui.base.files import read_bounded, sync_folder, write_atomic, write_new, writing
from persona_tui.base.locks import exclusive
from persona_tui.store import history
from persona_tui.store.scopes import Scope

_JOURNAL_LIMIT = 8_000_000


@contextlib.contextmanager
def locked(scope: Scope, *, timeout: float = 30.0) -> Iterator[None]:
    """Hold the scope for writing, with what a crash left behind already mended. Raises CannotWrite, Conflict."""
    with writing(scope.root):
        scope.registry.mkdir(parents=True, exist_ok=True)
        scope.modelfiles.mkdir(exist_ok=True)
        scope.state.mkdir(parents=True, exist_ok=True)
    with exclusive(scope.registry, scope.state / "lock", timeout=timeout):
        _recover(scope)
        yield


def recover(scope: Scope) -> None:
    """Finish or clear what a crash left undone, if anything.

    A scope that cannot be written, or that somebody is writing, is read as it is.
    """
    if os.path.exists(_journal(scope)) or os.path.exists(_staging(scope)):
        with contextlib.suppress(CannotWrite, Conflict), locked(scope, timeout=0):
            pass


def commit(
    scope: Scope,
    name: str,
    changes: Mapping[Path, bytes | None],
    *,
    seen: tuple[Path, bytes | None],
    revision: str | None,
    text: str | None,
    by: str,
) -> None:
    """Put every file of `changes` in place (None removes it) and keep the version. Call it inside `locked`.

    `seen` is a file and the content that the change was made from. Raises Conflict when it has another one by now, and
    CannotWrite: nothing has changed then, unless the disk itself failed between two renames, and in that case
    the change is finished as soon as it can be.
    """
    staging = _staging(scope)
    version = history.History(scope).next_path(name)
    moves = []
    try:
        for target in changes:
            if not os.access(target.parent, os.W_OK | os.X_OK):
                raise CannotWrite(f"cannot write {target}: permission is denied, or the file system is read-only")
        with writing(staging):
            staging.mkdir()
            version.parent.mkdir(parents=True, exist_ok=True)
        for number, (target, data) in enumerate(changes.items()):
            was, source = _digest(target), None if data is None else str(number)
            if was == (None if data is None else _sha256(data)):
                continue
            if data is not None:
                write_new(staging / str(number), data, like=target)
            moves.append({"from": source, "to": str(target.relative_to(scope.root)), "was": was})
        sync_folder(staging)
        if _digest(seen[0]) != (None if seen[1] is None else _sha256(seen[1])):
            raise Conflict(f"{seen[0]} was changed by another program in this moment; look at it and try again")
        record = history.entry(revision, text, by, moves=moves, version=str(version.relative_to(scope.state)))
        write_atomic(_journal(scope), record)
    except BaseException:
        _clear(staging)
        raise
    _finish(scope)


def _clear(folder: Path) -> None:
    import shutil  # late: brings the modules of archives along, and reading needs none of it

    shutil.rmtree(folder, ignore_errors=True)


def _staging(scope: Scope) -> Path:
    """Return the staging folder of this user on this machine: nobody clears what another one's journal speaks of."""
    owner = f"{os.getuid()}@{os.uname().nodename}:{scope.state}"
    return scope.root / f".staging-{binascii.crc32(owner.encode('utf-8', 'surrogateescape')):08x}"


def _journal(scope: Scope) -> Path:
    return scope.state / "journal.json"


def _recover(scope: Scope) -> None:
    if os.path.exists(_journal(scope)):
        _finish(scope)
    else:
        _clear(_staging(scope))


def _finish(scope: Scope) -> None:
    """Steps 3 and 4; they can be done again from any point."""
    journal = _journal(scope)
    staging = _staging(scope)
    record = _read_journal(journal)
    if record is None or not all(_possible(scope, staging, move) for move in record["moves"]):
        with writing(journal):
            os.replace(
                journal, journal.with_name("journal.lost.json")
            )  # what cannot be finished is kept to be looked at
        _clear(staging)
        return
    with writing(scope.root):
        folders = set()
        for move in record["moves"]:
            target = scope.root / move["to"]
            folders.add(target.parent)
            if _digest(target) != move["was"]:
                continue  # done before the crash, or edited since: that edit is the truth now
            if move["from"] is None:
                target.unlink(missing_ok=True)
            else:
                os.replace(staging / move["from"], target)
        for folder in folders:
            sync_folder(folder)
        version = scope.state / record["version"]
        version.parent.mkdir(parents=True, exist_ok=True)
        os.replace(journal, version)
        sync_folder(version.parent)
    _clear(staging)


def _read_journal(journal: Path) -> dict[str, Any] | None:
    """Return the journal, None where it is damaged: it is written in one step, so the disk or somebody did that."""
    try:
        record = json.loads(read_bounded(journal, _JOURNAL_LIMIT))
        return record if isinstance(record["moves"], list) and isinstance(record["version"], str) else None
    except (ValueError, KeyError, TypeError, PersonaError):
        return None


def _possible(scope: Scope, staging: Path, move: dict[str, Any]) -> bool:
    """Whether a move is done, or can be done."""
    undone = _digest(scope.root / move["to"]) == move["was"]
    return not undone or move["from"] is None or os.path.exists(staging / move["from"])


def _sha256(data: bytes) -> str:
    import hashlib  # late: only a change needs it

    return hashlib.sha256(data).hexdigest()


def _digest(path: Path) -> str | None:
    """Return the SHA-256 of a file's content, None where there is none."""
    try:
        return _sha256(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"unreadable: {error.errno}"
