"""The designers that there are: the rulebook, the personas that ship, and what a server has of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from persona_tui.base.errors import EngineError, HumanNeeded, UsageError
from persona_tui.designer.asking import SHIPPED
from persona_tui.designer.model import choose_model
from persona_tui.engines.protocol import Engine
from persona_tui.spec.names import same_model
from persona_tui.store.registry import Registry, Stored
from persona_tui.studio.applying import Outcome
from persona_tui.studio.build import Say
from persona_tui.studio.servers import check_keeps_models, server_states

_SCOPE = "built-in"


def shipped_designers(registry: Registry, names: Sequence[str] = ()) -> list[Stored]:
    """Return the designer personas that ship, or those of them called `names`. Raises UsageError for another name."""
    for name in names:
        if name not in SHIPPED:
            raise UsageError(f"'{name}' is no designer that ships: say {' or '.join(SHIPPED)}")
    return [registry.get(name, _SCOPE) for name in SHIPPED if not names or name in names]


async def installable(
    engine: Engine, designers: Sequence[Stored], say: Say, *, pull: bool
) -> tuple[list[Stored], list[Outcome]]:
    """Return those of `designers` whose base the server has, or all where a base may be pulled; and what is left out.

    Raises HumanNeeded, with what would pull it, where the server has none of the bases; EngineUnreachable.
    """
    check_keeps_models(engine)
    present = [model.name for model in await engine.models()]
    lacking = [one for one in designers if not any(same_model(one.persona.base_model or "", name) for name in present)]
    if pull or not lacking:
        return list(designers), []
    told = [
        f"{one.persona.name}: {engine.address} has no {one.persona.base_model}; "
        f"'persona designer install {one.persona.name} --pull' pulls it"
        for one in lacking
    ]
    if len(lacking) == len(designers):
        raise HumanNeeded(", and ".join(told))
    for sentence in told:
        say("WARN", sentence)
    return [one for one in designers if one not in lacking], [Outcome(one.persona.name, None) for one in lacking]


@dataclass(frozen=True, slots=True)
class DesignerState:
    """A designer: its base, and whether the server has it (same, differs, missing, unknown; None for the rulebook).

    `auto` is the one that `build` takes where nobody says which.
    """

    name: str
    kind: str
    base: str | None
    server: str | None
    auto: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


async def designer_states(engine: Engine, registry: Registry, say: Say) -> list[DesignerState]:
    """Return the rulebook, the designers that ship, and the plain model that `auto` takes where none is installed."""
    personas = {one.persona.name: one.persona for one in shipped_designers(registry)}
    states = dict.fromkeys(personas, "unknown")
    chosen = None
    try:
        if engine.kind == "ollama":
            states = await server_states(engine, personas)
        chosen, _ = await choose_model(engine, None)
    except EngineError as error:
        say("WARN", str(error))
    rows = [DesignerState("rulebook", "rulebook", None, None, auto=chosen is None)]
    for name, persona in personas.items():
        auto = chosen is not None and same_model(name, chosen)
        rows.append(DesignerState(name, "persona", persona.base_model, states[name], auto))
    if chosen is not None and not any(row.auto for row in rows):
        rows.append(DesignerState(chosen, "model", None, "same", auto=True))
    return rows
