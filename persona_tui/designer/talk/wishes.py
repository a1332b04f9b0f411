"""What a person can wish for in a conversation, as values. `said` is the part of the message that says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Which:
    """The rules that are meant: by number (from 1, or from -1 at the end), all of them, or those about something."""

    numbers: tuple[int, ...] = ()
    all: bool = False
    about: str = ""
    several: bool = False
    """Whether more than one may be about it."""
    rest: bool = False
    """All but these are meant: `keep only rules 1 and 2`."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A wish. By itself it is one that nobody understood."""

    said: str


@dataclass(frozen=True, slots=True)
class Help(Wish):
    """What can you do?"""


@dataclass(frozen=True, slots=True)
class Leave(Wish):
    """A known change that is not to be made: `don't rename it`. `lock` is what a lock would keep as it is."""

    lock: str = ""


@dataclass(frozen=True, slots=True)
class Ask(Wish):
    """What may be meant in more than one way: nothing is done, and `say` tells how to say which."""

    say: str


@dataclass(frozen=True, slots=True)
class Explain(Wish):
    """Why is it so: rules, a field, or all of it."""

    which: Which | None = None
    field: str = ""


@dataclass(frozen=True, slots=True)
class AddRule(Wish):
    """A rule in the person's words, which `text` has with its MUST."""

    text: str


@dataclass(frozen=True, slots=True)
class AddAbout(Wish):
    """A rule of the knowledge about something. `sure`: a rule was asked for, and not just `add logging`."""

    about: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class DropRules(Wish):
    """These rules go."""

    which: Which


@dataclass(frozen=True, slots=True)
class ReplaceRule(Wish):
    """A rule says something else."""

    which: Which
    text: str


@dataclass(frozen=True, slots=True)
class MoveRule(Wish):
    """A rule moves to a place (as in Which), by so many places (`by`), or before or after another (`beside`)."""

    which: Which
    place: int = 0
    by: int = 0
    beside: Literal["", "before", "after"] = ""


@dataclass(frozen=True, slots=True)
class SwapRules(Wish):
    """Two rules change places."""

    which: Which


@dataclass(frozen=True, slots=True)
class Length(Wish):
    """Longer or shorter answers (1, -1), or answers of at most so many words."""

    direction: int = 0
    words: int = 0


@dataclass(frozen=True, slots=True)
class Warmth(Wish):
    """A higher or lower temperature (1, -1), or a certain one."""

    direction: int = 0
    value: str = ""


@dataclass(frozen=True, slots=True)
class Rename(Wish):
    """Another name."""

    name: str


@dataclass(frozen=True, slots=True)
class AnswerIn(Wish):
    """The natural language of the answers. `translating`: it was said as the language to translate into."""

    tongue: str
    translating: bool = False


@dataclass(frozen=True, slots=True)
class Rebase(Wish):
    """Another base model."""

    model: str


@dataclass(frozen=True, slots=True)
class SetField(Wish):
    """A field of the persona gets a value; no value empties it."""

    field: str
    value: str | None


@dataclass(frozen=True, slots=True)
class SetParameter(Wish):
    """A parameter of the model gets a value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Redraft(Wish):
    """What it is for, or is made with. `about` is the part that names it, `text` what is read where not `said` is."""

    about: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Without(Wish):
    """What it is not made with."""

    about: str
