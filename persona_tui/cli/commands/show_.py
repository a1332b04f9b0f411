"""`persona show`."""

from __future__ import annotations

from typing import Annotated

import typer

from persona_tui.cli.common import Settings
from persona_tui.cli.completion import persona_names
from persona_tui.cli.output import Output
from persona_tui.studio.library import read_reference, show_persona

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def command(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(help="NAME, NAME@3 (a kept version), or a file.", autocompletion=persona_names)
    ],
    prompt: Annotated[bool, typer.Option("--prompt", help="Print the system prompt alone, for pipes.")] = False,
    modelfile: Annotated[bool, typer.Option("--modelfile", help="Print the Modelfile alone.")] = False,
) -> None:
    """Show a persona: its fields, where its file is, and its Modelfile.

    Examples: persona show my-go-grpc-q3; persona show my-go-grpc-q3@2; persona show my-go-grpc-q3 --prompt
    """
    settings: Settings = ctx.obj
    out = Output(settings)
    stored = read_reference(settings.registry(), name, settings.scope)
    shown = show_persona(stored)
    for loss in shown["losses"]:
        out.say("NOTE", loss)
    if settings.json:
        out.document(shown)
    elif prompt:
        from persona_tui.spec.rendering import system_text

        out.text(system_text(stored.persona) or "")
    elif modelfile:
        out.text((shown["modelfile"] or "").rstrip("\n"))
    else:
        out.text(f"{stored.path}  ({stored.scope.name}, revision {stored.revision})", "dim")
        out.text(stored.document.text.rstrip("\n"))
        if shown["modelfile"]:
            out.text(f"\n{stored.scope.modelfile(stored.persona.name)}", "dim")
            out.text(shown["modelfile"].rstrip("\n"))
