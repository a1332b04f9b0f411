"""The options that every command has, and that mean the same everywhere."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer
from typer._click.globals import get_current_context
from typer.core import TyperOption

from persona_tui.base.errors import BadData, ExitCode
from persona_tui.cli.completion import VALUES, values_of

if TYPE_CHECKING:
    from persona_tui.store.registry import Registry

T = TypeVar("T")

_PATIENCE = 1.0
"""Seconds that an interrupted command has to end by itself."""


@dataclass
class Settings:
    """What the shared options said; the object of the command's context."""

    json: bool = False
    quiet: bool = False
    no_color: bool = False
    debug: bool = False
    scope: str | None = None
    project: str | None = None
    engine: str | None = None
    host: str | None = None
    draft_kept: bool = False
    """Not an option: whether a draft of this command is on disk now, for `persona build --resume`."""
    answered: bool = False
    """Not an option: whether the one document of `--json` is out, so that an error after it is no second one."""

    @property
    def interrupted(self) -> str:
        """What is said when the person has stopped the command."""
        return f"interrupted{self.draft_hint}"

    @property
    def draft_hint(self) -> str:
        """The end of the sentence about a command that stopped: how to go on, if there is a draft."""
        return "; 'persona build --resume' goes on with the draft" if self.draft_kept else ""

    def registry(self, *, keep_index: bool = True) -> Registry:
        """Open the registry that `--project` and the current folder say."""
        from persona_tui.store.registry import Registry
        from persona_tui.store.scopes import find_scopes

        return Registry(find_scopes(Path(self.project) if self.project else None), keep_index=keep_index)


_FLAGS = {
    "--json": "Print one JSON document on stdout and nothing else there.",
    "--quiet": "No narration on stderr, only warnings and errors.",
    "--no-color": "No colour (NO_COLOR does the same).",
    "--debug": "Show the traceback of an error.",
}
_VALUES = {
    "--scope": ("SCOPE", "Use one scope: built-in, global or project."),
    "--project": ("DIR", "The project, in place of the nearest .persona/ upward."),
    "--engine": ("NAME", "The engine: ollama or llamacpp."),
    "--host": ("URL", "The Ollama server, in place of OLLAMA_HOST and 127.0.0.1:11434."),
}


def add_shared_options(command: Any) -> None:
    """Append the shared options to a command, and to the commands of a group."""
    taken = {opt for param in command.params for opt in param.opts}
    for name, text in _FLAGS.items():
        if name not in taken:
            decls = [name, "-q"] if name == "--quiet" else [name]
            command.params.append(_option(decls, help=text, is_flag=True, default=False))
    for name, (metavar, text) in _VALUES.items():
        if name not in taken:
            complete = _completing(name) if name in VALUES else None
            command.params.append(_option([name], help=text, metavar=metavar, autocompletion=complete))
    for nested in getattr(command, "commands", {}).values():
        add_shared_options(nested)


def _completing(name: str) -> Callable[[Any, list[str], str], list[str]]:
    return lambda ctx, args, incomplete: values_of(name)(incomplete)


def _option(decls: list[str], **more: Any) -> TyperOption:
    return TyperOption(param_decls=decls, expose_value=False, callback=_remember, show_default=False, **more)


def _remember(ctx: typer.Context, param: Any, value: Any) -> None:
    if value:
        setattr(ctx.obj, param.name, value)


def read_stdin(limit: int = -1) -> str:
    """Return the text on standard input, at most `limit` characters of it. Raises BadData when it is no UTF-8."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="strict")
    try:
        return sys.stdin.read(limit)
    except UnicodeDecodeError as error:
        raise BadData(f"no UTF-8 text ({error.reason})", path="standard input") from None


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end. The one place where the command line enters asyncio.

    Ctrl-C cancels it. What does not end by that within a second is left behind with the process: a model in this
    process looks up from its prompt only now and then.
    """
    import asyncio  # late: commands that talk to no engine start without it
    import signal
    import threading

    context = get_current_context(silent=True)
    watchdog = threading.Timer(_PATIENCE, _leave, [context.obj if context else Settings()])
    watchdog.daemon = True
    interrupted = False

    async def watched() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)

        def interrupt(*_: object) -> None:
            nonlocal interrupted
            if interrupted:
                raise KeyboardInterrupt
            interrupted = True
            watchdog.start()
            loop.call_soon_threadsafe(task.cancel)

        # Python's own handling differs: before 3.11 the error is raised wherever the program stands.
        before = signal.signal(signal.SIGINT, interrupt)
        try:
            return await task
        finally:
            signal.signal(signal.SIGINT, before)

    try:
        return asyncio.run(watched())
    except asyncio.CancelledError:
        if interrupted:
            raise KeyboardInterrupt from None
        raise
    finally:
        watchdog.cancel()


def _leave(settings: Settings) -> None:
    """End the process at once, from a thread. Whatever is on disk is whole at any moment."""
    with contextlib.suppress(OSError):
        print(f"\n[ERROR] {settings.interrupted}", file=sys.stderr, flush=True)
    os._exit(ExitCode.INTERRUPTED)
