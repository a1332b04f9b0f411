"""Bringing weights into memory with `xllamacpp`, which is imported here and nowhere else."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from persona_tui.base.errors import EngineError, EngineUnreachable
from persona_tui.engines.llamacpp.quiet import quiet

CONTEXT = 4096
"""Tokens of the context where `num_ctx` is not set, or fewer where the model was trained for fewer."""

# Tokens of the prompt that are worked on at once. Between batches an answer can be cancelled: a smaller batch is
# cancelled sooner, and from some hundred tokens on a larger one is hardly faster on a CPU.
_BATCH = 256
_CHUNK = 1 << 22
# A socket's path has at most 103 bytes on macOS, 107 on Linux; ours is the folder for temporary files and 25 more.
_LONGEST_FOLDER = 75


def missing() -> EngineUnreachable:
    """Return the error for an installation without the library."""
    return EngineUnreachable(
        "the engine llamacpp needs xllamacpp, which is not installed: pip install 'persona-tui[embedded]'"
    )


def load(weights: Path, context: int, threads: int | None = None) -> Any:
    """Return an `xllamacpp.Server` that holds `weights`, with a context of that many tokens.

    The library opens a server's port whatever one does. Here that is a Unix socket in a folder of our own, and it is
    removed before this returns: nobody can connect, from this machine or another, through a browser or without one.
    Python's other threads stand still while the library prepares the weights (0.15 s for 100 MB), because it does not
    release the interpreter's lock; `read_ahead` makes that time one of computing and not of waiting for a disk.
    Raises EngineUnreachable where the library is missing, EngineError where it cannot load the weights.
    """
    parent = tempfile.gettempdir() if len(tempfile.gettempdir()) <= _LONGEST_FOLDER else "/tmp"
    with quiet(), tempfile.TemporaryDirectory(prefix="persona-", dir=parent) as folder:
        xllamacpp = _library()
        try:
            server = xllamacpp.Server(parameters(weights, context, threads, Path(folder) / "socket"))
        except RuntimeError:
            raise EngineError(
                f"llama.cpp cannot load {weights}: the file is damaged, of a kind that it does not know, "
                "or too large for the memory"
            ) from None
        # Answered by the server's loop: before that runs, taking the server away would wait for ever.
        server.handle_metrics()
        return server


def parameters(weights: Path, context: int, threads: int | None, socket: Path) -> Any:
    """Return the `CommonParams` to load with. A name that ends in `.sock` is what makes the socket a Unix socket."""
    params = _library().CommonParams()
    params.model.path = str(weights)
    params.n_ctx = context
    params.n_batch = params.n_ubatch = _BATCH
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads or _threads()
    params.hostnames = [f"{socket}.sock"]
    params.api_keys = [secrets.token_urlsafe(32)]
    params.n_threads_http = 1
    params.ui = params.endpoint_slots = False
    params.endpoint_metrics = True
    params.verbosity = -1
    params.warmup = params.fit_params = False  # they double the time to load; the context is already decided
    params.cache_ram_mib = 0  # else up to 8 GiB of earlier conversations
    return params


def read_ahead(weights: Path, stopped: Callable[[], bool]) -> None:
    """Read the file once, so that its pages are in memory. Ends early when `stopped` says so."""
    buffer = bytearray(_CHUNK)
    with weights.open("rb", buffering=0) as file:
        while not stopped() and file.readinto(buffer):
            pass


def _threads() -> int:
    """Return half of the CPUs that this process may use, at least 1.

    Threads wait for each other at every layer, spinning: with one for each CPU of a machine that does anything else,
    an answer took tens of times as long. With half of them, words come as fast and prompts are read at half the speed.
    """
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cpus // 2)


def _library() -> Any:
    try:
        import xllamacpp
    except ModuleNotFoundError as error:
        if error.name == "xllamacpp":
            raise missing() from None
        raise EngineUnreachable(f"xllamacpp does not start, because {error.name} is not installed") from None
    except (ImportError, OSError) as error:
        raise EngineUnreachable(f"xllamacpp is installed and does not start on this machine: {error}") from None
    return xllamacpp
