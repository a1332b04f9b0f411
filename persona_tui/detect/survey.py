"""`detect`: from a path to what the codebase is."""

from __future__ import annotations

import os

from persona_tui.detect.domain import MAIN_FILES, domain_of
from persona_tui.detect.files import Files
from persona_tui.detect.gather import READMES, Gatherer
from persona_tui.detect.languages import Languages, table
from persona_tui.detect.listing import list_files, untracked_beside
from persona_tui.detect.manifests import EXTENSIONS, NAMES
from persona_tui.detect.reading import Budget, Notes, Reader, shown
from persona_tui.detect.result import Detection
from persona_tui.detect.rules import rules
from persona_tui.detect.stack import Stack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from persona_tui.detect.attributes import Attributes
    from persona_tui.detect.listing import Listing
    from persona_tui.detect.result import Part
    from persona_tui.detect.rules import Rules

SOFT_MS, HARD_MS = 300, 2000
_MOST_NOTES = 20
_ATTRIBUTES = b".gitattributes"


def detect(
    path: Path | str, *, soft_ms: int = SOFT_MS, hard_ms: int = HARD_MS, cache: Path | str | None = None
) -> Detection:
    """Return what the codebase in the folder `path` is; an empty folder is a detection with nothing in it.

    After `soft_ms` milliseconds no more samples are read, after `hard_ms` what is under way ends; then the result is
    `partial` and `stats["skipped"]` says what it does not cover. Nothing of the codebase is run and no link in it is
    followed. `personas` stays empty: see `ranking.rank`. In the folder `cache`, where there is one, the result is kept
    and answered again until the codebase changes, but for one that time cut short.

    Raises UsageError where `path` is no folder, and BadData where it cannot be read.
    """
    root = _folder(path)
    if cache is not None:
        from persona_tui.detect.caching import Cache

        kept = Cache(os.fspath(cache), root)
        if found := kept.get():
            return found
    notes, budget = Notes(), Budget(soft_ms, hard_ms)
    detection, listing = _survey(root, budget, notes)
    if cache is not None and not budget.ran_out:
        kept.put(detection, notes, lasting=listing.is_tracked)
    return detection


def _survey(root: str, budget: Budget, notes: Notes) -> tuple[Detection, Listing]:
    known = rules()
    reader = Reader(root, budget, notes)
    listing = list_files(root, budget, notes)
    files = _files(root, listing)
    attributes = _attributes(root, listing, files, reader, budget, notes)
    if attributes:
        files = _files(root, attributes.counted, attributes.own)
        files.include(attributes.named_only)
    if listing.source != "walk":
        lock_files = frozenset(map(str.encode, known.files))
        files.include(untracked_beside(listing, root, files.beside(NAMES), NAMES | lock_files, budget, notes))
    stack = Stack()
    gatherer = Gatherer(files, known, reader, stack)
    gatherer.manifests(notes)
    gatherer.files()
    domains = {rule.domain for rule in stack.certain() if rule.kind == "frameworks"}
    said = attributes.languages if attributes else {}
    languages = Languages(files, known.by_language(stack.ecosystems), said, reader, domains).found()
    gatherer.samples()
    shares = known.shares({language.name: language.share for language in languages})
    gatherer.defaults(shares)
    detection = Detection(
        root=shown(os.fsencode(root)),
        languages=languages,
        frameworks=stack.findings("frameworks", shares),
        libraries=stack.findings("libraries", shares),
        package_managers=stack.findings("package_managers", shares),
        test_runners=stack.findings("test_runners", shares),
        build_tools=stack.findings("build_tools", shares),
        domain=domain_of(stack, files, languages, shares),
        parts=_parts(stack, known),
        partial=bool(notes.skipped),
        stats=_stats(listing, stack, reader, notes),
    )
    return detection, listing


def _files(root: str, listing: Listing, own: Listing | None = None) -> Files:
    known, facts = rules(), table()
    return Files(
        listing,
        root,
        manifests=NAMES,
        names={*map(str.encode, known.files), *facts.names, *MAIN_FILES, *READMES, _ATTRIBUTES},
        extensions={*facts.extensions, *map(str.encode, (*known.endings, *known.confirms)), *EXTENSIONS},
        own=own,
    )


def _attributes(
    root: str, listing: Listing, files: Files, reader: Reader, budget: Budget, notes: Notes
) -> Attributes | None:
    """Return what is said about files in `.gitattributes`, or None."""
    named = [path for path in files.named.get(_ATTRIBUTES, ()) if files.place(path)]
    if not named and not (listing.repository and listing.repository.way):
        return None
    from persona_tui.detect.attributes import read_attributes  # late, as below: not every codebase needs it

    return read_attributes(listing, named, root, reader, budget, notes)


def _parts(stack: Stack, known: Rules) -> tuple[Part, ...]:
    if len(stack.manifests) < 2:
        return ()
    from persona_tui.detect.parts import parts_of

    return parts_of(stack, known)


def _folder(path: Path | str) -> str:
    """Return the real path of a folder that can be listed."""
    try:
        root = os.path.realpath(os.path.expanduser(os.fspath(path)))
        os.scandir(root).close()
        return root
    except (OSError, ValueError) as error:
        raise _refusal(os.fspath(path), error) from None


def _refusal(path: str, error: OSError | ValueError) -> Exception:
    from persona_tui.base.errors import BadData, UsageError
    from persona_tui.base.text import plain

    if isinstance(error, FileNotFoundError):
        return UsageError(f"{plain(path)}: there is no such folder; name the one that the codebase is in")
    if isinstance(error, NotADirectoryError):
        return UsageError(f"{plain(path)}: not a folder; name the one that the codebase is in")
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return BadData(f"the folder cannot be read: {reason.lower()}", path=plain(path))


def _stats(listing: Listing, stack: Stack, reader: Reader, notes: Notes) -> dict[str, Any]:
    return {
        "files": len(listing.paths),
        "listing": listing.source,
        "manifests": len(stack.manifests),
        "files_read": reader.files,
        "bytes_read": reader.bytes,
        "problems": _shortened(notes.problems),
        "unreadable": _shortened(notes.unreadable),
        "skipped": notes.skipped,
        "cached": False,
    }


def _shortened(sentences: list[str]) -> list[str]:
    """Return the first few in order, and how many more there are."""
    if len(sentences) <= _MOST_NOTES:
        return sorted(sentences)
    return [*sorted(sentences)[:_MOST_NOTES], f"and {len(sentences) - _MOST_NOTES} more"]
