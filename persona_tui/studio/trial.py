"""Asking a persona something, on any engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from persona_tui.base.errors import BadData
from persona_tui.engines.protocol import ChatEvent, ChatRequest, Engine
from persona_tui.spec.modelfile import Message
from persona_tui.spec.persona import Persona, Think
from persona_tui.spec.rendering import messages_of, options_of, system_text
from persona_tui.studio.servers import BROKEN, Action, plan_for


async def ask(
    engine: Engine, persona: Persona, prompt: str, *, base: str | None = None, say: Callable[[str, str], None]
) -> AsyncIterator[ChatEvent]:
    """Yield what `persona` answers to `prompt`.

    A server that has the persona as the registry has it is asked by its name. Elsewhere, and with another `base`, the
    base is asked with the persona's system prompt, examples and parameters. Raises EngineError, and BadData for a
    persona without a base.
    """
    request = await _request(engine, persona, prompt, base, say)
    async for event in engine.chat(request):
        yield event


async def _request(
    engine: Engine, persona: Persona, prompt: str, base: str | None, say: Callable[[str, str], None]
) -> ChatRequest:
    if base is None and engine.kind == "ollama":
        plan = await plan_for(engine, persona, "", owner="")
        if plan.action in (Action.SAME, Action.ADOPT):
            think = await _think(engine, persona, persona.name)
            return ChatRequest(persona.name, (Message("user", prompt),), {}, persona.format, think, persona.keep_alive)
        if plan.action is not Action.IMPOSSIBLE:
            state = "has another version of it ('persona apply' brings it there)"
            if plan.action is Action.CREATE:
                state = "does not have it yet ('persona apply' brings it there)"
            elif plan.reason == BROKEN:
                state = "has a broken model of that name ('persona apply --force' replaces it)"
            say("TRY", f"{engine.address} {state}: asking its base instead")
    model = base or persona.base_model
    if model is None:
        raise BadData(f"'{persona.name}' has no base model to ask: name one with --model")
    system = system_text(persona)
    messages = (*([Message("system", system)] if system else []), *messages_of(persona), Message("user", prompt))
    think = await _think(engine, persona, model)
    return ChatRequest(model, messages, options_of(persona), persona.format, think, persona.keep_alive)


async def _think(engine: Engine, persona: Persona, model: str) -> Think | None:
    """Return what to send as `think`: always something on a base that can, off unless the persona says otherwise."""
    if (await engine.show(model)).can("thinking"):
        return persona.think if persona.think is not None else False
    return None if not persona.think else persona.think
