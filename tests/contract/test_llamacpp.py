"""The engine `llamacpp` with the real library and the real packaged model."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx
import pytest

from persona_tui.base.errors import BadData, EngineError, ModelNotFound
from persona_tui.engines.llamacpp import LlamaCppEngine, worker
from persona_tui.engines.llamacpp.loading import load, parameters
from persona_tui.engines.llamacpp.models import PACKAGED, find_model
from persona_tui.engines.protocol import ChatRequest, Engine, Finished, Text
from persona_tui.spec.modelfile import Message

pytestmark = pytest.mark.anyio

WEIGHTS = find_model(PACKAGED, ()).weights
BRIEF = {"temperature": 0, "num_predict": 8, "num_ctx": 1024}
LONG = {"const": "word " * 900}
FOREIGN = "日本語 🦜 naïve"


@pytest.fixture(scope="module")
def engine() -> Iterator[LlamaCppEngine]:
    engine = LlamaCppEngine(stores=())
    yield engine
    asyncio.run(engine.aclose())


@pytest.fixture
async def fresh(anyio_backend: str) -> AsyncIterator[LlamaCppEngine]:
    """An engine that has nothing loaded."""
    async with aclosing(LlamaCppEngine(stores=())) as engine:
        yield engine


def asking(text: str = "Say hello.", *, model: str = PACKAGED, format: Any = None, **options: Any) -> ChatRequest:
    return ChatRequest(model, (Message("user", text),), {**BRIEF, **options}, format)


async def answer(engine: Engine, request: ChatRequest) -> tuple[list[str], Finished]:
    """Return the pieces of the answer and its end, which is one and the last."""
    *words, end = [event async for event in engine.chat(request)]
    assert isinstance(end, Finished)
    assert all(isinstance(word, Text) for word in words)
    return [word.text for word in words if isinstance(word, Text)], end


def tokens_predicted(engine: LlamaCppEngine) -> int:
    """Return how many tokens the loaded model has made, by its own count."""
    (loaded,) = engine._workers.values()
    metrics: str = loaded._server.handle_metrics()
    return next(int(line.split()[1]) for line in metrics.splitlines() if line.startswith("llamacpp:tokens_predicted_t"))


async def test_it_is_an_engine_that_says_its_version(engine: LlamaCppEngine) -> None:
    assert isinstance(engine, Engine)
    assert (engine.kind, engine.address) == ("llamacpp", "in this process")
    assert (await engine.version())[0].isdigit()


async def test_the_packaged_model_is_listed_and_described(engine: LlamaCppEngine) -> None:
    (model,) = await engine.models()
    detail = await engine.show(model.name)

    assert model.name == PACKAGED
    assert model.size == WEIGHTS.stat().st_size
    assert (detail.family, detail.context_length, detail.can("thinking")) == ("llama", 8192, False)


async def test_an_answer_streams_in_pieces_and_ends_with_what_was_counted(engine: LlamaCppEngine) -> None:
    pieces, end = await answer(engine, asking(num_predict=12))

    assert len(pieces) > 3
    assert end.cut
    assert end.usage.completion == 12
    assert end.usage.prompt
    assert end.timings.total
    assert end.timings.prompt
    assert end.timings.completion


async def test_what_is_loaded_is_running_with_the_context_that_was_asked_for(fresh: LlamaCppEngine) -> None:
    assert await fresh.running() == []

    _, first = await answer(fresh, asking(num_ctx=512))
    _, second = await answer(fresh, asking(num_ctx=300))
    (small,) = await fresh.running()
    await answer(fresh, asking(num_ctx=99_999))
    (largest,) = await fresh.running()

    assert first.timings.load
    assert second.timings.load == 0
    assert (small.name, small.context_length) == (PACKAGED, 512)
    assert largest.context_length == 8192


@pytest.mark.parametrize("options", [{"temperature": 0}, {"temperature": 0.9, "seed": 7}])
async def test_the_same_request_has_the_same_answer(engine: LlamaCppEngine, options: dict[str, Any]) -> None:
    first, _ = await answer(engine, asking(**options))
    second, _ = await answer(engine, asking(**options))

    assert first == second


async def test_the_system_prompt_reaches_the_model(engine: LlamaCppEngine) -> None:
    plain = asking()
    told = ChatRequest(plain.model, (Message("system", "You are a pirate."), *plain.messages), plain.options)

    _, without = await answer(engine, plain)
    _, with_system = await answer(engine, told)

    assert with_system.usage.prompt != without.usage.prompt


async def test_a_stop_text_ends_the_answer_and_is_not_in_it(engine: LlamaCppEngine) -> None:
    pieces, end = await answer(
        engine, asking(format={"const": "alpha beta gamma"}, num_predict=40, stop=("beta", "delta"))
    )

    assert "".join(pieces) == '"alpha '
    assert end.reason == "stop"


async def test_a_schema_is_obeyed(engine: LlamaCppEngine) -> None:
    schema = {
        "type": "object",
        "properties": {"domain": {"enum": ["code", "writing"]}, "count": {"type": "integer", "maximum": 9}},
        "required": ["domain", "count"],
        "additionalProperties": False,
    }
    pieces, end = await answer(engine, asking("A persona for Go.", format=schema, num_predict=60))
    data = json.loads("".join(pieces))

    assert end.reason == "stop"
    assert data.keys() == {"domain", "count"}
    assert data["domain"] in ("code", "writing")


async def test_a_schema_that_does_not_fit_in_the_answer_is_cut_and_says_so(engine: LlamaCppEngine) -> None:
    _, end = await answer(engine, asking(format=LONG, num_predict=5))

    assert end.cut


async def test_json_without_a_schema_is_json(engine: LlamaCppEngine) -> None:
    pieces, end = await answer(engine, asking("Answer in JSON: your name.", format="json", num_predict=60))

    assert end.cut or isinstance(json.loads("".join(pieces)), dict)


@pytest.mark.parametrize("tokens", [4, 5, 6, 7, 10, 40])
async def test_characters_of_several_tokens_are_never_broken(engine: LlamaCppEngine, tokens: int) -> None:
    pieces, end = await answer(engine, asking(format={"const": FOREIGN}, num_predict=tokens))

    assert json.dumps(FOREIGN, ensure_ascii=False).startswith("".join(pieces))
    assert end.cut == (tokens < 40)


async def test_a_surrogate_in_a_message_is_no_error(engine: LlamaCppEngine) -> None:
    _, end = await answer(engine, asking("caf\udce9", num_predict=1))

    assert end.usage.completion == 1


async def test_two_chats_are_answered_one_after_the_other(engine: LlamaCppEngine) -> None:
    order: list[str] = []

    async def ask(name: str) -> None:
        async for _ in engine.chat(asking(name)):
            order.append(name)

    await asyncio.gather(ask("one"), ask("two"))
    changes = sum(before != after for before, after in itertools.pairwise(order))

    assert set(order) == {"one", "two"}
    assert changes == 1


async def test_leaving_an_answer_stops_the_model(fresh: LlamaCppEngine) -> None:
    async with aclosing(fresh.chat(asking(format=LONG, num_predict=900))) as events:
        async for _ in events:
            break
    await answer(fresh, asking(num_predict=1))

    assert tokens_predicted(fresh) < 100


async def test_a_cancelled_answer_stops_the_model(fresh: LlamaCppEngine) -> None:
    speaks = asyncio.Event()

    async def ask() -> None:
        async for _ in fresh.chat(asking(format=LONG, num_predict=900)):
            speaks.set()

    task = asyncio.create_task(ask())
    await speaks.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await answer(fresh, asking(num_predict=1))

    assert tokens_predicted(fresh) < 100


async def test_a_request_that_gives_up_its_turn_changes_nothing(fresh: LlamaCppEngine) -> None:
    async with aclosing(fresh.chat(asking(format=LONG, num_predict=900, num_ctx=1024))) as events:
        await events.__anext__()
        (loaded,) = fresh._workers.values()
        waiting = asyncio.create_task(loaded.ask({}, worker.Needs(context=2048)).__anext__())
        await asyncio.sleep(0)  # it has asked
        waiting.cancel()
    _, end = await answer(fresh, asking(num_predict=1))

    assert waiting.cancelled()
    assert end.timings.load == 0


async def test_a_request_cancelled_while_the_model_loads_leaves_nothing_behind(
    fresh: LlamaCppEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, loads = asyncio.get_running_loop(), asyncio.Event()

    def slow(weights: Path, stopped: Callable[[], bool]) -> None:
        loop.call_soon_threadsafe(loads.set)
        while not stopped():
            time.sleep(0.001)

    with monkeypatch.context() as patch:
        patch.setattr(worker, "read_ahead", slow)
        task = asyncio.create_task(answer(fresh, asking()))
        await loads.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await fresh.aclose()

    assert await fresh.running() == []
    assert (await answer(fresh, asking(num_predict=1)))[1].usage.completion == 1


async def test_closing_ends_an_answer_with_one_sentence(fresh: LlamaCppEngine) -> None:
    async with aclosing(fresh.chat(asking(format=LONG, num_predict=900))) as events:
        await events.__anext__()
        await fresh.aclose()
        with pytest.raises(EngineError, match="the engine was closed before the answer was complete"):
            async for _ in events:
                pass


async def test_a_conversation_longer_than_the_context_is_refused(engine: LlamaCppEngine) -> None:
    with pytest.raises(EngineError, match=r"the conversation has \d+ tokens and the context holds 1024: shorten it"):
        await answer(engine, asking("word " * 2000))


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "nonsense"}, "unrecognized type nonsense"),
        ({"$ref": "#/nowhere"}, "nowhere not found"),
        ({"type": "string", "minLength": 100_000}, "failed to parse grammar"),
        ({"enum": ["x" * 30_000]}, "make it smaller"),
    ],
)
async def test_a_schema_that_cannot_be_followed_is_an_error_and_keeps_off_the_terminal(
    engine: LlamaCppEngine, capfd: pytest.CaptureFixture[str], schema: dict[str, Any], words: str
) -> None:
    with pytest.raises(EngineError, match=words):
        await answer(engine, asking(format=schema))

    assert capfd.readouterr() == ("", "")


async def test_there_is_no_server_to_keep_models_on(engine: LlamaCppEngine) -> None:
    modelfile = (await engine.show(PACKAGED)).modelfile
    with pytest.raises(EngineError, match="no server to create 'x' on"):
        _ = [step async for step in engine.create("x", modelfile)]
    with pytest.raises(EngineError, match="no server to pull 'x' with"):
        _ = [step async for step in engine.pull("x")]
    with pytest.raises(EngineError, match="no server to delete 'x' from"):
        await engine.delete("x")
    with pytest.raises(EngineError, match="no server to copy 'x' on"):
        await engine.copy("x", "y")


async def test_an_unknown_model_is_not_found(engine: LlamaCppEngine) -> None:
    with pytest.raises(ModelNotFound, match="there is no model 'qwen3:8b'"):
        await answer(engine, asking(model="qwen3:8b"))


async def test_a_file_answers_by_its_path(fresh: LlamaCppEngine, tmp_path: Path) -> None:
    path = tmp_path / "own.gguf"
    path.symlink_to(WEIGHTS)

    _, end = await answer(fresh, asking(model=str(path), num_predict=2))

    assert end.usage.completion == 2


async def test_weights_that_cannot_be_loaded_are_one_sentence(
    fresh: LlamaCppEngine, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cut.gguf"
    path.write_bytes(WEIGHTS.read_bytes()[:20_000_000])

    with pytest.raises(EngineError, match=r"llama.cpp cannot load .*cut\.gguf: the file is damaged"):
        await answer(fresh, asking(model=str(path)))

    assert capfd.readouterr() == ("", "")


async def test_what_is_no_model_file_is_bad_data(fresh: LlamaCppEngine, tmp_path: Path) -> None:
    path = tmp_path / "notes.gguf"
    path.write_text("Not weights, but notes.")

    with pytest.raises(BadData, match="not a GGUF file"):
        await answer(fresh, asking(model=str(path)))


async def test_a_model_of_the_ollama_store_answers_by_name_with_what_was_set_on_it(tmp_path: Path) -> None:
    digests = {"weights": "a" * 64, "params": "b" * 64, "system": "c" * 64, "config": "d" * 64}
    blobs = tmp_path / "blobs"
    blobs.mkdir()
    (blobs / f"sha256-{digests['weights']}").symlink_to(WEIGHTS)
    (blobs / f"sha256-{digests['params']}").write_text('{"num_predict": 2, "temperature": 0, "stop": ["<|im_end|>"]}')
    (blobs / f"sha256-{digests['system']}").write_text("You are a pirate.")
    (blobs / f"sha256-{digests['config']}").write_text('{"model_family": "llama"}')
    layers = [
        {"mediaType": f"application/vnd.ollama.image.{kind}", "digest": f"sha256:{digests[key]}", "size": 1}
        for kind, key in (("model", "weights"), ("params", "params"), ("system", "system"))
    ]
    manifest = tmp_path / "manifests/registry.ollama.ai/library/my-pirate/latest"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(json.dumps({"config": {"digest": f"sha256:{digests['config']}", "size": 1}, "layers": layers}))

    async with aclosing(LlamaCppEngine(stores=[tmp_path])) as engine:
        names = [model.name for model in await engine.models()]
        _, end = await answer(engine, ChatRequest("my-pirate", (Message("user", "Say hello."),)))
        _, bare = await answer(engine, asking(num_predict=2))
        loaded = await engine.running()

    assert names == ["my-pirate:latest", PACKAGED]
    assert end.usage.completion == 2
    assert end.usage.prompt != bare.usage.prompt
    assert len(loaded) == 2


def test_the_library_opens_no_port_that_anybody_can_reach() -> None:
    server = load(WEIGHTS, 256)
    scheme, path = server.listening_address.split("://")

    assert scheme == "unix"
    assert not Path(path).exists()
    assert not Path(path).parent.exists()


def test_a_stranger_at_the_socket_is_turned_away_while_it_is_there(tmp_path: Path) -> None:
    import xllamacpp

    server = xllamacpp.Server(parameters(WEIGHTS, 256, None, tmp_path / "socket"))
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(tmp_path / "socket.sock"))) as client:
        answered = [
            client.post(f"http://localhost{path}", json={"messages": [{"role": "user", "content": "hi"}]}).status_code
            for path in ("/v1/chat/completions", "/completion", "/slots", "/metrics")
        ]
    server.handle_metrics()

    assert answered == [401] * 4


LEAVING = """
    import asyncio, os, signal, sys
    from persona_tui.engines.llamacpp import LlamaCppEngine
    from persona_tui.engines.protocol import ChatRequest
    from persona_tui.spec.modelfile import Message

    async def main():
        request = ChatRequest(sys.argv[1], (Message("user", "hi"),), {{}}, {{"const": "word " * 900}})
        async for _ in LlamaCppEngine(stores=()).chat(request):
            print("speaks", flush=True)
            {leave}

    asyncio.run(main())
"""


def left(leave: str) -> subprocess.CompletedProcess[str]:
    """Run a process that does `leave` when its model speaks, with some ten seconds of words before it."""
    script = textwrap.dedent(LEAVING).format(leave=leave)
    command = [sys.executable, "-c", script, PACKAGED]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(("leave", "code"), [("break", 0), ("sys.exit(3)", 3)])
def test_a_process_ends_quietly_in_the_middle_of_an_answer(leave: str, code: int) -> None:
    done = left(leave)

    assert (done.stdout, done.stderr, done.returncode) == ("speaks\n", "", code)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_signals_stay_those_of_python(name: str) -> None:
    done = left(f"os.kill(os.getpid(), signal.{name}); await asyncio.sleep(60)")

    assert (done.stdout, done.returncode) == ("speaks\n", -signal.Signals[name])
