"""What an engine is: one protocol, and the typed values that pass through it.

Everything is async. Long work (create, pull, chat) is an async iterator: leaving it early, by `break`, by an
exception or by cancelling the task, ends the work and closes its connection.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from persona_tui.spec.modelfile import Message, Modelfile
from persona_tui.spec.options import OptionValue
from persona_tui.spec.persona import Think


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that an engine has. `size` is in bytes."""

    name: str
    size: int | None = None
    digest: str | None = None
    family: str | None = None
    parameter_size: str | None = None
    quantization: str | None = None
    modified_at: str | None = None


@dataclass(frozen=True, slots=True)
class ModelDetail:
    """A model as its engine describes it.

    `modelfile` holds what was set on it (its base is the parent's name, where the engine knows it, else the model's
    own). `capabilities` is None where the engine is too old to say. `context_length` is what the weights were
    trained for, in tokens.
    """

    name: str
    modelfile: Modelfile
    capabilities: frozenset[str] | None = None
    family: str | None = None
    context_length: int | None = None

    def can(self, capability: str) -> bool | None:
        """Whether the model has `capability`; None when its engine does not tell."""
        return None if self.capabilities is None else capability in self.capabilities


@dataclass(frozen=True, slots=True)
class RunningModel:
    """A model that is loaded. Sizes in bytes; `expires_at` is ISO 8601 as the engine said it."""

    name: str
    size: int | None = None
    size_vram: int | None = None
    expires_at: str | None = None
    context_length: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of a create or a pull. `completed` and `total` are bytes, where the step has them."""

    status: str
    completed: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One turn to be answered. `options` are the parameters of `spec/options.py`.

    `think` None leaves the key out, which thinking bases of Ollama read as true. `keep_alive` is seconds, or a
    duration such as `5m`.
    """

    model: str
    messages: tuple[Message, ...]
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    format: str | Mapping[str, Any] | None = None
    think: Think | None = None
    keep_alive: int | str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """Words of the answer, as they arrive."""

    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """Words of the reasoning before the answer: never part of it."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that the engine counted; None where it did not say."""

    prompt: int | None = None
    completion: int | None = None


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds, as the engine measured them; None where it did not say."""

    total: float | None = None
    load: float | None = None
    prompt: float | None = None
    completion: float | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of an answer. `reason` is `stop`, `length` (it was cut), or what else the engine said."""

    reason: str
    usage: Usage = Usage()
    timings: Timings = Timings()

    @property
    def cut(self) -> bool:
        """Whether the answer ended because a limit was reached."""
        return self.reason == "length"


ChatEvent = Text | Thinking | Finished


@runtime_checkable
class Engine(Protocol):
    """Something that holds models and answers.

    Methods raise EngineUnreachable (nothing answers, or what answers is no engine), ModelNotFound, EngineError (the
    engine refused or failed, with its own words), and BadData for what would be accepted and fail later.
    An operation that an engine cannot do raises EngineError and says so.
    """

    @property
    def kind(self) -> str:
        """`ollama`, `llamacpp`."""

    @property
    def address(self) -> str:
        """Where it is, as a person would say it: a URL, or `in this process`."""

    async def version(self) -> str: ...

    async def models(self) -> list[ModelInfo]: ...

    async def show(self, name: str) -> ModelDetail: ...

    def create(self, name: str, modelfile: Modelfile) -> AsyncIterator[Progress]: ...

    async def delete(self, name: str) -> None: ...

    async def copy(self, source: str, destination: str) -> None: ...

    def pull(self, name: str) -> AsyncIterator[Progress]: ...

    async def running(self) -> list[RunningModel]: ...

    def chat(self, request: ChatRequest) -> AsyncIterator[ChatEvent]:
        """Yield Text and Thinking as they arrive, then exactly one Finished."""

    async def aclose(self) -> None: ...
