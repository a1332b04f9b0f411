"""How a plan for a server, and the progress of carrying it out, are shown."""

from __future__ import annotations

import json
import sys
from typing import Any

from persona_tui.base.text import one_line
from persona_tui.cli.output import Output
from persona_tui.engines.protocol import Engine, Progress
from persona_tui.studio.library import unified
from persona_tui.studio.servers import Action, MayPull, ProgressSink, ServerPlan

_TOLD = {
    Action.CREATE: "is not there: it would be created",
    Action.UPDATE: "differs: it would be updated",
    Action.ADOPT: "is the same already",
    Action.SAME: "is the same",
    Action.BLOCKED: "differs",
    Action.IMPOSSIBLE: "cannot be put on a server",
}


def show_plan(out: Output, plan: ServerPlan, address: str) -> None:
    """Say what would be done, and print what differs field by field."""
    reason = f": {plan.reason}" if plan.reason else ""
    out.say("PLAN", f"{plan.name} on {address} {_TOLD[plan.action]}{reason}")
    if plan.missing_base:
        out.say("WARN", f"{address} has no {plan.missing_base}: it has to be pulled first")
    for difference in plan.differences:
        old, new = _text(difference.field, difference.server), _text(difference.field, difference.registry)
        if "\n" in old or "\n" in new:
            out.diff(unified(old, new, f"{difference.field} on {address}", f"{difference.field} in the registry"))
        else:
            out.text(f"  {difference.field}: {one_line(old, 60) or '-'} → {one_line(new, 60) or '-'}")


def _text(field: str, value: Any) -> str:
    """Return what a field of a model holds, as a person reads it."""
    if value is None:
        return ""
    if field == "messages":
        return "\n".join(f"{message['role']}: {message['content']}" for message in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class ProgressLine:
    """Shows the steps of a server on stderr: one line that changes on a terminal, one line a step elsewhere."""

    def __init__(self, out: Output, tag: str) -> None:
        self._out = out
        self._tag = tag
        self._last = ""
        self._live = sys.stderr.isatty() and not out.settings.quiet

    def __call__(self, step: Progress) -> None:
        status = one_line(step.status, 60)
        if self._live and step.total:
            done = (step.completed or 0) / step.total
            size = f"{step.total / 1e9:.1f} GB" if step.total >= 1e8 else f"{step.total / 1e6:.1f} MB"
            print(f"\r\x1b[K[{self._tag}] {status} {done:4.0%} of {size}", end="", file=sys.stderr, flush=True)
            self._last = status
        elif status != self._last:
            if self._live and self._last:
                print("\r\x1b[K", end="", file=sys.stderr)
            self._out.say(self._tag, status)
            self._last = status


def may_pull(out: Output, engine: Engine, *, pull: bool, yes: bool) -> MayPull:
    """Return what says whether a base may be pulled: `pull`, else a person, who is not asked where `yes` forbids it."""

    async def ask(base: str) -> ProgressSink | None:
        question = f"{engine.address} has no {base}, and pulling it may take gigabytes. Pull it?"
        agreed = pull or (not yes and out.asks and out.confirm(question, default=False, flag="--pull"))
        return ProgressLine(out, "PULL") if agreed else None

    return ask
