"""Reads git's index, which knows the name and the size of every tracked file, without running git.

Versions 2 and 3 with SHA-1 names, as gitformat-index(5) lays them down; everything else is left to git itself.
"""

from __future__ import annotations

from struct import Struct, error

# Of an entry: its mode, its size and its flags. Before them lie the times, device and inode, between them the owner
# and the name of the content.
_ENTRY = Struct(">24xI8xI20xH")
_HEADER = Struct(">4sII")
_EXTENSION = Struct(">4sI")
_FIXED = 62
_EXTENDED = 0x4000
LONGEST_PATH = 0xFFF
"""Bytes of a path: a file system takes fewer, and the flags of an entry tell no more."""

_STAGE = 0x3000
_REGULAR = frozenset((0o100644, 0o100755))
_CHECKSUM = 20
_UNREADABLE = (b"link", b"sdir")
"""A split index, whose entries lie in another file, and a sparse one, which names folders for their files."""


class Unsupported(Exception):
    """An index that has to be left to git: of another version, or not one."""


def read_index(data: bytes, most: int) -> tuple[list[bytes], list[int], bool]:
    """Return the paths of the regular files in an index, in its order (by bytes), and their sizes.

    A size is that of the working tree's file when git last looked, 0 where git does not vouch for it. Links and
    submodules are left out, and a file in conflict is named once. After `most` entries the rest is left out, and the
    last value is False.

    Raises Unsupported; whatever the bytes are, nothing else.
    """
    try:
        signature, version, count = _HEADER.unpack_from(data)
    except error:
        raise Unsupported("too short") from None
    if signature != b"DIRC" or version not in (2, 3) or count * (_FIXED + 2) > len(data):
        raise Unsupported("not an index of version 2 or 3")
    paths: list[bytes] = []
    sizes: list[int] = []
    wanted = min(count, most)
    try:
        end = _read_entries(data, wanted, paths, sizes)
    except (error, IndexError):
        raise Unsupported("cut off") from None
    if wanted == count:
        _check_extensions(data, end)
    return paths, sizes, wanted == count


def _read_entries(data: bytes, count: int, paths: list[bytes], sizes: list[int]) -> int:
    """Append `count` entries and return where they end."""
    unpack = _ENTRY.unpack_from
    offset = _HEADER.size
    last = b""
    for _ in range(count):
        mode, size, flags = unpack(data, offset)
        start = offset + _FIXED
        end = start + flags
        if flags >= LONGEST_PATH:  # marked in some way, or of a name that is too long: few are
            start, end = _unusual(offset, flags)
        path = data[start:end]
        if path <= last and (path < last or not flags & _STAGE or not path):
            raise Unsupported("its names are not in order")
        if data[end]:
            raise Unsupported("a name does not end where it should")
        if mode in _REGULAR and path != last:
            paths.append(path)
            sizes.append(size)
        last = path
        offset += (end - offset + 8) & ~7  # one to eight zeros bring the next entry to a multiple of eight
    return offset


def _unusual(offset: int, flags: int) -> tuple[int, int]:
    length = flags & LONGEST_PATH
    if length == LONGEST_PATH:
        raise Unsupported("a name is longer than any path")
    start = offset + (_FIXED + 2 if flags & _EXTENDED else _FIXED)
    return start, start + length


def _check_extensions(data: bytes, offset: int) -> None:
    while offset <= len(data) - _CHECKSUM - _EXTENSION.size:
        name, size = _EXTENSION.unpack_from(data, offset)
        if name in _UNREADABLE:
            raise Unsupported("split or sparse")
        offset += _EXTENSION.size + size
    if offset != len(data) - _CHECKSUM:
        raise Unsupported("an extension does not end where it should, as with names of SHA-256")
