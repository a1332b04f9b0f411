"""What `list` shows, kept in SQLite so that ten thousand files need not be parsed again.

A file is known by name, size and modification time (nanoseconds): its signature, one line of text. The index of a scope
is one snapshot, all signatures in order of name and all rows (JSON, one line each) in the same order, and what was
written since. As long as no file changed, checking it is comparing two texts.

The index belongs to one user and can be deleted at any time; one that SQLite calls damaged is made anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from persona_tui.store.scopes import Scope

Row = dict[str, Any]
Progress = Callable[[int, int], None]

_SCHEMA = """
CREATE TABLE snapshot (signatures TEXT, rows TEXT);
CREATE TABLE recent (signature TEXT PRIMARY KEY, row TEXT) WITHOUT ROWID;
"""
_VERSION = 2


@dataclass(frozen=True, slots=True)
class Listing:
    """The personas of a scope in order of name. `rows` has one line of JSON for each, and ends without a line end."""

    names: list[str]
    rows: str

    def lines(self) -> list[str]:
        return self.rows.split("\n") if self.names else []


class Index:
    """The index of one scope. `read_row` turns a persona file into its row; it is called for changed files only.

    With `keep` false the index is made in memory and forgotten.
    """

    def __init__(self, scope: Scope, read_row: Callable[[Scope, str], Row], *, keep: bool = True) -> None:
        self._scope = scope
        self._keep = keep
        self._read_row = read_row
        self._path = scope.state / "index.sqlite"

    def listing(self, progress: Progress | None = None) -> Listing:
        """Return what there is now; changed files are read again first.

        `progress` is told (done, total) while many files are read.
        """
        for _ in range(2):
            try:
                return self._listing(progress, self._file)
            except sqlite3.DatabaseError:
                with contextlib.suppress(OSError):
                    self._path.unlink()
        return self._listing(
            progress, None
        )  # a full disk, say: nothing can be kept, and the files are there to be read

    @property
    def _file(self) -> Path | None:
        return self._path if self._keep or os.path.exists(self._path) else None

    def _listing(self, progress: Progress | None, file: Path | None) -> Listing:
        signatures = scan(self._scope.registry)
        names = [signature.partition("\t")[0] for signature in signatures]
        joined = "\n".join(signatures)
        with _open(file) as database:
            before, rows = database.execute("SELECT signatures, rows FROM snapshot").fetchone() or ("", "")
            if before != joined:
                known = dict(zip(before.split("\n"), rows.split("\n"), strict=True))
                known.update(database.execute("SELECT signature, row FROM recent"))
                rows = "\n".join(self._rows(names, signatures, known, progress))
                if self._keep:
                    _remember(database, joined, rows)
        return Listing(names, rows)

    def put(self, name: str, row: Row) -> None:
        """Remember the row of a file that was just written, so that nobody has to parse it."""
        with contextlib.suppress(OSError, sqlite3.Error), _open(self._file) as database, database:
            signature = _signature(name, os.stat(self._scope.persona_file(name)))
            database.execute("INSERT OR REPLACE INTO recent VALUES (?, ?)", (signature, _line(row)))

    def _rows(
        self, names: list[str], signatures: list[str], known: dict[str, str], progress: Progress | None
    ) -> Iterator[str]:
        missing = sum(signature not in known for signature in signatures)
        done = 0
        for name, signature in zip(names, signatures, strict=True):
            row = known.get(signature)
            if row is None:
                row = _line(self._read_row(self._scope, name))
                done += 1
                if progress is not None:
                    progress(done, missing)
            yield row


def scan(folder: Path) -> list[str]:
    """Return the signatures of the persona files in `folder`, sorted; what has no plain name is left out."""
    signatures = []
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError), os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name[-5:] == ".yaml" and name[0] != "." and name.isprintable():
                try:
                    signatures.append(_signature(name[:-5], entry.stat()))
                except OSError:
                    continue  # gone since it was listed, or a link to nowhere
    signatures.sort()
    return signatures


def _signature(name: str, stat: os.stat_result) -> str:
    return f"{name}\t{stat.st_size}\t{stat.st_mtime_ns}"


def _line(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False)


def _remember(database: sqlite3.Connection, signatures: str, rows: str) -> None:
    with contextlib.suppress(sqlite3.OperationalError), database:  # a read-only folder is answered for all the same
        database.execute("DELETE FROM recent")
        database.execute("DELETE FROM snapshot")
        database.execute("INSERT INTO snapshot VALUES (?, ?)", (signatures, rows))


@contextlib.contextmanager
def _open(path: Path | None) -> Iterator[sqlite3.Connection]:
    """Open the database at `path`; in memory where there is none, or its folder cannot be written."""
    database = _open_file(path) if path else None
    with contextlib.closing(database or sqlite3.connect(":memory:")) as database:
        _migrate(database)
        yield database


def _migrate(database: sqlite3.Connection) -> None:
    """Make the tables anew where they are of another version of ours, or none."""
    if database.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
        with database:
            for table in ("snapshot", "recent"):
                database.execute(f"DROP TABLE IF EXISTS {table}")
            database.executescript(f"{_SCHEMA} PRAGMA user_version = {_VERSION};")


def _open_file(path: Path) -> sqlite3.Connection | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return sqlite3.connect(path, timeout=10)
    except (OSError, sqlite3.OperationalError):
        return None
