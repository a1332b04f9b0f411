"""Beginnings of files: what they tell of the language, and that none takes long to look into."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from persona_tui.detect import detect
from persona_tui.detect.ambiguous import language_of
from persona_tui.detect.languages import table
from persona_tui.detect.reading import HEAD

# What the patterns that tell two languages apart take longest for.
SLOW = {
    "blank lines": "\n\v",
    "blanks": "\v",
    "comments of Eiffel": "a" + "-- - " * 60 + "\n",
    "calls of D": "a" * 100 + " " + "b" * 100 + "()" * 99 + "\n",
    "imports": "import\n",
    "matches of OCaml": "match\n",
    "cases of ML": "case\n",
    "packages": "packagepackage\n",
    "short lines": "-\n",
    "markup": "^*^*^*\n",
    "a word": "a",
}


def test_every_python_knows_the_patterns() -> None:
    patterns = [test[0] for extension in table().extensions for row in table().heuristics(extension) for test in row[1]]

    assert len(patterns) > 150
    assert [pattern for pattern in patterns if re.search(r"\(\?>|\)[*+?]\+", pattern)] == []


@pytest.mark.parametrize("unit", SLOW.values(), ids=SLOW)
def test_no_text_takes_long_to_tell_its_language(unit: str) -> None:
    head = (unit * HEAD)[:HEAD]

    for rows in {str(rows): rows for rows in map(table().heuristics, table().extensions)}.values():
        start = time.process_time()
        language_of(head, rows)
        assert time.process_time() - start < 1, rows[0]


def test_no_component_takes_the_square_of_its_length_in_time(tmp_path: Path) -> None:
    for number in range(8):
        (tmp_path / f"{number}.vue").write_text(("<script" * 200 + "\n") * 700)

    start = time.process_time()
    assert [found.name for found in detect(tmp_path, soft_ms=60_000).languages] == ["JavaScript"]
    assert time.process_time() - start < 2
