"""The designer model, against the traps of `format` and thinking, over a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from persona_tui.base.errors import EngineError, ModelNotFound
from persona_tui.designer.draft import Brief, Draft, Exchange, Progress, Reply, Talk, Words
from persona_tui.designer.model import ModelDesigner, choose_model
from persona_tui.designer.updates import Update, applied, identified
from persona_tui.engines.ollama import connect
from persona_tui.engines.protocol import Engine
from persona_tui.spec.persona import Persona
from tests.conftest import make_persona
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
PERSONA = identified(make_persona())
TALK = Talk(BRIEF, PERSONA)


def drafting(answers: list[Any], *, thinking: bool = False, brief: Brief = BRIEF) -> tuple[Draft, list[dict[str, Any]]]:
    """Return a draft by a model that says `answers`, and the requests that it got."""

    async def draft(engine: Engine) -> Draft:
        return await ModelDesigner(engine, BASE).draft(brief)

    return designing(draft, answers, thinking=thinking)


def replying(
    answers: list[Any], words: str = "be more creative", talk: Talk | None = None, **state: Any
) -> tuple[Reply, list[dict[str, Any]]]:
    """Return what a model that says `answers` replies in a conversation, and the requests that it got."""

    async def reply(engine: Engine) -> Reply:
        return await ModelDesigner(engine, BASE).reply(talk or TALK, words)

    return designing(reply, answers, **state)


def saying(say: str = "Done.", *updates: dict[str, Any], **more: Any) -> str:
    return json.dumps({"say": say, "updates": list(updates), **more})


def change(field: str, value: str, op: str = "set", id: str = "") -> dict[str, Any]:
    return {"field": field, "id": id, "op": op, "value": value}


def made(talk: Talk, reply: Reply) -> Persona:
    """Return the persona after the updates, each of which can be made."""
    persona, refused = applied(talk.persona, reply.updates)
    assert not refused
    return persona


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
        await designer.draft(BRIEF)
        await designer.reply(TALK, "for a host tool")

    calls: list[str] = []
    designing(both, [PROSE, PROSE, "Go.", GOOD, saying("Done.", change("tier", "bare"))], calls=calls)

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
    say, *spec = form["properties"]
    assert say == "say"
    assert spec == sorted(spec)
    assert form["required"] == [say, *spec]
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


def test_a_reply_changes_what_it_names_and_nothing_else() -> None:
    reply, chats = replying([saying("One more.", change("rules", "MUST run gofmt", "add"))], "add a rule about gofmt")

    after = made(TALK, reply)
    assert len(chats) == 1
    assert [rule.text for rule in after.constraints][-1] == "MUST run gofmt"
    assert after.constraints[:-1] == PERSONA.constraints
    assert after.model_copy(update={"constraints": PERSONA.constraints}) == PERSONA
    assert (reply.say, reply.notes, reply.failed) == ("One more.", (), None)


def test_every_operation_can_be_named() -> None:
    said = saying(
        "",
        change("rules", "", "remove", "1"),
        change("rules", "MUST log with slog", "replace", "2"),
        change("rules", "1", "move", "4"),
        change("temperature", "0.7"),
        change("base_model", "qwen3:14b"),
        change("language", ""),
    )

    after = made(TALK, replying([said])[0])

    assert [rule.text for rule in after.constraints] == [
        "MUST close every response body",
        "MUST log with slog",
        "MUST pass context.Context as the first parameter",
    ]
    assert (after.temperature, after.base_model, after.language) == (0.7, "qwen3:14b", None)


def test_the_schema_of_a_reply_names_what_is_there_and_free() -> None:
    talk = Talk(BRIEF, PERSONA, frozenset({"role", "constraints.goroutine-exit"}))

    _, [chat] = replying([saying()], talk=talk)

    form = chat["format"]
    updates, wanted = (form["properties"][key]["items"]["properties"] for key in ("updates", "wanted"))
    assert list(form["properties"]) == sorted(form["properties"])
    assert list(updates) == sorted(updates)
    assert "role" not in updates["field"]["enum"]
    assert updates["id"]["enum"] == ["", "1", "3", "4"]
    assert (wanted["field"]["enum"], wanted["id"]["enum"]) == (["role", "rules"], ["", "2"])
    assert "LOCKED: role, rule 2" in chat["messages"][-1]["content"]
    assert not {"anyOf", "oneOf", "maxLength"} & set(json.dumps(form).replace('"', " ").split())
    assert json.dumps(form, separators=(",", ":")) in chat["messages"][-1]["content"]


def test_all_before_the_last_message_is_the_same_in_every_round() -> None:
    # A server keeps what it has read of the beginning, and need not read it again.
    _, [one] = replying([saying()])
    other_talk = Talk(BRIEF, identified(make_persona(constraints=["MUST x"])), frozenset({"role"}))
    _, [other] = replying([saying()], "drop it", other_talk)

    assert one["messages"][:-1] == other["messages"][:-1]


def test_what_is_locked_is_a_proposal_wherever_a_model_puts_it() -> None:
    talk = Talk(BRIEF, PERSONA, frozenset({"role", "constraints.goroutine-exit"}))
    said = saying(
        "Both are locked.",
        change("role", "Go engineer of a bank"),
        change("tier", "bare"),
        wanted=[change("rules", "", "remove", "2")],
    )

    reply, _ = replying([said], talk=talk)

    assert reply.updates == (Update("set", "tier", "bare"),)
    assert reply.proposals == (
        Update("set", "role", "Go engineer of a bank"),
        Update("remove", "constraints", id="goroutine-exit"),
    )


def test_a_question_is_a_question_and_nothing_else() -> None:
    reply, chats = replying([saying("Which tool?")], "make it fit our tool")

    assert len(chats) == 1
    assert (reply.say, reply.updates, reply.proposals, reply.failed) == ("Which tool?", (), (), None)


def test_what_cannot_be_is_asked_for_once_more_and_then_left_as_it_was() -> None:
    bad = saying("Creative.", change("temperature", "0.7"), change("domain", "cooking"))

    reply, chats = replying([bad])

    assert len(chats) == 2
    assert "updates[2]: must be one of code" in chats[1]["messages"][-1]["content"]
    assert reply.updates == (Update("set", "temperature", 0.7),)
    assert any("domain" in note or "updates[2]" in note for note in reply.notes)


def test_a_change_that_lint_calls_an_error_is_left_out() -> None:
    said = saying(
        "So.", change("rules", "MUST start a goroutine without a way to stop it", "add"), change("tier", "bare")
    )

    reply, chats = replying([said])

    assert len(chats) == 2
    assert reply.updates == (Update("set", "tier", "bare"),)
    assert any("contradicts" in note for note in reply.notes)


@pytest.mark.parametrize(
    "answer",
    [
        PROSE,
        "",
        saying(""),
        saying("be more creative"),
        json.dumps({**SPEC, "role": "Quite another"}),
        json.dumps({"updates": "role"}),
        saying("", change("role", PERSONA.role)),
    ],
)
def test_an_answer_that_brings_nothing_fails_and_says_so(answer: str) -> None:
    reply, chats = replying([answer])

    assert (reply.updates, reply.proposals) == ((), ())
    assert reply.failed
    assert len(chats) > 1
    assert reply.raw


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Said('{"say": "' + "again and " * 200, reason="length"), "repeats itself"),
        (saying("Gut.", change("role", "Разработчик на языке программирования")), "another script"),
        (
            saying("Gut.", change("output_format", "One SQL code block with the migration, then one with its reverse")),
            "only repeats the instructions",
        ),
        (Said('{"say": "I will', reason="length"), "cut off"),
    ],
)
def test_degenerate_answers_are_recognised_and_said(answer: Any, why: str) -> None:
    reply, chats = replying([answer])

    assert why in chats[1]["messages"][-1]["content"]
    assert any(why in note for note in (*reply.notes, reply.failed or ""))
    assert reply.updates == ()


def test_a_loop_is_not_listened_to_until_its_end() -> None:
    heard: list[Progress] = []

    async def reply(engine: Engine) -> Reply:
        return await ModelDesigner(engine, BASE).reply(TALK, "shorter", heard.append)

    told, _ = designing(reply, ["say " * 4_000])

    assert len(told.raw.split("--- asked again")[0]) < 12_000  # the fake sends an answer in two pieces


def test_words_are_told_as_they_arrive() -> None:
    heard: list[Progress] = []

    async def reply(engine: Engine) -> Reply:
        return await ModelDesigner(engine, BASE).reply(TALK, "shorter", heard.append)

    designing(reply, [saying("Here \x1b[31mare words.", change("description", "For tools."))])

    assert "".join(item.text for item in heard if isinstance(item, Words)) == "Here are words."


def test_earlier_rounds_go_along_and_are_folded_when_the_context_is_full() -> None:
    few = Talk(BRIEF, PERSONA, earlier=(Exchange("for a bank", "Done.", ("role: A → B",)),))
    many = Talk(BRIEF, PERSONA, earlier=tuple(Exchange("word " * 300, "Yes.", (f"role: A → B{i}",)) for i in range(40)))

    full, [chat] = replying([saying("Yes, what?")], talk=few)
    folded, [long] = replying([saying("Yes, what?")], talk=many)

    assert "EARLIER, PERSON: for a bank" in chat["messages"][-1]["content"]
    assert full.folded == 0
    assert 0 < folded.folded < 40
    assert "DECIDED SO FAR:\n- role: A → B0" in long["messages"][-1]["content"]
    assert "A → B39" in long["messages"][-1]["content"]
    assert sum(len(message["content"]) for message in long["messages"]) < 3 * long["options"]["num_ctx"]


def test_a_long_answer_is_quoted_back_only_as_far_as_there_is_room() -> None:
    talk = Talk(BRIEF, PERSONA, earlier=tuple(Exchange("词" * 300, "Yes.", ("role: A → B",)) for _ in range(40)))

    _, chats = replying(["词" * 5_000, "词" * 5_000, "词" * 5_000, saying("So?")], talk=talk)

    assert len(chats) == 4
    for chat in chats:
        foreign = sum(message["content"].count("词") for message in chat["messages"])
        assert foreign < chat["options"]["num_ctx"] - chat["options"]["num_predict"]


def test_an_error_of_lint_that_lies_elsewhere_is_the_changes_that_brings_it() -> None:
    # The contradiction is told of the later rule, though the first one is what changed.
    said = saying("So.", change("rules", "MUST start a goroutine without a way to stop it", "replace", "1"))

    reply, chats = replying([said])

    assert len(chats) == 2
    assert reply.updates == ()
    assert any("contradicts" in note for note in reply.notes)


def test_places_are_those_the_person_sees_whatever_is_locked() -> None:
    talk = Talk(BRIEF, PERSONA, frozenset({"constraints.goroutine-exit"}))
    said = saying(
        "", change("rules", "", "remove", "2"), change("rules", "3", "move", "4"), change("rules", "4", "move", "1")
    )

    reply, chats = replying([said], talk=talk)

    assert len(chats) == 1
    assert [(update.op, update.value) for update in reply.updates] == [("move", 3), ("move", 4)]
    assert [update.op for update in reply.proposals] == ["remove"]


@pytest.mark.parametrize("number", ["-1", "rule 1 and all others", "1.5", "99", ""])
def test_what_is_no_number_of_a_rule_removes_none(number: str) -> None:
    reply, _ = replying([saying("Gone.", change("rules", "", "remove", number))])

    assert reply.updates == ()


def test_a_proposal_is_judged_and_a_change_in_the_wrong_list_is_made() -> None:
    talk = Talk(BRIEF, PERSONA, frozenset({"role"}))
    said = saying("So.", wanted=[change("role", "Разработчик на Go"), change("description", "For tools.")])

    reply, _ = replying([said], talk=talk)

    assert reply.proposals == ()
    assert [update.field for update in reply.updates] == ["description"]


def test_a_shipped_designer_keeps_its_own_context_by_whichever_name() -> None:
    async def reply(engine: Engine) -> Reply:
        return await ModelDesigner(engine, "my-persona-designer-q3:latest").reply(TALK, "shorter")

    with fake_ollama() as fake:
        fake.add("my-persona-designer-q3", parameters={"num_ctx": 4096})
        models = dict(fake.models)

    _, [chat] = designing(reply, [saying("What?")], models=models)
    assert set(chat["options"]) == {"num_predict"}


def test_what_fits_into_no_context_is_an_error_and_not_a_silent_cut() -> None:
    talk = Talk(BRIEF, make_persona(role="x" * 60_000))

    with pytest.raises(EngineError, match="needs about"):
        replying([saying()], talk=talk)


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
