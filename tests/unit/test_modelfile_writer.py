from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_tui.base.errors import BadData
from persona_tui.spec import modelfile_writer
from persona_tui.spec.modelfile import Message, Modelfile, parse
from persona_tui.spec.modelfile_writer import render, unwritable

FULL = Modelfile(
    base="qwen3:8b",
    system='ROLE: Go engineer\nCONSTRAINTS:\n- MUST say "why"\n',
    parameters={
        "temperature": 0.1,
        "num_ctx": 16384,
        "stop": ("<|im_end|>", 'a"b', "\n\n"),
        "use_mmap": False,
        "top_p": 1,
    },
    messages=(Message("user", "  hi"), Message("assistant", "")),
    template="{{ .Prompt }}",
    adapters=("./lora.gguf",),
    drafts=("a b",),
    license=("MIT", ""),
    requires="0.14.0",
    renderer="r",
    parser="p",
    comments=("# persona: name: my-go", "#"),
)

# Pieces that the grammar trips over, and some that it does not.
PIECES = ["a", "word ", "é🙂", "#", ": ", "'", "\\n", "FROM x", "\n", "\t", '"', '""', '"""', "\r\n", "\r"]
VALUES: dict[str, list[Any]] = {
    "temperature": [0.1, 1, 0.123456789, -0.0, 1e-46, 3.4e38],
    "num_ctx": [8192, -1, 2**63 - 1],
    "use_mmap": [True, False],
    "stop": [("a",), ("", "b\nc"), ('"x',), ("a  ",)],
}
ODD_VALUES: dict[str, list[Any]] = {
    "temperature": [1e39, float("nan"), "0.3", True],
    "num_ctx": [2**63, 8192.0, "8k", True],
    "use_mmap": [1, "true"],
    "stop": [(), "a", (1,)],
    "mirostat": [1],
    "system": ["hi"],
    "Temperature": [1],
    "": [1],
}


def mostly(usual: st.SearchStrategy[Any], odd: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from([*[usual] * 15, odd]).flatmap(lambda strategy: strategy)


def parameters(values: dict[str, list[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={name: st.sampled_from(items) for name, items in values.items()})


def texts(pieces: list[str]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(pieces), max_size=6).map("".join)


def tuples(items: st.SearchStrategy[Any], size: int = 2) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, max_size=size).map(tuple)


TEXTS = mostly(texts(PIECES), texts([*PIECES, "\u00a0", "\u200b", "\ud800"]))
ROLES = mostly(st.sampled_from(["user", "assistant", "system"]), st.sampled_from(["User", "user x", ""]))
MODELFILES = st.builds(
    Modelfile,
    base=TEXTS.filter(bool),
    system=TEXTS,
    parameters=mostly(parameters(VALUES), parameters(ODD_VALUES)),
    messages=tuples(st.builds(Message, ROLES, TEXTS)),
    template=TEXTS,
    adapters=mostly(tuples(TEXTS, 1), tuples(TEXTS)),
    drafts=tuples(TEXTS),
    license=tuples(TEXTS),
    requires=mostly(st.sampled_from([None, "0.14.0", "1.2.3-a"]), st.sampled_from(["v1", "one"])),
    renderer=st.sampled_from([None, "r", " r", '"r"', "a\nb"]),
    comments=tuples(
        mostly(st.sampled_from(["# a", "#", "#b"]), st.sampled_from(["# a ", "a", "# \u00a0b", "# a\n# b"]))
    ),
)


@given(MODELFILES)
def test_what_is_written_is_read_back_and_what_is_refused_would_not_be(modelfile: Modelfile) -> None:
    if not unwritable(modelfile):
        assert parse(render(modelfile)) == modelfile
        return
    with pytest.raises(BadData):
        render(modelfile)
    # Written all the same, it is found to have changed: the refusal was right.
    with mock.patch.object(modelfile_writer, "unwritable", return_value=[]), pytest.raises((BadData, TypeError)):
        render(modelfile)


def test_the_text_is_the_same_every_time() -> None:
    shuffled = replace(FULL, parameters=dict(reversed(list(FULL.parameters.items()))))
    assert (
        render(shuffled)
        == render(FULL)
        == '''# persona: name: my-go
#

FROM qwen3:8b
ADAPTER ./lora.gguf
DRAFT a b
REQUIRES 0.14.0
RENDERER r
PARSER p

PARAMETER num_ctx 16384
PARAMETER stop "<|im_end|>"
PARAMETER stop """a"b"""
PARAMETER stop """

"""
PARAMETER temperature 0.1
PARAMETER top_p 1.0
PARAMETER use_mmap false

TEMPLATE """{{ .Prompt }}"""

SYSTEM """ROLE: Go engineer
CONSTRAINTS:
- MUST say "why"
"""

MESSAGE user """  hi"""
MESSAGE assistant """"""

LICENSE """MIT"""
LICENSE """"""
'''
    )


@pytest.mark.parametrize(
    "system",
    [
        '"""',
        'say "hi"',
        '"hi" she said',
        'a """ b',
        '""\nb',
        "\n\n",
        " ",
        "\ta\t",
        "a\r\nb\rc",
        "# a",
        "FROM y\nBAD",
        'ends """',
    ],
)
def test_a_text_that_looks_hard_and_is_not(system: str) -> None:
    assert parse(render(Modelfile("x", system))) == Modelfile("x", system)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"base": ""}, "the model has no base"),
        ({"system": 'a\nuse """ \nb'}, "system has three quotes at the end of its line 2"),
        ({"template": 'a"""\r\n'}, "template has three quotes at the end of its line 1"),
        (
            {"system": "a\u00a0b\u200b\u00a0"},
            "system has 3 characters .*: U\\+00A0 NO-BREAK SPACE \\(2\\), U\\+200B ZERO WIDTH SPACE \\(1\\)$",
        ),
        ({"base": "a\x07"}, "base has 1 character .*: U\\+0007 \\(1\\)$"),
        ({"license": ("\ud800",)}, "a license has 1 character .*U\\+D800"),
        ({"messages": (Message("user", "\x00"),)}, "a message of the user has 1 character"),
        ({"messages": (Message("tool", "a"),)}, "message 1 has the role 'tool'"),
        ({"parameters": {"stop": ("\u3000",)}}, "stop has 1 character .* IDEOGRAPHIC SPACE"),
        ({"parameters": {"stop": ()}}, "stop is an empty list"),
        ({"parameters": {"top_p": float("inf")}}, "top_p must be a finite number"),
        ({"parameters": {"think": False}}, "think is no parameter"),
        ({"parameters": {"num_ctx": "8k"}}, "num_ctx must be a whole number"),
        ({"adapters": ("a", "b")}, "there are 2 adapters"),
        ({"requires": "v1"}, "requires is 'v1', and not a version"),
        ({"comments": ("a",)}, "comment 1 is not one line"),
    ],
)
def test_what_a_modelfile_cannot_hold_is_said(change: dict[str, Any], sentence: str) -> None:
    modelfile = replace(FULL, **change)
    with pytest.raises(BadData, match=sentence) as caught:
        render(modelfile)
    assert unwritable(modelfile) == [str(caught.value)]


def test_a_value_out_of_range_is_written() -> None:
    assert "PARAMETER temperature 5.0\n" in render(Modelfile("x", None, {"temperature": 5}))
