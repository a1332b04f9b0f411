"""What goes to an Ollama server, checked before it is sent.

Servers store unknown parameters and values of the wrong type, and then fail every chat with that model; they pull
gigabytes for a base that was misspelt. So nothing leaves that is not known to work.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from persona_tui.base.errors import BadData, EngineError
from persona_tui.base.text import one_line
from persona_tui.engines.ollama.versions import THINK, THINK_LEVELS, THINK_MAX, Version, dotted
from persona_tui.engines.protocol import ChatRequest
from persona_tui.spec.modelfile import Message, Modelfile, is_version, to_json
from persona_tui.spec.names import ModelName
from persona_tui.spec.options import OptionValue, option_problem
from persona_tui.spec.persona import Think

_ROLES = {"create": ("system", "user", "assistant"), "chat": ("system", "user", "assistant", "tool")}
_SOURCE = re.compile(r"[:-](?:cloud|local)\Z", re.IGNORECASE)
# Go's time.ParseDuration: a bare 0, or numbers with units. 2**63 nanoseconds are 292 years.
_DURATION = re.compile(r"[+-]?(?:0|(?:(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})(?:ns|us|µs|μs|ms|s|m|h))+)")
_LONGEST = 2**63 // 10**9


def check_model(name: str, *, new: bool = False) -> str:
    """Return `name` if Ollama takes it as a model's name, else raise BadData.

    A model that exists may be named with its source (`gpt-oss:120b-cloud`); a `new` one may not end like that.
    """
    try:
        ModelName.parse(name if new else _SOURCE.sub("", name))
    except ValueError as error:
        raise BadData(one_line(str(error), 200)) from None
    return name


def create_body(name: str, modelfile: Modelfile, version: Version) -> dict[str, Any]:
    """Return the body of POST /api/create.

    Raises BadData for what a server would refuse or choke on later, EngineError for what this one cannot do.
    """
    check_model(name, new=True)
    check_model(modelfile.base)
    _check_options(modelfile.parameters)
    _check_messages(modelfile.messages, "create")
    if modelfile.adapters or modelfile.drafts:
        raise EngineError(
            f"'{name}' has an adapter or a draft, and files are not uploaded from here: use `ollama create`"
        )
    if modelfile.requires:
        _check_requires(name, modelfile.requires, version)
    return {"model": name, **to_json(modelfile)}


def chat_body(request: ChatRequest, version: Version, capabilities: frozenset[str] | None) -> dict[str, Any]:
    """Return the body of POST /api/chat: options nested, `think`, `format` and `keep_alive` at the top.

    `capabilities` are the model's, None where they are not known. Raises BadData.
    """
    check_model(request.model)
    _check_options(request.options)
    _check_messages(request.messages, "chat")
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [{"role": message.role, "content": message.content} for message in request.messages],
    }
    if request.options:
        body["options"] = dict(request.options)
    if request.format is not None:
        body["format"] = _format(request.format)
    think = sendable_think(request.think, version, capabilities)
    if think is not None:
        body["think"] = think
    if request.keep_alive is not None:
        body["keep_alive"] = _keep_alive(request.keep_alive)
    return body


def sendable_think(think: Think | None, version: Version, capabilities: frozenset[str] | None) -> Think | None:
    """Return what is sent for `think`; None leaves the key out.

    Nothing for a model that is known not to think: the server would refuse it. A server that is too old for a setting
    gets the nearest that it knows, so that a persona works on it: `max` is `high` before 0.22.0, a level is plain
    `true` before 0.11.0, and before 0.9.0, where thinking could not be asked for or stopped, there is no key.
    """
    if think is None or not version.has(THINK) or (capabilities is not None and "thinking" not in capabilities):
        return None
    if isinstance(think, bool):
        return think
    if not version.has(THINK_LEVELS):
        return True
    return "high" if think == "max" and not version.has(THINK_MAX) else think


def _check_options(options: Mapping[str, OptionValue]) -> None:
    """Raise BadData for the first parameter that a server would ignore, truncate or fail on.

    One that newer servers have given up is let through: older ones read it, newer ones ignore it.
    """
    for name, value in options.items():
        problem = option_problem(name, value)
        if problem is not None and problem.kind != "deprecated":
            raise BadData(one_line(problem.sentence, 200))


def _check_messages(messages: Iterable[Message], where: str) -> None:
    for message in messages:
        if message.role not in _ROLES[where]:
            raise BadData(f"'{one_line(message.role, 40)}' is no role of a message: {', '.join(_ROLES[where])}")


def _check_requires(name: str, requires: str, version: Version) -> None:
    required = Version.parse(requires).number if is_version(requires) else None
    if required is None:
        raise BadData(f"requires: '{one_line(requires, 40)}' is not a version like 0.14.0")
    if not version.has(required):
        raise EngineError(f"'{name}' requires Ollama {dotted(required)}, and this server is {version.text}")


def _format(value: str | Mapping[str, Any]) -> str | dict[str, Any]:
    if value == "json":
        return "json"
    if isinstance(value, Mapping):
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            raise BadData("format: the schema holds what JSON cannot") from None
        return dict(value)
    raise BadData(f"format: '{one_line(str(value), 40)}' is neither 'json' nor a JSON schema")


def _keep_alive(value: int | str) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LONGEST:
        return value
    if isinstance(value, str) and _DURATION.fullmatch(value):
        return value
    raise BadData(f"keep_alive: '{one_line(str(value), 40)}' is neither seconds nor a duration like 5m or 1h30m")
