"""What a wish that names technologies is to do to the language of a persona: add, replace, or ask which."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from persona_tui.designer.knowledge import Technology, knowledge
from persona_tui.designer.recognition import Match
from persona_tui.designer.talk.naming import is_proper, reading_of, ruled_out, sure_name
from persona_tui.designer.talk.round import listed, quoted
from persona_tui.designer.talk.wishes import Redraft
from persona_tui.spec.persona import Persona

_SWITCH = re.compile(
    r"\b(?:(?:switch|move|migrate|convert|change)\s+(?:it\s+|this\s+)?(?:over\s+)?to|rewrite\s+\S+\s+in"
    r"|(?:make|turn)\s+(?:it|this|that|the\s+persona)\s+(?:into\s+)?an?)\b",
    re.I | re.A,
)
_TOO = re.compile(
    r"\b(?:too|also|as\s+well|additionally|both|alongside|besides|plus|add|adding|support|include|cover|next\s+to|or)\b",
    re.I | re.A,
)
_ROLES = frozenset(
    {
        *("developer", "developers", "engineer", "programmer", "coder", "expert", "dev", "specialist", "backend"),
        *("project", "projects", "code", "codebase", "language", "app", "apps", "reviewer", "tester", "only", "just"),
        *(
            "a",
            "an",
            "the",
            "and",
            "with",
            "using",
            "please",
            "now",
            "instead",
            "specific",
            "to",
            "it",
            "for",
            "senior",
        ),
    }
)
"""Words beside a language that leave no doubt that it is the language of the whole."""
_FOR_A_PART = re.compile(
    r"\b(?:for|in|on|at)\s+(?:the|our|my|its|a|an)\s+(?!(?:project|codebase|code|app|whole)\b)", re.I | re.A
)
_BESIDE = frozenset({"SQL"})
"""Written inside programs of other languages: it never takes their place unasked."""
_GLUE = frozenset({"bash", "posix-sh", "shell", "powershell", "html", "css", "lua", "yaml"})
"""Often written beside the language of the whole."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is read for a wish, or why nothing is done (`unsure`), and what is to be said besides."""

    text: str
    unsure: str = ""
    remarks: tuple[str, ...] = ()
    switching: bool = False
    """Whether it is to become something else, by its words."""


def planned(persona: Persona, wish: Redraft, text: str) -> Plan:
    """Return how `wish`, which reads `text`, is carried out for `persona`."""
    return replace(_planned(persona, wish, text), switching=_SWITCH.search(wish.text or wish.said) is not None)


def _planned(persona: Persona, wish: Redraft, text: str) -> Plan:
    matches = [m for m in reading_of(text).technologies if isinstance(m.entry, Technology)]
    language = persona.language
    if language is None or not matches or any(entry.name == language for entry in ruled_out(text)):
        return Plan(text)
    strange = [m for m in matches if not is_proper(text, m) and _is_other(m.entry, language)]
    if strange:
        names = _read_as(text, strange)
        return Plan(text, f"{names}, and the language here is {language}: “use {strange[0].entry.name}” would say so.")
    others = {m.entry.id: m.entry for m in matches if isinstance(m.entry, Technology) and _is_other(m.entry, language)}
    switching = _SWITCH.search(wish.text or wish.said) is not None
    if not others:
        return _framework(persona, wish, text, [m.entry for m in matches if isinstance(m.entry, Technology)], switching)
    names = listed([entry.name for entry in others.values()])
    if any(m.entry.name == language for m in matches) or (not switching and _TOO.search(wish.said)):
        return Plan(text, remarks=(f"The language stays {language}.",))
    if len(others) > 1 or (not switching and not _is_the_whole(wish, others)):
        first = next(iter(others.values())).name
        return Plan(
            text,
            f"I am not sure whether {names} is to take the place of {language} or to come in beside it, so nothing "
            f"changed: “switch to {first}” does the one, “use {first} too” the other.",
        )
    return Plan(_instead(persona, text, next(iter(others.values()))))


def switched_to(language: str | None, drafted: Persona) -> str:
    """Return what is read for an earlier wish that made `language` that of `drafted`; '' where it has it anyway."""
    new = knowledge().technology(language or "")
    if new is None or new.kind != "language" or drafted.language in (None, new.name):
        return ""
    return _instead(drafted, f"with {sure_name(new)}", new)


def read_as(text: str) -> str:
    """Return which names in `text` are read as something else; '' where none is."""
    odd = [m for m in reading_of(text).technologies if isinstance(m.entry, Technology) and not is_proper(text, m)]
    return _read_as(text, odd) if odd else ""


def _read_as(text: str, matches: list[Match]) -> str:
    names = dict.fromkeys(f"{quoted(reading_of(text).words(m), 40)} as {m.entry.name}" for m in matches)
    return f"I have nothing of its own for it: I read {listed(list(names))}"


def _is_other(entry: object, language: str) -> bool:
    return isinstance(entry, Technology) and entry.kind == "language" and entry.name not in (language, *_BESIDE)


def _is_the_whole(wish: Redraft, languages: dict[str, Technology]) -> bool:
    """Whether nothing but technologies and words like `developer` stand in the wish."""
    if any(entry_id in _GLUE for entry_id in languages) or _FOR_A_PART.search(wish.about):
        return False
    reading = reading_of(wish.about)
    spent = {i for m in (*reading.technologies, *reading.activities) for i in range(m.first, m.last)}
    rest = [t.word for i, t in enumerate(reading.tokens) if i not in spent]
    weak = {
        word for entry in languages.values() for name in (entry.name, *entry.names) for word in name.lower().split()
    }
    return all(word in _ROLES | weak or word.replace(".", "").isdigit() for word in rest)


def _framework(persona: Persona, wish: Redraft, text: str, named: list[Technology], switching: bool) -> Plan:
    """Return the plan for frameworks: they come in beside what is there, unless the wish is to switch to one."""
    language = persona.language or ""
    foreign = [e for e in named if e.implies and e.implies not in ("SQL", language) and language not in e.also]
    if foreign and switching:
        entry = knowledge().technology(foreign[0].implies or "")
        return Plan(_instead(persona, text, entry) if entry else text)
    if foreign:
        first = foreign[0]
        return Plan(text, remarks=(f"The language stays {language}: “switch to {first.implies}” would change that.",))
    ids = {entry.id for entry in named}
    sides = {entry.side for entry in named if entry.kind == "framework" and entry.side}
    rivals = [e for e in _present(persona) if e.kind == "framework" and e.id not in ids and e.side in sides]
    rivals = [e for e in rivals if language in (e.language, *e.also)]
    if not switching or not rivals:
        return Plan(text)
    if len(rivals) == 1:
        return Plan(f"{text.rstrip(' .')}. without {sure_name(rivals[0])}")
    names = [entry.name for entry in rivals]
    return Plan(
        text,
        f"I am not sure which of {listed(names)} it is to take the place of, so nothing changed: "
        f"“use {named[0].name} instead of {names[0]}” says it.",
    )


def _present(persona: Persona) -> list[Technology]:
    ids = {rule.id for rule in persona.constraints}
    return [e for e in knowledge().technologies if e.id in persona.tags or any(rule.id in ids for rule in e.rules)]


def _instead(persona: Persona, text: str, language: Technology) -> str:
    """Return `text` with what belongs to the old language ruled out."""
    old = knowledge().technology(persona.language or "")
    named = {m.entry.id for m in reading_of(text).technologies}
    unwanted = [old] if old else []
    unwanted += [
        entry
        for entry in _present(persona)
        if entry.id not in named
        and entry is not old
        and entry.language
        and entry.language != "SQL"
        and language.name not in (entry.language, *entry.also)
    ]
    names = " or ".join(sure_name(entry) for entry in unwanted if entry.id not in named)
    wanted = "" if language.id in named else f" with {sure_name(language)}"
    return f"{text.rstrip(' .!')}{wanted}. without {names}" if names else f"{text}{wanted}"
