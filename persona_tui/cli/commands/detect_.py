"""`persona detect`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from persona_tui.cli.common import Settings
from persona_tui.cli.output import Output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from persona_tui.detect.result import Detection, Evidence, Finding, Language, Match

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_LABEL = 15
_BAR = 20
_LIKELY = 0.5  # what is less likely is shown with its evidence, or not at all
_MOST_PARTS = 12
_KINDS = {
    "frameworks": "frameworks",
    "libraries": "libraries",
    "packages": "package_managers",
    "tests": "test_runners",
    "build": "build_tools",
}


@app.command()
def command(
    ctx: typer.Context,
    path: Annotated[Path, typer.Argument(help="The codebase, or a part of one.")] = Path("."),
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the evidence of each finding, and unlikely ones.")
    ] = False,
    top: Annotated[int, typer.Option("--top", metavar="COUNT", min=1, help="How many of each kind to show.")] = 5,
    budget: Annotated[int | None, typer.Option("--budget", metavar="MS", min=1, help="Milliseconds to spend.")] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Look again, even where nothing changed.")] = False,
) -> None:
    """Tell what a codebase is: languages, frameworks, tools, domain, and the personas that fit.

    Nothing is sent anywhere.

    Examples: persona detect; persona detect ~/src/shop --explain; persona detect services/api --json
    """
    from persona_tui.studio.detection import detect_codebase

    settings: Settings = ctx.obj
    out = Output(settings)
    detection = detect_codebase(path, settings.registry(), budget_ms=budget, use_cache=not no_cache)
    for sentence in detection.stats["skipped"]:
        out.say("WARN", f"incomplete: {sentence}")
    for folder in detection.stats["unreadable"]:
        out.say("WARN", f"cannot be entered: {folder}")
    for problem in detection.stats["problems"]:
        out.say("WARN", problem)
    if settings.json:
        out.document(detection.to_json())
        return
    _show(out, detection, top, explain)


def _show(out: Output, detection: Detection, top: int, explain: bool) -> None:
    _languages(out, detection.languages[:top], explain)
    for label, kind in _KINDS.items():
        found = getattr(detection, kind)
        _findings(out, label, [item for item in found if explain or item.confidence >= _LIKELY][:top], explain)
    _findings(out, "domain", [detection.domain] if detection.domain else [], explain)
    for number, part in enumerate(detection.parts[:_MOST_PARTS]):
        what = ", ".join((*part.frameworks, *part.languages)) or "nothing that a rule knows"
        _row(out, "" if number else "parts", f"{part.path}: {what}")
    if len(detection.parts) > _MOST_PARTS:
        _row(out, "", f"and {len(detection.parts) - _MOST_PARTS} more")
    _personas(out, detection.personas[:top])
    if not detection.languages:
        out.say("DETECT", "nothing was recognised")


def _languages(out: Output, languages: Sequence[Language], explain: bool) -> None:
    for number, language in enumerate(languages):
        bar = "█" * max(1, round(language.share * _BAR))
        _row(out, "" if number else "languages", f"{language.name:<14} {bar:<{_BAR}} {language.share:4.0%}")
        _evidence(out, language.evidence, explain)


def _findings(out: Output, label: str, findings: Sequence[Finding], explain: bool) -> None:
    for number, finding in enumerate(findings):
        name = f"{finding.name} {finding.version}" if finding.version else finding.name
        _row(out, "" if number else label, f"{name:<35} {finding.confidence:4.0%}")
        _evidence(out, finding.evidence, explain)


def _personas(out: Output, matches: Sequence[Match]) -> None:
    from persona_tui.detect.ranking import FITS

    for match in matches:
        label = "fits" if match.confidence >= FITS else "nearest"
        margin = f", {match.margin:.0%} ahead of the next" if match is matches[0] and match.margin else ""
        _row(out, label, f"{match.name:<35} {match.confidence:4.0%}  {match.reason}{margin}")


def _evidence(out: Output, evidence: Sequence[Evidence], explain: bool) -> None:
    if explain:
        for item in evidence:
            line = f":{item.line}" if item.line else ""
            out.text(f"{'':<{_LABEL}}  {item.path}{line}  {item.reason}", "dim")


def _row(out: Output, label: str, text: str) -> None:
    out.text(f"{label:<{_LABEL}} {text}")
