"""What an Ollama server says, read into the types of the protocol.

A server is another program, of another version: what is missing or of another type is None or left out, and never
an exception.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from persona_tui.engines.protocol import Finished, ModelDetail, ModelInfo, Progress, RunningModel, Timings, Usage
from persona_tui.spec.modelfile import Message, Modelfile
from persona_tui.spec.options import OPTIONS, OptionValue

_NANOSECONDS = 1e9
# Where weights came from a file, the parent is the path of that file in the server's store.
_BLOB = re.compile(r"[/\\]sha256[-:]")


def read_models(data: Mapping[str, Any]) -> list[ModelInfo]:
    """Read the answer of GET /api/tags."""
    return [
        ModelInfo(
            name=name,
            size=_int(entry.get("size")),
            digest=_text(entry.get("digest")),
            family=_text(details.get("family")),
            parameter_size=_text(details.get("parameter_size")),
            quantization=_text(details.get("quantization_level")),
            modified_at=_text(entry.get("modified_at")),
        )
        for name, entry, details in _entries(data)
    ]


def read_running(data: Mapping[str, Any]) -> list[RunningModel]:
    """Read the answer of GET /api/ps."""
    return [
        RunningModel(
            name=name,
            size=_int(entry.get("size")),
            size_vram=_int(entry.get("size_vram")),
            expires_at=_text(entry.get("expires_at")),
            context_length=_int(entry.get("context_length")),
        )
        for name, entry, _ in _entries(data)
    ]


def read_detail(name: str, data: Mapping[str, Any]) -> ModelDetail:
    """Read the answer of POST /api/show.

    Its `modelfile` text is not looked at: it cannot be read back when a text in it holds three quotes.
    """
    details = _mapping(data.get("details"))
    info = _mapping(data.get("model_info"))
    license_text = _text(data.get("license"))
    capabilities = data.get("capabilities")
    return ModelDetail(
        name=name,
        modelfile=Modelfile(
            base=_base(name, _text(details.get("parent_model"))),
            system=_text(data.get("system")),
            parameters=read_parameters(_text(data.get("parameters")) or ""),
            messages=tuple(_messages(data.get("messages"))),
            template=_text(data.get("template")),
            license=(license_text,) if license_text else (),
            requires=_text(data.get("requires")),
        ),
        capabilities=frozenset(map(str, capabilities)) if isinstance(capabilities, list) else None,
        family=_text(details.get("family")),
        context_length=_int(info.get(f"{info.get('general.architecture')}.context_length")),
    )


def read_parameters(text: str) -> dict[str, OptionValue]:
    """Read the `parameters` of a show: a name, blanks and a value as Go's `%#v` prints it, one line each.

    A parameter that holds a list has a line for each item; a text of a parameter that we do not know is taken for
    such an item. A value of the wrong type, which servers store, stays as it is.
    """
    parameters: dict[str, OptionValue] = {}
    for line in text.split("\n"):
        name, _, printed = line.strip().partition(" ")
        if not name:
            continue
        value = _value(printed.strip())
        option = OPTIONS.get(name)
        if isinstance(value, str) and (option is None or option.type == "strings"):
            before = parameters.get(name)
            parameters[name] = (*before, value) if isinstance(before, tuple) else (value,)
        elif isinstance(value, float) and value.is_integer() and option is not None and option.type == "int":
            parameters[name] = int(value)  # Go prints 1048576 as 1.048576e+06
        else:
            parameters[name] = value
    return parameters


def read_progress(data: Mapping[str, Any]) -> Progress:
    """Read a line of a create or a pull."""
    return Progress(
        status=_text(data.get("status")) or "",
        completed=_int(data.get("completed")),
        total=_int(data.get("total")),
    )


def read_finished(data: Mapping[str, Any]) -> Finished:
    """Read the last line of a chat. Durations come in nanoseconds."""
    return Finished(
        reason=_text(data.get("done_reason")) or "stop",
        usage=Usage(prompt=_int(data.get("prompt_eval_count")), completion=_int(data.get("eval_count"))),
        timings=Timings(
            total=_seconds(data.get("total_duration")),
            load=_seconds(data.get("load_duration")),
            prompt=_seconds(data.get("prompt_eval_duration")),
            completion=_seconds(data.get("eval_duration")),
        ),
    )


def _base(name: str, parent: str | None) -> str:
    return parent if parent and not _BLOB.search(parent) else name


def _messages(value: object) -> Iterator[Message]:
    for message in value if isinstance(value, list) else ():
        role, content = _mapping(message).get("role"), _mapping(message).get("content")
        if isinstance(role, str) and isinstance(content, str):
            yield Message(role, content)


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Yield name, entry and details of each model in a list; Go writes an empty list as null."""
    models = data.get("models")
    for entry in models if isinstance(models, list) else ():
        if isinstance(entry, dict) and (name := _text(entry.get("name")) or _text(entry.get("model"))):
            yield name, entry, _mapping(entry.get("details"))


_NUMBER = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?(e[+-]?\d{1,4})?")


def _value(printed: str) -> bool | int | float | str:
    """Return what Go printed with `%#v`."""
    if printed in ("true", "false"):
        return printed == "true"
    if match := _NUMBER.fullmatch(printed):
        return float(printed) if match[1] or match[2] else int(printed)
    if len(printed) >= 2 and printed[0] == printed[-1] == '"':
        return _ESCAPE.sub(_unescape, printed[1:-1])
    return printed


_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))", re.DOTALL)
_CONTROL = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def _unescape(match: re.Match[str]) -> str:
    """Undo one escape of Go's strconv.Quote; a byte above ASCII stands for text that was no UTF-8."""
    byte, short, long, letter = match.groups()
    if letter is not None:
        return _CONTROL.get(letter, letter)
    code = int(byte or short or long, 16)
    return chr(code) if code <= (0x7F if byte else 0x10FFFF) else "\N{REPLACEMENT CHARACTER}"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _int(value: object) -> int | None:
    """Return a whole number as Go has them, of 64 bits."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else None


def _seconds(value: object) -> float | None:
    nanoseconds = _int(value)
    return None if nanoseconds is None else nanoseconds / _NANOSECONDS
