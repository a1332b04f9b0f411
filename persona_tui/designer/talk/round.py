"""One round: the persona as it becomes, what is changed, what a lock keeps out, and what cannot be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from persona_tui.base.errors import BadData
from persona_tui.designer.draft import Talk
from persona_tui.designer.talk.topics import is_general
from persona_tui.designer.talk.wishes import Which
from persona_tui.designer.updates import RULES, Update, apply, is_locked, rule_number
from persona_tui.spec.lint import Finding, Severity, lint_persona
from persona_tui.spec.lint.constraints import MOST
from persona_tui.spec.persona import Constraint, Persona

_OF_RULES = ("P001", "P002", "P003")
"""What lint says of a single rule: a fragment, a lost polarity, a repetition or a contradiction."""
_SAID = {RULES: "rules", "preferred_models": "base", "output_format": "output format", "host_tool": "host tool"}

_FULL = f"there are {MOST} rules, which is as many as a small model keeps"


@dataclass(frozen=True, slots=True)
class Made:
    """What came of the updates of one wish. `refused` holds reasons."""

    done: tuple[Update, ...] = ()
    locked: tuple[Update, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(slots=True)
class Round:
    """The state of a round. An update is made here only if it applies, no lock keeps it out and lint finds it right."""

    talk: Talk
    persona: Persona = field(init=False)
    updates: list[Update] = field(default_factory=list)
    proposals: list[Update] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    """What drafts anew have read in this round: the next one reads it too."""

    def __post_init__(self) -> None:
        self.persona = self.talk.persona

    def make(self, updates: Iterable[Update]) -> Made:
        """Make each update that can be made. What a lock keeps out becomes a proposal."""
        done, locked, refused = [], [], []
        for update in updates:
            try:
                revised = apply(self.persona, update)
            except BadData as error:
                refused.append(counted_from_one(str(error)))
                continue
            problems = [f.message for f in _new(self.persona, revised) if _blocks(f)]
            if update.op == "add" and len(revised.constraints) > MOST:
                problems = [self.full()]
            if problems:
                refused.append(counted_from_one(problems[0]))
            elif is_locked(update, self.talk.locks):
                locked.append(update)
            elif revised != self.persona:
                self.persona = revised
                done.append(update)
        self.updates += done
        self.proposals += [update for update in locked if update not in self.proposals]
        return Made(tuple(done), tuple(locked), tuple(refused))

    def full(self) -> str:
        """Return that there is no room for one more rule, and which general one of the rulebook could make some."""
        rules = self.persona.constraints
        spare = [r for r in rules if is_general(r, None)] or [r for r in rules if is_general(r, self.persona.language)]
        if not spare:
            return f"{_FULL}: drop one first"
        number = self.number(spare[-1])
        return (
            f"{_FULL}: rule {number}, {quoted(spare[-1].text, 90)}, is a general one that could make room, so say "
            f"“drop rule {number}” first, or “replace rule {number} with …”"
        )

    def carry_out(self, updates: Sequence[Update], say: str, cannot: str) -> str:
        """Make `updates` and return `say`; where something stands against it, what that is. `cannot` begins with it."""
        made = self.make(updates)
        words = [say] if made.done else []
        if made.refused:
            words.append(sentence(f"{cannot}: {made.refused[0]}"))
        if made.locked:
            words.append(waiting(made.locked, self.persona))
        return " ".join(words) or sentence(f"{cannot}: that is how it is already")

    def propose(self, updates: Sequence[Update]) -> str:
        """Propose updates that belong together and one of which a lock keeps out; return what to say."""
        self.proposals += [update for update in updates if update not in self.proposals]
        return waiting([update for update in updates if is_locked(update, self.talk.locks)], self.persona)

    def rules(self, which: Which) -> tuple[list[Constraint], list[int]]:
        """Return the rules that numbers point at, and the numbers that point at none.

        A person counts in the list that they see, which is that from before the round.
        """
        found: list[Constraint] = []
        missing: list[int] = []
        seen, now = self.talk.persona.constraints, {rule.id: rule for rule in self.persona.constraints}
        for number in which.numbers or range(1, len(seen) + 1):
            rules = seen if 0 < abs(number) <= len(seen) else self.persona.constraints
            rule = rules[number - (number > 0)] if 0 < abs(number) <= len(rules) else None
            rule = now.get(rule.id) if rule else None
            if rule is None:
                missing.append(number)
            elif rule not in found:
                found.append(rule)
        if which.rest:
            kept = {rule.id for rule in found}
            found = [now[rule.id] for rule in seen if rule.id in now and rule.id not in kept] if not missing else []
        return found, missing

    def number(self, rule: Constraint) -> int:
        """Return the number of a rule as the person sees it."""
        return (
            rule_number(self.talk.persona.constraints, rule.id) or rule_number(self.persona.constraints, rule.id) or 0
        )

    def warnings(self) -> Iterator[str]:
        """Yield what lint has to say of the persona that it had not to say before."""
        for finding in _new(self.talk.persona, self.persona):
            if finding.severity is Severity.WARNING:
                yield counted_from_one(f"{finding.field}: {finding.message}")


def waiting(locked: Sequence[Update], persona: Persona) -> str:
    """Return that a lock keeps updates out, and which."""
    names = listed(list(dict.fromkeys(_locked_thing(update, persona) for update in locked)))
    verb = "are" if len({update.target for update in locked}) > 1 or names.endswith("rules") else "is"
    return f"{names[0].upper()}{names[1:]} {verb} locked: that change waits as a proposal, which you can accept."


def _locked_thing(update: Update, persona: Persona) -> str:
    number = rule_number(persona.constraints, update.id)
    return f"rule {number}" if number else f"the {said(update.field)}"


def said(name: str) -> str:
    """Return how people call a field of the persona."""
    return _SAID.get(name, name.replace("_", " "))


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def sentence(text: str) -> str:
    """Return `text` as a sentence of its own."""
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "!", "?", "”.")) else ".")


def quoted(text: str, limit: int = 160) -> str:
    """Return `text` in quotation marks, cut where it is long."""
    text = " ".join(text.split())
    return f"“{text if len(text) <= limit else text[: limit - 1] + '…'}”"


def counted_from_one(message: str) -> str:
    """Return what lint or a check says, with rules counted as people count them."""
    return re.sub(r"constraints\[(\d+)\]", lambda match: f"rule {int(match[1]) + 1}", message)


def _blocks(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR or finding.rule in _OF_RULES


def _new(before: Persona, after: Persona) -> list[Finding]:
    """Return what lint finds in `after` and not in `before`, wherever a rule has moved to."""
    known = Counter(_key(finding, before) for finding in lint_persona(before, origin="draft"))
    new = []
    for finding in lint_persona(after, origin="draft"):
        key = _key(finding, after)
        known[key] -= 1
        if known[key] < 0:
            new.append(finding)
    return new


def _key(finding: Finding, persona: Persona) -> tuple[str, str, str]:
    match = re.fullmatch(r"constraints\[(\d+)\]", finding.field)
    where = persona.constraints[int(match[1])].text if match else finding.field
    return finding.rule, finding.severity.value, where
