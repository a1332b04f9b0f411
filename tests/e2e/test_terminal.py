"""The conversation in a real terminal: a pseudo-terminal, typed at as a person types."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.e2e.conftest import Run
from tests.e2e.terminal import Terminal
from tests.e2e.test_main_job import FORM
from tests.fake_ollama import BASE, fake_ollama


def test_a_persona_is_described_refined_and_created(terminal: type[Terminal], persona: Run) -> None:
    build = terminal("build", "--designer", "rulebook")
    build.expect("What is it for?")
    build.type("Python developer\n")
    build.expect("Refine it? [y/N]")
    build.type("y\n")
    build.expect("What would you like to change?")
    build.type("make it about FastAPI\n")
    build.expect("FastAPI")
    build.expect("Refine it? [y/N]")
    build.type("\n")
    build.expect("+FROM qwen3:8b")
    build.expect("[Y/n]")
    build.type("\n")
    build.expect("[CREATE] registry:")

    assert build.end() == 0
    assert "fastapi" in persona("list", "--json", "--scope", "global").out.lower()


def test_a_no_creates_nothing_and_the_draft_is_gone_on_with(terminal: type[Terminal], persona: Run) -> None:
    build = terminal("build", "--describe", "Rust Tokio developer", "--designer", "rulebook", "--skip-refinement")
    build.expect("[Y/n]")
    build.type("n\n")
    build.expect("nothing was created")
    assert build.end() == 0

    assert persona("list", "--json", "--scope", "global").json["personas"] == []
    assert persona("build", "--resume", "--yes", "--json").json["persona"]["language"] == "Rust"


def test_an_interrupt_keeps_the_words(terminal: type[Terminal], persona: Run) -> None:
    build = terminal("build", "--describe", "Rust Tokio developer", "--designer", "rulebook")
    build.expect("Refine it? [y/N]")
    build.interrupt()
    build.expect("'persona build --resume' goes on with the draft")

    assert build.end() == 130
    assert persona("build", "--resume", "--yes", "--json").json["persona"]["language"] == "Rust"


def test_an_interrupt_before_there_are_words_promises_nothing(terminal: type[Terminal]) -> None:
    build = terminal("build", "--designer", "rulebook")
    build.expect("What is it for?")
    build.interrupt()
    build.expect("[ERROR] interrupted")

    assert build.end() == 130
    assert "--resume" not in build.screen


def test_a_reply_that_is_none_is_asked_for_again(terminal: type[Terminal]) -> None:
    build = terminal("build", "--describe", "Rust Tokio developer", "--designer", "rulebook", "--registry-only")
    build.expect("Refine it? [y/N]")
    build.type("no\n")
    build.expect("[Y/n]")
    build.type("maybe\n")
    build.expect("'maybe' is no answer: say y or n")
    build.type("Y\n")
    build.expect("[CREATE] registry:")

    assert build.end() == 0


def test_who_says_yes_is_not_asked_about_a_pull(terminal: type[Terminal], persona: Run) -> None:
    form = [word if word != BASE else "qwen3:8b" for word in FORM]
    persona(*form, "--registry-only")
    with fake_ollama() as ollama:
        apply = terminal("apply", "my-go", "--yes", "--host", ollama.url)
        apply.expect("--pull pulls it")

        assert apply.end() == 2
        assert ollama.changes == []


def test_an_empty_answer_is_asked_for_again(terminal: type[Terminal]) -> None:
    build = terminal("build", "--designer", "rulebook", "--dry-run")
    build.expect("What is it for?")
    build.type("  \n")
    build.expect("What is it for?")
    build.type("Rust Tokio developer\n")
    build.expect("[DRY-RUN]")

    assert build.end() == 0


def test_who_does_not_agree_removes_nothing_and_is_told(terminal: type[Terminal], persona: Run) -> None:
    persona(*FORM, "--registry-only")
    rm = terminal("rm", "my-go", "--registry-only")
    rm.expect("[y/N]")
    rm.type("\n")
    rm.expect("nothing was removed")

    assert rm.end() == 0
    assert persona("show", "my-go").code == 0


def test_a_lost_terminal_keeps_the_words(terminal: type[Terminal], persona: Run) -> None:
    build = terminal("build", "--describe", "Rust Tokio developer", "--designer", "rulebook")
    build.expect("Refine it? [y/N]")
    build.kill()

    assert persona("build", "--resume", "--yes", "--json").json["persona"]["language"] == "Rust"


def test_the_form_asks_for_what_the_flags_do_not_say(terminal: type[Terminal], persona: Run) -> None:
    form = terminal("create", "--base-model", "qwen3:8b", "--domain", "code", "--language", "Go", "--tier", "full")
    form.expect("Role: who is it?")
    form.type("Go engineer for command-line tools\r")
    form.expect("Name:")
    form.type("\r")
    form.expect("Temperature:")
    form.type("\r")
    for number, rule in enumerate(
        ("check every error", "close every file", "wrap errors with %w", "pass a context"), 1
    ):
        form.expect(f"Rule {number}")
        form.type(f"MUST {rule}\r")
    form.expect("Rule 5")
    form.type("\r")
    form.expect("Format:")
    form.type("One Go code block, nothing else\r")
    form.expect("[Y/n]")
    form.type("\n")
    form.expect("[CREATE] registry:")

    assert form.end() == 0
    shown = persona("show", "my-go-engineer-for-q3", "--json").json["persona"]
    assert (shown["temperature"], len(shown["constraints"])) == (0.1, 4)


def test_a_base_that_cannot_be_one_is_said_at_its_question(terminal: type[Terminal], persona: Run) -> None:
    form = terminal("create", "--role", "Go engineer")
    form.expect("Base model:")
    form.type(" bad\r")
    form.expect("no model name for Ollama")
    form.interrupt()

    assert form.end() == 130


def test_a_rule_that_lint_refuses_is_said_at_its_question_and_what_was_typed_is_kept(
    terminal: type[Terminal], persona: Run
) -> None:
    flags = ("--base-model", "qwen3:8b", "--name", "my-own", "--domain", "code", "--language", "Go")
    form = terminal("create", "--temperature", "0.2", "--role", "Go engineer", *flags)
    form.expect("Rule 1")
    form.type("be nice\r")
    form.expect("does not begin with MUST")
    form.type("\x15MUST check every error\r")
    form.expect("Rule 2")
    form.type("\x03")
    form.expect("'persona build --resume' goes on with the draft")

    assert form.end() == 130
    kept = persona("build", "--resume", "--dry-run", "--json").json["persona"]
    assert (kept["name"], kept["constraints"]) == ("my-own", ["MUST check every error"])


def test_a_persona_that_changes_under_ones_hands_is_a_conflict(terminal: type[Terminal], persona: Run) -> None:
    words = ("build", "--describe", "Rust Tokio developer", "--designer", "rulebook", "--skip-refinement")
    created = persona(*words, "--yes", "--json").json["created"]
    again = terminal(*words, "--name", persona("list", "--json", "--scope", "global").json["personas"][0]["name"])
    again.expect("[Y/n]")
    path = Path(created["registry"])
    by_hand = path.read_text() + "note: by hand\n"
    path.write_text(by_hand)
    again.type("\n")
    again.expect("changed by somebody else")

    assert again.end() == 75
    assert path.read_text() == by_hand


@pytest.mark.parametrize(("size", "words"), [((0, 0), "my-persona-designer-q3  "), ((24, 3), "my-persona-designer…")])
def test_a_terminal_without_a_size_shows_a_list(
    terminal: type[Terminal], size: tuple[int, int], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)

    shown = terminal("list", size=size)
    shown.expect(words)

    assert shown.end() == 0


def test_a_narrow_list_keeps_its_roles_and_wide_characters_do_not_wrap(
    terminal: type[Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    registry = Path(".persona/registry")
    registry.mkdir(parents=True)
    (registry / "my-x.yaml").write_text(f"name: my-x\nrole: {'翻译' * 40}\npreferred_models: ['qwen3:8b']\n")

    shown = terminal("list", size=(24, 64))
    assert shown.end() == 0

    lines = shown.screen.strip().splitlines()
    assert lines[0].split() == ["NAME", "BASE", "ROLE"]
    assert len(lines) == 4
    assert max(cell_len(line) for line in lines) <= 64
    assert all(len(line) - line.index("  ") > 24 for line in lines[1:])


def test_sentences_break_at_words(terminal: type[Terminal], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)

    shown = terminal("show", "nobody", size=(24, 40))

    assert shown.end() == 1
    words = "[ERROR] there is no persona 'nobody' in the registry; 'persona list' shows what there is"
    assert " ".join(shown.screen.split()) == words
    assert all(set(line.split()) <= set(words.split()) for line in shown.screen.splitlines())


def test_json_steers_no_terminal_and_a_prompt_hides_nothing(terminal: type[Terminal], persona: Run) -> None:
    registry = Path(".persona/registry")
    registry.mkdir(parents=True)
    (registry / "my-x.yaml").write_text('name: my-x\nrole: "a\\x9b1mb\\x90 and what a server gets"\n')

    shown = terminal("show", "my-x", "--json")
    shown.expect("a\\u009b1mb\\u0090 and")

    assert shown.end() == 0
    assert persona("show", "my-x", "--prompt").out.startswith("ROLE: ab and what a server gets")


def test_without_an_argument_the_help_is_shown(terminal: type[Terminal]) -> None:
    shown = terminal()
    shown.expect("Commands:")

    assert shown.end() == 0
