"""Modelfiles as Ollama reads them."""

from __future__ import annotations

import functools
import os.path
from pathlib import Path
from typing import Any

from persona_tui.spec.modelfile import ModelfileError, parse, to_json

_KEYS = ("from", "system", "parameters", "messages", "template", "adapters", "license", "requires", "error", "line")


def parse_json(data: bytes, folder: Path) -> dict[str, Any]:
    """Return the shape of `persona modelfile parse --json`; a refused file has only `error` and `line`.

    `folder` is where the file lies: paths in it are looked up from there, as Ollama does.
    """
    result: dict[str, Any] = dict.fromkeys(_KEYS)
    try:
        modelfile = parse(data, folder=folder, resolve=functools.partial(os.path.realpath, strict=True))
    except ModelfileError as error:
        return {**result, "error": error.text, "line": error.line}
    return {**result, **to_json(modelfile), "adapters": list(modelfile.adapters) or None}
