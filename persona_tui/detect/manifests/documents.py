"""The formats that many manifests share: JSON, TOML, XML. Each raises Unparsable, and expands nothing."""

from __future__ import annotations

from persona_tui.detect.manifests.mention import Unparsable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
    from xml.etree.ElementTree import Element

# The parser takes the square of a dotted key's parts in time; nobody writes this many on a line.
_MOST_DOTS = 300


def load_json(source: str) -> dict[str, Any]:
    """Return the object of a JSON text (RFC 8259)."""
    import json

    try:
        document = json.loads(source)
    except RecursionError as error:
        raise Unparsable("nested too deeply") from error
    except ValueError as error:
        raise Unparsable("not valid JSON") from error
    if not isinstance(document, dict):
        raise Unparsable("not a JSON object")
    return document


def load_jsonc(source: str) -> dict[str, Any]:
    """Return the object of a JSON text with comments and trailing commas, as Deno and VS Code read it."""
    import re

    if "//" in source or "/*" in source or "," in source:
        # A string is kept, a comment becomes a blank, a comma before a closing bracket goes.
        without = re.sub(r'("(?:[^"\\\n]|\\.)*"?)|//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/)?', lambda m: m[1] or " ", source)
        source = re.sub(r'("(?:[^"\\\n]|\\.)*"?)|,(?=\s*[\]}])', lambda m: m[1] or "", without)
    return load_json(source)


def load_toml(source: str) -> dict[str, Any]:
    """Return the tables of a TOML text (toml.io, 1.0)."""
    import sys

    if sys.version_info >= (3, 11):
        import tomllib  # late: 10 ms that a codebase without TOML does not pay
    else:
        import tomli as tomllib
    if any(line.count(".") > _MOST_DOTS for line in source.splitlines()):
        raise Unparsable("has a line that no person writes")
    try:
        return tomllib.loads(source)
    except (ValueError, RecursionError) as error:
        raise Unparsable("not valid TOML") from error


def load_xml(source: str) -> Element:
    """Return the root of an XML text. A document type is refused: its entities could explode.

    Names are kept without their prefixes, and namespaces are not looked up: the usual parser writes the whole address
    of one before every name, and an address may be as long as the text.
    """
    from xml.etree.ElementTree import TreeBuilder
    from xml.parsers.expat import ExpatError, ParserCreate

    def refuse(*declared: object) -> None:
        raise Unparsable("has a document type definition, which is not read")

    builder, parser = TreeBuilder(), ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, attributes: builder.start(name.rpartition(":")[2], attributes)
    parser.EndElementHandler = lambda name: builder.end(name.rpartition(":")[2])
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(source, True)  # as text: an encoding that the document declares must not be looked for
        root: Element = builder.close()
    except (ExpatError, ValueError) as error:
        raise error if isinstance(error, Unparsable) else Unparsable("not valid XML") from error
    return root


class Lines:
    """Counts lines up to one position after the other, so that all of them together take linear time."""

    __slots__ = ("_line", "_position", "_source")

    def __init__(self, source: str) -> None:
        self._source = source
        self._position = 0
        self._line = 1

    def at(self, position: int) -> int:
        """Return the line, from 1, in which `position` lies."""
        if position < self._position:
            self._position, self._line = 0, 1
        self._line += self._source.count("\n", self._position, position)
        self._position = position
        return self._line
