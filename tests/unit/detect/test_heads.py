"""Beginnings of files: what they tell of the language, and that none takes long to look into."""

from __future__ import annotations

import time
from pathlib import Path

from persona_tui.detect import detect


def test_no_component_takes_the_square_of_its_length_in_time(tmp_path: Path) -> None:
    for number in range(8):
        (tmp_path / f"{number}.vue").write_text(("<script" * 200 + "\n") * 700)

    start = time.process_time()
    assert [found.name for found in detect(tmp_path, soft_ms=60_000).languages] == ["JavaScript"]
    assert time.process_time() - start < 2
