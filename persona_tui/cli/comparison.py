"""How a comparison of designers is shown: a table of proportions with their intervals, pairs, and a plot."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from string import ascii_uppercase

from persona_tui.base.text import one_line, plural
from persona_tui.cli.output import Output
from persona_tui.designer.scoring import CHECKS
from persona_tui.designer.statistics import Proportion
from persona_tui.designer.summaries import Pair, Summary
from persona_tui.studio.comparing import Comparison, Step

_SIDE_BY_SIDE = 3
"""Designers in one table: with more a line has over 80 columns."""
_WIDTH = 78
_EVERY = 10.0
"""Seconds between two lines of progress where no terminal overwrites them."""


class StepLine:
    """Tells on stderr which case is done, how long one takes, and how long the rest will."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._live = sys.stderr.isatty() and not out.settings.quiet
        self._told = float("-inf")

    def __call__(self, step: Step) -> None:
        now = time.monotonic()
        if not self._live and now - self._told < _EVERY:
            return
        self._told = now
        pace = "" if step.pace is None else f", {_seconds(step.pace)} a case"
        left = "" if step.left is None else f", about {_seconds(step.left)} left"
        text = f"case {step.number} of {step.total}{pace}{left}: {step.designer}, {step.case}, run {step.run}"
        if self._live:
            print(f"\r\x1b[K[COMPARE] {one_line(text, _WIDTH - 10)}", end="", file=sys.stderr, flush=True)
        else:
            self._out.say("COMPARE", text)

    def end(self) -> None:
        """Clear the line that the progress was on."""
        if self._live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _seconds(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def show_comparison(out: Output, comparison: Comparison, *, plot: bool) -> None:
    """Print what was measured: who, the table, the pairs, who failed what, and with `plot` the picture."""
    summaries = comparison.summaries()
    letters = {one.designer: _letter(number) for number, one in enumerate(summaries)}
    for summary in summaries:
        out.text(f"{letters[summary.designer]}  {summary.designer}")
    for start in range(0, len(summaries), _SIDE_BY_SIDE):
        out.text()
        shown = summaries[start : start + _SIDE_BY_SIDE]
        out.table(["", *(letters[one.designer] for one in shown)], _rows(shown))
    out.text()
    for pair in comparison.pairs():
        out.wrapped(_versus(pair, letters))
    for summary in summaries:
        if failed := _failed(comparison, summary.designer):
            out.wrapped(f"{letters[summary.designer]} did not pass: {', '.join(failed)}", indent=3)
    out.wrapped("Intervals are Wilson's at 95 %; what does not apply to a case is not counted.", "dim")
    if plot:
        out.text()
        for line in _plot(summaries, letters):
            out.text(line)


def _letter(number: int) -> str:
    """Return A for 0, B for 1, and after Z AA."""
    more, place = divmod(number, len(ascii_uppercase))
    return (_letter(more - 1) if more else "") + ascii_uppercase[place]


def _rows(summaries: Sequence[Summary]) -> list[list[str]]:
    """Return the lines of the table, one a measure."""
    rows = [["passed in all", *(_share(one.passed) for one in summaries)]]
    rows += [[label, *(_share(one.checks[name]) for one in summaries)] for name, label in CHECKS.items()]
    rows.append(["rules that can be tested", *(_share(one.testable) for one in summaries)])
    rows.append(["lint findings, a draft", *(_mean(one.findings, one.drafts) for one in summaries)])
    rows.append(["fields by the rulebook", *(_filled(one) for one in summaries)])
    rows.append(["tokens, median", *(_median(one.tokens, one, 0) for one in summaries)])
    rows.append(["seconds, median", *(_median(one.seconds, one, 2) for one in summaries)])
    rows.append(["no draft came", *(f"{one.errors}/{one.passed.count}" for one in summaries)])
    return rows


def _share(proportion: Proportion) -> str:
    if not proportion.count:
        return "-"
    low, high = proportion.interval
    return f"{proportion.passed}/{proportion.count}  {100 * low:.0f}–{100 * high:.0f} %"


def _mean(value: float | None, count: int) -> str:
    return "-" if value is None else f"{value:.2f}  n={count}"


def _filled(summary: Summary) -> str:
    return "-" if summary.designer == "rulebook" else _mean(summary.filled, summary.drafts)


def _median(value: float | None, summary: Summary, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}  n={summary.passed.count}"


def _versus(pair: Pair, letters: dict[str, str]) -> str:
    a, b = letters[pair.first], letters[pair.second]
    return (
        f"{a} and {b} on {plural(pair.cases, 'case')}: both passed {pair.both}, {a} alone {pair.first_only}, "
        f"{b} alone {pair.second_only}, none {pair.neither}; exact McNemar p = {pair.p:.2g}"
    )


def _failed(comparison: Comparison, designer: str) -> list[str]:
    """Return the cases that `designer` failed, with how often where that is not always."""
    runs: dict[str, list[bool]] = {}
    for one in comparison.results:
        if one.designer == designer:
            runs.setdefault(one.case, []).append(one.verdict.passed)
    return [
        case if len(passed) == 1 else f"{case} ({passed.count(False)} of {len(passed)})"
        for case, passed in runs.items()
        if not all(passed)
    ]


def _plot(summaries: Sequence[Summary], letters: dict[str, str]) -> list[str]:
    """Return a picture of the proportions that passed, each with its interval."""
    import plotext

    plotext.clear_figure()
    plotext.theme("clear")
    heights = range(len(summaries), 0, -1)
    for height, summary in zip(heights, summaries, strict=True):
        if not summary.passed.count:
            continue
        low, high = (100 * end for end in summary.passed.interval)
        plotext.plot([low, high], [height, height], marker="─")
        plotext.scatter([low, high], [height, height], marker="│")
        plotext.scatter([100 * summary.passed.passed / summary.passed.count], [height], marker="●")
    plotext.title("passed in all, of 100 results, with the interval")
    plotext.yticks(list(heights), [letters[one.designer] for one in summaries])
    plotext.xticks([0, 25, 50, 75, 100])
    plotext.xlim(0, 100)
    plotext.ylim(0.5, len(summaries) + 0.5)
    plotext.plotsize(_WIDTH, 2 * len(summaries) + 4)
    return [line.rstrip() for line in plotext.uncolorize(plotext.build()).splitlines()]
