"""The patterns of `.gitignore` and `.gitattributes`, as gitignore(5) tells them. Names are bytes, as git has them."""

from __future__ import annotations

import re
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeVar

    _T = TypeVar("_T")

_MOST_PATTERNS = 1000
_LONGEST_PATTERN = 300
_STAR = b"*"
_ANY_FOLDERS = [_STAR, _STAR]  # `**` between slashes: any folders, or none
_ESCAPED = re.compile(rb"\\(.)")
_WILDCARD = re.compile(rb"[*?[\\]")
_TRAILING_BLANKS = re.compile(rb"(?<!\\)[ \t]+$")


class Ignored:
    """What one ignore file says about the names beside and below it."""

    __slots__ = ("_by_name", "_by_path", "_rules")

    def __init__(self, content: bytes) -> None:
        rules = []
        by_name: list[bytes] = []
        by_path: list[bytes] = []
        for line in content.splitlines()[:_MOST_PATTERNS]:
            line = _TRAILING_BLANKS.sub(b"", line)
            negated = line.startswith(b"!")
            pattern = line[1:] if negated else line
            if pattern and not pattern.startswith(b"#"):
                folders_only = pattern.endswith(b"/")
                pattern = pattern.rstrip(b"/") if folders_only else pattern
                if regex := _compiled(pattern):
                    rules.append((regex, negated, folders_only))
                    (by_path if b"/" in pattern else by_name).append(regex.pattern)
        self._rules = rules[::-1]
        self._by_name = re.compile(b"|".join(by_name), re.DOTALL).fullmatch if by_name else None
        self._by_path = re.compile(b"|".join(by_path), re.DOTALL).fullmatch if by_path else None

    def __bool__(self) -> bool:
        return bool(self._rules)

    def touched(self, folder: bytes, names: Iterable[bytes]) -> set[bytes]:
        """Return those of `names` in `folder` (relative to the ignore file, ending in a slash) that a rule is about."""
        found = set(filter(self._by_name, names)) if self._by_name else set()
        if by_path := self._by_path:
            found.update(name for name in names if by_path(folder + name))
        return found

    def verdict(self, path: bytes, is_folder: bool) -> bool | None:
        """Return whether `path` (relative to the ignore file) is ignored, or None where nothing is said about it."""
        for regex, negated, folders_only in self._rules:
            if (is_folder or not folders_only) and regex.fullmatch(path):
                return not negated
        return None


def is_ignored(path: bytes, is_folder: bool, files: Iterable[tuple[int, Ignored]]) -> bool:
    """Return whether a path is ignored by `files`: the nearest ignore file first, each with the length of its folder.

    The length counts the slash. Folders above are taken not to be ignored.
    """
    for length, ignored in files:
        verdict = ignored.verdict(path[length:], is_folder)
        if verdict is not None:
            return verdict
    return False


def not_ignored(
    folder: bytes, names: list[bytes], is_folder: bool, files: Iterable[tuple[int, Ignored]]
) -> list[bytes]:
    """Return those of `names` in `folder` (a slash at its end) that are not ignored (see `is_ignored`)."""
    suspects: set[bytes] = set()
    for length, ignored in files:
        suspects |= ignored.touched(folder[length:], names)
    if not suspects:
        return names
    return [name for name in names if name not in suspects or not is_ignored(folder + name, is_folder, files)]


def matches(pattern: bytes, path: bytes) -> bool:
    """Return whether a pattern of a .gitattributes file matches a file beside or below it.

    A pattern of attributes never means a folder's content, except with `/**`.
    """
    regex = _compiled(pattern)
    return regex is not None and regex.fullmatch(path) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: bytes) -> re.Pattern[bytes] | None:
    if not pattern or len(pattern) > _LONGEST_PATTERN:
        return None
    if b"/" in pattern[:-1]:
        # As git does: first what is no wildcard, so that the stars of `src/a**` begin a pattern and mean any folders.
        pattern = pattern[1:] if pattern.startswith(b"/") else pattern
        wildcard = _WILDCARD.search(pattern)
        literal = pattern[: wildcard.start()] if wildcard else pattern
        start, segments = re.escape(literal), _segments(pattern[len(literal) :])
    else:
        start, segments = b"", [_ANY_FOLDERS, *_segments(pattern)]
    try:
        return re.compile(start + _translated(segments), re.DOTALL)
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
