"""Values for the shell's completion, without reading a persona."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

_RULES = """D001 E001 F000 F001 F002 K001 M001 M006 N001 N002 O001 O002 P001 P002 P003 P004 P005 P006 P007 P008 P009
P011 P019 P026 S001 S002 S003 T001 T002 T003 T004 U001"""
# Written out, because the modules that know them are heavy; a test compares.
VALUES = {
    "--temperature": ("deterministic", "balanced", "creative"),
    "--designer": ("auto", "model", "rulebook"),
    "--engine": ("ollama", "llamacpp"),
    "--scope": ("built-in", "global", "project"),
    "--domain": ("code", "reasoning", "classification", "writing", "translation", "other"),
    "--tier": ("full", "bare"),
    "--explain": tuple(_RULES.split()),
}


def values_of(option: str) -> Callable[[str], list[str]]:
    """Return what completes the values of `option`."""

    def complete(incomplete: str) -> list[str]:
        return [value for value in VALUES[option] if value.lower().startswith(incomplete.lower())]

    return complete


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
