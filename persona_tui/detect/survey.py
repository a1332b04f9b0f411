"""`detect`: from a path to what the codebase is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from persona_tui.base.errors import BadData, UsageError
from persona_tui.base.text import plain, plural
from persona_tui.detect import gather
from persona_tui.detect.domain import domain_of
from persona_tui.detect.languages import languages_of
from persona_tui.detect.listing import list_files
from persona_tui.detect.reading import Budget, Notes, Reader
from persona_tui.detect.result import Detection
from persona_tui.detect.rules import rules
from persona_tui.detect.stack import Stack

_MOST_NOTES = 20


def detect(path: Path | str, *, soft_ms: int = 300, hard_ms: int = 2000) -> Detection:
    """Return what the codebase in the folder `path` is; an empty folder is a detection with nothing in it.

    After `soft_ms` milliseconds no more samples are read, after `hard_ms` what is under way ends; then the result is
    `partial` and `stats["skipped"]` says what it does not cover. Nothing of the codebase is run and no link in it is
    followed. `personas` stays empty: see `ranking.rank`.

    Raises UsageError where `path` is no folder, and BadData where it cannot be read.
    """
    root = _folder(path)
    budget, notes = Budget(soft_ms, hard_ms), Notes()
    reader = Reader(root, budget, notes)
    listing = list_files(root, budget, notes)
    known, stack = rules(), Stack()
    gather.gather_manifests(stack, known, listing.paths, reader, notes)
    gather.gather_files(stack, known, listing.paths)
    languages = languages_of(root, listing.paths, known.by_language(stack.ecosystems), reader, budget, notes)
    gather.gather_samples(stack, known, listing.paths, reader)
    shares = known.shares({language.name: language.share for language in languages})
    gather.add_defaults(stack, known, listing.paths, shares)
    return Detection(
        root=plain(root),
        languages=languages,
        frameworks=stack.findings("frameworks", shares),
        package_managers=stack.findings("package_managers", shares),
        test_runners=stack.findings("test_runners", shares),
        build_tools=stack.findings("build_tools", shares),
        domain=domain_of(stack, listing.paths, languages, shares),
        partial=bool(notes.skipped),
        stats={
            "files": len(listing.paths),
            "listing": listing.source,
            "manifests": len(stack.manifests),
            **_stats(reader, notes),
        },
    )


def _folder(path: Path | str) -> str:
    """Return the real path of a folder that can be listed."""
    shown = plain(os.fspath(path))
    try:
        root = os.path.realpath(os.path.expanduser(path))
        os.scandir(root).close()
    except FileNotFoundError:
        raise UsageError(f"{shown}: there is no such folder; name the one that the codebase is in") from None
    except NotADirectoryError:
        raise UsageError(f"{shown}: not a folder; name the one that the codebase is in") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadData(f"the folder cannot be read: {reason.lower()}", path=shown) from None
    return root


def _stats(reader: Reader, notes: Notes) -> dict[str, Any]:
    return {
        "files_read": reader.files,
        "bytes_read": reader.bytes,
        "problems": _shortened(notes.problems),
        "unreadable": _shortened(notes.unreadable),
        "skipped": notes.skipped,
    }


def _shortened(sentences: list[str]) -> list[str]:
    """Return the first few in order, and how many more there are."""
    if len(sentences) <= _MOST_NOTES:
        return sorted(sentences)
    return [*sorted(sentences)[:_MOST_NOTES], f"and {plural(len(sentences) - _MOST_NOTES, 'more')}"]
