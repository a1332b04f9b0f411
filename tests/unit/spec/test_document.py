"""The persona file: read with its lines, written with its comments, and nothing hostile gets through."""

from __future__ import annotations

import contextlib
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_tui.base.errors import BadData
from persona_tui.spec.document import new_document, parse_document
from tests.conftest import make_persona

TEXT = """\
# The team's Go reviewer
schema: 1
name: my-go-q3   # keep the suffix
role: Reviewer
temperature: balanced
constraints:
  # found in review 12
  - MUST wrap errors
  - text: MUST NOT panic
    id: no-panic
parameters: {num_ctx: 8192, stop: ["<|im_end|>"]}
house_rule: yes
"""


def test_fields_know_their_lines() -> None:
    lines = parse_document(TEXT).lines

    assert lines["name"] == 3
    assert lines["constraints[1]"] == 9
    assert lines["parameters.num_ctx"] == 11


def test_keys_from_a_merge_key_have_no_line_and_can_be_changed() -> None:
    document = parse_document("extras: &shared\n  role: Reviewer\n<<: *shared\nname: my-go-q3\n")
    assert document.persona.role == "Reviewer"
    assert document.lines["name"] == 4
    assert "role" not in document.lines

    changed = document.with_persona(document.persona.revised(role="Critic"))

    assert parse_document(changed.text).persona.role == "Critic"


@pytest.mark.parametrize("line", ['role: "half \\ud800"', 'role: x\n"\\udfff": x', 'role: x\nextras: {a: ["\\ud800"]}'])
def test_half_of_a_surrogate_pair_is_refused_and_a_whole_one_joined(line: str) -> None:
    with pytest.raises(BadData, match="surrogate"):
        parse_document(f"name: my-x\n{line}\n")

    assert parse_document('{"name": "my-x", "role": "grins \\ud83d\\ude00"}').persona.role == "grins \U0001f600"


def test_what_does_not_change_keeps_its_form() -> None:
    document = parse_document(TEXT)
    rules = document.persona.to_data()["constraints"]

    changed = document.with_persona(document.persona.revised(role="Critic", constraints=[*rules, "MUST run gofmt"]))

    assert changed.text == TEXT.replace("Reviewer", "Critic").replace(
        "    id: no-panic\n", "    id: no-panic\n  - MUST run gofmt\n"
    )


def test_no_change_is_no_edit() -> None:
    document = parse_document(TEXT)

    assert document.with_persona(document.persona).text == TEXT


def test_a_new_key_goes_where_the_order_of_the_file_has_it() -> None:
    document = parse_document(TEXT)

    text = document.with_persona(document.persona.revised(domain="code")).text

    assert text.index("role:") < text.index("domain:") < text.index("temperature:")


def test_several_lines_are_written_as_a_block() -> None:
    document = new_document(make_persona(note="one\ntwo\n"))

    assert "note: |\n  one\n  two\n" in document.text
    assert document.persona.note == "one\ntwo\n"


@given(st.text(), st.text(max_size=40), st.lists(st.text(min_size=1), max_size=3))
def test_any_text_survives_writing_and_reading(note: str, stop: str, tags: list[str]) -> None:
    persona = make_persona(note=note, tags=tags, parameters={"stop": [stop]}, extras={"a": {"b": [note]}})

    try:
        document = new_document(persona)
    except BadData:
        return  # said, not changed: YAML has no form for lone surrogates and some control characters
    assert document.persona == persona
    assert parse_document(document.text.encode()).persona == persona


LAUGHS = "name: x\nrole: x\nextras:\n  a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"  {b}: &{b} [*{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}]\n"
    for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "not a persona"),
        (b"- a\n- b\n", "not a persona"),
        (b"name: [", "broken YAML"),
        (b"name: a\nname: b\nrole: c\n", "broken YAML"),
        (b"name: a\nrole: \xff\xfe\n", ":2: not a text file"),
        (b"\x00\x01\x02\x03", "broken YAML|not a"),
        (b"name: my-x\nrole: x\ntemperature: hot\n", ":3: temperature"),
        (b"name: my-x\nrole: !python/object:os.system x\n", "role|kind"),
        (b"name: my-x\nrole: x\nextras: " + b"[" * 5000 + b"]" * 5000, "nested too deeply|broken YAML"),
        (LAUGHS.encode(), "values once its aliases are followed"),
    ],
    ids=["empty", "list", "unclosed", "twice", "latin", "binary", "type", "tag", "deep", "laughs"],
)
def test_bad_files_get_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(BadData, match=sentence) as caught:
        parse_document(data, path="p.yaml")
    assert str(caught.value).startswith("p.yaml:")
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=300) | st.text(alphabet="name: role[]{}&*!|>-#\n'\"x", max_size=200).map(str.encode))
def test_any_bytes_are_a_persona_or_bad_data(data: bytes) -> None:
    with contextlib.suppress(BadData):
        parse_document(data)


WORDS = ["MUST wrap errors", "MUST close files", "MUST NOT panic", "MUST run gofmt", "MUST pass a context first"]
KEYS = [
    "role",
    "description",
    "temperature",
    "note",
    "tags",
    "parameters",
    "preferred_models",
    "think",
    "output_format",
]

values = {
    "role": st.sampled_from(["Reviewer", "Critic"]),
    "description": st.sampled_from([None, "When to use it"]),
    "temperature": st.sampled_from([0.1, 0.3]),
    "note": st.sampled_from([None, "one line", "two\nlines\n"]),
    "tags": st.lists(st.sampled_from(["a", "b"]), unique=True),
    "parameters": st.dictionaries(st.sampled_from(["num_ctx", "seed", "top_k"]), st.integers(1, 3)),
    "preferred_models": st.lists(st.sampled_from(["qwen3:8b", "qwen3:14b"]), unique=True),
    "think": st.sampled_from([None, True]),
    "output_format": st.sampled_from([None, "One block"]),
}
rules = st.lists(st.sampled_from(WORDS), unique=True)


@st.composite
def commented_files(draw: st.DrawFn) -> str:
    """A file whose every key and every rule has a comment of its own above it, and some at the end of the line."""
    lines = ["# about the file", "", "schema: 1", "# about name", "name: my-x  # end of name"]
    for key in draw(st.permutations(KEYS)):
        value = draw(values[key])
        text = new_document(make_persona(**{key: value})).text
        block = re.search(rf"(?m)^{key}:.*\n(?:[ ].*\n)*", text)
        if block:
            lines += [*draw(st.sampled_from([[], [""]])), f"# about {key}", *block[0].splitlines()]
    lines += ["# about constraints", "constraints:"]
    lines += [line for rule in draw(rules) for line in (f"  # about {rule}", f"  - {rule}  # end of {rule}")]
    lines += ["", "# about tier", "tier: full"]
    return "\n".join(lines) + "\n"


@given(commented_files(), st.fixed_dictionaries({}, optional={**values, "constraints": rules}))
def test_an_edit_gives_the_wanted_persona_and_every_comment_stays_with_its_own(
    text: str, change: dict[str, Any]
) -> None:
    if "role:" not in text:
        text = text.replace("name: my-x", "role: Somebody\nname: my-x", 1)
    text = text.replace("constraints:\n\n", "constraints: []\n\n")
    document = parse_document(text)
    wanted = document.persona.revised(**change)

    edited = document.with_persona(wanted)

    assert edited.persona == wanted
    lines = edited.text.splitlines()
    assert lines[0] == "# about the file"
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if line.strip().startswith("# about ") and line != "# about the file":
            what = line.strip().removeprefix("# about ")
            assert below.strip().startswith((f"{what}:", f"- {what}")), f"{line!r} stands over {below!r}"
    kept = [rule.text for rule in wanted.constraints if rule in document.persona.constraints]
    if "constraints" not in change or kept == [rule.text for rule in wanted.constraints]:
        assert [rule for rule in kept if f"# about {rule}" not in edited.text] == []
    for key in KEYS:
        unchanged = key not in change or wanted.to_data()[key] == document.persona.to_data()[key]
        if unchanged:
            assert (f"# about {key}" in text) == (f"# about {key}" in edited.text)
