"""What was detected is answered again until the codebase changes."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from persona_tui.detect import detect as detect_in_time
from persona_tui.detect import survey
from persona_tui.detect.caching import Cache
from persona_tui.detect.reading import Reader


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "src").mkdir(parents=True)
    (root / "src/app.py").write_text("print()\n")
    (root / "pyproject.toml").write_text('[project]\nname = "a"\ndependencies = ["flask"]\n')
    return root


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "state/detect"


detect = partial(detect_in_time, soft_ms=60_000, hard_ms=60_000)


def git(root: Path, *arguments: str) -> None:
    command = ["git", "-C", str(root), "-c", "user.email=a@b", "-c", "user.name=a", *arguments]
    subprocess.run(command, check=True, capture_output=True)


def track(root: Path) -> None:
    git(root, "init", "-q")
    git(root, "add", "-A")


@pytest.mark.parametrize("tracked", [False, True], ids=["walked", "tracked"])
def test_the_second_answer_is_the_first_and_reads_nothing(
    root: Path, cache: Path, tracked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if tracked:
        track(root)
    first = detect(root, cache=cache)
    monkeypatch.setattr(survey, "_survey", None)

    second = detect(root, cache=cache)

    assert second.stats.pop("cached") is True
    assert first.stats.pop("cached") is False
    assert second == first


def edit_a_manifest(root: Path) -> None:
    (root / "pyproject.toml").write_text('[project]\nname = "a"\ndependencies = ["fastapi"]\n')


def add_a_file(root: Path) -> None:
    (root / "src/main.go").write_text("package main\n" * 99)


def add_a_manifest(root: Path) -> None:
    (root / "package.json").write_text('{"dependencies": {"react": "18"}}')


def remove_a_manifest(root: Path) -> None:
    (root / "pyproject.toml").unlink()


@pytest.mark.parametrize("change", [edit_a_manifest, add_a_file, add_a_manifest, remove_a_manifest])
@pytest.mark.parametrize("tracked", [False, True], ids=["walked", "tracked"])
def test_a_change_is_noticed(root: Path, cache: Path, change: Callable[[Path], None], tracked: bool) -> None:
    if tracked:
        track(root)
    before = detect(root, cache=cache)
    change(root)
    if tracked and change is add_a_file:
        git(root, "add", "-A")

    after = detect(root, cache=cache)

    assert after.stats["cached"] is False
    assert after != before


def index_of_version_4(root: Path) -> Path:
    track(root)
    git(root, "update-index", "--index-version", "4")
    return root


def split_index(root: Path) -> Path:
    track(root)
    git(root, "update-index", "--split-index")
    return root


def worktree(root: Path) -> Path:
    track(root)
    git(root, "commit", "-qm", "one")
    git(root, "worktree", "add", "-q", "../other")
    return root.parent / "other"


def submodule(root: Path) -> Path:
    track(root)
    git(root, "commit", "-qm", "one")
    git(root.parent, "init", "-q", "above")
    git(root.parent / "above", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(root), "part")
    return root.parent / "above/part"


@pytest.mark.parametrize("made", [index_of_version_4, split_index, worktree, submodule])
def test_a_change_is_noticed_where_git_lists(root: Path, cache: Path, made: Callable[[Path], Path]) -> None:
    (root / "src/api").mkdir()
    (root / "src/api/b.py").write_text("print()\n")
    root = made(root)
    assert detect(root, cache=cache).stats["listing"] == "git"
    assert detect(root, cache=cache).stats["cached"] is True
    (root / "src/api/main.go").write_text("package main\n" * 99)
    git(root, "add", "-A")

    assert [language.name for language in detect(root, cache=cache).languages] == ["Go", "Python"]


def ignore(root: Path) -> None:
    (root / ".gitignore").write_text("main.go\n")


def ignore_in_a_folder(root: Path) -> None:
    (root / "new/.gitignore").write_text("main.go\n")


def exclude(root: Path) -> None:
    (root / ".git/info/exclude").write_text("main.go\n")


def remove_an_untracked_file(root: Path) -> None:
    (root / "new/main.go").unlink()


@pytest.mark.parametrize("change", [ignore, ignore_in_a_folder, exclude, remove_an_untracked_file])
def test_a_change_of_what_is_untracked_is_noticed(root: Path, cache: Path, change: Callable[[Path], None]) -> None:
    (root / ".gitignore").write_text("*.log\n")
    track(root)
    (root / "new").mkdir()
    (root / "new/main.go").write_text("package main\n" * 99)
    (root / "new/.gitignore").write_text("")
    assert detect(root, cache=cache).languages[0].name == "Go"
    assert detect(root, cache=cache).stats["cached"] is True

    change(root)

    assert detect(root, cache=cache).languages[0].name == "Python"


@pytest.mark.parametrize("place", [".", "src"])
@pytest.mark.parametrize("tracked", [False, True], ids=["walked", "tracked"])
def test_a_change_of_attributes_is_noticed(root: Path, cache: Path, place: str, tracked: bool) -> None:
    (root / "src/main.go").write_text("package main\n" * 99)
    (root / place / ".gitattributes").write_text("*.go text\n")
    if tracked:
        track(root)
    assert detect(root, cache=cache).languages[0].name == "Go"

    (root / place / ".gitattributes").write_text("*.go linguist-generated\n")

    assert detect(root, cache=cache).languages[0].name == "Python"


def test_new_attributes_above_a_part_are_noticed(root: Path, cache: Path) -> None:
    (root / "src/main.go").write_text("package main\n" * 99)
    track(root)
    assert detect(root / "src", cache=cache).languages[0].name == "Go"

    (root / ".gitattributes").write_text("*.go linguist-generated\n")

    assert detect(root / "src", cache=cache).languages[0].name == "Python"


def test_a_change_of_an_ignore_file_above_a_part_is_noticed(root: Path, cache: Path) -> None:
    track(root)
    (root / "src/new.go").write_text("package main\n" * 99)
    assert detect(root / "src", cache=cache).languages[0].name == "Go"

    (root / ".gitignore").write_text("*.go\n")

    assert detect(root / "src", cache=cache).languages[0].name == "Python"


def test_a_new_manifest_beside_another_is_noticed(root: Path, cache: Path) -> None:
    (root / "src/package.json").write_text("{}")
    track(root)
    detect(root, cache=cache)

    (root / "src/go.mod").write_text("module m\n")

    assert "go modules" in [finding.name for finding in detect(root, cache=cache).package_managers]


def test_a_change_after_reading_is_noticed(root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Reader.manifest

    def read_and_change(self: Reader, path: bytes) -> str | None:
        text = read(self, path)
        edit_a_manifest(root)
        return text

    track(root)
    monkeypatch.setattr(Reader, "manifest", read_and_change)
    assert [finding.name for finding in detect(root, cache=cache).frameworks] == ["Flask"]
    monkeypatch.undo()

    assert [finding.name for finding in detect(root, cache=cache).frameworks] == ["FastAPI"]


def test_another_commit_and_other_rules_are_noticed(root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    track(root)
    detect(root, cache=cache)
    (root / ".git/HEAD").write_text("ref: refs/heads/other\n")
    assert detect(root, cache=cache).stats["cached"] is False
    assert detect(root, cache=cache).stats["cached"] is True

    monkeypatch.setattr("persona_tui.detect.caching._VERSION", 0)
    assert detect(root, cache=cache).stats["cached"] is False


@pytest.mark.parametrize(("listing", "lasts"), [("walk", False), ("untracked", False), ("tracked", True)])
def test_what_git_does_not_track_is_kept_for_a_day(
    root: Path, cache: Path, listing: str, lasts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if listing != "walk":
        track(root)
    if listing == "untracked":
        (root / "new.py").touch()
    detect(root, cache=cache)
    now = os.stat(root).st_mtime
    monkeypatch.setattr("persona_tui.detect.caching.time", lambda: now + 25 * 3600)

    assert detect(root, cache=cache).stats["cached"] is lasts


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"rules": 1}', b"\xff", b"null"])
def test_a_damaged_cache_is_as_if_it_were_not_there(root: Path, cache: Path, content: bytes) -> None:
    first = detect(root, cache=cache)
    (kept,) = cache.iterdir()
    kept.write_bytes(content)

    assert detect(root, cache=cache) == first


def test_what_time_cut_short_is_not_kept(root: Path, cache: Path) -> None:
    assert detect_in_time(root, soft_ms=0, hard_ms=0, cache=cache).partial
    assert not cache.exists()
    assert detect_in_time(root, soft_ms=0, hard_ms=60_000, cache=cache).partial
    assert not cache.exists()


def test_what_another_limit_cut_short_is_kept(root: Path, cache: Path) -> None:
    for number in range(99):
        (root / f"part{number}").mkdir()
        (root / f"part{number}/package.json").write_text("{}")
    first = detect(root, cache=cache)
    assert first.partial

    second = detect(root, cache=cache)

    assert second.stats["cached"] is True
    assert second.partial
    assert second.stats["skipped"] == first.stats["skipped"]


def test_a_folder_that_cannot_be_written_is_no_trouble(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert detect(root, cache=tmp_path / "file/detect").languages[0].name == "Python"


def test_it_holds_no_content(root: Path, cache: Path) -> None:
    (root / "src/app.py").write_text("SECRET = 'hunter2'\n")
    detect(root, cache=cache)
    (kept,) = cache.iterdir()

    assert "hunter2" not in kept.read_text()
    assert json.loads(kept.read_text())["root"] == str(root)
    assert Cache(str(cache), str(root)).get() is not None
