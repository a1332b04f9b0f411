"""Rules about what must not travel in a prompt: secrets, hidden characters, and gaps that nobody filled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from persona_tui.base.text import one_line
from persona_tui.spec.lint.model import Hit, Rule, Severity, Subject


class _Secret(NamedTuple):
    """A kind of secret. Group 1 of the pattern, or all of it, is the secret itself."""

    name: str
    pattern: re.Pattern[str]


_NAMED = (
    r"(?<![A-Za-z])(?:pass(?:word|wd|phrase)|pwd|secret(?:[_-]?key)?|api[_-]?key|access[_-]?key|auth[_-]?token"
    r"|access[_-]?token|client[_-]?secret)[\"']?\s{0,9}"
)
# Public prefixes and lengths of the issuers. A prefix alone is no secret, so that rules may speak about them.
_SHAPES = (
    _Secret("AWS access key", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    _Secret("GitHub token", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})")),
    _Secret("GitLab token", re.compile(r"\bglpat-[\w-]{20,}")),
    _Secret("Anthropic key", re.compile(r"\bsk-ant-[\w-]{24,}")),
    _Secret("OpenAI key", re.compile(r"\bsk-(?:proj-|svcacct-)?(?=[\w-]{0,99}\d)(?=[\w-]{0,99}[A-Z])[\w-]{20,}")),
    _Secret("Slack token", re.compile(r"\bxox[abeoprs]-(?=[\w-]{0,99}\d)[\w-]{10,}")),
    _Secret("Slack webhook", re.compile(r"https://hooks\.slack\.com/services/T\w+/B\w+/\w{16,}")),
    _Secret("Google API key", re.compile(r"\bAIza[\w-]{35}")),
    _Secret("Stripe key", re.compile(r"\b[sr]k_live_[A-Za-z0-9]{16,}")),
    _Secret("Hugging Face token", re.compile(r"\bhf_[A-Za-z0-9]{30,}")),
    _Secret("npm token", re.compile(r"\bnpm_[A-Za-z0-9]{36}")),
    _Secret("PyPI token", re.compile(r"\bpypi-AgE[\w-]{50,}")),
    _Secret("JSON Web Token", re.compile(r"\beyJ[\w-]{8,300}\.eyJ[\w-]{8,3000}\.[\w-]{8,}")),
    _Secret("private key", re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{16}")),
    _Secret(
        "password in an address",
        re.compile(r"\b[a-z][a-z0-9+.-]{0,20}://[^\s/:@'\"]{1,64}:([^\s/:@'\"]{4,128})@[\w.-]"),
    ),
    _Secret("password", re.compile(_NAMED + r"=\s*[\"'`]?(?=\S{0,99}\d)([^\s\"'`,;]{8,128})", re.IGNORECASE)),
    _Secret("password", re.compile(_NAMED + r":\s*[\"'`](?=\S{0,99}\d)([^\s\"'`,;]{8,128})[\"'`]", re.IGNORECASE)),
    _Secret(
        "password",
        re.compile(
            _NAMED + r":\s*(?=\S{0,99}\d)(?=\S{0,99}(?-i:[A-Z]))(?=\S{0,99}(?-i:[a-z]))([^\s\"'`,;]{8,128})",
            re.IGNORECASE,
        ),
    ),
)
# What stands where a secret would, and is none: variables, calls, placeholders, single words, names of algorithms.
_EXAMPLE = re.compile(
    r"[<>{}$%*()\[\]]|\.\.\.|…|^[^\W\d]+$|^[^\W\d]\w*(?:\.[^\W\d]\w*)+$|example|change_?me|placeholder|dummy|redacted"
    r"|your|xxx|^pass(?:word|wd)?\d*$|^secret\d*$|123456|sha-?\d|argon|bcrypt|scrypt|pbkdf|base64|hmac|md5",
    re.IGNORECASE,
)

_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
_MARKS = re.compile("[\u061c\u200e\u200f]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_INVISIBLE = re.compile("[\u200b\u2060\u2061-\u2064\u00ad\ufeff\u180e]")
_JOINERS = re.compile("(?<=[\u0020-\u024f])[\u200c\u200d](?=[\u0020-\u024f])")

_BLANK = re.compile(r"[<\[](?:your|insert|enter)\s[^<>\[\]]{1,40}[>\]]", re.IGNORECASE)
_VARIABLE = re.compile(r"(?<![`$\"'{])\{\{\s*[A-Za-z_]\w*\s*\}\}(?![`\"'}])")
_TODO = re.compile(r"\A\s*(?:TODO|FIXME|TBD|XXX)(?::|\s*\Z)|\blorem ipsum\b")
_TEMPLATING = re.compile(
    r"templat|placeholder|helm|jinja|django|vue|angular|handlebars|mustache|ansible|liquid|twig|hugo|interpolat"
    r"|github action|workflow|svelte|ejs|nunjucks|blade|moustache|curly",
    re.IGNORECASE,
)


def _secrets(subject: Subject) -> Iterator[Hit]:
    for field, text in _texts(subject.persona.to_data()):
        for secret in _SHAPES:
            found = next((value for value in _values(secret, text)), None)
            if found is not None:
                shown = (
                    f"{found[:4]}…, {len(found)} characters"
                    if secret.pattern.groups == 0
                    else f"{len(found)} characters"
                )
                yield Hit(field, f"holds what looks like a secret ({secret.name}: {shown}): take it out and revoke it")
                break


def _values(secret: _Secret, text: str) -> Iterator[str]:
    for match in secret.pattern.finditer(text):
        if secret.pattern.groups == 0:
            yield match[0]
        elif not _EXAMPLE.search(match[1]):
            yield match[1]


def _hidden_characters(subject: Subject) -> Iterator[Hit]:
    for field, text in _texts(subject.persona.to_data()):
        found = _BIDI.findall(text) + _INVISIBLE.findall(text) + _JOINERS.findall(text)
        if not _RIGHT_TO_LEFT.search(text):
            found += _MARKS.findall(text)
        if found:
            points = ", ".join(f"U+{ord(char):04X}" for char in dict.fromkeys(found))
            yield Hit(field, f"holds characters that nobody sees ({points}): take them out")


def _placeholders(subject: Subject) -> Iterator[Hit]:
    everything = list(_texts(subject.persona.to_data()))
    templating = any(_TEMPLATING.search(text) for _, text in everything)
    for field, text in everything:
        if field.startswith(("template", "extras", "note", "examples", "license")) or "placeholder" in text.lower():
            continue
        match = _TODO.search(text) or _BLANK.search(text) or (None if templating else _VARIABLE.search(text))
        if match and not _is_quoted(text, match.start()):
            yield Hit(field, f"holds a gap that nobody filled: '{one_line(match[0], 40)}'")


def _is_quoted(text: str, position: int) -> bool:
    """Whether what stands at `position` is inside of a code span or a quotation: then it is spoken about."""
    return any(text.count(quote, 0, position) % 2 == 1 for quote in '`"') or text[:position].endswith(("“", "'"))


def _texts(value: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in the persona's data with its field; a rule's text has the field of the rule."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, dict):
        for key, item in value.items():
            inner = (
                field if key == "text" and field.startswith("constraints[") else f"{field}.{key}" if field else str(key)
            )
            yield from _texts(item, inner)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _texts(item, f"{field}[{index}]")


RULES = (
    Rule(
        "S001",
        Severity.ERROR,
        "A secret is in the persona",
        "What stands in a persona travels with the model, the repository and every push; so does a key in it.",
        {"system_prompt": "Call the API with AKIAIOSFODNN7EXAMPLE."},
        {"system_prompt": "Read the API key from the environment variable AWS_ACCESS_KEY_ID."},
        _secrets,
    ),
    Rule(
        "S002",
        Severity.WARNING,
        "Hidden characters",
        "Zero-width and direction-changing characters make a text read otherwise to people than to the model.",
        {"role": "Reviewer of\u200b SQL migrations"},
        {"role": "Reviewer of SQL migrations"},
        _hidden_characters,
    ),
    Rule(
        "S003",
        Severity.WARNING,
        "A placeholder was left in",
        "The model takes 'TODO' or '<your company>' as it stands.",
        {"role": "Support agent of <your company>"},
        {"role": "Support agent of a small bank"},
        _placeholders,
    ),
)
