"""`persona detect`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from persona_tui.cli.common import Settings
from persona_tui.cli.output import Output

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_BAR = 20
_FITS = 0.5


@app.command()
def command(
    ctx: typer.Context,
    path: Annotated[Path, typer.Argument(help="The codebase, or a part of one.")] = Path("."),
    explain: Annotated[bool, typer.Option("--explain", help="Show the evidence of each finding.")] = False,
    top: Annotated[int, typer.Option("--top", min=1, help="How many of each kind to show.")] = 5,
    budget: Annotated[int | None, typer.Option("--budget", metavar="MS", min=1, help="Milliseconds to spend.")] = None,
) -> None:
    """Tell what a codebase is: languages, frameworks, tools, domain, and the personas that fit.

    Nothing is sent anywhere.

    Examples: persona detect; persona detect ~/src/shop --explain; persona detect services/api --json
    """
    from persona_tui.studio.detection import detect_codebase

    settings: Settings = ctx.obj
    out = Output(settings)
    detection = detect_codebase(path, settings.registry(), budget_ms=budget)
    if detection.partial:
        out.say("WARN", "the time was up before everything was looked at: --budget gives more")
    for problem in detection.stats.get("problems", []):
        out.say("WARN", str(problem))
    if settings.json:
        out.document(detection.to_json())
        return
    for language in detection.languages[:top]:
        bar = "█" * max(1, round(language.share * _BAR))
        out.text(f"{language.name:<14} {bar:<{_BAR}} {language.share:4.0%}")
        _evidence(out, language, explain)
    kinds = {
        "frameworks": detection.frameworks,
        "packages": detection.package_managers,
        "tests": detection.test_runners,
        "build": detection.build_tools,
        "domain": (detection.domain,) if detection.domain else (),
    }
    for kind, findings in kinds.items():
        for finding in findings[:top]:
            version = f" {finding.version}" if finding.version else ""
            out.text(f"{kind:<14} {finding.name}{version}  ({finding.confidence:.2f})")
            _evidence(out, finding, explain)
    for match in detection.personas[:top]:
        label = "fits" if match.confidence >= _FITS else "nearest"
        out.text(f"{label:<14} {match.name}  ({match.confidence:.2f}, {match.reason})")
    if not detection.languages:
        out.say("DETECT", "nothing was recognised")


def _evidence(out: Output, finding: Any, explain: bool) -> None:
    if explain:
        for item in finding.evidence:
            line = f":{item.line}" if item.line else ""
            out.text(f"{'':<14} {item.path}{line}  {item.reason}", "dim")
