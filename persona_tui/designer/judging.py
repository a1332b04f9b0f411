"""What an answer of a designer model is worth: what of it can be taken over, and what is wrong with the rest.

A value that only repeats the instructions, or that is in a script that nobody asked for, is left out; so is a change
that brings an error of lint. What lint warns of is taken over, and told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from persona_tui.base.text import one_line
from persona_tui.designer import prompts, update_prompts
from persona_tui.designer.answers import Answer, read_answer, with_ids
from persona_tui.designer.asking import Said
from persona_tui.designer.degenerate import fault_of, monotonous
from persona_tui.designer.draft import Brief, Talk
from persona_tui.designer.update_answers import UpdateAnswer, read_update_answer
from persona_tui.designer.updates import Update, applied
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
    updates = _sound(answer.updates, asked, problems)
    proposals = _sound(answer.proposals, asked, problems)
    say = _sound_words(answer.say, update_prompts.TOLD, asked)
    if not updates and not proposals and _same_words(say, words):
        say = ""
    if answer.found and not problems and not (say or updates or proposals):
        problems.append("it says nothing of its own and changes nothing")
    updates, found = _linted(talk.persona, updates)
    answer = replace(answer, say=say, updates=tuple(updates), proposals=tuple(proposals))
    return replace(answer, problems=[*_with_end(said, problems, usable=answer.usable), *found])


def with_fields(persona: Persona, fields: Mapping[str, Any], brief: Brief) -> Persona:
    """Return `persona` with what was answered in it, but for what the person has fixed."""
    changes = {name: value for name, value in fields.items() if name not in brief.fixed}
    revised = persona.revised(**changes)
    rules = with_ids(revised.constraints, persona.constraints)
    return revised.revised(constraints=[rule.model_dump(exclude_none=True) for rule in rules])


def _sound(updates: Sequence[Update], asked: str, problems: list[str]) -> list[Update]:
    """Return the updates whose values can be taken over; `problems` gets a sentence for each other one."""
    sound = []
    for update in updates:
        if fault := _fault(update.value, update_prompts.TOLD, asked):
            problems.append(f"{update.field}: {fault}")
        else:
            sound.append(update)
    return sound


def _linted(persona: Persona, updates: list[Update]) -> tuple[list[Update], list[str]]:
    """Return the updates that bring no new error of lint, and a sentence for each serious finding of all of them.

    An error may lie elsewhere than the change that brings it (a contradiction is told of the later rule, too many rules
    of all), so each update is tried by itself on top of those before it.
    """
    known, kept, problems = _serious(persona), list[Update](), list[str]()
    for update in updates:
        made, refused = applied(persona, [update])
        found = [finding for key, finding in _serious(made).items() if key not in known]
        problems += [_sentence(finding) for finding in found]
        if not any(finding.severity == "error" for finding in found):
            kept.append(update)
            if not refused:
                persona = made
                known |= {key: finding for key, finding in _serious(made).items() if finding in found}
    return kept, list(dict.fromkeys(problems))


def _serious(persona: Persona) -> dict[tuple[str, str], Finding]:
    findings = lint_persona(persona, origin="draft")
    return {(f.rule, f.message): f for f in findings if f.severity in _SERIOUS}


def _with_end(said: Said, problems: list[str], *, usable: bool) -> list[str]:
    """Return `problems` with how the answer ended before them, where that explains them."""
    end = said.fault or ("the answer says the same again and again" if monotonous(said.text) else None)
    return [end, *problems] if end and (problems or not usable) else problems


def _fault(value: Any, told: str, asked: str) -> str | None:
    return fault_of(_texts([value]), told=told, asked=asked)


def _sound_words(say: str, told: str, asked: str) -> str:
    """Return the words to the person, '' where they are none."""
    return "" if fault_of([say], told=told, asked=asked) else say


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
