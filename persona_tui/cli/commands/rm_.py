"""`persona rm`."""

from __future__ import annotations

from typing import Annotated

import typer

from persona_tui.cli.common import Settings, run_async
from persona_tui.cli.completion import persona_names
from persona_tui.cli.output import Output
from persona_tui.store.registry import Registry
from persona_tui.studio.engines import open_engine
from persona_tui.studio.removal import Removal, Removed, plan_removal, remove

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def command(
    ctx: typer.Context,
    names: Annotated[list[str], typer.Argument(help="The personas to remove.", autocompletion=persona_names)],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    registry_only: Annotated[bool, typer.Option("--registry-only", help="Leave the server alone.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Delete a model that was changed or made elsewhere.")] = False,
) -> None:
    """Remove personas from the registry, and their models from the server. Their versions stay in the history.

    Examples: persona rm my-go-grpc-q3; persona rm my-a-q3 my-b-q3 --yes --registry-only
    """
    settings: Settings = ctx.obj
    out = Output(settings)
    registry = settings.registry()
    removals = plan_removal(registry, names, settings.scope, force=force)
    where = "from the registry" if registry_only else "from the registry, and from the server if it is there"
    removed: list[Removed] = []
    if yes or out.confirm(f"Remove {', '.join(names)} {where}?", default=False, flag="--yes"):
        removed = run_async(_remove(settings, out, registry, removals, registry_only=registry_only, force=force))
    else:
        out.say("RM", "nothing was removed")
    if settings.json:
        out.document({"removed": [one.to_json() for one in removed]})


async def _remove(
    settings: Settings, out: Output, registry: Registry, removals: list[Removal], *, registry_only: bool, force: bool
) -> list[Removed]:
    if registry_only:
        return [await remove(registry, removal, None, say=out.say, force=force) for removal in removals]
    async with open_engine(settings.engine, settings.host, out.waiting) as engine:
        must_answer = settings.host is not None
        return [
            await remove(registry, removal, engine, say=out.say, force=force, must_answer=must_answer)
            for removal in removals
        ]
