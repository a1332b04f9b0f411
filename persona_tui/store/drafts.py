"""Drafts that were not created yet, so that a failing server, a closed terminal or a second thought costs nothing."""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any

from persona_tui.base.errors import BadData, NotFound
from persona_tui.base.files import read_bounded, write_atomic
from persona_tui.base.paths import state_dir

_LIMIT = 8_000_000
_KEPT = 20


class DraftFile:
    """One draft. Each build has its own; the oldest of more than twenty goes."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or _folder() / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.urandom(3).hex()}.json"

    def keep(self, draft: dict[str, Any]) -> None:
        """Keep `draft` (JSON data) in the place of what was kept before. Raises CannotWrite."""
        write_atomic(self._path, json.dumps(draft, ensure_ascii=False, indent=1).encode())
        for old in _files()[:-_KEPT]:
            with contextlib.suppress(OSError):
                old.unlink()

    def read(self) -> dict[str, Any]:
        """Return what was kept. Raises NotFound, BadData."""
        try:
            draft = json.loads(read_bounded(self._path, _LIMIT))
        except ValueError:
            draft = None
        if not isinstance(draft, dict):
            raise BadData("the draft is damaged and cannot be gone on with", path=self._path)
        return draft

    def drop(self) -> None:
        """Forget the draft: it was created."""
        with contextlib.suppress(OSError):
            self._path.unlink()


def newest_first() -> list[DraftFile]:
    """Return the drafts there are, the one that was worked on last first. Raises NotFound where there is none."""
    files = _files()
    if not files:
        raise NotFound("there is no draft to go on with: every one was created")
    return [DraftFile(file) for file in reversed(files)]


def _files() -> list[Path]:
    with contextlib.suppress(OSError):
        return sorted(_folder().glob("*.json"), key=lambda file: (file.stat().st_mtime_ns, file.name))
    return []


def _folder() -> Path:
    return state_dir() / "drafts"
