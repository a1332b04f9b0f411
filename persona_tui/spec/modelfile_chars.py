"""The characters that a Modelfile can hold.

Ollama drops from a Modelfile, without a word and within quotes too, every character for which Go's `strconv.IsPrint`
is false, except tab, carriage return and line feed: no-break and ideographic spaces, joiners (so that families of
emoji fall apart), soft hyphens, controls, private use. Python's `str.isprintable` is the same rule on another
edition of Unicode: 13 in Python 3.10, 14 in 3.11, 15.0 in 3.12, 15.1 in 3.13. Ollama 0.32.15, built with Go 1.26, has
15.0, and so has this file: the tables hold what differs (measured over all code points). Characters of Unicode 16
and later count as printable on a Python that knows them.
"""

from __future__ import annotations

import functools
import re

# Printable in Unicode 15.0 and not yet in 13.0; hexadecimal code points and ranges.
_SINCE_14 = """
61d 870-88e 898-89f 8b5 8c8-8d2 c3c c5d cdd cf3 ece 170d 1715 171f 180f 1ac1-1ace 1b4c 1b7d-1b7e 1dfa 20c0 2c2f 2c5f
2e53-2e5d 9ffd-9fff a7c0-a7c1 a7d0-a7d1 a7d3 a7d5-a7d9 a7f2-a7f4 fbc2 fd40-fd4f fdcf fdfe-fdff 10570-1057a 1057c-1058a
1058c-10592 10594-10595 10597-105a1 105a3-105b1 105b3-105b9 105bb-105bc 10780-10785 10787-107b0 107b2-107ba 10efd-10eff
10f70-10f89 11070-11075 110c2 1123f-11241 116b9 11740-11746 11ab0-11abf 11b00-11b09 11f00-11f10 11f12-11f3a 11f3e-11f59
12f90-12ff2 1342f 13440-13455 16a70-16abe 16ac0-16ac9 1aff0-1aff3 1aff5-1affb 1affd-1affe 1b11f-1b122 1b132 1b155
1cf00-1cf2d 1cf30-1cf46 1cf50-1cfc3 1d1e9-1d1ea 1d2c0-1d2d3 1df00-1df1e 1df25-1df2a 1e030-1e06d 1e08f 1e290-1e2ae
1e4d0-1e4f9 1e7e0-1e7e6 1e7e8-1e7eb 1e7ed-1e7ee 1e7f0-1e7fe 1f6dc-1f6df 1f774-1f776 1f77b-1f77f 1f7d9 1f7f0 1f979 1f9cc
1fa75-1fa77 1fa7b-1fa7c 1fa87-1fa88 1faa9-1faaf 1fab7-1fabd 1fabf 1fac3-1fac5 1face-1facf 1fad7-1fadb 1fae0-1fae8
1faf0-1faf8 2a6de-2a6df 2b735-2b739 31350-323af
"""
# New in Unicode 15.1.
_AFTER_15 = "2ffc-2fff 31ef 2ebf0-2ee5d"


def is_kept(character: str) -> bool:
    """Whether Ollama keeps `character` of a Modelfile."""
    if character.isprintable():
        return not _one_of(_AFTER_15).match(character)
    return character in "\t\r\n" or _one_of(_SINCE_14).match(character) is not None


def kept(text: str) -> str:
    """Return what Ollama keeps of `text`."""
    lost = _lost(text)
    return "".join(character for character in text if character not in lost) if lost else text


def dropped(text: str) -> str:
    """Return the characters of `text` that Ollama drops, in their order."""
    lost = _lost(text)
    return "".join(character for character in text if character in lost) if lost else ""


def _lost(text: str) -> set[str]:
    """Return the different characters of `text` that Ollama drops: a text has few, however long it is."""
    return {character for character in set(text) if not is_kept(character)}


@functools.cache
def _one_of(table: str) -> re.Pattern[str]:
    ranges = (re.sub("[0-9a-f]+", lambda code: re.escape(chr(int(code[0], 16))), item) for item in table.split())
    return re.compile(f"[{''.join(ranges)}]")
