"""The same tests over what real servers of three versions answered, and over a live server (OLLAMA_HOST)."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest

from persona_tui.base.errors import BadData, EngineError, ModelNotFound
from persona_tui.engines.ollama.http import Call, Transport
from persona_tui.engines.protocol import ChatRequest, Engine, Finished, Text, Thinking
from persona_tui.spec.modelfile import Message, Modelfile
from tests.contract.conftest import INFERENCE_RECORDED, VERSIONS, Subject, inference
from tests.contract.servers import RECORDINGS, Server, recorded

pytestmark = pytest.mark.anyio

STOP = ("<|im_start|>", "<|im_end|>")
PARAMETERS = {"temperature": 0.1, "num_ctx": 2048, "top_p": 0.9, "repeat_penalty": 1.1, "stop": STOP}
QUICK = {"temperature": 0, "seed": 7, "num_predict": 8, "num_ctx": 2048}
SCHEMA = {
    "type": "object",
    "properties": {
        "persona_name": {"type": "string"},
        "domain": {
            "type": "string",
            "enum": ["code", "reasoning", "classification", "writing", "translation", "other"],
        },
        "temperature": {"type": "number"},
        "constraints": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 3},
    },
    "required": ["persona_name", "domain", "temperature", "constraints"],
}


def user(text: str) -> tuple[Message, ...]:
    return (Message("user", text),)


async def statuses(steps: Any) -> list[str]:
    return [step.status async for step in steps]


async def answer(engine: Engine, request: ChatRequest) -> tuple[str, Finished]:
    events = [event async for event in engine.chat(request)]
    *words, last = events
    assert isinstance(last, Finished)
    assert all(isinstance(word, (Text, Thinking)) for word in words)
    return "".join(word.text for word in words if isinstance(word, Text)), last


def sent(subject: Subject) -> list[str]:
    """Return what changed something or cost something, of the requests that a recorded server got."""
    assert subject.server is not None
    return [path for path in subject.server.paths if path not in ("/api/version", "/api/tags", "/api/show")]


async def test_it_is_an_engine_that_says_its_version(subject: Subject) -> None:
    version = await subject.engine.version()

    assert isinstance(subject.engine, Engine)
    assert version == subject.version if subject.version else version


async def test_it_lists_its_models(subject: Subject) -> None:
    base = next(model for model in await subject.engine.models() if model.name == subject.base)

    assert base.size is not None
    assert base.size > 1_000_000
    assert base.digest is not None
    assert len(base.digest) == 64
    assert base.family
    assert base.quantization


async def test_it_shows_a_base_as_its_own_base(subject: Subject) -> None:
    detail = await subject.engine.show(subject.base)

    assert detail.modelfile.base == subject.base
    assert detail.modelfile.template
    assert detail.can("completion")
    assert detail.can("no such capability") is False
    assert (detail.context_length or 0) >= 2048
    assert isinstance(detail.modelfile.parameters.get("stop", ()), tuple)


async def test_it_creates_replaces_and_shows_what_was_set(subject: Subject) -> None:
    name = subject.name("my-go-rec-q3")
    first = Modelfile(
        base=subject.base,
        system='ROLE: Go reviewer.\nCONSTRAINTS:\n- MUST use "errors.Is"\n- MUST NOT panic',
        parameters=PARAMETERS,
        messages=(Message("user", "hi"), Message("assistant", "hello")),
        license=("CC0",),
    )
    second = Modelfile(base=subject.base, system="changed", parameters=PARAMETERS)

    assert (await statuses(subject.engine.create(name, first)))[-1] == "success"
    assert (await statuses(subject.engine.create(name, second)))[-1] == "success"
    shown = (await subject.engine.show(name)).modelfile

    assert f"{name}:latest" in [model.name for model in await subject.engine.models()]
    assert shown.base == subject.base
    assert shown.system == "changed"
    assert {key: shown.parameters[key] for key in PARAMETERS} == PARAMETERS


async def test_a_text_that_no_modelfile_can_hold_survives(subject: Subject) -> None:
    name, system = subject.name("my-tq-q3"), 'say """hi""" and # not a comment\n\nFROM x'

    await statuses(subject.engine.create(name, Modelfile(base=subject.base, system=system)))

    assert (await subject.engine.show(name)).modelfile.system == system


async def test_a_missing_base_is_not_pulled_unasked(subject: Subject) -> None:
    with pytest.raises(ModelNotFound, match=r"no-such-base:1b.*pull it first"):
        await statuses(subject.engine.create(subject.name("my-x-q3"), Modelfile(base="no-such-base:1b")))

    assert subject.version is None or sent(subject) == []


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"no_such_param": 3}, "no parameter"),
        ({"temperature": "hot"}, "must be a number"),
        ({"temperature": 5, "num_ctx": -1}, "make sense"),
    ],
)
async def test_what_a_server_would_store_and_choke_on_is_not_sent(
    subject: Subject, parameters: dict[str, Any], reason: str
) -> None:
    modelfile = Modelfile(base=subject.base, parameters=parameters)
    request = ChatRequest(subject.base, user("x"), options=parameters)

    with pytest.raises(BadData, match=reason):
        await statuses(subject.engine.create(subject.name("my-unk-q3"), modelfile))
    with pytest.raises(BadData, match=reason):
        await answer(subject.engine, request)

    assert subject.version is None or sent(subject) == []


async def test_it_copies_and_deletes(subject: Subject) -> None:
    name, copy = subject.name("my-bare-rec-q3"), subject.name("my-copy-rec-q3")
    await statuses(subject.engine.create(name, Modelfile(base=subject.base, parameters={"temperature": 0.7})))

    await subject.engine.copy(name, copy)
    await subject.engine.delete(copy)

    with pytest.raises(ModelNotFound, match=copy):
        await subject.engine.delete(copy)


async def test_a_missing_model_is_named_whatever_the_server_calls_it(subject: Subject) -> None:
    with pytest.raises(ModelNotFound, match="'no-such-model'"):
        await subject.engine.show("no-such-model")
    with pytest.raises(ModelNotFound, match="'nope'"):
        await subject.engine.copy("nope", "nope2")
    with pytest.raises(ModelNotFound, match="'nope'"):
        await answer(subject.engine, ChatRequest("nope", user("x")))


async def test_a_pull_that_fails_is_an_error(subject: Subject) -> None:
    with pytest.raises(EngineError, match=r"could not pull 'no-such-base:1b': .*manifest"):
        await statuses(subject.engine.pull("no-such-base:1b"))


@pytest.mark.parametrize("name", ["bad name!", "", "a/b/c/d", "my\x1b[31m", "x:"])
async def test_a_name_that_is_none_is_not_sent(subject: Subject, name: str) -> None:
    with pytest.raises(BadData, match=r"no model name|more than"):
        await subject.engine.show(name)

    assert subject.version is None or subject.server is None or subject.server.paths == []


@inference
async def test_an_answer_streams_and_says_what_it_cost(subject: Subject) -> None:
    request = ChatRequest(subject.base, user("Count to one hundred."), options=QUICK)

    text, finished = await answer(subject.engine, request)

    assert text
    assert finished.reason == "length"
    assert finished.cut
    assert finished.usage.completion == 8
    assert finished.usage.prompt
    assert finished.timings.total is not None
    assert finished.timings.completion is not None
    assert 0 < finished.timings.completion <= finished.timings.total


@pytest.mark.parametrize("subject", INFERENCE_RECORDED, indirect=True)
async def test_an_answer_has_every_character_of_the_stream(subject: Subject) -> None:
    options = {**QUICK, "num_predict": 16}

    text, _ = await answer(subject.engine, ChatRequest(subject.base, user("Répète: é 漢字 🙂"), options=options))

    recorded = json.loads((RECORDINGS / "ollama-0.24.0" / "48-chat-unicode.json").read_text(encoding="utf-8"))
    assert text == "".join(json.loads(line)["message"]["content"] for line in recorded["response"]["lines"])
    assert "ç" in text


@inference
async def test_a_schema_shapes_the_answer(subject: Subject) -> None:
    messages = (Message("system", "Answer in JSON."), *user("A persona that reviews Go code."))
    request = ChatRequest(subject.base, messages, options={**QUICK, "num_predict": 200}, format=SCHEMA)

    text, finished = await answer(subject.engine, request)

    assert finished.cut or set(json.loads(text)) == set(SCHEMA["required"])


@inference
async def test_a_schema_does_not_save_an_answer_that_is_cut(subject: Subject) -> None:
    options = {**QUICK, "num_predict": 12}
    request = ChatRequest(subject.base, user("A persona that reviews Go code."), options=options, format=SCHEMA)

    text, finished = await answer(subject.engine, request)

    assert finished.cut
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


@inference
async def test_think_is_left_out_for_a_model_that_cannot(subject: Subject) -> None:
    request = ChatRequest(subject.base, user("Count to one hundred."), options=QUICK, think=True)
    if (await subject.engine.show(subject.base)).can("thinking"):
        pytest.skip("the live model thinks")

    text, _ = await answer(subject.engine, request)

    assert text


@inference
async def test_think_false_is_taken_by_every_model(subject: Subject) -> None:

    text, _ = await answer(subject.engine, ChatRequest(subject.base, user("hi"), options=QUICK, think=False))

    assert text


@inference
async def test_a_chat_without_messages_loads_and_unloads(subject: Subject) -> None:
    await subject.engine.running()

    loaded = await answer(subject.engine, ChatRequest(subject.base, ()))
    running = await subject.engine.running()
    unloaded = await answer(subject.engine, ChatRequest(subject.base, (), keep_alive=0))

    assert (loaded[0], loaded[1].reason) == ("", "load")
    assert subject.base in [model.name for model in running]
    assert (unloaded[0], unloaded[1].reason) == ("", "unload")


def refusals() -> list[Any]:
    """Return every recorded exchange that has an error, and whose body our transport can send."""
    cases = []
    for version in VERSIONS:
        for file in sorted((RECORDINGS / f"ollama-{version}").glob("*.json")):
            exchange = json.loads(file.read_text(encoding="utf-8"))
            errors = [line for line in exchange["response"]["lines"] if line.startswith('{"error"')]
            if errors and "json" in exchange["request"]:
                cases.append(pytest.param(exchange, json.loads(errors[0])["error"], id=f"{version}-{file.stem}"))
    return cases


@pytest.mark.parametrize(("exchange", "words"), refusals())
async def test_a_refusal_keeps_the_words_of_the_server(exchange: dict[str, Any], words: str) -> None:
    request, reply = exchange["request"], recorded(exchange["response"])
    call = Call(request["method"], request["path"], "do it", request["json"])
    async with Server(lambda _: reply) as server, contextlib.aclosing(Transport(server.url)) as transport:
        with pytest.raises(EngineError) as caught:
            [line async for line in transport.stream(call, idle=5)]

    assert str(caught.value).startswith(f"Ollama at {server.url} could not do it: {words}")
