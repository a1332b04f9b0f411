"""Which way of asking worked, by server version and base, so that the next round starts with it."""

from __future__ import annotations

import json

from persona_tui.base.errors import PersonaError
from persona_tui.base.files import read_bounded, write_atomic
from persona_tui.base.paths import state_dir

_KEPT = 200


class Memory:
    """A small file in the state folder. Losing it costs one more question; so nothing here fails.

    One that does not learn reads it and writes nothing, as a dry run has to.
    """

    def __init__(self, *, learns: bool = True) -> None:
        self._learns = learns

    def get(self, key: str) -> str | None:
        """Return what worked for `key`, if something did."""
        value = self._read().get(key)
        return value if isinstance(value, str) else None

    def put(self, key: str, way: str) -> None:
        """Remember that `way` worked for `key`."""
        entries = self._read()
        if not self._learns or entries.get(key) == way:
            return
        entries.pop(key, None)
        entries = dict([*entries.items(), (key, way)][-_KEPT:])
        try:
            write_atomic(state_dir() / "designers.json", json.dumps(entries, indent=1).encode())
        except PersonaError:
            return

    def _read(self) -> dict[str, object]:
        try:
            entries = json.loads(read_bounded(state_dir() / "designers.json"))
        except (PersonaError, ValueError):
            return {}
        return entries if isinstance(entries, dict) else {}
