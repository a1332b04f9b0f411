"""The conversation: many rounds in a real terminal, by hand between them, undone, killed, gone on with, created."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Run
from tests.e2e.terminal import Terminal
from tests.fake_ollama import BASE, Said, fake_ollama

ASK = "what to change (/help):"
PATIENCE = 20
"""Seconds that a person waits for the model in this process, which may take a minute to say nothing."""
BUILD = ("build", "--describe", "Python developer", "--designer", "rulebook", "--registry-only")


def texts(persona: dict[str, Any]) -> list[str]:
    return [rule if isinstance(rule, str) else rule["text"] for rule in persona["constraints"]]


def session_of(persona: Run) -> dict[str, Any]:
    """Return the session that was worked on last."""
    first = persona("sessions", "list", "--json").json["sessions"][0]
    shown: dict[str, Any] = persona("sessions", "show", first["id"], "--json").json
    return shown


def test_five_rounds_with_the_rulebook(terminal: type[Terminal], persona: Run) -> None:
    build = terminal(*BUILD)
    build.expect(ASK)
    for words, answer in (
        ("make it about FastAPI", "FastAPI"),
        ("add a rule about SQL injection", "added"),
        ("/set role Lead Python engineer of a bank", "Lead Python engineer of a bank"),
        ("drop rule 1", "removed"),
        ("more creative", "0.3"),
        ("call it my-bank-api", "my-bank-api"),
        ("/undo 3", "round 3 undone"),
    ):
        build.type(f"{words}\n")
        build.expect(answer)
        build.expect(ASK)
    build.kill()
    killed = session_of(persona)
    resumed = terminal("build", "--resume", "--registry-only")
    resumed.expect("Lead Python engineer of a bank")
    resumed.expect("locked       role")
    resumed.expect(ASK)
    resumed.type("undo\n")
    resumed.expect("undone: undo of round 3")
    resumed.expect(ASK)
    resumed.type("\n")
    resumed.expect("Create my-bank-api? [Y/n]")
    resumed.type("y\n")
    resumed.expect("[CREATE] registry:")

    assert resumed.end() == 0
    made = persona("show", "my-bank-api", "--json").json["persona"]
    assert (made["role"], made["temperature"]) == ("Lead Python engineer of a bank", 0.3)
    assert "fastapi" in made["tags"]
    assert len(killed["transcript"]) == 6
    assert killed["locks"] == ["role"]
    assert set(texts(made)) == {*texts(killed["persona"])} ^ {
        change["new"] for change in killed["transcript"][2]["changes"] if change["kind"] == "added"
    }
    assert session_of(persona)["state"] == "created"


def test_commands_say_what_is_wrong_and_change_nothing(terminal: type[Terminal], persona: Run) -> None:
    build = terminal(*BUILD)
    build.expect(ASK)
    for words, answer in (
        ("/help", "/accept [N]"),
        ("/dance", "there is no /dance"),
        ("/set colour red", "there is no field 'colour'"),
        ("/set temperature hot", "temperature:"),
        ("/set parameters.num_ctx many", "parameters"),
        ("/rule 99 MUST x", "there is no rule '99'"),
        ("/rule", "say which rule"),
        ("/add", "say the rule"),
        ("/move 1 99", "can be moved to places"),
        ("/lock nothing", "to lock"),
        ("/unlock role", "role is not locked"),
        ("/undo", "there is nothing to undo"),
        ("/undo 9", "there is no round 9"),
        ("/redo", "there is nothing to redo"),
        ("/accept", "nothing is proposed"),
        ("\x1b[31m/nonsense", "did not understand"),
        ("undo", "there is nothing to undo"),
        ("/rounds", "Python developer (drafted)"),
        ("/diff", "+FROM qwen3:8b"),
    ):
        build.type(f"{words}\n")
        build.expect(answer)
        build.expect(ASK)
    build.type("n\n")
    build.expect("Create my-python")
    build.type("n\n")

    assert build.end() == 0
    assert session_of(persona)["locks"] == []


def test_what_is_locked_is_proposed_and_taken_by_the_person(terminal: type[Terminal], persona: Run) -> None:
    build = terminal(*BUILD)
    build.expect(ASK)
    build.type("/lock name\n")
    build.expect("locked against the designer: name")
    build.expect(ASK)
    build.type("call it my-other\n")
    build.expect("locked, /accept 1 takes it: name → my-other")
    build.expect(ASK)
    build.type("/accept\n")
    build.expect("name: my-python-q3 → my-other")
    build.expect(ASK)
    build.type("\n")
    build.expect("Create my-other? [Y/n]")
    build.type("y\n")

    assert build.end() == 0


def saying(say: str, **fields: str) -> str:
    updates = [{"field": field, "id": "", "op": "set", "value": value} for field, value in fields.items()]
    return json.dumps({"say": say, "updates": updates})


def test_a_model_speaks_while_it_answers_and_no_escape_reaches_the_terminal(terminal: type[Terminal]) -> None:
    said = saying("Now for \x1b]0;owned\x07a \x1b[31mbank.", role="Engineer \x1b[2J of a bank")
    with fake_ollama(answers=[spec(), said]) as ollama:
        build = terminal("build", "--describe", "Go tools", "--base-model", BASE, "--host", ollama.url)
        build.expect("» A first draft.")
        build.expect(ASK)
        build.type("for a bank\n")
        build.expect("» Now for a bank.")
        build.expect("→ Engineer of a bank")
        build.expect(ASK)
        build.type("\n")
        build.expect("[Y/n]")
        build.type("n\n")
        assert build.end() == 0

    raw = build.raw
    assert b"owned" not in raw
    assert b"\x1b[2J" not in raw


def spec() -> str:
    return json.dumps(
        {
            "say": "A first draft.",
            "domain": "code",
            "language": "Go",
            "name": "my-go-cli-sm2",
            "output_format": "One Go code block and nothing else",
            "role": "Go engineer for command-line tools",
            "rules": [
                "MUST wrap returned errors with fmt.Errorf and %w",
                "MUST pass context.Context as the first parameter",
                "MUST close every response body",
                "MUST NOT start a goroutine without a way to stop it",
            ],
            "temperature": 0.1,
            "tier": "full",
        }
    )


def test_ctrl_c_stops_a_round_and_not_the_conversation(terminal: type[Terminal], persona: Run) -> None:
    with fake_ollama(
        answers=[spec(), Said(saying("Never say never", role="x"), pause=20), saying("Now.", role="Go expert")]
    ) as fake:
        build = terminal("build", "--describe", "Go tools", "--base-model", BASE, "--host", fake.url)
        build.expect(ASK)
        build.type("for a bank\n")
        build.expect("» Never say")
        build.interrupt()
        build.expect("stopped: the draft is as it was")
        build.expect(ASK)
        build.type("again\n")
        build.expect("role: Go engineer for command-line tools → Go expert")
        build.kill()

    outcomes = [made["outcome"] for made in session_of(persona)["transcript"]]
    assert outcomes == ["drafted", "stopped", "changed"]


def test_words_that_were_not_answered_are_said_again(terminal: type[Terminal], persona: Run) -> None:
    with fake_ollama(answers=[spec(), Said(saying("Never say never", role="x"), pause=20)]) as fake:
        build = terminal("build", "--describe", "Go tools", "--base-model", BASE, "--host", fake.url)
        build.expect(ASK)
        build.type("for a bank\n")
        build.expect("» Never say")
        build.kill()
    with fake_ollama(answers=[saying("Now.", role="Go engineer of a bank")]) as fake:
        resumed = persona("build", "--resume", "--dry-run", "--json", "--host", fake.url)

    assert "not answered yet, said again: for a bank" in resumed.err
    assert resumed.json["persona"]["role"] == "Go engineer of a bank"


def test_a_second_process_reads_and_changes_nothing(terminal: type[Terminal], persona: Run) -> None:
    build = terminal(*BUILD)
    build.expect(ASK)
    session_id = persona("sessions", "list", "--json").json["sessions"][0]["id"]

    second = persona("build", "--resume", session_id, "--refine", "make it about FastAPI", "--yes", "--registry-only")
    looked = persona("build", "--resume", session_id, "--dry-run", "--json")

    assert second.code == 75
    assert "open in another process" in second.err
    assert "Proposal" in second.out
    assert looked.json["persona"]["language"] == "Python"
    assert persona("sessions", "rm", session_id, "--yes").code == 75
    assert persona("sessions", "list", "--json").json["sessions"][0]["open"]
    build.kill()
    assert persona("build", "--resume", session_id, "--yes", "--registry-only").code == 0


def test_refinements_without_a_terminal_keep_what_was_not_asked_about(persona: Run) -> None:
    build = ("build", "--describe", "generic backend developer", "--designer", "rulebook", "--dry-run", "--json")
    plain = persona(*build).json["persona"]

    refined = persona(*build, "--refine", "Make it specific to Node.js Express with TypeScript").json

    made = refined["persona"]
    assert made["language"] == "TypeScript"
    assert {"express", "typescript"} <= set(made["tags"])
    asked = {"name", "role", "description", "language", "tags", "constraints", "output_format"}
    assert {k: v for k, v in made.items() if k not in asked} == {k: v for k, v in plain.items() if k not in asked}
    assert refined["session"] is None
    assert [made["outcome"] for made in refined["rounds"]] == ["drafted", "changed"]
    assert {change["field"].split("[")[0] for change in refined["rounds"][1]["changes"]} <= asked


def test_sessions_are_listed_shown_and_removed(persona: Run, tmp_path: Path) -> None:
    assert persona(*BUILD).code == 2
    assert persona(*BUILD, "--refine", "make it about FastAPI", "--yes").code == 0
    created, drafted = persona("sessions", "list", "--json").json["sessions"]

    assert (created["state"], drafted["state"]) == ("created", "drafted")
    assert (created["rounds"], created["open"]) == (2, False)
    assert created["id"] in persona("sessions", "list").out
    shown = persona("sessions", "show", created["id"])
    assert "2. make it about FastAPI (changed)" in shown.out
    assert persona("sessions", "rm", "--created").code == 2
    assert persona("sessions", "rm", "--created", "--yes", "--json").json == {"removed": [created["id"]]}
    assert persona("sessions", "rm", "nowhere", "--yes").code == 1
    assert persona("sessions", "rm").code == 64
    assert persona("sessions", "show", "../../etc/passwd").code == 1
    assert [row["id"] for row in persona("sessions", "list", "--json").json["sessions"]] == [drafted["id"]]


def test_ctrl_c_in_a_refinement_of_the_command_line_creates_nothing(terminal: type[Terminal], persona: Run) -> None:
    with fake_ollama(answers=[spec(), Said(saying("Never say never", role="x"), pause=20)]) as fake:
        build = terminal(
            *("build", "--describe", "Go tools", "--refine", "for a bank", "--refine", "shorter", "--yes"),
            *("--base-model", BASE, "--host", fake.url),
        )
        build.expect("» Never say")
        build.interrupt()
        build.expect("'persona build --resume' goes on with the draft")
        assert build.end() == 130
        assert fake.changes == []
    with fake_ollama(answers=[saying("Now.", role="Of a bank"), saying("Yes.", description="Short.")]) as fake:
        resumed = persona("build", "--resume", "--dry-run", "--json", "--host", fake.url)

    assert persona("list", "--json", "--scope", "global").json["personas"] == []
    assert [(made["words"], made["outcome"]) for made in resumed.json["rounds"]] == [
        ("Go tools", "drafted"),
        ("for a bank", "stopped"),
        ("for a bank", "changed"),
        ("shorter", "changed"),
    ]


def test_words_without_a_designer_are_kept_and_the_conversation_goes_on(terminal: type[Terminal], persona: Run) -> None:
    build = terminal("build", "--describe", "Go developer", "--designer", "rulebook", "--registry-only")
    build.expect(ASK)
    build.kill()
    resumed = terminal("build", "--resume", "--designer", "model", "--registry-only")
    resumed.expect(ASK)
    resumed.type("precious words\n")
    resumed.expect("nothing answers at")
    resumed.expect(ASK)
    resumed.type("/quit\n")
    resumed.expect("nothing was created")

    assert resumed.end() == 0
    last = session_of(persona)["transcript"][-1]
    assert (last["words"], last["outcome"]) == ("precious words", "failed")


def test_a_paste_is_one_message_and_confirms_nothing(terminal: type[Terminal], persona: Run) -> None:
    build = terminal(*BUILD)
    build.expect(ASK)
    build.type("make it about FastAPI\n\n\nthanks\n")
    build.expect("name: my-python-q3")
    build.expect(ASK)
    build.kill()

    assert persona("list", "--json", "--scope", "global").json["personas"] == []
    assert session_of(persona)["transcript"][-1]["words"] == "make it about FastAPI\n\n\nthanks"


def test_what_was_set_by_hand_is_created_over_what_is_there(terminal: type[Terminal], persona: Run) -> None:
    assert persona(*BUILD, "--name", "my-x", "--yes").code == 0
    build = terminal(*BUILD, "--name", "my-x")
    build.expect(ASK)
    for words, answer in (
        ("/set parameters.num_ctx 4096", "parameters.num_ctx: 16384 → 4096"),
        ("/set note mine", "note: - → mine"),
        ("/set temperature 5", "error T001"),
        ("/set temperature 0.2", "temperature: 5.0 → 0.2"),
    ):
        build.type(f"{words}\n")
        build.expect(answer)
        build.expect(ASK)
    build.type("done\n")
    build.expect("+PARAMETER num_ctx 4096")
    build.expect("[Y/n]")
    build.type("y\n")
    build.expect("[CREATE] registry:")

    assert build.end() == 0
    made = persona("show", "my-x", "--json").json["persona"]
    assert (made["parameters"]["num_ctx"], made["note"], made["temperature"]) == (4096, "mine", 0.2)
    assert session_of(persona)["transcript"][0]["by_hand"] == [
        "parameters.num_ctx set by hand",
        "note set by hand",
        "temperature set by hand",
        "temperature set by hand",
    ]


@pytest.mark.slow
def test_five_rounds_with_the_model_in_this_process(terminal: type[Terminal], persona: Run) -> None:
    """Whatever it says, there is a draft, it is the person's, and it can be created; who waits too long stops it."""
    build = terminal(*BUILD)
    build.expect(ASK)
    build.type("/set role Python engineer of a bank\n")
    build.expect("→ Python engineer of a bank")
    build.expect(ASK)
    build.kill()
    model = ("--engine", "llamacpp", "--designer", "model", "--registry-only")
    talk = terminal("build", "--resume", *model)
    talk.expect(ASK)
    for words in ("for a bank", "drop rule 1", "shorter", "call it my-bank", "be more creative"):
        talk.type(f"{words}\n")
        talk.expect(words)
        try:
            talk.expect(ASK, PATIENCE)
        except AssertionError:
            talk.interrupt()
            talk.expect("stopped: the draft is as it was")
            talk.expect(ASK)
    talk.type("/set note Mine\n")
    talk.expect("note: - → Mine")
    talk.expect(ASK)
    talk.type("/undo 2\n")
    talk.expect("round 2 ")  # undone, or it changed nothing: that is up to the model
    talk.expect(ASK)
    talk.type("/rounds\n")
    talk.expect("6. be more creative")
    talk.expect(ASK)
    talk.kill()
    talk = terminal("build", "--resume", *model, "--allow-lint-errors")
    talk.expect(ASK)
    talk.type("\n")
    talk.expect("[Y/n]")
    talk.type("y\n")
    talk.expect("[CREATE] registry:")

    assert talk.end() == 0
    session = session_of(persona)
    assert len(session["transcript"]) == 6
    assert (session["persona"]["role"], session["persona"]["note"]) == ("Python engineer of a bank", "Mine")
    name = session["created"][0]["name"]
    assert persona("show", name, "--json").json["persona"] == session["persona"]
