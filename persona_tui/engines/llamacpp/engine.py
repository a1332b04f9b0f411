"""The engine `llamacpp`: models that answer in this process, without a server."""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path

from persona_tui.base.errors import EngineError
from persona_tui.engines.llamacpp.loading import missing
from persona_tui.engines.llamacpp.models import Source, find_model, list_models
from persona_tui.engines.llamacpp.store import usual_stores
from persona_tui.engines.llamacpp.wire import Answer, chat_body, effective_options
from persona_tui.engines.llamacpp.worker import Loaded, Needs, Worker
from persona_tui.engines.protocol import ChatEvent, ChatRequest, ModelDetail, ModelInfo, Progress, RunningModel
from persona_tui.spec.modelfile import Modelfile


class LlamaCppEngine:
    """llama.cpp in this process, as the protocol `Engine` describes it.

    A model is a GGUF file by its path, one of the local Ollama store by its name, or the packaged `smollm2:135m`.
    It is loaded by its first request and kept until the engine is closed; requests to one model are answered in turn.
    """

    kind = "llamacpp"
    address = "in this process"

    def __init__(self, stores: Sequence[Path] | None = None) -> None:
        """`stores` are folders of Ollama's models; None is where Ollama keeps them."""
        self._stores = tuple(stores) if stores is not None else usual_stores()
        self._workers: dict[Path, Worker] = {}
        self._names: dict[Path, str] = {}

    async def version(self) -> str:
        _require()
        return importlib.metadata.version("xllamacpp")

    async def models(self) -> list[ModelInfo]:
        _require()
        return await asyncio.to_thread(list_models, self._stores)

    async def show(self, name: str) -> ModelDetail:
        _require()
        return await asyncio.to_thread(lambda: find_model(name, self._stores).detail())

    async def running(self) -> list[RunningModel]:
        return [
            RunningModel(self._names[path], worker.size, context_length=worker.context)
            for path, worker in self._workers.items()
            if worker.context is not None
        ]

    async def chat(self, request: ChatRequest) -> AsyncGenerator[ChatEvent, None]:
        """Yield the answer. Leaving early stops llama.cpp after the token, or the part of the prompt, it is at."""
        started = time.monotonic()
        _require()
        source = await asyncio.to_thread(find_model, request.model, self._stores)
        options = effective_options(request, source.modelfile)
        body = chat_body(request, source.modelfile, options)
        needs = Needs(_whole(options.get("num_ctx")), _whole(options.get("num_thread")))
        answer, load = Answer(), 0.0
        async with aclosing(self._worker(source).ask(body, needs)) as items:
            async for item in items:
                if isinstance(item, Loaded):
                    load = item.seconds
                    continue
                for event in answer.read(item):
                    yield event
        yield answer.finished(total=time.monotonic() - started, load=load)

    def _worker(self, source: Source) -> Worker:
        """Return the thread of these weights: models that differ in what is set on them share one."""
        self._names[source.weights] = source.name
        if source.weights not in self._workers:
            self._workers[source.weights] = Worker(source.weights)
        return self._workers[source.weights]

    async def create(self, name: str, modelfile: Modelfile) -> AsyncGenerator[Progress, None]:
        raise _no_server(f"create '{name}' on")
        yield  # what makes this a generator

    async def pull(self, name: str) -> AsyncGenerator[Progress, None]:
        raise _no_server(f"pull '{name}' with")
        yield  # what makes this a generator

    async def delete(self, name: str) -> None:
        raise _no_server(f"delete '{name}' from")

    async def copy(self, source: str, destination: str) -> None:
        raise _no_server(f"copy '{source}' on")

    async def aclose(self) -> None:
        """Stop what is being answered and free the models. Afterwards none of their threads is left."""
        workers = [self._workers.pop(path) for path in list(self._workers)]
        await asyncio.gather(*(worker.aclose() for worker in workers))


def _require() -> None:
    """Raise EngineUnreachable where the library is not installed. It is not imported: that costs 0.1 s and 100 MB."""
    if importlib.util.find_spec("xllamacpp") is None:
        raise missing()


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _no_server(what: str) -> EngineError:
    return EngineError(f"the engine llamacpp has no server to {what}: use an Ollama server, with --engine ollama")
