from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_tui.base.errors import BadData, ModelNotFound
from persona_tui.engines.llamacpp.gguf import Gguf, read_gguf

INT, BOOL, STRING, ARRAY = 4, 7, 8, 9


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def entry(key: str, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def array(kind: int, *items: bytes) -> bytes:
    return struct.pack("<IQ", kind, len(items)) + b"".join(items)


def gguf(*entries: bytes, version: int = 3, count: int | None = None) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, 0, len(entries) if count is None else count) + b"".join(entries)


WHOLE = gguf(
    entry("general.architecture", STRING, text("qwen3")),
    entry("general.flag", BOOL, b"\1"),
    entry("qwen3.context_length", INT, struct.pack("<I", 40960)),
    entry("tokenizer.ggml.tokens", ARRAY, array(STRING, text("a"), text("é"))),
    entry("tokenizer.ggml.types", ARRAY, array(INT, b"\0\0\0\0", b"\1\0\0\0")),
    entry("tokenizer.chat_template", STRING, text("{% if enable_thinking %}")),
)


def read(folder: Path, data: bytes, **asked: Any) -> Gguf:
    path = folder / "model.gguf"
    path.write_bytes(data)
    return read_gguf(path, **asked)


def test_the_head_says_what_the_weights_are(tmp_path: Path) -> None:
    assert read(tmp_path, WHOLE) == Gguf("qwen3", 40960)
    assert read(tmp_path, WHOLE, template=True) == Gguf("qwen3", 40960, "{% if enable_thinking %}")


def test_what_the_head_does_not_say_is_none(tmp_path: Path) -> None:
    assert read(tmp_path, gguf(entry("general.architecture", INT, b"\1\0\0\0")), template=True) == Gguf()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\3\4 not weights",
        gguf(version=1),
        gguf(count=2**60),
        gguf(struct.pack("<Q", 2**60)),
        gguf(entry("a", 99, b"")),
        gguf(entry("a", STRING, struct.pack("<Q", 2**63))),
        gguf(entry("a", ARRAY, struct.pack("<IQ", STRING, 2**60))),
        gguf(entry("a", ARRAY, struct.pack("<IQ", STRING, 1000) + text("a"))),
        gguf(entry("a", ARRAY, struct.pack("<IQ", INT, 2**62))),
        gguf(entry("a", ARRAY, array(ARRAY, array(INT)))),
    ],
)
def test_a_damaged_file_is_bad_data(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(BadData, match=r"model\.gguf: "):
        read(tmp_path, data)


@given(cut=st.integers(0, len(WHOLE) - 1))
def test_a_file_that_ends_too_soon_is_bad_data(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    with pytest.raises(BadData):
        read(tmp_path_factory.mktemp("cut"), WHOLE[:cut], template=True)


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")

    with pytest.raises(BadData, match="a GGUF file is expected"):
        read_gguf(tmp_path / "pipe.gguf")
    with pytest.raises(BadData):
        read_gguf(tmp_path)
    with pytest.raises(ModelNotFound, match="there is no file"):
        read_gguf(tmp_path / "none.gguf")
