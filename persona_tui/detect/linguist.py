"""Makes `languages.json` and `aliases.json` in `rules`: `python -m persona_tui.detect.linguist FOLDER`.

FOLDER is the `lib/linguist` of a github-linguist package: Debian's `ruby-github-linguist`, or the gem itself. What is
taken over are facts (which extension, file name and interpreter belong to which language, and which regular expression
tells two of them apart); its licence and version stand in the file. What is folded into what, and how much a byte
counts, are choices of ours and stand here.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from persona_tui.base.files import write_atomic
from persona_tui.detect.ambiguous import squeezed

TARGET = Path(__file__).parent / "rules"

# A template belongs to the language that it is written for. Linguist's own groups (TSX, JSX) come on top.
_HOSTS = {
    "Blade": "PHP",
    "Twig": "PHP",
    "HTML+ERB": "Ruby",
    "Haml": "Ruby",
    "Slim": "Ruby",
    "HTML+EEX": "Elixir",
    "HTML+Razor": "C#",
    "Java Server Pages": "Java",
    "Groovy Server Pages": "Groovy",
    "Jupyter Notebook": "Python",
    "Cython": "Python",
    "Starlark": "Starlark",
    "TSX": "TypeScript",
    "JSX": "JavaScript",
    "PLpgSQL": "SQL",
    "PLSQL": "SQL",
    "SQLPL": "SQL",
    "TSQL": "SQL",
    "BibTeX": "TeX",
    "Sass": "SCSS",
    "Less": "SCSS",
    "Stylus": "SCSS",
    "Objective-C++": "Objective-C",
    "Unix Assembly": "Assembly",
    "Motorola 68K Assembly": "Assembly",
    "Cuda": "CUDA",
}
# How much a byte says about what the code is in: pictures in notebooks, generated pages and styles, build files.
_WEIGHTS = {
    "Jupyter Notebook": 0.05,
    "HTML": 0.25,
    "CSS": 0.2,
    "SCSS": 0.2,
    "Sass": 0.2,
    "Less": 0.2,
    "Stylus": 0.2,
    "Blade": 0.3,
    "Twig": 0.3,
    "HTML+ERB": 0.3,
    "Haml": 0.3,
    "Slim": 0.3,
    "HTML+EEX": 0.3,
    "HTML+Razor": 0.5,
    "Java Server Pages": 0.3,
    "SQL": 0.4,
    "PLpgSQL": 0.4,
    "PLSQL": 0.4,
    "SQLPL": 0.4,
    "TSQL": 0.4,
    "Protocol Buffer": 0.3,
    "GraphQL": 0.3,
    "Smarty": 0.1,
    "Mustache": 0.1,
    "Go Template": 0.1,
    "BibTeX": 0.1,
    "Makefile": 0.1,
    "CMake": 0.1,
    "M4": 0.1,
    "M4Sugar": 0.1,
    "Meson": 0.1,
    "Dockerfile": 0.1,
    "Starlark": 0.2,
    "Just": 0.1,
    "Batchfile": 0.2,
    "Gradle": 0.1,
    "Shell": 0.6,
    "Nix": 0.5,
    "Awk": 0.3,
    "Roff": 0.05,
    "PostScript": 0.02,
    "XSLT": 0.2,
    "Linker Script": 0.1,
    "Gherkin": 0.1,
    "Yacc": 0.5,
    "Lex": 0.5,
    "Procfile": 0.0,
}
# Data and markup that count as code all the same.
_CODE = {"SQL", "Protocol Buffer", "GraphQL", "Gradle", "TeX", "Vue", "Svelte", "Jupyter Notebook", "HTML", "CSS"}
_CODE |= {"SCSS", "Sass", "Less", "Stylus", *_HOSTS} - {"BibTeX"} | {"Astro", "QML", "Smarty", "Mustache", "Roff"}
# Where an extension is shared, the language that nearly every file of that extension in the wild is in.
_PREFERRED = {
    "rs": "Rust", "ts": "TypeScript", "tsx": "TSX", "cs": "C#", "php": "PHP", "pl": "Perl", "pm": "Perl", "r": "R",
    "md": "Markdown", "html": "HTML", "sql": "SQL", "yml": "YAML", "yaml": "YAML", "json": "JSON", "xml": "XML",
    "tex": "TeX", "cls": "TeX", "sty": "TeX", "ml": "OCaml", "fs": "F#", "f": "Fortran", "for": "Fortran", "d": "D",
    "m": "Objective-C", "h": "C", "v": "Verilog", "s": "Assembly", "asm": "Assembly", "inc": "PHP", "sc": "Scala",
    "gd": "GDScript", "lisp": "Common Lisp", "lsp": "Common Lisp", "cl": "Common Lisp", "as": "ActionScript",
    "cgi": "Perl", "t": "Perl", "toml": "TOML", "csv": "CSV", "hh": "C++", "jsx": "JSX", "re": "Reason", "l": "Lex",
    "st": "Smalltalk", "vb": "Visual Basic .NET", "bas": "Visual Basic 6.0", "ex": "Elixir", "p": "OpenEdge ABL",
    "sol": "Solidity", "tl": "Teal", "vue": "Vue", "nim": "Nim", "nix": "Nix", "sh": "Shell", "gs": "Gosu",
    "mm": "Objective-C++", "ms": "Roff", "es": "JavaScript", "jsp": "Java Server Pages", "inl": "C++",
    "asc": "AsciiDoc", "frag": "GLSL", "glsl": "GLSL", "vert": "GLSL", "geom": "GLSL", "erb": "HTML+ERB",
    "eex": "HTML+EEX", "ino": "C++", "pro": "Prolog", "mod": "Modula-2", "tf": "HCL", "lock": "", "txt": "", "1": "",
    "stl": "",
}  # fmt: skip
_NAMES = {
    "Protocol Buffer": "Protocol Buffers",
    "Cuda": "CUDA",
    "Unix Assembly": "Assembly",
    "Vim Script": "Vim script",
}
# Interpreters that linguist does not know.
_INTERPRETERS = {"uv": "Python", "pypy": "Python", "bun": "TypeScript", "tsx": "TypeScript", "ts-node": "TypeScript"}
# Data that a codebase may consist of; there is no use in knowing the other kinds.
_DATA = {"CSV", "INI", "JSON", "JSON with Comments", "TOML", "TSV", "XML", "YAML"}
_LEADING = re.compile(r"(\^\(?)\\s([*+])")
_MENDED = {
    # Comments of Eiffel, each up to the end of its line: of two on one line it is open where the first ends, and to try
    # all of many takes for ever.
    r"(?:--.+\s+)*": r"(?:--.+\n\s*)*",
    # Python knows atomic groups and possessive repeats since 3.11 only. They save time, and change nothing here.
    "(?>": "(?:",
    ")*+": ")*",
}
_SLOW = 0.02  # seconds on 4 KB that were made to be slow
_SLOWEST_TEXTS = [
    "a" * 4096,
    " " * 4096,
    "(" * 4096,
    "/*" * 2048,
    "a b " * 1024,
    "\n" * 4096,
    "a.b(" * 1024,
    '"' * 4096,
    "a\n" * 2048,
]


def main(folder: Path) -> None:
    """Write the tables, and say on stderr what was left out."""
    languages = _load(folder / "languages.yml")
    source = {
        "source": "github-linguist",
        "version": (folder / "VERSION").read_text().strip(),
        "licence": "MIT, Copyright (c) 2017 GitHub, Inc.; see LICENSE.linguist beside this file",
    }
    tables = _tables(languages)
    document = {
        **source,
        **tables,
        # As text: few of them are ever asked for.
        "heuristics": {ext: _compact(rows) for ext, rows in _heuristics(_load(folder / "heuristics.yml"), languages)},
        "foreign_files": _foreign(_load(folder / "vendor.yml")),
    }
    _write("languages", document)
    # Few codebases ask for them, so they are a file of their own.
    _write("aliases", {**source, "aliases": _aliases(languages, _used(tables))})


def _write(name: str, document: dict[str, Any]) -> None:
    lines = [f"{json.dumps(key)}:{_rows(value)}" for key, value in document.items()]
    write_atomic(TARGET / f"{name}.json", ("{" + ",\n".join(lines) + "}\n").encode())


def _rows(value: Any) -> str:
    if not isinstance(value, dict):
        return _compact(value)
    return "{" + ",\n".join(f"{_compact(key)}:{_compact(row)}" for key, row in value.items()) + "}"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _load(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text())


def _tables(languages: dict[str, Any]) -> dict[str, Any]:
    """Return extensions, names and interpreters, each to the languages that they may be, the likeliest first."""
    extensions: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    interpreters: dict[str, str] = dict(_INTERPRETERS)
    for name, language in languages.items():
        for extension in language.get("extensions", ()):
            if extension.count(".") == 1:
                extensions.setdefault(extension[1:].lower(), []).append(name)
        for file in language.get("filenames", ()):
            names.setdefault(file, name)
        for interpreter in language.get("interpreters", ()):
            interpreters.setdefault(interpreter, name)
    for extension, preferred in _PREFERRED.items():
        others = [name for name in extensions.get(extension, ()) if name != preferred]
        extensions[extension] = [preferred, *others] if preferred else []
    known = {ext: [name for name in found if _known(name, languages)] for ext, found in sorted(extensions.items())}
    used = {name for found in known.values() for name in found} | {*names.values(), *interpreters.values()}
    rows = {name: _row(name, languages) for name in sorted(used)}
    return {
        "extensions": {ext: found if len(found) > 1 else found[0] for ext, found in known.items() if found},
        "names": {name: language for name, language in sorted(names.items()) if _kind(language, languages) == "code"},
        "interpreters": dict(sorted(interpreters.items())),
        "languages": {name: row for name, row in rows.items() if row != [name, 1.0, "code"]},
    }


def _used(tables: dict[str, Any]) -> set[str]:
    """Return the languages that files can be in, by the tables."""
    extensions = [found if isinstance(found, list) else [found] for found in tables["extensions"].values()]
    return {name for found in extensions for name in found} | {
        *tables["interpreters"].values(),
        *tables["names"].values(),
    }


def _aliases(languages: dict[str, Any], used: set[str]) -> dict[str, str]:
    """Return what `.gitattributes` may call a language, in small letters, to its name."""
    found: dict[str, str] = {}
    for name in sorted(used):
        for alias in (name.replace(" ", "-"), *languages.get(name, {}).get("aliases", ())):
            found.setdefault(alias.lower(), name)
    return dict(sorted(found.items()))


def _known(name: str, languages: dict[str, Any]) -> bool:
    return _kind(name, languages) != "data" or name in _DATA


def _row(name: str, languages: dict[str, Any]) -> list[Any]:
    """Return under which name a language is shown, how much its bytes count, and `code`, `data` or `prose`."""
    host = _HOSTS.get(name) or languages.get(name, {}).get("group") or name
    kind = _kind(name, languages)
    default = 1.0 if languages.get(name, {}).get("type") == "programming" or name in _CODE else 0.2
    return [_NAMES.get(host, host), _WEIGHTS.get(name, default), kind]


def _kind(name: str, languages: dict[str, Any]) -> str:
    kind = languages.get(name, {}).get("type")
    if kind == "programming" or name in _CODE:
        return "code"
    return {"markup": "code", "prose": "prose"}.get(kind, "data")


def _heuristics(document: Any, languages: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield, by extension, rows of languages and the patterns that must (or must not) be found for them."""
    named = document["named_patterns"]
    for block in document["disambiguations"]:
        rows = []
        for rule in block["rules"]:
            given = rule["language"]
            tests = [_test(part, named) for part in rule.get("and", [rule])]
            if all(test is not None for test in tests):
                rows.append([given if isinstance(given, list) else [given], [test for test in tests if test != []]])
        for extension in block["extensions"]:
            if any(_kind(language, languages) == "code" for row in rows for language in row[0]):
                yield extension[1:].lower(), rows


def _test(part: dict[str, Any], named: dict[str, Any]) -> list[Any] | None:
    """Return a pattern and whether it must be found; [] where nothing is tested, None where Python cannot take it."""
    wanted = part.get("pattern") or named.get(part.get("named_pattern", ""))
    pattern = wanted or part.get("negative_pattern")
    if pattern is None:
        return []
    # Ruby's `m` lets the dot match line ends, and its `^` and `$` always mean lines.
    # Blanks before a line's first word are looked for in that line alone: over many lines it takes the square in time.
    parts = [_LEADING.sub(r"\1[ \\t]\2", _mended(text)) for text in _texts(pattern)]
    joined = "|".join(f"(?:{text})" for text in parts) if len(parts) > 1 else parts[0]
    try:
        compiled = re.compile(joined, re.MULTILINE)
    except re.error as error:
        print(f"left out, {error}: {joined[:80]}", file=sys.stderr)
        return None
    for text in _SLOWEST_TEXTS:
        start = time.perf_counter()
        compiled.search(squeezed(text))
        if time.perf_counter() - start > _SLOW:
            print(f"left out, slow: {joined[:80]}", file=sys.stderr)
            return None
    return [joined, wanted is not None]


def _texts(pattern: Any) -> list[str]:
    return pattern if isinstance(pattern, list) else [pattern]


def _mended(pattern: str) -> str:
    pattern = pattern.replace("(?m:", "(?s:")
    for slow, fast in _MENDED.items():
        pattern = pattern.replace(slow, fast)
    return pattern


def _foreign(patterns: Iterable[str]) -> list[str]:
    """Return the file names that the patterns of foreign files tell in full."""
    names = (re.fullmatch(r"\(\^\|/\)((?:[\w-]|\\\.)+)\$", pattern) for pattern in patterns)
    return sorted(match[1].replace("\\.", ".") for match in names if match)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
