"""What a codebase is, with the personas of the registry that fit it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from persona_tui.detect import detect
from persona_tui.detect.ranking import Candidate, rank
from persona_tui.detect.result import Detection
from persona_tui.store.registry import Registry


def detect_codebase(path: Path, registry: Registry, *, budget_ms: int | None = None) -> Detection:
    """Return what `path` is, with the fitting personas ranked. Raises UsageError and BadData for a wrong path."""
    detection = detect(path) if budget_ms is None else detect(path, soft_ms=budget_ms)
    rows = [row for row in registry.rows() if "error" not in row and not row["hidden"] and row["status"] == "active"]
    candidates = [Candidate(row["name"], row["language"], row["domain"], row["role"]) for row in rows]
    return replace(detection, personas=rank(detection, candidates))
