"""Names: of personas, of files, and of models as Ollama understands them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_PERSONA = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")

# Ollama 0.32.15, types/model/name.go: what each part of a model's name may hold, and its length.
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,349}")
_NAMESPACE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,79}")
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")
_SOURCES = ("cloud", "local")

# How the end of a proposed name says its base. Longest match first; no two bases share a suffix.
_FAMILIES = {
    "qwen3": "q3",
    "qwen3.5": "q35",
    "qwen3-coder": "q3c",
    "qwen2.5": "q25",
    "qwen2.5-coder": "q25c",
    "gemma2": "g2",
    "gemma3": "g3",
    "gemma3n": "g3n",
    "gemma4": "g4",
    "llama3": "l3",
    "llama3.1": "l31",
    "llama3.2": "l32",
    "llama3.3": "l33",
    "mistral": "m",
    "mistral-small": "ms",
    "mistral-nemo": "mn",
    "devstral": "dv",
    "magistral": "mg",
    "codestral": "cs",
    "phi3": "p3",
    "phi4": "p4",
    "phi4-mini": "p4m",
    "deepseek-r1": "dr1",
    "deepseek-coder-v2": "dc2",
    "deepcoder": "dcr",
    "granite3.3": "gr33",
    "granite4": "gr4",
    "gpt-oss": "oss",
    "smollm2": "sm2",
    "codellama": "cl",
    "starcoder2": "sc2",
    "aya-expanse": "aya",
    "command-r": "cr",
    "olmo2": "o2",
}
# The size that a family's plain suffix stands for: my-x-q3 is qwen3:8b, my-x-q3-14b says its size.
_USUAL_SIZE = {"qwen3": "8b", "qwen2.5-coder": "7b", "gemma3": "12b", "llama3.1": "8b", "smollm2": "135m"}


def check_persona_name(name: str) -> str:
    """Return `name` if it can name a persona, its file and its model on every server; else raise ValueError."""
    if _PERSONA.fullmatch(name):
        return name
    if _PERSONA.fullmatch(name.lower()):
        raise ValueError(f"must be lower case, because names that differ only in case are one model: {name.lower()}")
    raise ValueError("must be 1 to 80 of a-z, 0-9, '.', '_' and '-', and start with a letter or a digit")


def is_persona_name(name: str) -> bool:
    """Whether `name` can name a persona."""
    return _PERSONA.fullmatch(name) is not None


def slugify(text: str, limit: int = 40) -> str:
    """Return `text` as the middle of a name: lower-case words joined by `-`, at most `limit` long, maybe empty."""
    text = text.replace("C++", "cpp").replace("c++", "cpp").replace("C#", "csharp").replace("c#", "csharp")
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", ascii_text.lower())
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug else word
        if len(longer) > limit:
            break
        slug = longer
    return slug or "".join(words)[:limit]


def base_suffix(base: str) -> str:
    """Return the end of a name that says `base`: `qwen3:8b` is `q3`, `qwen3:14b` is `q3-14b`.

    Bases out of the table get a slug of their own name, so no two bases share a suffix.
    """
    model = ModelName.parse(base)
    tag = "" if model.tag == "latest" else slugify(model.tag, 20)
    if model.host != ModelName.HOST or model.namespace != ModelName.NAMESPACE or model.model not in _FAMILIES:
        return slugify(f"{model.model} {tag}", 40)
    size = "" if tag in ("", _USUAL_SIZE.get(model.model)) else f"-{tag}"
    return _FAMILIES[model.model] + size


def propose_name(slug: str, base: str | None) -> str:
    """Return `my-<slug>-<base>` as a valid persona name; without a base, `my-<slug>`."""
    parts = ["my", slug or "persona", base_suffix(base) if base else ""]
    return "-".join(part for part in parts if part)[:80].rstrip("-._")


def named_base(name: str) -> str | None:
    """Return the family that the end of a persona's name says (`my-go-q3` says `qwen3`), if it says one."""
    parts = name.split("-")
    for start in (-1, -2):
        if len(parts) >= 1 - start:
            for family, suffix in _FAMILIES.items():
                if parts[start] == suffix and len(suffix) > 1:
                    return family
    return None


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model's name in the parts that Ollama sees: `[host/][namespace/]model[:tag]`."""

    host: str
    namespace: str
    model: str
    tag: str

    HOST = "registry.ollama.ai"
    NAMESPACE = "library"
    TAG = "latest"

    @classmethod
    def parse(cls, text: str) -> ModelName:
        """Return the parts of `text`, with Ollama's defaults filled in.

        Raises ValueError with the reason when Ollama would refuse the name (0.32.15, types/model/name.go), or when
        its tag is one that newer servers read as a source (`cloud`, `local`).
        """
        rest = text.split("://", 1)[-1]
        path, colon, tag = rest.rpartition(":")
        if not colon or "/" in tag:
            path, tag = rest, cls.TAG
        parts = path.split("/")
        if len(parts) > 3:
            raise ValueError(f"'{text}' is no model name for Ollama: it has more parts than host/namespace/model")
        model = parts[-1]
        namespace = parts[-2] if len(parts) > 1 else cls.NAMESPACE
        host = parts[0] if len(parts) == 3 else cls.HOST
        for what, part, pattern in (
            ("host", host, _HOST),
            ("namespace", namespace, _NAMESPACE),
            ("model", model, _PART),
            ("tag", tag, _PART),
        ):
            if not pattern.fullmatch(part):
                raise ValueError(f"'{text}' is no model name for Ollama: its {what} '{part}' is not allowed")
        if tag.lower() in _SOURCES or tag.lower().endswith(tuple(f"-{source}" for source in _SOURCES)):
            raise ValueError(f"'{text}' ends in ':{tag}', which newer Ollama servers read as a place and not as a tag")
        return cls(host, namespace, model, tag)

    def __str__(self) -> str:
        """The short form: defaults left out, except a tag that is not the default."""
        name = self.model if self.tag == self.TAG else f"{self.model}:{self.tag}"
        if self.namespace != self.NAMESPACE or self.host != self.HOST:
            name = f"{self.namespace}/{name}"
        return name if self.host == self.HOST else f"{self.host}/{name}"

    @property
    def key(self) -> str:
        """What is equal for two names of one model: Ollama compares them without case."""
        return f"{self.host}/{self.namespace}/{self.model}:{self.tag}".lower()


def same_model(one: str, other: str) -> bool:
    """Whether two names mean the same model to Ollama (`X`, `x` and `x:latest` do)."""
    try:
        return ModelName.parse(one).key == ModelName.parse(other).key
    except ValueError:
        return one == other
