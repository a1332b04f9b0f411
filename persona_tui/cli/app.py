"""The group of commands, imported one by one when they are called, and the edge where errors become exit codes."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from typing import Annotated, Any

import typer
from typer._click import Context  # Typer carries its own Click, under a private name; its version is pinned
from typer._click.exceptions import ClickException, UsageError
from typer.core import TyperGroup

from persona_tui.base.errors import BadData, CannotWrite, ExitCode, PersonaError
from persona_tui.base.errors import UsageError as WrongUsage
from persona_tui.base.files import WRITE_FAILURES, reason_of
from persona_tui.base.text import plain
from persona_tui.cli.common import Settings, add_shared_options
from persona_tui.cli.output import ReaderLeft, delivering, json_line

# Name → what `persona --help` says of it. The command is `app` in the module `persona_tui.cli.commands.<name>`.
COMMANDS = {
    "build": "Describe a persona, see it drafted, refine it, create it.",
    "sessions": "List, show and remove conversations.",
    "create": "Make a persona by form: questions, or flags alone.",
    "apply": "Bring the registry to a server: the difference first.",
    "list": "List the personas of all scopes.",
    "show": "Show a persona: its fields, file and Modelfile.",
    "rm": "Remove a persona from the registry and its server.",
    "lint": "Check personas against the rules for good ones.",
    "render": "Write the Modelfiles that the registry stands for.",
    "diff": "Show what differs between two personas or versions.",
    "modelfile": "Read Modelfiles as Ollama does.",
    "detect": "Tell what a codebase is and which personas fit.",
    "try": "Ask a persona something.",
    "designer": "Compare designers, install those that ship.",
    "engines": "Show which engines answer, and their models.",
}


class LazyGroup(TyperGroup):
    """A group that knows its commands by name and help line, and imports one only to run it."""

    def list_commands(self, ctx: Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        if cmd_name not in self.commands:
            module = importlib.import_module(f"persona_tui.cli.commands.{cmd_name}_")
            command = typer.main.get_command(module.app)
            command.name = cmd_name
            for one in (command, *getattr(command, "commands", {}).values()):
                one.help = _with_examples(one.help or "")
            add_shared_options(command)
            self.commands[cmd_name] = command
        return self.commands[cmd_name]

    def format_commands(self, ctx: Context, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: Context, args: list[str]) -> Any:
        """Suggest the nearest name for a mistyped one; Typer looks only at commands that are already loaded."""
        try:
            return self._click_resolve_command(ctx, args)
        except UsageError as error:
            import difflib

            if near := difflib.get_close_matches(args[0], COMMANDS, 1):
                error.message = f"{error.message.rstrip('.')}. Did you mean '{near[0]}'?"
            raise


def _with_examples(text: str) -> str:
    """Return help text with its examples on lines of their own; a form feed keeps Typer from filling them."""
    text, colon, examples = text.partition("Examples: ")
    lines = "".join(f"\n  {example.strip()}" for example in examples.replace("\n", " ").split("; "))
    return f"{text}\b\nExamples:{lines}" if colon else text


app = typer.Typer(
    name="persona",
    cls=LazyGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback(invoke_without_command=True)
def _root(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", "-V", help="Print the version.")] = False,
) -> None:
    """Design personas of local language models, keep them in a registry, put them on a server.

    A persona is a role, testable rules and parameters on a base model. The registry is a folder of YAML files;
    `persona build` drafts one from a description, `persona apply` brings it to an Ollama server.
    """
    if version:
        from persona_tui import __version__

        print(f"persona {__version__}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())


def run(args: list[str]) -> int:
    """Run `persona ARGS` and return its exit code; every error is one sentence on stderr."""
    settings = Settings(json="--json" in args)  # known before the words are parsed: they may be wrong
    code = _run(settings, args)
    problem = _flush()
    return _failed(settings, problem, ExitCode.CANNOT_WRITE) if problem and code == ExitCode.OK else code


def _run(settings: Settings, args: list[str]) -> int:
    command = typer.main.get_command(app)
    add_shared_options(command)
    try:
        result = command.main(args=args, prog_name="persona", standalone_mode=False, obj=settings)
        if result == ExitCode.INTERRUPTED:
            raise KeyboardInterrupt
        return int(result or 0)
    except (BrokenPipeError, ReaderLeft):
        return int(ExitCode.OK)  # the reader (`head`, a pager) has what it wanted
    except (KeyboardInterrupt, typer.Abort):
        return _failed(settings, settings.interrupted, ExitCode.INTERRUPTED)
    except ClickException as error:
        hint = f" (see '{error.ctx.command_path} --help')" if isinstance(error, UsageError) and error.ctx else ""
        return _failed(settings, error.format_message().rstrip(".") + hint, ExitCode.USAGE)
    except PersonaError as error:
        if settings.debug:
            raise
        # What is wrong with the words of a draft would be wrong once more.
        hint = "" if isinstance(error, BadData | WrongUsage) else settings.draft_hint
        return _failed(settings, f"{error}{hint}", error.exit_code)
    except OSError as error:
        if settings.debug:
            raise
        problem = _flush("\n")  # Typer writes help by itself: where stdout fails at that, it fails at anything
        return _failed(settings, problem, ExitCode.CANNOT_WRITE) if problem else _refused(settings, error)
    except Exception as error:
        return _unexpected(settings, error)


def _refused(settings: Settings, error: OSError) -> int:
    """Tell of something that the system did not do, and that no room below had a better sentence for."""
    place = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
    code = ExitCode.CANNOT_WRITE if error.errno in WRITE_FAILURES else ExitCode.FAILED
    return _failed(settings, f"{place}{reason_of(error)}", code)


def _unexpected(settings: Settings, error: Exception) -> int:
    """Tell of an error that is ours: what it was, and how to see where."""
    if settings.debug:
        raise error
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return _failed(settings, f"this is a fault of the program ({what}); --debug shows where", ExitCode.FAILED)


def _failed(settings: Settings, message: str, code: ExitCode) -> int:
    with contextlib.suppress(OSError):  # where the error is that nothing can be written, there is nobody to tell
        if settings.json and not settings.answered:
            print(json_line({"error": message, "exit_code": int(code)}))
    with contextlib.suppress(OSError):
        print(_wrapped(f"[ERROR] {plain(message)}"), file=sys.stderr)
    return int(code)


def _wrapped(sentence: str) -> str:
    """Return `sentence` broken at words for a terminal."""
    if not sys.stderr.isatty():
        return sentence
    import shutil
    import textwrap

    width = shutil.get_terminal_size().columns or 80
    return textwrap.fill(sentence, width, break_long_words=False, break_on_hyphens=False, replace_whitespace=False)


def _flush(more: str = "") -> str | None:
    """Write what stdout still holds, and `more`; return what is wrong where that fails, if not that nobody reads."""
    try:
        with delivering():
            print(more, end="", flush=True)
    except (CannotWrite, ReaderLeft) as error:
        # What is still held goes nowhere: Python would fail at it once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return str(error) or None
    return None
