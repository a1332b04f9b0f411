"""The patterns of `.gitignore` and `.gitattributes`, as gitignore(5) tells them. Names are bytes, as git has them."""

from __future__ import annotations

import re
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_PATTERNS = 1000
_LONGEST_PATTERN = 300
_MOST_STARS = 6  # a name that almost matches takes time to the power of the stars
_ESCAPED = re.compile(rb"\\(.)")
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
    anchored = b"/" in pattern[:-1]
    pattern = pattern.lstrip(b"/") if pattern.startswith(b"/") else pattern
    if len(pattern) > _LONGEST_PATTERN or pattern.count(b"*") > _MOST_STARS:
        return None
    try:
        return re.compile((b"" if anchored else b"(?:.*/)?") + _translated(pattern), re.DOTALL)
    except re.error:
        return None


def _translated(pattern: bytes) -> bytes:
    """Return a regular expression for a wildcard pattern in which only `**` crosses a slash."""
    out = b""
    at = 0
    while at < len(pattern):
        char = pattern[at : at + 1]
        if pattern[at:] in (b"/**", b"**") and at:
            return out + (b"/.+" if char == b"/" else b".*")
        if pattern.startswith(b"/**/", at):
            out += b"/(?:.*/)?"
            at += 4
        elif pattern.startswith(b"**/", at) and at == 0:
            out += b"(?:.*/)?"
            at += 3
        elif char == b"*":
            out += b"[^/]*"
            at += 1
            while pattern[at : at + 1] == b"*":
                at += 1
        elif char == b"?":
            out += b"[^/]"
            at += 1
        elif char == b"[" and (end := _class_end(pattern, at)):
            out += _class(pattern[at + 1 : end])
            at = end + 1
        elif char == b"\\" and at + 1 < len(pattern):
            out += re.escape(pattern[at + 1 : at + 2])
            at += 2
        else:
            out += re.escape(char)
            at += 1
    return out


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
