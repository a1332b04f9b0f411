"""The patterns of `.gitignore` and `.gitattributes`, as gitignore(5) tells them. Names are bytes, as git has them."""

from __future__ import annotations

import re
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeVar

    _T = TypeVar("_T")

MOST_BYTES = 16 * 1024
"""How long the patterns for one folder are together: matching a name with them may take a tenth of a second."""

_LONGEST_PATTERN = 300
_STAR = b"*"
_ANY_FOLDERS = [_STAR, _STAR]  # `**` between slashes: any folders, or none
_ESCAPED = re.compile(rb"\\(.)")
_WILDCARD = re.compile(rb"[*?[\\]")
_TRAILING_BLANKS = re.compile(rb"(?<!\\)[ \t]+$")


class Patterns:
    """The patterns of one file, which are about the names beside and below it.

    Paths are told from the root of the codebase. The file lies in `folder` below the root (a slash at its end), or
    above it, where `way` leads from the file to the root.
    """

    __slots__ = ("_by_name", "_by_path", "_cut", "_expressions", "_way")

    def __init__(self, patterns: Iterable[bytes], folder: bytes = b"", way: bytes = b"") -> None:
        self._cut = len(folder)
        self._way = way
        self._expressions = [_compiled(pattern) for pattern in patterns]
        compiled = list(filter(None, self._expressions))
        self._by_name = _one_of([regex.pattern for regex, by_path in compiled if not by_path])
        self._by_path = _one_of([regex.pattern for regex, by_path in compiled if by_path])

    def touched(self, folder: bytes, names: Iterable[bytes]) -> set[bytes]:
        """Return those of `names` in `folder` (a slash at its end) that a pattern matches."""
        found = set(filter(self._by_name, names)) if self._by_name else set()
        if by_path := self._by_path:
            folder = self._way + folder[self._cut :]
            found.update(name for name in names if by_path(folder + name))
        return found

    def matching(self, path: bytes) -> Iterator[int]:
        """Yield the places of the patterns that match `path`, the last first: it is the one that counts."""
        path = self._way + path[self._cut :]
        name = path.rpartition(b"/")[2]
        for place in range(len(self._expressions) - 1, -1, -1):
            if expression := self._expressions[place]:
                regex, by_path = expression
                if regex.fullmatch(path if by_path else name):
                    yield place


class Ignored:
    """What one ignore file says about the names beside and below it (see `Patterns`).

    `size` are the bytes of its patterns: no more than `room`, or the rest is left out and it is not `whole`.
    """

    __slots__ = ("_meanings", "_patterns", "size", "touched", "whole")

    def __init__(self, content: bytes, folder: bytes = b"", way: bytes = b"", *, room: int = MOST_BYTES) -> None:
        patterns: list[bytes] = []
        self.size = 0
        self.whole = True
        self._meanings: list[tuple[bool, bool]] = []  # whether a pattern is negated, and whether it means folders only
        for line in content.splitlines():
            line = _TRAILING_BLANKS.sub(b"", line)
            negated = line.startswith(b"!")
            pattern = line[1:] if negated else line
            if pattern and not pattern.startswith(b"#"):
                if self.size + len(pattern) > room:
                    self.whole = False
                    break
                self.size += len(pattern)
                self._meanings.append((negated, pattern.endswith(b"/")))
                patterns.append(pattern.rstrip(b"/"))
        self._patterns = Patterns(patterns, folder, way)
        self.touched = self._patterns.touched

    def __bool__(self) -> bool:
        return bool(self._meanings)

    def verdict(self, path: bytes, is_folder: bool) -> bool | None:
        """Return whether `path` is ignored, or None where nothing is said about it."""
        for place in self._patterns.matching(path):
            negated, folders_only = self._meanings[place]
            if is_folder or not folders_only:
                return not negated
        return None


def _is_ignored(path: bytes, is_folder: bool, files: Iterable[Ignored]) -> bool:
    """Return whether a path is ignored by `files`, the nearest first. Folders above it are taken not to be."""
    for ignored in files:
        verdict = ignored.verdict(path, is_folder)
        if verdict is not None:
            return verdict
    return False


def not_ignored(folder: bytes, names: list[bytes], is_folder: bool, files: Iterable[Ignored]) -> list[bytes]:
    """Return those of `names` in `folder` (a slash at its end) that are not ignored (see `_is_ignored`)."""
    suspects: set[bytes] = set()
    for ignored in files:
        suspects |= ignored.touched(folder, names)
    if not suspects:
        return names
    return [name for name in names if name not in suspects or not _is_ignored(folder + name, is_folder, files)]


def _one_of(expressions: list[bytes]) -> Callable[[bytes], object] | None:
    return re.compile(b"|".join(expressions), re.DOTALL).fullmatch if expressions else None


@lru_cache(maxsize=4096)
def _compiled(pattern: bytes) -> tuple[re.Pattern[bytes], bool] | None:
    """Return an expression for a pattern, and whether it is about whole paths, not names alone."""
    if not pattern or len(pattern) > _LONGEST_PATTERN:
        return None
    literal = b""
    by_path = b"/" in pattern[:-1]
    if by_path:
        # As git does: first what is no wildcard, so that the stars of `src/a**` begin a pattern and mean any folders.
        pattern = pattern[1:] if pattern.startswith(b"/") else pattern
        wildcard = _WILDCARD.search(pattern)
        literal = pattern[: wildcard.start()] if wildcard else pattern
    try:
        return re.compile(re.escape(literal) + _translated(_segments(pattern[len(literal) :])), re.DOTALL), by_path
    except re.error:
        return None


def _translated(segments: list[list[bytes]]) -> bytes:
    """Return a regular expression for a pattern, which takes time in proportion to the path.

    What stands between two wildcards is taken where it is found first, and nowhere else. That loses nothing, since the
    second wildcard takes in whatever comes after; but a name that almost matches is gone through once, where trying
    every place of every wildcard would take time to the power of the wildcards.
    """
    *chunks, last = _between(segments, _ANY_FOLDERS)
    if not chunks:
        return b"/".join(map(_segment, last))
    first, *middle = [b"".join(_segment(segment) + b"/" for segment in chunk) for chunk in chunks]
    found = b"".join(b"(?:(?!%b)[^/]*/)*%b" % (chunk, chunk) for chunk in middle if chunk)
    return first + found + (b"(?:.*/)?" + b"/".join(map(_segment, last)) if last else b".*")


def _segment(tokens: list[bytes]) -> bytes:
    """Return a regular expression for what lies between two slashes."""
    *chunks, last = (b"".join(chunk) for chunk in _between(tokens, _STAR))
    if not chunks:
        return last
    first, *middle = chunks
    return first + b"".join(b"(?:(?!%b)[^/])*%b" % (chunk, chunk) for chunk in middle if chunk) + b"[^/]*" + last


def _between(items: list[_T], mark: _T) -> list[list[_T]]:
    """Return `items` split at each `mark`."""
    parts: list[list[_T]] = [[]]
    for item in items:
        if item == mark:
            parts.append([])
        else:
            parts[-1].append(item)
    return parts


def _segments(pattern: bytes) -> list[list[bytes]]:
    """Return the parts of a pattern between its slashes, each as `_STAR`s and expressions that match one byte."""
    segments: list[list[bytes]] = [[]]
    at = 0
    while at < len(pattern):
        char = pattern[at : at + 1]
        end = at + 1
        if char == b"/":
            segments.append([])
        elif char == _STAR:
            segments[-1].append(_STAR)
        elif char == b"?":
            segments[-1].append(b"[^/]")
        elif char == b"[" and (closed := _class_end(pattern, at)):
            segments[-1].append(_class(pattern[at + 1 : closed]))
            end = closed + 1
        elif char == b"\\" and end < len(pattern):
            end += 1
            segments[-1].append(re.escape(pattern[at + 1 : end]))
        else:
            segments[-1].append(re.escape(char))
        at = end
    return [_ANY_FOLDERS if len(tokens) > 1 and set(tokens) == {_STAR} else tokens for tokens in segments]


def _class_end(pattern: bytes, start: int) -> int:
    at = start + 1
    if pattern[at : at + 1] in (b"!", b"^"):
        at += 1
    return max(pattern.find(b"]", at + 1), 0) if at < len(pattern) else 0


def _class(inside: bytes) -> bytes:
    negated = inside[:1] in (b"!", b"^")
    body = _ESCAPED.sub(rb"\1", inside[1:] if negated else inside)
    body = body.replace(b"\\", rb"\\").replace(b"[", rb"\[").replace(b"]", rb"\]").replace(b"^", rb"\^")
    return (b"(?!/)[^" if negated else b"(?!/)[") + body + b"]"
