"""Score `detect` on labelled codebases: `python -m tests.bench.accuracy LABELS TREES [--bins] [--verbose]`.

LABELS is a JSON object by repository (`owner/name`), each with `languages` (ordered), `frameworks`, `package_managers`,
`test_runners`, and optionally `build_tools`, `domain`, `domain_also` and `also` (what is true of the repository and
need not be found). TREES is a folder with a tree for each, called `owner+name`; a repository without one is named and
left out.

The first language is right where it is the first of the labels. Found is what is claimed with a confidence of at least
0.5. Recall counts what is labelled and found, precision what is
found and labelled (or in `also`). Of `libraries`, which nobody labels as required, only the precision is counted. The
calibration error is the expected one (ECE, ten bins of equal width; Guo et al., 2017, arXiv:1706.04599) over all
findings that are shown, whatever their confidence.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from persona_tui.detect import Detection, detect

CLAIMED = 0.5
KINDS = ("frameworks", "package_managers", "test_runners", "build_tools", "libraries")
SCORED = KINDS[:3]
BINS = 10
# Names for one thing; labels are people's.
ALIASES = {
    "go vendor": "go modules",
    "go mod": "go modules",
    "swiftpm": "swift package manager",
    "spm": "swift package manager",
    "gradle wrapper": "gradle",
    "nextjs": "next.js",
    "nuxt.js": "nuxt",
    "vue.js": "vue",
    "ruby on rails": "rails",
    "tailwindcss": "tailwind css",
    "tailwind": "tailwind css",
    "hex": "mix",
    "rubygems": "bundler",
    "dotnet cli": "nuget",
    "dotnet": "nuget",
    "gnu make": "make",
    "docker-compose": "docker compose",
    "gnu autotools": "autotools",
    "autoconf": "autotools",
    "automake": "autotools",
    "expo (react native)": "expo",
    "pytorch lightning": "lightning",
    "sass": "scss",
    "vim script": "vimscript",
    "minitest (rails)": "minitest",
    "django test": "django test runner",
    "unittest (django)": "django test runner",
    "docusaurus 2": "docusaurus",
    "julia pkg": "pkg",
    "zig package manager": "zig",
    "neovim plugin": "neovim",
    "coroutines": "kotlinx.coroutines",
    "kotlin coroutines": "kotlinx.coroutines",
    "node --test": "node.js test runner",
    "junit 5": "junit",
    "junit 4": "junit",
    "junit5": "junit",
}


@dataclass
class Score:
    """Counts over many codebases; `bins` are pairs of confidence and whether it was right."""

    labelled: int = 0
    found: int = 0
    claimed: int = 0
    right: int = 0
    misses: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    bins: list[tuple[float, bool]] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found / self.labelled if self.labelled else 1.0

    @property
    def precision(self) -> float:
        return self.right / self.claimed if self.claimed else 1.0


@dataclass
class Report:
    """The scores of a set: languages and domain by codebase, the rest by kind."""

    trees: int = 0
    first: int = 0
    within: int = 0
    recall: float = 0.0
    domains: int = 0
    domains_labelled: int = 0
    kinds: dict[str, Score] = field(default_factory=lambda: {kind: Score() for kind in KINDS})
    notes: list[str] = field(default_factory=list)


def normal(name: str) -> str:
    name = name.casefold().strip()
    return ALIASES.get(name, name)


def names(values: Iterable[str]) -> set[str]:
    return {normal(value) for value in values}


def score(report: Report, repository: str, labels: dict[str, Any], detection: Detection) -> None:
    """Count one codebase in."""
    report.trees += 1
    _languages(report, repository, labels["languages"], detection)
    if labels.get("domain"):
        allowed = {labels["domain"], *labels.get("domain_also", ())}
        report.domains_labelled += 1
        domain = detection.domain.name if detection.domain else None
        report.domains += domain in allowed
        if domain not in allowed:
            report.notes.append(f"{repository}: domain {domain}, labelled {labels['domain']}")
    everything = names(name for kind in KINDS for name in labels.get(kind, ()))
    also = everything | names(labels.get("also", ())) | names(labels["languages"])
    for kind in KINDS:
        if kind in labels or (kind == "libraries" and "also" in labels):
            _kind(report.kinds[kind], repository, kind, labels, also, getattr(detection, kind))


def _languages(report: Report, repository: str, labelled: list[str], detection: Detection) -> None:
    found = [normal(language.name) for language in detection.languages]
    wanted = [normal(name) for name in labelled]
    top = set(found[: len(wanted)])
    report.first += found[:1] == wanted[:1]
    report.within += set(wanted) <= top
    report.recall += len(set(wanted) & top) / len(wanted)
    if not set(wanted) <= top:
        report.notes.append(f"{repository}: languages {', '.join(found[:4])}, labelled {', '.join(wanted)}")


def _kind(score: Score, repository: str, kind: str, labels: dict[str, Any], also: set[str], found: Any) -> None:
    wanted = names(labels.get(kind, ()))
    claimed = {normal(item.name) for item in found if item.confidence >= CLAIMED}
    score.labelled += len(wanted)
    score.found += len(wanted & claimed)
    score.claimed += len(claimed)
    score.right += len(claimed & also)
    score.misses += [f"{repository}: {name}" for name in sorted(wanted - claimed)]
    score.wrong += [f"{repository}: {name}" for name in sorted(claimed - also)]
    score.bins += [(item.confidence, normal(item.name) in also) for item in found]


def calibration_error(pairs: list[tuple[float, bool]]) -> float:
    """Return the expected calibration error of pairs of confidence and truth."""
    total = 0.0
    for number in range(BINS):
        inside = [pair for pair in pairs if min(int(pair[0] * BINS), BINS - 1) == number]
        if inside:
            gap = sum(confidence for confidence, _ in inside) - sum(right for _, right in inside)
            total += abs(gap)
    return total / len(pairs) if pairs else 0.0


def bins(pairs: list[tuple[float, bool]]) -> str:
    """Return, by confidence rounded to tenths, how many were right of how many."""
    found: dict[float, list[bool]] = {}
    for confidence, right in pairs:
        found.setdefault(round(confidence, 1), []).append(right)
    return "  ".join(f"{key}: {sum(rights)}/{len(rights)}" for key, rights in sorted(found.items()))


def evaluate(labels: dict[str, Any], trees: Path) -> Report:
    """Return the scores over all labelled repositories that have a tree."""
    report = Report()
    for repository, expected in labels.items():
        tree = trees / repository.replace("/", "+")
        if tree.is_dir():
            score(report, repository, expected, detect(tree, soft_ms=60_000, hard_ms=60_000))
        else:
            report.notes.append(f"{repository}: no tree")
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labels", type=Path)
    parser.add_argument("trees", type=Path)
    parser.add_argument("--verbose", action="store_true", help="name every miss and every wrong claim")
    parser.add_argument("--bins", action="store_true", help="say how many findings of each confidence are right")
    arguments = parser.parse_args()
    report = evaluate(json.loads(arguments.labels.read_text()), arguments.trees)
    print(
        f"trees {report.trees}; language first {report.first}; all labelled within the first k {report.within}; "
        f"mean recall {report.recall / max(report.trees, 1):.3f}; domain {report.domains} of {report.domains_labelled}"
    )
    every: list[tuple[float, bool]] = []
    for kind, result in report.kinds.items():
        print(
            f"{kind:18} recall {result.found:3} of {result.labelled:3} ({result.recall:.3f})   "
            f"precision {result.right:3} of {result.claimed:3} ({result.precision:.3f})"
        )
        every += result.bins
    claimed, right = (sum(getattr(report.kinds[kind], name) for kind in SCORED) for name in ("claimed", "right"))
    print(f"precision of {', '.join(SCORED)} together: {right / max(claimed, 1):.3f} ({right} of {claimed})")
    print(f"expected calibration error over {len(every)} findings: {calibration_error(every):.3f}")
    if arguments.bins:
        for kind, result in report.kinds.items():
            print(f"{kind:18} {bins(result.bins)}")
    if arguments.verbose:
        for note in report.notes:
            print(f"  {note}")
        for kind, result in report.kinds.items():
            for word, rows in (("missed", result.misses), ("wrong", result.wrong)):
                for row in rows:
                    print(f"  {kind} {word}: {row}")


if __name__ == "__main__":
    main()
