"""The registry: what is saved is what is read, nobody is overwritten unseen, and every version is kept."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from persona_tui.base.errors import BadData, CannotWrite, Conflict, ExitCode, NotFound
from persona_tui.spec.modelfile import parse
from persona_tui.store import registry as registry_module
from persona_tui.store.registry import Registry, RevisionConflict
from persona_tui.store.scopes import find_scopes
from tests.conftest import make_persona

NOBODY = 65534


def test_saving_writes_the_persona_its_modelfile_and_a_version(registry: Registry) -> None:
    stored = registry.save(make_persona(), seen=None, by="test")

    assert stored.path == Path.cwd() / ".persona/registry/my-go-q3.yaml"
    assert registry.get("my-go-q3").persona == make_persona()
    assert parse(stored.scope.modelfile("my-go-q3").read_bytes()).base == "qwen3:8b"
    assert [(v.revision, v.by) for v in registry.versions("my-go-q3", stored.scope)] == [(stored.revision, "test")]
    assert sorted(os.listdir(stored.scope.root)) == ["modelfiles", "registry"]


def test_a_persona_without_a_base_has_no_modelfile(registry: Registry) -> None:
    stored = registry.save(make_persona(), seen=None, by="test")

    registry.save(make_persona(preferred_models=[]), seen=stored.revision, by="test")

    assert not stored.scope.modelfile("my-go-q3").exists()


def test_comments_and_order_of_a_file_survive_an_edit(registry: Registry) -> None:
    stored = registry.save(make_persona(), seen=None, by="test")
    text = stored.document.text.replace("role:", "# who it is\nrole:").replace(
        "  - MUST close", "  # leaks\n  - MUST close"
    )
    stored.path.write_text(text)
    stored = registry.get("my-go-q3")

    registry.save(stored.persona.revised(temperature=0.3), seen=stored.revision, by="test")

    assert stored.path.read_text() == text.replace("temperature: 0.1", "temperature: 0.3")


def test_saving_the_same_again_changes_nothing(registry: Registry) -> None:
    stored = registry.save(make_persona(), seen=None, by="test")
    before = stored.path.stat().st_mtime_ns

    registry.save(make_persona(), seen=stored.revision, by="test")

    assert stored.path.stat().st_mtime_ns == before
    assert len(registry.versions("my-go-q3", stored.scope)) == 1


def test_whoever_saves_over_an_unseen_version_is_offered_the_merge(registry: Registry) -> None:
    first = registry.save(make_persona(), seen=None, by="test")
    registry.save(first.persona.revised(temperature=0.3), seen=first.revision, by="somebody")

    with pytest.raises(RevisionConflict) as caught:
        registry.save(first.persona.revised(role="Reviewer of Go services"), seen=first.revision, by="test")

    assert caught.value.exit_code == ExitCode.CONFLICT
    assert caught.value.merge is not None
    assert not caught.value.merge.conflicts
    assert (caught.value.merge.persona.temperature, caught.value.merge.persona.role) == (0.3, "Reviewer of Go services")
    assert registry.get("my-go-q3").persona.role == first.persona.role


def test_a_field_that_both_changed_is_named(registry: Registry) -> None:
    first = registry.save(make_persona(), seen=None, by="test")
    registry.save(first.persona.revised(role="One role"), seen=first.revision, by="somebody")

    with pytest.raises(RevisionConflict, match="role differs in both"):
        registry.save(first.persona.revised(role="Another role"), seen=first.revision, by="test")


@pytest.mark.parametrize("seen", [None, "0123456789ab"])
def test_a_new_persona_does_not_replace_one_that_is_there(registry: Registry, seen: str | None) -> None:
    registry.save(make_persona(), seen=None, by="test")

    with pytest.raises(RevisionConflict):
        registry.save(make_persona(role="Another one"), seen=seen, by="test")


def test_an_edit_by_another_program_is_the_truth_and_is_kept_as_a_version(registry: Registry) -> None:
    stored = registry.save(make_persona(), seen=None, by="test")
    stored.path.write_text(stored.document.text.replace("0.1", "0.7"))
    edited = registry.get("my-go-q3")
    assert edited.persona.temperature == 0.7

    registry.save(edited.persona.revised(temperature=0.3), seen=edited.revision, by="test")

    assert [v.by for v in registry.versions("my-go-q3", stored.scope)] == ["test", "outside", "test"]


@pytest.mark.parametrize("journal", [b"", b"{", b"[]", b'{"moves": [], "version": 3}'])
def test_a_damaged_journal_is_set_aside(registry: Registry, journal: bytes) -> None:
    stored = registry.save(make_persona(), seen=None, by="test")
    (stored.scope.state / "journal.json").write_bytes(journal)

    assert registry.get("my-go-q3") == stored
    assert (stored.scope.state / "journal.lost.json").read_bytes() == journal


def test_a_damaged_version_hides_no_other(registry: Registry) -> None:
    stored = registry.save(make_persona(), seen=None, by="test")
    (stored.scope.state / "history/my-go-q3/000001.json").write_bytes(b"")

    registry.save(stored.persona.revised(temperature=0.3), seen=stored.revision, by="test")

    assert [version.by for version in registry.versions("my-go-q3", stored.scope)] == ["outside", "test"]


def test_an_edit_by_another_program_in_the_moment_of_saving_is_a_conflict(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = registry.save(make_persona(), seen=None, by="test")
    by_hand = stored.document.text.replace("0.1", "0.2")
    render = registry_module._modelfile
    monkeypatch.setattr(registry_module, "_modelfile", lambda p: (stored.path.write_text(by_hand), render(p))[1])

    with pytest.raises(Conflict, match="in this moment"):
        registry.save(stored.persona.revised(temperature=0.3), seen=stored.revision, by="test")

    assert stored.path.read_text() == by_hand


def test_what_could_not_be_read_again_is_not_saved(registry: Registry) -> None:
    with pytest.raises(BadData, match="bytes"):
        registry.save(make_persona(note="x" * 1_100_000), seen=None, by="test")
    assert registry.find("my-go-q3") is None


def test_permissions_of_a_file_survive_an_edit(registry: Registry) -> None:
    stored = registry.save(make_persona(), seen=None, by="test")
    stored.path.chmod(0o640)

    registry.save(stored.persona.revised(temperature=0.3), seen=stored.revision, by="test")

    assert stored.path.stat().st_mode & 0o777 == 0o640


def test_removing_keeps_the_versions(registry: Registry) -> None:
    stored = registry.save(make_persona(), seen=None, by="test")

    registry.remove("my-go-q3")

    assert not stored.path.exists()
    assert not stored.scope.modelfile("my-go-q3").exists()
    assert [v.text is None for v in registry.versions("my-go-q3", stored.scope)] == [False, True]
    with pytest.raises(NotFound):
        registry.get("my-go-q3")


def test_the_project_hides_the_global_persona(registry: Registry) -> None:
    registry.save(make_persona(role="Global one"), scope="global", seen=None, by="test")
    registry.save(make_persona(role="Project one"), scope="project", seen=None, by="test")

    assert registry.get("my-go-q3").persona.role == "Project one"
    assert registry.get("my-go-q3", "global").persona.role == "Global one"
    rows = [(row["scope"], row["hidden"]) for row in registry.rows() if row["name"] == "my-go-q3"]
    assert sorted(rows) == [("global", True), ("project", False)]


def test_what_ships_is_read_and_never_written(registry: Registry) -> None:
    shipped = registry.get("my-persona-designer-q3")
    assert shipped.scope.name == "built-in"

    with pytest.raises(CannotWrite, match="ships with the program"):
        registry.remove("my-persona-designer-q3")
    with pytest.raises(CannotWrite, match="ships with the program"):
        registry.save(shipped.persona, scope="built-in", seen=shipped.revision, by="test")


def test_a_name_that_is_nearly_right_is_suggested(registry: Registry) -> None:
    registry.save(make_persona(), seen=None, by="test")

    with pytest.raises(NotFound, match="did you mean 'my-go-q3'"):
        registry.get("my-goo-q3")


@pytest.mark.parametrize("name", ["../my-go-q3", "a/b", "", ".", "..", "a\0b"])
def test_no_name_reaches_out_of_the_registry(registry: Registry, name: str) -> None:
    with pytest.raises(NotFound):
        registry.get(name)


def test_a_file_whose_name_and_content_disagree_is_said(registry: Registry) -> None:
    stored = registry.save(make_persona(), seen=None, by="test")
    stored.path.rename(stored.path.with_name("other.yaml"))

    with pytest.raises(BadData, match=r"'other'.*'my-go-q3'"):
        registry.get("other")


def test_a_broken_file_is_a_row_with_its_error_and_hides_no_other(registry: Registry) -> None:
    stored = registry.save(make_persona(), seen=None, by="test")
    stored.path.with_name("broken.yaml").write_text("name: [")

    rows = {row["name"]: row for row in registry.rows("project")}

    assert "broken YAML" in rows["broken"]["error"]
    assert "error" not in rows["my-go-q3"]


def test_the_index_can_be_deleted_or_damaged_at_any_time(registry: Registry) -> None:
    stored = registry.save(make_persona(), seen=None, by="test")
    rows = registry.rows()
    index = stored.scope.state / "index.sqlite"

    index.unlink()
    assert registry.rows() == rows
    index.write_bytes(b"this is no database, but it is long enough to be read as the header of one ......." * 9)
    assert registry.rows() == rows


def test_a_full_disk_is_no_reason_not_to_list(registry: Registry, home: Path) -> None:
    registry.save(make_persona(), seen=None, by="test")
    shutil.rmtree(home)

    with _file_size_limit(0):
        rows = registry.rows()

    assert "my-go-q3" in [row["name"] for row in rows]


def test_the_index_notices_edits_additions_and_removals(registry: Registry) -> None:
    stored = registry.save(make_persona(), seen=None, by="test")
    registry.save(make_persona(name="gone"), seen=None, by="test")
    registry.rows()

    stored.path.write_text(stored.document.text.replace("0.1", "0.7"))
    stored.path.with_name("gone.yaml").unlink()
    stored.path.with_name("new.yaml").write_text(stored.document.text.replace("my-go-q3", "new"))

    temperatures = {row["name"]: row["temperature"] for row in registry.rows("project")}
    assert temperatures == {"my-go-q3": 0.7, "new": 0.1}


def test_reading_without_keeping_the_index_writes_nothing(home: Path) -> None:
    registry = Registry(find_scopes(), keep_index=False)

    assert registry.rows()
    assert not home.exists()


@contextmanager
def _as(user: int) -> Iterator[None]:
    """Act as another user where we are root, for whom no permission is denied."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_folder_that_cannot_be_written_is_said_and_stays_as_it_was(registry: Registry, tmp_path: Path) -> None:
    stored = registry.save(make_persona(), seen=None, by="test")
    for path in (tmp_path.parent.parent, tmp_path.parent, tmp_path, *tmp_path.rglob("*")):
        path.chmod(0o777)
    for folder in (stored.scope.registry, stored.scope.modelfiles, stored.scope.root):
        folder.chmod(0o555)

    with _as(NOBODY), pytest.raises(CannotWrite):
        registry.save(stored.persona.revised(temperature=0.3), seen=stored.revision, by="test")

    assert stored.path.read_text() == stored.document.text


def test_a_full_disk_leaves_the_old_state(registry: Registry) -> None:
    stored = registry.save(make_persona(), seen=None, by="test")
    before = sorted(path for path in stored.scope.root.rglob("*"))
    long = stored.persona.revised(note="\n".join(["a long note"] * 1000))

    with _file_size_limit(4096), pytest.raises(CannotWrite):
        registry.save(long, seen=stored.revision, by="test")

    assert sorted(path for path in stored.scope.root.rglob("*")) == before
    assert registry.get("my-go-q3") == stored
    assert registry.save(long, seen=stored.revision, by="test").persona == long


@contextmanager
def _file_size_limit(size: int) -> Iterator[None]:
    """Let the kernel refuse longer files (EFBIG), as a full disk does; Python ignores the signal that comes with it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
