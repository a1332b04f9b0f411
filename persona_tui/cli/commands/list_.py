"""`persona list`."""

from __future__ import annotations

import gc
import json
import sys
from typing import Annotated, Any

import typer

from persona_tui.cli.common import Settings, run_async
from persona_tui.cli.output import Output
from persona_tui.studio.library import list_personas

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_SPARE = ("TEMP", "SCOPE", "DOMAIN", "BASE")
"""What a narrow terminal does without, the first one first."""

_MANY = 200
"""Files to be read anew from which on the reading is told about."""


@app.command()
def command(
    ctx: typer.Context,
    server: Annotated[bool, typer.Option("--server", help="Ask the server which personas it has the same.")] = False,
) -> None:
    """List the personas of all scopes; of a name in several scopes the strongest one.

    Examples: persona list; persona list --scope project --json; persona list --server
    """
    settings: Settings = ctx.obj
    out = Output(settings)
    registry = settings.registry()
    gc.disable()  # ten thousand small objects that all live to the end of the command: nothing to collect
    rows_text, broken = list_personas(registry, settings.scope, _progress(out))
    for sentence in broken:
        out.say("WARN", sentence)
    if settings.json and not server:
        out.json_text(f'{{"personas": {rows_text}}}')
        return
    rows = json.loads(rows_text)
    if server:
        run_async(_ask_server(settings, out, rows))
    if settings.json:
        out.document({"personas": rows})
    elif not rows:
        out.say("LIST", "no personas yet: 'persona build' makes one")
    else:
        header = ["NAME", "SCOPE", "DOMAIN", "BASE", "TEMP", *(["SERVER"] if server else []), "ROLE"]
        out.table(header, [_cells(row, server) for row in rows], spare=_SPARE)


def _cells(row: dict[str, Any], server: bool) -> list[str]:
    cells = [row["name"], row["scope"], row["domain"], row["base_model"] or "-", f"{row['temperature']:g}"]
    return [*cells, *([row["server"]] if server else []), row["role"]]


def _progress(out: Output) -> Any:
    def show(done: int, total: int) -> None:
        if total >= _MANY and sys.stderr.isatty() and not out.settings.quiet:
            print(f"\rreading {done:,} of {total:,} files", end="\n" if done == total else "", file=sys.stderr)

    return show


async def _ask_server(settings: Settings, out: Output, rows: list[dict[str, Any]]) -> None:
    from persona_tui.studio.engines import open_engine
    from persona_tui.studio.servers import server_states

    registry = settings.registry()
    personas = {row["name"]: registry.get(row["name"], row["scope"]).persona for row in rows}
    async with open_engine(settings.engine, settings.host, out.waiting) as engine:
        states = await server_states(engine, personas)
    for row in rows:
        row["server"] = states[row["name"]]
