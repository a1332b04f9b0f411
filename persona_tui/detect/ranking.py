"""Which personas fit a codebase: by language, technologies and domain, on whole words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from persona_tui.base.text import one_line
from persona_tui.detect.languages import table
from persona_tui.detect.result import Detection, Match
from persona_tui.detect.rules import rules

FITS = 0.5
"""A match below this does not fit."""

_HIGHEST = 0.99
_GENERAL = 0.4
_ABSENT_LANGUAGE = 0.05
_OTHER_WORK = 0.1
_MOST_ABSENT = 2
_CODE_DOMAINS = ("code", "other", "")
# What people call a language, or what stands for it, by what the code is counted as.
_ALIASES = {
    **dict.fromkeys(("node", "node.js", "nodejs", "deno", "bun"), ("JavaScript", "TypeScript")),
    **dict.fromkeys(("js", "jsx", "es", "ecmascript"), ("JavaScript",)),
    **dict.fromkeys(("ts", "tsx"), ("TypeScript",)),
    **dict.fromkeys(("bash", "sh", "zsh", "ksh", "shell script"), ("Shell",)),
    **dict.fromkeys(("csharp", "c sharp", ".net", "dotnet"), ("C#",)),
    **dict.fromkeys(("postgresql", "postgres", "mysql", "sqlite", "plpgsql", "t-sql"), ("SQL",)),
    **dict.fromkeys(("cpp", "cplusplus"), ("C++",)),
    **dict.fromkeys(("terraform", "opentofu"), ("HCL",)),
    "golang": ("Go",),
    "latex": ("TeX",),
    "py": ("Python",),
}
_VERSION = re.compile(r"[\s(-]{0,3}v?\d")
# Names that are also words with which a sentence may begin: `Express yourself`, but `Express developer`.
_ORDINARY = frozenset(
    [
        *(
            "Anchor",
            "Burn",
            "Check",
            "Click",
            "Combine",
            "Connect",
            "Core",
            "Devise",
            "Dream",
            "Drift",
            "Echo",
            "Exposed",
        ),
        *(
            "Express",
            "Fluent",
            "Fresh",
            "Persistent",
            "Play",
            "Plug",
            "Quick",
            "React",
            "Rich",
            "Ring",
            "Snap",
            "Solid",
        ),
        *("Temporal", "Wire"),
    ]
)
_PEOPLE = frozenset(["architect", "developer", "engineer", "expert", "programmer", "specialist"])
_SENTENCE_END = re.compile(r"[.!?:;]\s+|\n")
_LONGEST_NAME = 5  # words
_WORD = re.compile(r"\.?[\w+#-]+(?:\.[\w+#-]+)*")
_SEPARATORS = re.compile(r"[,/&;]|\band\b|\bor\b")
_NO_LANGUAGE = frozenset(["", "any", "none", "general", "english", "natural"])


@dataclass(frozen=True, slots=True)
class Candidate:
    """What of a persona is compared with a codebase."""

    name: str
    language: str = ""
    domain: str = "code"
    role: str = ""


def rank(detection: Detection, candidates: Iterable[Candidate]) -> tuple[Match, ...]:
    """Return the personas that fit (0.5 and above), the best first, each with its margin to the next of all.

    Where none fits, one alone is returned, its confidence below 0.5 and its reason saying why: a general one where
    there is one, else the nearest.
    """
    scored = [(_match(detection, item), _is_general(item)) for item in candidates]
    scored.sort(key=lambda item: (-item[0].confidence, item[0].name))
    matches = [match for match, _ in scored]
    fitting = tuple(
        Match(match.name, match.confidence, match.reason, round(match.confidence - after, 2))
        for match, after in zip(matches, [*(match.confidence for match in matches[1:]), 0.0], strict=False)
        if match.confidence >= FITS
    )
    if fitting or not matches:
        return fitting
    nearest = matches[0]
    general = next((match for match, is_general in scored if is_general), None)
    if general is None or general is nearest:
        return (Match(nearest.name, nearest.confidence, f"nothing fits; the nearest: {nearest.reason}"),)
    reason = f"{general.reason}; nothing fits better: {nearest.name} has {nearest.confidence:.2f} ({nearest.reason})"
    return (Match(general.name, general.confidence, reason),)


def _is_general(candidate: Candidate) -> bool:
    """Return whether a persona is for code of any kind."""
    named = _languages(candidate.language) or _named_technologies(candidate)
    return candidate.domain in _CODE_DOMAINS and not named


@lru_cache(maxsize=1)
def _known_languages() -> dict[str, tuple[str, ...]]:
    return {name.casefold(): (name,) for name in sorted(table().shown_names())} | _ALIASES


@lru_cache(maxsize=1)
def _known_technologies() -> tuple[dict[tuple[str, ...], str], dict[tuple[str, ...], str]]:
    """Return the technologies by their words: as properly written, and in small letters with dots or without."""
    proper: dict[tuple[str, ...], str] = {}
    small: dict[tuple[str, ...], str] = {}
    for rule in rules().all:
        if rule.kind in ("frameworks", "libraries", "test_runners"):
            proper.setdefault(_words(rule.name), rule.name)
            for spelling in (rule.name.casefold(), rule.name.casefold().replace(".", "")):
                small.setdefault(_words(spelling.replace("-", " ")), rule.name)
    return proper, small


def _match(detection: Detection, candidate: Candidate) -> Match:
    if candidate.domain == "writing" and detection.domain and detection.domain.name == "documentation":
        return Match(candidate.name, 0.7, "it writes, and the codebase is documentation")
    if candidate.domain not in _CODE_DOMAINS:
        return Match(candidate.name, _OTHER_WORK, f"it is for {one_line(candidate.domain, 40)}, not for code")
    wanted, named = _languages(candidate.language), _named_technologies(candidate)
    if not wanted and not named:
        return Match(candidate.name, _GENERAL, "it is general: it names no language and no technology")
    score, reasons = _language_fit(detection, wanted)
    if score <= _ABSENT_LANGUAGE:
        return Match(candidate.name, score, ", ".join(reasons))
    present = {finding.name: finding for finding in (*detection.technologies, *detection.test_runners)}
    for finding in (present[name] for name in named if name in present):
        score = 1 - (1 - score) * (1 - 0.5 * finding.confidence)
        reasons.append(finding.name)
    if detection.domain and detection.domain.name.split()[-1] in _words(candidate.role.casefold()):
        score = 1 - (1 - score) * 0.85
        reasons.append(detection.domain.name)
    if absent := [name for name in named if name not in present]:
        score *= 0.6 ** min(len(absent), _MOST_ABSENT)
        reasons.append(f"but no {', '.join(absent)}")
    return Match(candidate.name, round(min(score, _HIGHEST), 2), ", ".join(reasons))


def _languages(text: str) -> list[str]:
    """Return the languages of a persona's field under their usual names; what is not known stays as it stands."""
    words = [word.strip() for word in _SEPARATORS.split(text)]
    found = [language for word in words if word.casefold() not in _NO_LANGUAGE for language in _language(word)]
    return list(dict.fromkeys(found))


def _language(word: str) -> tuple[str, ...]:
    """Return what `Node` or `Python 3.12` stands for: a version does not make another language."""
    known = _known_languages()
    without = _VERSION.split(word.casefold(), maxsplit=1)[0]
    return known.get(word.casefold()) or known.get(without) or ((word,) if without else ())


def _language_fit(detection: Detection, wanted: Sequence[str]) -> tuple[float, list[str]]:
    """Return how well the languages fit: by share, and better where one of them is the main language."""
    if not wanted:
        return _GENERAL, []
    found = [language for language in detection.languages if language.name in wanted]
    if not found:
        return _ABSENT_LANGUAGE, [f"no {', '.join(one_line(language, 40) for language in wanted)}"]
    share = sum(language.share for language in found)
    fit = 0.65 + 0.2 * share if found[0] is detection.languages[0] else 0.35 + 0.5 * share
    return fit * found[0].confidence, [f"{language.name} {language.share:.0%}" for language in found]


def _named_technologies(candidate: Candidate) -> list[str]:
    """Return what the persona names: in its name as it comes, in prose only as it is properly written.

    Many names are also common words (`express`, `click`, `echo`), which a sentence may begin with.
    """
    proper, small = _known_technologies()
    tokens = candidate.name.casefold().replace("-", " ").replace("_", " ")
    found = [name for words in _sentences(candidate.role) for name in _phrases(words, proper)]
    return list(dict.fromkeys([*found, *_phrases(_words(tokens), small)]))


def _sentences(prose: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of each sentence, without a first one that is more likely a word than a name."""
    for words in map(_words, _SENTENCE_END.split(prose)):
        first, following = words[:1], words[1:2]
        is_word = _ORDINARY.issuperset(first) and all(word.islower() and word not in _PEOPLE for word in following)
        yield words[1:] if is_word else words


def _phrases(words: tuple[str, ...], known: Mapping[tuple[str, ...], str]) -> Iterator[str]:
    """Yield what is known of the phrases in `words`; of those that begin at one word the longest alone."""
    for start in range(len(words)):
        for length in range(_LONGEST_NAME, 0, -1):
            if found := known.get(words[start : start + length]):
                yield found
                break


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text))
