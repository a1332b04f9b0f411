"""The thread that a loaded model lives in."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from persona_tui.base.errors import EngineError
from persona_tui.engines.llamacpp.gguf import read_gguf
from persona_tui.engines.llamacpp.loading import CONTEXT, load, read_ahead
from persona_tui.engines.llamacpp.quiet import quiet
from persona_tui.engines.llamacpp.wire import refusal


@dataclass(frozen=True, slots=True)
class Needs:
    """What a request asks of the loaded model: tokens of context, CPU threads; None leaves it to the model."""

    context: int | None = None
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """The model is in memory; it took so many seconds, 0 where it was there."""

    seconds: float


Item = Loaded | dict[str, Any]


class Worker:
    """Weights and the one thread that touches them: what is asked is done in turn.

    The model is loaded by the first request, and again by one that needs a larger context.
    """

    def __init__(self, weights: Path) -> None:
        self.weights = weights
        self.context: int | None = None
        """Tokens of the context of the loaded model; None while none is loaded."""
        self.size: int | None = None
        """Bytes of the weights, as they were when they were loaded."""
        self._server: Any = None
        self._closed = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="llamacpp")

    async def ask(self, body: dict[str, Any], needs: Needs) -> AsyncGenerator[Item, None]:
        """Yield Loaded, then what llama.cpp says, chunk by chunk. Leaving early stops it at its next chunk.

        Raises EngineError in llama.cpp's words, EngineUnreachable where the library is missing.
        """
        loop = asyncio.get_running_loop()
        items: asyncio.Queue[Item | Exception | None] = asyncio.Queue()
        left = threading.Event()

        def stopped() -> bool:
            return left.is_set() or self._closed.is_set()

        def put(item: Item | Exception | None) -> None:
            if not left.is_set():
                try:
                    loop.call_soon_threadsafe(items.put_nowait, item)
                except RuntimeError:  # the loop is closed
                    left.set()

        self._thread.submit(self._run, body, needs, put, stopped)
        try:
            while (item := await items.get()) is not None:
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            left.set()

    async def aclose(self) -> None:
        """Stop what is being answered, free the model, and wait for the thread to end."""
        self._closed.set()
        self._thread.submit(self._free)
        await asyncio.to_thread(self._thread.shutdown)

    def _run(
        self,
        body: dict[str, Any],
        needs: Needs,
        put: Callable[[Item | Exception | None], None],
        stopped: Callable[[], bool],
    ) -> None:
        """Answer one request, in the thread. Whatever goes wrong is put, and never raised into the pool."""

        def take(chunk: dict[str, Any]) -> bool:
            put(chunk)
            return stopped()

        try:
            put(Loaded(self._load(needs, stopped)))
            if not stopped():
                with quiet():
                    self._server.handle_chat_completions(body, take)
            put(EngineError("the engine was closed before the answer was complete") if self._closed.is_set() else None)
        except (RuntimeError, ValueError) as error:
            put(refusal(str(error)))
        except OSError as error:
            put(EngineError(f"{self.weights} cannot be read: {error.strerror or error}"))
        except Exception as error:
            put(error)

    def _load(self, needs: Needs, stopped: Callable[[], bool]) -> float:
        """Make sure that the model is loaded as needed, unless `stopped`; return the seconds that it took."""
        if stopped() or (self.context is not None and (needs.context or 0) <= self.context):
            return 0.0
        started = time.monotonic()
        context = needs.context or CONTEXT
        context = min(context, read_gguf(self.weights).context_length or context)
        if context == self.context:
            return 0.0
        self._free()
        read_ahead(self.weights, stopped)
        if not stopped():
            self._server = load(self.weights, context, needs.threads)
            self.context, self.size = context, self.weights.stat().st_size
        return time.monotonic() - started

    def _free(self) -> None:
        self._server = self.context = None
