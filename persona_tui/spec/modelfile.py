"""What an Ollama model is made of, and the Modelfile that says it.

`parse` answers what Ollama 0.32.15 makes of a file: its `ParseFile`, then its `CreateRequest`, then the encoding of
that as JSON, with the errors of all three.
"""

from __future__ import annotations

import math
import os.path
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from persona_tui.spec.modelfile_lexer import ModelfileError, decode, line_at, read_commands
from persona_tui.spec.options import DEPRECATED, OPTIONS, OptionValue, float32, read_option

__all__ = ["Difference", "Message", "Modelfile", "ModelfileError", "differences", "is_version", "parse", "to_json"]

Resolve = Callable[[str], str]
"""Returns the true path of what is at an absolute path, or raises OSError: `os.path.realpath` with `strict=True`."""


@dataclass(frozen=True, slots=True)
class Message:
    """A turn of the conversation that a model starts with. `role` is system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Modelfile:
    """An Ollama model: what a persona is turned into, what an engine sends, and what is compared with a server.

    `base` is the name after FROM, empty only where a file says so; a path stays as it was written. Empty texts are
    None. Floats are those that 32 bits can hold, as Ollama writes them, and what is set for a float is one.
    `adapters` has one path at most when it was read, since the last wins; `drafts` and `license` accumulate.
    `requires` is a version without a leading v. `comments` are the lines before the first command, with their `#`;
    `ignored` are deprecated parameters that the file set, which count in no comparison.
    """

    base: str
    system: str | None = None
    parameters: Mapping[str, OptionValue] = field(default_factory=dict)
    messages: tuple[Message, ...] = ()
    template: str | None = None
    adapters: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()
    license: tuple[str, ...] = ()
    requires: str | None = None
    renderer: str | None = None
    parser: str | None = None
    comments: tuple[str, ...] = ()
    ignored: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        for name in ("system", "template", "requires", "renderer", "parser"):
            object.__setattr__(self, name, getattr(self, name) or None)
        parameters = {name: _normal(name, value) for name, value in self.parameters.items()}
        object.__setattr__(self, "parameters", parameters)


def parse(data: bytes | str, *, folder: Path | None = None, resolve: Resolve | None = None) -> Modelfile:
    """Return what the Modelfile `data` says. Raises ModelfileError with Ollama's words where Ollama refuses it.

    Paths are looked at only where `resolve` is given, relative ones from `folder`: then an adapter or a draft that is
    not there is an error, as it is in Ollama. A FROM that names a file is not opened, and stays as it is written.
    """
    text = decode(data)
    commands, comments = read_commands(text)
    if not any(command.name == "model" for command in commands):
        raise ModelfileError("no FROM line", line=None)
    reading = _Reading(_Paths(folder or Path(), resolve))
    lines = {}
    for command in commands:
        try:
            reading.take(command.name, command.value)
        except ValueError as error:
            raise ModelfileError(str(error), line=line_at(text, command.start)) from None
        lines[command.name] = command.start
    for name, value in sorted(reading.parameters.items()):
        if isinstance(value, float) and not math.isfinite(value):
            words = "NaN" if math.isnan(value) else f"{value:+}".replace("inf", "Inf")
            raise ModelfileError(f"json: unsupported value: {words}", line=line_at(text, lines[name]))
    return reading.modelfile(comments)


def to_json(modelfile: Modelfile) -> dict[str, Any]:
    """Return the keys of `POST /api/create` (Ollama 0.5.5 and later) for `modelfile`; the name of the model is missing.

    What is empty is left out. Adapters and drafts are missing too: the API takes digests of uploaded files.
    """
    body = {
        "from": modelfile.base,
        "template": modelfile.template,
        "system": modelfile.system,
        "parameters": {k: list(v) if isinstance(v, tuple) else v for k, v in modelfile.parameters.items()},
        "messages": [{"role": message.role, "content": message.content} for message in modelfile.messages],
        "license": list(modelfile.license),
        "renderer": modelfile.renderer,
        "parser": modelfile.parser,
        "requires": modelfile.requires,
    }
    return {key: value for key, value in body.items() if value}


class Difference(NamedTuple):
    """What two Modelfiles do not share, None where one has nothing; `field` is `parameters.NAME` for a parameter."""

    field: str
    old: object
    new: object


def differences(old: Modelfile, new: Modelfile) -> list[Difference]:
    """Return what makes another model of `new` than of `old`: base, system, parameters, messages and template.

    `qwen3` and `qwen3:latest` are one base, and numbers are equal when their 32-bit floats are; comments are no part.
    """
    found = [] if _base(old) == _base(new) else [Difference("base", old.base, new.base)]
    found += [
        Difference(name, getattr(old, name), getattr(new, name))
        for name in ("system", "template", "messages")
        if getattr(old, name) != getattr(new, name)
    ]
    for name in sorted({*old.parameters, *new.parameters}):
        before, after = old.parameters.get(name), new.parameters.get(name)
        if _typed(before) != _typed(after):
            found.append(Difference(f"parameters.{name}", before, after))
    return found


def is_version(text: str) -> bool:
    """Whether REQUIRES takes `text`: a semantic version that may leave out minor and patch, without a leading v."""
    return _VERSION.fullmatch(text) is not None


_PRE = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION = re.compile(
    r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)"
    rf"(?:\.(?:0|[1-9][0-9]*)(?:-{_PRE}(?:\.{_PRE})*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)?)?"
)


class _Reading:
    """What the commands so far have said."""

    def __init__(self, paths: _Paths) -> None:
        self.base = ""
        self.texts: dict[str, str] = {}
        self.parameters: dict[str, OptionValue] = {}
        self.messages: list[Message] = []
        self.adapters: tuple[str, ...] = ()
        self.drafts: list[str] = []
        self.license: list[str] = []
        self.ignored: list[str] = []
        self._paths = paths

    def take(self, name: str, value: str) -> None:
        """Add one command. Raises ValueError in Ollama's words."""
        match name:
            case "model":
                self._paths.take_base(value)
                self.base = value
            case "draft":
                self._paths.take_draft(value)
                self.drafts.append(value)
            case "adapter":
                self._paths.look(value)
                self.adapters = (value,)
            case "template" | "system" | "renderer" | "parser":
                self.texts[name] = value
            case "license":
                self.license.append(value)
            case "message":
                role, _, content = value.partition(": ")
                self.messages.append(Message(role, content))
            case "requires":
                self.texts[name] = value.removeprefix("v")
                if not is_version(self.texts[name]):
                    raise ValueError("requires must be a valid semver (e.g. 0.14.0)")
            case _ if name in DEPRECATED:
                self.ignored.append(name)
            case _:
                self._take_parameter(name, read_option(name, value))

    def _take_parameter(self, name: str, value: OptionValue) -> None:
        before = self.parameters.get(name)
        self.parameters[name] = before + value if isinstance(before, tuple) and isinstance(value, tuple) else value

    def modelfile(self, comments: tuple[str, ...]) -> Modelfile:
        """Return all of it."""
        return Modelfile(
            base=self.base,
            parameters=self.parameters,
            messages=tuple(self.messages),
            adapters=self.adapters,
            drafts=tuple(self.drafts),
            license=tuple(self.license),
            comments=comments,
            ignored=tuple(dict.fromkeys(self.ignored)),
            **self.texts,
        )


class _Paths:
    """The files that FROM, ADAPTER and DRAFT name, and what Ollama says about those that are missing."""

    def __init__(self, folder: Path, resolve: Resolve | None) -> None:
        self._folder = folder
        self._resolve = resolve
        self._bases: set[str] = set()
        self._drafts: set[str] = set()

    def look(self, written: str) -> tuple[str, str] | None:
        """Return the absolute path of `written` and its true path; None where nobody looks at paths."""
        if self._resolve is None:
            return None
        path = _absolute(written, self._folder)
        try:
            return path, self._resolve(path)
        except OSError as error:
            raise _Missing(f"stat {path}: {(error.strerror or str(error)).lower()}", error) from None

    def take_base(self, written: str) -> None:
        """FROM: a path where there is one, else a name."""
        try:
            found = self.look(written)
        except _Missing as missing:
            if isinstance(missing.reason, FileNotFoundError):
                return
            raise
        if found:
            self._refuse_same(found, self._drafts)
            self._bases.add(found[1])

    def take_draft(self, written: str) -> None:
        """DRAFT: a path, and not that of FROM."""
        if found := self.look(written):
            self._refuse_same(found, self._bases)
            self._drafts.add(found[1])

    @staticmethod
    def _refuse_same(found: tuple[str, str], others: set[str]) -> None:
        path, true_path = found
        if true_path in others:
            raise ValueError(f"DRAFT must not reference the same local path as FROM: {path}")


class _Missing(ValueError):
    """A path without a file, with what the system said."""

    def __init__(self, words: str, reason: OSError) -> None:
        super().__init__(words)
        self.reason = reason


def _absolute(written: str, folder: Path) -> str:
    """Return the path that Ollama looks at: `~` is a home, a leading backslash is taken for an absolute path."""
    path = written
    if written.startswith("~"):
        path = os.path.expanduser(written)
        if path.startswith("~"):
            user = written[1:].split("/", 1)[0]
            raise ValueError(f"failed to find user '{user}': user: unknown user {user}")
    elif not written.startswith(("/", "\\")):
        path = os.path.join(folder, written)
    return re.sub("^//", "/", os.path.abspath(path))


def _normal(name: str, value: object) -> object:
    """Return the one form of a parameter's value: floats of 32 bits, tuples. A value of a wrong type stays."""
    if isinstance(value, list):
        return tuple(value)
    of_float = name in OPTIONS and OPTIONS[name].type == "float"
    if isinstance(value, float) or (of_float and isinstance(value, int) and not isinstance(value, bool)):
        return float32(value)
    return value


def _base(modelfile: Modelfile) -> str:
    return modelfile.base.removesuffix(":latest").casefold()


def _typed(value: object) -> tuple[bool, object]:
    """Tell true from 1, which Python takes for equal, but not 1.0 from 1."""
    return isinstance(value, bool), value
