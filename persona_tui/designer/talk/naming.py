"""Technologies in a wish: which are named, and whether a wish is about nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from persona_tui.designer.knowledge import Technology, knowledge
from persona_tui.designer.recognition import Match, Reading, fold, read

_FILLERS = frozenset(
    {
        *("a", "an", "the", "any", "either", "or", "nor", "and", "neither", "please", "at", "all", "anymore"),
        *("it", "of", "as", "also", "only", "just", "some", "instead", "rather", "than", "support", "stuff"),
        *("related", "specific"),
    }
)
_READ_RIGHT = re.compile(
    r"\b(?:not|no|never|without|avoid(?:ing)?|instead\s+of|rather\s+than|other\s+than|excluding|except|don't\s+use)\b",
    re.I | re.A,
)
"""Negations that `recognition` understands, as far as a name follows."""
_DOUBT = re.compile(
    r"\b(?:but|(?:any|every|no)(?:thing|one)|hates?|dislikes?|stop|drop|remove|delete|keep|less|fewer|neither|nor|nothing|lose"
    r"|cannot|unless|until|\w+n't|dont|away|rid|ban|ditch|skip|exclude|forget|bad|sucks?|worse|worst|apart|unlike|against"
    r"|old|leave|out|no\s+longer|anymore|replac\w+)\b",
    re.I | re.A,
)


@lru_cache(maxsize=128)
def reading_of(text: str) -> Reading:
    """Return what `text` alone says."""
    return read(text)


def technologies(text: str) -> tuple[Technology, ...]:
    """Return the technologies that `text` names, wanted or not, in its order."""
    reading = reading_of(text)
    found = sorted((*reading.technologies, *reading.unwanted), key=lambda match: match.first)
    return _entries(found)


def _entries(matches: Iterable[Match]) -> tuple[Technology, ...]:
    return tuple({m.entry.id: m.entry for m in matches if isinstance(m.entry, Technology)}.values())


def ruled_out(text: str) -> tuple[Technology, ...]:
    """Return the technologies that `text` names as unwanted."""
    wanted = {m.entry.id for m in reading_of(text).technologies}
    return _entries(m for m in reading_of(text).unwanted if m.entry.id not in wanted)


def covered(text: str) -> bool:
    """Whether `text` names technologies and says nothing else."""
    reading = reading_of(text)
    spent = {i for m in reading.technologies for i in range(m.first, m.last)}
    words = knowledge().words
    fillers = _FILLERS | words.company | (words.connectors - {"without"})
    rest = [t.word for i, t in enumerate(reading.tokens) if i not in spent]
    return bool(spent) and not reading.unwanted and all(w in fillers or w.replace(".", "").isdigit() for w in rest)


def doubtful(text: str) -> bool:
    """Whether `text` rules something out in a way that might be taken for its opposite."""
    plain = re.sub(r"\bbut\s+(?=not\b|no\b|without\b)", "", text, flags=re.I | re.A)
    if reading_of(plain).unwanted:
        plain = _READ_RIGHT.sub("", plain, count=len(reading_of(plain).unwanted))
    return bool(_DOUBT.search(plain) or _READ_RIGHT.search(plain))


def sure_name(entry: Technology) -> str:
    """Return the name of `entry` that nothing else is called: of Express `express.js`."""
    return next((name for name in entry.names if "*" not in name), entry.name)


_SUFFIX = 4
"""Letters that may follow a name in what is still one: `golang`, and not `goroutine`."""


def is_proper(text: str, match: Match) -> bool:
    """Whether the words of `match` name its entry itself (`golang`, `ts`), not of what goes with it.

    JUnit is read as Java and MySQL as SQL, but it is not what people call them.
    """
    said = _letters(reading_of(text).words(match))
    if isinstance(match.entry, Technology) and said == _letters(sure_name(match.entry)):
        return True
    for name in map(_letters, (match.entry.name, match.entry.id)):
        if (said.startswith(name) and len(said) - len(name) <= _SUFFIX) or (len(said) > 2 and name.startswith(said)):
            return True
        rest = iter(name)
        if len(said) == 2 and said[0] == name[:1] and all(letter in rest for letter in said):
            return True
    return False


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", fold(text)) + "".join(mark for mark in ("++", "#") if mark in text)
