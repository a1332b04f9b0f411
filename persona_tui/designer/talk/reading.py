"""Words become wishes: a table of what people say, looked through from the top. Nothing here knows the persona."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from persona_tui.designer.talk.builders import ruling_out
from persona_tui.designer.talk.clauses import Clause, clauses, core_of
from persona_tui.designer.talk.naming import covered, doubtful, technologies
from persona_tui.designer.talk.phrases import PATTERNS, Kind
from persona_tui.designer.talk.pointing import which
from persona_tui.designer.talk.topics import is_topic
from persona_tui.designer.talk.wishes import (
    AddAbout,
    AddRule,
    DropRules,
    Leave,
    Redraft,
    Rename,
    ReplaceRule,
    SetField,
    Which,
    Wish,
    Without,
)
from persona_tui.spec.lint.english import is_verb

_JOINTS = re.compile(
    r"\s*,\s*(?:and\s+)?(?:then\s+|also\s+)?|\s+(?:and|then|but|plus)\s+(?:then\s+|also\s+)?", re.I | re.A
)
_MOST_JOINTS = 12
_CIVIL = re.compile(
    r"(?:(?:hi|hello|hey|thanks|thank\s+you|thx|please|ok|okay|yes|great|good|nice|cool|perfect|there|all|right|so|much|very"
    r"|well|fine|looks|that|that's|a|lot|again)\b[\s,]*)+",
    re.I | re.A,
)
"""What asks for nothing, and is no wish beside others."""
_TAKEN_AS_THEY_ARE = (AddRule, ReplaceRule, SetField)
"""Wishes that hold words of the person, in which no further wish is looked for."""
_NEGATED = re.compile(
    r"(?:(?:i|we)\s+)?(?P<no>do\s+not|don'?t|never|not|no\s+need\s+to|no(?:\s+more|t\s+any)?|stop|without|avoid|skip|exclude"
    r"|forget(?:\s+about)?|hate|dislike|cannot\s+use|can'?t\s+use)\s+(?P<rest>.+)",
    re.I | re.A,
)
_USING = re.compile(
    r"(?:to\s+)?(?:us(?:e|ing)|want(?:ing)?|need(?:ing)?|like|includ(?:e|ing)|write|writing|work(?:ing)?\s+with|mention)\s+"
    r"(?:to\s+(?:use|have)\s+|any\s+)?(?P<what>.+)",
    re.I | re.A,
)


_LISTED = re.compile(r"\s*,\s*(?:and\s+|or\s+)?(?:also\s+)?|\s+(?:and|&|plus)\s+(?:also\s+)?", re.I | re.A)
_LISTED_WORDS = 3
_NO_LIST = re.compile(r"\b(?:that|which|who|when|where|how|if|before|after|between|both)\b", re.I | re.A)
"""What shows that a list of topics may be none."""
_OWN = re.compile(r"(?:must|always|never|don'?t|do\s+not)\b", re.I | re.A)
_NEXT_RULE = re.compile(
    r"\s*,?\s+(?:and|but)\s+(?:then\s+|also\s+)?(?=(?:always|never|must|don'?t|do\s+not"
    r"|add\s+(?:a|one|another)\s+rule|(?:drop|remove|delete|replace|move)\s+(?:the\s+(?:last|first)\s+)?rules?)\s)|\s*,\s*(?=(?:always|never|must\s+(?:not|never))\s)",
    re.I | re.A,
)
_TOUCHED = re.compile(
    r"(?:change|touch|modify|alter|edit|reset|update|adjust|raise|lower|increase|decrease)\s+(?:the\s+|its\s+|your\s+|that\s+)?"
    r"(?:persona'?s\s+)?(?P<what>temperature|name|role|description|domain|tier|tags|parameters|output[ -]format|format"
    r"|base(?:\s+model)?|model|rules|anything(?:\s+else)?|it|this|rule\s+(?:number\s+)?#?\d+)",
    re.I | re.A,
)
_NAMED_THING = re.compile(
    r"(?!(?:problem|thanks?|idea|way|worr|rush|matter|doubt|one|thing|more|longer|less|deal|hurry|need|reason|change|point|use"
    r"|rules?|it|i|you|we|that|this|not|but|the|a|an|luck|kidding|good|bad|answer|offen[cs]e|clue|please|chance|wonder|big)\b"
    r"|(?:worries|changes|questions?|objections?|comment$))"
    r"[a-z_][\w.()-]*(?:\s[a-z_][\w.()-]*)?",
    re.I | re.A,
)
"""What after `no` is to be left out: `no emojis`, `no unwrap()`."""
_WRITTEN = frozenset(
    {
        *("tests", "comments", "explanations", "explanation", "prose", "docs", "docstrings", "documentation", "code"),
        *("preamble", "preambles", "introductions", "introduction", "summaries", "summary", "apologies", "jokes"),
    }
)
_LOCKS = {
    "base": "base",
    "model": "base",
    "format": "output_format",
    "rules": "rules",
    "anything": "",
    "it": "",
    "this": "",
}


def wishes(words: str) -> list[Wish]:
    """Return what `words` wish for, in their order. Nothing is left out: what is not understood is a plain Wish."""
    found: list[Wish] = []
    said = list(clauses(words))
    for clause in [clause for clause in said if not _CIVIL.fullmatch(clause.core)] or said:
        parts = list(_wishes_in(clause))
        last = found[-1] if found else None
        own = type(parts[0]) is Wish or clause.core.lower().startswith("no ")
        if clause.glued and last and own and isinstance(last, AddRule | ReplaceRule | SetField):
            found[-1] = _longer(last, clause.text)  # the semicolon belonged to the person's own words
        else:
            found += parts
    return [each for wish in found for each in _each(wish)]


def _each(wish: Wish) -> list[Wish]:
    """Return the wishes about rules on several things, one by one; any other wish as it is."""
    if isinstance(wish, AddAbout):
        return [AddAbout(wish.said, part, wish.sure) for part in _topics_in(wish.about)]
    if isinstance(wish, DropRules) and wish.which.several and wish.which.about:
        return [DropRules(wish.said, Which(about=part, several=True)) for part in _topics_in(wish.which.about)]
    return [wish]


def _topics_in(about: str) -> list[str]:
    """Return the topics that `logging, metrics and tracing` lists; what is no list is one."""
    parts = [part.strip() for part in _LISTED.split(about)]
    listed = len(parts) > 1 and all(part and len(part.split()) <= _LISTED_WORDS for part in parts)
    return parts if listed and not _NO_LIST.search(about) and not is_topic(about) else [about]


def _longer(wish: AddRule | ReplaceRule | SetField, more: str) -> Wish:
    said = f"{wish.said}; {more}"
    if isinstance(wish, SetField):
        return SetField(said, wish.field, f"{wish.value}; {more}")
    text = f"{wish.text}; {more}"
    return AddRule(said, text) if isinstance(wish, AddRule) else ReplaceRule(said, wish.which, text)


def _wishes_in(clause: Clause) -> Iterator[Wish]:
    whole = _known(clause) or _negated(clause.core)
    if isinstance(whole, AddRule) and (rules := _own_rules(clause)):
        yield from rules
        return
    if isinstance(whole, _TAKEN_AS_THEY_ARE) or (whole and not _JOINTS.search(clause.core)):
        yield whole
    elif isinstance(whole, AddAbout | Redraft | Rename | Without | None) and (parts := _parts(clause.core)):
        yield from parts
    elif whole:
        yield whole
    else:
        yield _bare(clause) or Wish(clause.text)


def _own_rules(clause: Clause) -> list[Wish]:
    """Return the wishes that a clause of the person's own words joins: `don't use eval, and always log errors`."""
    parts = _NEXT_RULE.split(clause.body)
    if len(parts) < 2 or not _OWN.match(parts[0]):
        return []
    found = [wish for part in parts if (wish := _explicit(part))]
    return found if len(found) == len(parts) and isinstance(found[0], AddRule) else []


@lru_cache(maxsize=64)
def _parts(core: str) -> tuple[Wish, ...]:
    """Return the wishes that `core` has side by side (`drop rule 2 and make it shorter`); none where one part is none.

    The first part must be a wish in itself, so that `use FastAPI and React` stays whole.
    """
    joints = list(_JOINTS.finditer(core))
    for joint in joints if len(joints) <= _MOST_JOINTS else ():
        left, right = core[: joint.start()], core_of(core[joint.end() :])
        if not left or not right:
            continue
        first, rest = _explicit(left), _explicit(right)
        if first is None or isinstance(first, _TAKEN_AS_THEY_ARE):
            continue
        if more := _parts(right) if not isinstance(rest, _TAKEN_AS_THEY_ARE) else ():
            return (first, *more)
        if rest:
            return (first, rest)
    return ()


def _explicit(text: str) -> Wish | None:
    return _known(Clause(text, text, text)) or _negated(text)


def _known(clause: Clause) -> Wish | None:
    """Return the wish that the table finds."""
    for kind, pattern, build in PATTERNS:
        if clause.question and not clause.request and kind is not Kind.ANY:
            continue
        match = pattern.fullmatch(clause.body if kind is Kind.OWN_WORDS else clause.core)
        if match and (wish := build(clause.text, match)):
            return None if isinstance(wish, Redraft) and doubtful(wish.text or wish.about) else wish
    return None


def _negated(core: str) -> Wish | None:
    """Return what `don't …`, `not …` and the like wish for: never what stands behind the negation."""
    match = _NEGATED.fullmatch(core)
    if match is None:
        return None
    rest, no = re.sub(r"^ever\s+", "", match["rest"], flags=re.I | re.A), match["no"].lower().replace("'", "")
    using = _USING.fullmatch(rest)
    thing = using["what"] if using else rest
    if no in ("dont", "do not", "never") and (touched := _TOUCHED.fullmatch(rest)):
        what = " ".join(touched["what"].lower().replace("-", " ").split())
        return Leave(core, _LOCKS.get(what.split()[0], what if what.startswith("rule") else what.replace(" ", "_")))
    if covered(thing):
        return Without(core, thing)
    if using and (rules := which(thing)):
        return DropRules(core, rules)
    if _NEGATED.fullmatch(rest):
        return None  # `don't stop using Django`
    wish = _known(Clause(rest, rest, rest))
    vague = wish is None or isinstance(wish, Redraft) or (isinstance(wish, AddAbout) and not wish.sure)
    if not vague and not isinstance(wish, AddRule | Without):
        return Leave(core)
    if vague and no == "no" and _NAMED_THING.fullmatch(rest):
        return AddRule(core, f"MUST NOT {'write' if rest.split()[-1].lower() in _WRITTEN else 'use'} {rest}")
    if vague and no in ("dont", "do not") and not technologies(thing) and is_verb(rest.split()[0].strip(",").lower()):
        return AddRule(core, ruling_out(rest))
    return None


def _bare(clause: Clause) -> Wish | None:
    """Return what a clause without any verb wishes for: `FastAPI and PostgreSQL`."""
    if clause.question:
        return None
    return Redraft(clause.text, clause.core) if covered(clause.core) else None
