"""Keeps what was detected until the codebase changes.

Whether it has is told by what the survey watched, as it was before it was read: git's index and HEAD, manifests and the
folders that they lie in, files of attributes, and, for what git does not track, ignore files and the first folders that
were entered. Such an answer is kept for a day at most. Names and shares are kept, no content.
"""

from __future__ import annotations

import json
import os
from hashlib import blake2b
from time import time

from persona_tui.detect.reading import signature
from persona_tui.detect.result import Detection
from persona_tui.detect.rules import rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from persona_tui.detect.reading import Notes

_VERSION = 2
_A_DAY = 24 * 3600
_FOREVER = 2**60


class Cache:
    """What is known of the codebase at `root`, in a file in `folder`.

    Any trouble with that file is as if it were not there.
    """

    def __init__(self, folder: str, root: str) -> None:
        self._folder = folder
        self._root = root
        self._file = os.path.join(folder, blake2b(os.fsencode(root), digest_size=12).hexdigest() + ".json")

    def get(self) -> Detection | None:
        """Return what was kept, if it still holds."""
        try:
            with open(self._file, "rb") as file:
                kept = json.loads(file.read())
            if kept["rules"] != [_VERSION, rules().digest] or kept["root"] != self._root or kept["until"] < time():
                return None
            if any(signature(path) != before for path, before in kept["watched"].items()):
                return None
            detection = Detection.from_json(kept["detection"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        detection.stats["cached"] = True
        return detection

    def put(self, detection: Detection, notes: Notes, *, lasting: bool) -> None:
        """Keep `detection` until what `notes` watched changes, and for a day at most where it is not `lasting`."""
        from pathlib import Path

        from persona_tui.base.errors import PersonaError
        from persona_tui.base.files import write_atomic

        content = {
            "rules": [_VERSION, rules().digest],
            "root": self._root,
            "until": _FOREVER if lasting else time() + _A_DAY,
            "watched": notes.watched,
            "detection": detection.to_json(),
        }
        try:
            os.makedirs(self._folder, exist_ok=True)
            write_atomic(Path(self._file), json.dumps(content).encode())
        except (OSError, PersonaError, UnicodeEncodeError):
            return  # it will be detected again
