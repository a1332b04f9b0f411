"""That the scores of labelled codebases count what they say."""

from __future__ import annotations

import pytest

from persona_tui.detect import Detection, Language
from tests.bench.accuracy import Report, score


@pytest.mark.parametrize(
    ("found", "first", "within"),
    [(["Go", "Shell"], 1, 1), (["Shell", "Go"], 0, 1), (["Go", "C", "Shell"], 1, 0), ([], 0, 0)],
)
def test_the_first_language_is_the_first_of_the_labels(found: list[str], first: int, within: int) -> None:
    report = Report()
    languages = tuple(Language(name, 1 / len(found), 0.9) for name in found)

    score(report, "a/b", {"languages": ["Go", "shell"]}, Detection("/code", languages))

    assert (report.first, report.within) == (first, within)
