"""Ignore files mean what git takes them to mean."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from persona_tui.detect.ignoring import Ignored, Patterns
from persona_tui.detect.listing import list_files
from persona_tui.detect.reading import Budget, Notes

TREE = [
    "a.o", "a.py", "build/x.o", "build/keep.py", "docs/build/y.py", "src/a.o", "src/deep/a.py", "src/deep/b.log",
    "src/x/z.log", "src/x/y/z.log", "logs/debug.log", "logs/keep/debug.log", "foo/bar/baz.txt", "foo/baz.txt",
    "a b.txt", "#hash.txt", "!bang.txt", "x[1].txt", "x1.txt", "star*.txt", "trail .txt", ".hidden/a.py", "a\\b.txt",
]  # fmt: skip
PATTERNS = [
    "*.o", "/a.py", "build/", "/build", "build", "src/*.o", "**/z.log", "src/**/z.log", "src/**", "logs/*",
    "!logs/keep/", "!a.py", "foo/*/baz.txt", "foo/**/baz.txt", "a b.txt", "\\#hash.txt", "# comment", "\\!bang.txt",
    "x[0-9].txt", "x\\[1\\].txt", "x?.txt", "[!a]*.txt", "star\\*.txt", "trail\\ .txt", "a.py   ", ".hidden", "*",
    "!*/", "!*.py", "/*", "/src/", "deep/", "**", "**/", "a\\\\b.txt", "src/x/", "[a-", "x[]1].txt", "/", "//", "\\",
    "*a*a*", "*e*u*.l*g", "s*c/*e*p/**", "**/x/**/z*", "**/*s*/**/*.l*g", "src/d**", "**bug*", "***/y/*", "a**y",
    "//a.py", "*.*o*", "src/**/**/*b*", "**/deep/**/a.py", "*b*b*z*",
]  # fmt: skip


def listed_by_git(root: Path) -> set[str]:
    command = ["git", "-C", str(root), "-c", "core.excludesFile=", "ls-files", "-z", "--others", "--exclude-standard"]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {path for path in out.split("\0") if path}


def listed(root: Path) -> list[str]:
    return [path.decode() for path in list_files(str(root), Budget(60_000, 60_000), Notes()).paths]


def git(root: Path, *arguments: str) -> None:
    command = ["git", "-C", str(root), "-c", "user.email=a@b", "-c", "user.name=a", *arguments]
    subprocess.run(command, check=True, capture_output=True)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    top=st.lists(st.sampled_from(PATTERNS), max_size=5),
    nested=st.lists(st.sampled_from(PATTERNS), max_size=3),
    exclude=st.lists(st.sampled_from(PATTERNS), max_size=2),
)
def test_a_walk_sees_what_git_sees(
    top: list[str], nested: list[str], exclude: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("ignored")
    git(root, "init", "-q")
    for name in TREE:
        path = root / name.replace("build/", "made/")  # what is called `build` is never entered
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    for name, patterns in ((".gitignore", top), ("src/.gitignore", nested), (".git/info/exclude", exclude)):
        (root / name).write_text("\n".join(patterns).replace("build", "made"))

    assert set(listed(root)) == listed_by_git(root)
    for part in ("src", "src/x"):
        if seen := listed_by_git(root / part):
            assert set(listed(root / part)) == seen


def test_a_part_is_seen_even_where_it_is_ignored(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "part").mkdir()
    (tmp_path / "part/a.py").touch()
    (tmp_path / ".gitignore").write_text("part/*\n")

    assert listed(tmp_path / "part") == ["a.py"]


def test_what_a_repository_ignores_for_itself_goes_for_its_worktrees(tmp_path: Path) -> None:
    main, other = tmp_path / "main", tmp_path / "other"
    git(tmp_path, "init", "-q", "main")
    (main / "a.py").touch()
    git(main, "add", ".")
    git(main, "commit", "-qm", "one")
    git(main, "worktree", "add", "-q", str(other))
    (main / ".git/info/exclude").write_text("*.log\n")
    for root in (main, other):
        (root / "b.log").touch()
        (root / "c.py").touch()

        assert listed(root) == ["a.py", "c.py"]


@given(st.binary(max_size=200))
def test_any_bytes_are_an_ignore_file(content: bytes) -> None:
    Ignored(content).verdict(b"src/some/file.py", False)


def test_what_is_untracked_is_listed_in_order_and_without_other_repositories(tmp_path: Path) -> None:
    (tmp_path / "tracked.py").touch()
    for command in (["init", "-q"], ["add", "."], ["init", "-q", "other"], ["init", "-q", "new/other"]):
        git(tmp_path, *command)
    names = {f"{number}.py" for number in range(50)}
    for name in names | {f"new/{name}" for name in names} | {"other/a.py", "new/other/a.py"}:
        (tmp_path / name).touch()

    assert listed(tmp_path) == ["tracked.py", *sorted(names), *sorted(f"new/{name}" for name in names)]


@pytest.mark.parametrize("path", [b"a" * 255, b"a/" * 2000 + b"c", b"ab/" * 1300 + b"c"], ids=["name", "deep", "twos"])
@pytest.mark.parametrize(
    "pattern",
    [
        *(b"*a" * 100, b"**/" * 100, b"[" * 300, b"?" * 300, b"*" * 300 + b"b", b"*a*a*a*a*a*b", b"*[a]*?" * 40 + b"b"),
        *(b"**/a/" * 50 + b"b", b"**/a*b/" * 40 + b"b", b"a/**/*a*/**/*b*/" * 15 + b"b", b"*/" * 140 + b"b"),
    ],
)
def test_no_pattern_takes_long(pattern: bytes, path: bytes) -> None:
    began = time.monotonic()

    Ignored(pattern).verdict(path, False)

    assert time.monotonic() - began < 2  # a hang, not a measurement


def test_patterns_for_one_folder_are_bounded_together(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / ".gitignore").write_text(f"a.py\n{'x' * 100}\n" * 1000)
    (tmp_path / "sub/.gitignore").write_text("**/" * 40 + "b.py\n")
    for name in ("a.py", "b.py"):
        (tmp_path / "sub" / name).touch()

    notes = Notes()

    listing = list_files(str(tmp_path), Budget(60_000, 60_000), notes)

    assert listing.paths == [b".gitignore", b"sub/.gitignore", b"sub/b.py"]
    assert notes.skipped == ["no more than 16 KB of patterns are looked at for a folder"]


@pytest.mark.parametrize("tracked", [False, True], ids=["walked", "tracked"])
def test_the_clock_is_asked_while_names_are_matched(tmp_path: Path, tracked: bool) -> None:
    if tracked:
        (tmp_path / "tracked.py").touch()
        git(tmp_path, "init", "-q")
        git(tmp_path, "add", ".")
    for number in range(100):
        (tmp_path / f"{number}.py").touch()
    (tmp_path / ".gitignore").write_text(f"{'x' * 200}*\n" * 60)
    notes = Notes()

    found = list_files(str(tmp_path), Budget(0, 0), notes).paths

    assert 0 < len(found) < 50
    assert notes.skipped


def matches(pattern: bytes, path: bytes) -> bool:
    return list(Patterns([pattern]).matching(path)) == [0]


def test_attributes_mean_files_and_not_the_content_of_folders() -> None:
    assert matches(b"*.py", b"src/a.py")
    assert matches(b"src/**", b"src/deep/a.py")
    assert not matches(b"src", b"src/a.py")
    assert not matches(b"src/*", b"src/deep/a.py")
