"""`persona rm`."""

from __future__ import annotations

from typing import Annotated

import typer

from persona_tui.base.errors import EngineUnreachable, NotFound
from persona_tui.cli.common import Settings, run_async
from persona_tui.cli.completion import persona_names
from persona_tui.cli.output import Output

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
    removed = run_async(_remove(settings, out, names, yes=yes, registry_only=registry_only, force=force))
    if settings.json:
        out.document({"removed": removed})


async def _remove(
    settings: Settings, out: Output, names: list[str], *, yes: bool, registry_only: bool, force: bool
) -> list[dict[str, object]]:
    registry = settings.registry()
    places = {}
    for name in names:
        place = registry.find(name, settings.scope)
        if place is None and not force:
            registry.get(name, settings.scope)
        places[name] = registry.scopes.for_saving(place.name) if place else None
    where = "from the registry" if registry_only else "from the registry, and from the server if it is there"
    if not yes and not out.confirm(f"Remove {', '.join(names)} {where}?", default=False, flag="--yes"):
        return []
    removed: list[dict[str, object]] = []
    for name, place in places.items():
        owner = str(place.root) if place else None
        host = None if registry_only else await _remove_model(settings, out, name, owner, force=force)
        if place is not None:
            registry.remove(name, scope=place.name)
            out.say("RM", f"{name} is removed from the {place.name} registry; its versions are kept")
        elif host is None:
            raise NotFound(f"neither the registry nor the server has '{name}'")
        removed.append({"name": name, "scope": place.name if place else None, "host": host})
    return removed


async def _remove_model(settings: Settings, out: Output, name: str, owner: str | None, *, force: bool) -> str | None:
    from persona_tui.studio.engines import open_engine
    from persona_tui.studio.servers import remove_from

    async with open_engine(settings.engine, settings.host) as engine:
        if engine.kind != "ollama":
            return None
        try:
            there = await remove_from(engine, name, owner=owner, force=force)
        except EngineUnreachable as error:
            if settings.host:
                raise
            out.say("RM", f"no server was asked: {error}")
            return None
        if there:
            out.say("RM", f"{name} is deleted on {engine.address}")
        return engine.address if there else None
