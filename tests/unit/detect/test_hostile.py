"""Codebases that are broken, huge or meant to harm: one clear sentence, and the rest is still answered."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from persona_tui.base.errors import BadData, PersonaError, UsageError
from persona_tui.detect import detect as detect_in_time
from persona_tui.detect import listing, reading, walking

detect = partial(detect_in_time, soft_ms=60_000, hard_ms=60_000)  # what is found must not depend on the machine

FLASK = '[project]\nname = "own"\ndependencies = ["flask"]\n'
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol0 "lol">'
    + "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">' for n in range(1, 10))
    + "]><project>&lol9;</project>"
)
DEEP = 50_000
MANIFESTS = [
    *("pyproject.toml", "setup.cfg", "Pipfile", "requirements.txt", "package.json", "composer.json", "pom.xml"),
    *("build.gradle", "libs.versions.toml", "a.csproj", "go.mod", "Cargo.toml", "Gemfile", "a.gemspec", "mix.exs"),
    "pubspec.yaml",
]
SLOW = [
    *("\n" * 200_000, " " * 200_000, "a " * 100_000, "a" + " " * 200_000 + "b", "a.a" * 60_000, "{:a," * 50_000),
    *('{:a, "b"' * 25_000, "[a]\n" * 50_000, 'gem "a' * 30_000, "id(" * 60_000, "<a>" * 60_000, "=" * 200_000),
    "[a]\na" + " " * 200_000 + "b",
]
NOBODY = 65534


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "codebase"
    folder.mkdir()
    (folder / "main.py").write_text("print()\n")
    return folder


@pytest.fixture
def shared_root() -> Iterator[Path]:
    """A folder that every user can reach, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for path in folder.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(folder)


@contextmanager
def unprivileged() -> Iterator[None]:
    """Root may read everything, so for the time of a test it is somebody else."""
    if os.geteuid() != 0:
        yield
        return
    detect(Path(__file__).parent)  # what is loaded late may be out of reach afterwards
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True)


def track(root: Path) -> None:
    git(root, "init", "-q")
    git(root, "add", ".")


def missing(folder: Path) -> Path:
    return folder / "missing"


def a_file(folder: Path) -> Path:
    (folder / "file").write_text("")
    return folder / "file"


def a_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def a_dangling_link(folder: Path) -> Path:
    (folder / "link").symlink_to("nowhere")
    return folder / "link"


def a_link_loop(folder: Path) -> Path:
    (folder / "one").symlink_to("two")
    (folder / "two").symlink_to("one")
    return folder / "one"


def a_null_byte(folder: Path) -> Path:
    return folder / "a\0b"


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (missing, UsageError, "no such folder"),
        (a_file, UsageError, "not a folder"),
        (a_pipe, UsageError, "not a folder"),
        (a_dangling_link, UsageError, "no such folder"),
        (a_link_loop, PersonaError, "folder"),
        (a_null_byte, BadData, "cannot be read"),
    ],
)
def test_what_is_no_folder_gets_one_sentence(
    tmp_path: Path, make: Callable[[Path], Path], error: type[PersonaError], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        detect(make(tmp_path))

    assert len(str(caught.value).splitlines()) == 1


def test_a_folder_that_may_not_be_read_gets_one_sentence(shared_root: Path) -> None:
    shared_root.chmod(0)
    try:
        with unprivileged(), pytest.raises(BadData, match="cannot be read: permission denied"):
            detect(shared_root)
    finally:
        shared_root.chmod(0o755)


def test_unreadable_places_are_named_and_the_rest_is_answered(shared_root: Path) -> None:
    (shared_root / "main.go").write_text("package main\n")
    (shared_root / "secret").mkdir(mode=0)
    manifest = shared_root / "pyproject.toml"
    manifest.write_text(FLASK)
    manifest.chmod(0)

    with unprivileged():
        found = detect(shared_root)

    assert found.languages[0].name == "Go"
    assert found.stats["unreadable"] == ["secret/"]
    assert found.stats["problems"] == ["pyproject.toml: permission denied, not read"]


def test_an_empty_folder_is_a_detection_with_nothing(tmp_path: Path) -> None:
    found = detect(tmp_path)

    assert (found.languages, found.frameworks, found.domain, found.partial) == ((), (), None, False)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("package.json", b'{"a":' * DEEP, "nested too deeply"),
        ("package.json", b"[" * DEEP + b"]" * DEEP, "nested too deeply"),
        ("package.json", b'{"name": ', "not valid JSON"),
        ("package.json", b"[]", "not a JSON object"),
        ("package.json", b'{"a": ' + b"9" * 9999 + b"}", "not valid JSON"),
        ("composer.json", b"\x00\x01\x02", "binary"),
        ("pyproject.toml", b"a = " + b"[" * DEEP, "not valid TOML"),
        ("pyproject.toml", b"[project\n", "not valid TOML"),
        ("Cargo.toml", b".".join([b"a"] * DEEP) + b" = 1", "no person writes"),
        ("pom.xml", BOMB.encode(), "document type"),
        ("pom.xml", BOMB.encode("utf-16"), "document type"),
        ("pom.xml", b"<project><dependencies>", "not valid XML"),
        ("setup.cfg", b"no section\n", "not a valid configuration"),
        ("go.mod", b"x" * (reading.MANIFEST_LIMIT + 1), "larger than"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_manifest_that_cannot_be_read_is_named_and_left_out(
    root: Path, name: str, content: bytes, words: str
) -> None:
    (root / name).write_bytes(content)
    (root / "requirements.txt").write_text("django\n")

    found = detect(root)

    assert len(found.stats["problems"]) == 1
    assert found.stats["problems"][0].startswith(name)
    assert words in found.stats["problems"][0]
    assert [finding.name for finding in found.frameworks] == ["Django"]


@pytest.mark.parametrize("name", MANIFESTS)
@pytest.mark.parametrize("content", SLOW, ids=range(len(SLOW)))
def test_no_text_makes_a_parser_slow_or_crash(root: Path, name: str, content: str) -> None:
    (root / name).write_text(content)  # a parser that takes the square of this takes hours

    assert "Python" in {language.name for language in detect(root).languages}


def test_a_manifest_of_100_megabytes_is_not_read(root: Path) -> None:
    with open(root / "package.json", "wb") as file:
        file.truncate(100 * 1024 * 1024)

    found = detect(root)

    assert found.stats["problems"] == ["package.json: larger than 256 KB, not read"]
    assert found.stats["bytes_read"] < 1024 * 1024


def test_values_of_any_type_are_taken(root: Path) -> None:
    (root / "pyproject.toml").write_text('project = 1\ntool = []\n[build-system]\nrequires = "x"\n')
    (root / "package.json").write_text('{"dependencies": ["react"], "bin": 1, "name": [], "engines": "x"}')
    (root / "Cargo.toml").write_text('target = "x"\n[dependencies]\ntokio = 1\n')

    found = detect(root)

    assert found.stats["problems"] == []
    assert [finding.name for finding in found.technologies] == ["Tokio"]


@pytest.mark.parametrize("tracked", [False, True])
def test_links_are_not_followed(root: Path, tmp_path: Path, tracked: bool) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "pyproject.toml").write_text(FLASK)
    (root / "pyproject.toml").symlink_to(outside / "pyproject.toml")
    (root / "folder").symlink_to(outside)
    (root / "loop").symlink_to(root)
    if tracked:
        track(root)

    found = detect(root)

    assert found.frameworks == ()
    assert found.stats["problems"] == []
    assert found.stats["bytes_read"] == len("print()\n")


def test_a_tracked_folder_that_became_a_link_is_not_followed(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (root / "folder").mkdir()
    (root / "folder/pyproject.toml").write_text(FLASK)
    track(root)
    (root / "folder").rename(outside)
    (root / "folder").symlink_to(outside)

    assert detect(root).frameworks == ()


def test_a_tracked_file_that_became_a_pipe_does_not_block(root: Path) -> None:
    (root / "pyproject.toml").write_text(FLASK)
    track(root)
    (root / "pyproject.toml").unlink()
    os.mkfifo(root / "pyproject.toml")

    assert detect(root).languages[0].name == "Python"


def test_names_need_not_be_text(root: Path) -> None:
    folder = os.fsencode(root)
    with open(folder + b"/\xff\xfe.go", "wb") as file:
        file.write(b"package a\n" * 99)
    with open(folder + b"/line\nbreak\x1b[31m.rb", "wb") as file:
        file.write(b"puts 1\n" * 50)

    found = detect(root)
    shown = json.dumps(found.to_json(), ensure_ascii=False)

    assert [language.name for language in found.languages] == ["Go", "Ruby", "Python"]
    assert "\x1b" not in shown.encode().decode("unicode_escape", "replace")
    assert found.languages[1].evidence[0].path == "line break.rb"


def test_what_a_manifest_names_need_not_be_text(root: Path) -> None:
    (root / "package.json").write_text('{"dependencies": {"@radix-ui/\\ud800\\u001b[31m": "1"}}')

    (radix,) = [finding for finding in detect(root).libraries if finding.name == "Radix UI"]

    assert radix.evidence[0].reason == "depends on @radix-ui/\N{REPLACEMENT CHARACTER}"


def test_nothing_that_the_repository_configures_runs(root: Path, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\ntouch {marker}\n")
    hook.chmod(0o755)
    track(root)
    git(root, "config", "core.fsmonitor", str(hook))
    git(root, "status")
    assert marker.exists(), "otherwise this test shows nothing"
    marker.unlink()

    assert detect(root).stats["listing"] == "index"
    git(root, "update-index", "--index-version", "4")  # git has to be asked for this one
    marker.unlink(missing_ok=True)
    assert detect(root).stats["listing"] == "git"
    assert not marker.exists()


def test_nothing_is_fetched_for_what_a_repository_lacks(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(listing._GIT_ENVIRONMENT, "GIT_NO_LAZY_FETCH")  # an older git does not know it
    marker = tmp_path / "ran"
    for folder in ("a", "b"):
        (root / folder).mkdir()
        (root / folder / "one.py").write_text(folder)
    track(root)
    git(root, "-c", "user.email=a@b", "-c", "user.name=a", "commit", "-qm", "one")
    tree = subprocess.check_output(["git", "-C", str(root), "rev-parse", "HEAD:b"], text=True).strip()
    git(root, "sparse-checkout", "set", "--cone", "--sparse-index", "a")  # it names `b` by its tree alone
    (root / ".git/objects" / tree[:2] / tree[2:]).unlink()
    for name, value in (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", f"ext::touch {marker}"),
        ("protocol.allow", "always"),
        ("protocol.ext.allow", "always"),
    ):
        git(root, "config", name, value)
    subprocess.run(["git", "-C", str(root), "ls-files"], capture_output=True, check=False)
    assert marker.exists(), "otherwise this test shows nothing"
    marker.unlink()

    found = detect(root)

    assert not marker.exists()
    assert [language.name for language in found.languages] == ["Python"]


@pytest.mark.parametrize(("damage", "listing"), [("index", "walk"), ("HEAD", "index"), ("config", "index")])
def test_a_damaged_repository_is_listed_all_the_same(root: Path, damage: str, listing: str) -> None:
    track(root)
    (root / ".git" / damage).write_bytes(b"\xff" * 100)

    found = detect(root)

    assert found.stats["listing"] == listing
    assert found.languages[0].name == "Python"


def test_the_environment_cannot_point_git_elsewhere(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "main.rs").write_text("fn main() {}\n")
    track(root)
    track(other)
    git(root, "update-index", "--index-version", "4")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))

    found = detect(root)

    assert (found.stats["listing"], found.stats["files"]) == ("git", 1)


def test_no_more_is_read_than_the_bounds(root: Path) -> None:
    for number in range(300):
        (root / f"part{number}").mkdir()
        (root / f"part{number}/package.json").write_text("{}")
        (root / f"part{number}/test_{number}.py").write_text("x = 1\n" * 9000)

    found = detect(root)

    assert found.partial
    assert "only the first 64 of 300 manifests were read" in found.stats["skipped"]
    assert found.stats["files_read"] <= reading.MAX_FILES_READ
    assert found.stats["bytes_read"] <= reading.MAX_BYTES_READ


def test_a_reader_stops_at_its_bounds(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_FILES_READ", 2)
    notes = reading.Notes()
    reader = reading.Reader(str(root), reading.Budget(60_000, 60_000), notes)

    for name in ("a.py", "b.py"):
        (root / name).write_text("print()\n")

    assert [reader.head(name) for name in (b"a.py", b"b.py", b"a.py", b"main.py")] == [*["print()\n"] * 3, None]
    assert notes.skipped


def test_a_file_that_the_bounds_cut_off_is_not_taken_for_a_broken_one(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "composer.json").write_text('{"require": {"laravel/framework": "^11"}}')
    (root / "package.json").write_text('{"dependencies": {"react": "^18"}}')
    monkeypatch.setattr(reading, "MAX_BYTES_READ", 50)

    found = detect(root)

    assert [finding.name for finding in found.frameworks] == ["Laravel"]
    assert found.stats["problems"] == []
    assert found.stats["skipped"] == ["no more than 256 files and 0 MB are read"]


def test_nothing_is_looked_into_once_the_time_is_short(root: Path) -> None:
    budget = reading.Budget(60_000, 60_000)
    reader = reading.Reader(str(root), budget, reading.Notes())

    assert reader.head(b"main.py")
    budget._soft = 0
    assert reader.head(b"main.py") is None


def test_without_time_the_answer_is_partial_and_says_so(root: Path) -> None:
    (root / "pyproject.toml").write_text(FLASK)

    hurried = detect(root, soft_ms=0)
    no_time = detect(root, soft_ms=0, hard_ms=0)

    assert hurried.partial
    assert [finding.name for finding in hurried.frameworks] == ["Flask"]
    assert no_time.partial
    assert no_time.languages[0].name == "Python"
    assert no_time.stats["skipped"]


def test_the_entry_tells_errors_by_sentence_and_exit_code(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "persona_tui.detect", str(tmp_path / "missing")], capture_output=True, text=True
    )

    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_the_root_of_the_machine_is_answered_in_time() -> None:
    found = detect_in_time("/", soft_ms=50, hard_ms=500)

    assert found.root == "/"
    assert found.stats["files_read"] <= reading.MAX_FILES_READ


def test_devices_and_pipes_are_not_opened(root: Path) -> None:
    os.mkfifo(root / "package.json")
    os.mkfifo(root / "run")
    if os.geteuid() == 0:
        os.mknod(root / "Cargo.toml", 0o600 | stat.S_IFCHR, os.makedev(1, 5))  # /dev/zero: endless

    found = detect(root)

    assert (found.languages[0].name, found.stats["manifests"]) == ("Python", 0)


def test_a_file_of_10_gigabytes_is_neither_read_nor_counted(root: Path) -> None:
    with (root / "table.js").open("wb") as file:
        file.truncate(10 * 1024**3)
    with (root / "package.json").open("wb") as file:
        file.truncate(10 * 1024**3)

    found = detect(root)

    assert [language.name for language in found.languages] == ["Python"]
    assert found.stats["bytes_read"] < 2 * reading.MANIFEST_LIMIT


def test_no_more_files_are_listed_than_the_most(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3000):
        (root / f"{number}.txt").touch()
    monkeypatch.setattr(walking, "MAX_FILES_LISTED", 2000)

    found = detect(root)

    assert found.partial
    assert found.stats["files"] <= 2048
    assert found.stats["skipped"] == ["not every file of a folder was listed"]


def test_a_locked_index_is_read(root: Path) -> None:
    track(root)
    (root / ".git/index.lock").touch()

    assert detect(root).stats["listing"] == "index"


def test_an_index_that_is_too_large_is_left_and_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    track(root)
    monkeypatch.setattr(listing, "_LARGEST_INDEX", 10)

    found = detect(root)

    assert (found.stats["listing"], found.partial) == ("walk", True)


def test_an_index_cannot_name_what_lies_outside(root: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(FLASK)
    (root / "xxxpyproject.toml").write_text(FLASK)
    track(root)
    index = root / ".git/index"
    index.write_bytes(index.read_bytes().replace(b"xxxpyproject.toml", b"../pyproject.toml"))
    (root / "xxxpyproject.toml").unlink()

    assert detect(root).frameworks == ()


def test_text_of_the_codebase_never_reaches_a_terminal_raw(root: Path) -> None:
    (root / "package.json").write_text(json.dumps({"dependencies": {"react": "\x1b[31m^18"}, "name": "\x1b]0;x\x07"}))
    (root / "evil\x1b[31m.go").write_text("package a\n" * 99)

    shown = json.dumps(detect(root).to_json(), ensure_ascii=False)

    assert "\\u001b" not in shown
    assert detect(root).languages[0].evidence[0].path == "evil.go"
