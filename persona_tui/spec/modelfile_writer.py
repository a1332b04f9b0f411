"""A Modelfile as text, in the part of the language that Ollama reads back without loss.

Texts stand in three quotes, stop texts in one where that will do, all else is bare where it can be; parameters come
in alphabetic order. Not everything that the JSON of `/api/create` takes has a form in a Modelfile: `unwritable` says
what has none.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

from persona_tui.base.errors import BadData
from persona_tui.base.text import one_line, plural
from persona_tui.spec.modelfile import Modelfile, differences, is_version, parse
from persona_tui.spec.modelfile_chars import dropped
from persona_tui.spec.modelfile_lexer import ROLES, line_at
from persona_tui.spec.options import OptionValue, option_problem

_CLOSING = re.compile(r'"""[ \t]*[\r\n]')
_COMMENT = re.compile(r"#(?:[^\r\n]*[^ \t\r\n])?")


def render(modelfile: Modelfile) -> str:
    """Return `modelfile` as text that Ollama reads back as the same. Raises BadData with what has no form in it.

    The text is to be written as UTF-8 without translating newlines.
    """
    if problems := unwritable(modelfile):
        raise BadData(problems[0])
    text = _write(modelfile)
    again = parse(text)
    if again != modelfile or differences(modelfile, again):
        raise BadData(f"a Modelfile cannot hold this model on {one_line(modelfile.base, 80)} as it is")
    return text


def unwritable(modelfile: Modelfile) -> list[str]:
    """Return one sentence for each thing of `modelfile` that a Modelfile cannot hold."""
    problems = [] if modelfile.base else ["the model has no base, and a Modelfile needs a FROM"]
    problems += [sentence for name, text in _texts(modelfile) for sentence in _text_problems(name, text)]
    if len(modelfile.adapters) > 1:
        problems.append(f"there are {len(modelfile.adapters)} adapters, and a Modelfile takes one")
    if modelfile.requires and not is_version(modelfile.requires):
        problems.append(f"requires is {one_line(modelfile.requires, 40)!r}, and not a version such as 0.14.0")
    for number, message in enumerate(modelfile.messages, 1):
        if message.role not in ROLES:
            role = one_line(message.role, 40)
            problems.append(f"message {number} has the role {role!r}, and a Modelfile knows only {', '.join(ROLES)}")
    for name, value in sorted(modelfile.parameters.items()):
        problem = option_problem(name, value)
        if problem and problem.kind != "range":
            problems.append(problem.sentence)
        elif value == ():
            problems.append(f"{name} is an empty list, which a Modelfile cannot say")
    for number, comment in enumerate(modelfile.comments, 1):
        if not _COMMENT.fullmatch(comment):
            problems.append(f"comment {number} is not one line that starts with # and ends without a blank")
    return problems


def _texts(modelfile: Modelfile) -> Iterator[tuple[str, str]]:
    """Yield every text of `modelfile`, with what to call it."""
    for name in ("base", "system", "template", "renderer", "parser"):
        yield name, getattr(modelfile, name) or ""
    for message in modelfile.messages:
        yield f"a message of the {one_line(message.role, 40)}", message.content
    for name, value in modelfile.parameters.items():
        if isinstance(value, tuple):
            yield from ((one_line(name, 40), item) for item in value if isinstance(item, str))
    parts = {"an adapter": modelfile.adapters, "a draft": modelfile.drafts, "a license": modelfile.license}
    for name, texts in {**parts, "a comment": modelfile.comments}.items():
        yield from ((name, text) for text in texts)


def _text_problems(name: str, text: str) -> Iterator[str]:
    if lost := dropped(text):
        kinds = ", ".join(f"{_code_point(character)} ({count})" for character, count in Counter(lost).most_common(3))
        more = ", …" if len(set(lost)) > 3 else ""
        yield f"{name} has {plural(len(lost), 'character')} that Ollama drops from a Modelfile: {kinds}{more}"
    if closing := _CLOSING.search(text):
        line = line_at(text, closing.start())
        yield f"{name} has three quotes at the end of its line {line}, where a Modelfile ends the text"


def _code_point(character: str) -> str:
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X}{name and ' '}{name}"


def _write(modelfile: Modelfile) -> str:
    source = [f"FROM {_bare(modelfile.base)}"]
    source += [f"ADAPTER {_bare(path)}" for path in modelfile.adapters]
    source += [f"DRAFT {_bare(path)}" for path in modelfile.drafts]
    source += [
        f"{name.upper()} {_bare(value)}"
        for name in ("requires", "renderer", "parser")
        if (value := getattr(modelfile, name))
    ]
    settings = [line for name, value in sorted(modelfile.parameters.items()) for line in _parameter(name, value)]
    texts = [
        f"{name.upper()} {_block(value)}" for name in ("template", "system") if (value := getattr(modelfile, name))
    ]
    messages = [f"MESSAGE {message.role} {_block(message.content)}" for message in modelfile.messages]
    licenses = [f"LICENSE {_block(text)}" for text in modelfile.license]
    return _paragraphs(modelfile.comments, source, settings, *([text] for text in texts), messages, licenses)


def _paragraphs(*paragraphs: Iterable[str]) -> str:
    return "\n\n".join("\n".join(lines) for lines in map(list, paragraphs) if lines) + "\n"


def _parameter(name: str, value: OptionValue) -> Iterator[str]:
    if isinstance(value, bool):
        yield f"PARAMETER {name} {str(value).lower()}"
    elif isinstance(value, (int, float)):
        yield f"PARAMETER {name} {value!r}"
    else:
        yield from (f"PARAMETER {name} {_quoted(item)}" for item in ((value,) if isinstance(value, str) else value))


def _block(text: str) -> str:
    return f'"""{text}"""'


def _quoted(text: str) -> str:
    return _block(text) if re.search('["\r\n]', text) else f'"{text}"'


def _bare(text: str) -> str:
    fits = text and text.strip(" \t") == text and not text.startswith('"') and not re.search("[\r\n]", text)
    return text if fits else _block(text)
