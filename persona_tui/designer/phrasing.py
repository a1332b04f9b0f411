"""The words of a draft: role, name, description line and output format.

A role keeps the description's own words where they are a plain English noun phrase; otherwise it is put together from
what was recognised. Words that are no part of a role (`I`, `please`, a key, a path) never get into one.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

from persona_tui.designer.knowledge import Activity, Technology, knowledge
from persona_tui.designer.recognition import Reading, fold, read, tokenize
from persona_tui.designer.subject import Subject
from persona_tui.spec.names import propose_name, slugify

_ROLE_WORDS = 14
_ROLE_LENGTH = 90
_OBJECT_WORDS = 7
_SLUG_WORDS = 3
_LONG_NAME = 3
"""Names shorter than this are respelled only where they were recognised: `go` is `Go`."""
_LONGEST_WORD = 24
"""A longer word is a key or a path rather than a word."""

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .+#&,'()/-]*")
_OPENING = re.compile(
    r"(?:(?:hi|hello|hey|please|ok)[ ,!]+)*"
    r"(?:(?:i|we)(?: would|'d)? (?:want|need|like|require|am looking for|are looking for|'m looking for) (?:to )?)?"
    r"(?:(?:please )?(?:create|build|make|design|generate|give|set up|write) (?:me )?"
    r"(?=an? |the |some |persona |assistant ))?"
    r"(?:an? |the |some |my |our )?(?:new )?"
    r"(?:(?:persona|assistant|model|agent|bot|llm|system prompt|prompt)s? (?:for|of|as|like|to be) )?"
    r"(?:you are |act as |acts as |behave like |be )?(?:an? |the |my |our )?",
    re.IGNORECASE,
)
_HERE = re.compile(
    r"\s*(?:\b(?:for|in|of|on|from|within|with)\s+)?\b(?:this|that|my|our|the current|the present|the given)\s+"
    r"(?:\w+\s+)?(?:project|codebase|code base|repo|repository|code|app|application|folder|directory)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|[;:\n()—–\"“”]|,|\s-\s")
_CONTINUATION = re.compile(
    r"\s+(?:so|because|but|while|if|when|whenever|then|and then|please|without|where|since|until"
    r"|(?<!\band\s)(?<!\bor\s)(?:not|never|no))\s.*$",  # `urgent and not urgent` is one thing
    re.IGNORECASE,
)
_LABELS = re.compile(r"\s+(?:into|as)\s.*$", re.IGNORECASE)
_LEADING = re.compile(r"^(?:(?:of|for|on|in|to|about|with|into|me|us|all|any|some|these|those)\s+)+", re.IGNORECASE)
_POSSESSIVE = re.compile(r"\b(?:my|our|your|their)\b", re.IGNORECASE)
_MAKING = re.compile(r"(?:write|build|create|maintain|develop|implement)s?|(?:writ|build|creat|develop)ing")


def role_of(subject: Subject, reading: Reading) -> str:
    """Return the role: a noun phrase in sentence case, on one line, in English."""
    phrase = _noun_phrase(subject, reading) or _from_template(subject, reading)
    first = phrase.split(" ", 1)[0]
    return phrase[0].upper() + phrase[1:] if first.islower() else phrase


def name_of(subject: Subject, reading: Reading, base_model: str) -> str:
    """Return `my-<what it is>-<base>`."""
    return propose_name(_slug(subject, reading), base_model)


def description_of(subject: Subject, reading: Reading) -> str:
    """Return when to use the persona, in one line."""
    purpose = subject.activity.purpose.replace("{stack}", stack_label(subject))
    thing = _object(subject, reading)
    if subject.domain == "classification":  # whose purpose says itself that there are categories
        thing = _LABELS.sub("", thing)
    purpose = purpose.replace("{object}", thing or subject.activity.object)
    return _tidy(f"Use it to {purpose}{_direction(subject)}.")


def output_format_of(subject: Subject) -> str | None:
    """Return what an answer looks like."""
    fence = subject.language if subject.domain == "code" and subject.language else "code"
    form = subject.activity.output_format or knowledge().activities[subject.activity.domain].output_format
    return form.replace("{fence}", fence) if form else None


def stack_label(subject: Subject) -> str:
    """Return the language and the frameworks as people say them: `Java Spring Boot`; '' where there are none."""
    if subject.activity.uses == "none" and subject.domain != "code":
        return ""
    frameworks = [f.name for f in _telling(subject)[:3]]
    language = subject.language
    if language is None or (frameworks and (language == "Shell" or any(language in name for name in frameworks))):
        return " ".join(frameworks)
    return " ".join([language, *frameworks])


def _telling(subject: Subject) -> tuple[Technology, ...]:
    """Return the frameworks that say most: those that there are rules for, else all."""
    return tuple(f for f in subject.frameworks if f.rules) or subject.frameworks


def _noun_phrase(subject: Subject, reading: Reading) -> str:
    """Return the description's own noun phrase around the agent that it names; '' where it has none that is fit."""
    named = subject.named
    if named is None or named.form != "agent" or not _same_work(subject) or not _is_english(reading):
        return ""
    agent_end = reading.tokens[named.last - 1].end
    opening = _OPENING.match(reading.text)
    start = opening.end() if opening else 0
    if start > reading.tokens[named.first].start or _SENTENCE_END.search(reading.text[start:agent_end]):
        return ""
    end = _SENTENCE_END.search(reading.text, agent_end)
    whole = reading.text[start : end.start() if end else None]
    here = _HERE.sub("", whole)
    head_end = next(
        (t.start for t in reading.tokens[named.last :] if t.word in knowledge().words.heads), len(reading.text)
    )
    for candidate in (here, reading.text[start : max(head_end, agent_end)]):
        phrase = _respelled(candidate, subject)
        if fits_role(phrase):
            return _ranked(phrase, candidate.lower(), subject, reading)
    return ""


def _same_work(subject: Subject) -> bool:
    """Whether the agent that the description names does what was decided on."""
    entry = subject.named.entry if subject.named else None
    return isinstance(entry, Activity) and entry.domain == subject.activity.domain


def _ranked(phrase: str, said: str, subject: Subject, reading: Reading) -> str:
    """Return `phrase` with the technologies if what was `said` has none, and with a developer's rank if it has none."""
    words = phrase.split()
    ranks = knowledge().words.ranks
    label = stack_label(subject)
    if words[0].istitle() and fold(words[0]) in knowledge().words.common:
        words[0] = words[0].lower()
    if label and not any(reading.words(match).lower() in said for match in reading.technologies):
        at = 1 if fold(words[0]) in ranks else 0
        words[at:at] = label.split()
    if subject.activity.id == "code" and not any(fold(word) in ranks for word in words):
        words.insert(0, "Senior")
    return " ".join(words)


def _names(subject: Subject) -> tuple[str, ...]:
    return tuple(t.name for t in subject.technologies)


def _from_template(subject: Subject, reading: Reading) -> str:
    activity = subject.activity
    thing = _object(subject, reading)
    said = activity.keeps_stack and any(name in thing for name in _names(subject))
    role = activity.role.replace("{stack}", "" if said else stack_label(subject) or activity.stack)
    if activity.id == "translation" and thing:
        role += f" of {thing}"
    elif activity.id == "code" and thing:
        role += f" for {thing}"
    elif activity.id == "other" and (task := _whole(reading, subject)):
        thing = f"this task: {task}"
    return _tidy(role.replace("{object}", thing or activity.object) + _direction(subject))


def _whole(reading: Reading, subject: Subject) -> str:
    """Return the whole description where it is short and plain enough to be quoted; else ''."""
    opening = _OPENING.match(reading.text)
    phrase = _respelled(_POSSESSIVE.sub("the", reading.text[opening.end() if opening else 0 :]), subject)
    return phrase if " " in phrase and _is_english(reading) and fits_role(phrase) else ""


def _direction(subject: Subject) -> str:
    if subject.domain != "translation":
        return ""
    source = f" from {subject.source}" if subject.source else ""
    return source + (f" into {subject.target}" if subject.target else "")


def _object(subject: Subject, reading: Reading) -> str:
    """Return what the persona works on, in the description's words; '' where they are not fit for a role."""
    text = _object_text(subject, reading).lstrip(" ,:-")
    end = _SENTENCE_END.search(text)
    cut = text[: end.start() if end else None]
    if subject.domain == "classification" and end and end.group() == ",":
        cut = _LABELS.sub("", cut)  # of several labels one alone says something else
    text = _HERE.sub("", _CONTINUATION.sub("", cut))
    text = _POSSESSIVE.sub("the", _LEADING.sub("", text.strip()))
    if subject.domain in ("translation", "writing"):
        text = _before_tongue(text)
    words = _respelled(text, subject).split()
    if not subject.activity.keeps_stack:
        words = _without_stack(words, subject)
    dangling = knowledge().words.heads | knowledge().words.connectors | {"the", "a", "an"}
    while words and fold(words[-1]) in dangling:
        words.pop()
    phrase = " ".join(words)
    return phrase if len(words) <= _OBJECT_WORDS and _is_english(reading) and fits_role(phrase) else ""


def _object_text(subject: Subject, reading: Reading) -> str:
    """Return the part of the text that starts with what the persona works on; '' where there is none."""
    named, tokens, text = subject.named, reading.tokens, reading.text
    if subject.activity.id == "other":
        return ""
    if named is None:
        return next((text[t.end :] for t in tokens if _MAKING.fullmatch(t.word)), "")
    if named.form == "agent":
        return next((text[t.end :] for t in tokens[named.last :] if t.word in ("of", "for")), "")
    before = text[tokens[_phrase_start(named.first, reading)].start : tokens[named.first].start]
    if named.form == "object" and subject.activity.object_is_work:
        return before + text[tokens[named.first].start :]  # `marketing e-mails`
    if before and tokens[named.last : named.last + 1] and tokens[named.last].word != "of":
        return before  # `bug triage for Jira`
    return text[tokens[named.last - 1].end :] or before


def _phrase_start(i: int, reading: Reading) -> int:
    """Return the first token of the words that stand right before token `i` and belong to it."""
    words = knowledge().words
    ends = (words.stop | words.heads | words.starters) - {"a", "an", "the"}
    while i and reading.tokens[i - 1].word not in ends and not reading.clause_ends_before(i):
        i -= 1
    return i


def _before_tongue(text: str) -> str:
    """Return `text` up to `from German`, `into English` and the like."""
    for token, after in pairwise(tokenize(text)):
        if token.word in ("from", "to", "into", "in") and any(m.first == 0 for m in read(text[after.start :]).tongues):
            return text[: token.start]
    return text


def _without_stack(words: list[str], subject: Subject) -> list[str]:
    """Leave out the technologies, which the role says already, and what only led to them (`with Click and Rich`)."""
    names = {fold(part) for t in subject.technologies for part in t.name.split()}
    connectors = knowledge().words.connectors
    kept: list[str] = []
    for i, word in enumerate(words):
        said = fold(word) in names
        leads = fold(word) in connectors and i + 1 < len(words) and fold(words[i + 1]) in names
        if leads and kept:
            break
        if not said and not leads and (kept or fold(word) not in connectors):
            kept.append(word)
    return kept


def _is_english(reading: Reading) -> bool:
    """Whether the description can be taken to be English, as far as its words show."""
    if any(m.form == "foreign" for m in (*reading.activities, *reading.technologies, *reading.tongues)):
        return False
    return reading.text.isascii() and not knowledge().words.foreign & {t.word for t in reading.tokens}


def _respelled(text: str, subject: Subject) -> str:
    """Return `text` without praise, its known words written as they are: `spring boot` is `Spring Boot`."""
    words = knowledge().words
    text = " ".join(word for word in text.split() if fold(word.strip(",")) not in words.praise)
    named = [(_loosely(t.name), t.name) for t in subject.technologies if len(t.name) < _LONG_NAME or _is_everyday(t)]
    for pattern, name in (*_spellings(), *named):
        text = pattern.sub(name, text)
    return re.sub(r"[A-Za-z0-9]+", lambda m: words.spelling.get(m.group().lower(), m.group()), text).strip(" ,.'")


@cache
def _spellings() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the names that are no everyday word in any case, the longest first."""
    names = {e.name for e in knowledge().technologies if len(e.name) >= _LONG_NAME and not _is_everyday(e)}
    return tuple((_loosely(name), name) for name in sorted(names, key=lambda name: (-len(name), name)))


def _is_everyday(entry: Technology) -> bool:
    return fold(entry.name) in map(fold, entry.weak)


def _loosely(name: str) -> re.Pattern[str]:
    """Return a pattern for `name` in any case, its words (`Fast`, `API`) joined by blanks, hyphens or nothing."""
    parts = [re.escape(part) for part in re.split(r"(?<=\w)[ .]|(?<=[a-z])(?=[A-Z])", name)]
    return re.compile(rf"(?<![\w.-]){'[ .-]?'.join(parts)}(?![\w+#-])(?!\.\w)", re.IGNORECASE)


def fits_role(phrase: str) -> bool:
    """Whether a phrase can stand in a role: short, plain, English, and about the work rather than about the asker."""
    words = knowledge().words
    parts = phrase.split()
    if not parts or len(parts) > _ROLE_WORDS or len(phrase) > _ROLE_LENGTH or not _SAFE.fullmatch(phrase):
        return False
    folded = {fold(part.strip(".,()'")) for part in parts}
    if any(len(part) > _LONGEST_WORD or part.startswith("/") or part.count("/") > 1 for part in parts):
        return False
    return not folded & (words.personal | words.foreign)


def _slug(subject: Subject, reading: Reading) -> str:
    activity = subject.activity
    if subject.technologies and (activity.uses != "none" or subject.domain == "code"):
        parts = [*_stack_slugs(subject), activity.slug]
    elif subject.language and subject.domain == "code":
        parts = [subject.language, activity.slug]
    elif subject.domain == "translation" and (subject.source or subject.target):
        parts = [activity.slug, subject.source or "", subject.target or ""]
    else:
        parts = [activity.slug, *_content_words(subject, reading)]
    return slugify(" ".join(dict.fromkeys(part for part in parts if part)))


def _stack_slugs(subject: Subject) -> list[str]:
    frameworks = _telling(subject)[:2]
    language = [t.id for t in subject.technologies if t.name == subject.language]
    said = not frameworks or subject.detected or any(entry_id in subject.why for entry_id in language)
    return [*(language if said else []), *(f.id for f in frameworks)]


def _content_words(subject: Subject, reading: Reading) -> list[str]:
    """Return the first words of the description that say something and that the activity's slug does not say."""
    named, stop = subject.named, knowledge().words.stop
    spent = range(named.first, named.last) if named and named.form != "object" and subject.activity.slug else range(0)
    words = [t.word for i, t in enumerate(reading.tokens) if i not in spent and t.word not in stop]
    fit = [word for word in words if slugify(word) and 1 < len(word) <= _LONGEST_WORD]
    own = subject.activity.slug.split("-")
    return [word for word in dict.fromkeys(fit) if word not in own][:_SLUG_WORDS]


def _tidy(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
