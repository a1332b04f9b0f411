"""`persona modelfile`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from persona_tui.base.errors import BadData, ExitCode
from persona_tui.cli.common import Settings
from persona_tui.cli.output import Output

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.callback(invoke_without_command=True)
def _group(ctx: typer.Context) -> None:
    """Read Modelfiles as Ollama does."""
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())


@app.command()
def parse(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(help="A Modelfile; - for standard input.")],
) -> None:
    """Read a Modelfile exactly as Ollama's own parser does, errors included; exit 65 when it is refused.

    Examples: persona modelfile parse Modelfile; persona modelfile parse - --json < Modelfile
    """
    from persona_tui.base.files import PERSONA_LIMIT, read_bounded
    from persona_tui.base.paths import current_folder
    from persona_tui.studio.modelfiles import parse_json

    settings: Settings = ctx.obj
    out = Output(settings)
    if file == "-":
        data = sys.stdin.buffer.read(PERSONA_LIMIT + 1)
        if len(data) > PERSONA_LIMIT:
            raise BadData(f"longer than {PERSONA_LIMIT:,} bytes, which no Modelfile is", path="standard input")
        folder = current_folder()
    else:
        data, folder = read_bounded(Path(file)), (current_folder() / file).parent
    result = parse_json(data, folder)
    if settings.json:
        out.document(result)
    elif result["error"] is None:
        _print(out, result)
    if result["error"] is not None:
        if not settings.json:
            raise BadData(result["error"], path=file)
        raise typer.Exit(ExitCode.BAD_DATA)


def _print(out: Output, result: dict[str, Any]) -> None:
    for key, value in result.items():
        if value in (None, [], {}):
            continue
        if isinstance(value, dict):
            for name, item in value.items():
                out.text(f"parameter  {name} = {item!r}")
        elif key == "messages":
            for message in value:
                out.text(f"message    {message['role']}: {message['content']}")
        else:
            out.text(f"{key:<10} {value}")
