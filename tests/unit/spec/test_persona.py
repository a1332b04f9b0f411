"""The persona: what is accepted, what is said of what is not, and what a copy keeps."""

from __future__ import annotations

from typing import Any

import pytest

from persona_tui.base.errors import BadData
from persona_tui.spec.persona import parse_persona
from tests.conftest import make_persona


def test_bare_strings_stand_for_rules_and_models() -> None:
    persona = make_persona()

    assert [rule.id for rule in persona.constraints] == [None, "goroutine-exit", None, None]
    assert persona.base_model == "qwen3:8b"
    assert persona.to_data()["preferred_models"] == ["qwen3:8b"]
    assert persona.to_data()["constraints"][0] == "MUST wrap returned errors with fmt.Errorf and %w"


@pytest.mark.parametrize(("name", "value"), [("deterministic", 0.1), ("balanced", 0.3), (" Creative ", 0.7)])
def test_temperatures_have_names(name: str, value: float) -> None:
    assert make_persona(temperature=name).temperature == value


def test_the_base_is_the_first_model_that_ollama_runs() -> None:
    persona = make_persona(preferred_models=[{"provider": "openai", "model": "gpt-x"}, "qwen3:8b", "qwen3:14b"])

    assert persona.base_model == "qwen3:8b"
    assert make_persona(preferred_models=[]).base_model is None


def test_unknown_keys_are_kept_at_every_level() -> None:
    rule = {"text": "MUST do a thing", "owner": "me"}

    persona = make_persona(colour="blue", constraints=[rule])

    assert persona.unknown_keys == ("colour",)
    assert persona.to_data()["colour"] == "blue"
    assert persona.to_data()["constraints"] == [rule]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "My-Go"}, "name: must be lower case.*my-go"),
        ({"name": "a b"}, "name: must be 1 to 80 of"),
        ({"name": "x" * 81}, "name: must be 1 to 80 of"),
        ({"role": " "}, "role: must not be empty"),
        ({"role": "one\ntwo"}, "role: must be one line"),
        ({"constraints": ["MUST a\nMUST b"]}, r"constraints\.0\.text: must be one line"),
        ({"constraints": "MUST a"}, "constraints: "),
        ({"domain": "cooking"}, "domain: "),
        ({"temperature": "hot"}, "temperature: "),
        ({"temperature": float("nan")}, "temperature: "),
        ({"schema": 2}, "schema: "),
        ({"format": "xml"}, "format"),
        ({"preferred_models": [{"provider": "ollama"}]}, r"preferred_models\.0\.model: field required"),
        ({"domain": 1, "tier": 2, "status": 3}, "domain: .*; 2 more like it"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_its_field(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadData, match=sentence) as caught:
        make_persona(**fields)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("data", [None, [], "text", 3])
def test_what_is_no_mapping_is_no_persona(data: object) -> None:
    with pytest.raises(BadData, match="not a persona"):
        parse_persona(data)


def test_a_revision_is_validated_and_keeps_the_rest() -> None:
    persona = make_persona(colour="blue")

    revised = persona.revised(temperature="creative")

    assert revised.revised(temperature=0.1) == persona
    with pytest.raises(BadData, match="tier"):
        persona.revised(tier="half")
