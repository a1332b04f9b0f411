"""Text from outside is made safe to show, whole or in pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_tui.base.text import PlainStream, one_line, plain, plural

ESCAPES = [
    "\x1b[31m",
    "\x1b[2J",
    "\x1b]0;a title\x07",
    "\x1b]52;c;cm0gLXJm\x1b\\",
    "\x9b1m",
    "\x1bP1;2|data\x1b\\",
    "\x1bc",
    "\x1b(0",
]


@pytest.mark.parametrize("escape", ESCAPES)
def test_no_escape_sequence_is_left(escape: str) -> None:
    assert plain(f"a{escape}b") == "ab"


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200f", "\x00", "\x07", "\x7f", "\x85", "\ufeff", "\u2028"])
def test_no_control_and_no_bidirectional_mark_is_left(mark: str) -> None:
    assert plain(f"a{mark}b") == "ab"


def test_what_is_text_stays() -> None:
    text = "Tabs\tand lines\nÜber 日本語 👩‍💻 [bold]markup[/bold] {{x}}"

    assert plain(text) == text


def test_a_lone_surrogate_becomes_something_that_can_be_written() -> None:
    plain("a\ud800b").encode()


@given(st.text(alphabet=st.sampled_from([*"ab[]0;m\\\n\r", "\x1b", "\x07", "\x9b", "\x9d", "é"]), max_size=60))
def test_plain_text_is_plain(text: str) -> None:
    shown = plain(text)

    assert plain(shown) == shown
    assert not set(shown) & set("\x1b\x07\x9b\x9d\r")


@given(st.lists(st.sampled_from([*ESCAPES, "some", " words", "é", "\n"])), st.data())
def test_pieces_are_as_safe_as_the_whole(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts) + "end"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    stream = PlainStream()

    pieces = [stream.feed(text[a:b]) for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    assert "".join(pieces) == plain(text)


def test_one_line_is_one_line_and_short_enough() -> None:
    assert one_line(" a\n\tb  c ") == "a b c"
    assert one_line("x" * 50, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("count", "noun", "words"), [(1, "rule", "1 rule"), (0, "rule", "0 rules"), (2, "class", "2 classes")]
)
def test_plurals(count: int, noun: str, words: str) -> None:
    assert plural(count, noun) == words
