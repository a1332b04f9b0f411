"""Names of personas, and of models as Ollama reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_tui.spec import names
from persona_tui.spec.names import ModelName, base_suffix, check_persona_name, propose_name, same_model, slugify


@pytest.mark.parametrize(
    "text", ["My-Coder", "_x", "a..b", "my-go-q3:v1.2", "user/my.model", "hf.co/x/y:Q4", "x:latest"]
)
def test_names_that_ollama_takes(text: str) -> None:
    ModelName.parse(text)


@pytest.mark.parametrize(
    "text",
    ["", " ", "a b", "-x", "café", "a+b", "us.er/m", "x:", "x/", ":t", "a:b:c", "x@sha256:abc", "a/b/c/d", "x:cloud"],
)
def test_names_that_ollama_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="Ollama"):
        ModelName.parse(text)


def test_one_model_has_many_names() -> None:
    assert same_model("Qwen3", "registry.ollama.ai/library/qwen3:latest")
    assert same_model("qwen3:8B", "qwen3:8b")
    assert not same_model("qwen3:8b", "qwen3:14b")


@given(st.text(max_size=200))
def test_a_parsed_name_is_the_same_in_its_short_form(text: str) -> None:
    try:
        name = ModelName.parse(text)
    except ValueError:
        return
    assert ModelName.parse(str(name)) == name


@given(st.text(max_size=300), st.sampled_from([None, "qwen3:8b", "hf.co/some/Thing-GGUF:Q4_K_M", "x:latest"]))
def test_a_proposed_name_is_always_valid(text: str, base: str | None) -> None:
    check_persona_name(propose_name(slugify(text), base))


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Go gRPC", "go-grpc"),
        ("C++ games", "cpp-games"),
        ("Café  crème!", "cafe-creme"),
        ("日本語", ""),
        ("x" * 60, "x" * 40),
    ],
)
def test_slugs(text: str, slug: str) -> None:
    assert slugify(text) == slug


def test_no_two_bases_share_a_suffix() -> None:
    bases = [f"{family}:{size}" for family in names._FAMILIES for size in ("4b", "8b", "14b", "30b-a3b", "8b-q8_0")]
    bases += ["hf.co/a/b:Q4", "hf.co/a/b:Q8", "someone/qwen3:8b"]

    assert len({base_suffix(base) for base in bases}) == len(bases)


def test_the_usual_size_of_a_family_needs_no_word() -> None:
    assert propose_name("go", "qwen3:8b") == "my-go-q3"
    assert propose_name("go", "qwen3:14b") == "my-go-q3-14b"
    assert propose_name("go", "qwen2.5-coder:14b") == "my-go-q25c-14b"
