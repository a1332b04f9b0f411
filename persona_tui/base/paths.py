"""Where things lie on this machine."""

from __future__ import annotations

import os
from pathlib import Path

import persona_tui
from persona_tui.base.errors import NotFound

_APP = "persona"


def data_dir() -> Path:
    """The folder of the global scope. `PERSONA_DATA_DIR` moves it."""
    return _user_dir("PERSONA_DATA_DIR", "user_data_path")


def state_dir() -> Path:
    """The folder of what can be rebuilt or belongs to this user alone: index, history, journal, sessions.

    `PERSONA_STATE_DIR` moves it.
    """
    return _user_dir("PERSONA_STATE_DIR", "user_state_path")


def config_dir() -> Path:
    """The folder of the configuration. `PERSONA_CONFIG_DIR` moves it."""
    return _user_dir("PERSONA_CONFIG_DIR", "user_config_path")


def current_folder() -> Path:
    """The folder that the process works in. Raises NotFound when somebody has removed it."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise NotFound("the folder that you are in has been removed: change to another one") from None


def builtin_root() -> Path:
    """The folder that holds the `registry/` and `modelfiles/` that ship.

    A wheel carries them as `persona_tui/_data`; an editable install has no such folder and uses the checkout's.
    """
    package = Path(persona_tui.__file__).parent
    packaged = package / "_data"
    return packaged if packaged.is_dir() else package.parent


def _user_dir(variable: str, function: str) -> Path:
    if moved := os.environ.get(variable):
        return Path(moved).expanduser()
    import platformdirs  # late: `--help` and completion need no folder

    path: Path = getattr(platformdirs, function)(_APP, appauthor=False)
    return path
