"""Requests to an Ollama server: connections, limits, and failures put into words."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx

from persona_tui.base.errors import EngineError, EngineUnreachable, ModelNotFound, UsageError
from persona_tui.base.text import one_line
from persona_tui.engines.ollama.host import is_loopback, refused
from persona_tui.engines.ollama.retries import Retries, Timeouts

# A line may be as long as Ollama's own client takes it (0.32.15, api/client.go); the rest is far above what
# servers say.
MAX_LINE = 8_000_000
MAX_REPLY = 64_000_000
MAX_STREAM = 512_000_000
_MAX_REFUSAL = 64_000
_WORDS = 300


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `doing` completes "could not …"; `model` is the one that a 404 says is missing."""

    method: str
    path: str
    doing: str
    body: Mapping[str, Any] | None = None
    model: str | None = None


class Transport:
    """The connections to one server. Every failure leaves as an EngineError of one sentence."""

    def __init__(
        self,
        url: str,
        timeouts: Timeouts | None = None,
        retries: Retries | None = None,
        waiting: Callable[[str], None] | None = None,
    ) -> None:
        """`url` is what `normalise_host` returns; credentials in it are sent, and never shown.

        `waiting` is told the address, once, when an answer takes longer than a person expects.
        """
        self._waiting = waiting
        self.timeouts = timeouts or Timeouts()
        self.retries = retries or Retries()
        try:
            parsed = httpx.URL(url)
            host = parsed.host
        except (httpx.InvalidURL, UnicodeError):  # the latter for a name such as xn--a, which encodes nothing
            raise refused(url, "it has a character that no address has") from None
        credentials = (parsed.username, parsed.password) if parsed.userinfo else None
        bare = parsed.copy_with(userinfo=b"")
        self.address = str(bare).rstrip("/")
        self._client = _client(bare, host, credentials)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def fetch(self, call: Call) -> dict[str, Any]:
        """Return the one JSON object that answers `call`; {} where the answer is empty."""
        first_byte = self.timeouts.quick if call.method == "GET" else self.timeouts.reply
        async with self._answer(call, first_byte, self.timeouts.idle) as response:
            body = await self._read(response, call, MAX_REPLY)
        if not body.strip():
            return {}
        data = _object(body)
        if data is None:
            raise self.stranger(f"HTTP {response.status_code} without a JSON object, {_kind(response)}")
        return data

    async def stream(self, call: Call, *, idle: float) -> AsyncGenerator[dict[str, Any], None]:
        """Yield the JSON objects of the lines that answer `call`, as they arrive.

        An `error` line, which Ollama sends under HTTP 200, ends it as the EngineError that it is. Whoever asked
        knows what a complete answer is: a stream that ends early but in good form just ends here.
        """
        async with (
            self._answer(call, self.timeouts.first_byte, idle) as response,
            aclosing(self._lines(response, call)) as lines,
        ):
            async for line in lines:
                data = _object(line)
                if data is None:
                    words = one_line(line[:200].decode("utf-8", "replace"), 60)
                    raise EngineError(f"{self._could_not(call)}: the server sent what is not a JSON object: {words}")
                if data.get("error"):
                    raise self._refusal(call, 0, _words(data))
                yield data

    def cut(self, call: Call) -> EngineError:
        """Return the error for an answer that ended before it was complete."""
        return EngineError(f"{self._could_not(call)}: the server stopped before it was done")

    @asynccontextmanager
    async def _answer(self, call: Call, first_byte: float, idle: float) -> AsyncIterator[httpx.Response]:
        """Send `call`, again while the server is busy; give the response, its head read, if it is a success."""
        tried = 0
        while True:
            tried += 1
            response = await self._send(call, first_byte, idle)
            try:
                busy = response.status_code == httpx.codes.SERVICE_UNAVAILABLE
                pause = self.retries.pause(tried, response.headers.get("retry-after")) if busy else None
                if pause is None:
                    if not response.is_success:
                        raise await self._failure(response, call)
                    yield response
                    return
            finally:
                await response.aclose()
            await asyncio.sleep(pause)

    async def _send(self, call: Call, first_byte: float, idle: float) -> httpx.Response:
        limits = self.timeouts
        request = self._client.build_request(
            call.method,
            call.path,
            content=None if call.body is None else json.dumps(call.body, separators=(",", ":")),
            headers=None if call.body is None else {"Content-Type": "application/json"},
            timeout=httpx.Timeout(connect=limits.connect, read=first_byte, write=limits.idle, pool=limits.connect),
        )
        notice = asyncio.get_running_loop().call_later(limits.notice, self._tell_waiting)
        try:
            response = await self._client.send(request, stream=True)
        except httpx.ConnectTimeout:
            raise EngineUnreachable(
                f"{self.address} did not take the connection within {limits.connect:g} s; {_OTHER}"
            ) from None
        except httpx.ReadTimeout:
            raise EngineUnreachable(
                f"{self._could_not(call)}: not a byte of an answer came within {first_byte:g} s; "
                "the server may still be loading the model, or hang"
            ) from None
        except httpx.RemoteProtocolError as error:
            if "disconnected" in str(error):
                raise EngineUnreachable(f"{self.address} closed the connection without an answer; {_OTHER}") from None
            raise self.stranger("no HTTP") from None
        except httpx.HTTPError as error:
            raise EngineUnreachable(f"nothing answers at {self.address} ({_reason(error)}); {_OTHER}") from None
        finally:
            notice.cancel()
        # From here on it is the pause between bytes that counts; httpcore reads this when the body begins.
        request.extensions["timeout"]["read"] = idle
        return response

    def _tell_waiting(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting:
            waiting(self.address)

    async def _lines(self, response: httpx.Response, call: Call) -> AsyncGenerator[bytes, None]:
        """Yield the lines of a body, without their ends, whatever pieces they arrive in."""
        buffer = bytearray()
        async with aclosing(self._pieces(response, call, MAX_STREAM)) as pieces:
            async for piece in pieces:
                buffer += piece
                if b"\n" in piece:
                    *lines, rest = bytes(buffer).split(b"\n")
                    buffer[:] = rest
                    for line in lines:
                        if line.strip():
                            yield line
                if len(buffer) > MAX_LINE:
                    raise EngineError(f"{self._could_not(call)}: a line is over {MAX_LINE / 10**6:g} MB")
        if buffer.strip():
            if _object(buffer) is None:
                raise self.cut(call)
            yield bytes(buffer)

    async def _read(self, response: httpx.Response, call: Call, limit: int) -> bytes:
        async with aclosing(self._pieces(response, call, limit)) as pieces:
            return b"".join([piece async for piece in pieces])

    async def _pieces(self, response: httpx.Response, call: Call, limit: int) -> AsyncGenerator[bytes, None]:
        """Yield the bytes of a body as they arrive, at most `limit` of them."""
        size = 0
        try:
            async with aclosing(cast("AsyncGenerator[bytes, None]", response.aiter_raw())) as pieces:
                async for piece in pieces:
                    size += len(piece)
                    if size > limit:
                        raise EngineError(f"{self._could_not(call)}: the answer is over {limit / 10**6:g} MB")
                    yield piece
        except httpx.ReadTimeout:
            idle = response.request.extensions["timeout"]["read"]
            raise EngineError(f"{self._could_not(call)}: the server fell silent for {idle:g} s") from None
        except httpx.HTTPError:
            raise self.cut(call) from None

    async def _failure(self, response: httpx.Response, call: Call) -> EngineError:
        """Return the error that an answer without success means."""
        if response.next_request is not None:
            target = response.next_request.url.copy_with(userinfo=b"", query=None)
            return EngineUnreachable(
                f"{self.address} sends us on to {one_line(str(target), 120)}, and redirects are not followed; "
                "name the server's own address with --host"
            )
        try:
            body = await self._read(response, call, _MAX_REFUSAL)
        except EngineError:
            body = b""
        words = _words(_object(body) or {})
        if not words and response.status_code in (401, 403, 407):
            return EngineError(
                f"{self.address} wants credentials (HTTP {response.status_code}); "
                "write them into the address: http://user:password@host"
            )
        if not words:
            return self.stranger(f"HTTP {response.status_code}, {_kind(response)}")
        return self._refusal(call, response.status_code, words)

    def _refusal(self, call: Call, status: int, words: str) -> EngineError:
        if status == httpx.codes.NOT_FOUND and call.model is not None:
            return ModelNotFound(f"Ollama at {self.address} has no model '{call.model}'")
        code = f" (HTTP {status})" if status else ""
        return EngineError(f"{self._could_not(call)}: {words}{code}")

    def _could_not(self, call: Call) -> str:
        return f"Ollama at {self.address} could not {call.doing}"

    def stranger(self, sign: str) -> EngineUnreachable:
        """Return the error for what answers and is no Ollama; `sign` is what gave it away."""
        return EngineUnreachable(f"{self.address} answers, but not as an Ollama server ({sign}); {_OTHER}")


def _client(bare: httpx.URL, host: str, credentials: tuple[str, str] | None) -> httpx.AsyncClient:
    try:
        return httpx.AsyncClient(
            base_url=bare,
            auth=credentials,
            # Without compression nothing can swell on arrival.
            headers={"Accept-Encoding": "identity", "User-Agent": "persona-tui"},
            # A bare context trusts nobody; loading certificates costs 20 ms that http does not need.
            verify=httpx.create_ssl_context() if bare.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            # The proxy variables of the environment are for other machines than this one.
            trust_env=not is_loopback(host),
            follow_redirects=False,
        )
    except (ImportError, ValueError):
        raise UsageError(
            "HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names a proxy that cannot be used; "
            f"correct it, or put {host} into NO_PROXY"
        ) from None


_OTHER = "start Ollama there, or name another server with --host"


def _object(text: bytes | bytearray) -> dict[str, Any] | None:
    """Return the JSON object that `text` is, else None. Bytes that are no UTF-8 become U+FFFD."""
    try:
        data = json.loads(text.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _words(data: Mapping[str, Any]) -> str:
    """Return what an answer's `error` says, safe to show; '' where it says nothing."""
    error = data.get("error")
    if isinstance(error, dict):  # the OpenAI shape, which some proxies in front of Ollama use
        error = error.get("message")
    if error is None or error == "":
        return ""
    return one_line(error if isinstance(error, str) else json.dumps(error), _WORDS) or "an error without words"


def _kind(response: httpx.Response) -> str:
    return one_line(response.headers.get("content-type", "no content type"), 60)


def _reason(error: BaseException) -> str:
    """Return what the operating system said under an httpx error."""
    reason = str(error)
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            known = (cause.errno or 0) > 0  # asyncio has words of its own then, with the address once more
            reason = os.strerror(cause.errno or 0).lower() if known else cause.strerror
        members = getattr(cause, "exceptions", None)  # one for each address of a host
        cause = members[0] if members else cause.__cause__ or cause.__context__
    return one_line(reason, 120) or type(error).__name__
