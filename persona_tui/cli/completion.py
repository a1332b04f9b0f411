"""Values for the shell's completion, without reading a persona."""

from __future__ import annotations

from pathlib import Path


def persona_names(incomplete: str) -> list[str]:
    """Return the names of the personas that start with `incomplete`.

    Only names that are valid: what else lies in a folder, a shell might take for more than a name.
    """
    from persona_tui.base.errors import PersonaError
    from persona_tui.spec.names import is_persona_name
    from persona_tui.store.index import scan
    from persona_tui.store.scopes import find_scopes

    try:
        scopes = find_scopes(start=Path.cwd())
    except (OSError, PersonaError):
        return []
    names = {signature.partition("\t")[0] for scope in scopes.all for signature in scan(scope.registry)}
    return sorted(name for name in names if name.startswith(incomplete) and is_persona_name(name))
