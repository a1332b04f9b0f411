"""Why a persona is as it is: what the rulebook can say of its own, and that the rest is somebody else's."""

from __future__ import annotations

from dataclasses import replace

from persona_tui.designer.rulebook import Reason
from persona_tui.designer.talk.fields import MADE_HERE, named
from persona_tui.designer.talk.redraft import rulebook_draft
from persona_tui.designer.talk.round import Round, listed, quoted, said, sentence
from persona_tui.designer.talk.rules import meant
from persona_tui.designer.talk.stack import standing, with_stack
from persona_tui.designer.talk.topics import is_unchanged, known_rules
from persona_tui.designer.talk.wishes import Explain
from persona_tui.spec.persona import Constraint, Persona

_OTHERS = "a person or a model wrote it, or a wish in this conversation"
_SEVERAL = 4


def explain(state: Round, wish: Explain) -> str:
    """Say why: of rules, of a field, or of the whole."""
    if wish.which:
        rules, problem = meant(state, wish.which)
        words = [_rule(state.number(rule), rule) for rule in rules[:_SEVERAL]]
        more = f"There are {len(rules) - _SEVERAL} more: ask for them by number." if len(rules) > _SEVERAL else ""
        return " ".join(part for part in (*words, more, problem) if part)
    return _field(state, wish.field) if wish.field else _whole(state)


def _rule(number: int, rule: Constraint) -> str:
    known = known_rules().get(rule.id or "")
    if rule.id in MADE_HERE:
        return f"Rule {number} comes from {MADE_HERE[rule.id]} in a conversation."
    if known is None:
        return f"Rule {number} is none of the rulebook's: a person or a model wrote it, so I know no source."
    source = f"its source is {known.rule.source}"
    if is_unchanged(rule, known):
        return f"Rule {number} is the rulebook's rule for {known.owner}; {source}."
    return (
        f"Rule {number} began as the rulebook's rule for {known.owner} and was reworded; of the first wording {source}."
    )


def _field(state: Round, field: str) -> str:
    persona = state.persona
    reason = next((r for r in _reasons(state) if r.field == field), None)
    name = said(field)
    if field == "frameworks":
        found = [r for r in _reasons(state) if r.field == "frameworks"]
        whys = [f"{r.value}: {r.why}" for r in found]
        return sentence(listed(whys)) if whys else "No framework was recognised."
    if field == "preferred_models":
        return f"The base is {persona.base_model}: it was chosen when the persona was begun, or in this conversation."
    value = named(persona.temperature) if field == "temperature" else str(getattr(persona, field) or "")
    if not value or value == "()":
        return f"There is no {name}."
    if reason and _is_still(persona, reason):
        return f"The {name} is {quoted(value)}: {reason.why}."
    drafted = rulebook_draft(with_stack(replace(state.talk.brief, wishes=())), *standing(state.talk, persona)).persona
    if getattr(drafted, field, None) == getattr(persona, field, None):
        return f"The {name} is {quoted(value)}, as the rulebook drafts it from the description."
    return f"The {name} is {quoted(value)}, which is not what the rulebook drafts: {_OTHERS}."


def _reasons(state: Round) -> tuple[Reason, ...]:
    """Return the reasons of a draft anew: those of the first draft where they still hold, else those of wishes."""
    brief = replace(state.talk.brief, wishes=())
    first = {(r.field, r.value): r for r in rulebook_draft(brief).reasons}
    wished = rulebook_draft(with_stack(brief), *standing(state.talk, state.persona)).reasons
    later = (replace(r, why=r.why.replace("in the description", "in a wish")) for r in wished)
    return tuple(first.get((r.field, r.value), r) for r in later)


def _is_still(persona: Persona, reason: Reason) -> bool:
    value = getattr(persona, reason.field, None)
    now = f"{value:g}" if isinstance(value, float) else " ".join(str(value or "").split())
    return now == reason.value


def _whole(state: Round) -> str:
    persona = state.persona
    words = []
    why = next((r.why for r in _reasons(state) if r.field == "domain" and r.value == persona.domain), None)
    if why:
        words.append(f"The domain is {persona.domain}: {why}.")
    own: list[int] = []
    reworded: list[int] = []
    others: list[int] = []
    for rule in persona.constraints:
        known = known_rules().get(rule.id or "") if rule.id not in MADE_HERE else None
        kind = others if known is None else own if is_unchanged(rule, known) else reworded
        kind.append(state.number(rule))
    if own:
        words.append(f"{_rules(own)} the rulebook's, each with a source.")
    if reworded:
        words.append(f"{_rules(reworded)} the rulebook's in other words.")
    if others:
        words.append(f"{_rules(others)} from a person, a model or a wish in a conversation.")
    words.append("“why rule 1?” tells the source of one, “why this temperature?” the reason for a field.")
    return " ".join(words)


def _rules(numbers: list[int]) -> str:
    runs = sorted(numbers) == [*range(min(numbers), max(numbers) + 1)] and len(numbers) > 2
    names = f"{min(numbers)} to {max(numbers)}" if runs else listed([str(number) for number in sorted(numbers)])
    return f"Rule {names} is" if len(numbers) == 1 else f"Rules {names} are"
