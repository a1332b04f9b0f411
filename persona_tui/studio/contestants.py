"""Which designers are compared: words such as `rulebook`, `qwen3:8b` or `llamacpp:smollm2:135m`, made designers."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from persona_tui.base.errors import EngineError, UsageError
from persona_tui.designer.draft import Designer
from persona_tui.designer.memory import Memory
from persona_tui.designer.model import ModelDesigner, choose_model
from persona_tui.designer.rulebook_designer import RulebookDesigner
from persona_tui.engines.protocol import Engine
from persona_tui.studio.build import Say
from persona_tui.studio.engines import ENGINES, Waiting, open_engine

RULEBOOK, AUTO = "rulebook", "auto"


@dataclass(frozen=True, slots=True)
class Contestant:
    """A designer to be compared. `engine` and `model` are None for the rulebook, which asks nobody."""

    name: str
    engine: Engine | None = None
    model: str | None = None

    @property
    def varies(self) -> bool:
        """Whether another run can give another result: the rulebook's is the same, byte for byte."""
        return self.engine is not None

    def designer(self, run: int) -> Designer:
        """Return the designer for a run, which is also its seed: the same run gives the same again.

        A model's way of answering is remembered as `build` does, so that what is measured is what a person gets.
        """
        if self.engine is None or self.model is None:
            return RulebookDesigner()
        return ModelDesigner(self.engine, self.model, Memory(), {"seed": run})

    def to_json(self) -> dict[str, Any]:
        kind = "model" if self.varies else RULEBOOK
        engine = {"engine": self.engine.kind, "address": self.engine.address} if self.engine else {}
        return {"name": self.name, "kind": kind, "model": self.model, "engine": None, "address": None, **engine}


@contextlib.asynccontextmanager
async def open_contestants(
    wanted: Sequence[str], engine: str | None, host: str | None, say: Say, waiting: Waiting | None = None
) -> AsyncIterator[list[Contestant]]:
    """Open the designers called `wanted`, each ENGINE:MODEL, MODEL on `engine`, `auto` or `rulebook`.

    Without any, the rulebook and the model that `build` would choose, where there is one. Raises UsageError for one
    that is named twice, EngineUnreachable, and ModelNotFound for a model that is not there.
    """
    async with contextlib.AsyncExitStack() as stack:
        opened: dict[str | None, Engine] = {}
        found: list[Contestant] = []
        for words in wanted or (RULEBOOK, AUTO):
            kind, model = _read(words, engine)
            if model == RULEBOOK:
                found.append(Contestant(RULEBOOK))
                continue
            if kind not in opened:
                address = host if kind in (None, "ollama") else None
                opened[kind] = await stack.enter_async_context(open_engine(kind, address, waiting))
            try:
                chosen, why = await choose_model(opened[kind], None if model == AUTO else model)
            except EngineError as error:
                if wanted:
                    raise
                say("WARN", f"only the rulebook is measured: {error}")
                continue
            found.append(Contestant(f"{opened[kind].kind}:{chosen}", opened[kind], chosen))
            say("LLM", f"{chosen} ({opened[kind].kind}, {opened[kind].address}): {why}")
        names = [one.name for one in found]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise UsageError(f"the designer {twice} is named twice: it would be compared with itself")
        yield found


def _read(words: str, engine: str | None) -> tuple[str | None, str]:
    """Return the engine and the model that `words` say; the rulebook and `auto` are models of that name here."""
    if words == RULEBOOK:
        return None, RULEBOOK
    kind, colon, model = words.partition(":")
    if not colon or kind not in ENGINES:
        kind, model = engine or ENGINES[0], words
    if not model.strip():
        raise UsageError(f"--designer '{words}' names no model: say rulebook, auto, MODEL or ENGINE:MODEL")
    return kind, model
