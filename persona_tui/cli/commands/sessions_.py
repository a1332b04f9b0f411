"""`persona sessions`."""

from __future__ import annotations

from typing import Annotated

import typer

from persona_tui.base.errors import UsageError
from persona_tui.base.text import one_line, plural
from persona_tui.cli.common import Settings
from persona_tui.cli.fields import YesOption
from persona_tui.cli.output import Output
from persona_tui.cli.proposal import show_persona, show_transcript
from persona_tui.designer.updates import anonymous
from persona_tui.studio.sessions import list_sessions, remove_sessions, show_session, whole_ids

app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True)


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """List the conversations that are kept, the one that was worked on last first."""
    settings: Settings = ctx.obj
    out = Output(settings)
    rows = list_sessions()
    if settings.json:
        out.document({"sessions": rows})
    elif not rows:
        out.say("SESSIONS", "there are none: 'persona build' begins one")
    else:
        header = ("ID", "BEGAN", "STATE", "ROUNDS", "PERSONA", "DESCRIPTION")
        table = [
            (
                row["id"],
                (row["began"] or "")[:16].replace("T", " "),
                f"{row['state']}, open" if row["open"] else row["state"],
                str(row["rounds"]),
                row["name"] or "-",
                one_line(row["description"] or row.get("error", ""), 100),
            )
            for row in rows
        ]
        out.table(header, table, spare=("BEGAN", "ROUNDS", "PERSONA"))


@app.command()
def show(
    ctx: typer.Context, session_id: Annotated[str, typer.Argument(metavar="ID", help="The session, or part of its id.")]
) -> None:
    """Show a conversation: what was said, what it changed, and the draft that came of it."""
    settings: Settings = ctx.obj
    out = Output(settings)
    talk, document = show_session(session_id)
    if settings.json:
        out.document(document)
        return
    out.text(f"{document['id']}: {document['state']}, {plural(document['rounds'], 'round')}", "bold")
    show_transcript(out, talk)
    if talk.persona is not None:
        show_persona(out, anonymous(talk.persona))


@app.command()
def rm(
    ctx: typer.Context,
    session_ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Sessions to remove.")] = None,
    created: Annotated[bool, typer.Option("--created", help="All that a persona was created of.")] = False,
    yes: YesOption = False,
) -> None:
    """Remove conversations. The personas that were created of them stay."""
    settings: Settings = ctx.obj
    out = Output(settings)
    ids = list(session_ids or [])
    if created:
        ids += [row["id"] for row in list_sessions() if row["state"] == "created" and not row["open"]]
    elif not ids:
        raise UsageError("say which sessions, or --created")
    ids = whole_ids(ids)
    removed = []
    if ids and (yes or out.confirm(f"Remove {plural(len(ids), 'session')}?", default=False, flag="--yes")):
        removed = remove_sessions(ids)
    for session_id in removed:
        out.say("RM", session_id)
    if settings.json:
        out.document({"removed": removed})
