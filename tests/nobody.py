"""Acting as a user to whom permissions apply: root, as whom tests often run, is denied nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_NOBODY = 65534


@dataclass
class Done:
    """What a child process left behind."""

    code: int
    out: str
    err: str


def as_nobody(work: Callable[[], int]) -> Done:
    """Do `work` in a child process that is not root; what it returns is the exit code."""
    pipes = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        code = 99
        try:
            sys.stdout, sys.stderr = (os.fdopen(write, "w", encoding="utf-8") for _, write in pipes)
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(_NOBODY)
                os.setuid(_NOBODY)
            code = work()
            sys.stdout.flush()
        finally:
            sys.stderr.flush()
            os._exit(code)
    for _, write in pipes:
        os.close(write)
    with os.fdopen(pipes[0][0], encoding="utf-8") as stdout, os.fdopen(pipes[1][0], encoding="utf-8") as stderr:
        out, err = stdout.read(), stderr.read()
    return Done(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), out, err)


def open_to_all(tmp_path: Path) -> None:
    """Let everybody use what a test made so far: pytest's folders are their owner's alone."""
    for path in (tmp_path.parent.parent, tmp_path.parent, tmp_path, *tmp_path.rglob("*")):
        path.chmod(0o777)
