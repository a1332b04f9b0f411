"""What `.gitattributes` says about files, in the attributes that github-linguist defines."""

from __future__ import annotations

from persona_tui.detect.listing import Listing
from persona_tui.detect.places import weight_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from persona_tui.detect.reading import Reader

_FILE = b".gitattributes"
_MOST_FILES = 8
_MOST_PATTERNS = 200
_AWAY = ("linguist-vendored", "linguist-generated", "linguist-documentation")
_LANGUAGE = "linguist-language="


class Attributes:
    """Knows which files of a listing are said to be foreign, generated or documentation, or in a language.

    `counted` is the listing without them, `away` are their paths. `languages` are, by language as it stands there, the
    bytes and the paths of the files that are said to be in it.
    """

    def __init__(self, listing: Listing, paths: list[bytes], reader: Reader) -> None:
        self.languages: dict[str, tuple[float, list[bytes]]] = {}
        self.away: list[bytes] = []
        self.counted = listing
        patterns = [row for path in paths[:_MOST_FILES] for row in _patterns(path, reader)]
        if patterns:
            self._apply(listing, patterns[:_MOST_PATTERNS])

    def _apply(self, listing: Listing, patterns: list[tuple[bytes, bytes, str]]) -> None:
        from persona_tui.detect.ignoring import matches

        sizes = listing.sizes or [1] * len(listing.paths)
        kept = []
        for path, size in zip(listing.paths, sizes, strict=True):
            said = ""
            for folder, pattern, attribute in patterns:  # the last one that matches counts
                if path.startswith(folder) and matches(pattern, path[len(folder) :]):
                    said = attribute
            if said:
                self.away.append(path)
            else:
                kept.append((path, size))
            if said.startswith(_LANGUAGE):
                mass, paths = self.languages.setdefault(said[len(_LANGUAGE) :], (0.0, []))
                paths.append(path)
                self.languages[said[len(_LANGUAGE) :]] = mass + size * weight_of(path.rpartition(b"/")[0]), paths
        self.counted = Listing(
            [path for path, _ in kept],
            [size for _, size in kept] if listing.sizes is not None else None,
            listing.source,
            listing.repository,
        )


def _patterns(path: bytes, reader: Reader) -> list[tuple[bytes, bytes, str]]:
    """Return the folder of a file of attributes, each of its patterns and what it says; empty: the file counts."""
    head = reader.head(path)
    if not head or "linguist-" not in head:
        return []
    folder = path[: -len(_FILE)]
    found = []
    for line in head.splitlines():
        pattern, *attributes = line.split() or [""]
        for attribute in attributes:
            name, _, value = attribute.lstrip("-!").partition("=")
            if name in _AWAY:
                away = not attribute.startswith(("-", "!")) and value.lower() != "false"
                found.append((folder, pattern.encode(), name if away else ""))
            elif attribute.startswith(_LANGUAGE):
                found.append((folder, pattern.encode(), attribute))
    return found
