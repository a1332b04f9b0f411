"""The conversations that are kept: what there is, one whole, and removing them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from typing import Any

from persona_tui.base.errors import BadData
from persona_tui.designer.conversation import Conversation, replayed, round_json
from persona_tui.designer.updates import anonymous
from persona_tui.store.journal import Journal, remove_session, session_ids


def list_sessions() -> list[dict[str, Any]]:
    """Return a row for every session, the one that was worked on last first.

    Its `state` is `described` before there is a draft, `drafted`, `created`, or `damaged`. `open` says whether another
    process has it.
    """
    return [_row(session_id) for session_id in session_ids()]


def show_session(session_id: str) -> tuple[Conversation, dict[str, Any]]:
    """Return a session, and the same as JSON data. Raises NotFound, BadData."""
    with closing(Journal.look(session_id)) as journal:
        talk = replayed(journal.read())
        row = _told(journal, talk)
    persona = talk.persona
    return talk, {
        **row,
        "codebase": talk.codebase,
        "detect": talk.brief.detection.to_json() if talk.brief.detection else None,
        "persona": anonymous(persona).to_data() if persona else None,
        "locks": sorted(talk.locks),
        "filled": list(talk.state.filled),
        "transcript": [{**round_json(made), "by_hand": talk.done_after(made.number)} for made in talk.rounds],
        "created": list(talk.created),
    }


def whole_ids(session_ids: Iterable[str]) -> list[str]:
    """Return the whole ids of sessions, each once. Raises NotFound, BadData for what names none or several."""
    whole = []
    for session_id in session_ids:
        with closing(Journal.look(session_id)) as journal:
            whole.append(journal.id)
    return list(dict.fromkeys(whole))


def remove_sessions(session_ids: Iterable[str]) -> list[str]:
    """Remove sessions, and return their whole ids; all are looked for before the first one goes.

    Raises NotFound, BadData, CannotWrite, and Conflict for one that another process has open.
    """
    return [remove_session(session_id) for session_id in whole_ids(session_ids)]


def _row(session_id: str) -> dict[str, Any]:
    with closing(Journal.look(session_id)) as journal:
        try:
            return _told(journal, replayed(journal.read()))
        except BadData as error:
            row = dict.fromkeys(("began", "description", "name", "role"), None)
            return {
                "id": session_id,
                "state": "damaged",
                "open": journal.busy,
                "rounds": 0,
                **row,
                "error": str(error),
            }


def _told(journal: Journal, talk: Conversation) -> dict[str, Any]:
    data = talk.state.data
    state = "created" if talk.created else "drafted" if data else "described"
    return {
        "id": journal.id,
        "state": state,
        "open": journal.busy,
        "rounds": len(talk.rounds),
        "began": talk.began,
        "description": talk.brief.description,
        "name": data["name"] if data else None,
        "role": data["role"] if data else None,
    }
