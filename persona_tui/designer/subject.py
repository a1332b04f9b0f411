"""What a draft is about: the activity, the domain, the technologies and the natural languages.

The description wins. What was detected in a codebase fills in what the description leaves open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from persona_tui.designer.knowledge import Activity, Technology, knowledge
from persona_tui.designer.recognition import Match, Reading, is_predicate
from persona_tui.detect.result import Detection, Finding
from persona_tui.spec.persona import Domain

_RESTATED = re.compile(
    r"\b(?:make|turn) (?:it|this|that) (?:into )?an? |\b(?:should|must|rather|to) be an? ", re.IGNORECASE
)
_SIDES = {"backend": "server", "server": "server", "frontend": "client", "client": "client", "ui": "client"}
_GUEST = "SQL"
"""The language that is written inside programs of other languages: named beside another, it is not the main one."""
_MOST = 3
"""Technologies of a kind that are taken from a detection."""
_NO_CODE = frozenset(
    ["AsciiDoc", "CSS", "CSV", "HTML", "JSON", "Markdown", "SCSS", "TOML", "XML", "YAML", "reStructuredText"]
)
"""What a codebase can hold most of without being written in it."""
_SURE = 0.5
"""The confidence from which on a detected framework is believed."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a persona is for. `why` says for `activity`, `language` and each technology's id what spoke for it."""

    activity: Activity
    domain: Domain
    named: Match | None = None
    """The match that names the activity, where one does."""
    language: str | None = None
    technologies: tuple[Technology, ...] = ()
    detected: bool = False
    """Whether the technologies come from a codebase alone."""
    versions: dict[str, str] = field(default_factory=dict)
    """Versions of technologies by their id, where they are known."""
    source: str | None = None
    target: str | None = None
    """The natural languages that a text comes in and goes out in."""
    why: dict[str, str] = field(default_factory=dict)

    @property
    def frameworks(self) -> tuple[Technology, ...]:
        return tuple(t for t in self.technologies if t.kind == "framework")

    @property
    def gaps(self) -> tuple[str, ...]:
        """Names of technologies that are known by name alone."""
        if self.activity.uses == "none":
            return ()
        gaps = [t.name for t in self.technologies if not t.rules]
        if self.language and not knowledge().technology(self.language):
            gaps.append(self.language)
        return tuple(gaps)


def decide(
    reading: Reading, detection: Detection | None, *, domain: Domain | None = None, language: str | None = None
) -> Subject:
    """Return what the draft is about. `domain` and `language` win over everything that was read or detected."""
    subject = _with_activity(reading, detection, domain, language)
    if subject.domain == "code" or subject.activity.uses != "none":
        subject = _with_stack(subject, reading, language)
        if detection:
            subject = _with_detection(subject, reading, detection)
        if subject.domain == "reasoning" and subject.language and domain is None:
            subject = replace(subject, domain="code")
    else:
        subject = replace(subject, language=language)
    return _with_tongues(subject, reading)


def _with_activity(
    reading: Reading, detection: Detection | None, domain: Domain | None, language: str | None
) -> Subject:
    activities = knowledge().activities
    named, why = _named_activity(reading)
    activity = named.entry if named and isinstance(named.entry, Activity) else None
    coding = bool(reading.technologies) or language is not None
    if activity is None:
        activity, why = _implied_activity(reading, detection, coding)
    if named and named.form == "agent":
        activity = _narrowed(activity, named, reading)
    if activity.with_language and coding and not reading.tongues:
        activity = activities[activity.with_language]
    if domain is not None and domain not in (activity.domain, _domain(activity, coding)):
        activity, named, why = activities[domain], None, "as asked for"
    return Subject(activity, domain or _domain(activity, coding), named, why={"activity": why})


def _domain(activity: Activity, coding: bool) -> Domain:
    """Reasoning about a program belongs to code."""
    return "code" if activity.domain == "reasoning" and coding else activity.domain


def _named_activity(reading: Reading) -> tuple[Match | None, str]:
    """Return the match that says what the persona does.

    It is the last agent of the head (`Go developer for test tools`), else a verb (`someone who reviews tests`), else
    the last thing of the head (`blog post translation`), else whatever comes first.
    """
    if restated := _restated_agent(reading):
        return restated, f'"{reading.words(restated)}" in the description'
    head = reading.head()
    agents = [m for m in reading.activities if m.form == "agent" and m.first < head]
    verbs = [m for m in reading.activities if m.form == "verb" and is_predicate(m, reading.text, reading.tokens)]
    agent = agents[-1] if agents else None
    if agent and not (verbs and verbs[0].first < agent.first):
        chosen: Match | None = agent
    else:
        things = [m for m in reading.activities if m.first < head and _is_thing(m, reading)]
        chosen = next(iter((*verbs, *reversed(things), *reading.activities)), None)
    if chosen and chosen.form == "verb" and _is_about_a_program(chosen, reading):
        return None, ""
    return chosen, f'"{reading.words(chosen)}" in the description' if chosen else ""


def _restated_agent(reading: Reading) -> Match | None:
    """Return the agent that the description last changes its mind to: `… Make it a code reviewer`."""
    starts = [m.end() for m in _RESTATED.finditer(reading.text)]
    if not starts:
        return None
    said = [i for i, token in enumerate(reading.tokens) if token.start >= starts[-1]]
    heads = knowledge().words.heads
    end = next(
        (i for i in said if reading.tokens[i].word in heads or reading.clause_ends_before(i)), len(reading.tokens)
    )
    agents = [m for m in reading.activities if m.form == "agent" and m.first in said and m.first < end]
    return agents[-1] if agents else None


def _is_thing(match: Match, reading: Reading) -> bool:
    """Whether a match can be the noun that a phrase is about: `e-mail triage`, and not `posts explaining Rust`."""
    return match.form == "object" or (match.form == "verb" and not reading.words(match).endswith("ing"))


def _narrowed(activity: Activity, agent: Match, reading: Reading) -> Activity:
    """Return the task that the words before a general agent name: `README writer`, `ETL developer`."""
    before = next((m.entry for m in reading.activities if m.form == "object" and m.last == agent.first), None)
    if activity.kind == "domain" and isinstance(before, Activity) and before.domain == activity.domain:
        return before
    return activity


def _is_about_a_program(verb: Match, reading: Reading) -> bool:
    """Whether a verb says what a program is to do: `a Python script that classifies tweets`."""
    code = knowledge().activities["code"]
    return bool(reading.technologies) and any(m.entry is code and m.last <= verb.first for m in reading.hints)


def _implied_activity(reading: Reading, detection: Detection | None, coding: bool) -> tuple[Activity, str]:
    activities = knowledge().activities
    code = activities["code"]
    hints = [m for m in reading.hints if isinstance(m.entry, Activity)]
    hint = next((m for m in hints if m.entry is code), None) or next(iter(hints), None)
    if coding:
        return code, "a programming language or framework is named"
    if hint and isinstance(hint.entry, Activity):
        return hint.entry, f'"{reading.words(hint)}" in the description'
    if detection and _detected_language(detection, []):
        return code, "a codebase was detected"
    return activities["other"], "nothing else was recognised"


def _with_stack(subject: Subject, reading: Reading, language: str | None) -> Subject:
    """Fill in what the description names."""
    known = knowledge()
    goals: list[Match] = []
    if subject.activity.id == "porting":  # the code that is written is that of the goal
        goals = [m for m in reading.technologies if _word_before(m, reading) in known.words.targets]
    technologies: dict[str, Technology] = {}
    versions: dict[str, str] = {}
    why = dict(subject.why)
    for match in reading.technologies:
        if isinstance(match.entry, Technology) and (not goals or match in goals):
            technologies.setdefault(match.entry.id, match.entry)
            why.setdefault(match.entry.id, f'"{reading.words(match)}" in the description')
            if match.version:
                versions.setdefault(match.entry.id, match.version)
    explicit = [t.name for t in technologies.values() if t.kind == "language"]
    covered_first = sorted(technologies.values(), key=lambda t: not t.rules)
    implied = [t.implies for t in covered_first if t.implies]
    main = [name for name in (*explicit, *implied) if name != _GUEST]
    if language:
        entry = known.technology(language)
        language = entry.name if entry and entry.kind == "language" else language
        why["language"] = "as asked for"
    elif explicit or implied:
        language = main[0] if main else _GUEST
        why["language"] = next(why[t.id] for t in technologies.values() if t.language == language)
    return replace(
        subject,
        language=language,
        technologies=_ordered(language, list(technologies.values())),
        versions=versions,
        why=why,
    )


def _with_detection(subject: Subject, reading: Reading, detection: Detection) -> Subject:
    """Fill in what the description leaves open by what the codebase has."""
    known = knowledge()
    side = next((_SIDES[t.word] for t in reading.tokens if t.word in _SIDES), None)
    found: dict[str, Finding] = {}
    frameworks: list[Technology] = []
    for finding in detection.technologies:
        entry = known.technology(finding.name)
        if entry and entry.kind == "framework" and finding.confidence >= _SURE and entry.id not in found:
            found[entry.id] = finding
            frameworks.append(entry)
    if side and any(f.side == side for f in frameworks):
        frameworks = [f for f in frameworks if f.side == side]
    language, why = subject.language, dict(subject.why)
    if language is None:
        language = _detected_language(detection, frameworks if side else [])
        if language is None:
            return subject
        why["language"] = "detected in the codebase"
    # The version of what merely counts as the entry (Spring for Spring Boot) says nothing about it.
    detected = {f.id: found[f.id].version for f in frameworks if found[f.id].name == f.name}
    versions = {entry_id: version for entry_id, version in detected.items() if version} | subject.versions
    new: list[Technology] = []
    if not subject.frameworks:
        new = [f for f in frameworks if language in (f.implies, *f.also) or (not f.implies and f.rules)][:_MOST]
    why |= {f.id: f"detected in {_place(found[f.id])}" for f in new}
    return replace(
        subject,
        language=language,
        technologies=_ordered(language, [*subject.technologies, *new]),
        detected=not subject.technologies,
        versions=versions,
        why=why,
    )


def _detected_language(detection: Detection, preferred: list[Technology]) -> str | None:
    """Return the language of the `preferred` frameworks, else the largest one that is known, else the largest."""
    names = [language.name for language in detection.languages if language.name not in _NO_CODE]
    for framework in preferred:
        for name in (framework.implies, *framework.also):
            if name in names:
                return name
    known = [t.name for name in names if (t := knowledge().technology(name)) and t.kind == "language"]
    return next(iter(known or names), None)


def _place(finding: Finding) -> str:
    return finding.evidence[0].path if finding.evidence else "the codebase"


def _ordered(language: str | None, technologies: list[Technology]) -> tuple[Technology, ...]:
    """Return the main language first, then the rest in their order."""
    main = knowledge().technology(language) if language else None
    rest = [t for t in technologies if t is not main]
    return (main, *rest) if main and main.kind == "language" else tuple(rest)


def _with_tongues(subject: Subject, reading: Reading) -> Subject:
    """Fill in the natural languages: both ways for a translation, the one to write in for a text."""
    if subject.domain not in ("translation", "writing"):
        return subject
    sources, targets, others = [], [], []
    for match in reading.tongues:
        before = _word_before(match, reading)
        name = match.entry.name
        if before in knowledge().words.sources:
            sources.append(name)
        elif before in knowledge().words.targets or before == "in":
            targets.append(name)
        else:
            others.append(name)
    if subject.domain == "writing":
        return replace(subject, target=targets[0] if targets else None)
    if len(reading.tongues) > 1:  # `German English`, `German to English`, `into German from English`
        sources = sources or others
        targets = targets or others[-1:]
    source = sources[0] if sources else None
    target = next((name for name in targets if name != source), None)
    return replace(subject, source=source, target=target)


def _word_before(match: Match, reading: Reading) -> str:
    i = match.first - 1
    while i >= 0 and reading.tokens[i].word in knowledge().words.articles:
        i -= 1
    return reading.tokens[i].word if i >= 0 else ""
