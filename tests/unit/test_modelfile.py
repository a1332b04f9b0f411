from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from persona_tui.spec.modelfile import Message, Modelfile, ModelfileError, differences, is_version, parse, to_json
from persona_tui.spec.modelfile_chars import dropped

# What Ollama 0.32.15's own parser answers, run on each input in the folder /nonexistent-dir.
CASES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data" / "modelfile_cases.jsonl").read_text("utf-8").splitlines()
]
FIELDS = ("from", "system", "parameters", "messages", "requires")

# Pieces that mean something to the grammar, and some that mean nothing.
COMMANDS = ["FROM", "from ", "SYSTEM ", "PARAMETER ", "MESSAGE ", "ADAPTER ", "REQUIRES ", "LICENSE "]
WORDS = ["stop ", "num_ctx ", "user ", "temperature ", "mirostat ", "x", "1", "-0.5e3", "NaN", "é", "🙂", ": "]
MARKS = ['"', '"""', "#", "\n", "\r\n", "\r", " ", "\t", "\u00a0", "\u200b", "\ufeff", "\x00", "\ud800", "\udc00"]
TOKENS = st.sampled_from([*COMMANDS, *WORDS, *MARKS])
DOCUMENTS = st.lists(TOKENS, max_size=40).map("".join)


def nothing_there(path: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", path)


def answer(data: bytes) -> dict[str, Any]:
    try:
        body = to_json(parse(data, folder=Path("/nonexistent-dir"), resolve=nothing_there))
    except ModelfileError as error:
        return {**dict.fromkeys(FIELDS), "error": error.text}
    return {**{field: body.get(field) for field in FIELDS}, "error": None}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_file_is_read_as_ollama_reads_it(case: dict[str, Any]) -> None:
    expected = {field: case[field] for field in FIELDS} | {"error": case["parse_error"] or case["create_error"]}
    assert answer(base64.b64decode(case["input_b64"])) == expected


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("temperature .5", 0.5),
        ("temperature +5.", 5.0),
        ("temperature 1_0.5", 10.5),
        ("temperature 0x1.8p1", 3.0),
        ("temperature 0x_1p1", 2.0),
        ("temperature 0.123456789", 0.12345679),
        ("temperature 1e-46", 0.0),
        ("temperature 3.4028235e38", 3.4028235e38),
        ("num_ctx +8192", 8192),
        ("num_ctx 00000000000000000000012", 12),
        ("num_ctx -9223372036854775808", -(2**63)),
        ("use_mmap T", True),
        ("use_mmap 0", False),
        ('temperature """0.5"""', 0.5),
        ('stop "a "b""', ('a "b"',)),
        ("stop", "unexpected EOF"),
        ("temperature 1__0", "invalid float value [1__0]"),
        ("temperature 0x10", "invalid float value [0x10]"),
        ("temperature 3.4028236e38", "invalid float value [3.4028236e38]"),
        ("temperature +nan", "invalid float value [+nan]"),
        ('temperature " 1"', "invalid float value [ 1]"),
        ("temperature \u0663", "invalid float value [\u0663]"),
        ("temperature nan", "json: unsupported value: NaN"),
        ("temperature Infinity", "json: unsupported value: +Inf"),
        ("temperature -inf", "json: unsupported value: -Inf"),
        ("num_ctx 1_000", "invalid int value [1_000]"),
        ("num_ctx 9223372036854775808", "invalid int value [9223372036854775808]"),
        ("num_ctx " + "9" * 5000, f"invalid int value [{'9' * 5000}]"),
        ("use_mmap tRUE", "invalid bool value [tRUE]"),
        ("from x", "unknown parameter 'from'"),
        ("", "unexpected EOF"),
    ],
)
def test_numbers_are_those_of_go(written: str, value: object) -> None:
    name = written.split(" ")[0]
    try:
        found: object = parse(f"FROM x\nPARAMETER {written}").parameters[name]
    except ModelfileError as error:
        found = error.text
    assert found == value
    assert type(found) is type(value)


def test_blanks_after_the_closing_quotes_are_no_text() -> None:
    assert parse('FROM x\nSYSTEM """a\n b """ \t\nPARAMETER top_k 1\n') == Modelfile("x", "a\n b ", {"top_k": 1})


def test_a_parameter_named_like_a_command_is_that_command() -> None:
    modelfile = parse("PARAMETER model x\nPARAMETER system hi\nPARAMETER message boss: do it\nPARAMETER license MIT\n")
    assert modelfile == Modelfile("x", "hi", messages=(Message("boss", "do it"),), license=("MIT",))


def test_deprecated_parameters_are_ignored_and_named() -> None:
    modelfile = parse("FROM x\nPARAMETER mirostat two\nPARAMETER low_vram 1\nPARAMETER mirostat 1\n")
    assert modelfile == Modelfile("x")
    assert modelfile.ignored == ("mirostat", "low_vram")


def test_the_last_word_counts_and_lists_grow() -> None:
    modelfile = parse(
        "FROM a\nFROM b\nSYSTEM a\nSYSTEM\t\nTEMPLATE t\nRENDERER r\nPARSER p\nADAPTER a\nADAPTER b\nDRAFT a\nDRAFT b\n"
        'LICENSE ""\nLICENSE MIT\nPARAMETER top_k 1\nPARAMETER top_k 2\nPARAMETER stop a\nPARAMETER stop b\n'
    )
    assert modelfile == Modelfile(
        "b",
        template="t",
        renderer="r",
        parser="p",
        adapters=("b",),
        drafts=("a", "b"),
        license=("", "MIT"),
        parameters={"top_k": 2, "stop": ("a", "b")},
    )


def test_the_comments_before_the_first_command_are_kept() -> None:
    text = "\n  # persona: name: my-go \r\n#\nFROM x\n# later\n"
    assert parse(text).comments == ("# persona: name: my-go", "#")


@pytest.mark.parametrize(
    ("data", "system"),
    [
        (b"FROM x\nSYSTEM a\xe2\x82b\xf0\x9f\x98\xff", "a\ufffdb\ufffd\ufffd"),
        (b"\xef\xbb\xbfFROM x\nSYSTEM a\xe2\x82b", "a\ufffd\ufffdb"),
        ("\ufeffFROM x\nSYSTEM é".encode("utf-16-le"), "é"),
        ("\ufeffFROM x\nSYSTEM ".encode("utf-16-le") + b"\x00\xdc\x00\xdc\x00\xd8a", "\ufffd\ufffd\ufffd"),
        ("FROM x\nSYSTEM 🫠 🫨", "🫠 🫨"),  # emoji of Unicode 14 and 15, unknown to Python 3.10
        ("FROM x\nSYSTEM a\u2ffcb", "ab"),  # of Unicode 15.1, which Python 3.13 knows and Ollama does not
    ],
)
def test_text_is_decoded_as_ollama_decodes_it(data: bytes | str, system: str) -> None:
    assert parse(data).system == system


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("FROM x\r\nSYSTEM a\r\n\r\nBAD y\r\n", 4, "(line 7): command must be one of"),
        ("FROM x\nSYSTEM\nFROM y\n", 2, "(line 3): command must be one of"),
        ('FROM x\n\nSYSTEM """a\nb\n', 3, "unexpected EOF"),
        ("FROM x\nPARAMETER top-k 4\n", 2, "unexpected EOF: top"),
        ("FROM x\nPARAMETER stop a\nPARAMETER foo 4\n", 3, "unknown parameter 'foo'"),
        ("FROM x\nPARAMETER top_p nan\nSYSTEM a\n", 2, "json: unsupported value: NaN"),
        ("# only a comment\n", None, "no FROM line"),
    ],
)
def test_an_error_has_the_words_of_ollama_and_the_line_of_an_editor(text: str, line: int | None, words: str) -> None:
    with pytest.raises(ModelfileError) as caught:
        parse(text)
    assert caught.value.text.startswith(words)
    assert caught.value.line == line
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("FROM ./here.gguf\nADAPTER here.gguf\n", None),
        ("FROM model:tag\nADAPTER sub/../gone.gguf\n", "stat /models/gone.gguf: no such file or directory"),
        ("FROM model:tag\nADAPTER //gone.gguf\n", "stat /gone.gguf: no such file or directory"),
        ("FROM model:tag\nDRAFT here.gguf/x\n", "stat /models/here.gguf/x: not a directory"),
        ("FROM here.gguf/x\n", "stat /models/here.gguf/x: not a directory"),
        ("FROM ~no-such-user/x\n", "failed to find user 'no-such-user': user: unknown user no-such-user"),
        (
            "FROM here.gguf\nDRAFT ./link.gguf\n",
            "DRAFT must not reference the same local path as FROM: /models/link.gguf",
        ),
        (
            "DRAFT here.gguf\nFROM here.gguf\n",
            "DRAFT must not reference the same local path as FROM: /models/here.gguf",
        ),
    ],
)
def test_paths_are_looked_at_where_a_resolver_is_given(text: str, error: str | None) -> None:
    def resolve(path: str) -> str:
        if path == "/models/here.gguf/x":
            raise NotADirectoryError(20, "Not a directory", path)
        if path not in ("/models/here.gguf", "/models/link.gguf"):
            nothing_there(path)
        return "/models/here.gguf"

    parse(text)
    try:
        parse(text, folder=Path("/models"), resolve=resolve)
        found = None
    except ModelfileError as caught:
        found = caught.text
    assert found == error


@pytest.mark.parametrize("text", ["1", "0.14", "0.14.0", "1.2.3-rc1.0-x+build.01", "1.2.3--", "1.2.3-0"])
def test_versions(text: str) -> None:
    assert is_version(text)


@pytest.mark.parametrize(
    "text", ["", "v1", "01", "1.2-rc1", "1.2.3-01", "1.2.3-", "1.2.3+", "1.2.3.4", "1.2.3-é", "1.2.3\n"]
)
def test_no_versions(text: str) -> None:
    assert not is_version(text)


@given(st.one_of(st.binary(), DOCUMENTS.map(lambda text: text.encode("utf-8", "surrogatepass"))))
@example(b"\xff\xfeF")
@example(b"\xef\xbb")
def test_any_bytes_are_a_modelfile_or_an_error(data: bytes) -> None:
    try:
        modelfile = parse(data)
    except ModelfileError:
        return
    json.dumps(to_json(modelfile), allow_nan=False)
    assert not dropped((modelfile.system or "") + modelfile.base)


@given(DOCUMENTS)
def test_text_is_read_like_its_bytes(text: str) -> None:
    assert answer_of(text) == answer_of(text.encode("utf-8", "surrogatepass"))


def answer_of(data: bytes | str) -> object:
    try:
        return parse(data)
    except ModelfileError as error:
        return error.text, error.line


def test_the_body_of_a_create_request() -> None:
    modelfile = Modelfile(
        "qwen3:8b",
        "hi",
        {"num_ctx": 8192, "stop": ("a", "b")},
        (Message("user", "q"), Message("assistant", "a")),
        license=("MIT",),
        requires="0.14.0",
    )
    assert to_json(modelfile) == {
        "from": "qwen3:8b",
        "system": "hi",
        "parameters": {"num_ctx": 8192, "stop": ["a", "b"]},
        "messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}],
        "license": ["MIT"],
        "requires": "0.14.0",
    }
    assert to_json(Modelfile("x", "", {}, template="")) == {"from": "x"}


def test_values_have_one_form() -> None:
    modelfile = Modelfile("x", "", {"temperature": 1, "top_p": 0.123456789, "stop": ["a"], "foo": {"kept": 1}})  # type: ignore[dict-item]
    assert modelfile.system is None
    assert modelfile.parameters == {"temperature": 1.0, "top_p": 0.12345679, "stop": ("a",), "foo": {"kept": 1}}
    assert type(modelfile.parameters["temperature"]) is float


def test_differences_are_those_of_the_model_and_not_of_the_file() -> None:
    old = Modelfile(
        "qwen3", "a", {"temperature": 0.1, "top_k": 40, "stop": ("a",)}, comments=("# a",), license=("MIT",)
    )
    same = Modelfile("Qwen3:latest", "a", {"stop": ("a",), "top_k": 40.0, "temperature": 0.10000000149011612})
    new = Modelfile("qwen3:8b", None, {"temperature": 0.2, "stop": ("a",), "use_mmap": True}, (Message("user", "q"),))
    assert differences(old, same) == []
    assert differences(old, new) == [
        ("base", "qwen3", "qwen3:8b"),
        ("system", "a", None),
        ("messages", (), (Message("user", "q"),)),
        ("parameters.temperature", 0.1, 0.2),
        ("parameters.top_k", 40, None),
        ("parameters.use_mmap", None, True),
    ]
    assert differences(Modelfile("x", None, {"use_mmap": True}), Modelfile("x", None, {"use_mmap": 1}))
