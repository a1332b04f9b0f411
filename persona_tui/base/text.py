"""Text from outside, made safe to show.

What a model says, what a file holds and what a server answers is data. Before any of it reaches a terminal,
everything that a terminal would obey is taken out (CWE-150), and so are the marks that let a text pretend to
be another one (bidirectional overrides, CVE-2021-42574).
"""

from __future__ import annotations

import re

# The opening of an OSC, DCS, SOS, PM or APC string, and what may follow up to its terminator. On one line, and without
# another opening: what was never meant as a string hides no text then, and looking for its end takes linear time.
_STRING = r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f\n]{0,4096}"
# ECMA-48: CSI sequences; strings with their terminator; other escapes, among them the openings of other strings.
_ESCAPES = re.compile(rf"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|{_STRING}(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-~]?")
# C0 without tab and line feed, DEL, C1, bidirectional marks and isolates, line separators, byte order mark, tags.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)
# The same, cut off at the end of what has arrived so far.
_UNFINISHED = re.compile(rf"(?:(?:\x1b\[|\x9b)[0-?]{{0,64}}[ -/]{{0,8}}|{_STRING}\x1b?|\x1b[ -/]{{0,8}}|\r)\Z")
_SURROGATES = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"\s+")


def plain(text: str) -> str:
    """Return `text` without escape sequences, control characters (tab and line feed stay) and bidirectional marks.

    Lone surrogates, which no UTF-8 terminal can take, become U+FFFD.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _ESCAPES.sub("", text.replace("\r\n", "\n"))
    return encodable(_CONTROLS.sub("", text))


def encodable(text: str) -> str:
    """Return `text` with U+FFFD for lone surrogates (what Python makes of bytes that are no UTF-8)."""
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)


class PlainStream:
    """`plain` for a text that arrives in pieces: a sequence that is cut between two pieces is waited for."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return what can be shown of the text up to `piece`."""
        text = self._held + piece
        cut = _UNFINISHED.search(text)
        self._held = text[cut.start() :] if cut else ""
        return plain(text[: cut.start()] if cut else text)

    def rest(self) -> str:
        """Return what can be shown of what was waited with: nothing more arrives."""
        held, self._held = self._held, ""
        return plain(held)


def one_line(text: str, limit: int | None = None) -> str:
    """Return `plain(text)` on one line, blanks folded, cut to `limit` characters with an ellipsis when it is longer."""
    text = _SPACES.sub(" ", plain(text)).strip()
    if limit is not None and len(text) > limit:
        return text[: max(limit - 1, 0)].rstrip() + "…"
    return text


def plural(count: int, noun: str) -> str:
    """Return `count` and `noun` in the number that fits: `1 rule`, `3 rules`, `2 classes`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun}{'es' if noun.endswith(('s', 'x', 'ch', 'sh')) else 's'}"
