"""Lists a folder without git: breadth first, bounded, no link followed, ignore files respected."""

from __future__ import annotations

import os
from collections import deque
from itertools import islice

from persona_tui.detect.places import IGNORED_FOLDERS
from persona_tui.detect.reading import MAX_FILES_LISTED, open_regular, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from persona_tui.detect.ignoring import Ignored
    from persona_tui.detect.reading import Budget, Notes

_CLOCK_EVERY = 1024
_MATCHED_AT_ONCE = 16  # an ignore file may take a tenth of a second for each name
_NOT_EVERY_FILE = "not every file of a folder was listed"
_IGNORE_FILES = (b".gitignore", b".ignore")
_LARGEST_IGNORE_FILE = 64 * 1024


class Walk:
    """A walk over the regular files below `root`; `found` grows while it goes on.

    Ignore files count from `root` down: each with the length of its folder, the nearest first.
    """

    def __init__(self, root: str, budget: Budget, notes: Notes) -> None:
        self.found: list[bytes] = []
        self._root = os.fsencode(root)
        self._budget = budget
        self._notes = notes
        self._folders: deque[tuple[bytes, list[tuple[int, Ignored]]]] = deque()

    def below(self, folder: bytes = b"", ignored: list[tuple[int, Ignored]] | None = None) -> list[bytes]:
        """Return the files below `folder` (relative to the root, a slash at its end), those near it first."""
        start = folder
        self._folders.append((folder, ignored or []))
        while self._folders:
            folder, ignored = self._folders.popleft()
            if folder != start and self._is_enough():
                self._notes.skip("not every folder was listed")
                break
            try:
                with os.scandir(os.path.join(self._root, folder)) as entries:
                    self._look_into(folder, entries, ignored)
            except OSError:
                self._notes.unreadable.append(shown(folder) or ".")
        return self.found[:MAX_FILES_LISTED]

    def _is_enough(self) -> bool:
        return len(self.found) + len(self._folders) > MAX_FILES_LISTED or self._budget.seconds_to_list == 0

    def _look_into(
        self, folder: bytes, entries: Iterator[os.DirEntry[bytes]], ignored: list[tuple[int, Ignored]]
    ) -> None:
        names: list[bytes] = []
        below: list[bytes] = []
        while some := list(islice(entries, _CLOCK_EVERY)):
            for entry in some:
                if entry.is_file(follow_symlinks=False):
                    names.append(entry.name)
                elif entry.is_dir(follow_symlinks=False) and entry.name not in IGNORED_FOLDERS:
                    below.append(entry.name)
            if self._budget.seconds_to_list == 0 or len(names) >= MAX_FILES_LISTED:
                self._notes.skip(_NOT_EVERY_FILE)
                break
        ignored = self.ignored_in(folder, names) + ignored
        names.sort()  # the system's order is any, and the answer is to be the same each time
        below.sort()
        self.found += [folder + name for name in self._not_ignored(folder, names, False, ignored)]
        self._folders.extend(
            (folder + name + b"/", ignored) for name in self._not_ignored(folder, below, True, ignored)
        )

    def _not_ignored(
        self, folder: bytes, names: list[bytes], is_folder: bool, ignored: list[tuple[int, Ignored]]
    ) -> list[bytes]:
        if not ignored:
            return names
        from persona_tui.detect.ignoring import not_ignored

        left: list[bytes] = []
        for start in range(0, len(names), _MATCHED_AT_ONCE):
            if start and self._budget.seconds_to_list == 0:
                self._notes.skip(_NOT_EVERY_FILE)
                break
            left += not_ignored(folder, names[start : start + _MATCHED_AT_ONCE], is_folder, ignored)
        return left

    def ignored_in(self, folder: bytes, names: list[bytes]) -> list[tuple[int, Ignored]]:
        """Return what the ignore files among `names`, the files in `folder`, say."""
        present = [name for name in _IGNORE_FILES if name in names]
        if not present:
            return []
        from persona_tui.detect.ignoring import Ignored

        content = b""
        for name in present:
            try:
                with open_regular(os.path.join(self._root, folder, name)) as file:
                    content += file.read(_LARGEST_IGNORE_FILE) + b"\n"
            except OSError:
                self._notes.problem(shown(folder + name), "cannot be read, so nothing is ignored by it")
        ignored = Ignored(content)
        return [(len(folder), ignored)] if ignored else []
