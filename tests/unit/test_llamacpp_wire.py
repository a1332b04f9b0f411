from __future__ import annotations

from typing import Any

import pytest

from persona_tui.base.errors import BadData, EngineError
from persona_tui.engines.llamacpp.wire import TOKENS, Answer, chat_body, effective_options
from persona_tui.engines.protocol import ChatRequest, Finished, Text, Thinking, Timings, Usage
from persona_tui.spec.modelfile import Message, Modelfile

PLAIN = Modelfile(base="x")
USER = Message("user", "hi")


def body(modelfile: Modelfile = PLAIN, messages: tuple[Message, ...] = (USER,), **request: Any) -> dict[str, Any]:
    asked = ChatRequest("x", messages, **request)
    return chat_body(asked, modelfile, effective_options(asked, modelfile))


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({"temperature": 0.1, "top_p": 0.9}, {"temperature": 0.1, "top_p": 0.9}),
        ({"top_k": 20, "min_p": 0.05, "repeat_penalty": 1.1}, {"top_k": 20, "min_p": 0.05, "repeat_penalty": 1.1}),
        ({"stop": ("a", "b")}, {"stop": ["a", "b"]}),
        ({"num_predict": 5}, {"max_tokens": 5}),
        ({"num_predict": -1}, {"max_tokens": -1}),
        ({"num_predict": -2}, {"max_tokens": -1}),
        ({}, {"max_tokens": TOKENS, "cache_prompt": True}),
        ({"seed": 7}, {"seed": 7, "cache_prompt": False}),
    ],
)
def test_parameters_have_llama_cpps_names(options: dict[str, Any], sent: dict[str, Any]) -> None:
    assert sent.items() <= body(options=options).items()


@pytest.mark.parametrize("options", [{"seed": -1}, {"repeat_last_n": -1}, {"num_ctx": 8192, "num_gpu": 1}])
def test_what_llama_cpp_does_not_take_is_left_out(options: dict[str, Any]) -> None:
    assert not options.keys() & body(options=options).keys()


@pytest.mark.parametrize("options", [{"temprature": 1}, {"top_k": "many"}, {"temperature": float("nan")}])
def test_a_wrong_parameter_is_bad_data(options: dict[str, Any]) -> None:
    with pytest.raises(BadData, match=next(iter(options))):
        body(options=options)


def test_what_was_set_on_the_model_counts_below_the_request() -> None:
    model = Modelfile(base="x", parameters={"temperature": 0.7, "top_k": 5, "odd": 1}, messages=(Message("user", "a"),))

    asked = body(model, options={"temperature": 0})

    assert {"temperature": 0, "top_k": 5}.items() <= asked.items()
    assert "odd" not in asked
    assert [message["content"] for message in asked["messages"]] == ["a", "hi"]


def test_the_models_system_prompt_comes_first_unless_the_request_has_one() -> None:
    model = Modelfile(base="x", system="own")

    assert body(model)["messages"][0] == {"role": "system", "content": "own"}
    assert body(model, (Message("system", "other"), USER))["messages"][0]["content"] == "other"


@pytest.mark.parametrize(
    ("think", "arguments"),
    [
        (None, None),
        (True, {"enable_thinking": True}),
        (False, {"enable_thinking": False}),
        ("low", {"enable_thinking": True, "reasoning_effort": "low"}),
        ("max", {"enable_thinking": True, "reasoning_effort": "high"}),
    ],
)
def test_thinking_is_told_to_the_chat_template(think: Any, arguments: Any) -> None:
    assert body(think=think).get("chat_template_kwargs") == arguments


def test_a_format_is_json_or_a_schema() -> None:
    schema = {"type": "object", "properties": {"b": {}, "a": {}}}

    assert body(format="json")["response_format"] == {"type": "json_object"}
    assert body(format=schema)["response_format"] == {"type": "json_schema", "json_schema": {"schema": schema}}
    with pytest.raises(BadData, match="'yaml' is no format"):
        body(format="yaml")


def test_a_schema_is_bounded() -> None:
    deep: dict[str, Any] = {}
    for _ in range(70):
        deep = {"items": deep}
    endless: dict[str, Any] = {}
    endless["items"] = endless

    with pytest.raises(EngineError, match="71 levels"):
        body(format=deep)
    with pytest.raises(EngineError, match="make it smaller"):
        body(format={"enum": ["x" * 20_000]})
    with pytest.raises(BadData, match="no JSON"):
        body(format=endless)
    with pytest.raises(BadData, match="no JSON"):
        body(format={"enum": {1, 2}})


def test_a_conversation_has_messages_of_known_roles() -> None:
    with pytest.raises(BadData, match="at least one message"):
        body(messages=())
    with pytest.raises(BadData, match="'robot' is no role"):
        body(messages=(Message("robot", "hi"),))


def test_lone_surrogates_are_replaced() -> None:
    assert body(messages=(Message("user", "a\udce9🦜"),))["messages"][0]["content"] == "a\N{REPLACEMENT CHARACTER}🦜"


def test_chunks_become_events() -> None:
    answer = Answer()
    chunks: list[dict[str, Any]] = [
        {"choices": [{"finish_reason": None, "delta": {"role": "assistant", "content": None}}]},
        {"choices": [{"finish_reason": None, "delta": {"reasoning_content": "well"}}]},
        {"choices": [{"finish_reason": None, "delta": {"content": "yes"}}]},
        {"choices": [{"finish_reason": "stop", "delta": {}}]},
        {
            "choices": [],
            "usage": {"prompt_tokens": 9, "completion_tokens": 2},
            "timings": {"prompt_ms": 500, "predicted_ms": 250},
        },
    ]

    assert [event for chunk in chunks for event in answer.read(chunk)] == [Thinking("well"), Text("yes")]
    assert answer.finished(total=2, load=1) == Finished("stop", Usage(9, 2), Timings(2, 1, 0.5, 0.25))


def test_an_answer_without_an_end_is_an_error() -> None:
    with pytest.raises(EngineError, match="without a reason"):
        Answer().finished(total=1, load=0)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ({"message": "no\x1b[2J\nway", "code": 400}, "llama.cpp refused the request: no way"),
        ("plain words", "llama.cpp refused the request: plain words"),
        (
            {"type": "exceed_context_size_error", "n_prompt_tokens": 99, "n_ctx": 10},
            "the conversation has 99 tokens and the context holds 10: shorten it",
        ),
    ],
)
def test_an_error_is_one_sentence(error: Any, sentence: str) -> None:
    with pytest.raises(EngineError, match=sentence):
        list(Answer().read({"error": error}))
