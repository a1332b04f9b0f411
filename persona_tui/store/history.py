"""Every version of every persona, one JSON file each, in the user's state folder."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from persona_tui.base.errors import BadData, PersonaError
from persona_tui.base.files import read_bounded, write_atomic
from persona_tui.store.scopes import Scope

_LIMIT = 8_000_000


def revision_of(data: bytes) -> str:
    """Return the revision of a persona file's content: the first 12 hexadecimal digits of its SHA-256."""
    import hashlib  # late: listing needs no revision

    return hashlib.sha256(data).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Version:
    """A version that was kept. `text` is None where the persona was removed. `saved_at` is seconds since 1970."""

    number: int
    revision: str | None
    text: str | None
    saved_at: float
    by: str

    def to_json(self) -> dict[str, object]:
        return {"revision": self.revision, "text": self.text, "saved_at": self.saved_at, "by": self.by}


class History:
    """The versions of one scope."""

    def __init__(self, scope: Scope) -> None:
        self._root = scope.state / "history"

    def folder(self, name: str) -> Path:
        return self._root / name

    def numbers(self, name: str) -> list[int]:
        """Return the numbers of the versions of `name`, oldest first."""
        try:
            return sorted(int(file.stem) for file in self.folder(name).glob("*.json") if file.stem.isdigit())
        except OSError:
            return []

    def next_path(self, name: str) -> Path:
        """Return where the next version of `name` goes."""
        numbers = self.numbers(name)
        return self.folder(name) / f"{(numbers[-1] if numbers else 0) + 1:06d}.json"

    def read(self, name: str, number: int) -> Version:
        """Return one version. Raises NotFound or BadData."""
        path = self.folder(name) / f"{number:06d}.json"
        try:
            entry = json.loads(read_bounded(path, _LIMIT))
            return Version(number, entry["revision"], entry["text"], entry["saved_at"], entry["by"])
        except (ValueError, KeyError, TypeError):
            raise BadData("this version is damaged", path=path) from None

    def all(self, name: str) -> list[Version]:
        """Return every version of `name` that can be read, oldest first."""
        return list(self._newest_first(name))[::-1]

    def _newest_first(self, name: str) -> Iterator[Version]:
        for number in reversed(self.numbers(name)):
            with contextlib.suppress(PersonaError):
                yield self.read(name, number)

    def last(self, name: str) -> Version | None:
        """Return the newest version of `name`, if there is one."""
        return next(self._newest_first(name), None)

    def find(self, name: str, revision: str) -> Version | None:
        """Return the newest version of `name` with `revision`, if it was kept."""
        return next((version for version in self._newest_first(name) if version.revision == revision), None)

    def keep(self, name: str, data: bytes, by: str) -> None:
        """Keep `data` as a version unless it is the newest already: an edit made outside this program is one too."""
        last = self.last(name)
        revision = revision_of(data)
        if last is None or last.revision != revision:
            text = data.decode("utf-8", "replace")
            write_atomic(self.next_path(name), entry(revision, text, by))


def entry(revision: str | None, text: str | None, by: str, **more: object) -> bytes:
    """Return the content of a version's file."""
    fields = {"revision": revision, "text": text, "saved_at": time.time(), "by": by, **more}
    return json.dumps(fields, ensure_ascii=False, indent=1).encode()
