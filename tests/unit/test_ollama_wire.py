from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_tui.engines.ollama.wire import (
    read_detail,
    read_finished,
    read_models,
    read_parameters,
    read_progress,
    read_running,
)
from persona_tui.engines.protocol import Finished, ModelInfo, RunningModel, Timings, Usage
from persona_tui.spec.modelfile import Message

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=8), values, max_size=3),
    max_leaves=8,
)


# The left side is what Go 1.24 prints with "%-30s %#v" for the right side.
@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("num_ctx                        2048", {"num_ctx": 2048}),
        ("num_ctx                        1.048576e+06", {"num_ctx": 1048576}),
        ("num_predict                    -1", {"num_predict": -1}),
        ("temperature                    0.1", {"temperature": 0.1}),
        ("temperature                    1", {"temperature": 1}),
        ("min_p                          1e-05", {"min_p": 1e-05}),
        ("use_mmap                       false", {"use_mmap": False}),
        ('stop                           "a"\nstop                           "b"', {"stop": ("a", "b")}),
        (r'stop                           "<|\"\\|>\n\t\a\x7f"', {"stop": ('<|"\\|>\n\t\a\x7f',)}),
        (r'stop                           "\u2028é🙂\U000e0041"', {"stop": ("\u2028é🙂\U000e0041",)}),
        (r'stop                           "\xff"', {"stop": ("\N{REPLACEMENT CHARACTER}",)}),
        ('stop                           ""', {"stop": ("",)}),
        ('stop                           " \\" "', {"stop": (' " ',)}),
        # Servers store these, and fail on them later.
        ('temperature                    "hot"', {"temperature": "hot"}),
        ("temperature                    <nil>", {"temperature": "<nil>"}),
        ("no_such_param                  3", {"no_such_param": 3}),
        ("a_parameter_with_a_name_of_over_30_letters 1e+21", {"a_parameter_with_a_name_of_over_30_letters": 1e21}),
        ("", {}),
        ("top_p", {"top_p": ""}),
    ],
)
def test_parameters_are_read_as_go_prints_them(printed: str, value: dict[str, Any]) -> None:
    parameters = read_parameters(printed)

    assert parameters == value
    assert {name: type(item) for name, item in parameters.items()} == {name: type(item) for name, item in value.items()}


def go_quoted(text: str) -> str:
    """Return `text` as Go's strconv.Quote may print it, every character escaped."""
    return '"' + "".join(f"\\U{ord(character):08x}" for character in text) + '"'


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_every_stop_text_is_read_back(stops: list[str]) -> None:
    printed = "\n".join(f"{'stop':30} {go_quoted(stop)}" for stop in stops)

    assert read_parameters(printed) == {"stop": tuple(stops)}


@given(st.text())
def test_no_parameters_can_break_the_reader(text: str) -> None:
    read_parameters(text)


@given(ANY_JSON, st.sampled_from(["models", "details", "model_info", "parameters", "messages", "capabilities", "name"]))
def test_no_answer_can_break_a_reader(value: Any, key: str) -> None:
    for data in ({key: value}, {"models": [{"name": "m", key: value}]}, {"messages": [value, {"role": value}]}):
        read_models(data)
        read_running(data)
        read_detail("m", data)
        read_progress(data)
        read_finished(data)


def test_a_show_is_read_in_full() -> None:
    detail = read_detail(
        "my-x",
        {
            "modelfile": "FROM somewhere else",
            "parameters": "top_k                          20",
            "template": "{{ .Prompt }}",
            "system": "ROLE: x",
            "license": "CC0",
            "requires": "0.14.0",
            "details": {"parent_model": "qwen3:8b", "family": "qwen3"},
            "messages": [{"role": "user", "content": "hi"}, {"role": "assistant"}, None],
            "model_info": {"general.architecture": "qwen3", "qwen3.context_length": 40960, "other.context_length": 1},
            "capabilities": ["completion", "thinking"],
        },
    )

    assert detail.modelfile.base == "qwen3:8b"
    assert detail.modelfile.system == "ROLE: x"
    assert detail.modelfile.template == "{{ .Prompt }}"
    assert detail.modelfile.parameters == {"top_k": 20}
    assert detail.modelfile.messages == (Message("user", "hi"),)
    assert detail.modelfile.license == ("CC0",)
    assert detail.modelfile.requires == "0.14.0"
    assert (detail.family, detail.context_length) == ("qwen3", 40960)
    assert detail.can("thinking")


@pytest.mark.parametrize(
    "parent",
    ["", None, "/usr/share/ollama/.ollama/models/blobs/sha256-b179", r"C:\Users\me\.ollama\models\blobs\sha256-b179"],
)
def test_weights_out_of_a_file_are_their_own_base(parent: str | None) -> None:
    assert read_detail("my-x", {"details": {"parent_model": parent}}).modelfile.base == "my-x"


def test_an_old_server_does_not_tell_capabilities() -> None:
    assert read_detail("m", {}).can("thinking") is None


def test_lists_of_models_are_read() -> None:
    details = {"family": "llama", "parameter_size": "134.52M", "quantization_level": "Q4_1"}
    entry = {"name": "m:latest", "size": 5, "digest": "07", "modified_at": "2026-01-02T03:04:05Z", "details": details}
    loaded = {
        "model": "m:latest",
        "size": 9,
        "size_vram": 0,
        "expires_at": "2026-01-02T03:04:05Z",
        "context_length": 2048,
    }

    assert read_models({"models": [entry, {"size": 1}, None]}) == [
        ModelInfo("m:latest", 5, "07", "llama", "134.52M", "Q4_1", "2026-01-02T03:04:05Z")
    ]
    assert read_running({"models": [loaded]}) == [RunningModel("m:latest", 9, 0, "2026-01-02T03:04:05Z", 2048)]
    assert read_models({"models": None}) == []


def test_the_end_of_an_answer_counts_seconds() -> None:
    line = {
        "done_reason": "length",
        "total_duration": 2_500_000_000,
        "load_duration": 500_000_000,
        "prompt_eval_count": 12,
        "prompt_eval_duration": 1_000_000_000,
        "eval_count": 8,
        "eval_duration": 750_000_000,
    }

    assert read_finished(line) == Finished("length", Usage(12, 8), Timings(2.5, 0.5, 1.0, 0.75))
    assert read_finished({}) == Finished("stop")
    assert math.isclose(read_finished({"total_duration": 1}).timings.total or 0, 1e-9)
