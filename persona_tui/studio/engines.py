"""Which engine is used, and what answers where."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from persona_tui.base.errors import EngineError, UsageError
from persona_tui.engines.protocol import Engine, ModelInfo, RunningModel

ENGINES = ("ollama", "llamacpp")

Waiting = Callable[[str], None]
"""What is told the address of a server that takes longer to answer than a person expects."""


@contextlib.asynccontextmanager
async def open_engine(
    name: str | None = None, host: str | None = None, waiting: Waiting | None = None
) -> AsyncIterator[Engine]:
    """Open the engine called `name` (Ollama without one) and close it afterwards.

    Ollama is looked for at `host`, at OLLAMA_HOST, then on this machine; `waiting` is told where when it takes long
    to answer. Nothing is sent yet.
    Raises UsageError for an unknown name or an address that cannot be one.
    """
    engine = _engine(name, host, waiting)
    try:
        yield engine
    finally:
        await engine.aclose()


def _engine(name: str | None, host: str | None, waiting: Waiting | None) -> Engine:
    if name in (None, "ollama"):
        from persona_tui.engines.ollama import connect

        return connect(host, waiting=waiting)
    if name == "llamacpp":
        if host:
            raise UsageError("--host is for Ollama servers: the engine llamacpp runs in this process")
        from persona_tui.engines.llamacpp import LlamaCppEngine

        return LlamaCppEngine()
    raise UsageError(f"there is no engine '{name}': say {' or '.join(ENGINES)}")


@dataclass(frozen=True, slots=True)
class EngineReport:
    """One engine: whether it answers, and what it has. `problem` says why it does not."""

    kind: str
    address: str
    version: str | None = None
    models: tuple[ModelInfo, ...] = ()
    running: tuple[RunningModel, ...] = ()
    problem: str | None = field(default=None)

    def to_json(self) -> dict[str, Any]:
        from dataclasses import asdict

        return {"answers": self.problem is None, **asdict(self)}


async def report_engines(
    name: str | None = None, host: str | None = None, waiting: Waiting | None = None
) -> list[EngineReport]:
    """Ask every engine (or the one called `name`) for its version and models; one that fails is a row, not an error."""
    kinds = [name] if name else ENGINES
    return [await _report(kind, host if kind == "ollama" else None, waiting) for kind in kinds]


async def _report(kind: str, host: str | None, waiting: Waiting | None) -> EngineReport:
    async with open_engine(kind, host, waiting) as engine:
        try:
            version = await engine.version()
            models, running = await engine.models(), await engine.running()
        except EngineError as error:
            return EngineReport(kind, engine.address, problem=str(error))
        return EngineReport(kind, engine.address, version, tuple(models), tuple(running))
