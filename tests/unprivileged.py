"""Acting as somebody to whom permissions apply: root, as whom tests often run, is denied nothing."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

_CAPABILITIES_V3 = 0x20080522


@dataclass
class Done:
    """What a child process left behind."""

    code: int
    out: str
    err: str


def unprivileged(work: Callable[[], int]) -> Done:
    """Do `work` in a child process that may do what an owner may, and no more; what it returns is the exit code."""
    pipes = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        code = 99
        try:
            sys.stdout, sys.stderr = (os.fdopen(write, "w", encoding="utf-8") for _, write in pipes)
            _drop_capabilities()
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


def _drop_capabilities() -> None:
    """Stay the same user, so that Python finds its own files, but without the power to pass over permissions."""
    if os.getuid() == 0:
        header = (ctypes.c_uint32 * 2)(_CAPABILITIES_V3, 0)
        if ctypes.CDLL(None, use_errno=True).capset(header, (ctypes.c_uint32 * 6)()):
            raise OSError(ctypes.get_errno(), "cannot drop the capabilities")
