"""The head of a GGUF file: what its weights are, read without loading them.

The layout is that of ggml's docs/gguf.md, versions 2 and 3, little-endian: magic, version, two counts, then keys with
typed values. A file is data from anywhere, so every length is checked against the file before it is believed.
"""

from __future__ import annotations

import mmap
import os
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from persona_tui.base.errors import BadData, ModelNotFound

Value = str | int | float | bool | None

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
# The largest vocabularies have 262,144 tokens and twice as many merges; the longest templates some 20,000 characters.
_MOST_KEYS = 10_000
_MOST_STRINGS = 4_000_000
_LONGEST_STRING = 1_000_000


@dataclass(frozen=True, slots=True)
class Gguf:
    """What is known of weights. `context_length` is in tokens; `template` is the source of the chat template."""

    architecture: str | None = None
    context_length: int | None = None
    template: str | None = None


def read_gguf(path: Path, *, template: bool = False) -> Gguf:
    """Return what the head of the file `path` says; the chat template only where it is asked for.

    The template comes after the vocabulary, the rest before it: without it, this takes microseconds.
    Raises ModelNotFound where there is no such file, BadData where it is no GGUF or cannot be read.
    """
    found: dict[str, Value] = {}
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size == 0:
                raise BadData("no weights: a GGUF file is expected", path=path)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                for key, value in _metadata(data):
                    found[key] = value
                    wanted = {f"{found.get('general.architecture')}.context_length"}
                    if template:
                        wanted.add("tokenizer.chat_template")
                    if wanted <= found.keys():
                        break
    except FileNotFoundError:
        raise ModelNotFound(f"there is no file {path}") from None
    except OSError as error:
        raise BadData(f"cannot be read: {error.strerror or error}", path=path) from None
    except (struct.error, ValueError) as error:
        raise BadData(f"not a GGUF file, or a damaged one: {error}", path=path) from None
    return _gguf(found)


def _gguf(found: dict[str, Value]) -> Gguf:
    architecture = found.get("general.architecture")
    length = found.get(f"{architecture}.context_length")
    template = found.get("tokenizer.chat_template")
    return Gguf(
        architecture=architecture if isinstance(architecture, str) else None,
        context_length=length if isinstance(length, int) and length > 0 else None,
        template=template if isinstance(template, str) else None,
    )


def _metadata(data: mmap.mmap) -> Iterator[tuple[str, Value]]:
    """Yield the keys and values in the order of the file; arrays are passed over and are None."""
    if data[:4] != b"GGUF":
        raise ValueError("its first bytes are others")
    reader = _Reader(data)
    version = reader.scalar("I")
    if version not in (2, 3):
        raise ValueError("its version is none of 2 and 3")
    reader.scalar("Q")  # how many tensors there are
    count = reader.scalar("Q")
    if count > _MOST_KEYS:
        raise ValueError(f"it claims {count:,} keys")
    for _ in range(int(count)):
        key = reader.text()
        yield key, reader.value(int(reader.scalar("I")))


class _Reader:
    """A position in the file. Raises struct.error or ValueError where the file ends too soon."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._at = 4

    def scalar(self, kind: str) -> int | float | bool:
        value: int | float | bool = struct.unpack_from(f"<{kind}", self._data, self._at)[0]
        self._at += struct.calcsize(f"<{kind}")
        return value

    def text(self) -> str:
        length = int(self.scalar("Q"))
        if length > _LONGEST_STRING:
            raise ValueError(f"a text in it claims {length:,} bytes")
        start = self._at
        self._skip(length)
        return self._data[start : start + length].decode("utf-8", "replace")

    def value(self, kind: int) -> Value:
        if kind in _SCALARS:
            return self.scalar(_SCALARS[kind])
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY:
            self._skip_array(int(self.scalar("I")), int(self.scalar("Q")))
            return None
        raise ValueError(f"it has a value of the unknown type {kind}")

    def _skip_array(self, kind: int, count: int) -> None:
        if kind in _SCALARS:
            self._skip(struct.calcsize(f"<{_SCALARS[kind]}") * count)
            return
        if kind != _STRING or count > _MOST_STRINGS:
            raise ValueError(f"it has a list of {count:,} values of type {kind}")
        unpack, data, at = struct.Struct("<Q").unpack_from, self._data, self._at
        for _ in range(count):
            at += 8 + unpack(data, at)[0]
        self._at = at
        self._skip(0)

    def _skip(self, length: int) -> None:
        if self._at + length > len(self._data):
            raise ValueError("it ends too soon")
        self._at += length
