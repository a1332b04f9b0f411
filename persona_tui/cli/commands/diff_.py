"""`persona diff`."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from persona_tui.base.text import one_line
from persona_tui.cli.common import Settings, run_async
from persona_tui.cli.completion import persona_names
from persona_tui.cli.output import Output

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def command(
    ctx: typer.Context,
    one: Annotated[str, typer.Argument(help="NAME, NAME@3, or a file.", autocompletion=persona_names)],
    other: Annotated[
        str | None, typer.Argument(help="The same; without it the server is compared.", autocompletion=persona_names)
    ] = None,
) -> None:
    """Show what differs between two personas or versions, or between a persona and the server.

    Examples: persona diff my-go-q3@1 my-go-q3; persona diff my-go-q3 copy.yaml; persona diff my-go-q3
    """
    settings: Settings = ctx.obj
    out = Output(settings)
    if other is None:
        run_async(_with_server(settings, out, one))
        return
    from persona_tui.studio.library import compare_personas, read_reference

    registry = settings.registry()
    pair = [read_reference(registry, reference, settings.scope) for reference in (one, other)]
    difference = compare_personas(pair[0], pair[1], (one, other))
    if settings.json:
        changes = [change.to_json() for change in difference.changes]
        out.document({"changes": changes, "diff": "\n".join(difference.modelfile)})
        return
    for change in difference.changes:
        if change.kind == "moved":
            out.text("\n".join([f"moved    {change.field}: now in this order", *_numbered(change.new)]))
        else:
            out.text(f"{change.kind:<8} {change.field}: {_value(change.old)} → {_value(change.new)}")
    out.diff(difference.modelfile)
    if not difference.changes:
        out.say("DIFF", "no difference")


async def _with_server(settings: Settings, out: Output, name: str) -> None:
    from persona_tui.cli.plans import show_plan
    from persona_tui.studio.engines import open_engine
    from persona_tui.studio.servers import plan_for

    stored = settings.registry().get(name, settings.scope)
    async with open_engine(settings.engine, settings.host, out.waiting) as engine:
        plan = await plan_for(engine, stored.persona, stored.revision, owner=str(stored.scope.root))
        if settings.json:
            out.document({"host": engine.address, **plan.to_json()})
        else:
            show_plan(out, plan, engine.address)
            out.text("no difference" if not plan.changes_something else f"{plan.name}: {plan.action.value}")


def _numbered(rules: list[str]) -> list[str]:
    return [f"  {number}. {one_line(rule, 80)}" for number, rule in enumerate(rules, 1)]


def _value(value: Any) -> str:
    return (
        "-"
        if value is None
        else one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), 80)
    )
