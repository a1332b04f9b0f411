"""Answers that are none: loops, echoes of the prompt, another script than the person's.

Small models fail in these ways, and each looks like an answer at first sight. A fault is a clause for the person and
for the model that is asked again: `it repeats itself`.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable

from persona_tui.base.text import one_line
from persona_tui.designer.recognition import read

LOOP_STEP = 256
"""Characters after which to look for a loop while an answer arrives."""
_TAIL = 512
_LONGEST_TURN = _TAIL // 4
_LONG = 1_000
"""Characters from which on a text is long enough to be judged by how well it compresses."""
_MONOTONOUS = 0.12
"""Compressed by more than eight times: English and JSON shrink to a half or a third."""
_SHINGLE = 6
"""Words in a row that two texts share only where one is a copy of the other."""
_COPIED = 0.5
_FOREIGN = 0.3
"""Share of letters in a script that nobody asked for."""


def loops(text: str) -> bool:
    """Whether the end of `text` is one piece over and over: at least four times in the last 512 characters."""
    tail = text[-_TAIL:][::-1]
    return len(tail) == _TAIL and _period(tail) <= _LONGEST_TURN


def monotonous(text: str) -> bool:
    """Whether a long text says the same all the time, with small differences or none."""
    data = text.encode("utf-8", "replace")
    return len(data) >= _LONG and len(zlib.compress(data, 6)) < _MONOTONOUS * len(data)


def echoes(values: Iterable[str], told: str, asked: str = "") -> bool:
    """Whether most of what `values` say stands word by word in `told`, and the person has not `asked` for it.

    Values of a few words are not judged.
    """
    known = set(_shingles(told)) - set(_shingles(asked))
    said = [shingle for value in values for shingle in _shingles(value)]
    return bool(said) and sum(shingle in known for shingle in said) >= _COPIED * len(said)


def foreign_script(values: Iterable[str], asked: str) -> str | None:
    """Return the script that much of `values` is in although nothing `asked` is in it, nor about another language."""
    letters = Counter(_script(char) for value in values for char in value if char.isalpha())
    allowed = {"LATIN", *(_script(char) for char in asked if char.isalpha())}
    total = sum(letters.values())
    for script, count in letters.most_common():
        if script not in allowed and count > _FOREIGN * total:
            return None if _names_a_language(asked, script) else script.capitalize()
    return None


def _names_a_language(text: str, script: str) -> bool:
    """Whether `text` names a natural language, in whichever language it does so, or the script itself."""
    return script.lower() in text.lower() or bool(read(text).tongues)


def fault_of(values: Iterable[str], *, told: str, asked: str) -> str | None:
    """Return why the texts of one value should not be taken over, as a clause; None where they can be.

    `told` is what the model must not repeat (its instructions and the worked examples), `asked` is everything that the
    person said.
    """
    values = list(values)
    if echoes(values, told, asked):
        return "it only repeats the instructions"
    if script := foreign_script(values, asked):
        return f"it is in another script than was asked for ({script})"
    return None


def _period(text: str) -> int:
    """Return the shortest piece that `text` is repetitions of (Knuth, Morris and Pratt's failure function)."""
    fail = [0] * len(text)
    k = 0
    for i in range(1, len(text)):
        while k and text[i] != text[k]:
            k = fail[k - 1]
        if text[i] == text[k]:
            k += 1
        fail[i] = k
    return len(text) - fail[-1]


def _shingles(text: str) -> list[tuple[str, ...]]:
    words = re.findall(r"\w+", one_line(text).lower())
    return [tuple(words[i : i + _SHINGLE]) for i in range(len(words) - _SHINGLE + 1)]


def _script(char: str) -> str:
    """Return the first word of a character's name in Unicode, which is its script: LATIN, CYRILLIC, CJK."""
    return unicodedata.name(char, "UNKNOWN").split()[0].split("-")[0]
