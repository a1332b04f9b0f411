"""Errors that people see, each with the exit code that scripts see.

A message is one sentence: what is wrong, where, and what to do about it. The command line prints it and
exits with `exit_code`; a traceback is shown only with `--debug`.
"""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """What `persona` exits with. 64 to 75 are those of BSD's sysexits.h."""

    OK = 0
    FAILED = 1
    HUMAN_NEEDED = 2
    INCOMPLETE = 3
    USAGE = 64
    BAD_DATA = 65
    ENGINE_UNREACHABLE = 69
    CANNOT_WRITE = 73
    CONFLICT = 75
    INTERRUPTED = 130


class PersonaError(Exception):
    """Anything that ends a command with one sentence; the root of every error of ours."""

    exit_code = ExitCode.FAILED


class UsageError(PersonaError):
    """The words of the command are off: a flag, a name, a combination."""

    exit_code = ExitCode.USAGE


class NotFound(PersonaError):
    """What was named does not exist."""


class BadData(PersonaError):
    """A file or an answer that cannot be read as what it should be.

    `path` and `line` (counted from 1) say where, when they are known, and lead the sentence.
    """

    exit_code = ExitCode.BAD_DATA

    def __init__(self, message: str, *, path: Path | str | None = None, line: int | None = None) -> None:
        self.message = message
        self.path = path
        self.line = line
        where = "" if path is None else f"{path}: " if line is None else f"{path}:{line}: "
        super().__init__(where + message)


class CannotWrite(PersonaError):
    """A file, a folder or a disk that does not take what has to be kept."""

    exit_code = ExitCode.CANNOT_WRITE


class Conflict(PersonaError):
    """Somebody else changed it first; looking again and retrying is the way on."""

    exit_code = ExitCode.CONFLICT


class HumanNeeded(PersonaError):
    """A decision that is not ours is missing, and there is no terminal to ask at."""

    exit_code = ExitCode.HUMAN_NEEDED


class Incomplete(PersonaError):
    """Part of the work could not be done; the rest was."""

    exit_code = ExitCode.INCOMPLETE


class EngineError(PersonaError):
    """An engine answered, and the answer is a failure."""


class EngineUnreachable(EngineError):
    """No engine answers where one was expected, or what answers is not one."""

    exit_code = ExitCode.ENGINE_UNREACHABLE


class ModelNotFound(EngineError):
    """The engine has no model of that name."""
