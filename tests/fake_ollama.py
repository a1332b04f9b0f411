"""A small Ollama server that keeps what it is told, for tests of whole commands.

It answers as the recorded servers do (the contract tests run against it too), says what a test tells it to say, and
fails where a test wants it to fail. It runs in a thread, so that a command in another process can talk to it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BASE = "smollm2:135m"
PAUSE = "(pause)"
"""The key of a line that is not sent: how many seconds the next one has to wait."""
_PULLABLE = ("qwen3:8b", "qwen3:14b")
_OWN = ("from", "system", "parameters", "messages", "template", "license")


def _key(name: str) -> str:
    return (name if ":" in name else f"{name}:latest").lower()


@dataclass(frozen=True)
class Said:
    """One answer: its text, the thinking before it, why it ended, and the seconds that it pauses in the middle."""

    text: str
    thinking: str = ""
    reason: str = "stop"
    pause: float = 0.0


@dataclass
class FakeOllama:
    """The server's state. `answers` are what chats say, one after the other; the last one stays.

    An answer is a text, a `Said`, or what makes one of the request's body.

    `broken` are names that are listed and not there: what 0.9.6 leaves behind when the pull of a base fails.
    `fail_create` makes a creation end in an error line under HTTP 200.
    """

    version: str = "0.24.0"
    thinking: bool = False
    fail_create: str | None = None
    chat_error: str | None = None
    answers: list[Any] = field(default_factory=lambda: ["Hello."])
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    chats: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    url: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.add(BASE, parameters={"num_ctx": 2048, "stop": ["<|im_start|>", "<|im_end|>"]}, template="{{ .Prompt }}")

    def add(self, name: str, **content: Any) -> None:
        """Have the model `name`, as `POST /api/create` would leave it."""
        self.broken.discard(_key(name))
        self.models[_key(name)] = {"name": name if ":" in name else f"{name}:latest", **content}

    @property
    def changes(self) -> list[str]:
        """The calls that changed something or cost something."""
        return [
            call for call in self.calls if call.split()[1] in ("/api/create", "/api/delete", "/api/pull", "/api/copy")
        ]

    # --- what each path answers: a status and the lines ---

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
        self.calls.append(f"{method} {path}")
        name = path.removeprefix("/api/")
        handler = getattr(self, f"_{name}", None)
        if handler is None:
            return 404, [{"error": "404 page not found"}]
        model = body.get("model")
        present = self.models.keys() if name == "delete" else self.models.keys() - self.broken
        if name in ("show", "delete", "chat") and _key(str(model)) not in present:
            return 404, [{"error": f"model '{model}' not found"}]
        result: tuple[int, list[dict[str, Any]]] = handler(body)
        return result

    def _version(self, body: dict[str, Any]) -> Any:
        return 200, [{"version": self.version}]

    def _tags(self, body: dict[str, Any]) -> Any:
        return 200, [{"models": [self._info(model) for model in self.models.values()]}]

    def _ps(self, body: dict[str, Any]) -> Any:
        return 200, [{"models": []}]

    def _show(self, body: dict[str, Any]) -> Any:
        model = self.models[_key(body["model"])]
        lines = []
        for key, value in sorted(model.get("parameters", {}).items()):
            for item in value if isinstance(value, list) else [value]:
                lines.append(f"{key:<30} {json.dumps(item)}")
        capabilities = ["completion", "thinking"] if self.thinking else ["completion"]
        shown = {
            "parameters": "\n".join(lines),
            "template": model.get("template", ""),
            "system": model.get("system", ""),
            "messages": model.get("messages") or [],
            "details": self._info(model)["details"],
            "model_info": {"general.architecture": "llama", "llama.context_length": 8192},
            "capabilities": capabilities,
        }
        return 200, [{key: value for key, value in shown.items() if value}]

    def _create(self, body: dict[str, Any]) -> Any:
        if self.fail_create:
            return 200, [{"status": "reading model metadata"}, {"error": self.fail_create}]
        base = self.models[_key(body["from"])]
        inherited = {key: base[key] for key in _OWN if key in base and key != "from"}
        content = {**inherited, **{key: value for key, value in body.items() if key in _OWN and value}}
        content["parameters"] = {**base.get("parameters", {}), **body.get("parameters", {})}
        self.add(body["model"], **content)
        return 200, [{"status": "writing manifest"}, {"status": "success"}]

    def _delete(self, body: dict[str, Any]) -> Any:
        del self.models[_key(body["model"])]
        return 200, []

    def _copy(self, body: dict[str, Any]) -> Any:
        source = self.models.get(_key(body["source"]))
        if source is None:
            return 404, [{"error": f'model "{body["source"]}" not found'}]
        self.add(body["destination"], **{key: value for key, value in source.items() if key != "name"})
        return 200, []

    def _pull(self, body: dict[str, Any]) -> Any:
        if body["model"] not in _PULLABLE:
            return 200, [{"status": "pulling manifest"}, {"error": "pull model manifest: file does not exist"}]
        self.add(body["model"], template="{{ .Prompt }}")
        return 200, [{"status": "pulling 1", "total": 10, "completed": 5}, {"status": "success"}]

    def _chat(self, body: dict[str, Any]) -> Any:
        self.chats.append(body)
        if self.chat_error:
            return 500, [{"error": self.chat_error}]
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        said = answer(body) if callable(answer) else answer
        said = Said(said) if isinstance(said, str) else said
        text = said.text
        head = {"model": body["model"], "created_at": "2026-01-01T00:00:00Z"}
        thoughts = [{**head, "message": {"role": "assistant", "content": "", "thinking": said.thinking}, "done": False}]
        middle = len(text) // 2
        parts = [
            {**head, "message": {"role": "assistant", "content": p}, "done": False}
            for p in (text[:middle], text[middle:])
        ]
        end = {
            **head,
            "message": {"role": "assistant", "content": ""},
            "done": True,
            "done_reason": said.reason,
            "total_duration": 2_000_000_000,
            "prompt_eval_count": 10,
            "eval_count": 20,
        }
        first, second = parts
        pause = [{PAUSE: said.pause}] if said.pause else []
        return 200, [*(thoughts if said.thinking else []), first, *pause, second, end]

    def _info(self, model: dict[str, Any]) -> dict[str, Any]:
        digest = hashlib.sha256(json.dumps(model, sort_keys=True).encode()).hexdigest()
        details = {"parent_model": model.get("from", ""), "family": "llama", "quantization_level": "Q4_1"}
        return {"name": model["name"], "model": model["name"], "size": 98_000_000, "digest": digest, "details": details}


@contextmanager
def fake_ollama(**state: Any) -> Iterator[FakeOllama]:
    """Run a FakeOllama on a free port of this machine."""
    fake = FakeOllama(**state)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or each answer waits 40 ms for an acknowledgement

        def _serve(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, lines = fake.answer(self.command, self.path, json.loads(data) if data else {})
            sent = [b"" if PAUSE in line else json.dumps(line).encode() + b"\n" for line in lines]
            self.send_response(status)
            self.send_header("Content-Type", "application/x-ndjson" if len(lines) > 1 else "application/json")
            self.send_header("Content-Length", str(sum(map(len, sent))))
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # whoever asked has left in the middle
                for line, data in zip(lines, sent, strict=True):
                    self.wfile.write(data)
                    if PAUSE in line:
                        fake.ended.wait(line[PAUSE])

        do_GET = do_POST = do_DELETE = _serve

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: a test's output is its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        fake.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
