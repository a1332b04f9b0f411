"""`persona engines`."""

from __future__ import annotations

import typer

from persona_tui.base.text import plural
from persona_tui.cli.common import Settings, run_async
from persona_tui.cli.output import Output
from persona_tui.studio.engines import report_engines

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def command(ctx: typer.Context) -> None:
    """Show which engines answer where, their version and their models. One that does not answer is a row, not an error.

    Examples: persona engines; persona engines --host gpu-1:11434; persona engines --engine llamacpp --json
    """
    settings: Settings = ctx.obj
    out = Output(settings)
    reports = run_async(report_engines(settings.engine, settings.host, out.waiting))
    if settings.json:
        out.document({"engines": [report.to_json() for report in reports]})
        return
    for report in reports:
        state = (
            report.problem or f"{report.version}, {plural(len(report.models), 'model')}, {len(report.running)} loaded"
        )
        out.text(f"{report.kind:<10} {report.address}  {state}")
        loaded = {model.name for model in report.running}
        for model in report.models:
            size = f"{model.size / 1e9:.1f} GB" if model.size else "-"
            mark = "  loaded" if model.name in loaded else ""
            out.text(f"{'':<10} {model.name:<40} {size:>8}  {model.quantization or ''}{mark}".rstrip())
