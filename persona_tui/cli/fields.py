"""Options that several commands share: how to create, and fields of a persona."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from persona_tui.base.errors import BadData, UsageError
from persona_tui.cli.completion import values_of

TemperatureOption = Annotated[
    str | None,
    typer.Option(
        "--temperature",
        autocompletion=values_of("--temperature"),
        metavar="T",
        help="A number, or deterministic (0.1), balanced (0.3), creative (0.7).",
    ),
]

DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show everything and write nothing.")]
RegistryOnlyOption = Annotated[bool, typer.Option("--registry-only", help="Leave servers alone.")]
PullOption = Annotated[bool, typer.Option("--pull", help="Pull the base if the server lacks it.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Overwrite a model that was changed or made elsewhere.")]
AllowLintErrorsOption = Annotated[bool, typer.Option("--allow-lint-errors", help="Create despite lint errors.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def temperature_of(text: str) -> float:
    """Return the temperature that `text` says, as a number or by name. Raises UsageError."""
    from persona_tui.spec.persona import Temperature, parse_temperature

    value = parse_temperature(text)
    try:
        number = float(value)  # type: ignore[arg-type]
    except ValueError:
        number = -1.0
    if not 0 <= number <= 2:
        names = ", ".join(t.label for t in Temperature)
        raise UsageError(f"--temperature is a number from 0 to 2, or {names}; '{text}' is neither")
    return number


_FLAGS = {"constraints": "constraint"}


def check_flags(fields: Mapping[str, Any]) -> None:
    """Raise UsageError, naming the flag, for the first of the given fields of a persona that cannot be one."""
    from persona_tui.studio.form import check_form

    for name, value in fields.items():
        try:
            check_form({name: value})
        except BadData as error:
            flag = _FLAGS.get(name, name).replace("_", "-")
            raise UsageError(f"--{flag}: {error.message.partition(': ')[2]}") from None
