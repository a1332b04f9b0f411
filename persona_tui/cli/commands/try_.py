"""`persona try`."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Annotated, Any, cast

import typer

from persona_tui.base.errors import EngineError, UsageError
from persona_tui.cli.common import Settings, read_stdin, run_async
from persona_tui.cli.completion import persona_names
from persona_tui.cli.output import Output
from persona_tui.engines.protocol import Finished, Text, Thinking

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def command(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="The persona: NAME, NAME@3, or a file.", autocompletion=persona_names)],
    prompt: Annotated[str | None, typer.Argument(help="What to ask; - or a pipe for standard input.")] = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="M", help="Answer with this base or GGUF file.")
    ] = None,
    thinking: Annotated[bool, typer.Option("--thinking", help="Show the reasoning too, on stderr.")] = False,
) -> None:
    """Ask a persona something; the answer streams to stdout.

    Examples: persona try my-go-q3 "review this" < diff.patch; persona try my-go-q3 "hi" --engine llamacpp
    """
    settings: Settings = ctx.obj
    out = Output(settings)
    text = _prompt(out, prompt)
    answer = run_async(_ask(settings, out, name, text, model, thinking))
    if settings.json:
        out.document(answer)


def _prompt(out: Output, prompt: str | None) -> str:
    """Return the words to send: the argument, and what is piped in after it."""
    piped = "" if sys.stdin.isatty() or (prompt not in (None, "-") and not _is_given()) else read_stdin()
    words = "\n\n".join(part for part in ("" if prompt in (None, "-") else prompt or "", piped.strip()) if part)
    if not words and out.asks:
        words = out.ask("What do you want to ask?", flag="PROMPT")
    if not words.strip():
        raise UsageError("there is nothing to ask: say PROMPT, or pipe it in")
    return words


def _is_given() -> bool:
    """Whether standard input is a file or a pipe. What else was inherited may never end, and was not meant."""
    import os
    import stat

    mode = os.fstat(sys.stdin.fileno()).st_mode
    return stat.S_ISREG(mode) or stat.S_ISFIFO(mode)


@asynccontextmanager
async def _line_ended(out: Output, said: list[str]) -> AsyncIterator[None]:
    """End the line of an answer that breaks off, before an error is told."""
    try:
        yield
    except EngineError:
        if said and not out.settings.json:
            out.end_stream()
        raise


async def _ask(
    settings: Settings, out: Output, name: str, text: str, model: str | None, thinking: bool
) -> dict[str, Any]:
    from persona_tui.studio.engines import open_engine
    from persona_tui.studio.library import read_reference
    from persona_tui.studio.trial import ask

    stored = read_reference(settings.registry(), name, settings.scope)
    said: list[str] = []
    finished: Finished | None = None
    async with open_engine(settings.engine, settings.host, out.waiting) as engine:
        events = ask(engine, stored.persona, text, base=model, say=out.say)
        async with aclosing(cast(Any, events)), _line_ended(out, said):
            async for event in events:
                if isinstance(event, Text):
                    said.append(event.text)
                    if not settings.json:
                        out.stream(event.text)
                elif isinstance(event, Thinking):
                    if thinking:
                        out.aside(event.text)
                else:
                    finished = event
    if not settings.json:
        out.end_stream()
    if finished is None:
        raise EngineError("the engine stopped in the middle of its answer")
    if finished.cut:
        out.say("WARN", "the answer was cut off: it reached num_predict or the end of the context")
    usage, timings = finished.usage, finished.timings
    return {
        "persona": stored.persona.name,
        "revision": stored.revision,
        "answer": "".join(said),
        "reason": finished.reason,
        "tokens": {"prompt": usage.prompt, "completion": usage.completion},
        "seconds": timings.total,
    }
