"""The files of a codebase, sorted once by what their names say: the one pass over all of them."""

from __future__ import annotations

import os

from persona_tui.detect.places import ASIDE, spread, weight_of
from persona_tui.detect.reading import shown, size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Set

    from persona_tui.detect.listing import Listing

COUNTED_OF_A_FILE = 200_000
"""Bytes of one file that count."""

TOO_LARGE = 1_000_000  # bytes: rather data with the extension of code
_MEASURED_OF_A_GROUP = 128
_MANY = 1000
_PUBSPEC = b"pubspec.yaml"
_PLATFORMS = (b"android/", b"ios/", b"linux/", b"macos/", b"windows/")
"""What `flutter create` puts beside a pubspec.yaml: a project of each platform's own that starts the Dart code."""

_NOTEBOOK = b"ipynb"


class Group:
    """The files of one extension: those of one's own (`paths`) before those that lie aside or are foreign.

    `mass` is the bytes that count, by the folders that they are in. `sizes` are in the order of `paths`; empty where
    sizes are not known. `foreign` counts the others, of which `example` is one.
    """

    __slots__ = ("aside", "example", "foreign", "mass", "paths", "sizes")

    def __init__(self) -> None:
        self.paths: list[bytes] = []
        self.sizes: list[int] = []
        self.aside: list[bytes] = []
        self.foreign = 0
        self.example = b""
        self.mass = 0.0

    @property
    def all(self) -> list[bytes]:
        """The files of one's own, then those aside."""
        return self.paths + self.aside

    def heaviest(self, count: int) -> list[tuple[bytes, int]]:
        """Return the largest files of one's own with their sizes; without sizes, an even spread of them."""
        if not self.sizes:
            return [(path, 0) for path in spread(self.paths, count)]
        rows = zip(self.sizes, self.paths, strict=True)
        if len(self.paths) <= _MANY:
            return [(path, size) for size, path in sorted(rows, reverse=True)[:count]]
        from heapq import nlargest  # late: small codebases do without

        return [(path, size) for size, path in nlargest(count, rows)]


class Files:
    """All files of a codebase: `groups` by extension in small letters, and those whose whole `named` says something.

    `bare` are the files without an extension. A manifest is named and in no group: it is written in another language
    than its project. What is in `own` counts in full, whatever its folders are called.
    """

    def __init__(
        self,
        listing: Listing,
        root: str,
        *,
        manifests: Set[bytes],
        names: Set[bytes],
        extensions: Set[bytes],
        own: Listing | None = None,
    ) -> None:
        self.groups: dict[bytes, Group] = {}
        self.named: dict[bytes, list[bytes]] = {}
        self.bare: list[bytes] = []
        self._manifests = manifests
        self._names = names | manifests
        self._extensions = extensions
        self._weights: dict[bytes, float] = {}
        self._sort(listing.paths, listing.sizes)
        if own:
            self._weights.update(dict.fromkeys((path.rpartition(b"/")[0] for path in own.paths), 1.0))
            self._sort(own.paths, own.sizes)
        self._scaffolding: tuple[bytes, ...] = ()
        if pubspecs := self.named.get(_PUBSPEC):
            folders = {path[: -len(_PUBSPEC)] for path in pubspecs}
            self._set_aside(tuple(folder + name for folder in folders for name in _PLATFORMS))
        if listing.sizes is None or not any(listing.sizes):
            self._measure(os.fsencode(root))

    def _sort(self, paths: list[bytes], sizes: list[int] | None) -> None:
        """Sort every file. This loop is most of the time that a large codebase takes."""
        names, manifests, extensions = self._names, self._manifests, self._extensions
        groups, weights = self.groups, self._weights
        last = weight = None
        for number, path in enumerate(paths):
            folder, _, name = path.rpartition(b"/")
            if folder != last:
                last = folder
                weight = weights.get(folder)
                if weight is None:
                    weight = weights[folder] = weight_of(folder)
            if name in names:
                self.named.setdefault(name, []).append(path)
                if name in manifests:
                    continue
            stem, _, extension = name.rpartition(b".")
            if not stem:
                if weight:
                    self.bare.append(path)
                continue
            if extension not in extensions:
                extension = extension.lower()
                if extension not in extensions:
                    continue
            group = groups.get(extension)
            if group is None:
                group = groups[extension] = Group()
            if weight == 1:
                group.paths.append(path)
                if sizes:
                    size = sizes[number]
                    group.sizes.append(size)
                    if size > COUNTED_OF_A_FILE and extension != _NOTEBOOK:
                        size = COUNTED_OF_A_FILE if size < TOO_LARGE else 0
                    group.mass += size
            elif weight:
                group.aside.append(path)
                if sizes:
                    group.mass += min(sizes[number], COUNTED_OF_A_FILE) * weight
            else:
                group.foreign += 1
                group.example = path

    def _set_aside(self, prefixes: tuple[bytes, ...]) -> None:
        """Count what lies below one of `prefixes` as less: a generator put most of it there."""
        self._scaffolding = prefixes
        for group in self.groups.values():
            moved = [path for path in group.paths if path.startswith(prefixes)]
            if not moved:
                continue
            group.aside += moved
            if group.sizes:
                rows = list(zip(group.paths, group.sizes, strict=True))
                lost = sum(min(size, COUNTED_OF_A_FILE) for path, size in rows if path.startswith(prefixes))
                group.mass = max(group.mass - lost * (1 - ASIDE), 0.0)
                group.sizes = [size for path, size in rows if not path.startswith(prefixes)]
            group.paths = [path for path in group.paths if not path.startswith(prefixes)]

    def place(self, path: bytes) -> float:
        """Return how much the file at `path` counts, by the folder that it is in."""
        folder = path.rpartition(b"/")[0]
        weight = self._weights.get(folder)
        if weight is None:
            weight = self._weights[folder] = weight_of(folder)
        return ASIDE if weight == 1 and path.startswith(self._scaffolding) else weight

    def _measure(self, root: bytes) -> None:
        """Ask some files of each group for their size; the others are taken to be like them."""
        for extension, group in self.groups.items():
            for paths, weight in ((group.paths, 1.0), (group.aside, ASIDE)):
                sizes = [size_of(os.path.join(root, path)) for path in spread(paths, _MEASURED_OF_A_GROUP)]
                large = extension != _NOTEBOOK
                if sizes:
                    counted = sum(map(counted_of, sizes) if large else sizes)
                    group.mass += counted / len(sizes) * len(paths) * weight
                if weight == 1 and len(sizes) == len(paths):
                    group.sizes = sizes

    def beside(self, names: Iterable[bytes]) -> set[bytes]:
        """Return the folders (no slash at their end, the root left out) of one's own in which one of `names` lies."""
        folders = {path.rpartition(b"/")[0] for name in names for path in self.named.get(name, ())}
        return {folder for folder in folders if folder and self.place(folder + b"/") == 1}

    def include(self, paths: Iterable[bytes]) -> None:
        """Take in further files whose whole name says something."""
        for path in paths:
            self._name(path)

    def _name(self, path: bytes) -> None:
        name = path.rpartition(b"/")[2]
        if name in self._names:
            self.named.setdefault(name, []).append(path)


def counted_of(size: int) -> int:
    """Return how many of the bytes of a file of code count."""
    return min(size, COUNTED_OF_A_FILE) if size < TOO_LARGE else 0


def first(paths: Iterable[bytes]) -> str:
    """Return the path nearest to the root, as a person may see it."""
    return shown(min(paths, key=depth))


def depth(path: bytes) -> tuple[int, bytes]:
    """Order paths by how far below the root they lie."""
    return path.count(b"/"), path
