"""`python -m persona_tui.detect PATH [--json] [--no-cache]`: the room's own entry, without the command line."""

from __future__ import annotations

import gc
import json
import sys

from persona_tui.detect.survey import detect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from persona_tui.detect.result import Detection

_USAGE = "usage: python -m persona_tui.detect [PATH] [--json] [--no-cache]"
_FLAGS = ("--json", "--no-cache")


def main(arguments: list[str]) -> int:
    """Detect, print, and return the exit code."""
    gc.disable()  # hardly anything that is made here can be dropped before the end
    flags = [argument for argument in arguments if argument.startswith("-")]
    paths = [argument for argument in arguments if not argument.startswith("-")]
    if len(paths) > 1 or any(flag not in _FLAGS for flag in flags):
        print(_USAGE, file=sys.stderr)
        return 0 if flags == ["--help"] else 64
    try:
        detection = detect(paths[0] if paths else ".", cache=None if "--no-cache" in flags else _cache())
    except Exception as error:
        code = getattr(error, "exit_code", None)
        if code is None:
            raise
        print(error, file=sys.stderr)
        return int(code)
    print(json.dumps(detection.to_json(), indent=2) if "--json" in flags else _table(detection))
    return 0


def _cache() -> str:
    from persona_tui.base.paths import state_dir  # late: not needed with --no-cache

    return str(state_dir() / "detect")


def _table(detection: Detection) -> str:
    rows = [
        ("languages", [f"{language.name} {language.share:.0%}" for language in detection.languages[:8]]),
        ("domain", [detection.domain.name] if detection.domain else []),
    ]
    for field in ("frameworks", "libraries", "package_managers", "test_runners", "build_tools"):
        findings = getattr(detection, field)
        rows.append((field.replace("_", " "), [f"{item.name} ({item.confidence:.2f})" for item in findings]))
    lines = [f"{title:18}{', '.join(items) or 'unknown'}" for title, items in rows]
    for kind in ("problems", "unreadable", "skipped"):
        lines += [f"{kind:18}{sentence}" for sentence in detection.stats[kind]]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
