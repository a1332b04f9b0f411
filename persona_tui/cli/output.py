"""What a command prints: results on stdout, narration, questions and progress on stderr."""

from __future__ import annotations

import contextlib
import functools
import json
import re
import select
import shutil
import signal
import sys
import termios
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from persona_tui.base.errors import BadData, CannotWrite, HumanNeeded
from persona_tui.base.files import reason_of
from persona_tui.base.text import PlainStream, encodable, plain
from persona_tui.cli.common import Settings

if TYPE_CHECKING:
    from rich.console import Console

_USUAL_COLUMNS = 80
_NARROWEST = 20
"""Columns that a table has on any terminal: in fewer there is nothing to read."""
_USABLE = 24
"""Columns in which a text can be read."""
_PASTE = 0.03
"""Seconds in which the next line of a paste is there; nobody types so fast."""
_REPLIES = {"y": True, "yes": True, "n": False, "no": False}
_LOUD = ("WARN", "ERROR")
_STYLES = {"WARN": "yellow", "ERROR": "bold red", "DETECT": "cyan", "LLM": "magenta", "DRY-RUN": "blue"}


class ReaderLeft(Exception):
    """Whoever read standard output has what they wanted. Typer would make a failure of a BrokenPipeError."""


class Output:
    """Stdout and stderr of one command, as the shared options want them. Text from outside is neutralised here.

    With `--json` stdout belongs to the one document: everything else that would go there goes to stderr.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._answer = PlainStream()
        self._aside = PlainStream()

    @property
    def asks(self) -> bool:
        """Whether there is a person at a terminal to ask."""
        return sys.stdin.isatty() and sys.stderr.isatty() and not self.settings.json

    def say(self, tag: str, text: str) -> None:
        """Tell on stderr what is going on; `tag` is DETECT, LLM, WARN, ERROR, DRY-RUN or another short word."""
        if self.settings.quiet and tag not in _LOUD:
            return
        if sys.stderr.isatty():
            from rich.text import Text

            self._stderr.print(Text.assemble((f"[{tag}]", _STYLES.get(tag, "dim")), " ", plain(text)))
        else:
            print(f"[{tag}] {plain(text)}", file=sys.stderr)

    def waiting(self, address: str) -> None:
        """Tell a person at a terminal that a server is slow to answer."""
        if sys.stderr.isatty():
            self.say("WAIT", f"waiting for {address} …")

    def document(self, value: Any) -> None:
        """Print the one JSON document of `--json`."""
        with delivering():
            print(json_line(value))
        self.settings.answered = True

    def json_text(self, text: str) -> None:
        """Print a document that is JSON already, without parsing it: long lists come as text from the index."""
        if sys.stdout.isatty() or not (_utf8() or text.isascii()) or text != encodable(text):
            self.document(json.loads(text))
        else:
            with delivering():
                print(text)

    def text(self, text: str = "", style: str | None = None) -> None:
        """Print `text` on stdout, neutralised; in `style` where a terminal shows it."""
        if style and self._stream.isatty():
            from rich.text import Text

            console = self._stderr if self.settings.json else self._stdout
            with delivering():
                console.print(Text(plain(text), style), soft_wrap=True)
        else:
            self._write(plain(text) + "\n")

    def wrapped(self, text: str, style: str | None = None, indent: int = 0) -> None:
        """Print `text` like `text`; on a terminal broken at words, what goes on `indent` columns to the right."""
        if self._stream.isatty():
            import textwrap

            width = max(terminal_width(), _NARROWEST + indent)
            further = " " * indent
            text = textwrap.fill(plain(text), width, subsequent_indent=further, break_on_hyphens=False)
        self.text(text, style)

    def stream(self, text: str) -> None:
        """Print a part of an answer as it arrives."""
        self._write(self._answer.feed(text))
        with delivering():
            self._stream.flush()

    def end_stream(self) -> None:
        """Print what is left of an answer that arrived in parts, and end its line."""
        sys.stderr.write(self._aside.rest())
        self._write(self._answer.rest() + "\n")

    def aside(self, text: str) -> None:
        """Print words that are not part of the answer, such as a model's reasoning, on stderr as they arrive."""
        sys.stderr.write(self._aside.feed(text))
        sys.stderr.flush()

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]], spare: Sequence[str] = ()) -> None:
        """Print rows in columns as wide as their content.

        A terminal gets them cut to its width; before the last column is left without room, those of `spare` go, in
        that order.
        """
        columns = [_column(list(cells)) for cells in zip(header, *rows, strict=True)]
        names, width = list(header), 0
        if self._stream.isatty():
            width = max(terminal_width(), _NARROWEST)
            for name in spare:
                if width - sum(_cells(column[0]) + 2 for column in columns[:-1]) >= _USABLE:
                    break
                columns.pop(names.index(name))
                names.remove(name)
        lines = ["  ".join(cells).rstrip() for cells in zip(*columns, strict=True)]
        self._write("\n".join(_cut(line, width) if width else line for line in lines) + "\n")

    def diff(self, lines: Iterable[str]) -> None:
        """Print a unified difference, additions and removals coloured on a terminal."""
        for line in lines:
            colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
            self.text(line, None if line.startswith(("+++", "---")) else colour)

    def confirm(self, question: str, *, default: bool, flag: str) -> bool:
        """Ask yes or no. Raises HumanNeeded, naming the missing `flag`, where nobody can be asked."""
        self._check_asks(question, flag)
        with contextlib.suppress(termios.error):  # what was typed before the question was seen is no answer to it
            termios.tcflush(sys.stdin, termios.TCIFLUSH)
        choices = "[Y/n]" if default else "[y/N]"
        while True:
            reply = _reply(f"{question} {choices}:").strip().lower()
            if not reply:
                return default
            if reply in _REPLIES:
                return _REPLIES[reply]
            self.say("WARN", f"'{reply}' is no answer: say y or n")

    def ask(self, question: str, *, flag: str) -> str:
        """Ask for a line of text. Raises HumanNeeded, naming the missing `flag`, where nobody can be asked."""
        self._check_asks(question, flag)
        return _reply(question)

    def _check_asks(self, question: str, flag: str) -> None:
        if not self.asks:
            raise HumanNeeded(f"{plain(question)} There is no terminal to ask at: say {flag}")

    @property
    def _stream(self) -> TextIO:
        return sys.stderr if self.settings.json else sys.stdout

    def _write(self, text: str) -> None:
        """Write to the stream; a character that its encoding lacks becomes its escape, and is no reason to fail."""
        encoding = self._stream.encoding or "utf-8"
        with delivering():
            self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))

    @functools.cached_property
    def _stdout(self) -> Console:
        return self._console(stderr=False)

    @functools.cached_property
    def _stderr(self) -> Console:
        return self._console(stderr=True)

    def _console(self, *, stderr: bool) -> Console:
        from rich.console import Console

        no_color = True if self.settings.no_color else None
        return Console(stderr=stderr, markup=False, highlight=False, emoji=False, no_color=no_color)


def json_line(value: Any) -> str:
    """Return `value` as JSON that standard output takes: one line, or indented for a terminal."""
    text = json.dumps(value, ensure_ascii=False)
    if (sound := encodable(text)) != text:
        value = json.loads(sound)
    on_terminal = sys.stdout.isatty()  # which would obey the control characters that JSON may hold as they are
    text = json.dumps(value, ensure_ascii=on_terminal or not _utf8(), indent=2 if on_terminal else None)
    return text.replace("\x7f", "\\u007f")


@contextlib.contextmanager
def delivering() -> Iterator[None]:
    """Turn a failure to write to standard output into CannotWrite, or ReaderLeft."""
    try:
        yield
    except BrokenPipeError:
        raise ReaderLeft from None
    except OSError as error:
        raise CannotWrite(f"cannot write to standard output: {reason_of(error)}") from error


def _reply(question: str) -> str:
    """Ask on the terminal, and return what is typed: one line, or the lines that were pasted at once."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  where it is loaded, `input` lets one edit the line and go back to earlier ones
    with _interruptible():  # before the question is seen: whoever sees it may press Ctrl-C
        lines: list[str] = []
        try:
            prompt = f"{plain(question)} "
            if not sys.stdout.isatty():
                print(prompt, end="", file=sys.stderr, flush=True)
            lines.append(input(prompt if sys.stdout.isatty() else ""))
            while select.select([sys.stdin], [], [], _PASTE)[0]:
                lines.append(input())
        except EOFError:
            if not lines:
                raise
        except UnicodeDecodeError:
            raise BadData("what was typed is no UTF-8 text") from None
    return "\n".join(lines)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end a question: asyncio only cancels its task, which a blocking read does not notice."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _column(cells: list[str]) -> list[str]:
    """Return the cells of a column, neutralised and padded to one width (in terminal cells)."""
    text = "".join(cells)
    if text.isascii() and text.isprintable():
        width = len(max(cells, key=len))
        return [cell.ljust(width) for cell in cells]
    cells = [plain(cell) for cell in cells]
    widths = [_cells(cell) for cell in cells]
    widest = max(widths)
    return [cell + " " * (widest - width) for cell, width in zip(cells, widths, strict=True)]


def _cells(text: str) -> int:
    """Return how many places of a terminal `text` takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # Rich's table of character widths, without the rest of it

    return cell_len(text)


def _cut(line: str, width: int) -> str:
    if _cells(line) <= width:
        return line
    if line.isascii():
        return f"{line[: width - 1]}…"
    from rich.cells import set_cell_size

    return f"{set_cell_size(line, width - 1)}…"


def _utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


class WrappedStream:
    """A text that arrives in pieces, broken at words; a word is held back until it is whole."""

    def __init__(self, width: int, indent: int) -> None:
        self._width = max(width, _NARROWEST)
        self._indent = indent
        self._column = 0
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return what can be printed of the text up to `piece`."""
        *whole, self._held = re.split(r"(?<=\s)", self._held + piece)
        return "".join(map(self._placed, whole))

    def rest(self) -> str:
        """Return the word that was held back: nothing more arrives."""
        held, self._held = self._held, ""
        return self._placed(held)

    def _placed(self, word: str) -> str:
        before = ""
        if self._column + _cells(word.rstrip()) > self._width and self._column > self._indent:
            before = "\n" + " " * self._indent
            self._column = self._indent
        self._column += _cells(word.rstrip("\n"))
        if word.endswith("\n"):
            self._column = self._indent
            return f"{before}{word}{' ' * self._indent}"
        return before + word


def terminal_width() -> int:
    """Return the width of the terminal. Some say 0, which Python takes for a width before 3.11."""
    return shutil.get_terminal_size().columns or _USUAL_COLUMNS
