"""`python -m persona_tui.detect PATH [--json]`: the room's own entry, without the command line's start-up."""

from __future__ import annotations

import argparse
import json
import sys

from persona_tui.base.errors import PersonaError
from persona_tui.detect.result import Detection
from persona_tui.detect.survey import detect


def main() -> int:
    """Detect, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m persona_tui.detect", description="Say what a codebase is.")
    parser.add_argument("path", nargs="?", default=".", help="the folder of the codebase (default: here)")
    parser.add_argument("--json", action="store_true", help="print the whole result with its evidence as JSON")
    arguments = parser.parse_args()
    try:
        detection = detect(arguments.path)
    except PersonaError as error:
        print(error, file=sys.stderr)
        return int(error.exit_code)
    print(json.dumps(detection.to_json(), indent=2) if arguments.json else _table(detection))
    return 0


def _table(detection: Detection) -> str:
    rows = [
        ("languages", [f"{language.name} {language.share:.0%}" for language in detection.languages[:8]]),
        ("domain", [detection.domain.name] if detection.domain else []),
    ]
    for field in ("frameworks", "package_managers", "test_runners", "build_tools"):
        findings = getattr(detection, field)
        rows.append((field.replace("_", " "), [f"{item.name} ({item.confidence:.2f})" for item in findings]))
    lines = [f"{title:18}{', '.join(items) or 'unknown'}" for title, items in rows]
    for kind in ("problems", "unreadable", "skipped"):
        lines += [f"{kind:18}{sentence}" for sentence in detection.stats[kind]]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
