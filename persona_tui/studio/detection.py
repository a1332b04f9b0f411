"""What a codebase is, with the personas of the registry that fit it."""

from __future__ import annotations

from pathlib import Path

from persona_tui.base.paths import state_dir
from persona_tui.detect import detect
from persona_tui.detect.ranking import Candidate, rank
from persona_tui.detect.result import Detection
from persona_tui.detect.survey import HARD_MS, SOFT_MS
from persona_tui.store.registry import Registry


def detect_codebase(
    path: Path, registry: Registry, *, budget_ms: int | None = None, use_cache: bool = True
) -> Detection:
    """Return what `path` is, with the fitting personas ranked. Raises UsageError and BadData for a wrong path.

    `budget_ms` is the soft limit; the hard one is as far above it as by default.
    """
    soft = SOFT_MS if budget_ms is None else budget_ms
    hard = soft * HARD_MS // SOFT_MS
    detection = detect(path, soft_ms=soft, hard_ms=hard, cache=state_dir() / "detect" if use_cache else None)
    rows = [row for row in registry.rows() if "error" not in row and not row["hidden"] and row["status"] == "active"]
    candidates = [Candidate(row["name"], row["language"] or "", row["domain"], row["role"]) for row in rows]
    return detection.with_personas(rank(detection, candidates))
