"""The registry: personas by name, over all scopes, with every version kept.

Files are the truth. What another program wrote is simply what the persona is now; whoever saves over a version
that they have not seen gets a `RevisionConflict` that carries the merge on offer.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from persona_tui.base.errors import BadData, CannotWrite, Conflict, NotFound
from persona_tui.base.files import PERSONA_LIMIT, check_writable, read_bounded, write_atomic
from persona_tui.store.history import History, Version, revision_of
from persona_tui.store.index import Index, Listing, Progress, Row
from persona_tui.store.scopes import Scope, Scopes
from persona_tui.store.transaction import commit, locked, recover

if TYPE_CHECKING:
    from persona_tui.spec.changes import Merge
    from persona_tui.spec.document import Document
    from persona_tui.spec.persona import Persona


@dataclass(frozen=True, slots=True)
class Stored:
    """A persona of the registry: its document, where it is, and the revision that was read."""

    document: Document
    scope: Scope
    path: Path
    revision: str

    @property
    def persona(self) -> Persona:
        return self.document.persona


class RevisionConflict(Conflict):
    """The persona changed since it was read. `current` is what is there now; `merge` is the way to keep both."""

    def __init__(self, name: str, current: Stored | None, merge: Merge | None) -> None:
        self.current = current
        self.merge = merge
        if current is None:
            message = f"'{name}' was removed while it was being edited; save it under another name, or try again"
        elif merge is None or merge.conflicts:
            fields = ", ".join(c.field for c in merge.conflicts) if merge else "it"
            message = f"'{name}' was changed by somebody else meanwhile, and {fields} differs in both; look at it again"
        else:
            message = f"'{name}' was changed by somebody else meanwhile, in other fields; look at it and try again"
        super().__init__(message)


class Registry:
    """Personas over the scopes. Opening it costs nothing; each call reads the files that it needs.

    With `keep_index` false nothing is written while reading, not even the index.
    """

    def __init__(self, scopes: Scopes, *, keep_index: bool = True) -> None:
        self.scopes = scopes
        self._keep_index = keep_index

    def listings(self, scope: str | None = None, progress: Progress | None = None) -> list[tuple[Scope, Listing]]:
        """Return what the index knows of each scope (of one, with `scope`), the strongest first."""
        chosen = [self.scopes.named(scope)] if scope else list(self.scopes.all)
        found = []
        for place in reversed(chosen):
            recover(place)
            found.append((place, Index(place, _read_row, keep=self._keep_index).listing(progress)))
        return found

    def rows(self, scope: str | None = None, progress: Progress | None = None) -> list[Row]:
        """Return a row for every persona: what `row_of` says, `scope`, and whether a stronger scope has it `hidden`.

        Strongest scope first, then by name. A file that cannot be read has `error` in place of the fields.
        """
        seen: set[str] = set()
        rows: list[Row] = []
        for place, listing in self.listings(scope, progress):
            for row in json.loads(f"[{','.join(listing.lines())}]"):
                rows.append({**row, "scope": place.name, "hidden": row["name"] in seen})
            seen.update(listing.names)
        return rows

    def find(self, name: str, scope: str | None = None) -> Scope | None:
        """Return the strongest scope that has `name`, or None."""
        chosen = [self.scopes.named(scope)] if scope else list(self.scopes.all)
        for place in reversed(chosen):
            recover(place)
            if _is_name(name) and os.path.isfile(place.persona_file(name)):
                return place
        return None

    def get(self, name: str, scope: str | None = None) -> Stored:
        """Return the persona called `name`. Raises NotFound with the nearest name, BadData when its file is broken."""
        place = self.find(name, scope)
        if place is None:
            raise NotFound(self._not_found(name, scope))
        return _read(place, name)

    def save(self, persona: Persona, *, scope: str | None = None, seen: str | None, by: str) -> Stored:
        """Write `persona` and its Modelfile, keep the version, and return what is stored now.

        `seen` is the revision that the caller has read, None for a persona that is to be new. Raises
        RevisionConflict when the file is at another one, CannotWrite, or BadData when the persona there is broken.
        """
        place = self.scopes.for_saving(scope)
        with locked(place):
            path = place.persona_file(persona.name)
            current = read_bounded(path) if os.path.isfile(path) else None
            if (revision_of(current) if current is not None else None) != seen:
                raise self._conflict(place, persona, seen)
            if current is not None:
                History(place).keep(persona.name, current, "outside")
            document = _document(place, persona, current)
            data = document.text.encode()
            if len(data) > PERSONA_LIMIT:
                raise BadData(f"'{persona.name}' has {len(data):,} bytes, and at most {PERSONA_LIMIT:,} are read again")
            if data != current:
                changes = {path: data, place.modelfile(persona.name): _modelfile(document)}
                revision = revision_of(data)
                seen_file = (path, current)
                commit(place, persona.name, changes, seen=seen_file, revision=revision, text=document.text, by=by)
            Index(place, _read_row).put(persona.name, row_of(document.persona, revision_of(data)))
        return Stored(document, place, path, revision_of(data))

    def check(self, persona: Persona, *, scope: str | None, seen: str | None) -> None:
        """Raise what `save` would raise now: RevisionConflict, or CannotWrite for a scope that is not written."""
        place = self.scopes.for_saving(scope)
        path = place.persona_file(persona.name)
        if (revision_of(read_bounded(path)) if os.path.isfile(path) else None) != seen:
            raise self._conflict(place, persona, seen)
        self.check_writable(place.name)

    def check_writable(self, scope: str | None = None) -> None:
        """Raise CannotWrite now if nothing could be saved in, or removed from, a scope later."""
        place = self.scopes.for_saving(scope)
        for folder in (place.registry, place.modelfiles, place.root, place.state):
            while not os.path.lexists(folder) and folder != folder.parent:
                folder = folder.parent  # the ones below are made when they are needed
            if not os.access(folder, os.W_OK | os.X_OK):
                raise CannotWrite(f"cannot write in {folder}: permission is denied, or the file system is read-only")
        check_writable(folder)  # of the state, the last one: the journal needs room even where files only go

    def remove(self, name: str, *, scope: str | None = None, seen: str | None = None) -> Scope:
        """Remove a persona and its Modelfile; its versions stay. Returns the scope it was in.

        Raises NotFound, CannotWrite for one that ships, RevisionConflict when it is not at `seen` (where given).
        """
        place = self.find(name, scope)
        if place is None:
            raise NotFound(self._not_found(name, scope))
        place = self.scopes.for_saving(place.name)
        with locked(place):
            path = place.persona_file(name)
            if not os.path.isfile(path):
                raise NotFound(self._not_found(name, scope))
            data = read_bounded(path)
            if seen is not None and revision_of(data) != seen:
                raise RevisionConflict(name, _read(place, name), None)
            History(place).keep(name, data, "outside")
            changes = {path: None, place.modelfile(name): None}
            commit(place, name, changes, seen=(path, data), revision=None, text=None, by="rm")
        return place

    def catch_up(self, stored: Stored) -> Path | None:
        """Catch up with an edit made outside this program: keep it as a version, and render its Modelfile anew.

        Called when a revision goes out into the world, so that every version that did can be had again. Returns the
        Modelfile where it was not up to date; the persona's file is not touched. What cannot be written stays as it is.
        """
        place, name, data = stored.scope, stored.persona.name, stored.document.text.encode()
        with contextlib.suppress(CannotWrite, Conflict), locked(place):
            History(place).keep(name, data, "outside")
            file, text = place.modelfile(name), _modelfile(stored.document)
            if place.writable and text is not None and _content(file) != text and _content(stored.path) == data:
                write_atomic(file, text)  # a single file: that is one step without a journal
                return file
        return None

    def versions(self, name: str, scope: Scope) -> list[Version]:
        """Return every kept version of `name`, oldest first."""
        return History(scope).all(name)

    def _conflict(self, place: Scope, persona: Persona, seen: str | None) -> RevisionConflict:
        from persona_tui.spec.changes import merge
        from persona_tui.spec.document import parse_document

        current = _read(place, persona.name) if os.path.isfile(place.persona_file(persona.name)) else None
        base = History(place).find(persona.name, seen) if seen else None
        if current is None or base is None or base.text is None:
            return RevisionConflict(persona.name, current, None)
        return RevisionConflict(
            persona.name, current, merge(parse_document(base.text).persona, persona, current.persona)
        )

    def _not_found(self, name: str, scope: str | None) -> str:
        import difflib

        where = f"the {scope} scope" if scope else "the registry"
        near = difflib.get_close_matches(name.lower(), [row["name"] for row in self.rows(scope)], 1)
        hint = f"; did you mean '{near[0]}'?" if near else "; 'persona list' shows what there is"
        return f"there is no persona '{name}' in {where}{hint}"


def row_of(persona: Persona, revision: str) -> Row:
    """Return what `list` shows of a persona."""
    return {
        "name": persona.name,
        "role": persona.role,
        "domain": persona.domain,
        "language": persona.language,
        "base_model": persona.base_model,
        "temperature": persona.temperature,
        "tier": persona.tier,
        "status": persona.status,
        "revision": revision,
    }


def _is_name(name: str) -> bool:
    """Whether `name` is one part of a path, so that no name reaches out of the registry."""
    return bool(name) and "/" not in name and "\0" not in name and not name.startswith(".")


def _read(place: Scope, name: str) -> Stored:
    from persona_tui.spec.document import parse_document

    path = place.persona_file(name)
    data = read_bounded(path)
    document = parse_document(data, path=str(path))
    if document.persona.name != name:
        found = document.persona.name
        raise BadData(
            f"the file's name says '{name}' and its content '{found}': rename one",
            path=path,
            line=document.lines.get("name"),
        )
    return Stored(document, place, path, revision_of(data))


def _read_row(place: Scope, name: str) -> Row:
    from persona_tui.base.errors import PersonaError

    try:
        stored = _read(place, name)
    except PersonaError as error:
        return {"error": str(error), "name": name}
    return row_of(stored.persona, stored.revision)


def _document(place: Scope, persona: Persona, current: bytes | None) -> Document:
    """Return the new content: of the present file with what changed in it, so that comments stay."""
    from persona_tui.spec.document import new_document, parse_document

    if current is None:
        return new_document(persona)
    return parse_document(current, path=str(place.persona_file(persona.name))).with_persona(persona)


def _content(path: Path) -> bytes | None:
    """Return what the file `path` holds, None where it cannot be read."""
    with contextlib.suppress(NotFound, BadData):
        return read_bounded(path)
    return None


def _modelfile(document: Document) -> bytes | None:
    from persona_tui.spec.rendering import modelfile_text

    text = modelfile_text(document.persona)
    return None if text is None else text.encode()
