"""What this user has put on which server: the digest of each model, right after it was created."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from persona_tui.base.errors import PersonaError
from persona_tui.base.files import read_bounded, write_atomic
from persona_tui.base.locks import exclusive
from persona_tui.base.paths import state_dir

_LIMIT = 20_000_000


@dataclass(frozen=True, slots=True)
class Applied:
    """One creation: the revision of the persona, and the model's digest as the server named it."""

    revision: str
    digest: str | None


class AppliedRecord:
    """The record of one server, known by its address."""

    def __init__(self, address: str) -> None:
        self._path = state_dir() / "applied" / f"{hashlib.sha256(address.encode()).hexdigest()[:16]}.json"
        self._address = address

    def get(self, name: str) -> Applied | None:
        """Return what was applied under `name`, if anything was."""
        entry = self._read().get(name)
        return Applied(entry["revision"], entry["digest"]) if entry else None

    def put(self, name: str, applied: Applied | None) -> None:
        """Remember what was applied under `name`, or forget it (None). Raises CannotWrite."""
        folder = self._path.parent
        folder.mkdir(parents=True, exist_ok=True)
        with exclusive(folder, folder / "lock"):
            entries = self._read()
            entries.pop(name, None)
            if applied is not None:
                entries[name] = {"revision": applied.revision, "digest": applied.digest}
            write_atomic(self._path, json.dumps({"address": self._address, "models": entries}, indent=1).encode())

    def _read(self) -> dict[str, Any]:
        try:
            content = json.loads(read_bounded(self._path, _LIMIT))
        except (ValueError, PersonaError):
            return {}  # none yet, or damaged: then a person is asked once more before anything is overwritten
        models = content.get("models") if isinstance(content, dict) else None
        return models if isinstance(models, dict) else {}
