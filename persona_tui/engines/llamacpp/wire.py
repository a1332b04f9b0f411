"""What llama.cpp is asked, and what it says, in the types of the protocol.

Its requests and chunks are those of OpenAI's chat completions, with the sampling parameters and timings of its own
(llama.cpp's tools/server/README.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from persona_tui.base.errors import BadData, EngineError
from persona_tui.base.text import one_line
from persona_tui.engines.protocol import ChatEvent, ChatRequest, Finished, Text, Thinking, Timings, Usage
from persona_tui.spec.modelfile import Message, Modelfile
from persona_tui.spec.options import OptionValue, option_problem
from persona_tui.spec.persona import Think

# These have the same name on both sides. The rest of Ollama's parameters are about the loading, or about a server.
_SAMPLING = (
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "typical_p",
    "repeat_penalty",
    "repeat_last_n",
    "presence_penalty",
    "frequency_penalty",
    "seed",
    "stop",
)
_ROLES = ("system", "user", "assistant", "tool")

TOKENS = 2048
"""Most tokens of an answer where `num_predict` is not set, so that a model that never stops does end."""

# A grammar is built of a schema by recursion, in a time that grows with the square of its properties: 3,000 took 54 s.
_DEEPEST_SCHEMA = 64
_LONGEST_SCHEMA = 20_000


def effective_options(request: ChatRequest, modelfile: Modelfile) -> dict[str, OptionValue]:
    """Return the parameters in force: the model's own under those of the request. Raises BadData for a wrong one."""
    for name, value in request.options.items():
        problem = option_problem(name, value)
        if problem is not None and problem.kind != "deprecated":
            raise BadData(one_line(problem.sentence, 200))
    own = {name: value for name, value in modelfile.parameters.items() if option_problem(name, value) is None}
    return {**own, **request.options}


def chat_body(request: ChatRequest, modelfile: Modelfile, options: Mapping[str, OptionValue]) -> dict[str, Any]:
    """Return the request for llama.cpp, with `options` in force; the model's own messages and system prompt count.

    Raises BadData for a request that cannot be answered, EngineError for a format that is out of reach.
    """
    limit = options.get("num_predict", TOKENS)
    body: dict[str, Any] = {
        "messages": _messages(request.messages, modelfile),
        "stream": True,
        "stream_options": {"include_usage": True},
        # A chunk for each batch of the prompt: between chunks nothing can be cancelled.
        "return_progress": True,
        "max_tokens": -1 if isinstance(limit, int) and limit < 0 else limit,
        # A part of a prompt that is taken from the cache is computed in other batches and rounded in other ways;
        # whoever fixes the seed wants the same answer again.
        "cache_prompt": "seed" not in options,
        **{name: list(v) if isinstance(v := options[name], tuple) else v for name in _SAMPLING if name in options},
    }
    for unlimited in ("seed", "repeat_last_n"):  # -1, which llama.cpp does not take there
        if body.get(unlimited) == -1:
            del body[unlimited]
    if request.format is not None:
        body["response_format"] = _response_format(request.format)
    if request.think is not None:
        body["chat_template_kwargs"] = _template_arguments(request.think)
    return body


def _messages(messages: tuple[Message, ...], modelfile: Modelfile) -> list[dict[str, str]]:
    if not messages:
        raise BadData("there is nothing to answer: a conversation has at least one message")
    for message in messages:
        if message.role not in _ROLES:
            raise BadData(f"'{one_line(message.role, 40)}' is no role of a message: {', '.join(_ROLES)}")
    together = (*modelfile.messages, *messages)
    if modelfile.system and messages[0].role != "system":
        together = (Message("system", modelfile.system), *together)
    return [{"role": message.role, "content": _unicode(message.content)} for message in together]


def _unicode(text: str) -> str:
    """Return `text` with U+FFFD for lone surrogates, which are in no UTF-8 and which llama.cpp refuses."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _response_format(wanted: str | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(wanted, str):
        if wanted != "json":
            raise BadData(f"'{one_line(wanted, 40)}' is no format: it is json, or a JSON schema")
        return {"type": "json_object"}
    try:
        length, depth = len(json.dumps(wanted)), _depth(wanted)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadData(f"the schema of the answer is no JSON: {one_line(str(error), 120)}") from None
    if length > _LONGEST_SCHEMA or depth > _DEEPEST_SCHEMA:
        raise EngineError(
            f"the schema of the answer has {length:,} characters and {depth} levels, and llama.cpp builds a grammar of "
            f"at most {_LONGEST_SCHEMA:,} and {_DEEPEST_SCHEMA} in a sensible time: make it smaller"
        )
    return {"type": "json_schema", "json_schema": {"schema": dict(wanted)}}


def _depth(value: object) -> int:
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else None
    return 0 if inner is None else 1 + max(map(_depth, inner), default=0)


def _template_arguments(think: Think) -> dict[str, Any]:
    """Return what chat templates read: Qwen's and most others a switch, gpt-oss's a level, of which it has three."""
    if isinstance(think, bool):
        return {"enable_thinking": think}
    return {"enable_thinking": True, "reasoning_effort": "high" if think == "max" else think}


class Answer:
    """The chunks of one answer, read into events."""

    def __init__(self) -> None:
        self._reason: str | None = None
        self._usage = Usage()
        self._timings: Mapping[str, Any] = {}

    def read(self, chunk: Mapping[str, Any]) -> Iterator[ChatEvent]:
        """Yield what is new in `chunk`. Raises EngineError where it is an error."""
        if (error := chunk.get("error")) is not None:
            raise _failure(error)
        for choice in chunk.get("choices") or ():
            delta = choice.get("delta") or {}
            if thinking := delta.get("reasoning_content"):
                yield Thinking(thinking)
            if text := delta.get("content"):
                yield Text(text)
            self._reason = choice.get("finish_reason") or self._reason
        if usage := chunk.get("usage"):
            self._usage = Usage(usage.get("prompt_tokens"), usage.get("completion_tokens"))
        self._timings = chunk.get("timings") or self._timings

    def finished(self, *, total: float, load: float) -> Finished:
        """Return the last event. Raises EngineError where the answer has no end."""
        if self._reason is None:
            raise EngineError("llama.cpp ended the answer without a reason: ask again")
        timings = Timings(total, load, self._seconds("prompt_ms"), self._seconds("predicted_ms"))
        return Finished(self._reason, self._usage, timings)

    def _seconds(self, key: str) -> float | None:
        milliseconds = self._timings.get(key)
        return milliseconds / 1000 if isinstance(milliseconds, (int, float)) else None


def _failure(error: object) -> EngineError:
    details = error if isinstance(error, Mapping) else {"message": str(error)}
    if details.get("type") == "exceed_context_size_error":
        return EngineError(
            f"the conversation has {details.get('n_prompt_tokens')} tokens and the context holds "
            f"{details.get('n_ctx')}: shorten it, or set a larger num_ctx where the model was trained for one"
        )
    return refusal(str(details.get("message")))


def refusal(words: str) -> EngineError:
    """Return the error for what llama.cpp refused, with its words."""
    return EngineError(f"llama.cpp refused the request: {one_line(words, 300)}")
