"""Compiles the rules: `rules/*.yaml`, which people write, into `rules/compiled.json`, which detect() loads at once.

Reading YAML takes longer than detecting does, so it is done here, ahead of time:

    python -m persona_tui.detect.compiling

What a rule may say stands in `persona_tui.detect.rules`. Here each file is checked strictly, for a misspelt key would
be a rule that never speaks.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from persona_tui.base.errors import BadData
from persona_tui.base.files import read_bounded, write_atomic
from persona_tui.detect.result import KINDS

FOLDER = Path(__file__).parent / "rules"
DOMAINS = (
    *("web backend", "web frontend", "full-stack web", "command line", "library", "mobile", "desktop", "data"),
    *("infrastructure", "embedded", "game", "documentation", "systems"),
)

_SHOWN_BY = ("packages", "tools", "imports", "files", "contains", "default_for", "readme")
_NAMED = ("packages", "tools", "imports")
_LISTS = ("packages", "tools", "imports", "files", "contains", "confirms", "default_for", "unless", "readme")
_RULE = frozenset([*_LISTS, "domain", "source"])
_PARTS = ("prefixes", "files", "endings", "confirms", "contains", "readme", "defaults")
_TOP = frozenset(["languages", "imports", *KINDS])
# In these a package `a-b` is imported as `a_b`.
_UNDERSCORED = frozenset(["python", "rust"])
# An ending is looked up by its extension, so it must have one, and no folder.
_ENDING = re.compile(r"\*[^/*]*\.[^/*.]+")
_FILE = re.compile(r"[^*/]+(?:/[^*/]+)*")


class _Index:
    """The compiled rules as they grow."""

    def __init__(self) -> None:
        self.rules: list[str] = []
        self.exact: dict[str, dict[str, list[int]]] = {}
        self.prefixes: dict[str, list[list[Any]]] = {}
        self.files: dict[str, list[Any]] = {}
        self.endings: dict[str, list[list[Any]]] = {}
        self.confirms: dict[str, list[list[Any]]] = {}
        self.contains: dict[str, list[list[Any]]] = {}
        self.readme: list[list[Any]] = []
        self.defaults: list[int] = []

    def add(self, ecosystem: str, kind: str, name: str, rule: Mapping[str, Any]) -> None:
        """Take in one rule that is valid."""
        number = len(self.rules)
        lists = [",".join(rule.get(key, ())) for key in ("default_for", "unless")]
        self.rules.append("\t".join([ecosystem, kind, name, rule.get("domain", ""), *lists]))
        if contains := rule.get("contains"):
            self.contains.setdefault(_extension(contains[0]), []).append([contains[1], number])
        self.readme += [[text, number] for text in rule.get("readme", ())]
        if rule.get("default_for"):
            self.defaults.append(number)
        for way in _NAMED:
            for pattern in dict.fromkeys(map(str.casefold, _names(ecosystem, way, rule))):
                if pattern.endswith("*"):
                    self.prefixes.setdefault(f"{ecosystem}\t{way}", []).append([pattern[:-1], number])
                else:
                    self.exact.setdefault(f"{ecosystem}\t{way}", {}).setdefault(pattern, []).append(number)
        for pattern in rule.get("files", ()):
            if pattern.startswith("*"):
                self.endings.setdefault(_extension(pattern), []).append([pattern[1:], number])
            else:
                self.files.setdefault(pattern.rpartition("/")[2], []).extend([pattern, number])
        for pattern in rule.get("confirms", ()):
            self.confirms.setdefault(_extension(pattern), []).append([pattern[1:], number])


def compile_rules(folder: Path = FOLDER) -> bytes:
    """Return the text of `compiled.json` for the rules in `folder`; raises BadData, which names the file and rule."""
    digest = hashlib.sha256()
    languages: dict[str, list[str]] = {}
    imports: dict[str, list[Any]] = {}
    index = _Index()
    for path in sorted(folder.glob("*.yaml")):
        data = read_bounded(path)
        digest.update(path.name.encode() + b"\0" + data + b"\0")
        document = _document(path, data)
        languages[path.stem] = document["languages"]
        if pattern := document.get("imports"):
            imports[path.stem] = [pattern["endings"], pattern["pattern"]]
        for kind in KINDS:
            for name, rule in (document.get(kind) or {}).items():
                index.add(path.stem, kind, name, rule)
    return _written(
        {
            "digest": digest.hexdigest(),
            "languages": languages,
            "imports": imports,
            "rules": index.rules,
            "exact": {key: _lines(names) for key, names in index.exact.items()},
            **{part: getattr(index, part) for part in _PARTS},
        }
    )


def main() -> None:
    """Write `compiled.json` beside the rules."""
    write_atomic(FOLDER / "compiled.json", compile_rules())


def _document(path: Path, data: bytes) -> dict[str, Any]:
    """Return one file's content, checked."""
    try:
        document = YAML(typ="safe", pure=True).load(data.decode())
    except (YAMLError, UnicodeDecodeError, RecursionError) as error:  # a name given twice is one of them
        raise BadData(f"not valid YAML: {' '.join(str(error).split())}", path=path) from error
    _check(isinstance(document, dict), path, "not a table")
    _known(document, _TOP, path, "the file")
    _texts(document.get("languages"), path, "languages")
    if "imports" in document:
        _imports(document["imports"], path)
    for kind in KINDS:
        rules = document.get(kind) or {}
        _check(isinstance(rules, dict), path, f"{kind} is not a table")
        for name, rule in rules.items():
            _rule(rule, path, f"{kind} / {name}")
            _check(isinstance(name, str) and name.strip() == name != "", path, f"{kind} / {name} is not a name")
    checked: dict[str, Any] = document
    return checked


def _imports(imports: Any, path: Path) -> None:
    _check(isinstance(imports, dict), path, "imports is not a table")
    _known(imports, frozenset(["endings", "pattern"]), path, "imports")
    _texts(imports.get("endings"), path, "imports / endings")
    try:
        groups = re.compile(imports.get("pattern"), re.MULTILINE).groups
    except (re.error, TypeError) as error:
        raise BadData(f"imports / pattern is not a pattern: {error}", path=path) from error
    _check(groups == 1, path, "imports / pattern has not exactly one group")


def _rule(rule: Any, path: Path, where: str) -> None:
    _check(isinstance(rule, dict), path, f"{where} is not a table")
    _known(rule, _RULE, path, where)
    for key in _LISTS:
        if key in rule:
            _texts(rule[key], path, f"{where} / {key}")
            _check(bool(rule[key]), path, f"{where} / {key} is empty")
    _check(any(key in rule for key in _SHOWN_BY), path, f"{where} has nothing that shows it")
    source = rule.get("source")
    _check(isinstance(source, str) and source.startswith("https://"), path, f"{where} has no source with https://")
    for domain in (*rule.get("unless", ()), *([rule["domain"]] if "domain" in rule else [])):
        _check(domain in DOMAINS, path, f"{where} has the unknown domain {domain}")
    _check(len(rule.get("contains", (0, 0))) == 2, path, f"{where} / contains is not an ending and a text")
    for pattern in rule.get("files", ()):
        allowed = _ENDING if pattern.startswith("*") else _FILE
        _check(allowed.fullmatch(pattern) is not None, path, f"{where} / files has {pattern}, which matches no file")
    for pattern in rule.get("confirms", ()):
        _check(_ENDING.fullmatch(pattern) is not None, path, f"{where} / confirms has {pattern}, which is no ending")
    for pattern in (name for way in _NAMED for name in rule.get(way, ())):
        _check("*" not in pattern[:-1] and pattern != "*", path, f"{where} has {pattern}: a * may only end a prefix")


def _known(found: Mapping[Any, Any], keys: frozenset[str], path: Path, where: str) -> None:
    for key in found:
        _check(key in keys, path, f"{where} has the unknown key {key}")


def _texts(value: Any, path: Path, where: str) -> None:
    _check(isinstance(value, list), path, f"{where} is not a list")
    for item in value:
        _check(isinstance(item, str) and item != "", path, f"{where} holds {item!r}, which is no text")
    _check(len(set(value)) == len(value), path, f"{where} names something twice")


def _check(holds: bool, path: Path, message: str) -> None:
    if not holds:
        raise BadData(message, path=path)


def _names(ecosystem: str, way: str, rule: Mapping[str, Any]) -> Iterator[str]:
    yield from rule.get(way, ())
    if way == "imports" and ecosystem in _UNDERSCORED:
        yield from (name.replace("-", "_") for name in rule.get("packages", ()) if "-" in name)


def _extension(pattern: str) -> str:
    return pattern.rpartition(".")[2].lower()


def _lines(names: Mapping[str, list[int]]) -> str:
    """Return a text with a name and its rules a line: it is taken apart when the first name is asked for."""
    return "\n".join("\t".join((name, *map(str, numbers))) for name, numbers in names.items())


def _written(compiled: Mapping[str, Any]) -> bytes:
    """Return JSON with one rule, name or pattern a line, so that a change of a rule is a change of few lines."""
    parts = []
    for key, value in compiled.items():
        if isinstance(value, str):
            parts.append(f"{_json(key)}: {_json(value)}")
            continue
        if isinstance(value, list):
            lines = [_json(item) for item in value]
        else:
            lines = [f"{_json(name)}:{_json(item)}" for name, item in value.items()]
        start, end = "[]" if isinstance(value, list) else "{}"
        parts.append(f"{_json(key)}: {start}\n" + ",\n".join(lines) + f"\n{end}")
    return ("{" + ",\n".join(parts) + "}\n").encode()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
