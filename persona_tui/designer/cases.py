"""Cases to compare designers by: what is wanted, and what must hold of the persona that comes of it.

A case does not say what a persona has to be word by word. It says what everybody who wanted it would miss: the domain,
the language, the temperature, things that rules have to speak of, and what a wish must change and must leave alone.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from persona_tui.base.errors import BadData, NotFound
from persona_tui.base.files import read_bounded
from persona_tui.base.text import encodable, one_line
from persona_tui.designer.draft import DESCRIPTION_LIMIT
from persona_tui.spec.persona import Domain, Persona, TemperatureValue

SHIPPED_CASES = Path(__file__).parent / "cases.yaml"

NEW_RULES = "new_rules"
"""In place of `constraints`: rules may come, and those that are there stay as they are."""
_FIELDS = frozenset({*Persona.model_fields, NEW_RULES} - {"schema_version"})
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MOST_FILES = 100


def _several(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _words(text: str) -> str:
    if not text.strip() or len(text) > DESCRIPTION_LIMIT:
        raise ValueError(f"must have 1 to {DESCRIPTION_LIMIT:,} characters")
    return _text(text).strip()


def _text(text: str) -> str:
    if text != encodable(text):
        raise ValueError("must be text: it holds half of a surrogate pair")
    return text


def _field(name: str) -> str:
    if name not in _FIELDS:
        raise ValueError(f"must be a field of a persona, or {NEW_RULES}")
    return name


def _case_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError("must be words of a to z and 0 to 9 with hyphens between them")
    return text


def _inside(path: str) -> str:
    """Refuse a path that would leave the folder that the files of a case are written to."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or path.endswith("/") or set(path) & set("\\\0:"):
        raise ValueError("must be the relative path of a file, with / between its parts")
    return _text(path)


Words = Annotated[str, AfterValidator(_words)]
FieldName = Annotated[str, AfterValidator(_field)]
Mention = Annotated[list[Words], BeforeValidator(_several), Field(min_length=1)]
"""One word or several that mean the same: any of them will do."""


class _Strict(BaseModel):
    """An unknown key is a mistyped one: a case that checks less than its author thinks is worse than an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Expectation(_Strict):
    """What must hold of a persona; what is None is not looked at. Of several values any will do.

    `rules_mention` has to stand in the rules, `format_mentions` in the output format. `not_mention` must not stand in
    the role, the rules or the output format, but where a rule forbids it.
    """

    domain: Annotated[list[Domain] | None, BeforeValidator(_several)] = None
    language: Annotated[list[str | None] | None, BeforeValidator(_several)] = None
    temperature: Annotated[list[TemperatureValue] | None, BeforeValidator(_several)] = None
    rules_mention: list[Mention] = []
    format_mentions: list[Mention] = []
    not_mention: list[Mention] = []


class Case(_Strict):
    """One description, with the files of a `codebase`, and what must come of it.

    `refine` are wishes that follow one after the other; `changes` are the fields that they must change, `may_change`
    those that they may, and every other field must stay. `after` is what must hold in the end.
    """

    id: Annotated[str, AfterValidator(_case_id)]
    description: Words
    codebase: dict[Annotated[str, AfterValidator(_inside)], Annotated[str, AfterValidator(_text)]] = Field(
        default={}, max_length=_MOST_FILES
    )
    expect: Expectation = Expectation()
    refine: list[Words] = []
    changes: list[FieldName] = []
    may_change: list[FieldName] = []
    after: Expectation = Expectation()

    @model_validator(mode="after")
    def _whole(self) -> Case:
        if self.refine and not self.changes:
            raise ValueError("refine needs changes: the fields that the wish must change")
        if not self.refine and self.model_fields_set & {"changes", "may_change", "after"}:
            raise ValueError("changes, may_change and after belong to a case with refine")
        folders = {str(parent) for path in self.codebase for parent in PurePosixPath(path).parents}
        if both := folders & {str(PurePosixPath(path)) for path in self.codebase}:
            raise ValueError(f"codebase: '{min(both)}' is a file and a folder")
        return self


class _File(_Strict):
    cases: Annotated[list[Case], Field(min_length=1)]


def load_cases(path: Path = SHIPPED_CASES, only: list[str] | None = None) -> list[Case]:
    """Return the cases of a YAML file, or those of them whose ids are in `only`.

    Raises NotFound for a file or an id that is not there, BadData, with the path and the field, for what is no case.
    """
    data = _read(path)
    if not isinstance(data, dict):
        raise BadData("not a file of cases: a mapping with the key cases is expected", path=path)
    try:
        cases = _File.model_validate(data).cases
    except (ValidationError, RecursionError) as error:
        what = _sentence(error, data) if isinstance(error, ValidationError) else "nested too deeply to be cases"
        raise BadData(what, path=path) from None
    ids = [case.id for case in cases]
    if twice := next((case_id for case_id in ids if ids.count(case_id) > 1), None):
        raise BadData(f"cases: two of them have the id '{twice}'", path=path)
    if missing := [case_id for case_id in only or () if case_id not in ids]:
        raise NotFound(f"there is no case '{one_line(missing[0], 60)}' in {path.name}: it has {', '.join(ids)}")
    return [case for case in cases if not only or case.id in only]


def _read(path: Path) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="safe", pure=True).load(read_bounded(path).decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadData("not a text file: it holds bytes that are no UTF-8", path=path) from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise BadData(
            f"broken YAML: {one_line(str(error.problem or error.context), 120)}", path=path, line=line
        ) from None
    except (YAMLError, ValueError) as error:
        raise BadData(f"broken YAML: {one_line(str(error), 120)}", path=path) from None
    except RecursionError:
        raise BadData("nested too deeply to be cases", path=path) from None


def _sentence(error: ValidationError, data: dict[Any, Any]) -> str:
    """Return what is wrong with the first field that is, and how many more are."""
    problems = error.errors(include_url=False, include_context=False)
    first = problems[0]
    where = ""
    for part in first["loc"]:
        where += f"[{part}]" if isinstance(part, int) else f".{part}" if part != "[key]" else " (a path)"
    what = first["msg"].removeprefix("Value error, ")
    given = first["input"]
    shown = f" (it is {one_line(repr(given), 60)})" if isinstance(given, str | int | float | None) else ""
    if first["type"] == "missing":
        shown = ""
    more = f"; {len(problems) - 1} more like it" if len(problems) > 1 else ""
    return f"{one_line(where.strip('.'), 120)}{_named(first['loc'], data)}: {what[0].lower()}{what[1:]}{shown}{more}"


def _named(loc: tuple[Any, ...], data: dict[Any, Any]) -> str:
    """Return the id of the case that `loc` lies in, for people who do not count."""
    try:
        case_id = data[loc[0]][loc[1]]["id"]
    except (KeyError, IndexError, TypeError):
        return ""
    return f" of '{case_id}'" if isinstance(case_id, str) and _ID.fullmatch(case_id) else ""
