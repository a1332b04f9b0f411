from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from persona_tui.base.errors import BadData, ModelNotFound
from persona_tui.engines.llamacpp.models import PACKAGED, find_model, list_models
from persona_tui.engines.llamacpp.store import usual_stores
from persona_tui.spec.modelfile import Message

CONFIG = {"model_family": "qwen3", "model_type": "8.2B", "file_type": "Q4_K_M"}
HEAD = b"GGUF" + bytes([3, 0, 0, 0]) + bytes(16)


class Store:
    """A store of Ollama's, as its server lays it out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "blobs").mkdir(parents=True)

    def add(self, name: str = "registry.ollama.ai/library/qwen3/8b", **layers: Any) -> Path:
        """Write a model whose layers have these contents, weights among them unless they are None."""
        layers = {"model": HEAD, **layers}
        entries = [self.layer(kind, content) for kind, content in layers.items() if content is not None]
        return self.manifest(name, {"schemaVersion": 2, "config": self.layer("config", CONFIG), "layers": entries})

    def manifest(self, name: str, data: object) -> Path:
        path = self.folder / "manifests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(data if isinstance(data, str) else json.dumps(data))
        return path

    def layer(self, kind: str, content: Any) -> dict[str, Any]:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        digest = hashlib.sha256(data).hexdigest()
        (self.folder / "blobs" / f"sha256-{digest}").write_bytes(data)
        media = f"application/vnd.ollama.image.{kind}"
        return {"mediaType": media, "digest": f"sha256:{digest}", "size": len(data)}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")


def test_models_are_listed_as_ollama_lists_them(store: Store) -> None:
    manifest = store.add()
    store.add("registry.ollama.ai/library/my-go/latest")
    store.add("hf.co/someone/Model-GGUF/Q4_K_M")

    models = {model.name: model for model in list_models([store.folder])}
    qwen = models["qwen3:8b"]

    assert models.keys() == {"qwen3:8b", "my-go:latest", "hf.co/someone/Model-GGUF:Q4_K_M", PACKAGED}
    assert (qwen.family, qwen.parameter_size, qwen.quantization) == ("qwen3", "8.2B", "Q4_K_M")
    assert qwen.size == len(HEAD) + len(json.dumps(CONFIG))
    assert qwen.digest == hashlib.sha256(manifest.read_bytes()).hexdigest()


def test_the_stores_model_comes_before_the_packaged_one_of_its_name(store: Store) -> None:
    store.add("registry.ollama.ai/library/smollm2/135m")

    assert [model.name for model in list_models([store.folder])] == [PACKAGED]
    assert find_model(PACKAGED, [store.folder]).weights.is_relative_to(store.folder)


@pytest.mark.parametrize("damage", ["{", "[]", "{}", '{"config": {"digest": "sha256:00"}}', "[" * 100_000])
def test_a_damaged_model_does_not_cost_the_list(store: Store, damage: str) -> None:
    store.add()
    store.manifest("registry.ollama.ai/library/broken/latest", damage)
    store.manifest("registry.ollama.ai/library/.DS_Store/x", "")

    assert "qwen3:8b" in [model.name for model in list_models([store.folder])]
    with pytest.raises(BadData):
        find_model("broken", [store.folder])


def test_what_was_set_on_a_model_is_read(store: Store) -> None:
    store.add(
        system=b"You are brief.",
        params={"temperature": 0.1, "stop": ["<|im_end|>"], "odd": {"a": 1}},
        messages=[{"role": "user", "content": "hi"}, {"role": "user"}],
        template=b"{{ .Prompt }}",
        license=b"MIT",
    )

    modelfile = find_model("qwen3:8b", [store.folder]).modelfile

    assert modelfile.base == "qwen3:8b"
    assert modelfile.system == "You are brief."
    assert modelfile.parameters == {"temperature": 0.1, "stop": ("<|im_end|>",)}
    assert modelfile.messages == (Message("user", "hi"),)
    assert (modelfile.template, modelfile.license) == ("{{ .Prompt }}", ("MIT",))


@pytest.mark.parametrize(
    ("origin", "base"),
    [("qwen3:8b", "qwen3:8b"), ("/srv/models/blobs/sha256-aa", "my-go"), ("C:\\blobs\\sha256-aa", "my-go")],
)
def test_the_base_is_the_parent_where_the_store_names_one(store: Store, origin: str, base: str) -> None:
    weights = {**store.layer("model", HEAD), "from": origin}
    data = {"config": store.layer("config", CONFIG), "layers": [weights]}
    store.manifest("registry.ollama.ai/library/my-go/latest", data)

    assert find_model("my-go", [store.folder]).modelfile.base == base


@pytest.mark.parametrize("name", ["qwen3:8b", "QWEN3:8B", "library/qwen3:8b", "registry.ollama.ai/library/qwen3:8b"])
def test_a_model_has_all_the_names_that_ollama_gives_it(store: Store, name: str) -> None:
    store.add()

    assert find_model(name, [store.folder]).weights.read_bytes() == HEAD


@pytest.mark.parametrize(
    "digest",
    [
        "../../secret",
        "sha256:../../../secret",
        "sha256-" + "a" * 63,
        "sha256:" + "A" * 64,
        "sha256:" + "a" * 64 + "\n",
        7,
    ],
)
def test_no_manifest_leads_out_of_the_store(store: Store, digest: object) -> None:
    (store.folder.parent / "secret").write_bytes(HEAD)
    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": digest}
    store.manifest("registry.ollama.ai/library/evil/latest", {"config": {}, "layers": [layer]})

    with pytest.raises(BadData, match="no digest of the form sha256:…"):
        find_model("evil", [store.folder])


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/../b", "a/b/c/d", "", "x:..", "nul\0"])
def test_no_name_leads_out_of_the_store(store: Store, name: str) -> None:
    with pytest.raises((BadData, ModelNotFound)):
        find_model(name, [store.folder])


def test_a_model_without_weights_or_with_an_adapter_says_so(store: Store) -> None:
    store.add("registry.ollama.ai/library/remote/latest", model=None)
    store.add("registry.ollama.ai/library/tuned/latest", adapter=HEAD)

    with pytest.raises(BadData, match="no weights in the store"):
        find_model("remote", [store.folder])
    with pytest.raises(BadData, match="has an adapter"):
        find_model("tuned", [store.folder])


def test_a_missing_layer_says_whose_it_is(store: Store) -> None:
    manifest = store.add(system=b"x")
    (store.folder / "blobs" / f"sha256-{hashlib.sha256(b'x').hexdigest()}").unlink()

    with pytest.raises(BadData, match=r"qwen3/8b: sha256-\w+ of the model is missing") as caught:
        find_model("qwen3:8b", [store.folder])
    assert caught.value.path == manifest


def test_an_unknown_model_is_not_found_and_says_where_it_was_looked_for(store: Store) -> None:
    with pytest.raises(ModelNotFound, match=f"no model 'none' in the Ollama store at {store.folder}: .*{PACKAGED}"):
        find_model("none", [store.folder])
    with pytest.raises(ModelNotFound, match="no model 'none' here, and no Ollama store: "):
        find_model("none", ())


def test_the_stores_are_where_ollama_keeps_its_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("OLLAMA_MODELS", raising=False)
    assert tmp_path / ".ollama/models" not in usual_stores()

    (tmp_path / ".ollama/models").mkdir(parents=True)
    assert usual_stores()[0] == tmp_path / ".ollama/models"

    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "elsewhere"))
    assert usual_stores() == (tmp_path / "elsewhere",)
