"""Wishes about fields: temperature, name, base, language, tier, and the length of answers, which is a rule."""

from __future__ import annotations

import math
import re
from typing import Any

from persona_tui.base.errors import BadData
from persona_tui.designer.talk.round import Round, quoted, said, sentence
from persona_tui.designer.talk.topics import known_rules, subject_of
from persona_tui.designer.talk.wishes import AnswerIn, Length, Rebase, Rename, SetField, SetParameter, Warmth
from persona_tui.designer.updates import BASE, RULES, Update, set_base
from persona_tui.spec.lint.families import family_of, owners
from persona_tui.spec.names import base_suffix, check_persona_name, named_base, slugify
from persona_tui.spec.options import OPTIONS
from persona_tui.spec.persona import (
    DOMAINS,
    TIERS,
    Constraint,
    Persona,
    Temperature,
    parse_temperature,
    temperature_label,
)

LENGTH = "answer-length"
LANGUAGE = "answer-language"
MADE_HERE = {LENGTH: "a wish for shorter or longer answers", LANGUAGE: "a wish for the language of the answers"}
"""Rules that a conversation makes, and finds again by their ids."""
_LENGTHS = (LENGTH, "summarizing-length")
_TARGETS = {"translation": "translation-target-language", "writing": "writing-target-language"}
_FIRST_LIMIT, _FIRST_LEAST, _FEWEST, _MOST_WORDS = 150, 150, 10, 5_000
_COUNT = re.compile(r"(?P<before>.*?\b)(?P<count>\d+)(?P<after>\s+words\b.*)", re.I)
_AT_LEAST = re.compile(r"\bat least\b", re.I)


def length(state: Round, wish: Length) -> str:
    """Set, halve or double the number of words in an answer."""
    rule = next((r for r in state.persona.constraints if r.id in _LENGTHS), None)
    match = _COUNT.fullmatch(rule.text) if rule else None
    old = int(match["count"]) if match and len(match["count"]) < 6 else 0
    least = bool(rule and _AT_LEAST.search(rule.text))
    count, at_least = wish.words, False
    if not count and old:
        at_least = least and (wish.direction > 0 or old > _FIRST_LEAST)
        count = old * 2 if wish.direction > 0 else old if least and not at_least else max(old // 2, _FEWEST)
        if count > _MOST_WORDS or count == old == _FEWEST:
            return f"The answers have {'at least' if least else 'at most'} {old} words: that is as far as I go."
    elif not count:
        count, at_least = (_FIRST_LEAST, True) if wish.direction > 0 else (_FIRST_LIMIT, False)
    kept = match if match and rule and rule.id != LENGTH and not at_least else None
    text = f"{kept['before']}{count}{kept['after']}" if kept else _length_rule(state.persona, count, at_least)
    say = f"Answers have {'at least' if at_least else 'at most'} {count} words now, by the rule {quoted(text)}."
    return state.carry_out([_put(rule, LENGTH, text)], say, "The length of answers stays as it is")


def _length_rule(persona: Persona, count: int, at_least: bool) -> str:
    """Return the rule for the length of answers: that of the knowledge, with another number."""
    text = known_rules()[LENGTH].text.replace("150", str(count))
    if persona.domain != "code":
        text = text.removesuffix(" outside of code blocks")
    return text.replace("at most", "at least") if at_least else text


def _put(rule: Constraint | None, rule_id: str, text: str) -> Update:
    return Update("replace", RULES, text, rule.id) if rule else Update("add", RULES, {"text": text, "id": rule_id})


def warmth(state: Round, wish: Warmth) -> str:
    """Set the temperature, or move it one named step."""
    now = state.persona.temperature
    steps = sorted(t.value for t in Temperature)
    value: float | None
    if wish.value:
        value = float(str(parse_temperature(wish.value)))
        if not 0 <= value <= 2:
            return f"{wish.value} is no temperature: it goes from 0 to 2, and most personas want 0.1 to 0.7."
    elif wish.direction > 0:
        value = next((step for step in steps if step > now and not math.isclose(step, now)), None)
    else:
        value = next((step for step in reversed(steps) if step < now and not math.isclose(step, now)), None)
    if value is None:
        end = "highest" if wish.direction > 0 else "lowest"
        return f"The temperature is {named(now)}, the {end} step that I take; “temperature 0.5” sets any other."
    say = f"The temperature is {named(value)} now; it was {named(now)}."
    if state.persona.base and state.persona.base.temperature is not None:
        say += f" The entry of the base has its own, {state.persona.base.temperature:g}, which wins."
    return state.carry_out([Update("set", "temperature", value)], say, f"The temperature stays {named(now)}")


def named(value: float) -> str:
    """Return a temperature with its name."""
    label = temperature_label(value)
    return f"{value:g} ({label})" if label else f"{value:g}"


def rename(state: Round, wish: Rename) -> str:
    """Give the persona another name, if it can be one."""
    try:
        check_persona_name(wish.name)
    except ValueError as error:
        slug = slugify(wish.name, 80)
        better = f"; {quoted(slug)} would do" if slug else ""
        return f"{quoted(wish.name, 80)} is no name for a persona: it {str(error).partition(':')[0]}{better}."
    say = f"It is called {wish.name} now.{_other_base(wish.name, state.persona)}"
    return state.carry_out([Update("set", "name", wish.name)], say, "The name stays")


def _other_base(name: str, persona: Persona) -> str:
    """Return what there is to say where the end of `name` says another base than the persona has."""
    base = persona.base_model
    if not base:
        return ""
    family, suffix = named_base(name), base_suffix(base)
    if family is None or name == suffix or name.endswith(f"-{suffix}"):
        return ""
    parts = name.split("-")
    stem = "-".join(parts[: -1 if named_base(f"-{parts[-1]}") else -2])
    return f" The name {name} ends as one for {family}: “call it {stem}-{suffix}” would say {base}."


def rebase(state: Round, wish: Rebase) -> str:
    """Base the persona on another model; a stop list for another family goes, because it would never stop."""
    persona = state.persona
    try:
        updates = [set_base(persona, wish.model)]
    except BadData as error:
        return sentence(str(error))
    dropped = _foreign_stops(persona, wish.model)
    if dropped:
        kept = {name: value for name, value in persona.to_data()["parameters"].items() if name != "stop"}
        updates.insert(0, Update("set", "parameters", kept))
        if state.talk.locks & {BASE, "parameters"}:
            return state.propose(updates)
    say = f"It is based on {wish.model} now.{_other_base(persona.name, _based(persona, wish.model))}"
    if dropped:
        say += " The stop list was for the old base, so it is gone."
    return state.carry_out(updates, say, "The base stays")


def _based(persona: Persona, model: str) -> Persona:
    return persona.revised(preferred_models=[model])


def _foreign_stops(persona: Persona, model: str) -> bool:
    stops, family = persona.parameters.get("stop", ()), family_of(model)
    return isinstance(stops, tuple) and any(
        owners(stop) and (family is None or stop not in family.tokens) for stop in stops
    )


def answer_in(state: Round, wish: AnswerIn) -> str:
    """Have the answers in a natural language: a rule with an id of its own, or the one that the domain has for it."""
    persona, tongue = state.persona, wish.tongue
    own = _TARGETS.get(persona.domain, "")
    rule = next((r for r in persona.constraints if r.id == own), None)
    if rule is None:
        rule = next((r for r in persona.constraints if r.id == LANGUAGE), None)
    if persona.domain in _TARGETS:
        text = f"MUST write every sentence of the output in {tongue}"
    elif persona.domain == "code":
        text = f"MUST write all prose outside of code blocks in {tongue}"
    elif persona.domain == "classification":
        text = f"MUST write all text other than labels in {tongue}"
    else:
        text = f"MUST write every answer in {tongue}"
    say = f"Answers come in {tongue} now, by the rule {quoted(text)}."
    if persona.domain == "code":
        say = f"Prose comes in {tongue} now and code stays code, by the rule {quoted(text)}."
    updates = [_put(rule, LANGUAGE, text)]
    if persona.domain == "translation":
        updates += _into(persona, tongue)
        say = f"It translates into {tongue} now, by the rule {quoted(text)}." + (
            " Its role and description say so." if len(updates) > 1 else " Look whether its role says so."
        )
    return state.carry_out(updates, say, "The language of answers stays as it is")


def _into(persona: Persona, tongue: str) -> list[Update]:
    """Return the updates that let role and description say which language a translation goes into."""
    old = subject_of(persona).target
    updates = []
    for field in ("role", "description"):
        before, found, after = (getattr(persona, field) or "").rpartition(old or "\n")
        if found:
            updates.append(Update("set", field, f"{before}{tongue}{after}"))
    return updates


def set_field(state: Round, wish: SetField) -> str:
    """Give a field the value that was said."""
    name, value = wish.field, wish.value
    choices: tuple[Any, ...] = {"domain": DOMAINS, "tier": TIERS}.get(name, ())
    if choices:
        value = (value or "").lower()
        if value not in choices:
            return f"{quoted(value, 40)} is no {name}: there are {', '.join(choices)}."
    updates = [Update("set", name, value)]
    if name == "host_tool" and value and state.persona.tier != "bare":
        updates.append(Update("set", "tier", "bare"))
    say = sentence(f"The {said(name)} is now {quoted(value)}" if value else f"The {said(name)} is gone")
    return state.carry_out(updates, f"{say}{_aside(name, value)}", f"The {said(name)} stays as it is")


def _aside(name: str, value: str | None) -> str:
    if (name, value) == ("tier", "bare") or name == "host_tool":
        return " Bare means that the model gets no system prompt from it: its host tool brings one."
    if name == "language" and value:
        return f" Its rules stay; “use {value}” brings those for {value}."
    if name == "domain":
        return " Its rules stay as they are."
    return ""


def parameter(state: Round, wish: SetParameter) -> str:
    """Give a parameter of the model a value that it can have."""
    option = OPTIONS[wish.name]
    try:
        value = _value_of(option.type, wish.value)
    except ValueError:
        return f"{quoted(wish.value, 40)} is no value for {wish.name}, which {_KINDS[option.type]}: nothing changed."
    low, high = option.low, option.high
    if not isinstance(value, bool) and ((low is not None and value < low) or (high is not None and value > high)):
        bounds = (("at least", low), ("at most", high))
        ends = " and ".join(f"{word} {bound:.12g}" for word, bound in bounds if bound is not None)
        return f"{wish.value} is no {wish.name}: it is {ends}, so nothing changed."
    parameters = {**state.persona.to_data()["parameters"], wish.name: value}
    say = f"The parameter {wish.name} is {wish.value} now: {option.meaning}."
    return state.carry_out([Update("set", "parameters", parameters)], say, f"The parameter {wish.name} stays")


def _value_of(kind: str, text: str) -> bool | int | float:
    if kind == "bool":
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"
    return int(text) if kind == "int" else float(text)


_KINDS = {
    "int": "is a whole number",
    "float": "is a number",
    "bool": "is true or false",
    "strings": "is a list of texts",
}
