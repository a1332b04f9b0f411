"""`persona designer`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from persona_tui.base.errors import CannotWrite
from persona_tui.cli.common import Settings, run_async
from persona_tui.cli.fields import DryRunOption, ForceOption, PullOption, YesOption
from persona_tui.cli.output import Output, delivering

if TYPE_CHECKING:
    from persona_tui.studio.comparing import Comparison

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.callback(invoke_without_command=True)
def _group(ctx: typer.Context) -> None:
    """Compare designers, install those that ship."""
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())


@app.command("list", short_help="List the designers, and what a server has of them.")
def list_(ctx: typer.Context) -> None:
    """List the designers that ship, whether the server has them, and which one `build` takes.

    Examples: persona designer list; persona designer list --host gpu-1:11434 --json
    """
    from persona_tui.studio.designers import designer_states
    from persona_tui.studio.engines import open_engine

    settings: Settings = ctx.obj
    out = Output(settings)
    registry = settings.registry()

    async def work() -> None:
        async with open_engine(settings.engine, settings.host, out.waiting) as engine:
            rows = await designer_states(engine, registry, out.say)
        if settings.json:
            out.document({"designers": [row.to_json() for row in rows]})
            return
        cells = [[row.name, row.base or "-", row.server or "-", "build takes it" if row.auto else ""] for row in rows]
        out.table(["DESIGNER", "BASE", "SERVER", ""], cells)

    run_async(work())


@app.command(short_help="Bring the designers that ship to a server.")
def install(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Which, in place of all that ship.")] = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    pull: PullOption = False,
    force: ForceOption = False,
) -> None:
    """Bring the designers that ship to a server, as `apply` does: those whose base it has, with --pull the others too.

    Examples: persona designer install; persona designer install my-persona-designer-q3 --pull --yes --host gpu-1:11434
    """
    from persona_tui.cli.applying import bring
    from persona_tui.studio.designers import installable, shipped_designers
    from persona_tui.studio.engines import open_engine

    settings: Settings = ctx.obj
    out = Output(settings)
    registry = settings.registry(keep_index=not dry_run)
    designers = shipped_designers(registry, names or ())

    async def work() -> int:
        async with open_engine(settings.engine, settings.host, out.waiting) as engine:
            # Who names one, or is asked at a terminal, may agree to a pull later.
            chosen, left_out = await installable(engine, designers, out.say, pull=pull or bool(names and out.asks))
            return await bring(
                out, engine, registry, chosen, left_out, yes=yes, pull=pull, force=force, dry_run=dry_run
            )

    raise typer.Exit(run_async(work()))


@app.command(short_help="Measure designers by the same cases.")
def compare(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="Cases of yours, a YAML file; without one those that ship.")
    ] = None,
    designers: Annotated[
        list[str] | None,
        typer.Option("--designer", metavar="WHO", help="rulebook, auto, MODEL or ENGINE:MODEL; may be repeated."),
    ] = None,
    runs: Annotated[int, typer.Option("--runs", metavar="N", min=1, help="How often; a run's number is its seed.")] = 1,
    only: Annotated[list[str] | None, typer.Option("--case", metavar="ID", help="One case; may be repeated.")] = None,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help="Keep every result in a JSON file.")
    ] = None,
    plot: Annotated[bool | None, typer.Option("--plot/--no-plot", help="Draw the result (at a terminal).")] = None,
) -> None:
    """Compare designers: the same descriptions to each, and what must hold of the personas that come of them.

    Without --designer, the rulebook and the model that `build` would take. Nothing is created. Ctrl-C shows what was
    measured so far.

    Examples: persona designer compare; persona designer compare --designer qwen3:8b --designer qwen3:14b --runs 3;
    persona designer compare cases.yaml --designer rulebook --json
    """
    from persona_tui.designer.cases import SHIPPED_CASES, load_cases

    settings: Settings = ctx.obj
    out = Output(settings)
    cases = load_cases(file or SHIPPED_CASES, only)
    if save is not None:
        _check_savable(save)

    async def work() -> None:
        from persona_tui.studio.comparing import Comparison
        from persona_tui.studio.contestants import open_contestants

        async with open_contestants(
            designers or (), settings.engine, settings.host, out.say, out.waiting
        ) as contestants:
            await _measure(out, Comparison(str(file) if file else "built-in", cases, contestants, runs), save, plot)

    run_async(work())


async def _measure(out: Output, comparison: Comparison, save: Path | None, plot: bool | None) -> None:
    """Run `comparison` and show it; when it is interrupted, what there is by then."""
    from contextlib import aclosing

    from persona_tui.cli.comparison import StepLine
    from persona_tui.studio.comparing import compare as results_of

    line = StepLine(out)
    try:
        async with aclosing(results_of(comparison, line)) as results:
            async for one in results:
                if one.outcome.error:
                    line.end()
                    out.say("WARN", f"{one.designer}, {one.case}: {one.outcome.error}")
    finally:
        line.end()
        if comparison.results:
            _deliver(out, comparison, save, plot)


def _deliver(out: Output, comparison: Comparison, save: Path | None, plot: bool | None) -> None:
    import json

    from persona_tui.base.files import write_atomic
    from persona_tui.base.text import encodable, plural
    from persona_tui.cli.comparison import show_comparison

    done, total = len(comparison.results), len(comparison.jobs)
    if done < total:
        out.say("WARN", f"not everything was measured: {done} of {total} results")
    if save is not None:  # first: an interrupted process may be left behind before it has shown everything
        text = json.dumps(comparison.to_json(), ensure_ascii=False, indent=1)
        write_atomic(save, encodable(text).encode())
        out.say("SAVE", f"{plural(done, 'result')} in {save}")
    if out.settings.json:
        out.document(comparison.to_json())
    if not out.settings.json or plot:
        show_comparison(out, comparison, plot=sys.stdout.isatty() if plot is None else plot)
    with delivering():
        sys.stdout.flush()


def _check_savable(save: Path) -> None:
    """Raise CannotWrite now, rather than after an hour of measuring."""
    from persona_tui.base.files import check_writable

    if save.is_dir():
        raise CannotWrite(f"cannot write {save}: it is a folder")
    check_writable(save.parent)
