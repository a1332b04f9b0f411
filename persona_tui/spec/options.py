"""The parameters of Ollama's models: which there are, of what type, and what is wrong with a value.

Names, types, defaults and first versions are those of the structs `Options` and `Runner` and of `DefaultOptions` in
Ollama's api/types.go, from 0.0.3 to 0.32.15. The ranges are ours: the server checks none. It stores a name that it
does not know and ignores it later; it stores a value of the wrong type and then fails every request to that model.
"""

from __future__ import annotations

import difflib
import math
import re
import struct
from dataclasses import dataclass
from typing import Literal

OptionValue = bool | int | float | str | tuple[str, ...]
Type = Literal["int", "float", "bool", "strings"]


@dataclass(frozen=True, slots=True)
class Option:
    """A parameter of Ollama 0.32.15.

    `default` is None where the server decides by the model or the machine. `low` and `high` bound what makes sense,
    both inclusive; None is unbounded.
    """

    name: str
    type: Type
    default: OptionValue | None
    since: str
    meaning: str
    low: float | None = None
    high: float | None = None


OPTIONS = {
    option.name: option
    for option in (
        Option("temperature", "float", 0.8, "0.0.3", "how freely the next token is drawn; 0 takes the likeliest", 0, 2),
        Option("top_k", "int", 40, "0.0.3", "draw from the k likeliest tokens; 0 is no limit", 0),
        Option("top_p", "float", 0.9, "0.0.3", "draw from the likeliest tokens that make up this probability", 0, 1),
        Option("min_p", "float", 0.0, "0.3.1", "drop tokens below this share of the likeliest one's probability", 0, 1),
        Option("typical_p", "float", 1.0, "0.0.3", "prefer tokens of typical information; 1 is off", 0, 1),
        Option("repeat_penalty", "float", 1.0, "0.0.3", "make repeated tokens less likely; 1 is off", 0.5, 2),
        Option("repeat_last_n", "int", 64, "0.0.3", "tokens to look back for repeats; 0 is off, -1 the context", -1),
        Option("presence_penalty", "float", 0.0, "0.0.3", "penalty for a token that occurred at all", -2, 2),
        Option("frequency_penalty", "float", 0.0, "0.0.3", "penalty for each time that a token occurred", -2, 2),
        Option("seed", "int", -1, "0.0.3", "start of the random numbers; -1 is a new one each time", -1, 2**32 - 1),
        Option("stop", "strings", None, "0.0.13", "texts that end the answer where they would appear"),
        Option("num_predict", "int", -1, "0.0.18", "most tokens of an answer; -1 no limit, -2 fill the context", -2),
        Option("num_keep", "int", 4, "0.0.13", "tokens of the prompt kept when the context is shifted; -1 all", -1),
        Option("num_ctx", "int", None, "0.0.3", "tokens of the context, prompt and answer together", 256, 10 * 2**20),
        Option("num_batch", "int", 512, "0.0.3", "tokens of the prompt that are worked on at once", 1),
        Option("num_gpu", "int", -1, "0.0.3", "layers on the GPU; -1 as many as fit", -1),
        Option("main_gpu", "int", None, "0.0.3", "which GPU holds the small tensors", 0),
        Option("num_thread", "int", 0, "0.0.3", "CPU threads; 0 as the machine has", 0, 1024),
        Option("use_mmap", "bool", None, "0.0.3", "map the weights into memory instead of reading them"),
        Option("draft_num_predict", "int", 4, "0.30.0", "tokens that a draft model guesses ahead", 0),
    )
}

DEPRECATED = {
    "penalize_newline": "0.5.5",
    "low_vram": "0.7.0",
    "f16_kv": "0.7.0",
    "logits_all": "0.7.0",
    "vocab_only": "0.7.0",
    "use_mlock": "0.7.0",
    "mirostat": "0.7.0",
    "mirostat_tau": "0.7.0",
    "mirostat_eta": "0.7.0",
}
"""Parameters that a Modelfile may still set and that do nothing, with the version that stopped reading them."""

REMOVED = {
    "embedding_only": "0.1.28",
    "num_gqa": "0.1.35",
    "rope_frequency_base": "0.1.35",
    "rope_frequency_scale": "0.1.35",
    "numa": "0.3.4",
    "tfs_z": "0.5.2",
}
"""Parameters that are unknown again, with the version that took them out."""

REQUEST_ONLY = ("think", "format", "keep_alive")
"""What goes with each request, because neither a Modelfile nor its parameters can hold it."""

Kind = Literal["unknown", "deprecated", "type", "size", "range"]


@dataclass(frozen=True, slots=True)
class OptionProblem:
    """What is wrong with a parameter.

    `kind` is `unknown` or `deprecated` (the name), `type`, `size` (NaN, infinite, or more than the server's numbers
    hold), or `range`: valid for the server, and without sense.
    """

    kind: Kind
    sentence: str


def option_problem(name: str, value: object) -> OptionProblem | None:
    """Return what is wrong with parameter `name` having `value`, the gravest thing first; None when nothing is."""
    if name in DEPRECATED:
        return OptionProblem("deprecated", f"{name} does nothing since Ollama {DEPRECATED[name]}: leave it out")
    option = OPTIONS.get(name)
    if option is None:
        return OptionProblem("unknown", _unknown(name))
    if not _fits(option.type, value):
        return OptionProblem("type", f"{name} must be {_TYPES[option.type]}, not {value!r:.60}")
    if isinstance(value, (int, float)):
        return _number_problem(option, value)
    return None


def _number_problem(option: Option, value: float) -> OptionProblem | None:
    if option.type == "int" and not -(2**63) <= value < 2**63:
        return OptionProblem("size", f"{option.name} must fit in 64 bits")
    if option.type == "float" and not math.isfinite(float32(value)):
        return OptionProblem("size", f"{option.name} must be a finite number that fits in 32 bits")
    low, high = option.low, option.high
    if (low is not None and value < low) or (high is not None and value > high):
        span = f"from {low:g} to {high:.12g}" if low is not None and high is not None else f"at least {low or 0:g}"
        return OptionProblem("range", f"{option.name} is {value}, and only values {span} make sense")
    return None


_TYPES = {"int": "a whole number", "float": "a number", "bool": "true or false", "strings": "a list of texts"}


def _fits(kind: Type, value: object) -> bool:
    if kind == "strings":
        return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)
    if kind == "bool" or isinstance(value, bool):
        return kind == "bool" and isinstance(value, bool)
    return isinstance(value, int) or (kind == "float" and isinstance(value, float))


def _unknown(name: str) -> str:
    if name in REMOVED:
        return f"{name} is unknown to Ollama since {REMOVED[name]}: leave it out"
    if name in REQUEST_ONLY:
        return f"{name} is no parameter: it goes with each request"
    close = difflib.get_close_matches(name[:40].lower(), OPTIONS, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(OPTIONS))}"
    return f"{name!r:.60} is no parameter of Ollama: {hint}"


def float32(value: float) -> float:
    """Return the 32-bit float nearest to `value`, as Ollama keeps it, in few digits: 0.1 and not 0.10000000149.

    What is too large becomes infinite. A number written with more than 17 digits is rounded twice, first to 64 bits,
    and may so end one bit beside Ollama's.
    """
    single = _pack(value)
    exact: float = struct.unpack("<f", single)[0]
    # Nine digits always tell one such float from the next.
    candidates = (float(f"{exact:.{digits}g}") for digits in range(1, 10))
    return next((shorter for shorter in candidates if _pack(shorter) == single), exact)


def _pack(value: float) -> bytes:
    try:
        return struct.pack("<f", float(value))
    except OverflowError:
        return struct.pack("<f", math.inf if value > 0 else -math.inf)


_INT = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(
    r"[+-]?(?:[0-9](?:_?[0-9])*(?:\.(?:[0-9](?:_?[0-9])*)?)?|\.[0-9](?:_?[0-9])*)(?:e[+-]?[0-9](?:_?[0-9])*)?"
    r"|[+-]?inf(?:inity)?|nan",
    re.IGNORECASE,
)
_HEX_FLOAT = re.compile(
    r"[+-]?0x(?:_?[0-9a-f](?:_?[0-9a-f])*(?:\.(?:[0-9a-f](?:_?[0-9a-f])*)?)?|\.[0-9a-f](?:_?[0-9a-f])*)"
    r"p[+-]?[0-9](?:_?[0-9])*",
    re.IGNORECASE,
)
_BOOLS = dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True) | dict.fromkeys(
    ("0", "f", "F", "FALSE", "false", "False"), False
)


def read_option(name: str, text: str) -> OptionValue:
    """Return what `PARAMETER name text` sets, by the rules of Go's strconv; a text of `stop` is a tuple of one.

    NaN and infinities are numbers here. Raises ValueError in Ollama's words.
    """
    option = OPTIONS.get(name)
    if option is None:
        raise ValueError(f"unknown parameter '{name}'")
    if option.type == "strings":
        return (text,)
    value = (
        _read_int(text) if option.type == "int" else _read_float(text) if option.type == "float" else _BOOLS.get(text)
    )
    if value is None:
        raise ValueError(f"invalid {option.type} value [{text}]")
    return value


def _read_int(text: str) -> int | None:
    if not _INT.fullmatch(text):
        return None
    sign, digits = ("-" if text[0] == "-" else ""), text.lstrip("+-0") or "0"
    # 2**63 has 19 digits, and Python refuses to convert more than some thousands.
    value = int(sign + digits) if len(digits) <= 19 else 2**63
    return value if -(2**63) <= value < 2**63 else None


def _read_float(text: str) -> float | None:
    try:
        if _HEX_FLOAT.fullmatch(text):
            wide = float.fromhex(text.replace("_", ""))
        elif _FLOAT.fullmatch(text):
            wide = float(text)
        else:
            return None
    except OverflowError:
        return None
    value = float32(wide)
    overflown = math.isinf(value) and not text.lstrip("+-").lower().startswith("inf")
    return None if overflown else value
