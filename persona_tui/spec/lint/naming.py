"""Rules about names: of the persona, of its base models, and of its keys."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from persona_tui.base.text import one_line
from persona_tui.spec.lint.model import Hit, Rule, Severity, Subject
from persona_tui.spec.names import ModelName, named_base
from persona_tui.spec.persona import Constraint, Example, ModelChoice, Persona, Variant

_SIZE = re.compile(r"\d+(?:\.\d+)?[bm]")


def _other_base(subject: Subject) -> Iterator[Hit]:
    persona = subject.persona
    named = [("name", persona.name, persona.base_model)]
    named += [
        (f"variants[{index}].name", variant.name, variant.model) for index, variant in enumerate(persona.variants)
    ]
    for field, name, model in named:
        if model and (said := _says_other(name, model)):
            yield Hit(field, f"the name says {said}, and the base is {one_line(model)}")


def _says_other(name: str, model: str) -> str | None:
    """Return the base that the end of `name` says where it is another than `model`."""
    try:
        base = ModelName.parse(model)
    except ValueError:
        return None
    last = name.rsplit("-", 1)[-1]
    family = named_base(name)
    if family is None or not (named_base(f"-{last}") or last[:1].isdigit()):
        return None
    library = (base.host, base.namespace) == (ModelName.HOST, ModelName.NAMESPACE)
    if family != base.model and (library or family not in base.model.lower()):
        return family
    size = _SIZE.match(base.tag.lower())
    return f"{family}:{last}" if _SIZE.fullmatch(last) and size and size[0] != last else None


def _no_prefix(subject: Subject) -> Iterator[Hit]:
    if subject.origin != "imported" and not subject.persona.name.startswith("my-"):
        yield Hit("name", "personas are usually called my-<what>-<base>, which tells them from downloaded models")


def _refused_models(subject: Subject) -> Iterator[Hit]:
    persona = subject.persona
    models = [
        (f"preferred_models[{index}].model", choice.model)
        for index, choice in enumerate(persona.preferred_models)
        if choice.provider == "ollama"
    ]
    models += [(f"variants[{index}].model", variant.model) for index, variant in enumerate(persona.variants)]
    for field, model in models:
        if model.startswith(("./", "../", "/", "~")) or model.lower().endswith(".gguf"):
            message = f"{one_line(model, 60)} is a file: make a model of it on the server, and name that"
            yield Hit(field, message, Severity.WARNING)
            continue
        try:
            ModelName.parse(model)
        except ValueError as error:
            yield Hit(field, one_line(str(error)))


def _unknown_keys(subject: Subject) -> Iterator[Hit]:
    persona = subject.persona
    yield from _unknown("", persona.unknown_keys, Persona)
    nested: list[tuple[str, Iterable[BaseModel], type[BaseModel]]] = [
        ("constraints", persona.constraints, Constraint),
        ("preferred_models", persona.preferred_models, ModelChoice),
        ("variants", persona.variants, Variant),
        ("examples", persona.examples, Example),
    ]
    for field, values, kind in nested:
        for index, value in enumerate(values):
            yield from _unknown(f"{field}[{index}].", value.model_extra or (), kind)


def _unknown(prefix: str, keys: Iterable[str], kind: type[BaseModel]) -> Iterator[Hit]:
    known = [field.alias or name for name, field in kind.model_fields.items()]
    for key in keys:
        close = difflib.get_close_matches(key.lower(), known, n=1)
        hint = f"did you mean {close[0]}?" if close else "it is kept and has no effect"
        yield Hit(f"{prefix}{key}", f"'{one_line(key, 40)}' is no key of a persona: {hint}")


RULES = (
    Rule(
        "N001",
        Severity.INFO,
        "The name says another base",
        "The end of a name tells which base answers. After a change of the base it misleads whoever chooses by name.",
        {"name": "my-python-cli-q3", "preferred_models": ["gemma3:12b"]},
        {"name": "my-python-cli-g3", "preferred_models": ["gemma3:12b"]},
        _other_base,
    ),
    Rule(
        "N002",
        Severity.INFO,
        "The name does not begin with my-",
        "The prefix tells own personas from downloaded models in every list of a server.",
        {"name": "python-cli-q3"},
        {"name": "my-python-cli-q3"},
        _no_prefix,
    ),
    Rule(
        "K001",
        Severity.ERROR,
        "A base model has a name that Ollama refuses",
        "The server would answer 'invalid model name' only after everything else was done.",
        {"preferred_models": ["qwen3 8b"]},
        {"preferred_models": ["qwen3:8b"]},
        _refused_models,
    ),
    Rule(
        "U001",
        Severity.WARNING,
        "A key is unknown",
        "Unknown keys are kept and do nothing; most are misspelt.",
        {"temprature": 0.1},
        {"extras": {"aichat": {"use_tools": "fs"}}},
        _unknown_keys,
    ),
)
