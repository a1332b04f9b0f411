"""The command line. `main` is the `persona` command; `--version` is answered before anything else is imported."""

from __future__ import annotations

import contextlib
import os
import sys


def main() -> None:
    """Run the command line with the process's arguments and exit with its code."""
    try:
        _main()
    except KeyboardInterrupt:  # while modules are imported: nothing was begun that could be told of
        sys.exit(130)


def _main() -> None:
    if sys.argv[1:] in (["--version"], ["-V"]):
        from persona_tui import __version__

        with contextlib.suppress(OSError):  # what cannot be written is told of below
            print(f"persona {__version__}", flush=True)
            return
    import gc

    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # it was closed (`<&-`): there is nothing to read, nobody who reads
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - as long as the process
    from persona_tui.cli.app import run

    code = run(sys.argv[1:])
    gc.freeze()  # spare the interpreter its last search for garbage: a tenth of the time of a quick command
    sys.exit(code)
