"""What is wrong, doubtful or good to know about a persona.

`lint_persona` runs every rule of the catalogue. Nothing here reads a file, asks a server or changes a persona.
"""

from persona_tui.spec.lint.catalogue import RULES, UNREADABLE, explain, find_rule, fix_persona, lint_persona, sample
from persona_tui.spec.lint.model import Finding, Fix, Hit, Origin, Rule, Severity, Subject

__all__ = [
    "RULES",
    "UNREADABLE",
    "Finding",
    "Fix",
    "Hit",
    "Origin",
    "Rule",
    "Severity",
    "Subject",
    "explain",
    "find_rule",
    "fix_persona",
    "lint_persona",
    "sample",
]
