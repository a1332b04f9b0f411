"""Lists a folder without git: breadth first, bounded, no link followed, ignore files respected."""

from __future__ import annotations

import os
from collections import deque
from itertools import islice

from persona_tui.detect.places import IGNORED_FOLDERS
from persona_tui.detect.reading import MAX_FILES_LISTED, open_regular, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Set

    from persona_tui.detect.ignoring import Ignored
    from persona_tui.detect.listing import Repository
    from persona_tui.detect.reading import Budget, Notes

_CLOCK_EVERY = 1024
_NOT_EVERY_FILE = "not every file of a folder was listed"
_MOST_WATCHED = 256
_IGNORE_FILES = (b".gitignore", b".ignore")
_LARGEST_IGNORE_FILE = 64 * 1024


class Walk:
    """A walk over the regular files below `root`.

    Ignore files count from `root` down, and those of `repository`, which the root lies in, from its top. With
    `untracked`, a folder that holds a `.git` is another repository and left out.
    """

    def __init__(
        self, root: str, budget: Budget, notes: Notes, repository: Repository | None = None, *, untracked: bool = False
    ) -> None:
        self._found: list[bytes] = []
        self._root = os.fsencode(root)
        self._budget = budget
        self._notes = notes
        self._repository = repository
        self._untracked = untracked
        self._to_watch = _MOST_WATCHED
        self._folders: deque[tuple[bytes, list[Ignored]]] = deque()

    def below(self, known: Set[bytes] = frozenset()) -> list[bytes]:
        """Return the files below the root, those near it first, but for what is called one of `known` there."""
        self._enter(b"", self._ignored_above(), known)
        while self._folders:
            if self._is_enough():
                self._notes.skip("not every folder was listed")
                break
            self._enter(*self._folders.popleft())
        return self._found[:MAX_FILES_LISTED]

    def not_ignored_in(self, folder: bytes, names: list[bytes]) -> list[bytes]:
        """Return the paths of those of `names`, files in `folder` (a slash at its end), that are not ignored."""
        ignored = self._ignored_above()
        above = b""
        for part in folder.split(b"/")[:-1]:
            ignored = self._ignored_in(above, _IGNORE_FILES, ignored)
            if not self._not_ignored(above, [part], True, ignored):
                return []
            above += part + b"/"
        ignored = self._ignored_in(folder, _IGNORE_FILES, ignored)
        return [folder + name for name in self._not_ignored(folder, sorted(names), False, ignored)]

    def _enter(self, folder: bytes, ignored: list[Ignored], known: Set[bytes] = frozenset()) -> None:
        path = os.path.join(self._root, folder)
        if folder and self._untracked and os.path.lexists(path + b".git"):
            return
        self._watch(path)
        try:
            with os.scandir(path) as entries:
                names, below = self._look_into(entries)
        except OSError:
            self._notes.unreadable.append(shown(folder) or ".")
            return
        ignored = self._ignored_in(folder, names, ignored)
        if known:
            names = [name for name in names if name not in known]
            below = [name for name in below if name not in known]
        names.sort()  # the system's order is any, and the answer is to be the same each time
        below.sort()
        self._found += [folder + name for name in self._not_ignored(folder, names, False, ignored)]
        self._folders += [(folder + name + b"/", ignored) for name in self._not_ignored(folder, below, True, ignored)]

    def _watch(self, path: bytes) -> None:
        if self._to_watch:
            self._to_watch -= 1
            self._notes.watch(path)

    def _is_enough(self) -> bool:
        return len(self._found) + len(self._folders) > MAX_FILES_LISTED or self._budget.seconds_to_list == 0

    def _look_into(self, entries: Iterator[os.DirEntry[bytes]]) -> tuple[list[bytes], list[bytes]]:
        """Return the names of the files among `entries`, and of the folders that are to be entered."""
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
        return names, below

    def _not_ignored(self, folder: bytes, names: list[bytes], is_folder: bool, ignored: list[Ignored]) -> list[bytes]:
        if not ignored or not names:
            return names
        from persona_tui.detect.ignoring import MOST_BYTES, not_ignored

        left: list[bytes] = []
        at_once = MOST_BYTES // _size(ignored)
        for start in range(0, len(names), at_once):
            if start and self._budget.seconds_to_list == 0:
                self._notes.skip(_NOT_EVERY_FILE)
                break
            left += not_ignored(folder, names[start : start + at_once], is_folder, ignored)
        return left

    def _ignored_above(self) -> list[Ignored]:
        """Return what the repository's ignore files above the root say, and the one that it shares with nobody."""
        if self._repository is None:
            return []
        ignored = self._with([os.fsencode(self._repository.exclude)], b"", self._repository.way, [])
        for folder, way in reversed(list(self._repository.above())):
            ignored = self._with([folder + name for name in _IGNORE_FILES], b"", way, ignored)
        return ignored

    def _ignored_in(self, folder: bytes, names: Container[bytes], above: list[Ignored]) -> list[Ignored]:
        """Return what the ignore files among `names`, the files in `folder`, say, and before them those `above`."""
        return self._with([folder + name for name in _IGNORE_FILES if name in names], folder, b"", above)

    def _with(self, paths: list[bytes], folder: bytes, way: bytes, above: list[Ignored]) -> list[Ignored]:
        """Return what the ignore files at `paths` say put before `above` (see `Patterns`)."""
        content = b""
        for path in paths:
            full = os.path.join(self._root, path)
            self._watch(full)
            try:
                with open_regular(full) as file:
                    content += file.read(_LARGEST_IGNORE_FILE) + b"\n"
            except FileNotFoundError:
                continue
            except OSError:
                self._notes.problem(shown(path), "cannot be read, so nothing is ignored by it")
        if not content:
            return above
        from persona_tui.detect.ignoring import MOST_BYTES, Ignored

        ignored = Ignored(content, folder, way, room=MOST_BYTES - _size(above))
        if not ignored.whole:
            self._notes.skip(f"no more than {MOST_BYTES >> 10} KB of patterns are looked at for a folder")
        return [ignored, *above] if ignored else above


def _size(ignored: list[Ignored]) -> int:
    return sum(file.size for file in ignored)
