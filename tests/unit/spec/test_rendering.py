"""A persona as a Modelfile and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_tui.spec.modelfile import Message, Modelfile, parse
from persona_tui.spec.modelfile_writer import render, unwritable
from persona_tui.spec.persona import Persona
from persona_tui.spec.rendering import modelfile_of, not_in_modelfile, options_of, persona_of, system_text
from tests.conftest import make_persona


def test_the_prompt_has_three_parts() -> None:
    assert system_text(make_persona()) == (
        "ROLE: Senior Go engineer for gRPC services\n"
        "CONSTRAINTS:\n"
        "- MUST wrap returned errors with fmt.Errorf and %w\n"
        "- MUST NOT start a goroutine without a way to stop it\n"
        "- MUST pass context.Context as the first parameter\n"
        "- MUST close every response body\n"
        "FORMAT: One Go code block, nothing before or after it"
    )


def test_a_prompt_of_its_own_replaces_the_parts_and_the_bare_tier_has_none() -> None:
    assert system_text(make_persona(system_prompt="Be brief.")) == "Be brief."
    assert system_text(make_persona(tier="bare")) is None


def test_the_first_models_entry_wins_over_the_persona() -> None:
    entry = {"model": "qwen3:8b", "temperature": 0.6, "top_p": 0.95, "max_output_tokens": 512}

    options = options_of(make_persona(preferred_models=[entry], parameters={"top_p": 0.9, "num_ctx": 8192}))

    assert options == {"temperature": 0.6, "top_p": 0.95, "num_predict": 512, "num_ctx": 8192}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"think": True}, "think is true"),
        ({"format": "json"}, "format is"),
        ({"keep_alive": "5m"}, "keep_alive is"),
        ({"system_prompt": 'say """\nhello'}, "three quotes"),
        ({"role": "a\u200bb"}, "ZERO WIDTH SPACE"),
    ],
)
def test_what_a_modelfile_cannot_hold_is_said(fields: dict[str, Any], sentence: str) -> None:
    assert not_in_modelfile(make_persona()) == []
    assert sentence in " ".join(not_in_modelfile(make_persona(**fields)))


def test_a_prompt_of_another_shape_stays_whole() -> None:
    persona = persona_of(Modelfile("x", system="You are a pirate."), name="pirate")

    assert persona.system_prompt == "You are a pirate."
    assert system_text(persona) == "You are a pirate."


@pytest.mark.parametrize("prompt", ["Be brief.", "ROLE: Reviewer\nCONSTRAINTS:\n- MUST be brief"])
def test_a_bare_persona_with_a_prompt_of_its_own_comes_back_bare(prompt: str) -> None:
    modelfile = modelfile_of(make_persona(tier="bare", system_prompt=prompt))
    assert modelfile is not None

    again = persona_of(parse(render(modelfile)), name="other")

    assert (again.tier, again.system_prompt) == ("bare", prompt)


def test_messages_that_are_no_pairs_are_kept_aside() -> None:
    messages = (Message("user", "hi"), Message("user", "ho"))

    persona = persona_of(Modelfile("x", messages=messages), name="odd")

    assert persona.extras["modelfile"]["messages"] == [["user", "hi"], ["user", "ho"]]


words = st.text(min_size=1, max_size=30).map(str.strip).filter(lambda s: s and "\n" not in s and "\r" not in s)
personas = st.builds(
    lambda role, rules, form, description, language, tags, examples, parameters: make_persona(
        role=role,
        constraints=rules,
        output_format=form,
        description=description,
        language=language,
        tags=tags,
        examples=[{"user": user, "assistant": assistant} for user, assistant in examples],
        parameters=parameters,
    ),
    words,
    st.lists(words, max_size=4),
    st.none() | words,
    st.none() | words,
    st.none() | words,
    st.lists(words, max_size=2),
    st.lists(st.tuples(words, words), max_size=2),
    st.fixed_dictionaries(
        {}, optional={"num_ctx": st.integers(1, 10**6), "stop": st.lists(words, min_size=1, max_size=2)}
    ),
)


@given(personas)
def test_persona_to_modelfile_to_persona(persona: Persona) -> None:
    modelfile = modelfile_of(persona)
    assert modelfile is not None
    if unwritable(modelfile):
        return
    again = persona_of(parse(render(modelfile)), name="other")
    assert modelfile_of(again) == modelfile
    if again.system_prompt is None:
        assert again == persona
