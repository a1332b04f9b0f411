"""The designer model, against the traps of `format` and thinking, over a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from persona_tui.base.errors import EngineError, ModelNotFound
from persona_tui.designer.draft import Brief, Draft, RefinementFailed
from persona_tui.designer.model import ModelDesigner, choose_model
from persona_tui.engines.ollama import connect
from persona_tui.engines.protocol import Engine
from tests.fake_ollama import BASE, Said, fake_ollama

UNASKED = ("description", "tags", "parameters")
T = TypeVar("T")

SPEC: dict[str, Any] = {
    "domain": "code",
    "language": "Go",
    "name": "my-go-cli-sm2",
    "output_format": "One Go code block and nothing else",
    "role": "Go engineer for command-line tools",
    "rules": [
        "MUST wrap returned errors with fmt.Errorf and %w",
        "MUST pass context.Context as the first parameter",
        "MUST close every response body",
        "MUST NOT start a goroutine without a way to stop it",
    ],
    "temperature": 0.1,
    "tier": "full",
}
GOOD = json.dumps(SPEC)
PROSE = "I would make a persona for Go."
BRIEF = Brief("Go command-line tools", BASE)


def drafting(answers: list[Any], *, thinking: bool = False, brief: Brief = BRIEF) -> tuple[Draft, list[dict[str, Any]]]:
    """Return a draft by a model that says `answers`, and the requests that it got."""

    async def draft(engine: Engine) -> Draft:
        return await ModelDesigner(engine, BASE).draft(brief)

    return designing(draft, answers, thinking=thinking)


def refining(answers: list[Any], wish: str, **options: Any) -> tuple[Draft, list[dict[str, Any]]]:
    async def both(engine: Engine) -> Draft:
        designer = ModelDesigner(engine, BASE)
        return await designer.refine(await designer.draft(BRIEF), wish, BRIEF)

    return designing(both, [GOOD, *answers], **options)


def designing(
    work: Callable[[Engine], Coroutine[Any, Any, T]], answers: list[Any], **state: Any
) -> tuple[T, list[Any]]:
    with fake_ollama(answers=answers, **state) as fake:

        async def run() -> T:
            engine = connect(fake.url)
            try:
                return await work(engine)
            finally:
                await engine.aclose()

        return asyncio.run(run()), fake.chats


def test_the_engine_is_asked_about_its_model_once() -> None:
    async def both(engine: Engine) -> None:
        designer = ModelDesigner(engine, BASE)
        await designer.refine(await designer.draft(BRIEF), "for a host tool", BRIEF)

    calls: list[str] = []
    designing(both, [PROSE, PROSE, "Go.", GOOD, json.dumps({**SPEC, "changed": ["tier"], "tier": "bare"})], calls=calls)

    assert calls.count("POST /api/show") == 1


def test_a_good_answer_is_taken_at_the_first_try() -> None:
    draft, chats = drafting([GOOD])

    assert len(chats) == 1
    assert draft.filled == UNASKED
    assert (draft.persona.name, draft.persona.role) == (SPEC["name"], SPEC["role"])
    assert [rule.text for rule in draft.persona.constraints] == SPEC["rules"]
    assert (draft.designer.kind, draft.designer.model, draft.designer.tokens) == ("model", BASE, 20)


@pytest.mark.parametrize("name", ["My Go", "my-go-q3-14b", None])
def test_a_bad_name_costs_no_round_where_the_person_has_set_it(name: str | None) -> None:
    brief = Brief(BRIEF.description, BASE, fixed={"name": "my-own"})
    draft, chats = drafting([json.dumps({**SPEC, "name": name})], brief=brief)

    assert len(chats) == 1
    assert (draft.persona.name, draft.notes) == ("my-own", ())


def test_every_request_carries_the_system_message_two_examples_and_the_schema_twice() -> None:
    _, [chat] = drafting([GOOD])

    system = chat["messages"][0]
    assert system["role"] == "system"
    assert json.dumps(chat["format"], separators=(",", ":")) in system["content"]
    assert [m["role"] for m in chat["messages"]] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert "STARTING POINT" in chat["messages"][-1]["content"]


def test_the_schema_is_flat_and_in_order_by_sense_and_by_alphabet() -> None:
    _, [chat] = drafting([GOOD])

    form = chat["format"]
    assert list(form["properties"]) == sorted(form["properties"]) == form["required"]
    assert not {"anyOf", "oneOf", "maxLength"} & set(json.dumps(form).replace('"', " ").split())


def test_the_length_of_an_answer_is_always_limited() -> None:
    _, chats = drafting([PROSE, GOOD])

    assert all(chat["options"]["num_predict"] > 0 for chat in chats)


def test_think_is_always_sent_to_a_base_that_can_and_never_to_another() -> None:
    # Left out, it means true where the base can; a base that cannot answers 400.
    _, [thinker] = drafting([GOOD], thinking=True)
    _, [other] = drafting([GOOD])

    assert thinker["think"] is False
    assert "think" not in other


def test_a_format_lost_without_thinking_is_asked_for_again_with_it() -> None:
    # Some bases of Ollama 0.17 to 0.20 drop the format under think: false.
    draft, chats = drafting([lambda body: GOOD if body["think"] else PROSE], thinking=True)

    assert [chat["think"] for chat in chats] == [False, True]
    assert draft.filled == UNASKED
    assert "no JSON object" in chats[1]["messages"][-1]["content"]


def test_an_answer_that_stays_unconstrained_both_ways_gets_two_passes() -> None:
    # The grammar waits for the end of thinking, and a model that skips it is never constrained.
    draft, chats = drafting([PROSE, PROSE, "In words: Go.", GOOD], thinking=True)

    assert [("format" in chat, chat["think"]) for chat in chats] == [
        (True, False),
        (True, True),
        (False, True),
        (True, False),
    ]
    assert "In words: Go." in [m["content"] for m in chats[3]["messages"]]
    assert draft.filled == UNASKED


def test_thinking_that_was_switched_off_and_comes_is_no_part_of_the_answer() -> None:
    draft, chats = drafting([Said(GOOD, thinking='{"role": "a thought"}')], thinking=True)

    assert len(chats) == 1
    assert draft.persona.role == SPEC["role"]


def test_thinking_inside_the_answer_is_no_part_of_it() -> None:
    draft, chats = drafting([f'<think>{{"role": "a thought"}}</think>\n{GOOD}'])

    assert len(chats) == 1
    assert draft.persona.role == SPEC["role"]


def test_an_answer_that_came_as_thinking_is_asked_for_again() -> None:
    # Reasoning can come back as JSON, with nothing after it.
    draft, chats = drafting([Said("", thinking=GOOD), GOOD], thinking=True)

    assert len(chats) == 2
    assert "the answer was empty" in chats[1]["messages"][-1]["content"]
    assert draft.filled == UNASKED


def test_what_worked_is_tried_first_the_next_time() -> None:
    answers = [lambda body: GOOD if body["think"] else PROSE]
    drafting(answers, thinking=True)

    _, chats = drafting(answers, thinking=True)

    assert [chat["think"] for chat in chats] == [True]


def test_a_cut_answer_is_asked_for_again_and_told_why() -> None:
    _, chats = drafting([Said(GOOD[:80], reason="length"), GOOD])

    assert "cut off" in chats[1]["messages"][-1]["content"]


def test_what_lint_finds_is_sent_back_once() -> None:
    vague = json.dumps({**SPEC, "rules": ["MUST write good code", *SPEC["rules"][1:]]})

    draft, chats = drafting([vague, GOOD])

    assert len(chats) == 2
    assert "constraints[0]" in chats[1]["messages"][-1]["content"]
    assert draft.persona.constraints[0].text == SPEC["rules"][0]


def test_a_broken_object_is_mended() -> None:
    draft, chats = drafting([f"Here it is:\n```json\n{GOOD[:-1]},\n```"])

    assert len(chats) == 1
    assert draft.persona.role == SPEC["role"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "../etc"}, "name"),
        ({"domain": "cooking"}, "domain"),
        ({"role": 7}, "role"),
        ({"rules": ["MUST x"]}, "constraints"),
    ],
)
def test_a_field_that_fails_twice_is_the_rulebooks_and_marked(change: dict[str, Any], field: str) -> None:
    draft, chats = drafting([json.dumps({**SPEC, **change})])

    assert len(chats) == 2
    assert draft.filled == (field, *UNASKED)
    assert draft.persona.language == "Go"


@pytest.mark.parametrize("said", ["", PROSE, "{}", '{"role": 7}'])
def test_a_model_that_says_nothing_usable_drafts_nothing(said: str) -> None:
    with pytest.raises(EngineError, match="said nothing that a persona can be made of"):
        drafting([said])


def test_no_description_is_stored_that_is_about_something_else() -> None:
    said = json.dumps({**SPEC, "role": "Bookkeeper of an Icelandic sheep farm", "domain": "other", "language": ""})

    draft, _ = drafting([said], brief=Brief("Icelandic sheep farm bookkeeping", BASE))

    assert draft.persona.description is None
    assert draft.filled == ("parameters",)


def test_flags_of_the_person_win() -> None:
    draft, _ = drafting([GOOD], brief=Brief("Go tools", BASE, fixed={"name": "my-own", "temperature": 0.7}))

    assert (draft.persona.name, draft.persona.temperature) == ("my-own", 0.7)


def test_what_a_codebase_is_reaches_the_model_in_one_line() -> None:
    from persona_tui.detect.result import Detection, Language

    detection = Detection("x", (Language("Go", 1.0, 0.9),))

    _, [chat] = drafting([GOOD], brief=Brief("Go tools", BASE, detection))

    assert "FOUND IN THE CODEBASE: Go 100%" in chat["messages"][-1]["content"]


def test_a_refinement_changes_what_it_is_about_and_nothing_else() -> None:
    change = {**SPEC, "changed": ["rules"], "rules": [*SPEC["rules"], "MUST run gofmt"], "role": "Somebody else"}

    refined, chats = refining([json.dumps(change)], "add a rule about gofmt")

    assert [rule.text for rule in refined.persona.constraints][-1] == "MUST run gofmt"
    assert refined.persona.role == SPEC["role"]
    assert refined.designer.tokens == 40
    assert chats[1]["format"]["required"][0] == "changed"


def test_a_refinement_whose_field_fails_keeps_its_value_and_says_so() -> None:
    change = {**SPEC, "changed": ["temperature", "domain"], "temperature": 0.7, "domain": "cooking"}

    refined, _ = refining([json.dumps(change)], "be creative")

    assert (refined.persona.temperature, refined.persona.domain) == (0.7, "code")
    assert any("domain" in note for note in refined.notes)


@pytest.mark.parametrize(
    "answer", [PROSE, "", json.dumps({**SPEC, "changed": []}), json.dumps({**SPEC, "role": "Quite another"})]
)
def test_a_refinement_that_brings_nothing_fails(answer: str) -> None:
    with pytest.raises(RefinementFailed):
        refining([answer], "be creative")


async def _choice(engine: Engine, wanted: str | None = None) -> str:
    return (await choose_model(engine, wanted))[0]


@pytest.mark.parametrize(
    ("installed", "chosen"),
    [
        ([], BASE),
        (["nomic-embed-text:latest"], BASE),
        (["my-go-q3"], BASE),
        (["my-persona-designer-q3"], "my-persona-designer-q3"),
        (["my-persona-designer-q3", "my-persona-designer-q3-14b"], "my-persona-designer-q3-14b"),
    ],
)
def test_auto_takes_a_shipped_designer_else_a_chat_model(installed: list[str], chosen: str) -> None:
    async def choose(engine: Engine) -> str:
        return await _choice(engine)

    with fake_ollama() as fake:
        models = dict(fake.models)
        for name in installed:
            fake.add(name, **({"from": BASE} if name == "my-go-q3" else {}))
            models = dict(fake.models)

    assert designing(choose, [GOOD], models=models)[0] == chosen


def test_a_designer_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ModelNotFound):
        designing(lambda engine: _choice(engine, "nobody"), [GOOD])
    with pytest.raises(EngineError):
        designing(lambda engine: ModelDesigner(engine, "nobody").draft(BRIEF), [GOOD])
