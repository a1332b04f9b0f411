"""HTTP servers for the contract tests: over a real socket, in the test's own event loop."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

RECORDINGS = Path(__file__).parents[1] / "data" / "recordings"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True)
class Reply:
    """What a server says: each piece is a chunk of its own.

    `end` is what follows: the rest of the protocol, a closed connection, or silence until the client gives up.
    Without `head` nothing at all is said before that.
    """

    pieces: tuple[bytes, ...] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    end: Literal["whole", "cut", "hang"] = "whole"
    head: bool = True


def lines(*values: Any, **reply: Any) -> Reply:
    """Return the reply that streams `values`, one line of JSON each (bytes as they are)."""
    return Reply(tuple(v if isinstance(v, bytes) else json.dumps(v).encode() + b"\n" for v in values), **reply)


Answer = Callable[[Request], Reply]


class Server:
    """Answers each request with what `answer` returns for it; notes requests, and clients that hang up."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.hung_up = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    async def __aenter__(self) -> Server:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while request := await _read(reader):
                self.requests.append(request)
                reply = self.answer(request)
                await _write(writer, reply)
                if reply.end == "cut":
                    return
                if reply.end == "hang":
                    await reader.read()
                    break
            self.hung_up.set()
        except ConnectionError:
            self.hung_up.set()
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *rest = head.split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest if line)}
    return Request(method, path, headers, await reader.readexactly(int(headers.get("content-length", 0))))


async def _write(writer: asyncio.StreamWriter, reply: Reply) -> None:
    if reply.head:
        headers = {"Content-Type": "application/x-ndjson", "Transfer-Encoding": "chunked", **reply.headers}
        writer.write(f"HTTP/1.1 {reply.status} X\r\n".encode())
        writer.write("".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n")
    for piece in reply.pieces:
        writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        await writer.drain()
    if reply.end == "whole":
        writer.write(b"0\r\n\r\n")
    await writer.drain()


class Replay:
    """Answers as a recorded server did.

    A request is found by method, path and JSON body. What was recorded several times is answered in turn, and the last
    one stays. A body that was recorded only with `"stream": false` matches without it: the one object of that answer
    is what the last line of a stream would be.
    """

    def __init__(self, version: str) -> None:
        self.unmatched: list[Request] = []
        self._turns: dict[str, deque[Reply]] = defaultdict(deque)
        files = sorted((RECORDINGS / f"ollama-{version}").glob("*.json"))
        exchanges = [json.loads(file.read_text(encoding="utf-8")) for file in files]
        for exchange in exchanges:
            request, reply = exchange["request"], recorded(exchange["response"])
            self._turns[_key(request["method"], request["path"], request.get("json"))].append(reply)
        for exchange in exchanges:
            request = exchange["request"]
            if (request.get("json") or {}).get("stream") is False:
                body = {key: value for key, value in request["json"].items() if key != "stream"}
                key = _key(request["method"], request["path"], body)
                self._turns.setdefault(key, deque([recorded(exchange["response"])]))

    def __call__(self, request: Request) -> Reply:
        turns = self._turns.get(_key(request.method, request.path, request.json))
        if not turns:
            self.unmatched.append(request)
            return lines({"error": "no such recording"}, status=500)
        return turns.popleft() if len(turns) > 1 else turns[0]


def _key(method: str, path: str, body: Any) -> str:
    if isinstance(body, dict) and isinstance(body.get("license"), str):
        body = {**body, "license": [body["license"]]}  # servers take both
    return f"{method} {path} {json.dumps(body, sort_keys=True)}"


def recorded(response: Mapping[str, Any]) -> Reply:
    """Return a recorded response: a stream in the chunks that it came in, anything else in one."""
    streamed = response["content_type"] == "application/x-ndjson"
    pieces = tuple(line.encode() + b"\n" * streamed for line in response["lines"] if line)
    return Reply(pieces, response["status"], {"Content-Type": response["content_type"]})
