"""What `persona try` adds to the time of a server that streams.

The server speaks as Ollama does, at the pace of a quick GPU (200 tokens a second). The same answer is read once off the
bare socket and once through the engine, the use case and the printing that `persona try` uses.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from persona_tui.cli.common import Settings
from persona_tui.cli.output import Output
from persona_tui.engines.protocol import Text
from persona_tui.studio.engines import open_engine
from persona_tui.studio.trial import ask
from tests.conftest import make_persona

TOKENS = 400
PAUSE = 0.005


def _line(text: str, *, done: bool) -> bytes:
    end = {"done_reason": "stop", "total_duration": 1, "eval_count": TOKENS} if done else {}
    message = {"model": "m", "message": {"role": "assistant", "content": text}, "done": done, **end}
    data = json.dumps(message).encode() + b"\n"
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


@dataclass(frozen=True, slots=True)
class Speaker:
    """What a server says: pieces of an answer, `pause` seconds apart, the first one after `before` seconds."""

    pieces: Sequence[str]
    before: float = 0.0
    pause: float = PAUSE

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one client as Ollama does, until it leaves."""
        with contextlib.suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = next(
                    (int(x.split(":")[1]) for x in head.lower().splitlines() if x.startswith("content-length")), 0
                )
                await reader.readexactly(length)
                if "/api/chat" in head:
                    await self._stream(writer)
                else:
                    body = json.dumps(_ANSWERS[head.split(" ")[1]]).encode()
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
                    writer.write(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
                    await writer.drain()

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(self.before)
        began = time.perf_counter()
        for number, piece in enumerate(self.pieces):
            writer.write(_line(piece, done=False))
            await writer.drain()
            await asyncio.sleep(max(0.0, began + (number + 1) * self.pause - time.perf_counter()))
        writer.write(_line("", done=True) + b"0\r\n\r\n")
        await writer.drain()


@contextlib.asynccontextmanager
async def serving(speaker: Speaker) -> AsyncIterator[int]:
    """Have `speaker` serve on a free port of this machine."""
    server = await asyncio.start_server(speaker.serve, "127.0.0.1", 0, limit=2**22)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


_ANSWERS = {
    "/api/version": {"version": "0.24.0"},
    "/api/tags": {"models": []},
    "/api/show": {"capabilities": ["completion"], "details": {"parent_model": ""}},
}


async def _bare(port: int) -> float:
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
    await reader.readuntil(b"0\r\n\r\n")
    writer.close()
    return time.perf_counter() - began


async def _ours(port: int) -> float:
    out = Output(Settings())
    async with open_engine("ollama", f"http://127.0.0.1:{port}") as engine:
        await engine.models()  # connected, as after the comparison that `persona try` makes first
        with contextlib.redirect_stdout(io.StringIO()):
            began = time.perf_counter()
            async for event in ask(engine, make_persona(), "hello", base="m", say=lambda tag, text: None):
                if isinstance(event, Text):
                    out.stream(event.text)
            return time.perf_counter() - began


async def compare(rounds: int) -> tuple[list[float], list[float]]:
    """Return the seconds of an answer off the bare socket and through `persona try`, in turn."""
    async with serving(Speaker([" word"] * TOKENS)) as port:
        await _ours(port)
        pairs = [(await _bare(port), await _ours(port)) for _ in range(rounds)]
    return [a for a, _ in pairs], [b for _, b in pairs]
