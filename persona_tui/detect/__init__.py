"""What a codebase is."""

from persona_tui.detect.result import Detection, Evidence, Finding, Language, Match, Part
from persona_tui.detect.survey import detect

__all__ = ["Detection", "Evidence", "Finding", "Language", "Match", "Part", "detect"]
