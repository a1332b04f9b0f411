"""The command line. `main` is the `persona` command; `--version` is answered before anything else is imported."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line with the process's arguments and exit with its code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from persona_tui import __version__

        print(f"persona {__version__}")
        return
    import gc

    from persona_tui.cli.app import run

    code = run(sys.argv[1:])
    gc.freeze()  # spare the interpreter its last search for garbage: a tenth of the time of a quick command
    sys.exit(code)
