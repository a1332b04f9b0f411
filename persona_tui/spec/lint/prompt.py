"""Rules about what reaches the model: role, output format, tier, and what a Modelfile cannot hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from persona_tui.base.text import one_line, plural
from persona_tui.spec.lint.model import Hit, Rule, Severity, Subject
from persona_tui.spec.modelfile_writer import unwritable
from persona_tui.spec.options import REQUEST_ONLY
from persona_tui.spec.rendering import modelfile_of, not_carried_out, system_text

_EMPTY_ROLE = re.compile(
    r"(?:you are |act as )?(?:an?\s+)?(?:(?:helpful|useful|ai|llm|good|friendly|expert)\s+)*"
    r"(?:ai|assistant|expert|helper|bot|model)\.?",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")
# What `unwritable` calls a part, and the field that it comes from.
_PARTS = {
    "system": "system_prompt",
    "template": "template",
    "a license": "license",
    "a message": "examples",
    "an adapter": "adapters",
    "there are": "adapters",
    "requires": "requires",
    "stop": "parameters.stop",
}


def _no_format(subject: Subject) -> Iterator[Hit]:
    persona = subject.persona
    if persona.tier == "bare" or subject.has_own_prompt or persona.format is not None:
        return
    text = (persona.output_format or "").strip()
    if not text:
        severity = {"draft": None, "file": Severity.WARNING, "imported": Severity.INFO}[subject.origin]
        yield Hit("output_format", "is empty: say what an answer looks like, so that it can be checked", severity)
    elif text.isascii() and len(_WORD.findall(text)) < 2:
        severity = None if subject.origin == "draft" else Severity.WARNING
        message = f"'{one_line(text, 40)}' is one word: say what an answer holds and what it leaves out"
        yield Hit("output_format", message, severity)


def _wrong_tier(subject: Subject) -> Iterator[Hit]:
    persona = subject.persona
    if persona.tier == "full":
        if not (system_text(persona) or "").strip():
            yield Hit("system_prompt", "is blank, and a persona of the full tier has a system prompt: set tier to bare")
    elif subject.has_own_prompt:
        yield Hit("tier", "is bare, which means without a system prompt, and system_prompt has one: set tier to full")
    elif persona.constraints:
        rules = plural(len(persona.constraints), "rule")
        if persona.host_tool:
            message = f"is bare: the {rules} reach {one_line(persona.host_tool, 40)} by an export only"
            yield Hit("tier", message, Severity.INFO)
        else:
            yield Hit("tier", f"is bare, so no model sees the {rules}: set tier to full, or name the host_tool")


def _unsent_rules(subject: Subject) -> Iterator[Hit]:
    prompt = subject.persona.system_prompt
    if not prompt:
        return
    for index, rule in enumerate(subject.persona.constraints):
        if rule.text not in prompt:
            yield Hit(f"constraints[{index}]", "is not in system_prompt, which replaces the rules: no model sees it")


def _thin_role(subject: Subject) -> Iterator[Hit]:
    role = subject.persona.role
    if subject.has_own_prompt or not role.isascii():
        return
    if len(_WORD.findall(role)) < 2 or _EMPTY_ROLE.fullmatch(role.strip()):
        yield Hit("role", f"'{one_line(role, 60)}' says little: name the field, the level and the kind of work")


def _unwritten(subject: Subject) -> Iterator[Hit]:
    persona = subject.persona
    for field in REQUEST_ONLY:
        if getattr(persona, field) is not None:
            yield Hit(field, "has no place in a Modelfile: it goes with every request instead", Severity.INFO)
    modelfile = modelfile_of(persona)
    if modelfile is None:
        return
    stop = modelfile.parameters.get("stop")
    for sentence in unwritable(
        replace(modelfile, parameters={"stop": stop} if stop and isinstance(stop, tuple) else {})
    ):
        field = next((field for part, field in _PARTS.items() if sentence.startswith(part)), "")
        yield Hit(field, sentence)


def _not_carried_out(subject: Subject) -> Iterator[Hit]:
    for field, sentence in not_carried_out(subject.persona).items():
        yield Hit(field, sentence)


RULES = (
    Rule(
        "P019",
        Severity.ERROR,
        "The output format is missing or one word",
        "Without a described form no answer can be checked, and a program that reads the answer has to guess.",
        {"output_format": "code"},
        {"output_format": "One code block per file, each under a comment with its path"},
        _no_format,
    ),
    Rule(
        "P026",
        Severity.WARNING,
        "A rule is not part of the prompt",
        "A system_prompt of its own replaces role, rules and format; rules beside it are seen by people only.",
        {"system_prompt": "You review SQL.", "constraints": ["MUST name the table of each finding"]},
        {
            "system_prompt": "You review SQL. You MUST name the table of each finding.",
            "constraints": ["MUST name the table of each finding"],
        },
        _unsent_rules,
    ),
    Rule(
        "M006",
        Severity.WARNING,
        "The tier and the prompt disagree",
        "The bare tier sends no system prompt, because a host tool brings its own; the full tier lives by its prompt.",
        {"tier": "bare"},
        {"tier": "bare", "constraints": [], "output_format": None, "host_tool": "aider"},
        _wrong_tier,
    ),
    Rule(
        "E001",
        Severity.INFO,
        "The role says little",
        "The role is the first line that the model reads: a field, a level and a task pull out more than 'assistant'.",
        {"role": "Helpful assistant"},
        {"role": "Senior database engineer who reviews SQL migrations"},
        _thin_role,
    ),
    Rule(
        "F001",
        Severity.WARNING,
        "A Modelfile cannot hold a part of the persona",
        "The server gets everything by its API. An exported Modelfile loses what the language has no form for.",
        {"system_prompt": 'Write docstrings in """\nthree quotes'},
        {"system_prompt": "Write docstrings in three quotes"},
        _unwritten,
    ),
    Rule(
        "F002",
        Severity.WARNING,
        "A field is kept and not carried out yet",
        "Variants and a base persona are part of the file's format, and this version only keeps what they say.",
        {"extends": "team-python"},
        {"preferred_models": ["qwen3:8b", "qwen3:14b"]},
        _not_carried_out,
    ),
)
