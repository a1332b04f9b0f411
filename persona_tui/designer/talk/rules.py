"""Wishes about rules: adding, dropping, rewording and moving them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from persona_tui.base.text import plural
from persona_tui.designer.talk import topics
from persona_tui.designer.talk.round import Round, listed, quoted, sentence
from persona_tui.designer.talk.wishes import AddAbout, AddRule, DropRules, MoveRule, ReplaceRule, SwapRules, Which
from persona_tui.designer.updates import RULES, Update, rule_number
from persona_tui.spec.lint.constraints import MOST
from persona_tui.spec.persona import Constraint

_OWN = "write “add the rule: MUST …” and I add it as it is"


def add_rule(state: Round, wish: AddRule) -> str:
    """Add a rule in the person's words."""
    same = next((r for r in state.persona.constraints if r.text.casefold() == wish.text.casefold()), None)
    if same:
        return f"{quoted(wish.text)} is not added: rule {state.number(same)} says the same."
    if other := topics.contradicted(state.persona.constraints, wish.text):
        return (
            f"{quoted(wish.text)} is not added: it contradicts rule {state.number(other)}, {quoted(other.text)}. "
            f"Say “drop rule {state.number(other)}” first if it is to go."
        )
    say = f"Added rule {len(state.persona.constraints) + 1}: {quoted(wish.text)}."
    return state.carry_out([Update("add", RULES, wish.text)], say, f"{quoted(wish.text)} is not added")


def add_about(state: Round, wish: AddAbout) -> str:
    """Add a rule of the knowledge about something."""
    about, persona = quoted(wish.about, 60), state.persona
    found = next(topics.candidates(persona, wish.about), None)
    if found is None:
        return _none_about(state, wish.about)
    if len(persona.constraints) >= MOST:
        return f"I have a rule about {about}, {quoted(found.text)}, but {state.full()}."
    number = len(persona.constraints) + 1
    say = f"Added rule {number} from the rulebook: {quoted(found.text)} (source: {found.rule.source})."
    update = Update("add", RULES, {"text": found.text, "id": found.rule.id})
    return state.carry_out([update], say, f"I have a rule about {about}, but it is not added")


def _none_about(state: Round, text: str) -> str:
    about = quoted(text, 60)
    if present := topics.about(state.persona.constraints, text):
        verb = "is" if len(present) == 1 else "are"
        return f"{sentence(numbered(state, present))[:-1]} {verb} about {about} already, and I have no other: {_OWN}."
    other = topics.elsewhere(text)
    if other:
        return f"I have no rule about {about} for this persona, only {quoted(other.text)} for {other.owner}: {_OWN}."
    return f"The rulebook has no rule about {about}: {_OWN}."


def drop(state: Round, wish: DropRules) -> str:
    """Drop the rules that are meant."""
    rules, problem = meant(state, wish.which)
    if not rules:
        return problem
    numbers, words = numbered(state, rules), quoted(rules[0].text)
    say = f"Dropped {numbers}: {words}." if len(rules) == 1 else f"Dropped {numbers}."
    cannot = f"{numbers} {'stays' if len(rules) == 1 else 'stay'}"
    done = state.carry_out([Update("remove", RULES, id=rule.id) for rule in rules], say, cannot)
    return f"{done} {problem}".strip()


def replace(state: Round, wish: ReplaceRule) -> str:
    """Let a rule say something else."""
    rules, problem = meant(state, wish.which)
    if not rules:
        return problem
    if len(rules) > 1:
        return "I can replace one rule at a time: say its number."
    number = state.number(rules[0])
    update = Update("replace", RULES, wish.text, rules[0].id)
    return state.carry_out([update], f"Rule {number} is now {quoted(wish.text)}.", f"Rule {number} stays as it was")


def move(state: Round, wish: MoveRule) -> str:
    """Move a rule to another place."""
    rules, problem = meant(state, wish.which)
    if not rules:
        return problem
    if len(rules) > 1:
        return "I can move one rule at a time: say its number."
    rule, count = rules[0], len(state.persona.constraints)
    number, now = state.number(rule), rule_number(state.persona.constraints, rule.id) or 1
    place = wish.place if wish.place > 0 else count + 1 + wish.place
    if wish.beside:
        others, problem = state.rules(Which((wish.place,))), ""
        if not others[0]:
            return f"There is no rule {wish.place}: there are {count}."
        place = rule_number(state.persona.constraints, others[0][0].id) or 1
        place += (wish.beside == "after") - (now < place)
    elif wish.by:
        place = min(max(now + wish.by, 1), count)
    say = f"Moved rule {number} to place {place}."
    return state.carry_out([Update("move", RULES, place, rule.id)], say, f"Rule {number} stays where it is")


def swap(state: Round, wish: SwapRules) -> str:
    """Let two rules change places."""
    rules, problem = meant(state, wish.which)
    if len(rules) != 2:
        return problem or "It takes two different rules to swap."
    numbers = [state.number(rule) for rule in rules]
    (first, one), (second, two) = sorted((rule_number(state.persona.constraints, r.id) or 1, r.id) for r in rules)
    updates = [Update("move", RULES, first, two), Update("move", RULES, second, one)]
    say = f"Swapped rules {numbers[0]} and {numbers[1]}."
    return state.carry_out(updates, say, f"Rules {numbers[0]} and {numbers[1]} stay where they are")


def meant(state: Round, which: Which) -> tuple[list[Constraint], str]:
    """Return the rules that are meant, and what to say where some are not found or cannot be told apart."""
    if which.about:
        found = topics.about(state.persona.constraints, which.about)
        if not found:
            return [], _none_clearly(state, which.about)
        if len(found) > 1 and not which.several:
            return [], (
                f"{sentence(_candidates(state, found))[:-1]} are about {quoted(which.about, 60)}: "
                "say the number of the one you mean."
            )
        return found, ""
    if not state.persona.constraints:
        return [], "There are no rules."
    rules, missing = state.rules(which)
    count = len(state.talk.persona.constraints)
    gone = list(islice((f"rule {number}" for number in missing if number > 0), 4))
    there = f"there {'is' if count == 1 else 'are'} {plural(count, 'rule')}"
    if which.rest and not rules and not missing:
        return [], "There are no other rules."
    return rules, f"There is no {listed(gone)}: {there}." if gone else "" if rules else f"Nothing changed: {there}."


def _none_clearly(state: Round, about: str) -> str:
    """Return that no rule is about something, with those that only mention it."""
    found = topics.mentioning(state.persona.constraints, about)
    if not found:
        return f"No rule is about {quoted(about, 60)}."
    only = f"{sentence(_candidates(state, found))[:-1]} only {'mentions' if len(found) == 1 else 'mention'} it"
    return f"No rule is clearly about {quoted(about, 60)}. {only}: say the number if you mean that."


def _candidates(state: Round, rules: Sequence[Constraint]) -> str:
    by_number = sorted(rules, key=state.number)
    return listed([f"rule {state.number(rule)} {quoted(rule.text, 80)}" for rule in by_number])


def numbered(state: Round, rules: Sequence[Constraint]) -> str:
    """Return the numbers of rules, as a person sees them."""
    numbers = sorted(state.number(rule) for rule in rules)
    return f"{'rule' if len(numbers) == 1 else 'rules'} {listed([str(number) for number in numbers])}"
