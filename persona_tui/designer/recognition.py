"""What a description says: which activities, technologies and natural languages of the knowledge it names.

No model and no guessing by likeness: names are matched as whole words, without regard to case and accents, in any
script. A name that is also an everyday word (`go`, `rust`, `express`) counts only in company.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Literal

from persona_tui.base.text import one_line
from persona_tui.designer.knowledge import Activity, Entry, Knowledge, Technology, Tongue, knowledge

READ_LIMIT = 20_000
"""Characters of a description, with all that was wished for since, that are read."""

# Scripts without blanks between words: each character is a token, so that a name matches inside a run of them.
_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
# An elided article (`l'anglais`) is a token of its own.
_TOKEN = re.compile(
    rf"[{_UNSPACED}]|\b(?:qu|[cdjlmnst])['’](?=[^\W\d_])|\.?(?:(?![{_UNSPACED}])[^\W_])+(?:['’.](?:(?![{_UNSPACED}])[^\W_])+)*(?:\+\+|#)?"
)
_NEAR = 2
"""Words that may stand between a technology and the agent that it belongs to: `Swift iOS app developer`."""
_CLAUSE_END = re.compile(r"[,.;:!?()\n—–]|\s-\s")
_SENTENCE_END = re.compile(r"[.;!?](?=\s|$)")
_VERSION = re.compile(r"v?(\d+(?:\.\d+)*)")
_WITH_DIGITS = re.compile(r"([^\W\d_]{3,})(\d+(?:\.\d+)*)")


Form = Literal["agent", "verb", "object", "name", "foreign"]


@dataclass(frozen=True, slots=True)
class Token:
    """A word: as it is compared, and where it stands in the text."""

    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """An entry, and the tokens `first` to `last` (not included) that name it; a `strong` name is unmistakable."""

    entry: Entry
    first: int
    last: int
    strong: bool
    form: Form
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A description and what was recognised in it, in the order of the text; `unwanted` is what it rules out."""

    text: str
    tokens: tuple[Token, ...]
    activities: tuple[Match, ...]
    hints: tuple[Match, ...]
    technologies: tuple[Match, ...]
    tongues: tuple[Match, ...]
    unwanted: tuple[Match, ...] = ()

    def head(self) -> int:
        """Return how many tokens stand before the first preposition, relative pronoun or clause end."""
        heads = knowledge().words.heads
        for i, token in enumerate(self.tokens):
            if i and (token.word in heads or self.clause_ends_before(i)):
                return i
        return len(self.tokens)

    def clause_ends_before(self, i: int) -> bool:
        """Whether punctuation stands between token `i` and the one before it."""
        return _breaks(self.text, self.tokens, i)

    def words(self, match: Match) -> str:
        """Return the words of the text that made `match`."""
        return self.text[self.tokens[match.first].start : self.tokens[match.last - 1].end]


def fold(word: str) -> str:
    """Return `word` as it is compared: no case, no accents, compatibility forms resolved."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def tokenize(text: str) -> tuple[Token, ...]:
    """Return the words of `text`. `C++`, `C#`, `Node.js` and `.NET` are one each; `spring-boot` is two."""
    return tuple(Token(fold(m.group().rstrip("'’")), m.start(), m.end()) for m in _TOKEN.finditer(text))


def read(description: str) -> Reading:
    """Return what `description` says. Only its first READ_LIMIT characters are read; escapes and controls are not."""
    text = unicodedata.normalize("NFKC", one_line(description[:READ_LIMIT]))
    tokens = tokenize(text)
    found = [m for m in _matches(tokens, _names()) if not _misled(m, tokens)]
    believed = [m for m in found if m.strong or _believable(m, found, text, tokens)]
    certain = {m.first for m in believed}
    found = [m for m in found if m.first in certain or _has_sibling(m, believed)]
    wanted = _wanted(found, text, tokens)
    return Reading(
        text=text,
        tokens=tokens,
        activities=tuple(m for m in wanted if isinstance(m.entry, Activity)),
        hints=tuple(_matches(tokens, _hints())),
        technologies=tuple(m for m in wanted if isinstance(m.entry, Technology)),
        tongues=tuple(m for m in wanted if isinstance(m.entry, Tongue)),
        unwanted=tuple(m for m in found if m not in wanted),
    )


@dataclass(frozen=True, slots=True)
class _Name:
    words: tuple[str, ...]
    entry: Entry
    strong: bool
    form: Form


class _Index:
    """Names by their first word, the longest first; those with `*` apart."""

    def __init__(self, names: Iterable[_Name]) -> None:
        self.exact: dict[str, list[_Name]] = {}
        self.patterns: list[tuple[re.Pattern[str], _Name]] = []
        for name in names:
            if "*" in name.words[0]:
                pattern = ".*".join(re.escape(part) for part in name.words[0].split("*"))
                self.patterns.append((re.compile(pattern), name))
            else:
                self.exact.setdefault(name.words[0], []).append(name)
        for candidates in self.exact.values():
            candidates.sort(key=lambda name: (-len(name.words), not name.strong))

    def at(self, tokens: tuple[Token, ...], i: int) -> _Name | None:
        """Return the longest name that stands at token `i`."""
        for name in self.exact.get(tokens[i].word, ()):
            if all(i + k < len(tokens) and tokens[i + k].word == word for k, word in enumerate(name.words)):
                return name
        return next((name for pattern, name in self.patterns if pattern.fullmatch(tokens[i].word)), None)


@cache
def _names() -> _Index:
    return _Index(_all_names(knowledge()))


@cache
def _hints() -> _Index:
    return _Index(_Name(_words_of(hint), a, False, "name") for a in knowledge().activities.values() for hint in a.hints)


def _all_names(known: Knowledge) -> Iterator[_Name]:
    for entry in known.entries:
        forms: list[tuple[Form, Iterable[str]]] = [("name", entry.names)]
        if isinstance(entry, Activity):
            forms += [("agent", entry.agents), ("verb", entry.verbs), ("object", entry.objects)]
        forms.append(("foreign", chain(*entry.names_other.values())))
        for form, names in forms:
            yield from (_Name(_words_of(name), entry, True, form) for name in names)
        weak: Form = "verb" if isinstance(entry, Activity) else "name"
        yield from (_Name(_words_of(name), entry, False, weak) for name in entry.weak)


def _words_of(name: str) -> tuple[str, ...]:
    if "*" in name:
        return (fold(name),)
    return tuple(token.word for token in tokenize(name))


def _matches(tokens: tuple[Token, ...], index: _Index) -> Iterator[Match]:
    i = 0
    while i < len(tokens):
        name, version = index.at(tokens, i), None
        if name is None and (parts := _WITH_DIGITS.fullmatch(tokens[i].word)):
            bare = Token(parts[1], tokens[i].start, tokens[i].end)
            name, version = index.at((bare,), 0), parts[2]
        if name is None:
            i += 1
            continue
        last = i + len(name.words)
        if version is None and last < len(tokens) and (number := _VERSION.fullmatch(tokens[last].word)):
            version = number[1]
        yield Match(name.entry, i, last, name.strong, name.form, version)
        i = last


def _misled(match: Match, tokens: tuple[Token, ...]) -> bool:
    """Whether a neighbouring word shows that something else is meant (`react to`, `American Express`)."""
    after = tokens[match.last].word if match.last < len(tokens) else ""
    before = tokens[match.first - 1].word if match.first else ""
    return after in match.entry.not_before or before in match.entry.not_after


def _believable(match: Match, found: list[Match], text: str, tokens: tuple[Token, ...]) -> bool:
    """Whether a name that is also an everyday word means the entry here.

    It does when it is all that was said, when it stands beside a word of the trade or another technology, or when it
    is capitalised in mid-sentence as only a name is. The name of an activity does where a verb stands.
    """
    if match.last - match.first == len(tokens):
        return True
    entry = match.entry
    if isinstance(entry, Activity):
        return is_predicate(match, text, tokens)
    if isinstance(entry, Technology):
        company = knowledge().words.company
        code = knowledge().activities["code"]
        for i in _neighbours(match, text, tokens):
            beside = next((m for m in found if m.first <= i < m.last), None)
            if (
                beside
                and isinstance(beside.entry, Technology)
                and (beside.strong or _language(beside) == entry.language)
            ):
                return True
            if tokens[i].word in company:
                return True
            if beside and isinstance(beside.entry, Activity) and beside.entry.uses != "none":
                return True
        if any(m.entry is code and m.form == "agent" and 0 <= m.first - match.last <= _NEAR for m in found):
            return True
    return _stands_out(match, text, tokens)


def is_predicate(verb: Match, text: str, tokens: tuple[Token, ...]) -> bool:
    """Whether a verb says what the persona does: not as in `USB port` or `blog posts explaining Rust`."""
    words = knowledge().words
    if verb.first == 0 or _breaks(text, tokens, verb.first):
        return True
    before = tokens[verb.first - 1].word
    return before in words.heads | words.starters or before.endswith("ly")


def _has_sibling(match: Match, believed: list[Match]) -> bool:
    """Whether another technology of the same language was recognised."""
    language = _language(match)
    return language is not None and any(m.entry is not match.entry and _language(m) == language for m in believed)


def _language(match: Match) -> str | None:
    return match.entry.language if isinstance(match.entry, Technology) else None


def _neighbours(match: Match, text: str, tokens: tuple[Token, ...]) -> Iterator[int]:
    """Yield the nearest token on either side that says something."""
    connectors = knowledge().words.connectors
    i = match.first - 1
    while i >= 0 and (tokens[i].word in connectors or tokens[i].word.isdigit()):
        i -= 1
    if i >= 0:
        yield i
    i = match.last
    while i < len(tokens) and (tokens[i].word in connectors or tokens[i].word.isdigit()):
        i += 1
    if i < len(tokens) and not (i == match.last and _breaks(text, tokens, i)):
        yield i


def _stands_out(match: Match, text: str, tokens: tuple[Token, ...]) -> bool:
    """Whether the name is written with a capital where everyday words are not."""
    written = text[tokens[match.first].start : tokens[match.last - 1].end]
    if written not in match.entry.weak or written == written.lower() or match.first == 0:
        return False
    if re.search(r"[.!?:]", text[tokens[match.first - 1].end : tokens[match.first].start]):
        return False
    others = [text[t.start] for i, t in enumerate(tokens) if i and not match.first <= i < match.last]
    return not others or sum(c.isupper() for c in others) <= len(others) / 3


def _wanted(found: list[Match], text: str, tokens: tuple[Token, ...]) -> list[Match]:
    """Leave out what is named as unwanted: `not Django`, `without React or Vue`, `migrating from Express`.

    What was wanted before goes too when it is unwanted later, or when something of its kind is wanted `instead`.
    """
    negations = {tuple(phrase.split()) for phrase in knowledge().words.negations}
    wanted: list[Match] = []
    unwanted_end = -2
    for match in found:
        before = [token.word for token in tokens[: match.first][-2:]]
        listed = unwanted_end == match.first - 1 and before[-1:] in (["or"], ["nor"], ["and"])
        if listed or tuple(before[-1:]) in negations or tuple(before) in negations:
            unwanted_end = match.last
            wanted = [m for m in wanted if m.entry is not match.entry]
        else:
            wanted.append(match)
    for i, token in enumerate(tokens):
        if token.word == "instead" and not (i + 1 < len(tokens) and tokens[i + 1].word == "of"):
            wanted = _replaced(wanted, text, tokens, i)
    return wanted


def _replaced(wanted: list[Match], text: str, tokens: tuple[Token, ...], i: int) -> list[Match]:
    """Leave out the technologies before the sentence of token `i` that are of the kind of one in it."""
    start = max((m.end() for m in _SENTENCE_END.finditer(text, 0, tokens[i].start)), default=0)
    stop = _SENTENCE_END.search(text, tokens[i].end)
    inside = [m for m in wanted if start <= tokens[m.first].start < (stop.start() if stop else len(text))]
    kinds = {m.entry.kind for m in inside if isinstance(m.entry, Technology)}
    return [
        m
        for m in wanted
        if not (isinstance(m.entry, Technology) and m.entry.kind in kinds and tokens[m.first].start < start)
    ]


def _breaks(text: str, tokens: tuple[Token, ...], i: int) -> bool:
    return bool(_CLAUSE_END.search(text[tokens[i - 1].end : tokens[i].start]))
