"""Keeping llama.cpp's words off the terminal.

Its log is off, but what is wrong with a grammar goes to C's `stderr` all the same, hundreds of lines of it
(xllamacpp 2026.10). The file descriptor cannot be turned away: the full-screen studio draws on it.
So the C variable `stderr` is pointed elsewhere for the time of a call; Python does not write through it.
"""

from __future__ import annotations

import ctypes
import functools
import platform
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_depth = 0
_kept: int | None = None


@contextmanager
def quiet() -> Iterator[None]:
    """Throw away what C code writes to `stderr` inside. Several threads may be inside at once."""
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _depth, _kept
    with _lock:
        _depth += 1
        if _depth == 1 and (streams := _streams()):
            variable, nowhere = streams
            _kept, variable.value = variable.value, nowhere


def _leave() -> None:
    global _depth
    with _lock:
        _depth -= 1
        if _depth == 0 and (streams := _streams()):
            streams[0].value = _kept


@functools.cache
def _streams() -> tuple[ctypes.c_void_p, int] | None:
    """Return C's variable `stderr` and a stream to nowhere; None where the variable cannot be set (musl)."""
    symbol = "__stderrp" if sys.platform == "darwin" else "stderr" if platform.libc_ver()[0] == "glibc" else None
    if symbol is None:
        return None
    libc = ctypes.CDLL(None)
    libc.fopen.restype = ctypes.c_void_p
    nowhere = libc.fopen(b"/dev/null", b"w")
    return (ctypes.c_void_p.in_dll(libc, symbol), nowhere) if nowhere else None
