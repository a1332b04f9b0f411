"""`persona lint`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from persona_tui.base.errors import ExitCode
from persona_tui.base.text import plural
from persona_tui.cli.common import Settings
from persona_tui.cli.completion import persona_names, values_of
from persona_tui.cli.output import Output
from persona_tui.spec.lint import explain as explain_rule
from persona_tui.studio.linting import lint_all, lint_one, rule_json

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_STYLES = {"error": "red", "warning": "yellow", "info": "dim"}


@app.command()
def command(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(help="NAMEs or files; all personas without.", autocompletion=persona_names)
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option("--explain", autocompletion=values_of("--explain"), metavar="ID", help="Tell what a rule is for."),
    ] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be mended without changing a meaning.")] = False,
) -> None:
    """Check personas against the rules for good ones; exit 1 when there are errors.

    Examples: persona lint; persona lint my-go-grpc-q3 draft.yaml --json; persona lint --explain P007
    """
    settings: Settings = ctx.obj
    out = Output(settings)
    if explain:
        if settings.json:
            out.document(rule_json(explain))
        else:
            out.text(explain_rule(explain))
        return
    registry = settings.registry()
    reports = (
        [lint_one(registry, n, settings.scope, fix=fix) for n in names] if names else lint_all(registry, settings.scope)
    )
    if settings.json:
        out.document({"personas": [report.to_json() for report in reports]})
    else:
        for report in reports:
            for finding in report.findings:
                _print(out, report.place, finding)
        _summary(out, reports)
    if any(finding.severity == "error" for report in reports for finding in report.findings):
        raise typer.Exit(ExitCode.FAILED)


def _print(out: Output, place: str, finding: Any) -> None:
    line = f":{finding.line}" if finding.line else ""
    field = f" {finding.field}:" if finding.field else ""
    out.wrapped(
        f"{place}{line}: {finding.severity.value} {finding.rule}{field} {finding.message}",
        _STYLES[finding.severity.value],
        indent=4,
    )


def _summary(out: Output, reports: list[Any]) -> None:
    counts = dict.fromkeys(_STYLES, 0)
    for report in reports:
        for finding in report.findings:
            counts[finding.severity.value] += 1
    nouns = {"error": "error", "warning": "warning", "info": "hint"}
    told = ", ".join(plural(count, nouns[severity]) for severity, count in counts.items() if count)
    out.say("LINT", f"{len(reports)} checked: {told or 'nothing to say'}")
