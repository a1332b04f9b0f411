"""What the rulebook knows: one YAML file a topic in `knowledge/`, validated as it is read.

The YAML files are the source. Reading them takes a quarter of a second, so `compiled.json` holds the same data with
a digest of the files that it was made from; where the digest is another one, the YAML files themselves are read.
`python -m persona_tui.designer.knowledge` writes it anew. `docs/rulebook.md` is the guide to writing an entry.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from persona_tui.base.errors import BadData
from persona_tui.base.files import write_atomic
from persona_tui.spec.options import OptionValue
from persona_tui.spec.persona import Domain

_FOLDER = Path(__file__).parent / "knowledge"
_COMPILED = "compiled.json"
_WORDS = "words.yaml"
_TOPICS = "topics.yaml"

Kebab = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
RuleText = Annotated[str, Field(pattern=r"^MUST( NOT)? \S", max_length=120)]
Names = tuple[str, ...]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Value):
    """One rule of an entry. The order in the file is the order of importance."""

    id: Kebab
    text: RuleText
    """For who writes code or text. `{target}` is the language to write in; where none is known the rule is left out."""
    source: str = Field(min_length=8)
    """Where it is shown to be true: a URL, or the title and section of a standard."""
    review: RuleText | None = None
    """The same for who judges code and does not write it."""
    topic: Kebab | None = None
    """Two rules of one topic never stand in one persona."""
    tasks: tuple[Kebab, ...] = ()
    """The activities that it is for; none: every one that its entry serves."""
    languages: Names = ()
    """The languages that it holds for; none: all."""
    since: str | None = None
    """The version of the entry's technology from which on it is true; an unknown version is taken to be current."""
    before: str | None = None
    """The version from which on it is no longer true; it is used only where an older one is known."""

    @property
    def subject(self) -> str:
        """What it is about: `topic`, or the rule itself."""
        return self.topic or self.id


class Entry(_Value):
    """What every topic has. Names are whole words, in any case, with or without accents; `*` stands for any letters."""

    id: Kebab
    name: str
    names: Names = ()
    names_other: dict[str, Names] = Field(default_factory=dict)
    """Names in other natural languages, by their ISO 639 code."""
    weak: Names = ()
    """Names that are also everyday words. A technology's count in company, or with their capital in mid-sentence; an
    activity's count where a verb stands."""
    not_before: Names = ()
    not_after: Names = ()
    """Words that, right after or before a name, show that something else is meant."""
    rules: tuple[Rule, ...] = ()
    """Without any, the entry is known by name only."""


class Technology(Entry):
    """A language or a framework."""

    kind: Literal["language", "framework"]
    implies: str | None = None
    """The language that a framework is used from when nothing else is said."""
    also: Names = ()
    """Other languages that it is used from."""
    side: Literal["server", "client"] | None = None
    detect: Names = ()
    """What a detected codebase calls it, where that is not `name` or `id`."""

    @property
    def language(self) -> str | None:
        """The language itself, or the one that the framework implies."""
        return self.name if self.kind == "language" else self.implies


class Activity(Entry):
    """What a persona does. A domain's general activity has the domain's name as its id."""

    kind: Literal["domain", "task"]
    domain: Domain
    agents: Names = ()
    """Who does it: `developer`. The last one in the head of a description says what the persona is."""
    verbs: Names = ()
    """Doing it: `classify`."""
    objects: Names = ()
    """What comes of it or what it is done to: `release notes`."""
    hints: Names = ()
    """Words that point to it only where no activity is named."""
    uses: Literal["code", "review", "none"] = "none"
    """Which rules of a language or framework it takes: those for writing code, those for judging it, none."""
    with_language: Kebab | None = None
    """The activity that takes over when a programming language is named and no natural one."""
    slug: str = ""
    """What it adds to a name."""
    role: str
    """`{stack}`: the languages and frameworks; `{object}`: what it works on. `stack` and `object` stand in for none."""
    stack: str = ""
    object: str = ""
    object_is_work: bool = False
    """Whether the object that names the activity is what it works on (`Writer of release notes`)."""
    keeps_stack: bool = False
    """Whether a language named in the object stays there (`Classifier of Java stack traces`)."""
    purpose: str
    temperature: float | None = None
    output_format: str | None = None
    parameters: dict[str, OptionValue] = Field(default_factory=dict)


class Tongue(Entry):
    """A natural language."""

    kind: Literal["tongue"]


class Words(_Value):
    """Words that descriptions are read by: in lower case, without accents."""

    heads: frozenset[str]
    """Words that end the head of a noun phrase: prepositions and relative pronouns."""
    connectors: frozenset[str]
    """Words that are skipped when looking for a neighbour."""
    company: frozenset[str]
    """Words beside which a weak name is believed."""
    negations: tuple[str, ...]
    """What right before a name says that it is not wanted."""
    sources: frozenset[str]
    """What before a natural language says that a translation starts from it."""
    targets: frozenset[str]
    """What before a natural language says that a text is to be in it."""
    articles: frozenset[str]
    starters: frozenset[str]
    """Words before a verb that show that it says what the persona does, besides `heads`."""
    common: frozenset[str]
    """Words that are no names, even with a capital at the start of a description."""
    stop: frozenset[str]
    """Words that never make it into a name."""
    foreign: frozenset[str]
    """Words that show that a description is not in English."""
    personal: frozenset[str]
    """Words that do not belong in a role."""
    praise: frozenset[str]
    """Adjectives that say nothing and are left out of a role."""
    ranks: frozenset[str]
    """Words that already say how experienced somebody is."""
    spelling: dict[str, str]
    """How words that are not in the knowledge are written: `api` is `API`."""


class Topic(_Value):
    """What a person may ask for a rule about. Descriptions are not read by it, and no draft takes its rules."""

    id: Kebab
    name: str
    names: Names
    """How people say it: in any case, with or without accents."""
    covers: tuple[Kebab, ...] = ()
    """Topics of other entries' rules that are about it."""
    code: tuple[Rule, ...] = ()
    """For who works on programs."""
    rules: tuple[Rule, ...] = ()
    """For everybody."""


AnyEntry = Technology | Activity | Tongue
_ENTRY: TypeAdapter[AnyEntry] = TypeAdapter(Annotated[AnyEntry, Field(discriminator="kind")])


@dataclass(frozen=True)
class Knowledge:
    """All entries, in the order of the file names."""

    entries: tuple[AnyEntry, ...]
    words: Words
    topics: tuple[Topic, ...] = ()

    @cached_property
    def technologies(self) -> tuple[Technology, ...]:
        return tuple(e for e in self.entries if isinstance(e, Technology))

    @cached_property
    def activities(self) -> dict[str, Activity]:
        """By id."""
        return {e.id: e for e in self.entries if isinstance(e, Activity)}

    def technology(self, name: str) -> Technology | None:
        """Return the technology that a detected codebase or a flag calls `name`, in any case."""
        wanted = name.casefold()
        return next((t for t in self.technologies if wanted in {n.casefold() for n in (t.name, t.id, *t.detect)}), None)


@cache
def knowledge() -> Knowledge:
    """Return what ships. Raises BadData with the file, and the line where there is one, where a file is wrong."""
    sources = _sources(_FOLDER)
    try:
        compiled = json.loads((_FOLDER / _COMPILED).read_bytes())
        if compiled["digest"] == _digest(sources):
            entries = tuple(map(_ENTRY.validate_python, compiled["entries"]))
            return Knowledge(entries, Words(**compiled["words"]), tuple(Topic(**data) for data in compiled["topics"]))
    except (OSError, ValueError, KeyError, TypeError):
        pass  # absent or not whole: it holds nothing that the YAML files do not
    return _validated(*_parse_all(sources))


def load(folder: Path) -> Knowledge:
    """Return what the YAML files of `folder` hold. Raises BadData."""
    return _validated(*_parse_all(_sources(folder)))


def compiled(folder: Path = _FOLDER) -> bytes:
    """Return the content of `compiled.json` for the YAML files of `folder`: one line an entry. Raises BadData."""
    sources = _sources(folder)
    entries, words, topics = _parse_all(sources)
    _validated(entries, words, topics)
    words_row = json.dumps(words, ensure_ascii=False)
    rows, topic_rows = _rows(data for _, data in entries), _rows(topics)
    return (
        f'{{"digest": "{_digest(sources)}",\n"words": {words_row},\n"topics": [\n{topic_rows}\n],\n'
        f'"entries": [\n{rows}\n]}}\n'
    ).encode()


def _rows(items: Iterable[Any]) -> str:
    return ",\n".join(json.dumps(item, ensure_ascii=False) for item in items)


def _sources(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.glob("*.yaml"))}


def _digest(sources: Mapping[Path, bytes]) -> str:
    digest = hashlib.sha256()
    for path, data in sources.items():
        digest.update(f"{path.name} {len(data)}\n".encode() + data)
    return digest.hexdigest()


def _parse_all(sources: Mapping[Path, bytes]) -> tuple[list[tuple[Path, Any]], Any, Any]:
    """Return the entries with their files, the words and the topics."""
    entries: list[tuple[Path, Any]] = []
    words: Any = {}
    topics: Any = []
    for path, data in sources.items():
        content = _parse(data, path)
        if path.name == _WORDS:
            words = content
        elif path.name == _TOPICS:
            topics = content
        else:
            entries += [(path, item) for item in (content if isinstance(content, list) else [content])]
    return entries, words, topics


def _parse(data: bytes, path: Path) -> Any:
    from ruamel.yaml import YAML  # late: the compiled form needs none of it
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="safe", pure=True).load(data.decode())
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise BadData(f"broken YAML: {error.problem}", path=path, line=line) from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise BadData(f"broken YAML: {error}", path=path) from None


def _validated(entries: Iterable[tuple[Path, Any]], words: Any, topics: Any) -> Knowledge:
    found: dict[str, AnyEntry] = {}
    for path, data in entries:
        try:
            entry = _ENTRY.validate_python(data)
        except ValidationError as error:
            raise BadData(_sentence(error), path=path) from None
        if entry.id in found:
            raise BadData(f"another entry has the id '{entry.id}' already; give this one another", path=path)
        found[entry.id] = entry
    file = _WORDS
    try:
        checked = Words.model_validate(words)
        file = _TOPICS
        return Knowledge(tuple(found.values()), checked, tuple(map(Topic.model_validate, topics)))
    except ValidationError as error:
        raise BadData(_sentence(error), path=file) from None


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "entry"
    return f"{where}: {first['msg'][0].lower()}{first['msg'][1:]}"


if __name__ == "__main__":
    write_atomic(_FOLDER / _COMPILED, compiled())
