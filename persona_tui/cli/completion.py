"""Values for the shell's completion, without reading a persona."""

from __future__ import annotations

from pathlib import Path


def persona_names(incomplete: str) -> list[str]:
    """Return the names of the personas that start with `incomplete`."""
    from persona_tui.base.errors import PersonaError
    from persona_tui.store.index import scan
    from persona_tui.store.scopes import find_scopes

    try:
        scopes = find_scopes(start=Path.cwd())
    except (OSError, PersonaError):
        return []
    return sorted({name for scope in scopes.all for name in scan(scope.registry) if name.startswith(incomplete)})
