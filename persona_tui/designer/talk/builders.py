"""What a clause that fits a pattern is: the wish, made of the pattern's groups. None passes the clause on."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable

from persona_tui.designer.knowledge import knowledge
from persona_tui.designer.talk.naming import covered, sure_name, technologies
from persona_tui.designer.talk.pointing import move, pointed_at, which
from persona_tui.designer.talk.tongues import tongue
from persona_tui.designer.talk.wishes import (
    AddAbout,
    AddRule,
    AnswerIn,
    Ask,
    DropRules,
    Explain,
    Length,
    Rebase,
    Redraft,
    Rename,
    ReplaceRule,
    SetField,
    SetParameter,
    SwapRules,
    Warmth,
    Which,
    Wish,
    Without,
)
from persona_tui.spec.lint.english import is_verb
from persona_tui.spec.names import base_suffix, slugify

Match = re.Match[str]
Build = Callable[[str, Match], Wish | None]

_OPENING = re.compile(
    r"(?:that\s+)?(?:(?:it|you|they|the\s+(?:model|persona|assistant|answers?)|answers?)\s+)?"
    r"(?P<word>must\s+(?:not|never|always)|must(?:n't)?|always|never|(?:should|shall|may|can|could)\s*(?:not|n't|never)"
    r"|(?:should|shall|has\s+to|have\s+to|needs?\s+to)|do\s+not|don'?t)(?:\s*:\s*|\s+)(?P<rest>(?!not\b)\S.*)",
    re.I | re.A,
)
_NEGATIVE = re.compile(r"not$|n'?t$|never$", re.I | re.A)
ANSWER_IN = re.compile(
    r"(?:(?:answer|reply|respond|speak|talk|write|communicate|explain|work|be|it|output)(?:s|ing)?"
    r"(?:\s+(?:to\s+me|me|back|everything|it|only|always|all\s+(?:prose|text|answers)|(?:the|its"
    r"|all)\s+(?:answers?|prose|text)))*\s+)?"
    r"(?:only\s+)?in\s+(?P<tongue>\S+(?:\s\S+)?(?:\s+language)?)(?:\s+only)?",
    re.I | re.A,
)
_FIELDS = {"format": "output_format", "tool": "host_tool"}
_FIELD_WORDS = (
    (r"temp(?:erature)?", "temperature"),
    (r"output[ -]?format|format", "output_format"),
    (r"role", "role"),
    (r"descri\w+", "description"),
    (r"names?|called", "name"),
    (r"domain", "domain"),
    (r"language", "language"),
    (r"base|model", "preferred_models"),
    (r"tier|bare", "tier"),
    (r"tags?", "tags"),
    (r"frameworks?", "frameworks"),
)


def as_rule(text: str) -> str:
    """Return the person's words as a rule: with MUST or MUST NOT, whichever way they were said."""
    text = " ".join(text.split()).strip(" \"'`").strip()
    if match := _OPENING.fullmatch(text):
        negative = _NEGATIVE.search(match["word"]) is not None
        if negative and not match["word"].lower().startswith("must"):
            return ruling_out(match["rest"])
        return f"MUST{' NOT' if negative else ''} {match['rest']}"
    if match := re.fullmatch(r"(?:that\s+)?(?:to\s+)?(?P<no>not\s+(?:to\s+)?)?(?P<rest>\S.*)", text, re.I | re.A):
        first, _, more = match["rest"].partition(" ")
        rest = f"{first.lower()} {more}" if first.istitle() and is_verb(first.lower()) else match["rest"]
        return f"MUST{' NOT' if match['no'] else ''} {rest}".strip()
    return f"MUST {text}"


_CONTRAST = re.compile(
    r"(?P<verb>[a-z-]+)\s+(?P<no>\S.*?)(?:,\s*(?:but\s+)?(?P<only>only|just)|,?\s+but(?P<also>\s+only|\s+just|\s+rather)?)"
    r"\s+(?P<yes>(?!(?:if|when|where|not|never|always|once)\b)\S.*)",
    re.I | re.A,
)
_WHERE = ("for", "in", "on", "after", "before", "with", "to", "as", "by", "at", "from")
_ARTICLES = ("the", "a", "an", "its", "their", "one")


def ruling_out(rest: str) -> str:
    """Return the rule that forbids `rest`; of `output the whole file, only the diff` it asks for the second."""
    match = _CONTRAST.fullmatch(rest)
    if match is None or not is_verb(match["verb"].lower()):
        return f"MUST NOT {rest}"
    where = match["yes"].split()[0].lower()
    if where in _WHERE and where != match["no"].split()[0].lower():
        return f"MUST NOT {rest}"  # `never log, only in tests` is no contrast of two things
    verb, no, yes = match["verb"], match["no"], match["yes"]
    only = "only " if match["only"] or (match["also"] or "").strip() in ("only", "just") else ""
    first = yes.split()[0].lower()
    if first not in _ARTICLES and not only and is_verb(first):
        return f"MUST {yes}, NOT {verb} {no}"
    return f"MUST {verb} {only}{yes}, NOT {no}"


def own_rule(said: str, match: Match) -> Wish | None:
    """Return the wish of `MUST …`, `always …`, `never …`.

    `never mind` is none, and `always answer in German` is about the language of answers.
    """
    rest = match["rest"]
    if match["word"].lower() == "never" and rest.lower().startswith("mind"):
        return None
    own = re.match(r"must|never", match[0], re.I | re.A)
    if not own and not _NEGATIVE.search(match["word"]) and (answer := ANSWER_IN.fullmatch(rest)):
        return answer_in(said, answer) or AddRule(said, as_rule(match[0]))
    return AddRule(said, as_rule(match[0]))


def add_rule(said: str, match: Match) -> Wish | None:
    """Return the wish of `add the rule: …`."""
    text = match["value"].strip()
    return AddRule(said, as_rule(text)) if re.search(r"\w", text) else None


def add_about(said: str, match: Match) -> Wish:
    """Return the wish of `add a rule about …`."""
    return AddAbout(said, match["about"].strip(" '\""))


def drop_or_without(said: str, match: Match) -> Wish | None:
    """Return the wish of `drop …`: rules, a field, or what it is made with."""
    what = match["what"]
    if rules := which(what):
        return DropRules(said, rules)
    field = re.fullmatch(
        r"(?:the|its)\s+(description|output[ -]format|format|language|host[ -]tool)", what, re.I | re.A
    )
    if field:
        name = field[1].lower().replace(" ", "_").replace("-", "_")
        return SetField(said, _FIELDS.get(name, name), None)
    return Without(said, what)


def drop_numbers(said: str, match: Match) -> Wish:
    """Return the wish of `lösche Regel 5`."""
    numbers = tuple(dict.fromkeys(int(number) for number in re.findall(r"\d+", match["list"])))
    return DropRules(said, Which(numbers, several=len(numbers) > 1))


def keep_only(said: str, match: Match) -> Wish | None:
    """Return the wish of `keep only the first two rules`."""
    rules = which(match["which"])
    return DropRules(said, dataclasses.replace(rules, several=True, rest=True)) if rules and rules.numbers else None


def parameter(said: str, match: Match) -> Wish:
    """Return the wish of `set num_ctx to 4096`."""
    name = "_".join(match["parameter"].lower().replace("-", " ").replace("_", " ").split())
    return SetParameter(said, "num_ctx" if name.startswith("context") else name, match["value"].strip("'\"`"))


def output_only(said: str, match: Match) -> Wish:
    """Return the wish of `output JSON only`."""
    return SetField(said, "output_format", f"{match['form'] or match['form2']} only")


def replace(said: str, match: Match) -> Wish | None:
    """Return the wish of `rule 2: …`."""
    rules = which(match["which"])
    return ReplaceRule(said, rules, as_rule(match["value"])) if rules else None


def move_rule(said: str, match: Match) -> Wish | None:
    """Return the wish of `move rule 4 to the top`."""
    rules = which(match["which"])
    return move(said, rules, match["where"]) if rules else None


def swap(said: str, match: Match) -> Wish | None:
    """Return the wish of `swap rules 1 and 2`."""
    rules = which(match["which"])
    return SwapRules(said, rules) if rules and len(rules.numbers) == 2 else None


def field(said: str, match: Match) -> Wish:
    """Return the wish of `role: …`."""
    name = match["field"].lower().replace(" ", "_").replace("-", "_")
    return SetField(said, _FIELDS.get(name, name), match["value"].strip(" '\""))


def language(said: str, match: Match) -> Wish | None:
    """Return the wish of `language Go`; of a natural language it is about the answers."""
    value = match["value"].strip(" '\"")
    if found := tongue(value):
        return AnswerIn(said, found)
    entry = knowledge().technology(value) or next(iter(technologies(value)), None)
    if entry is not None and entry.kind == "language":
        return SetField(said, "language", entry.name)
    return SetField(said, "language", value) if match["gets"] and len(value.split()) <= 2 else None


def tier(said: str, match: Match) -> Wish:
    """Return the wish of `tier bare`."""
    return SetField(said, "tier", match["tier"].lower())


def host_tool(said: str, match: Match) -> Wish:
    """Return the wish of `for a host tool`, which may be named."""
    tool = (match["tool"] or "").strip(" '\"")
    return SetField(said, "host_tool", tool) if tool else SetField(said, "tier", "bare")


def rename(said: str, match: Match) -> Wish:
    """Return the wish of `call it …`."""
    return Rename(said, match["name"].strip(" '\"`"))


def rebase(said: str, match: Match) -> Wish | None:
    """A base has a tag, or was called a base, and is no technology that the knowledge has: `base it on FastAPI`."""
    model = match["model"].rstrip(".")
    named = match.groupdict().get("base") is not None
    if ":" in model:
        return Rebase(said, model) if re.fullmatch(r"[^:]+:[^:]+", model) else None
    if technologies(model) or not (named or _known_family(model)):
        return None
    return Rebase(said, model)


def _known_family(model: str) -> bool:
    try:
        return base_suffix(model) != slugify(model, 40)
    except ValueError:
        return False


def length(direction: int) -> Build:
    """Return the wish of `shorter`, `longer`."""
    return lambda said, match: Length(said, direction)


def words_at_most(said: str, match: Match) -> Wish | None:
    """Return the wish of `at most 100 words`."""
    return Length(said, words=int(match["words"])) if 0 < int(match["words"]) <= 20_000 else None


def warmth(direction: int) -> Build:
    """Return the wish of `more creative`, `more precise`."""
    return lambda said, match: Warmth(said, direction)


def temperature(said: str, match: Match) -> Wish:
    """Return the wish of `temperature 0.5`."""
    return Warmth(said, value=match["value"].lower().replace(",", "."))


def answer_in(said: str, match: Match) -> Wish | None:
    """Return the wish of `answer in …`, where that is a natural language."""
    found = tongue(match["tongue"])
    return AnswerIn(said, found) if found else None


def translate(said: str, match: Match) -> Wish | None:
    """Return the wish of `translate into …`."""
    found = tongue(match["tongue"])
    return AnswerIn(said, found, translating=True) if found else None


def explain(said: str, match: Match) -> Wish | None:
    """Return the wish of `why …`: rules, a field, a technology, or all of it."""
    what = match["what"].strip(" ,.?!")
    if rules := pointed_at(what):
        return Explain(said, rules)
    for words, field in _FIELD_WORDS:
        if re.search(rf"\b(?:{words})\b", what, re.I | re.A) and len(what.split()) <= 8:
            return Explain(said, field=field)
    if re.fullmatch(_ALL_OF_IT, what, re.I | re.A):
        return Explain(said)
    if found := technologies(what):
        return Explain(said, Which(about=found[0].name, several=True))
    return None


_ALL_OF_IT = (
    r"(?:(?:is|are|did|do|does|was)\s+)?(?:(?:you|it|that|this|these|those|all|so|the|your|my|its|every|all\s+of)\s*)*"
    r"(?:rules?|draft|persona|choices?|changes?|proposal|thing|them|come\s+from|like\s+this|like\s+that"
    r"|do\s+(?:this|that|it)"
    r"|yourself|everything|then|so)?"
)


def redraft(said: str, match: Match) -> Wish | None:
    """Return the wish of `use …`."""
    return Redraft(said, match["about"].strip())


def become(said: str, match: Match) -> Wish | None:
    """Return the wish of `a code reviewer`, which is to be one."""
    return Redraft(said, match["about"].strip(), f"make it {match['about'].strip()}")


def stricter(said: str, match: Match) -> Wish:
    """Return what to ask at `stricter`, which may be about a rule or about the temperature."""
    return Ask(
        said,
        "I am not sure what is to be stricter, so nothing changed: “more precise” lowers the temperature, and "
        "“rule 2: …” or “MUST …” makes the rules stricter.",
    )


def laxer(said: str, match: Match) -> Wish:
    """Return what to ask at `less strict`."""
    return Ask(
        said,
        "I am not sure what is to be less strict, so nothing changed: “more creative” raises the temperature, and "
        "“drop rule 2” or “rule 2: …” loosens a rule.",
    )


def instead(said: str, match: Match) -> Wish | None:
    """Return the wish of `replace Flask with FastAPI`."""
    old, new = match["old"], match["new"]
    if covered(old) and not technologies(new) and not which(new) and len(new.split()) <= 4:
        name = technologies(old)[0].name
        return Ask(
            said,
            f"I know nothing of “{new}”, so nothing changed: “remove {name}” takes that out, and words that begin with "
            "MUST become a rule.",
        )
    if not technologies(old) or not technologies(new):
        return None
    wanted, unwanted = (" or ".join(map(sure_name, technologies(text))) for text in (new, old))
    return Redraft(said, f"{new} instead of {old}", f"use {wanted} instead of {unwanted}")


def add_anything(said: str, match: Match) -> Wish:
    """Return the wish of `add …`: a technology, or a topic."""
    about = match["about"].strip()
    return Redraft(said, about) if technologies(about) else AddAbout(said, about, sure=False)
