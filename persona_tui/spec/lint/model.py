"""What a rule is, what it sees, and what it says."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, Literal

from persona_tui.spec.lint.english import is_english
from persona_tui.spec.lint.statement import Statement, read_statement
from persona_tui.spec.persona import Persona

_READABLE = 2_000
"""Characters of a rule up to which its words are judged; a longer one is too long, whatever it says."""

Origin = Literal["draft", "file", "imported"]
"""Where a persona comes from: a designer just made it, a registry file holds it, or another tool's file did."""

Fix = Callable[[Persona], Persona]


class Severity(str, Enum):
    """How much a finding weighs: an error fails the lint, a warning should be looked at, an info is good to know."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule has to say about a persona. `field` is a path such as `constraints[2]`."""

    rule: str
    severity: Severity
    message: str
    field: str
    line: int | None = None
    fix: Fix | None = dataclasses.field(default=None, compare=False, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return what scripts read."""
        return {
            "rule": self.rule,
            "severity": self.severity.value,
            "message": self.message,
            "field": self.field,
            "line": self.line,
            "fixable": self.fix is not None,
        }


@dataclass(frozen=True, slots=True)
class Hit:
    """What a check found; `severity` where it differs from the rule's own, `fixable` where the rule's fix mends it."""

    field: str
    message: str
    severity: Severity | None = None
    fixable: bool = True


@dataclass(frozen=True)
class Subject:
    """A persona as the checks see it."""

    persona: Persona
    origin: Origin

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """The rules of the persona, each with its polarity and what follows it."""
        return tuple(read_statement(rule.text, index) for index, rule in enumerate(self.persona.constraints))

    @cached_property
    def english_statements(self) -> tuple[Statement, ...]:
        """The rules that can be judged by English words: none in a persona that speaks another language."""
        persona = self.persona
        everything = " ".join([persona.role, *(rule.text for rule in persona.constraints), persona.output_format or ""])
        if not is_english(everything[: 5 * _READABLE]):
            return ()
        return tuple(each for each in self.statements if len(each.text) <= _READABLE and is_english(each.text))

    @property
    def has_own_prompt(self) -> bool:
        """Whether a text of its own replaces the rendered ROLE, CONSTRAINTS and FORMAT."""
        return self.persona.system_prompt is not None


Check = Callable[[Subject], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class Rule:
    """An entry of the catalogue.

    `bad` and `good` are fields of a persona that the rule speaks about and of one that it is silent on; the fields
    they leave out are those of `SAMPLE`. They are the example in the documentation and the rule's own test.
    """

    id: str
    severity: Severity
    title: str
    why: str
    bad: Mapping[str, Any]
    good: Mapping[str, Any]
    check: Check
    fix: Fix | None = None


SAMPLE: Mapping[str, Any] = {
    "name": "my-python-cli-q3",
    "role": "Senior Python engineer for command-line tools",
    "domain": "code",
    "language": "Python",
    "temperature": 0.1,
    "constraints": [
        "MUST annotate every parameter and return type",
        "MUST use pathlib.Path for file paths",
        "MUST raise a specific exception type",
        "MUST NOT use mutable default arguments",
    ],
    "output_format": "One Python code block, nothing before or after it",
    "preferred_models": ["qwen3:8b"],
}
"""A persona without a finding."""
