"""Options that several commands share because they set fields of a persona."""

from __future__ import annotations

from typing import Annotated

import typer

from persona_tui.base.errors import UsageError

TemperatureOption = Annotated[
    str | None,
    typer.Option(
        "--temperature", metavar="T", help="A number, or deterministic (0.1), balanced (0.3), creative (0.7)."
    ),
]


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
