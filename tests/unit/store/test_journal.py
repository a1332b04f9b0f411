"""The journal of a conversation: on disk line by line, whole after every crash, one writer at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from persona_tui.base.errors import BadData, CannotWrite, Conflict, NotFound
from persona_tui.store import journal as journal_module
from persona_tui.store.journal import Journal, remove_session, session_ids


def kept(*events: dict[str, Any]) -> str:
    """Return the id of a session in which `events` happened."""
    with closing(Journal.create()) as journal:
        for event in events:
            journal.append(event)
        return journal.id


def path_of(session_id: str) -> Path:
    return Path(os.environ["PERSONA_STATE_DIR"]) / "sessions" / f"{session_id}.jsonl"


def test_events_are_read_as_they_were_written() -> None:
    events = [{"event": "a", "words": 'é\n"\u2028'}, {"event": "b", "n": [1, None]}]

    with closing(Journal.open(kept(*events))) as journal:
        assert journal.read() == events


def test_a_session_is_the_persons_alone() -> None:
    assert path_of(kept({"event": "a"})).stat().st_mode & 0o077 == 0


def test_a_lone_surrogate_is_no_reason_to_lose_an_event() -> None:
    with closing(Journal.open(kept({"event": "a", "words": "a\udc80"}))) as journal:
        assert journal.read() == [{"event": "a", "words": "a?"}]


@pytest.mark.parametrize("cut", range(1, 30, 3))
def test_half_a_line_never_happened_and_the_next_one_is_whole(cut: int) -> None:
    session_id = kept({"event": "a"}, {"event": "b", "words": "a long line of words"})
    path = path_of(session_id)
    path.write_bytes(path.read_bytes()[:-cut])

    with closing(Journal.open(session_id)) as journal:
        assert journal.read() == [{"event": "a"}]
        journal.append({"event": "c"})
        assert journal.read() == [{"event": "a"}, {"event": "c"}]


@pytest.mark.parametrize("line", ["{", "[]", "7", "\xff"])
def test_a_damaged_line_is_told_with_its_place(line: str) -> None:
    session_id = kept({"event": "a"})
    path_of(session_id).write_text(f'{{"event": "a"}}\n{line}\n')

    with closing(Journal.open(session_id)) as journal, pytest.raises(BadData, match=r"jsonl:2: the session is damaged"):
        journal.read()


def test_a_second_process_only_reads() -> None:
    session_id = kept({"event": "a"})
    script = (
        "import sys\nfrom persona_tui.store.journal import Journal\n"
        "journal = Journal.open(sys.argv[1])\nprint(journal.read_only, flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, session_id], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "False\n"
        with closing(Journal.open(session_id)) as journal:
            assert journal.read_only
            assert journal.busy
            assert journal.read() == [{"event": "a"}]
            with pytest.raises(Conflict, match="only read"):
                journal.append({"event": "b"})
            with pytest.raises(Conflict):
                remove_session(session_id)
        other.kill()
    with closing(Journal.open(session_id)) as journal:
        assert not journal.read_only


def test_looking_changes_nothing_and_keeps_nobody_out() -> None:
    session_id = kept({"event": "a"})
    path = path_of(session_id)
    path.write_bytes(path.read_bytes() + b'{"half')
    before = path.stat()

    with closing(Journal.look(session_id)) as looked, closing(Journal.open(session_id)) as journal:
        assert looked.read() == [{"event": "a"}]
        assert not looked.busy
        assert not journal.read_only
    assert before.st_mtime_ns != path.stat().st_mtime_ns  # whoever writes drops the half line
    with closing(Journal.open(session_id)), closing(Journal.look(session_id)) as looked:
        assert looked.busy


def test_one_that_is_removed_while_somebody_waits_for_it_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    session_id = kept({"event": "a"})
    hold = journal_module._hold
    monkeypatch.setattr(journal_module, "_hold", lambda handle: (path_of(session_id).unlink(), hold(handle))[1])

    with pytest.raises(NotFound, match="just been removed"):
        Journal.open(session_id)


def test_a_broken_link_hides_no_session() -> None:
    session_id = kept({"event": "a"})
    (path_of(session_id).parent / "0101-aaaaaa.jsonl").symlink_to("/nowhere")

    assert session_ids() == [session_id]


def test_what_was_heard_is_there_for_the_next_one() -> None:
    journal = Journal.create()
    journal.append({"event": "a"})
    for piece in ("Hel", "lo ", "é"):
        journal.hear(piece)

    assert journal.heard() == "Hello é"  # as whoever comes after a kill would read it
    journal.forget_heard()
    assert journal.heard() == ""
    journal.close()


def test_one_in_which_nothing_happened_goes() -> None:
    Journal.create().close()

    assert session_ids() == []


def test_sessions_are_found_by_a_part_of_their_id_and_the_last_one_comes_first() -> None:
    first, second = kept({"event": "a"}), kept({"event": "b"})
    os.utime(path_of(first), (1, 1))

    assert session_ids() == [second, first]
    with closing(Journal.open(first[5:])) as journal:
        assert journal.id == first
    for wrong in ("", "nowhere", "../sessions", first[:2]):
        with pytest.raises(NotFound):
            Journal.open(wrong)
    with pytest.raises(BadData, match="could be"):
        Journal.open(first[:5])
    assert remove_session(first) == first
    assert session_ids() == [second]


def test_a_folder_that_takes_no_file_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PERSONA_STATE_DIR", str(tmp_path / "file"))

    with pytest.raises(CannotWrite, match="cannot write"):
        Journal.create()


def test_a_full_disk_leaves_no_half_line(monkeypatch: pytest.MonkeyPatch) -> None:
    session_id = kept({"event": "a"})
    write = os.write

    def full(handle: int, data: bytes) -> int:
        if len(data) < 20:
            raise OSError(28, "No space left on device")
        return write(handle, data[:10])

    with closing(Journal.open(session_id)) as journal:
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", full)
            with pytest.raises(CannotWrite, match="disk is full"):
                journal.append({"event": "b", "words": "words"})
        assert path_of(session_id).read_text() == json.dumps({"event": "a"}) + "\n"
