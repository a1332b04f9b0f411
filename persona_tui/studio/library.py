"""The personas that there are: list, show, remove, compare, render."""

from __future__ import annotations

import bisect
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from persona_tui.base.errors import BadData, NotFound, UsageError
from persona_tui.base.text import one_line

if TYPE_CHECKING:
    from persona_tui.spec.changes import Change
    from persona_tui.store.index import Progress
    from persona_tui.store.registry import Registry, Stored
_BROKEN = '{"error"'


def list_personas(
    registry: Registry, scope: str | None = None, progress: Progress | None = None
) -> tuple[str, list[str]]:
    """Return the rows of all personas as the text of a JSON array, and a sentence for each place that cannot be read.

    One that a stronger scope hides is left out, unless its scope was asked for. `server` is `unknown` yet. The rows
    stay text because ten thousand of them are most often only passed on.
    """
    listings = registry.listings(scope, progress)
    special = _overlap([listing.names for _, listing in listings]) or any(_BROKEN in x.rows for _, x in listings)
    broken = [f"{place.root} cannot be read: permission is denied" for place, _ in listings if place.unreadable]
    seen: set[str] = set()
    parts = []
    for place, listing in listings:
        rows = listing.rows
        if special:
            lines = [line for name, line in zip(listing.names, listing.lines(), strict=True) if name not in seen]
            broken += [json.loads(line)["error"] for line in lines if line.startswith(_BROKEN)]
            rows = "\n".join(line for line in lines if not line.startswith(_BROKEN))
            seen.update(listing.names)
        if rows:
            more = f', "scope": "{place.name}", "server": "unknown"}}'
            parts.append(rows[:-1].replace("}\n", f"{more}, ") + more)
    return f"[{', '.join(parts)}]", broken


def _overlap(lists: list[list[str]]) -> bool:
    """Whether a name is in two of the lists; of the longest one, which is sorted, no set has to be made."""
    *short, longest = sorted(lists, key=len)
    names = [name for names in short for name in names]
    return len(names) != len(set(names)) or any(_holds(longest, name) for name in names)


def _holds(names: list[str], name: str) -> bool:
    place = bisect.bisect_left(names, name)
    return place < len(names) and names[place] == name


def show_persona(stored: Stored) -> dict[str, Any]:
    """Return the shape of `persona show --json`; `losses` is what its Modelfile cannot hold."""
    from persona_tui.spec.rendering import modelfile_text, not_in_modelfile

    return {
        "persona": stored.persona.to_data(),
        "scope": stored.scope.name,
        "path": str(stored.path),
        "revision": stored.revision,
        "modelfile": modelfile_text(stored.persona),
        "losses": not_in_modelfile(stored.persona),
    }


def read_reference(registry: Registry, reference: str, scope: str | None = None) -> Stored:
    """Return what `reference` means: `NAME`, `NAME@3` (a kept version, counted from 1), or the path of a file.

    Raises NotFound or BadData.
    """
    from persona_tui.spec.document import parse_document
    from persona_tui.store.history import revision_of
    from persona_tui.store.registry import Stored

    if "/" in reference or reference.endswith((".yaml", ".yml")):
        return _read_file(Path(reference))
    name, at, number = reference.partition("@")
    if not at:
        return registry.get(name, scope)
    if not (number.isascii() and number.isdigit()):
        raise UsageError(f"'{reference}': a version is a number, as in {name}@3")
    place = registry.find(name, scope)
    for candidate in [place] if place else reversed(registry.scopes.all):
        for version in registry.versions(name, candidate):
            if str(version.number) == number.lstrip("0"):  # as text: Python reads no number of 5,000 digits
                if version.text is None:
                    raise NotFound(f"version {number} of '{name}' is its removal: there is nothing to read")
                document = parse_document(version.text, path=reference)
                revision = revision_of(version.text.encode())
                return Stored(document, candidate, candidate.persona_file(name), revision)
    raise NotFound(f"there is no version {one_line(number, 20)} of '{name}'")


def _read_file(path: Path) -> Stored:
    from persona_tui.base.files import read_bounded
    from persona_tui.spec.document import parse_document
    from persona_tui.store.history import revision_of
    from persona_tui.store.registry import Stored
    from persona_tui.store.scopes import Scope

    data = read_bounded(path)
    return Stored(parse_document(data, path=str(path)), Scope("file", path.parent), path, revision_of(data))


@dataclass(frozen=True, slots=True)
class Difference:
    """Two personas compared: field by field, and as their Modelfiles' lines (unified, empty where they agree)."""

    changes: tuple[Change, ...]
    modelfile: tuple[str, ...]


def compare_personas(one: Stored, other: Stored, names: tuple[str, str]) -> Difference:
    """Compare two personas; `names` head the two sides of the Modelfiles' difference."""
    from persona_tui.spec.changes import compare
    from persona_tui.spec.rendering import modelfile_text

    changes = compare(one.persona, other.persona)
    texts = [modelfile_text(side.persona) or "" for side in (one, other)]
    lines = unified(texts[0], texts[1], *names)
    return Difference(tuple(changes), tuple(lines))


def unified(old: str, new: str, old_name: str, new_name: str) -> list[str]:
    """Return the unified difference of two texts as lines without line ends."""
    import difflib

    return list(difflib.unified_diff(old.splitlines(), new.splitlines(), old_name, new_name, lineterm=""))


@dataclass(frozen=True, slots=True)
class Rendering:
    """A Modelfile and its persona: `state` is same, missing, differs, orphan, cannot or broken, `reason` says why."""

    name: str
    path: Path
    state: str
    reason: str | None = None


def check_rendering(registry: Registry, scope: str | None = None) -> list[Rendering]:
    """Compare every Modelfile of one scope with what its persona renders to. Nothing is written."""
    place = registry.scopes.named(scope) if scope else registry.scopes.default
    rows = registry.rows(place.name)
    found = [_check(registry, row["name"], place.name) for row in rows if "error" not in row]
    found += [
        Rendering(row["name"], place.modelfile(row["name"]), "broken", row["error"]) for row in rows if "error" in row
    ]
    names = {row["name"] for row in rows}
    orphans = sorted(
        file for file in place.modelfiles.glob("*.Modelfile") if file.name[: -len(".Modelfile")] not in names
    )
    return found + [Rendering(f.name[: -len(".Modelfile")], f, "orphan", "no persona has this name") for f in orphans]


def _check(registry: Registry, name: str, scope: str) -> Rendering:
    from persona_tui.spec.rendering import modelfile_text, not_in_modelfile

    stored = registry.get(name, scope)
    path = stored.scope.modelfile(name)
    wanted = modelfile_text(stored.persona)
    try:
        present: bytes | None = path.read_bytes()
    except FileNotFoundError:
        present = None
    if wanted is None:
        reason = "; ".join(not_in_modelfile(stored.persona)) or "it has no base model of Ollama"
        return Rendering(name, path, "cannot" if present is None else "orphan", reason)
    state = "missing" if present is None else "same" if present == wanted.encode() else "differs"
    return Rendering(name, path, state)


def render_scope(registry: Registry, scope: str | None = None) -> list[Rendering]:
    """Write every Modelfile of one scope that is missing or differs; return what was found before.

    Orphans are left alone. Raises CannotWrite.
    """
    from persona_tui.base.files import write_atomic
    from persona_tui.spec.rendering import modelfile_text

    found = check_rendering(registry, scope)
    for item in found:
        if item.state in ("missing", "differs"):
            text = modelfile_text(registry.get(item.name, scope).persona)
            if text is None:
                raise BadData(f"'{item.name}' cannot be written as a Modelfile any more: look at it again")
            write_atomic(item.path, text.encode())
    return found
