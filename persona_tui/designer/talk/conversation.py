"""A round with the rulebook: each wish of a message is carried out, or it is said why not. No model is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from persona_tui.base.text import plain
from persona_tui.designer.draft import DesignerReport, Reply, Talk
from persona_tui.designer.knowledge import knowledge
from persona_tui.designer.recognition import tokenize
from persona_tui.designer.talk import fields, reasons, rules, stack
from persona_tui.designer.talk.clauses import core_of
from persona_tui.designer.talk.naming import doubtful
from persona_tui.designer.talk.reading import wishes
from persona_tui.designer.talk.round import Round, listed, quoted
from persona_tui.designer.talk.wishes import (
    AddAbout,
    AddRule,
    AnswerIn,
    Ask,
    DropRules,
    Explain,
    Help,
    Leave,
    Length,
    MoveRule,
    Rebase,
    Redraft,
    Rename,
    ReplaceRule,
    SetField,
    SetParameter,
    SwapRules,
    Warmth,
    Wish,
    Without,
)

_CAN = (
    "I am the rulebook: I work without a model, from rules with sources. Tell me a technology or task (“use FastAPI”, "
    "“not Django”), a rule (“MUST …”, “add a rule about logging”, “drop rule 3”, “rule 2: …”, “move rule 4 up”), "
    "“shorter” or “longer”, “more creative” or “more precise”, a name, a base, a tier, a role, or the language of the "
    "answers. “why rule 2?” tells where something comes from, and “undo” and “redo” go back and forth."
)
_MOST_WISHES = 20
"""In one message: each may take a draft anew, and more are no conversation."""
_COMMANDS = frozenset(
    {
        *("answer", "ask", "avoid", "begin", "check", "cite", "count", "describe", "end", "explain", "format"),
        *("give", "keep", "list", "mark", "mention", "name", "number", "output", "prefer", "put", "quote"),
        *("reply", "return", "say", "show", "sort", "start", "state", "use", "write"),
    }
)
_SHORT = (
    "I am the rulebook, without a model: “use FastAPI”, “add a rule about logging”, “MUST …”, “drop rule 3”, “shorter” "
    "or “more precise” I understand, and “help” tells more."
)


def _help(state: Round, wish: Help) -> str:
    return _CAN


def _leave(state: Round, wish: Leave) -> str:
    kept = f" “/lock {wish.lock}” keeps it from every later change." if wish.lock else ""
    return f"{quoted(wish.said, 80)}: I leave that as it is.{kept}"


def _ask(state: Round, wish: Ask) -> str:
    return wish.say


_CARRIED_OUT: dict[type[Wish], Callable[[Round, Any], str]] = {
    Help: _help,
    Leave: _leave,
    Ask: _ask,
    Explain: reasons.explain,
    AddRule: rules.add_rule,
    AddAbout: rules.add_about,
    DropRules: rules.drop,
    ReplaceRule: rules.replace,
    MoveRule: rules.move,
    SwapRules: rules.swap,
    Length: fields.length,
    Warmth: fields.warmth,
    Rename: fields.rename,
    AnswerIn: fields.answer_in,
    Rebase: fields.rebase,
    SetField: fields.set_field,
    SetParameter: fields.parameter,
    Redraft: stack.redraft,
    Without: stack.without,
}


def _as_a_rule(strange: list[str]) -> str:
    """Return how what was not understood would become a rule, where it reads like a command."""
    command = core_of(strange[0]) if len(strange) == 1 else ""
    if not command or not command.isascii() or "?" in strange[0] or len(command.split()) < 3 or doubtful(command):
        return ""
    first = command.split()[0].lower()
    return f"If it is to be a rule, write {quoted('always ' + command, 80)}. " if first in _COMMANDS else ""


def _is_foreign(text: str) -> bool:
    """Whether words that nobody understood are of another natural language than English, as far as they show."""
    words = {token.word for token in tokenize(text)}
    letters = any(letter.isalpha() and not letter.isascii() for letter in text)
    return letters or bool(words & (knowledge().words.foreign - _ENGLISH_TOO | _FOREIGN))


_ENGLISH_TOO = frozenset({"die", "dos", "met", "con", "com", "los", "des", "del", "de", "le", "di", "el"})
_FOREIGN = frozenset(
    {
        *("bitte", "regel", "regeln", "kurzer", "langer", "nicht", "mach", "verwende", "nutze", "benutze", "antworte"),
        *("regra", "regras", "por", "favor", "nao", "mais", "responda", "adicione"),
        *("regla", "reglas", "mas", "agrega", "anade", "responde", "usa"),
        *("regle", "regles", "ajoute", "utilise", "reponds", "sil", "ne", "pas"),
    }
)


def answer(talk: Talk, words: str) -> Reply:
    """Return the rulebook's answer to `words`: the same for the same conversation, whenever it is asked."""
    state = Round(talk)
    told: list[str] = []
    strange: list[str] = []
    wished = wishes(words)
    for wish in wished[:_MOST_WISHES]:
        if type(wish) is Wish:
            strange.append(wish.said)
        else:
            told.append(_CARRIED_OUT[type(wish)](state, wish))
    if len(wished) > _MOST_WISHES:
        told.append(f"I stopped after {_MOST_WISHES} wishes: say the other {len(wished) - _MOST_WISHES} again.")
    if strange or not told:
        what = listed([quoted(part, 80) for part in dict.fromkeys(strange)]) if strange else "that"
        english = "I understand wishes in English only. " if any(map(_is_foreign, strange)) else ""
        told.append(f"I did not understand {what}. {english}{_as_a_rule(strange)}{_SHORT}")
    return Reply(
        DesignerReport("rulebook"),
        say=plain(" ".join(told)),
        updates=tuple(state.updates),
        proposals=tuple(state.proposals),
        notes=tuple(dict.fromkeys([*state.notes, *state.warnings()])),
    )
