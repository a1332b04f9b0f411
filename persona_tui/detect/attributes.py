"""What `.gitattributes` says about files, in the attributes that github-linguist defines."""

from __future__ import annotations

import os

from persona_tui.detect.files import counted_of, depth
from persona_tui.detect.ignoring import Patterns
from persona_tui.detect.languages import table
from persona_tui.detect.listing import Listing
from persona_tui.detect.places import ASIDE, spread, weight_of
from persona_tui.detect.reading import HEAD, open_regular, size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from persona_tui.detect.reading import Budget, Notes, Reader

    # What is said, by attribute; None takes back what was said before.
    Said = dict[str, str | bool | None]

_NAME = b".gitattributes"
_MOST_FILES = 32
_MOST_PATTERNS = 200
_MOST_MEASURED = 128
_BYTES_AT_ONCE = 1024  # of paths: such a long one may take a tenth of a second
_VENDORED, _GENERATED, _DOCUMENTATION = "linguist-vendored", "linguist-generated", "linguist-documentation"
_DETECTABLE, _LANGUAGE = "linguist-detectable", "linguist-language"
_ATTRIBUTES = frozenset((_VENDORED, _GENERATED, _DOCUMENTATION, _DETECTABLE, _LANGUAGE))
_NO_PATTERN = ("#", "!", "[attr]")  # a comment, what git does not allow, and the definition of a macro
_LIFTED_BY = {0: _VENDORED, ASIDE: _DOCUMENTATION}
"""What says, where it is false, that a folder of such a weight is one's own."""


class Attributes:
    """The files of a listing, divided by what is said about them.

    `counted` are those that count as their names and folders say, `own` those that count in full wherever they lie.
    `named_only` count by nothing but their whole names: what was generated, is not to be detected, or is in a language
    that its name does not tell. `languages` are, by the kind and name of such a language, the bytes that count and the
    paths. What is foreign or documentation is in none of them.
    """

    def __init__(self, listing: Listing, said: Mapping[bytes, Said], root: bytes) -> None:
        self.named_only: list[bytes] = []
        counted: list[tuple[bytes, int]] = []
        own: list[tuple[bytes, int]] = []
        told: dict[tuple[str, str], list[tuple[bytes, int, float]]] = {}
        for path, size in zip(listing.paths, listing.sizes or [0] * len(listing.paths), strict=True):
            about = said.get(path)
            if about is None:
                counted.append((path, size))
            elif about.get(_VENDORED) or about.get(_DOCUMENTATION):
                continue
            elif about.get(_GENERATED) or about.get(_DETECTABLE) is False:
                self.named_only.append(path)
            else:
                usual = weight_of(path.rpartition(b"/")[0])
                weight = 1.0 if about.get(_LIFTED_BY.get(usual, "")) is False else usual
                if weight and (row := _row(path, about)):
                    self.named_only.append(path)
                    told.setdefault((row[2], row[0]), []).append((path, size, weight * row[1]))
                else:
                    (counted if weight == usual else own).append((path, size))
        self.counted, self.own = _like(listing, counted), _like(listing, own)
        measured = bool(listing.sizes and any(listing.sizes))
        self.languages = {
            key: (_mass(rows, None if measured else root), [path for path, _, _ in rows]) for key, rows in told.items()
        }


def read_attributes(
    listing: Listing, named: Iterable[bytes], root: str, reader: Reader, budget: Budget, notes: Notes
) -> Attributes | None:
    """Return what the files of attributes `named`, and those of the repository above, say, or None: nothing."""
    base = os.fsencode(root)
    files = _files(listing, sorted(named, key=depth), base, reader, notes)
    said = _said(listing.paths, files, budget, notes) if files else {}
    return Attributes(listing, said, base) if said else None


class _File:
    """What one file of attributes says about files in `folder` and below (see `Patterns`)."""

    def __init__(self, rows: list[tuple[bytes, Said]], folder: bytes, way: bytes) -> None:
        self.folder = folder
        self.said = [said for _, said in rows]
        self.patterns = Patterns([pattern for pattern, _ in rows], folder, way)


def _files(listing: Listing, inside: list[bytes], base: bytes, reader: Reader, notes: Notes) -> list[_File]:
    """Return the files of attributes that say something, the one furthest from the root first: it has the last word."""
    found: list[_File] = []
    room = _MOST_PATTERNS
    for text, folder, way in _texts(listing, inside, base, reader, notes):
        rows = list(_rows(text))
        if len(rows) > room:
            notes.skip(f"no more than {_MOST_PATTERNS} patterns of attributes are looked at")
        if rows := rows[:room]:
            found.append(_File(rows, folder, way))
            room -= len(rows)
    return found[::-1]


def _texts(
    listing: Listing, inside: list[bytes], base: bytes, reader: Reader, notes: Notes
) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield the files of attributes from the top of the repository down, with their folder and way (see `Patterns`)."""
    for folder, way in reversed(list(listing.repository.above()) if listing.repository else []):
        yield _head(os.path.join(base, folder, _NAME), notes), b"", way
    if len(inside) > _MOST_FILES:
        notes.skip(f"only the first {_MOST_FILES} of {len(inside)} files of attributes were read")
    for path in inside[:_MOST_FILES]:
        notes.watch(os.path.join(base, path))
        yield reader.head(path) or "", path[: -len(_NAME)], b""


def _head(path: bytes, notes: Notes) -> str:
    """Return the beginning of a file above the root, which the reader does not open."""
    notes.watch(path)
    try:
        with open_regular(path) as file:
            return file.read(HEAD).decode("utf-8", "replace")
    except OSError:
        return ""


def _rows(text: str) -> Iterator[tuple[bytes, Said]]:
    """Yield the patterns of a file of attributes, each with what it says."""
    for line in text.splitlines() if "linguist-" in text else ():
        pattern, *words = line.split() or ["#"]
        said: Said = {}
        for word in words:
            name, _, value = word.lstrip("-!").partition("=")
            if name in _ATTRIBUTES:
                is_false = word.startswith("-") or value.lower() == "false"
                said[name] = None if word.startswith("!") else not is_false and (value or True)
        if said and not pattern.startswith(_NO_PATTERN):
            yield pattern.encode(), said


def _said(paths: list[bytes], files: list[_File], budget: Budget, notes: Notes) -> dict[bytes, Said]:
    """Return what is said about each file that a pattern matches."""
    found: dict[bytes, Said] = {}
    for folder, names in _batches(paths):
        if budget.seconds_to_list == 0:
            notes.skip("the time was used up before every file was looked up in the attributes")
            break
        for file in files:
            if folder.startswith(file.folder):
                for name in file.patterns.touched(folder, names):
                    said = found.setdefault(folder + name, {})
                    for place in file.patterns.matching(folder + name):
                        for attribute, value in file.said[place].items():
                            said.setdefault(attribute, value)
    return found


def _batches(paths: list[bytes]) -> Iterator[tuple[bytes, list[bytes]]]:
    """Yield the folders of `paths`, a slash at their ends, with names in them: few at once, for the clock's sake."""
    last, left = b"", _BYTES_AT_ONCE
    names: list[bytes] = []
    for path in paths:
        folder = path[: path.rfind(b"/") + 1]
        if folder != last or left < 0:
            yield last, names
            last, names, left = folder, [], _BYTES_AT_ONCE
        names.append(path[len(folder) :])
        left -= len(path)
    yield last, names


def _row(path: bytes, about: Said) -> tuple[str, float, str] | None:
    """Return the name, weight and kind of the language that a file is said to be in; None: its name tells as much."""
    facts = table()
    stem, _, extension = path.rpartition(b"/")[2].rpartition(b".")
    candidates = facts.candidates(extension.lower()) if stem else []
    usual = facts.row(candidates[0]) if candidates else None
    said = about.get(_LANGUAGE)
    language = facts.known(said) if isinstance(said, str) else None
    row = facts.row(language) if language else usual
    if row is None:
        return None
    name, weight, kind = row
    if about.get(_DETECTABLE):
        kind = "code"
    if usual and (name, kind) == (usual[0], usual[2]) and not (language and len(candidates) > 1):
        return None
    return name, weight, kind


def _like(listing: Listing, rows: list[tuple[bytes, int]]) -> Listing:
    sizes = None if listing.sizes is None else [size for _, size in rows]
    return Listing([path for path, _ in rows], sizes, listing.source, listing.repository)


def _mass(rows: list[tuple[bytes, int, float]], root: bytes | None) -> float:
    """Return the bytes of files, each with its size and weight, that count; without sizes some are asked at `root`."""
    if root is None:
        return sum(counted_of(size) * weight for _, size, weight in rows)
    asked = spread(rows, _MOST_MEASURED)
    mass = sum(counted_of(size_of(os.path.join(root, path))) * weight for path, _, weight in asked)
    return mass * len(rows) / len(asked)
