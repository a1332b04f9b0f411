"""Registry and server compared: what a base passes on is no difference, and what is not ours is not touched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest

from persona_tui.base.errors import Conflict, EngineError, HumanNeeded, ModelNotFound
from persona_tui.engines.ollama import connect
from persona_tui.engines.protocol import Engine
from persona_tui.spec.persona import Persona
from persona_tui.studio.servers import BROKEN, Action, ServerPlan, carry_out, plan_for, remove_from, server_states
from tests.conftest import make_persona
from tests.fake_ollama import BASE, FakeOllama, fake_ollama

T = TypeVar("T")

OWNER = "/here"


@pytest.fixture
def ollama() -> Any:
    with fake_ollama() as fake:
        yield fake


def persona(**fields: Any) -> Persona:
    return make_persona(**{"preferred_models": [BASE], **fields})


def on(ollama: FakeOllama, work: Callable[[Engine], Coroutine[Any, Any, T]]) -> T:
    async def run() -> T:
        engine = connect(ollama.url)
        try:
            return await work(engine)
        finally:
            await engine.aclose()

    return asyncio.run(run())


def plan(ollama: FakeOllama, wanted: Persona, revision: str = "r1") -> ServerPlan:
    return on(ollama, lambda engine: plan_for(engine, wanted, revision, owner=OWNER))


def apply(ollama: FakeOllama, wanted: Persona, *, force: bool = False) -> bool:
    async def both(engine: Engine) -> bool:
        return await carry_out(engine, await plan_for(engine, wanted, "r1", owner=OWNER), force=force)

    return on(ollama, both)


def test_what_was_applied_is_the_same() -> None:
    wanted = persona(parameters={"num_ctx": 4096, "stop": ["END"]}, examples=[{"user": "hi", "assistant": "ho"}])
    with fake_ollama() as ollama:
        assert plan(ollama, wanted).action is Action.CREATE
        assert apply(ollama, wanted) is True
        assert plan(ollama, wanted).action is Action.SAME
        assert apply(ollama, wanted) is False


@pytest.mark.parametrize(
    "base",
    [
        {"system": "You are a base.", "parameters": {"top_k": 20, "stop": ["<|x|>"]}, "template": "{{ .Prompt }}"},
        {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]},
        {"license": ["MIT"]},
    ],
)
@pytest.mark.parametrize("tier", ["full", "bare"])
def test_what_a_base_passes_on_is_no_difference(ollama: FakeOllama, base: dict[str, Any], tier: str) -> None:
    ollama.add("rich:1b", **base)
    wanted = persona(preferred_models=["rich:1b"], tier=tier, parameters={"num_ctx": 4096})

    assert apply(ollama, wanted)
    assert plan(ollama, wanted).action is Action.SAME


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"temperature": 0.7}, ["parameters.temperature"]),
        ({"role": "Somebody else"}, ["system"]),
        ({"parameters": {"num_ctx": 4096}}, ["parameters.num_ctx"]),
        ({"examples": [{"user": "a", "assistant": "b"}]}, ["messages"]),
        ({"description": "not on the server", "tags": ["x"]}, []),
    ],
)
def test_a_difference_names_its_field(ollama: FakeOllama, change: dict[str, Any], fields: list[str]) -> None:
    apply(ollama, persona())

    found = plan(ollama, persona(**change))

    assert [difference.field for difference in found.differences] == fields
    assert found.action is (Action.UPDATE if fields else Action.SAME)


def test_another_base_is_a_difference(ollama: FakeOllama) -> None:
    ollama.add("other:1b", parameters={"num_ctx": 2048})
    apply(ollama, persona())

    assert "base" in [d.field for d in plan(ollama, persona(preferred_models=["other:1b"])).differences]


def test_a_removed_parameter_is_a_difference_and_goes(ollama: FakeOllama) -> None:
    apply(ollama, persona(parameters={"seed": 7}))
    wanted = persona()

    assert [d.field for d in plan(ollama, wanted).differences] == ["parameters.seed"]
    apply(ollama, wanted)
    assert "seed" not in ollama.models["my-go-q3:latest"]["parameters"]


def test_case_and_tag_of_a_name_make_no_other_model(ollama: FakeOllama) -> None:
    ollama.add("My-Go-Q3:latest", **{"from": BASE}, system="somebody's")

    assert plan(ollama, persona()).action is Action.BLOCKED


def test_a_foreign_model_needs_force(ollama: FakeOllama) -> None:
    ollama.add("my-go-q3", **{"from": BASE}, system="somebody's")

    with pytest.raises(HumanNeeded, match="--force"):
        apply(ollama, persona())
    assert ollama.changes == []
    assert apply(ollama, persona(), force=True)


def test_a_broken_model_needs_force_and_is_replaced(ollama: FakeOllama) -> None:
    ollama.add("my-go-q3")
    ollama.broken.add("my-go-q3:latest")

    found = plan(ollama, persona())

    assert (found.action, found.reason) == (Action.BLOCKED, BROKEN)
    assert on(ollama, lambda engine: server_states(engine, {"my-go-q3": persona()})) == {"my-go-q3": "differs"}
    with pytest.raises(HumanNeeded, match="broken there"):
        apply(ollama, persona())
    assert apply(ollama, persona(), force=True)
    assert plan(ollama, persona()).action is Action.SAME


def test_a_broken_base_is_missing(ollama: FakeOllama) -> None:
    apply(ollama, persona())
    ollama.broken.add(BASE)

    assert plan(ollama, persona(temperature=0.7)).missing_base == BASE


def test_a_model_that_changes_between_plan_and_act_is_a_conflict(ollama: FakeOllama) -> None:
    async def race(engine: Engine) -> None:
        planned = await plan_for(engine, persona(), "r1", owner=OWNER)
        ollama.add("my-go-q3", **{"from": BASE}, system="somebody was quicker")
        await carry_out(engine, planned)

    with pytest.raises(Conflict, match="look again"):
        on(ollama, race)
    assert ollama.models["my-go-q3:latest"]["system"] == "somebody was quicker"


def test_a_missing_base_is_named_and_not_pulled(ollama: FakeOllama) -> None:
    wanted = persona(preferred_models=["qwen3:8b"])

    assert plan(ollama, wanted).missing_base == "qwen3:8b"
    with pytest.raises(ModelNotFound, match="qwen3:8b"):
        apply(ollama, wanted)
    assert ollama.changes == []


def test_a_persona_whose_base_is_gone_is_still_compared(ollama: FakeOllama) -> None:
    ollama.add("going:1b", parameters={"top_k": 9})
    wanted = persona(preferred_models=["going:1b"])
    apply(ollama, wanted)
    del ollama.models["going:1b"]

    assert plan(ollama, wanted).action is Action.SAME
    assert plan(ollama, wanted.revised(temperature=0.7)).action is Action.UPDATE


def test_a_persona_without_a_base_has_nothing_to_put_on_a_server(ollama: FakeOllama) -> None:
    assert plan(ollama, persona(preferred_models=[])).action is Action.IMPOSSIBLE


def test_a_failing_creation_is_not_remembered(ollama: FakeOllama) -> None:
    ollama.fail_create = "no space left on device"

    with pytest.raises(EngineError, match="no space left"):
        apply(ollama, persona())
    assert plan(ollama, persona()).action is Action.CREATE


def test_what_another_registry_put_there_is_not_ours(ollama: FakeOllama) -> None:
    apply(ollama, persona())

    found = on(ollama, lambda engine: plan_for(engine, persona(temperature=0.7), "r2", owner="/elsewhere"))

    assert found.action is Action.BLOCKED
    assert "/here" in (found.reason or "")
    with pytest.raises(HumanNeeded):
        on(ollama, lambda engine: remove_from(engine, "my-go-q3", owner="/elsewhere"))


def test_the_same_in_another_registry_is_no_change_of_hands(ollama: FakeOllama, tmp_path: Path) -> None:
    first, second = str(tmp_path / "first"), str(tmp_path / "second")
    Path(first).mkdir()

    async def bring(engine: Engine, wanted: Persona, owner: str) -> Action:
        planned = await plan_for(engine, wanted, "r1", owner=owner)
        await carry_out(engine, planned)
        return planned.action

    assert on(ollama, lambda engine: bring(engine, persona(), first)) is Action.CREATE
    assert on(ollama, lambda engine: bring(engine, persona(), second)) is Action.SAME
    with pytest.raises(HumanNeeded):
        on(ollama, lambda engine: remove_from(engine, "my-go-q3", owner=second))
    assert on(ollama, lambda engine: bring(engine, persona(temperature=0.7), first)) is Action.UPDATE

    Path(first).rmdir()
    assert on(ollama, lambda engine: bring(engine, persona(temperature=0.7), second)) is Action.ADOPT
    assert on(ollama, lambda engine: remove_from(engine, "my-go-q3", owner=second))


def test_one_machine_has_one_record_under_all_its_names(ollama: FakeOllama) -> None:
    apply(ollama, persona())
    ollama.url = ollama.url.replace("127.0.0.1", "localhost")

    assert plan(ollama, persona()).action is Action.SAME


def test_a_removed_template_is_a_difference(ollama: FakeOllama) -> None:
    apply(ollama, persona(template="{{ .System }} {{ .Prompt }}"))

    assert [d.field for d in plan(ollama, persona()).differences] == ["template"]


def test_only_what_was_applied_is_deleted(ollama: FakeOllama) -> None:
    ollama.add("foreign", system="x")
    apply(ollama, persona())

    with pytest.raises(HumanNeeded):
        on(ollama, lambda engine: remove_from(engine, "foreign", owner=OWNER))
    assert on(ollama, lambda engine: remove_from(engine, "my-go-q3", owner=OWNER))
    assert not on(ollama, lambda engine: remove_from(engine, "my-go-q3", owner=OWNER))
    assert set(ollama.models) == {BASE, "foreign:latest"}


def test_the_states_of_many_personas(ollama: FakeOllama) -> None:
    same, other, gone = persona(), persona(name="other"), persona(name="gone")
    apply(ollama, same)
    apply(ollama, other)

    states = on(
        ollama,
        lambda engine: server_states(
            engine,
            {
                "my-go-q3": same,
                "other": other.revised(temperature=0.7),
                "gone": gone,
                "none": persona(name="none", preferred_models=[]),
            },
        ),
    )

    assert states == {"my-go-q3": "same", "other": "differs", "gone": "missing", "none": "unknown"}
