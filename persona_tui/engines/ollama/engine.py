"""The engine `ollama`: the operations of the protocol, each one request to a server."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from persona_tui.base.errors import EngineError, ModelNotFound
from persona_tui.base.text import one_line
from persona_tui.engines.ollama.checks import chat_body, check_model, create_body
from persona_tui.engines.ollama.host import normalise_host
from persona_tui.engines.ollama.http import Call, Transport
from persona_tui.engines.ollama.retries import Retries, Timeouts
from persona_tui.engines.ollama.versions import CAPABILITIES, CREATE_BY_JSON, Version, dotted
from persona_tui.engines.ollama.wire import read_detail, read_finished, read_models, read_progress, read_running
from persona_tui.engines.protocol import (
    ChatEvent,
    ChatRequest,
    ModelDetail,
    ModelInfo,
    Progress,
    RunningModel,
    Text,
    Thinking,
)
from persona_tui.spec.modelfile import Modelfile
from persona_tui.spec.names import same_model


def connect(
    host: str | None = None,
    *,
    timeouts: Timeouts | None = None,
    retries: Retries | None = None,
    waiting: Callable[[str], None] | None = None,
) -> OllamaEngine:
    """Return the engine at `host`, as people write it; None is what OLLAMA_HOST says, else this machine.

    `waiting` is told its address, once, when an answer takes longer than a person expects. No request is made yet.
    Raises UsageError for an address that is none.
    """
    written = os.environ.get("OLLAMA_HOST", "") if host is None else host
    return OllamaEngine(normalise_host(written), timeouts=timeouts, retries=retries, waiting=waiting)


class OllamaEngine:
    """An Ollama server, as the protocol `Engine` describes it.

    The version is asked once, before anything else; servers older than 0.5.5 are refused.
    """

    kind = "ollama"

    def __init__(
        self,
        url: str,
        *,
        timeouts: Timeouts | None = None,
        retries: Retries | None = None,
        waiting: Callable[[str], None] | None = None,
    ) -> None:
        """`url` is what `normalise_host` returns; the rest is as `connect` takes it."""
        self._http = Transport(url, timeouts, retries, waiting)
        self._version: Version | None = None
        self._capabilities: dict[str, frozenset[str] | None] = {}

    @property
    def address(self) -> str:
        return self._http.address

    async def aclose(self) -> None:
        await self._http.aclose()

    async def version(self) -> str:
        return (await self._checked_version()).text

    async def models(self) -> list[ModelInfo]:
        await self._checked_version()
        return read_models(await self._http.fetch(Call("GET", "/api/tags", "list its models")))

    async def running(self) -> list[RunningModel]:
        await self._checked_version()
        return read_running(await self._http.fetch(Call("GET", "/api/ps", "list what is loaded")))

    async def show(self, name: str) -> ModelDetail:
        check_model(name)
        await self._checked_version()
        call = Call("POST", "/api/show", f"show '{name}'", {"model": name}, model=name)
        detail = read_detail(name, await self._http.fetch(call))
        self._capabilities[name] = detail.capabilities
        return detail

    async def create(self, name: str, modelfile: Modelfile) -> AsyncGenerator[Progress, None]:
        """Make the model `name`, or replace it.

        Raises ModelNotFound where the base is not installed, because the server would pull it, gigabytes, unasked;
        BadData for what would be stored and fail every later chat.
        """
        body = create_body(name, modelfile, await self._checked_version())
        if not any(same_model(modelfile.base, model.name) for model in await self.models()):
            raise ModelNotFound(
                f"Ollama at {self.address} has no model '{modelfile.base}' to base '{name}' on; pull it first"
            )
        async with aclosing(self._work(Call("POST", "/api/create", f"create '{name}'", body))) as steps:
            async for step in steps:
                yield step

    async def pull(self, name: str) -> AsyncGenerator[Progress, None]:
        check_model(name)
        await self._checked_version()
        async with aclosing(self._work(Call("POST", "/api/pull", f"pull '{name}'", {"model": name}))) as steps:
            async for step in steps:
                yield step

    async def delete(self, name: str) -> None:
        check_model(name)
        await self._checked_version()
        self._capabilities.clear()
        await self._http.fetch(Call("DELETE", "/api/delete", f"delete '{name}'", {"model": name}, model=name))

    async def copy(self, source: str, destination: str) -> None:
        check_model(source)
        check_model(destination, new=True)
        await self._checked_version()
        self._capabilities.clear()
        body = {"source": source, "destination": destination}
        await self._http.fetch(Call("POST", "/api/copy", f"copy '{source}' to '{destination}'", body, model=source))

    async def chat(self, request: ChatRequest) -> AsyncGenerator[ChatEvent, None]:
        version = await self._checked_version()
        body = chat_body(request, version, await self._known_capabilities(request, version))
        call = Call("POST", "/api/chat", f"answer with '{request.model}'", body, model=request.model)
        async with aclosing(self._http.stream(call, idle=self._http.timeouts.idle)) as lines:
            async for line in lines:
                message = line.get("message")
                if isinstance(message, dict):
                    thinking, text = message.get("thinking"), message.get("content")
                    if thinking and isinstance(thinking, str):
                        yield Thinking(thinking)
                    if text and isinstance(text, str):
                        yield Text(text)
                if line.get("done") is True:
                    yield read_finished(line)
                    return
        raise self._http.cut(call)

    async def _work(self, call: Call) -> AsyncGenerator[Progress, None]:
        """Yield the steps of a create or a pull, which is done only if it says `success`.

        It may be silent for as long as a first byte may take: checking gigabytes has no progress.
        """
        self._capabilities.clear()
        done = False
        async with aclosing(self._http.stream(call, idle=self._http.timeouts.first_byte)) as lines:
            async for line in lines:
                step = read_progress(line)
                done = done or step.status == "success"
                yield step
        if not done:
            raise self._http.cut(call)

    async def _checked_version(self) -> Version:
        """Return the server's version, asked once. Raises EngineError where it is too old."""
        if self._version is None:
            call = Call("GET", "/api/version", "tell its version")
            said = (await self._http.fetch(call)).get("version")
            if not isinstance(said, str) or not said:
                raise self._http.stranger("no version")
            version = Version.parse(one_line(said, 40))
            if not version.has(CREATE_BY_JSON):
                raise EngineError(
                    f"Ollama at {self.address} is {version.text}, and {dotted(CREATE_BY_JSON)} or later is needed"
                )
            self._version = version
        return self._version

    async def _known_capabilities(self, request: ChatRequest, version: Version) -> frozenset[str] | None:
        """Return what the model can do, where that decides what is sent.

        It does for a request to think only: `think` false, the usual case, is taken for every model, and asking for
        capabilities would cost time before the first token.
        """
        if request.think and version.has(CAPABILITIES) and request.model not in self._capabilities:
            await self.show(request.model)
        return self._capabilities.get(request.model)
