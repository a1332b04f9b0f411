"""Which files a codebase has: by git where it knows, else by a bounded walk. Links are never followed."""

from __future__ import annotations

import os
import subprocess
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from persona_tui.base.text import one_line
from persona_tui.detect.places import IGNORED_FOLDERS
from persona_tui.detect.reading import Budget, Notes

MAX_FILES = 250_000
_CLOCK_EVERY = 1024

# A repository is foreign: nothing that its configuration names may run, and nothing may be written or fetched.
_GIT = (
    *("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never"),
    *("-c", "core.quotePath=false", "ls-files", "-z"),
)
_GIT_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """Paths relative to the root, `/` between parts, undecodable bytes as surrogates; `source` is `git` or `walk`."""

    paths: tuple[str, ...]
    source: str


def list_files(root: str, budget: Budget, notes: Notes) -> Listing:
    """List the files under `root`; what is left out or cannot be entered is added to `notes`."""
    if _in_repository(root):
        paths = _by_git(root, budget, notes)
        if paths:
            return Listing(_bounded(paths, notes), "git")
    return Listing(_bounded(sorted(_walk(root, budget, notes), key=_breadth), notes), "walk")


def _breadth(path: str) -> tuple[int, str]:
    return path.count("/"), path


def _bounded(paths: list[str], notes: Notes) -> tuple[str, ...]:
    if len(paths) > MAX_FILES:
        notes.skip(f"only the first {MAX_FILES:,} files are looked at")
    return tuple(paths[:MAX_FILES])


def _in_repository(root: str) -> bool:
    folder = root
    while not os.path.lexists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return False
        folder = parent
    return True


def _by_git(root: str, budget: Budget, notes: Notes) -> list[str]:
    """Return what is tracked, then what is untracked and not ignored; nothing where git will not say."""
    tracked = _ls_files(root, ("--cached",), budget)
    if tracked is None:
        return []
    untracked = _ls_files(root, ("--others", "--exclude-standard"), budget)
    if untracked is None:
        notes.skip("untracked files were not listed in time")
    paths = dict.fromkeys(tracked + (untracked or []))  # a file in conflict is listed up to three times
    return sorted((path for path in paths if path and not path.endswith("/") and path[:3] != "../"), key=_breadth)


def _ls_files(root: str, which: tuple[str, ...], budget: Budget) -> list[str] | None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            [*_GIT, *which],
            cwd=root,
            env=environment | _GIT_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=budget.seconds_to_list,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None  # no git, no permission, an owner that git does not trust, a broken index, too slow
    return os.fsdecode(done.stdout).split("\0")


def _walk(root: str, budget: Budget, notes: Notes) -> Iterator[str]:
    """Yield the regular files, breadth first, so that what is near the root is seen before the time is over."""
    folders = deque([""])
    seen = 0
    while folders:
        folder = folders.popleft()
        try:
            with os.scandir(os.path.join(root, folder)) as entries:
                for entry in entries:
                    seen += 1
                    if seen % _CLOCK_EVERY == 0 and (budget.seconds_to_list == 0 or seen > MAX_FILES):
                        notes.skip("not every folder was listed")
                        return
                    path = folder + entry.name
                    if entry.is_file(follow_symlinks=False):
                        yield path
                    elif entry.is_dir(follow_symlinks=False) and entry.name not in IGNORED_FOLDERS:
                        folders.append(path + "/")
        except OSError:
            notes.unreadable.append(one_line(folder))
