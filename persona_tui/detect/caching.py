"""Keeps what was detected until the codebase changes.

Whether it has is told by git's index and HEAD, by the manifests that were read, and by the folders that they lie in;
without git by the folders at and below the root, and then for a day at most. Names and shares are kept, no content.
"""

from __future__ import annotations

import json
import os
from hashlib import blake2b
from time import time

from persona_tui.detect.result import Detection
from persona_tui.detect.rules import rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from persona_tui.detect.listing import Listing

_VERSION = 1
_A_DAY = 24 * 3600
_FOREVER = 2**60
_MOST_FOLDERS = 256


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
            if any(_signature(path) != signature for path, signature in kept["watched"]):
                return None
            detection = Detection.from_json(kept["detection"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        detection.stats["cached"] = True
        return detection

    def put(self, detection: Detection, listing: Listing, manifests: list[bytes]) -> None:
        """Keep `detection`, which was made from `listing` and `manifests`."""
        from pathlib import Path

        from persona_tui.base.errors import PersonaError
        from persona_tui.base.files import write_atomic

        content = {
            "rules": [_VERSION, rules().digest],
            "root": self._root,
            "until": time() + _A_DAY if listing.source == "walk" else _FOREVER,
            "watched": [(path, _signature(path)) for path in self._watched(listing, manifests)],
            "detection": detection.to_json(),
        }
        try:
            os.makedirs(self._folder, exist_ok=True)
            write_atomic(Path(self._file), json.dumps(content).encode())
        except (OSError, PersonaError, UnicodeEncodeError):
            return  # it will be detected again

    def _watched(self, listing: Listing, manifests: list[bytes]) -> list[str]:
        paths = [os.fsdecode(path) for path in manifests]
        folders = {path.rpartition("/")[0] for path in paths}
        watched = [os.path.join(self._root, path) for path in (*paths, *sorted(folders))]
        if listing.repository:
            watched += [os.path.join(listing.repository.git_folder, name) for name in ("index", "HEAD")]
        if listing.source == "walk":
            below = {os.fsdecode(path).partition("/")[0] for path in listing.paths if b"/" in path}
            watched += [os.path.join(self._root, name) for name in sorted(below)[:_MOST_FOLDERS]]
        return list(dict.fromkeys((*watched, self._root)))


def _signature(path: str) -> list[int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return [status.st_mtime_ns, status.st_size, status.st_ino]
