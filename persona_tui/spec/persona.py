"""The persona: the one typed value that travels through everything.

It is what a registry file holds (`document.py` reads and writes that), what lint looks at, what a designer
drafts, and what becomes a Modelfile (`rendering.py`). Values are immutable; `Persona.revised` makes a changed copy.
"""

from __future__ import annotations

import difflib
import json
import math
from enum import Enum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from persona_tui.base.errors import BadData
from persona_tui.base.text import one_line
from persona_tui.spec.names import check_persona_name
from persona_tui.spec.options import OptionValue

Domain = Literal["code", "reasoning", "classification", "writing", "translation", "other"]
Tier = Literal["full", "bare"]
Status = Literal["active", "benchmark", "inactive"]
Think = bool | Literal["low", "medium", "high", "max"]


DOMAINS: tuple[Domain, ...] = ("code", "reasoning", "classification", "writing", "translation", "other")
TIERS: tuple[Tier, ...] = ("full", "bare")


class Temperature(float, Enum):
    """The three temperatures that have a name."""

    DETERMINISTIC = 0.1
    BALANCED = 0.3
    CREATIVE = 0.7

    @property
    def label(self) -> str:
        return self.name.lower()


def parse_temperature(value: object) -> object:
    """Return the number that a temperature's name stands for; anything else is returned for pydantic to judge."""
    if isinstance(value, str):
        try:
            return Temperature[value.strip().upper()].value
        except KeyError:
            return value
    return value


def temperature_label(value: float) -> str | None:
    """Return `deterministic`, `balanced` or `creative` where `value` is one of them."""
    return next((t.label for t in Temperature if math.isclose(t.value, value)), None)


def _single_line(text: str) -> str:
    text = text.strip()
    if not text:
        raise ValueError("must not be empty")
    if "\n" in text or "\r" in text:
        raise ValueError("must be one line")
    return text


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("must be a finite number")
    return value


Line = Annotated[str, AfterValidator(_single_line)]
Number = Annotated[float, AfterValidator(_finite)]
TemperatureValue = Annotated[Number, BeforeValidator(parse_temperature)]
PersonaName = Annotated[str, AfterValidator(check_persona_name)]


class _Value(BaseModel):
    """Immutable; unknown keys are kept, so that nothing a newer version wrote is dropped."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=False, allow_inf_nan=False)


class Constraint(_Value):
    """A rule. `id` lets an edited rule be recognised as the same one."""

    text: Line
    id: Line | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        return {"text": value} if isinstance(value, str) else value


class ModelChoice(_Value):
    """A base model, in the order of preference; `temperature` here wins over the persona's."""

    provider: Line = "ollama"
    model: Line
    temperature: TemperatureValue | None = None
    top_p: Number | None = None
    max_output_tokens: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: object) -> object:
        return {"model": value} if isinstance(value, str) else value


class Variant(_Value):
    """The same persona on another base: a model of its own on the server."""

    name: PersonaName
    model: Line
    parameters: dict[str, OptionValue] = Field(default_factory=dict)


class Example(_Value):
    """One exchange that the model sees before the first real one (a pair of MESSAGE lines)."""

    user: str
    assistant: str


class Persona(_Value):
    """A persona as its file holds it. Field order is the order of the file.

    Derived values (the base model, the Modelfile, the rendered system prompt) are not stored.
    """

    model_config = ConfigDict(populate_by_name=True)

    schema_version: Literal[1] = Field(default=1, alias="schema")
    name: PersonaName
    role: Line
    description: str | None = None
    domain: Domain = "other"
    language: Line | None = None
    tier: Tier = "full"
    host_tool: Line | None = None
    status: Status = "active"
    temperature: TemperatureValue = Temperature.BALANCED.value
    constraints: tuple[Constraint, ...] = ()
    output_format: str | None = None
    preferred_models: tuple[ModelChoice, ...] = ()
    variants: tuple[Variant, ...] = ()
    parameters: dict[str, OptionValue] = Field(default_factory=dict)
    system_prompt: str | None = None
    template: str | None = None
    adapters: tuple[str, ...] = ()
    license: str | None = None
    requires: Line | None = None
    think: Think | None = None
    format: Literal["json"] | dict[str, Any] | None = None
    keep_alive: int | str | None = None
    examples: tuple[Example, ...] = ()
    extends: PersonaName | None = None
    tool_preset: str | None = None
    bias_profile: str | None = None
    context_preset: str | None = None
    aggregation_strategy: Literal["auto", "full", "summarize", "skeleton"] | None = None
    standard_directory: str | None = None
    tags: tuple[str, ...] = ()
    note: str | None = None
    extras: dict[str, Any] = Field(default_factory=dict)

    @property
    def base(self) -> ModelChoice | None:
        """The entry that becomes FROM: the first of `preferred_models` that Ollama runs."""
        return next((choice for choice in self.preferred_models if choice.provider == "ollama"), None)

    @property
    def base_model(self) -> str | None:
        """The name of the model that FROM says, where there is one."""
        return self.base.model if self.base else None

    @property
    def unknown_keys(self) -> tuple[str, ...]:
        """Keys at the top level that this version does not know. They are kept as they are."""
        return tuple(self.model_extra or ())

    def revised(self, **changes: object) -> Persona:
        """Return a copy with `changes` applied and the whole validated again. Raises BadData."""
        return parse_persona({**self.to_data(), **changes})

    def to_data(self) -> dict[str, Any]:
        """Return plain data in the file's key order, every field present, `schema` first."""
        data = self.model_dump(by_alias=True, mode="json")
        data["constraints"] = [_shortest(c, "text") for c in self.constraints]
        data["preferred_models"] = [_shortest(m, "model") for m in self.preferred_models]
        data["variants"] = [v.model_dump(mode="json", exclude_unset=True) for v in self.variants]
        return data


def _shortest(value: Constraint | ModelChoice, key: str) -> str | dict[str, Any]:
    """Return the bare string where `key` is all that was said, else the keys that were said."""
    data = value.model_dump(mode="json", exclude_defaults=True)
    return str(data[key]) if set(data) == {key} else data


def parse_persona(data: object, *, path: str | None = None) -> Persona:
    """Validate `data` (what a YAML or JSON file holds) as a Persona.

    Raises BadData with one sentence that names the first field that is wrong and how many more are.
    """
    if not isinstance(data, dict):
        raise BadData("not a persona: a mapping of keys like name, role and constraints is expected", path=path)
    try:
        return Persona.model_validate(data)
    except ValidationError as error:
        raise BadData(_sentence(error, data), path=path) from None
    except RecursionError:
        raise BadData("nested too deeply to be a persona", path=path) from None


def _sentence(error: ValidationError, data: dict[Any, Any]) -> str:
    problems = error.errors(include_url=False, include_context=False)
    first = problems[0]
    where = (
        ".".join(str(part) for part in first["loc"] if not str(part).startswith(("literal[", "function-"))) or "persona"
    )
    what = first["msg"].removeprefix("Value error, ")
    what = what[0].lower() + what[1:]
    given = f" (it is {one_line(_show(first['input']), 60)})"
    if first["type"] == "missing":
        unknown = [str(key) for key in data if key not in Persona.model_fields and key != "schema"]
        near = difflib.get_close_matches(where, unknown, 1)
        given = f"; did you mean it by '{one_line(near[0], 40)}', which is no key of a persona?" if near else ""
    more = f"; {len(problems) - 1} more like it" if len(problems) > 1 else ""
    return f"{where}: {what}{given}{more}"


def _show(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        return type(value).__name__
