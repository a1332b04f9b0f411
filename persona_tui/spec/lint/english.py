"""Telling English from other languages, and verbs from other words, by word lists.

No parser of language is at hand and none is needed: a rule that says nothing wrong must never be blamed, so that
everything here stays silent about words that it does not know, unless they carry their own evidence.
"""

from __future__ import annotations

import re

from persona_tui.spec.lint import words
from persona_tui.spec.lint.statement import without_code

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_POSSESSIVE = ("'s", "’s")
_CODE = re.compile(r"[_*=<>$/\\+]|::|\w\.\w")
_VERBAL_ENDINGS = ("ize", "ise", "ify", "ate")
_THIRD_PERSON = (("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("oes", "o"), ("s", ""))


def is_english(text: str) -> bool:
    """Whether English word lists may judge `text`: its letters are ASCII, and other languages' small words are rare."""
    letters = [char for char in text if char.isalpha()]
    if sum(char.isascii() for char in letters) < 0.9 * len(letters):
        return False
    found = [word.lower() for word in _WORD.findall(without_code(text))]
    return sum(word in words.FOREIGN for word in found) <= sum(word in words.ENGLISH for word in found)


def is_verb(word: str) -> bool:
    """Whether `word` is a verb in its base form; of a compound (`double-quote`, `re-raise`) one part has to be."""
    lower = word.lower()
    parts = re.split(r"[-/]", lower)
    return lower in words.VERBS or (len(parts) > 1 and bool({parts[0], parts[-1]} & words.VERBS))


def is_adverb(word: str) -> bool:
    """Whether `word` may stand between MUST and its verb."""
    lower = word.lower()
    return lower in words.ADVERBS or (lower.endswith("ly") and lower not in words.VERBS)


def has_verb(phrase: list[str]) -> bool:
    """Whether a word of `phrase` is a verb and hardly ever a noun."""
    bare = (token.strip(",.;:()") for token in phrase)
    return any(is_verb(word) and word.lower() not in words.NOUNS_TOO for word in bare)


def is_nominal(word: str, *, alone: bool) -> bool:
    """Whether `word`, which is no known verb, is one that names a thing, by its form; `alone` when no word follows."""
    return (
        not word
        or word[0].isdigit()
        or word.endswith(_POSSESSIVE)
        or (word.isascii() and "-" in word)
        or _is_identifier(word, alone)
        or _is_proper_name(word)
        or _has_nominal_ending(word.lower())
    )


def _is_identifier(word: str, alone: bool) -> bool:
    """Whether `word` is code. `console.log` may be used as a verb where an object follows."""
    return bool(_CODE.search(word)) and (alone or not is_verb(re.split(r"\W+", word)[-1]))


def _is_proper_name(word: str) -> bool:
    return word.isascii() and word.isalpha() and not word.islower() and not word.lower().endswith(_VERBAL_ENDINGS)


def _has_nominal_ending(word: str) -> bool:
    if word.endswith("ed"):
        return len(word) > 4
    if word.endswith("s") and not word.endswith(("ss", "us", "is", "ous", "'s")):
        singular = (word.removesuffix(ending) + base for ending, base in _THIRD_PERSON if word.endswith(ending))
        return len(word) > 3 and not any(is_verb(each) for each in singular)
    return len(word) > 5 and word.endswith(words.NOMINAL_ENDINGS)
