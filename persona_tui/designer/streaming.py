"""A JSON answer while it arrives: the words in it, and its values as they complete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import from_json

from persona_tui.base.text import PlainStream
from persona_tui.designer.draft import Completed, Progress, Words

WORDS = "say"
"""The key whose text is for the person."""


class AnswerStream:
    """Feed it the pieces of an answer. What is no JSON object, or stops being one, brings nothing."""

    def __init__(self) -> None:
        self._text = ""
        self._start = -1
        self._said = ""
        self._plain = PlainStream()
        self._done: set[str] = set()

    def feed(self, piece: str) -> Iterator[Progress]:
        """Yield what `piece` adds: words as they come, any other value once it is whole."""
        self._text += piece
        if self._start < 0:
            self._start = self._text.find("{", self._thought_end())
        if self._start < 0:
            return
        try:
            # The partial value of the last key is in this one and not in the next one.
            shown = from_json(self._text[self._start :], allow_partial="trailing-strings")
        except ValueError:
            return
        if isinstance(shown, dict):
            yield from self._words(shown.get(WORDS))
            yield from self._completed(shown)

    def end(self) -> Iterator[Progress]:
        """Yield what was waited with: nothing more arrives."""
        if rest := self._plain.rest():
            yield Words(rest)

    def _thought_end(self) -> int:
        """Return where the answer begins: behind a thought that came in the text itself."""
        if not self._text.lstrip().startswith("<think>"):
            return 0
        end = self._text.find("</think>")
        return len(self._text) if end < 0 else end

    def _words(self, said: Any) -> Iterator[Progress]:
        if isinstance(said, str) and len(said) > len(self._said) and said.startswith(self._said):
            new, self._said = said[len(self._said) :], said
            if words := self._plain.feed(new):
                yield Words(words)

    def _completed(self, shown: Mapping[str, Any]) -> Iterator[Progress]:
        """Yield values that another one follows: those have arrived whole, as have the items of a list."""
        *before, last = [*shown, ""] if self._closed() else list(shown) or [""]
        for key in before:
            value = shown[key]
            if isinstance(value, list):
                yield from self._items(key, value)
            elif key != WORDS:
                yield from self._once(key, value)
        if isinstance(items := shown.get(last), list):
            yield from self._items(last, items[:-1])

    def _items(self, key: str, items: list[Any]) -> Iterator[Progress]:
        for i, item in enumerate(items):
            yield from self._once(f"{key}[{i}]", item)

    def _once(self, key: str, value: Any) -> Iterator[Progress]:
        if key not in self._done:
            self._done.add(key)
            yield Completed(key, value)

    def _closed(self) -> bool:
        return self._text.rstrip().endswith("}") and _whole(self._text[self._start :])


def _whole(text: str) -> bool:
    try:
        from_json(text)
    except ValueError:
        return False
    return True
