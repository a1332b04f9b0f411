"""A persona as a Modelfile, and a Modelfile as a persona.

The system prompt has three parts, one rule a line:

    ROLE: Senior Go engineer for gRPC services
    CONSTRAINTS:
    - MUST wrap returned errors with fmt.Errorf and %w
    FORMAT: One Go code block, nothing before or after it
"""

from __future__ import annotations

import json
import re
from typing import Any

from persona_tui.base.errors import BadData
from persona_tui.base.text import one_line
from persona_tui.spec.modelfile import Message, Modelfile
from persona_tui.spec.modelfile_writer import render, unwritable
from persona_tui.spec.options import REQUEST_ONLY, OptionValue
from persona_tui.spec.persona import Example, ModelChoice, Persona, parse_persona

_PROMPT = re.compile(
    r"ROLE: (?P<role>[^\n]+)"
    r"(?:\nCONSTRAINTS:(?P<rules>(?:\n- [^\n]+)+))?"
    r"(?:\nFORMAT: (?P<format>.+))?",
    re.DOTALL,
)
_HEADER = re.compile(r"#\s*persona:\s*(?P<key>[a-z_]+):\s*(?P<value>.*)")

# What the comment block at the top of a Modelfile says, because no command of a Modelfile can.
_IN_HEADER = ("name", "description", "domain", "language", "tier", "status", "tags")


def system_text(persona: Persona) -> str | None:
    """Return the system prompt: its own text where it has one, none for the bare tier, else the three parts."""
    if persona.system_prompt is not None:
        return persona.system_prompt
    if persona.tier == "bare":
        return None
    lines = [f"ROLE: {persona.role}"]
    if persona.constraints:
        lines += ["CONSTRAINTS:", *(f"- {rule.text}" for rule in persona.constraints)]
    if persona.output_format:
        lines.append(f"FORMAT: {persona.output_format}")
    return "\n".join(lines)


def options_of(persona: Persona) -> dict[str, OptionValue]:
    """Return the parameters in force on the base: what the persona says, then what its first model's entry says."""
    options: dict[str, OptionValue] = {**persona.parameters, "temperature": persona.temperature}
    if base := persona.base:
        entry = {"temperature": base.temperature, "top_p": base.top_p, "num_predict": base.max_output_tokens}
        options.update({name: value for name, value in entry.items() if value is not None})
    return options


def messages_of(persona: Persona) -> tuple[Message, ...]:
    """Return the examples as messages, the user's and the assistant's in turn."""
    return tuple(
        message
        for example in persona.examples
        for message in (Message("user", example.user), Message("assistant", example.assistant))
    )


def modelfile_of(persona: Persona) -> Modelfile | None:
    """Return what a server is told of `persona`; None where it has no base that Ollama runs."""
    if persona.base_model is None:
        return None
    return Modelfile(
        base=persona.base_model,
        system=system_text(persona),
        parameters=options_of(persona),
        messages=messages_of(persona),
        template=persona.template,
        adapters=persona.adapters,
        license=(persona.license,) if persona.license else (),
        requires=persona.requires,
        comments=_header(persona),
    )


def modelfile_text(persona: Persona) -> str | None:
    """Return the Modelfile of `persona`; None where it has no base, or holds what no Modelfile can."""
    modelfile = modelfile_of(persona)
    return None if modelfile is None or unwritable(modelfile) else render(modelfile)


def not_in_modelfile(persona: Persona) -> list[str]:
    """Return one sentence for each thing of `persona` that its Modelfile cannot hold."""
    losses = [
        f"{field} is {one_line(json.dumps(value, ensure_ascii=False), 40)}: a Modelfile has no word for it, "
        "so it goes with every request instead"
        for field in REQUEST_ONLY
        if (value := getattr(persona, field)) is not None
    ]
    modelfile = modelfile_of(persona)
    return losses if modelfile is None else losses + unwritable(modelfile)


def not_carried_out(persona: Persona) -> dict[str, str]:
    """Return for each field that says something which this version does not do yet, what comes of it instead."""
    found = {}
    if persona.variants:
        found["variants"] = "are not made yet: a server gets the one model of the persona itself"
    if persona.extends:
        found["extends"] = f"is not followed yet: nothing of '{persona.extends}' is taken over"
    return found


def persona_of(modelfile: Modelfile, *, name: str) -> Persona:
    """Return `modelfile` as a persona called `name`, unless its header names another.

    A system prompt in three parts is taken apart; one of another shape, or of the bare tier, stays whole in
    `system_prompt`.
    Raises BadData when the header holds nonsense.
    """
    data: dict[str, Any] = {"name": name, "role": "Imported persona", **_read_header(modelfile.comments)}
    parameters = dict(modelfile.parameters)
    if "temperature" in parameters:
        data["temperature"] = parameters.pop("temperature")
    data |= {
        "preferred_models": [ModelChoice(model=modelfile.base).model],
        "parameters": parameters,
        "template": modelfile.template,
        "adapters": modelfile.adapters,
        "license": "\n".join(modelfile.license) or None,
        "requires": modelfile.requires,
    }
    data |= _read_system(modelfile.system, data.get("tier")) | _read_messages(modelfile.messages)
    return parse_persona(data)


def _header(persona: Persona) -> tuple[str, ...]:
    data = persona.to_data()
    plain = Persona.model_fields
    said = ((key, data[key]) for key in _IN_HEADER if data[key] and data[key] != plain[key].default)
    return tuple(f"# persona: {key}: {_comment(value)}" for key, value in said)


def _comment(value: Any) -> str:
    """Return `value` bare where it is a text that is not mistaken for anything else, as JSON otherwise."""
    text = json.dumps(value, ensure_ascii=True)
    bare = isinstance(value, str) and text == f'"{value}"' and value == value.strip()
    try:
        json.loads(text[1:-1])
    except ValueError:
        return text[1:-1] if bare else text
    return text


def _read_header(comments: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for comment in comments:
        match = _HEADER.fullmatch(comment.strip())
        if match and match["key"] in _IN_HEADER:
            try:
                found[match["key"]] = json.loads(match["value"])
            except ValueError:
                found[match["key"]] = match["value"]
    return found


def _read_system(system: str | None, tier: object) -> dict[str, Any]:
    """Return what a system prompt says of the persona; `tier` is what the header says, if anything."""
    if system is None:
        return {"tier": "bare"}
    whole = {"tier": tier or "full", "system_prompt": system}
    match = _PROMPT.fullmatch(system)
    if match is None or whole["tier"] != "full":
        return whole
    rules = (match["rules"] or "").split("\n- ")[1:]
    parts = {
        "tier": "full",
        "role": match["role"],
        "constraints": rules,
        "output_format": match["format"],
    }
    try:
        probe = parse_persona({"name": "probe", **parts})
    except BadData:
        return whole
    return parts if system_text(probe) == system else whole


def _read_messages(messages: tuple[Message, ...]) -> dict[str, Any]:
    """Return the examples; messages that are no pairs of user and assistant are kept in the extras."""
    pairs = list(zip(messages[::2], messages[1::2], strict=False))
    if len(messages) % 2 or any((a.role, b.role) != ("user", "assistant") for a, b in pairs):
        return {"extras": {"modelfile": {"messages": [[m.role, m.content] for m in messages]}}}
    return {"examples": [Example(user=a.content, assistant=b.content).model_dump() for a, b in pairs]}
