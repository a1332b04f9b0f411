"""What a rule is about: rules of the knowledge for what a person names, and rules of a persona that are about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from persona_tui.designer.knowledge import AnyEntry, Rule, Technology, Topic, knowledge
from persona_tui.designer.recognition import fold, read, tokenize
from persona_tui.designer.rulebook import text_for, usable
from persona_tui.designer.subject import Subject, decide
from persona_tui.designer.talk.naming import technologies
from persona_tui.spec.persona import Constraint, Persona

_ENDINGS = (
    *(
        "izations",
        "ization",
        "isation",
        "ations",
        "ation",
        "ating",
        "ated",
        "ates",
        "ate",
        "ities",
        "ity",
        "ings",
        "ing",
    ),
    *("ions", "ion", "ers", "ies", "ed", "es", "er", "s"),
)
_SHORTEST = 3
_EMPTY = frozenset(
    {
        *("a", "an", "the", "of", "for", "on", "in", "to", "with", "and", "or", "by", "at", "from", "about"),
        *("all", "any", "some", "that", "which", "is", "are", "be", "it", "its", "their", "your", "my", "our"),
        *("rule", "rules", "not", "never", "always", "must", "use", "using", "stuff", "things", "thing"),
    }
)


@dataclass(frozen=True, slots=True)
class Known:
    """A rule of the knowledge, and what it belongs to."""

    rule: Rule
    owner: str
    """The name of its entry, or of its topic."""
    text: str


def stem(word: str) -> str:
    """Return `word` without what only inflects it: `logging`, `logs` and `logged` are `log`."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            word = word[: -len(ending)]
            break
    if len(word) > _SHORTEST and word[-1] == word[-2]:
        word = word[:-1]
    return word[:-1] if len(word) > _SHORTEST and word[-1] in "eiy" else word


@cache
def stems(text: str) -> frozenset[str]:
    """Return what `text` says, word by word."""
    words = (part for token in tokenize(text) for part in re.split(r"[.\-_/]", token.word))
    return frozenset(stem(word) for word in words if word and word not in _EMPTY)


def topic_of(about: str) -> Topic | None:
    """Return the topic that `about` names: the one with the longest name in it."""
    words = f" {' '.join(token.word for token in tokenize(about))} "
    names = ((len(name), t) for t in knowledge().topics for name in _folded(t) if f" {name} " in words)
    return max(names, key=lambda pair: pair[0], default=(0, None))[1]


def is_topic(text: str) -> bool:
    """Whether `text` as a whole is a name of a topic."""
    topic = topic_of(text)
    return topic is not None and " ".join(token.word for token in tokenize(text)) in _folded(topic)


@cache
def _folded_names() -> dict[str, tuple[str, ...]]:
    return {t.id: tuple(" ".join(w.word for w in tokenize(name)) for name in t.names) for t in knowledge().topics}


def _folded(topic: Topic) -> tuple[str, ...]:
    return _folded_names()[topic.id]


@cache
def known_rules() -> dict[str, Known]:
    """Return every rule of the knowledge by its id."""
    of_entries = ((rule, entry.name) for entry in knowledge().entries for rule in entry.rules)
    of_topics = ((rule, topic.name) for topic in knowledge().topics for rule in (*topic.code, *topic.rules))
    return {rule.id: Known(rule, owner, rule.text) for rule, owner in (*of_entries, *of_topics)}


@cache
def _general(language: str | None) -> frozenset[str]:
    entries = (e for e in knowledge().entries if not isinstance(e, Technology) or e.name == language)
    return frozenset(rule.id for entry in entries for rule in entry.rules)


def is_general(rule: Constraint, language: str | None) -> bool:
    """Whether a rule is the rulebook's, word for word, and of no technology but `language`."""
    known = known_rules().get(rule.id or "")
    return rule.id in _general(language) and known is not None and is_unchanged(rule, known)


def is_unchanged(rule: Constraint, known: Known) -> bool:
    """Whether a rule that came from the knowledge still says what it said."""
    return rule.text in (known.text, known.rule.review) or "{target}" in known.text


_BESIDES = re.compile(
    r",?\s+(?:outside|unless|inside|in|on|within|during|before|after|when|while|where|from|by|with|without|for|that|which"
    r"|whose|as|above|below|into|until|if|to|at|than|through)\b|,?\s+except\s+(?:for|in|when|where)\b|,?\s+NOT\b|[;:]",
)


def main_part(text: str) -> str:
    """Return a rule without what only says where, when and how: of `MUST NOT call f() outside tests` no tests."""
    body = re.sub(r"^MUST(?: NOT)?\s+", "", text)
    end = _BESIDES.search(body)
    return body[: end.start()] if end else body


def about(rules: Iterable[Constraint], text: str) -> list[Constraint]:
    """Return those of `rules` that are about `text`: by what the knowledge says of them, else by their main words."""
    topic = topic_of(text)
    named = {rule.id for entry in technologies(text) for rule in entry.rules}
    wanted = _wanted(topic, text)
    own = {rule.id for rule in (*topic.code, *topic.rules)} if topic else set()
    found = []
    for rule in rules:
        known = known_rules().get(rule.id or "")
        covered = topic and known and (known.rule.id in own or known.rule.subject in topic.covers)
        said = stems(main_part(rule.text)) | (
            stems(known.rule.id) | stems(known.rule.subject) if known else frozenset()
        )
        if covered or rule.id in named or any(words <= said for words in wanted):
            found.append(rule)
    return found


def mentioning(rules: Iterable[Constraint], text: str) -> list[Constraint]:
    """Return those of `rules` that have the words of `text` anywhere, which need not be what they are about."""
    wanted = _wanted(topic_of(text), text)
    return [rule for rule in rules if any(words <= stems(rule.text) for words in wanted)]


def _wanted(topic: Topic | None, text: str) -> list[frozenset[str]]:
    names = [stems(name) for name in topic.names] if topic else []
    return [words for words in [stems(text), *names] if words]


_SAYING = frozenset(
    {
        *("output", "give", "return", "write", "print", "include", "show", "state", "report", "provide", "mention"),
        *("emit", "produce", "say", "add"),
    }
)
_RULE = re.compile(r"MUST(?P<no> NOT)?\s+(?:always\s+|ever\s+|only\s+)?(?P<verb>[\w-]+)\s+(?P<rest>.+)", re.A)


def contradicted(rules: Iterable[Constraint], text: str) -> Constraint | None:
    """Return the rule that asks for what `text` rules out, or rules out what it asks for."""
    new = _RULE.fullmatch(text)
    for rule in rules if new else ():
        old = _RULE.fullmatch(rule.text)
        if new is None or old is None or (new["no"] is None) == (old["no"] is None):
            continue
        verbs = {new["verb"].lower(), old["verb"].lower()}
        no, yes = (new, old) if new["no"] else (old, new)
        ruled_out = stems(no["rest"])
        if (len(verbs) == 1 or verbs <= _SAYING) and ruled_out and ruled_out <= stems(main_part(yes["rest"])):
            return rule
    return None


def subject_of(persona: Persona) -> Subject:
    """Return what `persona` is about: by its role, its tags and the rules that it has from the knowledge."""
    known = knowledge()
    subject = decide(read(persona.role), None, domain=persona.domain, language=persona.language)
    ids = {rule.id for rule in persona.constraints}
    stack = {t.id: t for t in subject.technologies}
    for entry in known.technologies:
        if entry.id in persona.tags or any(rule.id in ids for rule in entry.rules):
            stack[entry.id] = entry
    task = next((known.activities[tag] for tag in persona.tags if tag in known.activities), subject.activity)
    activity = task if task.domain == subject.activity.domain else subject.activity
    return replace(subject, activity=activity, technologies=tuple(stack.values()))


def candidates(persona: Persona, text: str) -> Iterator[Known]:
    """Yield the rules of the knowledge about `text` that `persona` can take and has not got, the most fitting first."""
    subject, topic = subject_of(persona), topic_of(text)
    ids = {rule.id for rule in persona.constraints}
    texts = {rule.text for rule in persona.constraints}
    taken = {known_rules()[rule_id].rule.subject for rule_id in ids if rule_id in known_rules()}
    for rule, owner, said in _offered(subject, topic, text):
        if said and rule.id not in ids and said not in texts and rule.subject not in taken:
            yield Known(rule, owner, said)


def _offered(subject: Subject, topic: Topic | None, text: str) -> Iterator[tuple[Rule, str, str | None]]:
    """Yield rules about `text`: by its words where it is no topic or says more than one, then by the topic."""
    named = technologies(text)
    coding = subject.domain == "code" or subject.activity.uses != "none"
    entries = _entries(subject, named, coding)
    if topic is None or all(stems(name) != stems(text) for name in topic.names):
        for entry in [*(e for e in entries if e in named), *(e for e in entries if e not in named)]:
            words = stems(text) - (stems(entry.name) if entry in named else frozenset())
            for _, rule in usable(entry, subject):
                if words and words <= stems(f"{rule.id} {rule.subject} {rule.text}"):
                    yield rule, entry.name, text_for(entry, rule, subject)
    if topic:
        for entry in entries:
            pool = [rule for _, rule in usable(entry, subject) if rule.subject in topic.covers]
            for rule in sorted(pool, key=lambda rule: topic.covers.index(rule.subject)):
                yield rule, entry.name, text_for(entry, rule, subject)
        for rule in (*(topic.code if coding else ()), *topic.rules):
            yield rule, topic.name, rule.review if subject.activity.uses == "review" and rule.review else rule.text


def _entries(subject: Subject, named: tuple[Technology, ...], coding: bool) -> list[AnyEntry]:
    """Return whose rules may be taken: the persona's stack, what was named, the persona's activity and its domain."""
    general = knowledge().activities[subject.domain]
    found: list[AnyEntry] = []
    if coding:
        found += [*subject.frameworks, *(t for t in subject.technologies if t.kind == "language"), *named]
    found += [subject.activity, general, *([knowledge().activities["code"]] if coding else [])]
    return list({entry.id: entry for entry in found}.values())


def elsewhere(text: str) -> Known | None:
    """Return a rule about `text` that is for other technologies or tasks than a persona's own."""
    if (topic := topic_of(text)) and topic.code:
        return Known(topic.code[0], "programming", topic.code[0].text)
    words = stems(fold(text))
    return next((k for k in known_rules().values() if words and words <= stems(f"{k.rule.id} {k.text}")), None)
