"""The text of a Modelfile as a list of commands, cut exactly as Ollama 0.32.15 cuts it.

There are no escapes, no inline comments and no continued lines. What surprises, and is kept:

- A value that starts with three quotes ends where a line ends with three quotes, one that starts with a quote where
  a line ends with a quote; quotes in the middle of a line are text.
- One blank, and not two, follows PARAMETER, the parameter's name, MESSAGE and its role.
- The parameter's name takes the place of the command's: `PARAMETER system x` is a system prompt.
- Carriage return and line feed each end a line, so that the lines that Ollama counts double in a file with both.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from persona_tui.base.errors import BadData
from persona_tui.base.text import one_line
from persona_tui.spec.modelfile_chars import kept

COMMANDS = (
    "from",
    "license",
    "template",
    "system",
    "adapter",
    "draft",
    "renderer",
    "parser",
    "parameter",
    "message",
    "requires",
)
ROLES = ("system", "user", "assistant")

_BLANKS = " \t"
_BLANK_LINES = re.compile(r"[ \t\r\n]*")
_LETTERS = re.compile(r"[A-Za-z]*")
_NAME = re.compile(r"[A-Za-z0-9_]*")
_NEWLINE = re.compile(r"[\r\n]")
_LINE = re.compile(r"\r\n|\r|\n")
_BROKEN_BYTE = re.compile("[\udc80-\udcff]")
_UNPAIRED = re.compile("[\udc00-\udfff]{2}|[\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class ModelfileError(BadData):
    """A Modelfile that Ollama refuses.

    `text` is the error in Ollama's words, with the line as Ollama counts it where Ollama names one; `line` is the
    line in which an editor shows the command at fault, None where there is none.
    """

    def __init__(self, reason: str, *, line: int | None, counted: int | None = None) -> None:
        self.text = reason if counted is None else f"(line {counted}): {reason}"
        where = "this Modelfile" if line is None else f"line {line} of this Modelfile"
        super().__init__(f"Ollama refuses {where}: {one_line(reason, 300)}", line=line)


class Command(NamedTuple):
    """A command as Ollama keeps it: FROM is `model`, a PARAMETER has its own name, a message is `role: content`."""

    name: str
    value: str
    start: int


def decode(data: bytes | str) -> str:
    """Return the text of a file as Ollama reads it: UTF-8, or UTF-16 where a byte order mark says so.

    Every broken sequence becomes U+FFFD, where a mark leads UTF-8 every broken byte.
    """
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogatepass")
    if data.startswith(codecs.BOM_UTF8):
        return _BROKEN_BYTE.sub(_REPLACEMENT, data[3:].decode("utf-8", "surrogateescape"))
    if data.startswith(codecs.BOM_UTF16_LE):
        return _decode_utf16(data[2:], "utf-16-le")
    if data.startswith(codecs.BOM_UTF16_BE):
        return _decode_utf16(data[2:], "utf-16-be")
    return data.decode("utf-8", "replace")


def _decode_utf16(data: bytes, codec: str) -> str:
    odd = len(data) % 2
    text = data[: len(data) - odd].decode(codec, "surrogatepass")
    return _UNPAIRED.sub(_REPLACEMENT, text) + _REPLACEMENT * odd


def read_commands(text: str) -> tuple[list[Command], tuple[str, ...]]:
    """Return the commands of `text`, and the comment lines (with their `#`) before the first. Raises ModelfileError."""
    commands: list[Command] = []
    comments: list[str] = []
    at = _after(_BLANK_LINES, text, 0)
    while at < len(text):
        if text[at] == "#":
            end = _line_end(text, at)
            if not commands:
                comments.append(kept(text[at:end]).strip(_BLANKS))
            at = end
        else:
            command, at = _read_command(text, at)
            commands.append(command)
        at = _after(_BLANK_LINES, text, at)
    return commands, tuple(comments)


def _read_command(text: str, start: int) -> tuple[Command, int]:
    """Return the command that starts at `start`, and where its value ends."""
    # Whatever comes first belongs to the word, and vanishes from it when it is not printable.
    end = _after(_LETTERS, text, start + 1)
    word = (kept(text[start]) + text[start + 1 : end]).lower()
    if end == len(text):
        raise _unexpected_end(text, start)
    if text[end] not in _BLANKS or word not in COMMANDS:
        raise _refusal(text, start, end, f"command must be one of {_one_of(COMMANDS)}")
    name, prefix, at = word, "", end + 1
    if word == "from":
        name = "model"
    elif word == "parameter":
        name, at = _read_word(_NAME, text, start, at)
    elif word == "message":
        role, at = _read_word(_LETTERS, text, start, at)
        if role not in ROLES:
            raise _refusal(text, start, at - 1, f"message role must be one of {_one_of(ROLES)}")
        prefix = f"{role}: "
    value, at = _read_value(text, start, at)
    return Command(name, prefix + value, start), at


def _read_word(pattern: re.Pattern[str], text: str, start: int, at: int) -> tuple[str, int]:
    """Return the word at `at`, and where what follows the one blank after it begins."""
    end = _after(pattern, text, at)
    if end == len(text):
        raise _unexpected_end(text, start)
    if text[end] not in _BLANKS:
        raise ModelfileError(f"unexpected EOF: {text[at:end]}", line=line_at(text, start))
    return text[at:end], end + 1


def _read_value(text: str, start: int, at: int) -> tuple[str, int]:
    """Return the value that begins at `at`, and where the line in which it closes ends."""
    end = _line_end(text, at)
    pieces = [kept(text[at:end])]
    first = pieces[0].strip(_BLANKS)
    quote = next((mark for mark in ('"""', '"') if first.startswith(mark)), "")
    closed = len(first) >= 2 * len(quote) and first.endswith(quote)
    while not closed:
        if end == len(text):
            raise _unexpected_end(text, start)
        newline, at = text[end], end + 1
        end = _line_end(text, at)
        pieces += newline, kept(text[at:end])
        closed = pieces[-1].rstrip(_BLANKS).endswith(quote)
    value = "".join(pieces).strip(_BLANKS)
    return value[len(quote) : len(value) - len(quote)], end


def line_at(text: str, at: int) -> int:
    """Return the line of position `at` as editors count: CR LF together, or either alone, ends a line."""
    return 1 + len(_LINE.findall(text, 0, at))


def _refusal(text: str, start: int, at: int, reason: str) -> ModelfileError:
    counted = 1 + text.count("\r", 0, at + 1) + text.count("\n", 0, at + 1)
    return ModelfileError(reason, line=line_at(text, start), counted=counted)


def _unexpected_end(text: str, start: int) -> ModelfileError:
    return ModelfileError("unexpected EOF", line=line_at(text, start))


def _one_of(words: tuple[str, ...]) -> str:
    return ", ".join(f'"{word}"' for word in words[:-1]) + f', or "{words[-1]}"'


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _line_end(text: str, at: int) -> int:
    match = _NEWLINE.search(text, at)
    return match.start() if match else len(text)
