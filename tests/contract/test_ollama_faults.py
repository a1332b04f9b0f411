"""Servers that are down, slow, broken, too old, or something else."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from persona_tui.base.errors import BadData, EngineError, EngineUnreachable, ExitCode, UsageError
from persona_tui.engines.ollama import OllamaEngine, Retries, Timeouts, connect
from persona_tui.engines.ollama import http as transport
from persona_tui.engines.protocol import ChatRequest, Finished, Text, Thinking
from persona_tui.spec.modelfile import Message, Modelfile
from tests.contract.servers import Reply, Request, Server, lines

pytestmark = pytest.mark.anyio

VERSION = lines({"version": "0.24.0"})
HI = ChatRequest("m", (Message("user", "hi"),))
AT_ONCE = Retries(tries=3, first=0)


def word(text: str, **more: Any) -> dict[str, Any]:
    return {"message": {"role": "assistant", "content": text}, "done": False, **more}


DONE = {**word("", done_reason="stop"), "done": True}


@contextlib.asynccontextmanager
async def ollama(
    replies: dict[str, Reply | list[Reply]], *, timeouts: Timeouts | None = None, retries: Retries = AT_ONCE
) -> AsyncIterator[tuple[OllamaEngine, Server]]:
    """Run a server that answers each path with its reply, or with those of its list in turn."""

    def answer(request: Request) -> Reply:
        reply = replies.get(request.path, VERSION if request.path == "/api/version" else Reply(status=404))
        return reply.pop(0) if isinstance(reply, list) else reply

    async with (
        Server(answer) as server,
        contextlib.aclosing(connect(server.url, timeouts=timeouts, retries=retries)) as engine,
    ):
        yield engine, server


async def texts(engine: OllamaEngine, request: ChatRequest = HI) -> list[str]:
    return [event.text async for event in engine.chat(request) if isinstance(event, Text)]


async def broken_chat(*said: Any, got: list[str], says: str, timeouts: Timeouts | None = None, **reply: Any) -> None:
    """Check that a chat which is answered with `said` yields `got` and then fails with a sentence that has `says`."""
    seen: list[str] = []

    async def listen(engine: OllamaEngine) -> None:
        async for event in engine.chat(HI):
            assert isinstance(event, Text)
            seen.append(event.text)

    async with ollama({"/api/chat": lines(*said, **reply)}, timeouts=timeouts) as (engine, _):
        with pytest.raises(EngineError, match=says) as caught:
            await listen(engine)
    assert seen == got
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)


# -- nobody there, or somebody else


async def test_nothing_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
        engine = connect(address)
        with pytest.raises(EngineUnreachable, match=f"nothing answers at {address} .*--host") as caught:
            await engine.version()
        await engine.aclose()
    assert caught.value.exit_code == ExitCode.ENGINE_UNREACHABLE


async def test_the_name_of_the_host_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    without_proxies(monkeypatch)
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    async with contextlib.aclosing(connect("http://ollama.example")) as engine:
        with pytest.raises(EngineUnreachable, match=r"at http://ollama\.example \(Name or service not known\)"):
            await engine.version()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse what does not fit into the queue")
async def test_it_does_not_take_the_connection() -> None:
    with socket.socket() as full, contextlib.ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        address = f"http://127.0.0.1:{full.getsockname()[1]}"
        async with contextlib.aclosing(connect(address, timeouts=Timeouts(connect=0.05))) as engine:
            with pytest.raises(EngineUnreachable, match=r"did not take the connection within 0\.05 s"):
                await engine.version()


async def test_who_waits_is_told_once() -> None:
    told: list[str] = []
    silent = Reply(head=False, end="hang")
    timeouts = Timeouts(notice=0.01, quick=0.1)
    async with (
        Server(lambda _: silent) as server,
        contextlib.aclosing(connect(server.url, timeouts=timeouts, waiting=told.append)) as engine,
    ):
        for _ in range(2):
            with pytest.raises(EngineUnreachable):
                await engine.models()
    assert told == [server.url]


async def test_it_takes_the_connection_and_never_answers() -> None:
    silent = Reply(head=False, end="hang")
    async with ollama({"/api/version": silent}, timeouts=Timeouts(quick=0.05)) as (engine, server):
        with pytest.raises(EngineUnreachable, match=r"not a byte .* within 0\.05 s"):
            await engine.version()
        await asyncio.wait_for(server.hung_up.wait(), 5)


async def test_it_closes_the_connection_without_an_answer() -> None:
    async with ollama({"/api/version": Reply(head=False, end="cut")}) as (engine, _):
        with pytest.raises(EngineUnreachable, match="closed the connection without an answer"):
            await engine.version()


@pytest.mark.parametrize(
    "reply",
    [
        Reply((b"<html><body>Welcome</body></html>",), headers={"Content-Type": "text/html"}),
        Reply((b"<html>Bad Gateway</html>",), 502, headers={"Content-Type": "text/html"}),
        Reply((b"404 page not found",), 404, headers={"Content-Type": "text/plain"}),
        Reply((b'{"detail": "Not Found"}',), 404),
        lines(["0.24.0"]),
        lines({"version": 24}),
        lines({}),
        Reply(),
        Reply((b"[" * 100_000,)),
        Reply((b'{"version": ' + b"9" * 10_000 + b"}",)),
        Reply((b"\xff\xfe\x00",)),
    ],
)
async def test_it_answers_but_is_no_ollama(reply: Reply) -> None:
    async with ollama({"/api/version": reply}) as (engine, server):
        with pytest.raises(EngineUnreachable, match=f"{server.url} answers, but not as an Ollama server"):
            await engine.version()


async def test_it_speaks_no_http() -> None:
    async with ollama({"/api/version": Reply((b"SSH-2.0-OpenSSH\r\n\r\n",), head=False, end="cut")}) as (engine, _):
        with pytest.raises(EngineUnreachable, match="answers, but not as an Ollama server"):
            await engine.version()


async def test_a_wrong_content_type_does_not_matter() -> None:
    async with ollama({"/api/version": lines({"version": "0.24.0"}, headers={"Content-Type": "text/html"})}) as (
        engine,
        _,
    ):
        assert await engine.version() == "0.24.0"


async def test_a_redirect_is_told_and_not_followed() -> None:
    async with ollama({}) as (_, elsewhere):
        target = elsewhere.url.replace("//", "//user:secret@") + "/api/version?key=secret"
        async with ollama({"/api/version": Reply(status=302, headers={"Location": target})}) as (engine, _):
            with pytest.raises(EngineUnreachable, match=f"sends us on to {elsewhere.url}/api/version") as caught:
                await engine.version()
        assert elsewhere.requests == []
    assert "secret" not in str(caught.value)


async def test_credentials_are_sent_asked_for_and_never_shown() -> None:
    refused = Reply((b"<html>",), 401, {"Content-Type": "text/html"})
    async with ollama({"/api/version": refused}) as (_, server):
        engine = connect(server.url.replace("//", "//me:s%40cret@"))
        with pytest.raises(EngineError, match="wants credentials") as caught:
            await engine.version()
        await engine.aclose()
    assert server.requests[0].headers["authorization"] == "Basic " + base64.b64encode(b"me:s@cret").decode()
    assert "cret" not in str(caught.value) + engine.address


# -- versions


async def test_a_server_that_is_too_old_is_refused_before_anything_else() -> None:
    async with ollama({"/api/version": lines({"version": "0.5.4"})}) as (engine, server):
        for call in (
            engine.version(),
            engine.models(),
            engine.delete("m"),
            anext(engine.chat(HI)),
            anext(engine.pull("m")),
        ):
            with pytest.raises(EngineError, match=r"is 0\.5\.4, and 0\.5\.5 or later is needed"):
                await call
    assert set(server.paths) == {"/api/version"}


@pytest.mark.parametrize("version", ["0.5.5", "0.5.5-rc1", "0.0.0", "1.0.0", "dev-4f3a1b2", "0.24.0-dirty"])
async def test_newer_and_development_versions_are_taken(version: str) -> None:
    async with ollama({"/api/version": lines({"version": version})}) as (engine, _):
        assert await engine.version() == version


async def test_the_version_is_asked_once() -> None:
    async with ollama({"/api/tags": lines({"models": None}), "/api/ps": lines({})}) as (engine, server):
        assert await engine.models() == []
        assert await engine.running() == []
    assert server.paths == ["/api/version", "/api/tags", "/api/ps"]


@pytest.mark.parametrize(
    ("version", "capabilities", "think", "sent"),
    [
        ("0.8.0", None, True, None),
        ("0.9.0", ["thinking"], "high", True),
        ("0.21.0", ["thinking"], "max", "high"),
        ("0.24.0", ["thinking"], "max", "max"),
        ("0.24.0", ["completion"], "max", None),
    ],
)
async def test_think_is_sent_as_the_version_and_the_model_take_it(
    version: str, capabilities: list[str] | None, think: Any, sent: Any
) -> None:
    replies = {
        "/api/version": lines({"version": version}),
        "/api/show": lines({"capabilities": capabilities}),
        "/api/chat": lines(DONE),
    }
    async with ollama(replies) as (engine, server):
        await texts(engine, ChatRequest("m", HI.messages, think=think))
    assert server.requests[-1].json.get("think") == sent


async def test_request_fields_are_at_the_top_and_never_options() -> None:
    request = ChatRequest("m", HI.messages, {"num_ctx": 4096}, format={"type": "object"}, think=False, keep_alive="5m")
    async with ollama({"/api/chat": lines(DONE)}) as (engine, server):
        await texts(engine, request)
    assert server.requests[-1].json == {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "options": {"num_ctx": 4096},
        "format": {"type": "object"},
        "think": False,
        "keep_alive": "5m",
    }
    assert "/api/show" not in server.paths


# -- a busy server


async def test_a_busy_server_is_asked_again() -> None:
    busy = lines({"error": "server busy, please try again."}, status=503, headers={"Retry-After": "0"})
    async with ollama({"/api/chat": [busy, busy, lines(word("hi"), DONE)]}) as (engine, server):
        assert await texts(engine) == ["hi"]
    assert server.paths.count("/api/chat") == 3


@pytest.mark.parametrize(("headers", "tries"), [({}, 3), ({"Retry-After": "0"}, 3), ({"Retry-After": "3600"}, 1)])
async def test_a_server_that_stays_busy_is_given_up(headers: dict[str, str], tries: int) -> None:
    busy = lines({"error": "server busy"}, status=503, headers=headers)
    async with ollama({"/api/chat": busy}) as (engine, server):
        with pytest.raises(EngineError, match=r"could not answer with 'm': server busy \(HTTP 503\)"):
            await texts(engine)
    assert server.paths.count("/api/chat") == tries


async def test_an_answer_that_has_begun_is_never_asked_for_again() -> None:
    async with ollama({"/api/chat": lines(word("a"), end="cut")}) as (engine, server):
        with pytest.raises(EngineError, match="stopped before it was done"):
            await texts(engine)
    assert server.paths.count("/api/chat") == 1


# -- streams that break


async def test_thinking_is_not_the_answer() -> None:
    thought = {"message": {"content": "", "thinking": "hm"}, "done": False}
    async with ollama({"/api/chat": lines(thought, word("yes"), DONE)}) as (engine, _):
        assert [event async for event in engine.chat(HI)] == [Thinking("hm"), Text("yes"), Finished("stop")]


async def test_an_error_line_under_200_is_an_error() -> None:
    await broken_chat(
        word("a"), {"error": "out of memory"}, got=["a"], says="could not answer with 'm': out of memory$"
    )


async def test_escapes_in_an_error_do_not_reach_the_terminal() -> None:
    await broken_chat(
        {"error": "\x1b[31mred\x1b]0;title\x07\nline\u202e"}, got=[], says="could not answer with 'm': red line$"
    )


async def test_an_endless_error_is_shortened() -> None:
    await broken_chat({"error": "no " * 100_000}, got=[], says="…$")


@pytest.mark.parametrize("end", ["whole", "cut"])
async def test_a_stream_without_its_end_is_an_error(end: str) -> None:
    await broken_chat(word("a"), word("b"), end=end, got=["a", "b"], says="stopped before it was done")


@pytest.mark.parametrize("end", ["whole", "cut"])
async def test_a_stream_that_ends_inside_a_line_is_an_error(end: str) -> None:
    await broken_chat(word("a"), b'{"message": {"con', end=end, got=["a"], says="stopped before it was done")


async def test_a_stream_that_falls_silent_is_an_error() -> None:
    timeouts = Timeouts(idle=0.05)
    await broken_chat(word("a"), end="hang", timeouts=timeouts, got=["a"], says=r"fell silent for 0\.05 s")


async def test_a_model_that_does_not_load_is_an_error() -> None:
    timeouts = Timeouts(first_byte=0.05)
    await broken_chat(head=False, end="hang", timeouts=timeouts, got=[], says=r"not a byte .* within 0\.05 s")


async def test_the_silence_of_a_pull_may_be_long() -> None:
    timeouts = Timeouts(idle=0.05, first_byte=0.1)
    pull = lines({"status": "verifying sha256 digest"}, end="hang")
    async with ollama({"/api/pull": pull}, timeouts=timeouts) as (engine, _):
        with pytest.raises(EngineError, match=r"fell silent for 0\.1 s"):
            [step async for step in engine.pull("m")]


@pytest.mark.parametrize("line", [b"<html>\n", b"[1]\n", b"null\n", b'"done"\n', b"{\n", b"[" * 100_000 + b"\n"])
async def test_a_line_that_is_no_object_is_an_error(line: bytes) -> None:
    await broken_chat(word("a"), line, DONE, got=["a"], says="sent what is not a JSON object")


async def test_a_gigantic_line_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_LINE", 100_000)
    await broken_chat(word("a"), *[b"x" * 10_000] * 11, end="hang", got=["a"], says=r"a line is over 0\.1 MB")


async def test_an_endless_body_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_REPLY", 100_000)
    async with ollama({"/api/tags": Reply((b" " * 10_000,) * 11, end="hang")}) as (engine, _):
        with pytest.raises(EngineError, match=r"over 0\.1 MB"):
            await engine.models()


async def test_lines_are_put_together_from_any_pieces() -> None:
    body = b"".join(
        json.dumps(line, ensure_ascii=False).encode() + b"\r\n\n" for line in (word("é"), word("漢🙂"), DONE)
    )
    async with ollama({"/api/chat": lines(*(body[i : i + 1] for i in range(len(body))))}) as (engine, _):
        assert await texts(engine) == ["é", "漢🙂"]
    async with ollama({"/api/chat": lines(body.rstrip())}) as (engine, _):
        assert await texts(engine) == ["é", "漢🙂"]


async def test_odd_lines_say_nothing_and_break_nothing() -> None:
    odd = (
        {},
        {"message": None},
        {"message": {"content": 3}},
        {"message": {}},
        {"done": "no"},
        b'{"message":{"content":"\xff"}}\n',
    )
    async with ollama({"/api/chat": lines(*odd, {"done": True, "eval_count": "x", "total_duration": 10**400})}) as (
        engine,
        _,
    ):
        assert [event async for event in engine.chat(HI)] == [Text("\N{REPLACEMENT CHARACTER}"), Finished("stop")]


# -- creating and pulling


@pytest.mark.parametrize("operation", ["create", "pull"])
@pytest.mark.parametrize(
    ("said", "says"),
    [
        # 0.9.6 goes on after an error, and says success.
        (({"status": "a"}, {"error": "no space left"}, {"status": "success"}), "no space left"),
        (({"status": "a"}, {"status": "writing manifest"}), "stopped before it was done"),
        ((), "stopped before it was done"),
    ],
)
async def test_work_is_done_only_if_the_server_says_so(operation: str, said: tuple[Any, ...], says: str) -> None:
    replies = {f"/api/{operation}": lines(*said), "/api/tags": lines({"models": [{"name": "base:latest"}]})}
    async with ollama(replies) as (engine, _):
        steps = engine.create("my-x", Modelfile(base="base")) if operation == "create" else engine.pull("my-x")
        with pytest.raises(EngineError, match=f"could not {operation} 'my-x': .*{says}"):
            [step async for step in steps]


async def test_a_pull_tells_its_progress() -> None:
    said = ({"status": "pulling 1a", "digest": "sha256:1a", "total": 10, "completed": 4}, {"status": "success"})
    async with ollama({"/api/pull": lines(*said)}) as (engine, server):
        steps = [step async for step in engine.pull("qwen3:8b")]
    assert [(step.status, step.completed, step.total) for step in steps] == [
        ("pulling 1a", 4, 10),
        ("success", None, None),
    ]
    assert server.requests[-1].json == {"model": "qwen3:8b"}


@pytest.mark.parametrize(
    ("modelfile", "error", "says"),
    [
        (Modelfile(base="b", adapters=("./lora",)), EngineError, "has an adapter"),
        (Modelfile(base="b", requires="0.30.0"), EngineError, r"requires Ollama 0\.30\.0, and this server is 0\.24\.0"),
        (Modelfile(base="./weights.gguf"), BadData, "no model name"),
        (Modelfile(base="b", messages=(Message("tool", "x"),)), BadData, "no role"),
    ],
)
async def test_what_cannot_be_created_is_not_sent(modelfile: Modelfile, error: type[Exception], says: str) -> None:
    async with ollama({"/api/tags": lines({"models": [{"name": "b:latest"}]})}) as (engine, server):
        with pytest.raises(error, match=says):
            [step async for step in engine.create("my-x", modelfile)]
    assert "/api/create" not in server.paths


# -- leaving early


async def test_closing_an_answer_closes_its_connection() -> None:
    async with ollama({"/api/chat": lines(word("a"), end="hang")}) as (engine, server):
        events = engine.chat(HI)
        assert await anext(events) == Text("a")
        await events.aclose()
        await asyncio.wait_for(server.hung_up.wait(), 5)


async def test_leaving_the_loop_closes_the_connection() -> None:
    async with ollama({"/api/chat": lines(word("a"), end="hang")}) as (engine, server):
        async for _ in engine.chat(HI):
            break
        await asyncio.wait_for(server.hung_up.wait(), 5)


@pytest.mark.parametrize("reply", [lines(word("a"), end="hang"), Reply(head=False, end="hang")])
async def test_cancelling_closes_the_connection(reply: Reply) -> None:
    arrived = asyncio.Event()
    async with ollama({"/api/chat": reply}) as (engine, server):
        answer = server.answer

        def noting(request: Request) -> Reply:
            if request.path == "/api/chat":
                arrived.set()
            return answer(request)

        server.answer = noting
        task = asyncio.ensure_future(texts(engine))
        await asyncio.wait_for(arrived.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(server.hung_up.wait(), 5)


# -- proxies


async def test_this_machine_is_never_reached_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    async with ollama({}) as (engine, _):
        assert await engine.version() == "0.24.0"


async def test_another_machine_is_reached_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxies(monkeypatch)
    async with Server(lambda _: VERSION) as proxy:
        for variable in ("HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(variable, proxy.url)
        engine = connect("http://ollama.example:11434")
        assert await engine.version() == "0.24.0"
        await engine.aclose()
    assert proxy.paths == ["http://ollama.example:11434/api/version"]


async def test_a_proxy_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxies(monkeypatch)
    for variable in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(variable, "gopher://user:secret@proxy.example")
    with pytest.raises(UsageError, match="HTTP_PROXY") as caught:
        connect("http://ollama.example:11434")
    assert "secret" not in str(caught.value)
