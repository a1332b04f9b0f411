"""Wishes about what a persona is for and made with: the rulebook drafts anew, and the difference is merged in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from persona_tui.base.text import plural
from persona_tui.designer import phrasing
from persona_tui.designer.draft import Brief, Talk
from persona_tui.designer.knowledge import Technology, knowledge
from persona_tui.designer.recognition import fold, tokenize
from persona_tui.designer.rulebook import MOST_RULES, RulebookDraft, holds
from persona_tui.designer.subject import decide
from persona_tui.designer.talk import topics
from persona_tui.designer.talk.clauses import core_of
from persona_tui.designer.talk.languages import planned, read_as, switched_to
from persona_tui.designer.talk.naming import (
    covered,
    doubtful,
    is_proper,
    reading_of,
    ruled_out,
    sure_name,
    technologies,
)
from persona_tui.designer.talk.reading import wishes
from persona_tui.designer.talk.redraft import merged_in, rulebook_draft
from persona_tui.designer.talk.round import Made, Round, listed, quoted, said, waiting
from persona_tui.designer.talk.rules import drop, numbered
from persona_tui.designer.talk.wishes import DropRules, Redraft, Which, Wish, Without
from persona_tui.designer.updates import RULES, Update, identified, updates_between
from persona_tui.detect.result import Detection
from persona_tui.spec.persona import Constraint, Persona

_FOR = re.compile(
    r"(?:(?:make|use|adapt|tailor|change|turn)\s+(?:it|this)\s+|it(?:'s|\s+is)\s+|specific\s+)?(?:to|for)\s+(?P<whom>\S.*)",
    re.I | re.A,
)
_WHOM_WORDS = 6
_LISTED = re.compile(r"\s*,\s*(?:and\s+)?|\s+(?:and|&|plus|with|or)\s+|\s+instead\s+of\s+", re.I | re.A)
_REMOVED = re.compile(r"rule \d+ removed: (.*)")


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A persona as a draft anew would have it, the notes that came with it, and how many rules found no room."""

    persona: Persona
    notes: tuple[str, ...]
    no_room: int
    yielded: tuple[Constraint, ...] = ()
    """General rules of the rulebook that make room."""
    task: bool = False
    """Whether the task is another one."""


def redraft(state: Round, wish: Redraft) -> str:
    """Make the persona about what the wish names, as far as the rulebook knows it."""
    plan = planned(state.persona, wish, _readable(wish))
    if plan.unsure:
        return plan.unsure
    unwanted = ruled_out(plan.text)
    named = {m.entry.id for m in reading_of(plan.text).technologies if is_proper(plan.text, m)}
    named |= {e.id for e in technologies(plan.text) if not _is_in(state.persona, e)}
    named -= {e.id for e in unwanted}
    outcome = _drafted(state, plan.text, unwanted, frozenset(named))
    elsewhere = outcome.task and state.persona.domain != "code"
    if elsewhere and named and not plan.switching and not reading_of(plan.text).activities:
        names = listed([entry.name for entry in technologies(plan.text) if entry.id in named])
        return (
            f"{names} would make a persona for programming of this one, which is for something else as far as I know, "
            f"so nothing changed: “make it a {names} developer” does it."
        )
    yielded = numbered(state, outcome.yielded) if outcome.yielded else ""
    made = state.make(updates_between(state.persona, outcome.persona))
    state.notes += outcome.notes
    if outcome.no_room:
        state.notes.append(
            f"{plural(outcome.no_room, 'rule')} of the rulebook for this found no room: {MOST_RULES} are enough"
        )
    if made.done:
        state.read.append(plan.text)
    if made.done or made.locked:
        told = _told(state, f"Read {quoted(wish.about, 80)}", made)
        if yielded and made.done:
            told += f" For that, {yielded} went, general and the rulebook's own."
    else:
        told = _no_difference(state, wish, made, outcome.no_room)
    if made.done and (aliases := read_as(wish.about)):
        told += f" {aliases}."
    return " ".join([told, *plan.remarks, *_not_known(wish.about, outcome.task)])


def _not_known(about: str, task: bool) -> Iterator[str]:
    """Yield what there is to say of the parts of a list that say nothing to the rulebook: `PostgreSQL and Redis`."""
    parts = [part.strip(" .") for part in _LISTED.split(about)]
    known = [_says_something(part, task) for part in parts]
    unknown = [quoted(part, 40) for part, is_known in zip(parts, known, strict=True) if part and not is_known]
    if unknown and any(known):
        yield f"I know nothing of {listed(unknown)}, so that part changed nothing."


def _says_something(part: str, task: bool) -> bool:
    reading = reading_of(part)
    names = (*reading.technologies, *reading.unwanted, *reading.tongues, *(reading.activities if task else ()))
    return bool(names) or covered(f"Python {part}")


def _readable(wish: Redraft) -> str:
    """Return the wish as a description is read: with a sure name for what its words name only in company."""
    text = wish.text or wish.said
    found = {entry.id for entry in technologies(text)}
    about = re.sub(r"^an?\s+(?=\S+\s+\S)", "", wish.about, flags=re.I | re.A)  # `a go` is none, but a Go developer is
    unsure = [entry for entry in technologies(about) if entry.id not in found]
    unsure += [m.entry for m in reading_of(text).technologies if isinstance(m.entry, Technology) and not m.strong]
    names = list(dict.fromkeys(sure_name(entry) for entry in unsure))
    return f"{text.rstrip(' .!')} with {', '.join(names)}" if names else text


def _no_difference(state: Round, wish: Redraft, made: Made, no_room: int) -> str:
    """Return why a wish changed nothing, or make the one change that it can make: whom the persona is for."""
    if made.refused:
        return f"I read {quoted(wish.about, 80)}, but it cannot be: {made.refused[0]}."
    if no_room:
        have = f"I have {plural(no_room, 'rule')} for {quoted(wish.about, 80)}"
        return f"{have}, but found no room: with {MOST_RULES} rules or more I add none by myself."
    if found := technologies(wish.about):
        names = listed([entry.name for entry in found])
        if all(_is_in(state.persona, entry) for entry in found):
            if aliases := read_as(wish.about):
                return f"{aliases}, and it is about that already: nothing changed."
            return f"{names}: it is about that already, so nothing changed."
        return f"{names}: that changes nothing in a persona for {state.persona.domain}, as far as I know."
    if told := _for_whom(state, wish):
        return told
    core = core_of(wish.said)
    found_none = (
        f"I found no technology, task, language or temperature in {quoted(wish.about, 80)} that changes anything"
    )
    if re.match(r"use\s", core, re.I | re.A):
        return f"{found_none}; {quoted('always ' + core, 80)} would become a rule."
    return f"{found_none}; words that begin with MUST, MUST NOT, always or never become a rule."


def _for_whom(state: Round, wish: Redraft) -> str:
    match = _FOR.fullmatch(wish.said.rstrip(" .!?"))
    whom = re.sub(r"^(?:my|our)\s+", "the ", match["whom"]) if match else ""
    role = f"{state.persona.role} for {whom}"
    known = reading_of(whom)
    if not match or known.technologies or known.activities or len(whom.split()) > _WHOM_WORDS:
        return ""
    if not phrasing.fits_role(role) or " for " in state.persona.role:
        return ""
    say = f"The role says {quoted('for ' + whom)} now; I have no rules for that, but words with MUST become one."
    return state.carry_out([Update("set", "role", role)], say, "The role stays as it is")


def without(state: Round, wish: Without) -> str:
    """Take out what the wish names: its rules, and what a draft without it would not say."""
    found = technologies(wish.about)
    if not found or not covered(wish.about):
        return _without_rule(state, wish)
    if aliases := read_as(wish.about):
        return (
            f"{aliases}, and I am not sure that it is to go, so nothing changed: “remove {found[0].name}” takes that "
            "out, “never …” forbids something."
        )
    present = [entry for entry in found if _is_in(state.persona, entry)]
    if not present:
        return f"{listed([entry.name for entry in found])} is not in it, so there is nothing to take out."
    names = [sure_name(entry) for entry in present]
    text = f"without {' or '.join(names)}"
    outcome = _drafted(state, text, tuple(present), frozenset())
    made = state.make(updates_between(state.persona, outcome.persona))
    if made.done:
        state.read.append(text)
    told = (
        _told(state, f"Took out {listed([entry.name for entry in present])}", made) if made.done or made.locked else ""
    )
    left = [f"the {said(f)} still says {e.name}" for e in present for f in _fields_with(state.persona, e)]
    if left and not made.locked:
        told += f" But {listed(left)}: “{said(left[0].split()[1])}: …” changes that."
    return told.strip() or f"I could not take out {listed([entry.name for entry in present])}: nothing changed."


def _without_rule(state: Round, wish: Without) -> str:
    """Drop the one rule that is about what the wish names, where there is one."""
    about = re.sub(r"^(?:the|its|all|any)\s+", "", wish.about)
    if not doubtful(wish.about) and not technologies(wish.about) and len(about.split()) <= 4:
        if len(topics.about(state.persona.constraints, about)) == 1:
            return drop(state, DropRules(wish.said, Which(about=about)))
        return (
            f"I find no {quoted(about, 60)} that I could take out: “drop rule 2” drops a rule, "
            "“remove Django” a technology."
        )
    what = quoted(wish.said, 80)
    return f"I am not sure what {what} takes out and what stays, so nothing changed: say one thing at a time."


def _drafted(state: Round, text: str, unwanted: tuple[Technology, ...], named: frozenset[str]) -> _Outcome:
    """Return what the persona is when the rulebook drafts once more with `text`, which names the entries `named`."""
    talk, persona = state.talk, state.persona
    brief = with_stack(replace(talk.brief, wishes=()))
    earlier = tuple(dict.fromkeys((*standing(talk, persona, text), *state.read)))
    gone_before = tuple(entry for each in earlier for entry in ruled_out(each))
    brief = replace(brief, detection=_detected(brief.detection, gone_before))
    before = rulebook_draft(brief, *earlier)
    if switched := switched_to(persona.language, before.persona):
        earlier += (switched,)
        before = rulebook_draft(brief, *earlier)
    after = rulebook_draft(replace(brief, detection=_detected(brief.detection, unwanted)), *earlier, text)
    merged, no_room = merged_in(before.persona, persona, after.persona, talk.brief)
    gone = {rule.id for entry in unwanted for rule in entry.rules}
    yielded: list[Constraint] = []
    named_alone = persona.domain == after.persona.domain and not reading_of(text).activities
    if (named_alone or before.matched[:1] == after.matched[:1]) and RULES not in talk.brief.fixed:
        merged = _in_its_language(merged, persona, before, text)
        if not named and not unwanted:
            merged = merged.revised(name=persona.name)  # words that name nothing are no reason for another name
        gone |= _of_another_version(text) | _of_other_languages(persona, merged)
        rules, yielded, no_room = _with_rules_of(state, named, gone, before, after, _versioned(text, persona))
    else:
        back = dropped_before(state)
        kept = {rule.id for rule in persona.constraints}
        rules = [r for r in merged.constraints if r.id not in gone and (r.id in kept or r.text not in back)]
    tags = [tag for tag in merged.tags if tag not in {entry.id for entry in unwanted}]
    role = merged.role if "role" in talk.brief.fixed else _role_without(merged.role, unwanted, technologies(text))
    merged = identified(merged.revised(role=role).model_copy(update={RULES: tuple(rules), "tags": tuple(tags)}))
    if merged.model_copy(update={"name": persona.name}) == persona:
        merged = persona  # another name alone is no change that anybody asked for
    notes = tuple(note for note in after.notes if note not in before.notes)
    return _Outcome(merged, notes, no_room, tuple(yielded), before.matched[:1] != after.matched[:1])


def _in_its_language(merged: Persona, persona: Persona, before: RulebookDraft, text: str) -> Persona:
    """Return `merged` without SQL as its language, where that came only with a database."""
    said = any(m.entry.name == "SQL" and is_proper(text, m) for m in reading_of(text).technologies)
    if before.persona.language is None and merged.language == "SQL" and not said:
        return merged.revised(language=persona.language, output_format=persona.output_format)
    return merged


def _of_another_version(text: str) -> set[str]:
    """Return the ids of rules that do not hold for the versions that `text` names."""
    gone: set[str] = set()
    for match in reading_of(text).technologies:
        if match.version and isinstance(match.entry, Technology) and is_proper(text, match):
            gone |= {rule.id for rule in match.entry.rules if not holds(rule, match.version)}
    return gone


def _versioned(text: str, persona: Persona) -> frozenset[str]:
    """Return the ids of what `persona` is made with and `text` names with a version."""
    matches = (m for m in reading_of(text).technologies if m.version and isinstance(m.entry, Technology))
    return frozenset(m.entry.id for m in matches if isinstance(m.entry, Technology) and _is_in(persona, m.entry))


def _of_other_languages(persona: Persona, merged: Persona) -> set[str]:
    """Return the ids of rules that are for other languages than the one that `merged` has got."""
    if merged.language == persona.language:
        return set()
    rules = (rule for entry in knowledge().technologies for rule in entry.rules)
    return {rule.id for rule in rules if rule.languages and merged.language not in rule.languages}


def _with_rules_of(
    state: Round,
    named: frozenset[str],
    gone: set[str],
    before: RulebookDraft,
    after: RulebookDraft,
    versioned: frozenset[str],
) -> tuple[list[Constraint], list[Constraint], int]:
    """Return the rules without those that are `gone` and with those of the entries `named`.

    Rules that a person wrote or dropped stay as they are. Where there is no room, general rules of the rulebook yield
    that the draft anew does without. Returned too are these, and how many rules found no room. Of entries that are
    only `versioned` anew come rules that hang on a version.
    """
    kept = [rule for rule in state.persona.constraints if rule.id not in gone]
    if before.persona.language is None and (entry := knowledge().technology(after.persona.language or "")):
        named |= {entry.id} if entry.name != "SQL" else frozenset()
    known, back = topics.known_rules(), dropped_before(state)
    there = {rule.id for rule in before.rules} | {rule.id for rule in kept}
    texts = {rule.text for rule in kept}
    new = [r for r in after.rules if r.entry in named and r.id not in there and r.text not in back | texts]
    new = [r for r in new if r.entry not in versioned or known[r.id].rule.since or known[r.id].rule.before]
    for rule in list(new):
        if other := topics.contradicted(kept, rule.text):
            new.remove(rule)
            state.notes.append(f"{quoted(rule.text)} is left out: it contradicts rule {state.number(other)}")
    leaving = {rule.id for rule in before.rules} - {rule.id for rule in after.rules}
    spare = [rule for rule in kept if topics.is_general(rule, state.persona.language) and rule.id in leaving]
    yielded: list[Constraint] = []
    added: list[Constraint] = []
    for rule in new:
        subject = known[rule.id].rule.subject
        same = [r for r in kept if r not in yielded and r.id in known and known[r.id or ""].rule.subject == subject]
        if any(r not in spare for r in same):
            continue
        if same:
            yielded += same
        elif len(kept) - len(yielded) + len(added) >= MOST_RULES:
            free = [r for r in spare if r not in yielded]
            if not free:
                continue
            yielded.append(free[-1])
        added.append(Constraint(text=rule.text, id=rule.id))
    rules = [rule for rule in kept if rule not in yielded]
    order = {rule.id: place for place, rule in enumerate(after.rules)}
    for one in added:  # before what stands behind it in a draft, else at the end
        later = (i for i, rule in enumerate(rules) if order.get(rule.id or "", -1) > order[one.id or ""])
        rules.insert(next(later, len(rules)), one)
    return rules, yielded, len(new) - len(added)


def dropped_before(state: Round) -> frozenset[str]:
    """Return the texts of rules that were dropped in this conversation because a person said so."""
    now = {rule.id: rule.text for rule in state.talk.persona.constraints}
    texts = {now[update.id] for update in state.updates if update.op == "remove" and update.id in now}
    for exchange in state.talk.earlier:
        if any(map(_drops_rules, wishes(exchange.words))):
            texts |= {match[1] for line in exchange.decisions if (match := _REMOVED.fullmatch(line))}
    forms = ((known.text, known.rule.review) for known in topics.known_rules().values())
    return frozenset(texts.union(*({t for t in form if t} for form in forms if texts & set(form))))


def _drops_rules(wish: Wish) -> bool:
    """Whether a wish drops single rules, and not those of a technology that may be wished for again."""
    return isinstance(wish, DropRules) or (isinstance(wish, Without) and not covered(wish.about))


def with_stack(brief: Brief) -> Brief:
    """Return `brief` with the technologies that its codebase adds to the description as a part of that.

    So a wish for one more technology does not take their place.
    """
    reading = reading_of(brief.description)
    subject = decide(reading, brief.detection)
    said = {match.entry.id for match in (*reading.technologies, *reading.unwanted)}
    names = [sure_name(entry) for entry in subject.technologies if entry.id not in said]
    return replace(brief, description=f"{brief.description}. with {', '.join(names)}") if names else brief


def _role_without(role: str, unwanted: tuple[Technology, ...], named: tuple[Technology, ...]) -> str:
    """Return `role` with what is wanted in the place of what is not, or without it; as it was where no role is left."""
    gone = {entry.id for entry in unwanted}
    for entry in unwanted:
        new = " ".join(e.name for e in named if e.id not in gone and e.kind == entry.kind and e.name not in role)
        name = rf"(?<![\w.]){re.escape(entry.name)}(?![\w+#])"
        struck = re.sub(name, new.replace("\\", ""), role, flags=re.I) if new else _struck(role, name)
        if phrasing.fits_role(struck) and len(struck.split()) > 1:
            role = struck
    return role


def _struck(role: str, name: str) -> str:
    """Return `role` without what matches `name`, and without the word that joined it to the rest."""
    joint = r"(?:\s*,\s*|\s+(?:and|or|with|in|using|for)\s+)"
    struck = re.sub(rf"{name}\s+(?=developer|engineer|programmer|expert)", "", role, flags=re.I)
    struck = re.sub(rf"{name}(?:\s*,|\s+(?:and|or))\s+", "", struck, flags=re.I)
    struck = re.sub(rf"{joint}{name}", "", struck, flags=re.I)
    return " ".join(re.sub(name, "", struck, flags=re.I).split())


def standing(talk: Talk, persona: Persona, text: str = "") -> Iterator[str]:
    """Yield what was wished for before and is still there, as it is read. A wish that was undone counts no more.

    Nor does one that is said again as `text`.
    """
    for words in dict.fromkeys((*talk.brief.wishes, *(exchange.words for exchange in talk.earlier))):
        for wish in wishes(words):
            if isinstance(wish, Redraft):
                earlier = _readable(wish)
                wanted = [e for e in technologies(earlier) if e not in ruled_out(earlier)]
                if fold(earlier) != fold(text) and all(_is_in(persona, entry) for entry in wanted):
                    yield earlier
            elif isinstance(wish, Without) and covered(wish.about):
                found = technologies(wish.about)
                if not any(_is_in(persona, entry) for entry in found):
                    yield f"without {' or '.join(sure_name(entry) for entry in found)}"


def _detected(detection: Detection | None, unwanted: tuple[Technology, ...]) -> Detection | None:
    """Return what was detected but for what is not wanted."""
    if detection is None or not unwanted:
        return detection
    names = {name.casefold() for entry in unwanted for name in (entry.name, entry.id, *entry.detect)}
    fields = {name: getattr(detection, name) for name in Detection.__slots__}
    for kind in ("languages", "frameworks", "libraries", "test_runners", "build_tools"):
        fields[kind] = tuple(each for each in fields[kind] if each.name.casefold() not in names)
    return Detection(**fields)


def _is_in(persona: Persona, entry: Technology) -> bool:
    ids = {rule.id for rule in entry.rules}
    if entry.id in persona.tags or persona.language == entry.name or any(r.id in ids for r in persona.constraints):
        return True
    return bool(_fields_with(persona, entry))


def _fields_with(persona: Persona, entry: Technology) -> list[str]:
    """Return the fields whose words name `entry`."""
    name = tuple(token.word for token in tokenize(entry.name))
    found = ["language"] if persona.language == entry.name else []
    for field in ("role", "description", "output_format"):
        words = tuple(token.word for token in tokenize(getattr(persona, field) or ""))
        if any(words[i : i + len(name)] == name for i in range(len(words))):
            found.append(field)
    return found


def _told(state: Round, opening: str, made: Made) -> str:
    """Return what a draft anew changed, in a sentence or two."""
    fields = [said(update.field) for update in made.done if update.op == "set"]
    counts = {op: sum(update.op == op for update in made.done) for op in ("add", "remove", "replace")}
    parts = [f"{verb} {plural(counts[op], 'rule')}" for op, verb in _VERBS if counts[op]]
    if fields:
        parts.insert(0, f"changed the {listed(fields)}")
    if not parts and made.done:
        parts = ["moved rules"]
    words = f"{opening}: {listed(parts)}." if parts else f"{opening}."
    if made.refused:
        words += f" Left out: {made.refused[0]}."
    return f"{words} {waiting(made.locked, state.persona)}" if made.locked else words


_VERBS = (("add", "added"), ("remove", "dropped"), ("replace", "reworded"))
