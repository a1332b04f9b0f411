"""The last steps of `build` and `create`: preview, difference, confirmation, creation."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import typer

from persona_tui.base.errors import ExitCode
from persona_tui.base.text import plural
from persona_tui.cli.common import Settings
from persona_tui.cli.output import Output
from persona_tui.cli.plans import ProgressLine, may_pull, show_plan
from persona_tui.cli.proposal import show_preview
from persona_tui.designer.conversation import round_json
from persona_tui.designer.session import Session
from persona_tui.engines.protocol import Engine
from persona_tui.spec.rendering import not_carried_out
from persona_tui.store.registry import Registry
from persona_tui.studio.build import report_of
from persona_tui.studio.create import Created, create, plan_server
from persona_tui.studio.preview import Preview, preview
from persona_tui.studio.servers import Action, ServerPlan

_WOULD = {
    Action.CREATE: "would create {name}",
    Action.UPDATE: "would update {name}",
    Action.ADOPT: "{name} is the same there already",
    Action.SAME: "{name} is the same there already",
    Action.BLOCKED: "would not touch {name} without --force",
    Action.IMPOSSIBLE: "nothing, since {name} has no base model of Ollama",
}


@dataclass(frozen=True, slots=True)
class Creation:
    """How to create: what the flags said."""

    dry_run: bool = False
    registry_only: bool = False
    pull: bool = False
    force: bool = False
    allow_lint_errors: bool = False
    yes: bool = False

    @classmethod
    def of(cls, ctx: typer.Context) -> Creation:
        """Return what the flags of a command say; it has one of each name here."""
        return cls(**{field.name: ctx.params[field.name] for field in fields(cls)})


async def finish(
    settings: Settings,
    out: Output,
    registry: Registry,
    engine: Engine,
    session: Session,
    how: Creation,
) -> int:
    """Show what would be written, ask, and write it; return the exit code."""
    shown = preview(session.persona, registry, settings.scope, session.talk.by_hand())
    if shown.stored is not None:
        out.say("NOTE", f"{shown.stored.path} is there already (revision {shown.stored.revision}): this changes it")
    if settings.json:
        for field, what in not_carried_out(shown.persona).items():
            out.say("WARN", f"{field} {what}")
    else:
        show_preview(out, shown)
    server = None
    if not how.registry_only:
        server = await plan_server(engine, shown, out.say, must_answer=settings.host is not None)
    if server is not None and not settings.json:
        show_plan(out, server, engine.address)
    created: Created | None = None
    if how.dry_run:
        _tell_dry_run(out, shown, server)
    elif shown.errors and not how.allow_lint_errors:
        count = plural(len(shown.errors), "lint error")
        out.say("ERROR", f"{count}: refine it, or say --allow-lint-errors (the draft is kept: --resume)")
    elif how.yes or out.confirm(f"Create {shown.persona.name}?", default=True, flag="--yes"):
        created = await _create(out, registry, engine, shown, server, how)
        session.created(shown.persona.name, shown.scope.name, created.host)
        settings.draft_kept = False
    else:
        out.say("BUILD", "nothing was created; 'persona build --resume' goes on with the draft")
    if settings.json:
        out.document(_document(session, shown, created, how))
    return ExitCode.FAILED if shown.errors and created is None else ExitCode.OK


async def _create(
    out: Output,
    registry: Registry,
    engine: Engine,
    shown: Preview,
    plan: ServerPlan | None,
    how: Creation,
) -> Created:
    agreed, progress = may_pull(out, engine, pull=how.pull, yes=how.yes), ProgressLine(out, "CREATE")
    created = await create(
        shown, registry, engine=engine, plan=plan, may_pull=agreed, force=how.force, progress=progress
    )
    out.say("CREATE", f"registry: {created.registry}")
    if created.modelfile:
        out.say("CREATE", f"Modelfile: {created.modelfile}")
    if created.host:
        out.say("CREATE", f"server: {shown.persona.name} on {created.host}")
    return created


def _tell_dry_run(out: Output, shown: Preview, server: ServerPlan | None) -> None:
    out.say("DRY-RUN", f"would write {shown.scope.persona_file(shown.persona.name)}")
    if shown.modelfile is not None:
        out.say("DRY-RUN", f"would write {shown.scope.modelfile(shown.persona.name)}")
    if server is not None:
        out.say("DRY-RUN", f"on the server: {_WOULD[server.action].format(name=server.name)}")


def _document(session: Session, shown: Preview, created: Created | None, how: Creation) -> dict[str, Any]:
    detection = session.talk.brief.detection
    return {
        "persona": shown.persona.to_data(),
        "modelfile": shown.modelfile,
        "diff": "\n".join(shown.lines),
        "lint": [finding.to_json() for finding in shown.findings],
        "losses": list(shown.losses),
        "detect": detection.to_json() if detection else None,
        "designer": report_of(session).to_json(),
        "filled": list(session.talk.state.filled),
        "session": session.id or None,
        "rounds": [round_json(made) for made in session.talk.rounds],
        "created": created.to_json() if created else None,
        "dry_run": how.dry_run,
    }
