"""What this user has put on which server: the digest of each model, right after it was created."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from typing import Any

from persona_tui.base.errors import PersonaError
from persona_tui.base.files import check_writable, read_bounded, write_atomic, writing
from persona_tui.base.locks import exclusive
from persona_tui.base.paths import state_dir

_LIMIT = 20_000_000
_KEYS = {"revision", "digest", "registry"}


@dataclass(frozen=True, slots=True)
class Applied:
    """One creation: the revision of the persona, the model's digest as the server named it, and whose persona it was.

    `registry` is the folder of the scope that the persona is in.
    """

    revision: str
    digest: str | None
    registry: str

    def belongs_to_another(self, owner: str) -> bool:
        """Whether a registry other than `owner` applied it, and is still there to look after it."""
        return self.registry != owner and os.path.isdir(self.registry)


class AppliedRecord:
    """The record of one server, known by its address."""

    def __init__(self, address: str) -> None:
        place = re.sub(r"//(?:localhost|\[::1\])(?=[:/]|$)", "//127.0.0.1", address)  # one machine, one record
        self._path = state_dir() / "applied" / f"{hashlib.sha256(place.encode()).hexdigest()[:16]}.json"
        self._address = address

    def get(self, name: str) -> Applied | None:
        """Return what was applied under `name`, if anything was."""
        entry = self._read().get(name)
        return Applied(entry["revision"], entry["digest"], entry["registry"]) if entry else None

    def check_writable(self) -> None:
        """Raise CannotWrite now if the record could not be kept later, when a server has been changed already."""
        self._make_folder()
        check_writable(self._path.parent)

    def put(self, name: str, applied: Applied | None) -> None:
        """Remember what was applied under `name`, or forget it (None). Raises CannotWrite."""
        self._make_folder()
        folder = self._path.parent
        with exclusive(folder, folder / "lock"):
            entries = self._read()
            entries.pop(name, None)
            if applied is not None:
                entries[name] = asdict(applied)
            write_atomic(self._path, json.dumps({"address": self._address, "models": entries}, indent=1).encode())

    def _make_folder(self) -> None:
        with writing(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)

    def _read(self) -> dict[str, Any]:
        try:
            content = json.loads(read_bounded(self._path, _LIMIT))
        except (ValueError, PersonaError):
            return {}  # none yet, or damaged: then a person is asked once more before anything is overwritten
        models = content.get("models") if isinstance(content, dict) else None
        entries = models if isinstance(models, dict) else {}
        return {name: entry for name, entry in entries.items() if isinstance(entry, dict) and entry.keys() >= _KEYS}
