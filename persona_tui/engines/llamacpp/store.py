"""The folder where an Ollama server on this machine keeps its models, read without the server.

`manifests/HOST/NAMESPACE/MODEL/TAG` is a JSON file that lists layers by digest; `blobs/sha256-DIGEST` is what a layer
holds (Ollama 0.5.5 to 0.32.15). Nothing is written here.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from persona_tui.base.errors import BadData, NotFound, PersonaError
from persona_tui.base.files import read_bounded
from persona_tui.engines.protocol import ModelInfo
from persona_tui.spec.modelfile import Message, Modelfile
from persona_tui.spec.names import ModelName
from persona_tui.spec.options import OptionValue

_DIGEST = re.compile(r"sha256[:-][0-9a-f]{64}")
_LAYER = "application/vnd.ollama.image."
_USUAL = ("~/.ollama/models", "/usr/share/ollama/.ollama/models")


def usual_stores() -> tuple[Path, ...]:
    """Return where Ollama keeps its models: OLLAMA_MODELS, else the folders of a user and of the Linux service."""
    if moved := os.environ.get("OLLAMA_MODELS"):
        return (Path(moved).expanduser(),)
    folders = (os.path.expanduser(folder) for folder in _USUAL)
    return tuple(Path(folder) for folder in folders if os.path.isdir(folder))


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model of a store. Its layers are read when they are asked for; each method raises BadData."""

    name: ModelName
    manifest: Path
    blobs: Path

    def info(self) -> ModelInfo:
        content = read_bounded(self.manifest)
        config, layers = self._config(), self._layers()
        sizes = [size for layer in (self._manifest()["config"], *layers) if isinstance(size := layer.get("size"), int)]
        modified = datetime.fromtimestamp(self.manifest.stat().st_mtime, timezone.utc)
        return ModelInfo(
            name=str(self.name) if self.name.tag != ModelName.TAG else f"{self.name}:{ModelName.TAG}",
            size=sum(sizes),
            digest=hashlib.sha256(content).hexdigest(),
            family=_text(config.get("model_family")),
            parameter_size=_text(config.get("model_type")),
            quantization=_text(config.get("file_type")),
            modified_at=modified.isoformat(timespec="seconds"),
        )

    def weights(self) -> Path:
        """Return the GGUF file of the model. Raises BadData where it has none, or more than its weights."""
        if self._of_kind("adapter"):
            raise self._problem("the model has an adapter, which can be used only through the Ollama server")
        layers = self._of_kind("model")
        if not layers:
            raise self._problem("the model has no weights in the store, as one of a cloud or of another format")
        return self._blob(layers[0])

    def modelfile(self) -> Modelfile:
        """Return what was set on the model: system prompt, parameters, messages, template and licence."""
        parent = next((_text(layer.get("from")) for layer in self._of_kind("model")), None)
        licenses = (self._text_of(layer) for layer in self._of_kind("license"))
        parameters = self._json_of("params")
        messages = self._json_of("messages")
        return Modelfile(
            base=parent if parent and not parent.startswith(("/", "@")) and "\\" not in parent else str(self.name),
            system=self._only_text("system"),
            template=self._only_text("template"),
            parameters=_parameters(parameters) if isinstance(parameters, dict) else {},
            messages=tuple(_messages(messages)) if isinstance(messages, list) else (),
            license=tuple(licenses),
        )

    def _manifest(self) -> Mapping[str, Any]:
        data = self._json(self.manifest)
        if not isinstance(data, dict) or not isinstance(data.get("config"), dict):
            raise self._problem("not a manifest of Ollama")
        return data

    def _layers(self) -> list[Mapping[str, Any]]:
        layers = self._manifest().get("layers")
        return [layer for layer in layers if isinstance(layer, dict)] if isinstance(layers, list) else []

    def _config(self) -> Mapping[str, Any]:
        config = self._json(self._blob(self._manifest()["config"]))
        return config if isinstance(config, dict) else {}

    def _of_kind(self, kind: str) -> list[Mapping[str, Any]]:
        return [layer for layer in self._layers() if layer.get("mediaType") == _LAYER + kind]

    def _only_text(self, kind: str) -> str | None:
        layers = self._of_kind(kind)
        return self._text_of(layers[-1]) if layers else None

    def _json_of(self, kind: str) -> object:
        layers = self._of_kind(kind)
        return self._json(self._blob(layers[-1])) if layers else None

    def _text_of(self, layer: Mapping[str, Any]) -> str:
        return self._read(self._blob(layer)).decode("utf-8", "replace")

    def _blob(self, layer: Mapping[str, Any]) -> Path:
        """Return where a layer lies. Only a digest names it, so that no manifest leads out of the store."""
        digest = layer.get("digest")
        if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
            raise self._problem("a layer of the manifest has no digest of the form sha256:…")
        return self.blobs / digest.replace(":", "-")

    def _json(self, path: Path) -> object:
        try:
            return json.loads(self._read(path))
        except (ValueError, RecursionError):
            raise BadData("not JSON", path=path) from None

    def _read(self, path: Path) -> bytes:
        try:
            return read_bounded(path)
        except NotFound:
            raise self._problem(f"{path.name} of the model is missing") from None

    def _problem(self, message: str) -> BadData:
        return BadData(message, path=self.manifest)


def stored_models(store: Path) -> Iterator[StoredModel]:
    """Yield the models of the store, by the order of their files. Files that name no model are passed over."""
    root = store / "manifests"
    for manifest in sorted(root.glob("*/*/*/*")):
        host, namespace, model, tag = manifest.relative_to(root).parts
        try:
            name = ModelName.parse(f"{host}/{namespace}/{model}:{tag}")
        except ValueError:
            continue
        yield StoredModel(name, manifest, store / "blobs")


def readable(model: StoredModel) -> ModelInfo | None:
    """Return what a list says of the model; None where its files are damaged, which must not cost the whole list."""
    try:
        return model.info()
    except (PersonaError, OSError):
        return None


def _parameters(data: Mapping[str, Any]) -> dict[str, OptionValue]:
    parameters: dict[str, OptionValue] = {}
    for name, value in data.items():
        if isinstance(value, (bool, int, float, str)):
            parameters[name] = value
        elif isinstance(value, list):
            parameters[name] = tuple(item for item in value if isinstance(item, str))
    return parameters


def _messages(data: list[Any]) -> Iterator[Message]:
    for message in data:
        role, content = (message.get("role"), message.get("content")) if isinstance(message, dict) else (None, None)
        if isinstance(role, str) and isinstance(content, str):
            yield Message(role, content)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
