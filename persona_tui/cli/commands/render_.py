"""`persona render`."""

from __future__ import annotations

from typing import Annotated

import typer

from persona_tui.base.errors import BadData, ExitCode
from persona_tui.cli.common import Settings
from persona_tui.cli.completion import persona_names
from persona_tui.cli.output import Output
from persona_tui.studio.library import Rendering, check_rendering, read_reference, render_scope

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def command(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Print the Modelfiles of these NAMEs or files.", autocompletion=persona_names),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 when a Modelfile is not up to date.")
    ] = False,
) -> None:
    """Print the Modelfile of personas; without a name, write all those of a scope that are not up to date.

    Examples: persona render my-go-grpc-q3; persona render --scope global; persona render --check
    """
    settings: Settings = ctx.obj
    out = Output(settings)
    registry = settings.registry()
    if names:
        _print(settings, out, names)
        return
    found = check_rendering(registry, settings.scope) if check else render_scope(registry, settings.scope)
    if settings.json:
        rows = [{"name": i.name, "path": str(i.path), "state": i.state, "reason": i.reason} for i in found]
        out.document({"modelfiles": rows})
    for item in found:
        if item.state != "same":
            out.say("RENDER", f"{item.path}: {_told(item, check)}")
    states = {item.state for item in found}
    if "broken" in states:
        raise typer.Exit(ExitCode.BAD_DATA)
    if check and states - {"same", "cannot"}:
        raise typer.Exit(ExitCode.FAILED)


def _told(item: Rendering, check: bool) -> str:
    if item.state in ("missing", "differs") and not check:
        return "written"
    return f"{item.state} ({item.reason})" if item.reason else item.state


def _print(settings: Settings, out: Output, names: list[str]) -> None:
    from persona_tui.spec.rendering import modelfile_text, not_in_modelfile

    registry = settings.registry()
    texts = {}
    for name in names:
        stored = read_reference(registry, name, settings.scope)
        text = modelfile_text(stored.persona)
        if text is None:
            reason = "; ".join(not_in_modelfile(stored.persona)) or "it has no base model of Ollama"
            raise BadData(f"'{name}' cannot be written as a Modelfile: {reason}")
        texts[name] = text
    if settings.json:
        out.document({"modelfiles": [{"name": name, "modelfile": text} for name, text in texts.items()]})
    else:
        out.text("\n".join(texts.values()).rstrip("\n"))
