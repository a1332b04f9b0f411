"""Rules about the temperature, the stop list and the other parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from persona_tui.spec.lint.families import Family, family_of, owners
from persona_tui.spec.lint.model import Hit, Rule, Severity, Subject
from persona_tui.spec.options import OptionValue, option_problem
from persona_tui.spec.persona import Persona, Temperature, temperature_label

_LOW, _HIGH = 0.0, 2.0
_SORTING = re.compile(r"\b(?:classif|categori[sz]|label|extract|triage)", re.IGNORECASE)


def _temperatures(persona: Persona) -> Iterator[tuple[str, float]]:
    """Yield every temperature that the persona says, with its field."""
    yield "temperature", persona.temperature
    for index, choice in enumerate(persona.preferred_models):
        if choice.temperature is not None:
            yield f"preferred_models[{index}].temperature", choice.temperature
    for field, parameters in _parameters(persona):
        value = parameters.get("temperature")
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            yield f"{field}.temperature", value


def _parameters(persona: Persona) -> Iterator[tuple[str, Mapping[str, OptionValue]]]:
    yield "parameters", persona.parameters
    for index, variant in enumerate(persona.variants):
        yield f"variants[{index}].parameters", variant.parameters


def _out_of_range(subject: Subject) -> Iterator[Hit]:
    for field, value in _temperatures(subject.persona):
        if not _LOW <= value <= _HIGH:
            yield Hit(field, f"{value:g} is no temperature: it goes from 0 to 2, and most personas want 0.1 to 0.7")


def _unnamed(subject: Subject) -> Iterator[Hit]:
    value = subject.persona.temperature
    if _LOW <= value <= _HIGH and temperature_label(value) is None:
        names = ", ".join(f"{each.label} {each.value:g}" for each in Temperature)
        yield Hit("temperature", f"{value:g} has no name, unlike {names}")


def _too_warm(subject: Subject) -> Iterator[Hit]:
    persona = subject.persona
    sorting = persona.domain == "classification" or (persona.domain == "other" and _SORTING.search(persona.role))
    for field, value in _temperatures(persona):
        if sorting and Temperature.BALANCED.value < value <= _HIGH:
            yield Hit(field, f"{value:g} makes a classification vary from run to run: 0.1 keeps it the same")


def _said_twice(subject: Subject) -> Iterator[Hit]:
    persona = subject.persona
    other = persona.parameters.get("temperature")
    if other is not None and other != persona.temperature:
        yield Hit(
            "parameters.temperature",
            f"{other} is not used, because the persona's own temperature of {persona.temperature:g} wins: say one",
        )


def _foreign_stops(subject: Subject) -> Iterator[Hit]:
    persona = subject.persona
    bases = [("parameters", persona.base_model, persona.parameters)]
    bases += [
        (
            f"variants[{index}].parameters",
            variant.model,
            {"stop": persona.parameters.get("stop", ()), **variant.parameters},
        )
        for index, variant in enumerate(persona.variants)
    ]
    for field, model, parameters in bases:
        family = family_of(model) if model else None
        stops = parameters.get("stop", ())
        if family and isinstance(stops, tuple) and (foreign := _foreign(stops, family)):
            own = family.tokens.intersection(stops)
            tokens, theirs = ", ".join(foreign), ", ".join(owners(foreign[0]))
            yield Hit(
                f"{field}.stop",
                f"{tokens}: made for {theirs}, and {model} is {family.name}"
                + (
                    ""
                    if own
                    else f"; the list replaces the base's own, so use {', '.join(family.ends)} or leave stop out"
                ),
                Severity.WARNING if own else None,
            )


def _foreign(stops: tuple[str, ...], family: Family) -> list[str]:
    return [token for token in stops if token not in family.tokens and owners(token)]


def _broken_parameters(subject: Subject) -> Iterator[Hit]:
    for field, name, kind, sentence in _problems(subject.persona):
        if kind not in ("range", "deprecated"):
            yield Hit(f"{field}.{name}", sentence)


def _odd_parameters(subject: Subject) -> Iterator[Hit]:
    for field, name, kind, sentence in _problems(subject.persona):
        if kind in ("range", "deprecated") and name != "temperature":
            yield Hit(f"{field}.{name}", sentence)


def _problems(persona: Persona) -> Iterator[tuple[str, str, str, str]]:
    for field, parameters in _parameters(persona):
        for name, value in parameters.items():
            if problem := option_problem(name, value):
                yield field, name, problem.kind, problem.sentence


RULES = (
    Rule(
        "T001",
        Severity.ERROR,
        "A temperature is out of range",
        "Ollama stores any number; above 2 answers fall apart, and below 0 there is no meaning.",
        {"temperature": 3.5},
        {"temperature": 0.3},
        _out_of_range,
    ),
    Rule(
        "T002",
        Severity.INFO,
        "The temperature has no name",
        "Three named temperatures keep personas comparable. Others are fine where somebody has measured them.",
        {"temperature": 0.45},
        {"temperature": "balanced"},
        _unnamed,
    ),
    Rule(
        "T003",
        Severity.WARNING,
        "The temperature is high for the task",
        "The same input should get the same label, and a value extracted from a text should not depend on chance.",
        {"domain": "classification", "role": "Classifier of support tickets", "temperature": 0.7},
        {"domain": "classification", "role": "Classifier of support tickets", "temperature": 0.1},
        _too_warm,
    ),
    Rule(
        "T004",
        Severity.WARNING,
        "Two temperatures are given",
        "The persona's own temperature wins over the one among its parameters, which then only misleads readers.",
        {"temperature": 0.1, "parameters": {"temperature": 0.7}},
        {"temperature": 0.1, "parameters": {"top_p": 0.9}},
        _said_twice,
    ),
    Rule(
        "M001",
        Severity.ERROR,
        "A stop token belongs to another family",
        "A stop list replaces the base's own, and a foreign token never comes: answers may run on into a made-up turn.",
        {"preferred_models": ["gemma3:12b"], "name": "my-notes-g3", "parameters": {"stop": ["<|im_end|>"]}},
        {"preferred_models": ["gemma3:12b"], "name": "my-notes-g3", "parameters": {"stop": ["<end_of_turn>"]}},
        _foreign_stops,
    ),
    Rule(
        "O001",
        Severity.ERROR,
        "A parameter is unknown or of the wrong type",
        "Ollama stores it all the same: it ignores an unknown one, and a wrong type fails every later request.",
        {"parameters": {"num_ctx": "8k", "temprature": 0.2}},
        {"parameters": {"num_ctx": 8192}},
        _broken_parameters,
    ),
    Rule(
        "O002",
        Severity.WARNING,
        "A parameter is out of its sensible range, or does nothing any more",
        "The server checks no range, and silently drops parameters that it has given up.",
        {"parameters": {"top_p": 90}},
        {"parameters": {"top_p": 0.9}},
        _odd_parameters,
    ),
)
