"""The draft that was last worked on, kept until it is created, so that a failing server costs nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from persona_tui.base.errors import BadData, NotFound
from persona_tui.base.files import read_bounded, write_atomic
from persona_tui.base.paths import state_dir

_LIMIT = 8_000_000


def keep_draft(draft: dict[str, Any]) -> None:
    """Keep `draft` (JSON data) as the one to go on with. Raises CannotWrite."""
    write_atomic(_path(), json.dumps(draft, ensure_ascii=False, indent=1).encode())


def last_draft() -> dict[str, Any]:
    """Return the draft to go on with. Raises NotFound where there is none, BadData where it is damaged."""
    try:
        draft = json.loads(read_bounded(_path(), _LIMIT))
    except NotFound:
        raise NotFound("there is no draft to go on with: the last one was created") from None
    except ValueError:
        raise BadData("the draft is damaged and cannot be gone on with", path=_path()) from None
    if not isinstance(draft, dict):
        raise BadData("the draft is damaged and cannot be gone on with", path=_path())
    return draft


def drop_draft() -> None:
    """Forget the draft: it was created."""
    _path().unlink(missing_ok=True)


def _path() -> Path:
    return state_dir() / "drafts" / "last.json"
