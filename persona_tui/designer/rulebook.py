"""The rulebook: a designer without a model.

From a description, and from what was detected in a codebase, it drafts a persona out of the knowledge files. The same
input gives the same bytes on every machine. It knows what it does not know: `RulebookDraft.understood` and `notes`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Literal

from persona_tui.base.errors import BadData
from persona_tui.base.text import one_line
from persona_tui.designer import phrasing
from persona_tui.designer.knowledge import Activity, Entry, Rule, Technology, knowledge
from persona_tui.designer.recognition import READ_LIMIT, Reading, read
from persona_tui.designer.subject import Subject, decide
from persona_tui.detect.result import Detection
from persona_tui.spec.names import ModelName
from persona_tui.spec.options import OptionValue
from persona_tui.spec.persona import Domain, Persona, parse_persona, parse_temperature

MOST_RULES = 7
"""Small models keep fewer rules more reliably."""
_ENOUGH_RULES = 6

_TEMPERATURE = re.compile(
    r"\btemperature\s*(?:of|is|at|to|:|=)?\s*(\d(?:\.\d+)?|deterministic|balanced|creative)\b", re.IGNORECASE
)
_CHATML = frozenset({"qwen2", "qwen2.5", "qwen2.5-coder", "qwen3", "qwen3-coder"})
"""Bases of Ollama's library whose turns end in ChatML marks. A stop list replaces the base's own: others get none."""
_CHATML_STOPS = ("<|im_end|>", "<|endoftext|>")


@dataclass(frozen=True, slots=True)
class SourcedRule:
    """A rule of a draft, and where it comes from: the entry's id, and what shows that it is true."""

    id: str
    text: str
    source: str
    entry: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a field has its value. `source` is empty where the reason lies in the description or the codebase."""

    field: str
    value: str
    why: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class RulebookDraft:
    """A persona and how it came about.

    `understood` is `no` where neither the description nor the codebase said anything that the knowledge has, and
    `partly` where something was named that it has no rules for (`gaps`). `notes` say so in sentences.
    """

    persona: Persona
    rules: tuple[SourcedRule, ...]
    reasons: tuple[Reason, ...]
    matched: tuple[str, ...]
    understood: Literal["yes", "partly", "no"]
    gaps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def draft(
    description: str,
    detection: Detection | None = None,
    *,
    base_model: str,
    name: str | None = None,
    temperature: float | None = None,
    domain: Domain | None = None,
    language: str | None = None,
) -> RulebookDraft:
    """Return a persona for `description`, with what it leaves open filled in from `detection`.

    `name`, `temperature`, `domain` and `language` are taken as they are. Only the first READ_LIMIT characters of the
    description are read. Raises BadData when what was given is not valid in a persona.
    """
    try:
        base = ModelName.parse(base_model)
    except ValueError as error:
        raise BadData(str(error)) from None
    reading = read(description)
    subject = decide(reading, detection, domain=domain, language=language)
    rules = choose_rules(subject)
    said = _TEMPERATURE.findall(reading.text)
    if temperature is None:
        temperature = _temperature(subject, said[-1] if said else None)
    persona = parse_persona(
        {
            "name": name or phrasing.name_of(subject, reading, base_model),
            "role": phrasing.role_of(subject, reading),
            "description": phrasing.description_of(subject, reading),
            "domain": subject.domain,
            "language": subject.language,
            "tier": "full",
            "temperature": temperature,
            "constraints": [{"text": rule.text, "id": rule.id} for rule in rules],
            "output_format": phrasing.output_format_of(subject),
            "preferred_models": [base_model],
            "parameters": _parameters(subject, base),
            "tags": _tags(subject),
        }
    )
    matched = tuple(dict.fromkeys((subject.activity.id, *(t.id for t in subject.technologies))))
    understood = _understood(subject, reading)
    return RulebookDraft(
        persona=persona,
        rules=rules,
        reasons=_reasons(persona, subject, rules, "in the description" if said else ""),
        matched=() if understood == "no" else matched,
        understood=understood,
        gaps=subject.gaps,
        notes=tuple(_notes(subject, understood, description)),
    )


def choose_rules(subject: Subject) -> tuple[SourcedRule, ...]:
    """Return four to seven rules, no two of one topic: the most specific first.

    For who writes code: those of the frameworks, of the languages, then general ones. For a task about code: those
    that a framework or language has for the task, the task's own, then what it says about code.
    """
    activity = subject.activity
    frameworks = [f for f in subject.frameworks if f.rules]
    languages = [t for t in subject.technologies if t.kind == "language"]
    for_task = _dealt(usable(t, subject, for_task=True) for t in (*frameworks, *languages))
    of_frameworks = _dealt(usable(f, subject) for f in frameworks)
    of_languages = _dealt(usable(t, subject) for t in languages)
    general = knowledge().activities[activity.domain]
    own, fill = usable(activity, subject), usable(general, subject)
    if activity.id == "code":
        few = len(frameworks) < 2
        plan = [(of_frameworks, 4 if few else 5), (of_languages, (2 if frameworks else 5) if few else 1), (own, 7)]
    elif activity.uses != "none":
        plan = [(for_task, 3), (own, 4 if len(for_task) > 2 else 3), (of_frameworks, 2), (of_languages, 7), (own, 7)]
    else:
        in_target = [pair for pair in fill if "{target}" in pair[1].text]
        plan = [(in_target, 1), (for_task, 2), (own, 7)]
    chosen: dict[str, SourcedRule] = {}
    for pool, most in plan:
        _take(pool, most, MOST_RULES, subject, chosen)
    _take(fill, _ENOUGH_RULES, _ENOUGH_RULES, subject, chosen)
    kinds = {t.id: ("framework", "language").index(t.kind) for t in subject.technologies}
    return tuple(sorted(chosen.values(), key=lambda rule: kinds.get(rule.entry, len(kinds) + 2)))


Pool = list[tuple[Entry, Rule]]


def _take(pool: Pool, most: int, total: int, subject: Subject, chosen: dict[str, SourcedRule]) -> None:
    """Add up to `most` rules of `pool` to `chosen`, which is keyed by topic, until it holds `total`."""
    taken = 0
    for entry, rule in pool:
        if taken == most or len(chosen) >= total:
            return
        text = text_for(entry, rule, subject)
        if text and rule.subject not in chosen:
            chosen[rule.subject] = SourcedRule(rule.id, text, rule.source, entry.id)
            taken += 1


def usable(entry: Entry, subject: Subject, *, for_task: bool = False) -> Pool:
    """Return the rules of `entry` that hold for this activity, language and version."""
    return [
        (entry, rule)
        for rule in entry.rules
        if (subject.activity.id in rule.tasks if for_task or rule.tasks else True)
        and (not rule.languages or subject.language in rule.languages)
        and holds(rule, subject.versions.get(entry.id))
    ]


def text_for(entry: Entry, rule: Rule, subject: Subject) -> str | None:
    """Return the words of `rule` for this subject; None where it says nothing to it."""
    about_code = isinstance(entry, Technology) or entry.id == "code"
    if about_code and subject.activity.uses == "review":
        return rule.review
    if "{target}" in rule.text:
        return rule.text.replace("{target}", subject.target) if subject.target else None
    return rule.text


def holds(rule: Rule, version: str | None) -> bool:
    """Return whether a rule is true of `version` (such as `^4.18.0`); an unknown one is taken to be current."""
    known = re.search(r"\d+(?:\.\d+)*", version or "")
    if known is None:
        return rule.before is None
    number = _number(known.group())
    return not (rule.since and number < _number(rule.since)) and not (rule.before and number >= _number(rule.before))


def _number(version: str) -> tuple[int, ...]:
    """Return a version to compare by: its first two parts, since a lone major means its newest minor."""
    parts = [int(part) for part in version.split(".")[:2]]
    return (parts[0], parts[1] if len(parts) > 1 else 0)


def _dealt(pools: Iterable[Pool]) -> Pool:
    """Return the rules of several entries in turn, so that each has its say."""
    turns: Iterator[tuple[Entry, Rule] | None] = chain.from_iterable(zip_longest(*pools))
    return [pair for pair in turns if pair is not None]


def _temperature(subject: Subject, said: str | None) -> float:
    if said:
        value = parse_temperature(said)
        return min(float(str(value)), 2.0)
    activity = subject.activity
    general: Activity = knowledge().activities[subject.domain]
    return activity.temperature if activity.temperature is not None else general.temperature or 0.3


def _parameters(subject: Subject, base: ModelName) -> dict[str, OptionValue]:
    parameters = {**knowledge().activities[subject.domain].parameters, **subject.activity.parameters}
    if base.host == ModelName.HOST and base.namespace == ModelName.NAMESPACE and base.model.lower() in _CHATML:
        parameters["stop"] = _CHATML_STOPS
    return parameters


def _tags(subject: Subject) -> tuple[str, ...]:
    task = subject.activity.id
    return tuple(dict.fromkeys((*(t.id for t in subject.technologies), *([] if task in ("code", "other") else [task]))))


def _understood(subject: Subject, reading: Reading) -> Literal["yes", "partly", "no"]:
    if subject.activity.id == "other" and not subject.technologies:
        return "no"
    if subject.gaps or not (reading.activities or reading.technologies or reading.hints):
        return "partly"
    return "yes"


def _notes(subject: Subject, understood: str, description: str) -> Iterator[str]:
    if understood == "no":
        yield "nothing in the description is known to the rulebook: this is its general draft"
    elif not subject.gaps and understood == "partly":
        yield "nothing in the description is known to the rulebook: this draft follows the codebase alone"
    if subject.gaps:
        yield f"the rulebook has no rules for {_listed(subject.gaps)} yet: general rules stand in"
    if len(description) > READ_LIMIT:
        yield f"the rulebook read the first {READ_LIMIT:,} of {len(description):,} characters"


def _listed(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _reasons(persona: Persona, subject: Subject, rules: tuple[SourcedRule, ...], said: str) -> tuple[Reason, ...]:
    why = subject.why
    activity = subject.activity
    reasons = [
        Reason("domain", persona.domain, why["activity"]),
        Reason("role", persona.role, why["activity"]),
        Reason("temperature", f"{persona.temperature:g}", said or f"what {activity.name} takes"),
        Reason("output_format", one_line(persona.output_format or ""), f"what {activity.name} hands over"),
    ]
    if persona.language:
        reasons.insert(1, Reason("language", persona.language, why.get("language", "as asked for")))
    reasons += [Reason("frameworks", f.name, why[f.id]) for f in subject.frameworks]
    entries = {entry.id: entry.name for entry in knowledge().entries}
    reasons += [Reason(f"constraints.{r.id}", r.text, f"a rule for {entries[r.entry]}", r.source) for r in rules]
    return tuple(reasons)
