"""What `list` shows, kept in SQLite so that ten thousand files need not be parsed again.

A file is known by name, size and modification time (nanoseconds). The index belongs to one user and can be deleted
at any time; an index that SQLite calls damaged is made anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from persona_tui.store.scopes import Scope

Row = dict[str, Any]
Stat = tuple[int, int]

_SCHEMA = "CREATE TABLE IF NOT EXISTS files (name TEXT PRIMARY KEY, size INT, mtime INT, row TEXT) WITHOUT ROWID"
_VERSION = 1


class Index:
    """The index of one scope. `read_row` turns a persona file into its row; it is called for changed files only.

    With `keep` false the index is made in memory and forgotten.
    """

    def __init__(self, scope: Scope, read_row: Callable[[Scope, str], Row], *, keep: bool = True) -> None:
        self._scope = scope
        self._keep = keep
        self._read_row = read_row
        self._path = scope.state / "index.sqlite"

    def texts(self, progress: Callable[[int, int], None] | None = None) -> dict[str, str]:
        """Return name → row, as JSON text, of each persona file; changed files are read again first.

        `progress` is told (done, total) while many files are read.
        """
        files = scan(self._scope.registry)
        with self._open() as database:
            known: dict[str, str] = {}
            gone: list[str] = []
            for name, size, mtime, row in database.execute("SELECT * FROM files"):
                if files.get(name) == (size, mtime):
                    known[name] = row
                elif name not in files:
                    gone.append(name)
            changed = [name for name in files if name not in known] if len(known) < len(files) else []
            if changed or gone:
                fresh = self._read(changed, files, progress)
                if self._keep:
                    self._remember(database, gone, fresh)
                known.update({name: row for name, _, _, row in fresh})
        return known

    def put(self, name: str, row: Row) -> None:
        """Remember the row of a file that was just written, so that nobody has to parse it."""
        with contextlib.suppress(OSError, sqlite3.Error), self._open() as database, database:
            stat = os.stat(self._scope.persona_file(name))
            values = (name, stat.st_size, stat.st_mtime_ns, json.dumps(row, ensure_ascii=False))
            database.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", values)

    @staticmethod
    def _remember(database: sqlite3.Connection, gone: list[str], fresh: list[tuple[str, int, int, str]]) -> None:
        with contextlib.suppress(sqlite3.OperationalError), database:  # a read-only folder is answered for all the same
            database.executemany("DELETE FROM files WHERE name = ?", [(name,) for name in gone])
            database.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", fresh)

    def _read(
        self, names: list[str], files: dict[str, Stat], progress: Callable[[int, int], None] | None
    ) -> list[tuple[str, int, int, str]]:
        rows = []
        for done, name in enumerate(names, 1):
            rows.append((name, *files[name], json.dumps(self._read_row(self._scope, name), ensure_ascii=False)))
            if progress is not None:
                progress(done, len(names))
        return rows

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            database = _connect(self._path if self._keep or self._path.exists() else None)
        except sqlite3.DatabaseError:
            with contextlib.suppress(OSError):
                self._path.unlink()
            database = _connect(self._path)
        with contextlib.closing(database):
            yield database


def scan(folder: Path) -> dict[str, Stat]:
    """Return name → (size, modification time in ns) of the persona files in `folder`."""
    files: dict[str, Stat] = {}
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError), os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name[-5:] == ".yaml" and name[0] != ".":
                try:
                    stat = entry.stat()
                except OSError:
                    continue  # gone since it was listed, or a link to nowhere
                files[name[:-5]] = (stat.st_size, stat.st_mtime_ns)
    return files


def _connect(path: Path | None) -> sqlite3.Connection:
    """Open the database at `path`; in memory where there is none, or its folder cannot be written."""
    database = _open_file(path) if path else None
    if database is None:
        database = sqlite3.connect(":memory:")
    if database.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
        with database:
            database.execute("DROP TABLE IF EXISTS files")
            database.execute(_SCHEMA)
            database.execute(f"PRAGMA user_version = {_VERSION}")
    return database


def _open_file(path: Path) -> sqlite3.Connection | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return sqlite3.connect(path, timeout=10)
    except (OSError, sqlite3.OperationalError):
        return None
