from __future__ import annotations

import math
from typing import Any

import pytest

from persona_tui.base.errors import BadData, EngineError
from persona_tui.engines.ollama.checks import chat_body, check_model, create_body, sendable_think
from persona_tui.engines.ollama.versions import Version
from persona_tui.engines.protocol import ChatRequest
from persona_tui.spec.modelfile import Message, Modelfile

NOW = Version.parse("0.32.15")


def test_a_create_has_names_values_and_nothing_that_is_empty() -> None:
    modelfile = Modelfile("qwen3:8b", "ROLE: x", {"temperature": 0.1, "stop": ("a", "b")}, (Message("user", "hi"),))

    assert create_body("my-x-q3", modelfile, NOW) == {
        "model": "my-x-q3",
        "from": "qwen3:8b",
        "system": "ROLE: x",
        "parameters": {"temperature": 0.1, "stop": ["a", "b"]},
        "messages": [{"role": "user", "content": "hi"}],
    }
    assert create_body("my-x", Modelfile("b"), NOW) == {"model": "my-x", "from": "b"}


@pytest.mark.parametrize(
    ("requires", "version", "fits"),
    [
        ("0.14.0", "0.14.0", True),
        ("0.14", "0.14.1", True),
        ("0.14.0", "0.13.9", False),
        ("1", "0.32.15", False),
        ("99.0.0", "0.0.0", True),
    ],
)
def test_what_a_model_requires_is_compared_with_the_server(requires: str, version: str, fits: bool) -> None:
    modelfile = Modelfile("b", requires=requires)
    if fits:
        assert create_body("my-x", modelfile, Version.parse(version))["requires"] == requires
    else:
        with pytest.raises(EngineError, match="'my-x' requires Ollama"):
            create_body("my-x", modelfile, Version.parse(version))


@pytest.mark.parametrize(
    ("modelfile", "error", "says"),
    [
        (Modelfile(""), BadData, "no model name"),
        (Modelfile("b", parameters={"temprature": 1}), BadData, "did you mean temperature"),
        (Modelfile("b", parameters={"stop": "x"}), BadData, "must be a list"),
        (Modelfile("b", parameters={"num_ctx": 4096.5}), BadData, "must be a whole number"),
        (Modelfile("b", parameters={"temperature": math.nan}), BadData, "finite"),
        (Modelfile("b", parameters={"think": True}), BadData, "goes with each request"),
        (Modelfile("b", messages=(Message("root", "x"),)), BadData, "'root' is no role"),
        (Modelfile("b", requires="soon"), BadData, "requires: 'soon' is not a version"),
        (Modelfile("b", drafts=("./d",)), EngineError, "files are not uploaded"),
    ],
)
def test_what_a_server_would_choke_on_is_refused(modelfile: Modelfile, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        create_body("my-x", modelfile, NOW)


def test_a_parameter_that_was_given_up_is_let_through() -> None:
    body = create_body("my-x", Modelfile("b", parameters={"mirostat": 1}), NOW)

    assert body["parameters"] == {"mirostat": 1}


@pytest.mark.parametrize("name", ["qwen3:8b", "hf.co/x/y:Q4", "gpt-oss:120b-cloud", "kimi:cloud"])
def test_a_model_that_exists_may_have_any_source(name: str) -> None:
    assert check_model(name) == name


@pytest.mark.parametrize("name", ["my-x:cloud", "my-x:8b-LOCAL", "my x", "a/b/c/d", ""])
def test_a_new_model_may_not_be_called_that(name: str) -> None:
    with pytest.raises(BadData):
        check_model(name, new=True)


@pytest.mark.parametrize(
    ("think", "version", "sent"),
    [
        (None, "0.32.15", None),
        (True, "0.5.5", None),
        (False, "0.5.5", None),
        (True, "0.9.0", True),
        (False, "0.9.0", False),
        ("low", "0.9.6", True),
        ("low", "0.11.0", "low"),
        ("max", "0.11.0", "high"),
        ("max", "0.22.0", "max"),
        ("max", "0.0.0", "max"),
    ],
)
def test_an_older_server_gets_the_nearest_way_to_think(think: Any, version: str, sent: Any) -> None:
    assert sendable_think(think, Version.parse(version), None) == sent
    assert sendable_think(think, Version.parse(version), frozenset({"completion", "thinking"})) == sent
    assert sendable_think(think, Version.parse(version), frozenset({"completion"})) is None


@pytest.mark.parametrize("keep_alive", [0, -1, 300, "5m", "1h30m", "1.5h", "-1m", "0", "250ms"])
def test_keep_alive_is_seconds_or_a_duration_of_go(keep_alive: int | str) -> None:
    assert chat_body(ChatRequest("m", (), keep_alive=keep_alive), NOW, None)["keep_alive"] == keep_alive


@pytest.mark.parametrize("keep_alive", ["300", "", "5 m", "5min", "m", "1.h.", True, 10**12, 1.5])
def test_a_keep_alive_that_is_neither_is_refused(keep_alive: Any) -> None:
    with pytest.raises(BadData, match="neither seconds nor a duration"):
        chat_body(ChatRequest("m", (), keep_alive=keep_alive), NOW, None)


@pytest.mark.parametrize("schema", ["json", {}, {"type": "object"}])
def test_a_format_is_json_or_a_schema(schema: Any) -> None:
    assert chat_body(ChatRequest("m", (), format=schema), NOW, None)["format"] == schema


@pytest.mark.parametrize("schema", ["yaml", "", 3, ["object"], {"enum": {1, 2}}, {"minimum": math.inf}])
def test_a_format_that_is_neither_is_refused(schema: Any) -> None:
    with pytest.raises(BadData, match="format: "):
        chat_body(ChatRequest("m", (), format=schema), NOW, None)


def test_a_role_that_is_none_is_refused_and_shown_without_escapes() -> None:
    with pytest.raises(BadData, match="'red' is no role"):
        chat_body(ChatRequest("m", (Message("\x1b[31mred", "x"),)), NOW, None)
