"""Text from outside is made safe to show, whole or in pieces."""

from __future__ import annotations

import time

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
OPENINGS = ["\x1b]", "\x1bP", "\x1bX", "\x1b^", "\x1b_", "\x90", "\x98", "\x9d", "\x9e", "\x9f"]


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


@given(st.lists(st.sampled_from([*ESCAPES, *OPENINGS, "\x1b\\", "\x07", "some", " words", "é", "\n"])), st.data())
def test_pieces_are_as_safe_as_the_whole(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    stream = PlainStream()

    pieces = [stream.feed(text[a:b]) for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    assert "".join([*pieces, stream.rest()]) == plain(text)


@given(st.lists(st.text(alphabet=[*map(chr, range(0xA0)), "é", "\u202e"], max_size=8), max_size=8))
def test_nothing_that_a_terminal_obeys_is_left_in_any_piece(parts: list[str]) -> None:
    stream = PlainStream()
    shown = "".join([*map(stream.feed, parts), stream.rest()])

    for text in (shown, plain("".join(parts))):
        assert [char for char in text if not (char.isprintable() or char in "\t\n")] == []


@pytest.mark.parametrize("opening", OPENINGS)
def test_an_opening_without_an_end_hides_no_text(opening: str) -> None:
    stream = PlainStream()

    assert plain(f"a{opening}b\nc\x07d") == "ab\ncd"
    assert stream.feed(f"a{opening}b") + stream.feed("\nc\x07d") + stream.rest() == "ab\ncd"
    assert stream.feed(f"a{opening}b") + stream.rest() == plain(f"a{opening}b") == "ab"


@pytest.mark.parametrize("opening", ["\x9d", "\x1b]", "\x1b[", "\x1b", "\x9dx\n"])
def test_ten_thousand_openings_take_no_time(opening: str) -> None:
    began = time.process_time()

    plain(opening * 100_000)
    PlainStream().feed(opening * 100_000)

    assert time.process_time() - began < 2


def test_one_line_is_one_line_and_short_enough() -> None:
    assert one_line(" a\n\tb  c ") == "a b c"
    assert one_line("x" * 50, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("count", "noun", "words"), [(1, "rule", "1 rule"), (0, "rule", "0 rules"), (2, "class", "2 classes")]
)
def test_plurals(count: int, noun: str, words: str) -> None:
    assert plural(count, noun) == words
