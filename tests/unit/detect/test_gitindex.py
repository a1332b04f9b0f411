"""The index reader says what git says, or that it cannot; whatever the bytes are."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from persona_tui.detect import detect, listing
from persona_tui.detect.gitindex import Unsupported, read_index
from persona_tui.detect.listing import list_files
from persona_tui.detect.reading import Budget, Notes

MOST = 1000


def git(root: Path, *arguments: str) -> bytes:
    command = ["git", "-C", str(root), "-c", "user.email=a@b", "-c", "user.name=a", *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout


def plant(root: Path, names: list[bytes], *init: str) -> Path:
    root.mkdir(parents=True)
    git(root, "init", "-q", *init)
    for number, name in enumerate(names):
        path = Path(root, name.decode("utf-8", "surrogateescape"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x" * number)
    git(root, "add", "-A")
    return root


def said_by_git(root: Path) -> list[bytes]:
    rows = git(root, "ls-files", "-z", "--stage").split(b"\0")
    regular = [row.partition(b"\t")[2] for row in rows if row[:6] in (b"100644", b"100755")]
    return list(dict.fromkeys(regular))


NAMES = [
    b"a",
    b"a.py",
    b"b/b.py",
    b"b/b.d/c.py",
    b"a-b",
    b"new\nline.py",
    b"\xff\xfe.py",
    "ü.py".encode(),
    b"z" * 200,
    b"d/e f",
]


@pytest.mark.parametrize("version", ["2", "3"])
def test_names_and_sizes_are_those_of_git(tmp_path: Path, version: str) -> None:
    root = plant(tmp_path / "tree", NAMES)
    if version == "3":
        (root / "later.py").write_text("x")
        git(root, "add", "--intent-to-add", "later.py")  # a flag that version 2 has no room for
    data = (root / ".git/index").read_bytes()
    assert data[7] == int(version)

    paths, sizes, whole = read_index(data, MOST)

    assert paths == said_by_git(root)
    assert whole
    # A file written in the same second as the index has the size 0 there: git will look again ("racily clean").
    measured = [root.joinpath(path.decode("utf-8", "surrogateescape")).stat().st_size for path in paths]
    assert all(size in (real, 0) for size, real in zip(sizes, measured, strict=True))


def test_links_and_submodules_are_left_out_and_a_conflict_is_one_file(tmp_path: Path) -> None:
    root = plant(tmp_path / "tree", [b"a.py"])
    git(root, "commit", "-qm", "one")
    (root / "link").symlink_to("a.py")
    git(root, "checkout", "-qb", "other")
    (root / "a.py").write_text("other")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "two")
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{git(root, 'rev-parse', 'HEAD').decode().strip()},sub")
    git(root, "commit", "-qm", "sub")
    git(root, "checkout", "-q", "-")
    (root / "a.py").write_text("mine")
    git(root, "commit", "-qam", "three")
    subprocess.run(["git", "-C", str(root), "merge", "-q", "other"], capture_output=True, check=False)
    data = (root / ".git/index").read_bytes()

    assert read_index(data, MOST)[0] == [b"a.py"] == said_by_git(root)
    git(root, "update-index", "--index-version", "4")
    assert list_files(str(root), Budget(60_000, 60_000), Notes()).paths == [b"a.py"]


@pytest.mark.parametrize(
    ("init", "prepare"),
    [
        ((), ("update-index", "--index-version", "4")),
        ((), ("update-index", "--split-index")),
        (("--object-format=sha256",), ("status",)),
    ],
    ids=["version-4", "split", "sha256"],
)
def test_other_kinds_are_left_to_git(tmp_path: Path, init: tuple[str, ...], prepare: tuple[str, ...]) -> None:
    root = plant(tmp_path / "tree", NAMES, *init)
    git(root, *prepare)

    with pytest.raises(Unsupported):
        read_index((root / ".git/index").read_bytes(), MOST)
    listing = list_files(str(root), Budget(60_000, 60_000), Notes())
    assert listing.source == "git"
    assert listing.paths == sorted(NAMES)


def test_a_sparse_index_is_left_to_git(tmp_path: Path) -> None:
    root = plant(tmp_path / "tree", [b"a/one.py", b"b/two.py", b"c/three.py", b"top.py"])
    git(root, "commit", "-qm", "one")
    git(root, "sparse-checkout", "set", "--cone", "--sparse-index", "a")

    assert list_files(str(root), Budget(60_000, 60_000), Notes()).source == "git"


def test_worktrees_and_submodules_are_left_to_git(tmp_path: Path) -> None:
    root = plant(tmp_path / "tree", [b"a.py"])
    git(root, "commit", "-qm", "one")
    git(root, "worktree", "add", "-q", str(tmp_path / "other"))

    assert list_files(str(tmp_path / "other"), Budget(60_000, 60_000), Notes()).source == "git"

    above = plant(tmp_path / "above", [b"b.py"])
    git(above, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(root), "part")
    inside = list_files(str(above / "part"), Budget(60_000, 60_000), Notes())
    assert (inside.source, inside.paths) == ("git", [b"a.py"])


def test_a_git_file_cannot_point_at_a_repository_that_does_not_know_it(tmp_path: Path) -> None:
    secret = plant(tmp_path / "secret", [b"secret.py"])
    git(secret, "commit", "-qm", "one")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "mine.py").write_text("x")
    (mine / ".git").write_text(f"gitdir: {secret}/.git\n")

    listing = list_files(str(mine), Budget(60_000, 60_000), Notes())

    assert (listing.source, listing.paths) == ("walk", [b".git", b"mine.py"])


def test_a_part_of_a_repository(tmp_path: Path) -> None:
    root = plant(tmp_path / "tree", [b"api/main.py", b"api/x/y.py", b"api-client/no.py", b"api.py", b"apia/no.py"])

    listing = list_files(str(root / "api"), Budget(60_000, 60_000), Notes())

    assert (listing.source, listing.paths) == ("index", [b"main.py", b"x/y.py"])


def test_a_name_that_no_file_can_have_is_left_out(tmp_path: Path) -> None:
    root = plant(tmp_path / "tree", [b"a.py"])
    content = git(root, "hash-object", "-w", "a.py").decode().strip()
    git(root, "update-index", "--add", "--cacheinfo", f"100644,{content},{'deep/' * 1000}b.py")

    listing = list_files(str(root), Budget(60_000, 60_000), Notes())

    assert (listing.source, listing.paths) == ("git", [b"a.py"])


def test_no_more_than_the_most_is_read(tmp_path: Path) -> None:
    data = (plant(tmp_path / "tree", NAMES) / ".git/index").read_bytes()

    paths, _, whole = read_index(data, 3)

    assert len(paths) == 3
    assert not whole


def test_no_more_than_the_most_is_taken_from_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = plant(tmp_path / "tree", NAMES)
    git(root, "update-index", "--index-version", "4")
    monkeypatch.setattr(listing, "MAX_FILES_LISTED", 3)

    found = detect(root)

    assert (found.stats["files"], found.partial) == (3, True)


def test_a_file_that_is_only_to_be_added_has_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = plant(tmp_path / "tree", [b"empty.py", b"tracked.py"])
    for name in ("one.py", "two.py"):
        (root / name).write_text("xxx")
        git(root, "add", "--intent-to-add", name)

    def sizes() -> list[int] | None:
        return list_files(str(root), Budget(60_000, 60_000), Notes()).sizes

    assert sizes() == [0, 3, 1, 3]
    monkeypatch.setattr(listing, "_MOST_ASKED", 2)
    assert sizes() == [0, 3, 1, 0]


def test_the_clock_is_asked_while_files_are_asked_for_their_sizes(tmp_path: Path) -> None:
    root = plant(tmp_path / "tree", NAMES)
    (root / "new.py").write_text("x")
    notes = Notes()

    listing = list_files(str(root), Budget(0, 0), notes)

    assert listing.sizes is not None
    assert len(listing.paths) == len(listing.sizes) == len(NAMES) + 1
    assert "not every file was asked for its size" in notes.skipped


def test_a_bare_repository_has_no_files(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "bare.git")

    found = detect(tmp_path / "bare.git")

    assert found.languages == ()
    assert "bare repository" in found.stats["problems"][0]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    root = plant(tmp_path_factory.mktemp("index") / "tree", NAMES)
    return (root / ".git/index").read_bytes()


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for content in (data, b"DIRC\0\0\0\x02\0\0\0\x03" + data):
        with contextlib.suppress(Unsupported):
            paths, sizes, _ = read_index(content, MOST)
            assert len(paths) == len(sizes)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_index_is_read_or_refused(index: bytes, data: st.DataObject) -> None:
    damaged = bytearray(index)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(index) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(index)))
    for content in (bytes(damaged), bytes(damaged[:cut])):
        try:
            paths, sizes, _ = read_index(content, MOST)
        except Unsupported:
            continue
        assert len(paths) == len(sizes) <= len(NAMES)
        assert paths == sorted(set(paths))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    names=st.lists(
        st.lists(
            st.text("ab.-_ü 0", min_size=1, max_size=8).filter(lambda name: name.strip(". ") != ""),
            min_size=1,
            max_size=3,
        ),
        min_size=1,
        max_size=12,
    )
)
def test_generated_repositories_are_listed_as_git_lists_them(
    names: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("generated")
    git(root, "init", "-q")
    for parts in names:
        path = root.joinpath(*parts)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x")
        except OSError:
            continue  # a name that is a folder already
    git(root, "add", "-A")

    assert read_index((root / ".git/index").read_bytes(), MOST)[0] == said_by_git(root)
