from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from persona_tui.base.errors import EngineError
from persona_tui.engines.ollama import OllamaEngine, connect, normalise_host
from tests.contract.servers import Replay, Server
from tests.fake_ollama import BASE, fake_ollama

VERSIONS = ("0.9.6", "0.24.0", "0.32.15")
INFERENCE_RECORDED = ("0.24.0",)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class Subject:
    """A server under test: recorded, or live with scratch names of its own."""

    engine: OllamaEngine
    version: str | None
    base: str
    prefix: str
    server: Server | None = None

    def name(self, name: str) -> str:
        """Return what the model that the recordings call `name` is called here."""
        return self.prefix + name


def live(param: str) -> Any:
    return pytest.param(param, marks=pytest.mark.live)


# Tests that make a model speak have these subjects only.
inference = pytest.mark.parametrize("subject", [*INFERENCE_RECORDED, live("live-inference")], indirect=True)


@pytest.fixture(params=[*VERSIONS, "fake", live("live")])
async def subject(request: pytest.FixtureRequest, anyio_backend: str) -> AsyncIterator[Subject]:
    if request.param.startswith("live"):
        async for subject in _live(speaks=request.param == "live-inference"):
            yield subject
        return
    if request.param == "fake":  # what the tests of whole commands talk to has to hold the contract too
        with fake_ollama() as fake:
            async with aclosing(connect(fake.url)) as engine:
                yield Subject(engine, None, BASE, "scratch-")
        return
    replay = Replay(request.param)
    async with Server(replay) as server, aclosing(connect(server.url)) as engine:
        yield Subject(engine, request.param, "smollm2:135m", "", server)
    assert replay.unmatched == []


async def _live(*, speaks: bool) -> AsyncIterator[Subject]:
    host = os.environ.get("OLLAMA_HOST")
    if not host:
        pytest.skip("OLLAMA_HOST is not set")
    async with aclosing(connect(host)) as engine:
        try:
            models = await engine.models()
        except EngineError as error:
            pytest.skip(str(error))
        if not models:
            pytest.skip("the live server has no model")
        base = min(models, key=lambda model: model.size or 0).name
        if speaks and not await _runs(host, base):
            pytest.skip(f"the live server does not run {base}")
        prefix = f"scratch-{uuid.uuid4().hex[:8]}-"
        yield Subject(engine, None, base, prefix)
        for model in await engine.models():
            if model.name.startswith(prefix):
                await engine.delete(model.name)


async def _runs(host: str, model: str) -> bool:
    async with httpx.AsyncClient(base_url=normalise_host(host), timeout=120) as client:
        response = await client.post("/api/chat", json={"model": model, "messages": []})
    return response.is_success
