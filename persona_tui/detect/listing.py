"""Which files a codebase has: by git's index where there is one, by git, else by a walk.

Names are bytes, since they need not be text. Nothing here imports a module of the standard library that the quick way
does not need: loading it would take longer than listing the files.
"""

from __future__ import annotations

import os
from bisect import bisect_left

from persona_tui.detect.gitindex import LONGEST_PATH, Unsupported, read_index
from persona_tui.detect.places import IGNORED_FOLDERS
from persona_tui.detect.reading import MAX_FILES_LISTED, open_regular, size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from persona_tui.detect.reading import Budget, Notes

_LARGEST_INDEX = 128 * 1024 * 1024
_MOST_FOLDERS_LOOKED_INTO = 64
_MOST_ASKED = 1024
_REGULAR = (b"100644", b"100755")
_TOO_MANY = f"only the first {MAX_FILES_LISTED:,} files are looked at"
_AFTER_SLASH = b"0"  # the byte that comes after `/`

# A repository is foreign: nothing that its configuration names may run, and nothing may be written or fetched.
_GIT = (
    *("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"),
    *("ls-files", "-z", "--stage"),
)
_GIT_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",  # a `protocol.allow` would leave the last word to the repository
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",
}


class Repository:
    """The repository of a root: its git folder, and the `way` to the root from the top of the working tree.

    `linked`: the git folder lies elsewhere, as with worktrees and submodules.
    """

    __slots__ = ("git_folder", "linked", "way")

    def __init__(self, git_folder: str, way: bytes, linked: bool) -> None:
        self.git_folder = git_folder
        self.way = way
        self.linked = linked

    @property
    def exclude(self) -> str:
        """The path of the ignore file that is shared with nobody; all worktrees have one together."""
        above = os.path.dirname(self.git_folder)
        is_worktree = self.linked and os.path.basename(above) == "worktrees"
        return os.path.join(os.path.dirname(above) if is_worktree else self.git_folder, "info/exclude")

    def above(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield the folders above the root, the nearest first: its path from the root, and the way from it."""
        folder = way = b""
        for name in reversed(self.way.split(b"/")[:-1]):
            folder += b"../"
            way = name + b"/" + way
            yield folder, way


class Listing:
    """Paths of files relative to the root, `/` between parts.

    Tracked ones come first, sorted by bytes; those of a walk lie in the order of their depth. `sizes` are their bytes,
    or None where nobody knows them without asking each file; `source` is `index`, `git` or `walk`.
    """

    __slots__ = ("_tracked", "paths", "repository", "sizes", "source")

    def __init__(
        self, paths: list[bytes], sizes: list[int] | None, source: str, repository: Repository | None = None
    ) -> None:
        self.paths = paths
        self.sizes = sizes
        self.source = source
        self.repository = repository
        self._tracked = 0 if source == "walk" else len(paths)

    @property
    def is_tracked(self) -> bool:
        """Whether git tracks every file."""
        return self._tracked == len(self.paths)

    def tracks(self, path: bytes) -> bool:
        """Return whether git tracks `path`."""
        at = bisect_left(self.paths, path, 0, self._tracked)
        return at < self._tracked and self.paths[at] == path

    def extend(self, paths: list[bytes], base: bytes, budget: Budget, notes: Notes) -> None:
        """Put further files below `base` at the end."""
        self.paths += paths
        if self.sizes is not None:
            sizes = [size_of(os.path.join(base, path)) for path in paths if budget.seconds_to_list]
            if len(sizes) < len(paths):
                notes.skip("not every file was asked for its size")
            self.sizes += sizes + [0] * (len(paths) - len(sizes))

    def tops(self) -> set[bytes]:
        """Return the first parts of all paths."""
        tops = set()
        at = 0
        while at < len(self.paths):
            top, slash, _ = self.paths[at].partition(b"/")
            tops.add(top)
            at = bisect_left(self.paths, top + _AFTER_SLASH, at) if slash else at + 1
        return tops


def list_files(root: str, budget: Budget, notes: Notes) -> Listing:
    """List the files under `root`; what is left out or cannot be entered is added to `notes`.

    What git tracks is listed even where it is ignored or deleted. What it does not track and does not ignore is listed
    at the root and in folders there that hold nothing tracked.
    """
    notes.watch(root)
    if _is_bare(root):
        notes.problem(".", "a bare repository, which holds no files to look at")
        return Listing([], None, "walk")
    repository = _repository_of(root)
    if repository and (listing := _tracked(root, repository, budget, notes)) and listing.paths:
        if len(listing.paths) < MAX_FILES_LISTED:
            _add_untracked(listing, root, repository, budget, notes)
        return listing
    return Listing(_walked(root, repository, budget, notes), None, "walk", repository)


def _walked(root: str, repository: Repository | None, budget: Budget, notes: Notes) -> list[bytes]:
    from persona_tui.detect.walking import Walk  # late: most codebases are repositories

    found = Walk(root, budget, notes, repository).below()
    if not found and repository and repository.way:
        return Walk(root, budget, notes).below()  # ignored as a whole, and asked about all the same
    return found


def _is_bare(root: str) -> bool:
    parts = ("HEAD", "objects", "refs")
    return all(os.path.lexists(os.path.join(root, part)) for part in parts) and not os.path.lexists(f"{root}/.git")


def _repository_of(root: str) -> Repository | None:
    """Return the repository that `root` is in: that of the nearest folder at or above it that holds a `.git`."""
    folder = root
    while not os.path.lexists(entry := os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    linked = os.path.islink(entry) or not os.path.isdir(entry)
    git_folder = _linked_folder(folder, entry) if linked else entry
    way = os.fsencode(os.path.relpath(root, folder) + "/") if root != folder else b""
    return Repository(git_folder, way, linked) if git_folder else None


def _tracked(root: str, repository: Repository, budget: Budget, notes: Notes) -> Listing | None:
    """Return what git tracks under `root`, or None where neither its index nor git itself can be read."""
    for name in ("index", "HEAD"):
        notes.watch(os.path.join(repository.git_folder, name))
    if repository.linked:
        return _by_git(root, repository, budget, notes)
    try:
        with open_regular(os.path.join(repository.git_folder, "index")) as file:
            if os.fstat(file.fileno()).st_size > _LARGEST_INDEX:
                notes.skip("git's index is too large to be read")
                return None
            data = file.read()
        paths, sizes, whole = read_index(data, MAX_FILES_LISTED)
    except FileNotFoundError:
        return None
    except (OSError, Unsupported):
        return _by_git(root, repository, budget, notes)
    if not whole:
        notes.skip(_TOO_MANY)
    if b"../" in data and any(b".." in path.split(b"/") for path in paths):
        return None  # no git writes that
    if way := repository.way:
        first, end = bisect_left(paths, way), bisect_left(paths, way[:-1] + _AFTER_SLASH)
        paths, sizes = [path[len(way) :] for path in paths[first:end]], sizes[first:end]
    if any(sizes):  # where none is known, a sample will be asked
        _ask_for_sizes(os.fsencode(root), paths, sizes)
    return Listing(paths, sizes, "index", repository)


def _ask_for_sizes(base: bytes, paths: list[bytes], sizes: list[int]) -> None:
    """Ask some files that the index says to be empty: of a file that is only to be added it knows no size."""
    at = -1
    for _ in range(_MOST_ASKED):
        try:
            at = sizes.index(0, at + 1)
        except ValueError:
            return
        sizes[at] = size_of(os.path.join(base, paths[at]))


def _linked_folder(top: str, entry: str) -> str | None:
    """Return the git folder that a `.git` file names, if it is that of a worktree or submodule that knows of this one.

    It could name any repository of this machine.
    """
    try:
        with open_regular(entry) as file:
            content = file.read(4096)
        if not content.startswith(b"gitdir: "):
            return None
        folder = os.path.realpath(os.path.join(top, os.fsdecode(content[8:].partition(b"\n")[0])))
        above, module, _ = folder.partition("/.git/modules/")
        if module:
            return folder if top.startswith(above + "/") else None
        with open_regular(os.path.join(folder, "gitdir")) as file:
            known = os.path.realpath(os.fsdecode(file.read(4096).strip()))
        return folder if known == os.path.realpath(entry) else None
    except (OSError, ValueError):
        return None


def _by_git(root: str, repository: Repository, budget: Budget, notes: Notes) -> Listing | None:
    import subprocess  # late: it takes as long to load as an index takes to read

    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            _GIT,
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
    rows = (row.partition(b"\t")[2] for row in done.stdout.split(b"\0") if row.startswith(_REGULAR))
    paths = sorted({path for path in rows if len(path) < LONGEST_PATH and b".." not in path.split(b"/")})
    if len(paths) > MAX_FILES_LISTED:
        notes.skip(_TOO_MANY)
    return Listing(paths[:MAX_FILES_LISTED], None, "git", repository)


def _add_untracked(listing: Listing, root: str, repository: Repository, budget: Budget, notes: Notes) -> None:
    known = listing.tops() | IGNORED_FOLDERS
    base = os.fsencode(root)
    try:
        if known.issuperset(os.listdir(base)):
            return
    except OSError:
        notes.unreadable.append(".")
        return
    from persona_tui.detect.walking import Walk

    found = Walk(root, budget, notes, repository, untracked=True).below(known)
    listing.extend(found, base, budget, notes)


def untracked_beside(
    listing: Listing, root: str, folders: Iterable[bytes], names: frozenset[bytes], budget: Budget, notes: Notes
) -> list[bytes]:
    """Return the files called one of `names` that lie in one of `folders` (no slash at their end), untracked.

    What is ignored is left out, and a folder that became a link, or lies behind one, is not looked into.
    """
    base = os.fsencode(root)
    found = []
    for folder in sorted(folders, key=lambda folder: (folder.count(b"/"), folder))[:_MOST_FOLDERS_LOOKED_INTO]:
        if budget.seconds_to_list == 0:
            notes.skip("not every folder of a manifest was looked into")
            break
        path = os.path.join(base, folder)
        if os.path.realpath(path) != path:
            continue
        notes.watch(path)
        try:
            with os.scandir(path) as entries:
                new = [item.name for item in entries if item.name in names and item.is_file(follow_symlinks=False)]
        except OSError:
            continue
        new = [name for name in new if not listing.tracks(folder + b"/" + name)]
        if new:
            from persona_tui.detect.walking import Walk

            found += Walk(root, budget, notes, listing.repository).not_ignored_in(folder + b"/", new)
    return found
