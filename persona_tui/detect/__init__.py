"""What a codebase is."""

from persona_tui.detect.ranking import Candidate, rank
from persona_tui.detect.result import Detection, Evidence, Finding, Language, Match
from persona_tui.detect.survey import detect

__all__ = ["Candidate", "Detection", "Evidence", "Finding", "Language", "Match", "detect", "rank"]
