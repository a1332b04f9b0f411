"""What an answer of a designer model is worth: what of it can be taken over, and what is wrong with the rest.

A value that only repeats the instructions, or that is in a script that nobody asked for, is left out; so is a change
that brings an error of lint. What lint warns of is taken over, and told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from persona_tui.base.text import one_line
from persona_tui.designer import prompts, update_prompts
from persona_tui.designer.answers import Answer, read_answer, with_ids
from persona_tui.designer.asking import Said
from persona_tui.designer.degenerate import fault_of, monotonous
from persona_tui.designer.draft import Brief, Talk
from persona_tui.designer.update_answers import UpdateAnswer, read_update_answer
from persona_tui.designer.updates import RULES, Update, applied
from persona_tui.spec.lint import Finding, lint_persona
from persona_tui.spec.persona import Persona

_SERIOUS = ("error", "warning")


def judge_draft(said: Said, start: Persona, brief: Brief) -> Answer:
    """Read what was said, and add what lint finds wrong in it; a field that is fixed anyway has no fault."""
    answer = read_answer(said.text)
    problems = [problem for problem in answer.problems if problem.partition(":")[0] not in brief.fixed]
    fields = dict(answer.fields)
    for name, value in answer.fields.items():
        if name not in brief.fixed and (fault := _fault(value, prompts.TOLD, brief.description)):
            problems.append(f"{name}: {fault}")
            del fields[name]
    problems = _with_end(said, problems, usable=bool(fields))
    if fields:
        findings = lint_persona(with_fields(start, fields, brief), origin="draft")
        said_now = fields.keys() - brief.fixed.keys()
        problems += [_sentence(f) for f in findings if f.severity in _SERIOUS and _field_of(f.field) in said_now]
    return Answer(fields, problems, _sound_words(answer.say, prompts.TOLD, brief.description))


def judge_reply(said: Said, talk: Talk, words: str) -> UpdateAnswer:
    """Read what was said; a change that lint finds an error in is left out, one with a warning is told of."""
    answer = read_update_answer(said.text, talk)
    asked = " ".join((talk.brief.description, words, *_texts([talk.persona.to_data()])))
    problems = list(answer.problems)
    updates: list[Update] = []
    for update in answer.updates:
        if fault := _fault(update.value, update_prompts.TOLD, asked):
            problems.append(f"{update.field}: {fault}")
        else:
            updates.append(update)
    say = _sound_words(answer.say, update_prompts.TOLD, asked)
    if not answer.updates and not answer.proposals and _same_words(say, words):
        say = ""
    if answer.found and not problems and not (say or updates or answer.proposals):
        problems.append("it says nothing of its own and changes nothing")
    updates, found = _linted(talk.persona, updates)
    answer = replace(answer, say=say, updates=tuple(updates))
    return replace(answer, problems=[*_with_end(said, problems, usable=answer.usable), *found])


def with_fields(persona: Persona, fields: Mapping[str, Any], brief: Brief) -> Persona:
    """Return `persona` with what was answered in it, but for what the person has fixed."""
    changes = {name: value for name, value in fields.items() if name not in brief.fixed}
    revised = persona.revised(**changes)
    rules = with_ids(revised.constraints, persona.constraints)
    return revised.revised(constraints=[rule.model_dump(exclude_none=True) for rule in rules])


def _linted(persona: Persona, updates: list[Update]) -> tuple[list[Update], list[str]]:
    """Return the updates that bring no new error of lint, and a sentence for each serious finding they bring."""
    before = {(finding.rule, finding.message) for finding in lint_persona(persona, origin="draft")}
    changed = applied(persona, updates)[0]
    problems = []
    for finding in lint_persona(changed, origin="draft"):
        if finding.severity not in _SERIOUS or (finding.rule, finding.message) in before:
            continue
        target = _target_of(finding, changed)
        if any(_made(update, target, changed) for update in updates):
            problems.append(_sentence(finding))
            if finding.severity == "error":
                updates = [update for update in updates if not _made(update, target, changed)]
    return updates, problems


def _made(update: Update, target: str, persona: Persona) -> bool:
    """Whether `update` made what stands at `target` in `persona`: what is added has its id only there."""
    if update.op == "add":
        return any(target == f"{RULES}.{r.id}" and r.text == update.value for r in persona.constraints)
    return update.target == target


def _with_end(said: Said, problems: list[str], *, usable: bool) -> list[str]:
    """Return `problems` with how the answer ended before them, where that explains them."""
    end = said.fault or ("the answer says the same again and again" if monotonous(said.text) else None)
    return [end, *problems] if end and (problems or not usable) else problems


def _fault(value: Any, told: str, asked: str) -> str | None:
    return fault_of(_texts([value]), told=told, asked=asked)


def _sound_words(say: str, told: str, asked: str) -> str:
    """Return the words to the person, '' where they are none."""
    return "" if fault_of([say], told=told, asked=asked) else say


def _target_of(finding: Finding, persona: Persona) -> str:
    """Return what an update that made `finding` has as its target."""
    field, _, place = (finding.field or "").partition("[")
    if field == RULES and place:
        return f"{RULES}.{persona.constraints[int(place.rstrip(']'))].id}"
    return field.partition(".")[0]


def _sentence(finding: Finding) -> str:
    return f"{finding.field}: {one_line(finding.message, 200)}"


def _same_words(one: str, other: str) -> bool:
    return one_line(one).lower().strip(" .!?") == one_line(other).lower().strip(" .!?")


def _texts(values: Iterable[Any]) -> list[str]:
    """Return the texts in values, those in lists and mappings too."""
    found: list[str] = []
    for value in values:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            found += _texts(value.values())
        elif isinstance(value, list | tuple):
            found += _texts(value)
    return found


def _field_of(path: str | None) -> str:
    return (path or "").split("[")[0].split(".")[0]
