"""`persona designer`: comparing designers, and bringing those that ship to a server."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import NOWHERE, PERSONA, Run
from tests.e2e.test_terminal import Terminal
from tests.fake_ollama import BASE, FakeOllama, Said

COMPARE = ("designer", "compare")
GO = ("--case", "go-grpc")
GOOD = json.dumps(
    {
        "say": "Here you are.",
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
LARGE, SMALL = "my-persona-designer-q3-14b", "my-persona-designer-q3"
CASE = "cases:\n- id: mine\n  description: Go developer\n  expect: {language: Go}\n"


def results(document: Any, designer: str) -> list[Any]:
    return [one for one in document["results"] if one["designer"] == designer]


def test_the_rulebook_does_the_cases_that_ship(persona: Run) -> None:
    done = persona(*COMPARE, "--designer", "rulebook", "--json")

    assert done.code == 0
    document = done.json
    assert len(document["results"]) == len(document["cases"]) == 30
    assert document["complete"] is True
    [rulebook] = document["designers"]
    assert rulebook["passed"]["n"] == 30
    assert rulebook["checks"]["valid_first"]["passed"] == 30
    assert rulebook["checks"]["wish"]["n"] == 10
    assert 0 < rulebook["passed"]["low"] < rulebook["passed"]["share"] < rulebook["passed"]["high"] < 1
    assert all(one["passed"] == (not one["failures"]) for one in document["results"])


def test_a_result_is_the_same_again_and_the_rulebook_runs_once(persona: Run) -> None:
    words = (*COMPARE, "--designer", "rulebook", "--runs", "3", "--json")
    one, other = persona(*words).json, persona(*words).json

    assert len(one["results"]) == 30
    for document in (one, other):
        for result in document["results"]:
            del result["seconds"]
    assert one["results"] == other["results"]


def test_a_codebase_is_looked_at(persona: Run) -> None:
    [result] = persona(*COMPARE, "--designer", "rulebook", "--case", "codebase-django", "--json").json["results"]

    assert result["persona"]["language"] == "Python"
    assert "Django" in result["persona"]["role"]


def test_a_model_is_compared_with_the_rulebook(persona: Run, ollama: FakeOllama) -> None:
    ollama.answers = [GOOD]
    words = (*COMPARE, "--designer", "rulebook", "--designer", BASE, "--runs", "2", "--host", ollama.url)
    document = persona(*words, *GO, "--case", "hiking-blog", "--json").json

    model = f"ollama:{BASE}"
    assert [(one["case"], one["run"]) for one in results(document, model)] == [
        ("go-grpc", 1),
        ("hiking-blog", 1),
        ("go-grpc", 2),
        ("hiking-blog", 2),
    ]
    assert [one["passed"] for one in results(document, model)] == [True, False, True, False]
    assert "the domain is code, expected writing" in results(document, model)[1]["failures"]
    [pair] = document["pairs"]
    assert (pair["cases"], pair["both"], pair["a_only"], pair["b_only"], pair["p"]) == (2, 1, 1, 0, 1)
    assert ollama.changes == []


def test_each_run_has_its_number_as_its_seed(persona: Run, ollama: FakeOllama) -> None:
    ollama.answers = [GOOD]
    persona(*COMPARE, "--designer", BASE, "--runs", "2", *GO, "--host", ollama.url)

    assert [chat["options"]["seed"] for chat in ollama.chats] == [1, 2]


def test_an_answer_that_was_asked_for_again_is_valid_and_not_at_the_first_try(persona: Run, ollama: FakeOllama) -> None:
    ollama.answers = ["I would rather not.", GOOD]
    done = persona(*COMPARE, "--designer", f"ollama:{BASE}", *GO, "--host", ollama.url, "--json")

    [result] = done.json["results"]
    assert (result["asks"], result["tokens"]) == (2, 40)
    assert (result["checks"]["valid_first"], result["checks"]["valid"]) == (False, True)


def test_an_engine_that_fails_has_failed_the_case_and_the_next_follows(persona: Run, ollama: FakeOllama) -> None:
    ollama.chat_error = "out of memory"
    done = persona(*COMPARE, "--designer", BASE, *GO, "--case", "rust-tokio", "--host", ollama.url, "--json")

    assert done.code == 0
    assert [one["passed"] for one in done.json["results"]] == [False, False]
    assert all("out of memory" in one["error"] for one in done.json["results"])
    assert done.json["designers"][0]["errors"] == 2
    assert done.err.count("out of memory") == 2


def test_without_a_designer_the_rulebook_meets_the_model_that_build_takes(persona: Run, ollama: FakeOllama) -> None:
    ollama.answers = [GOOD]
    document = persona(*COMPARE, *GO, "--host", ollama.url, "--json").json

    assert [one["name"] for one in document["designers"]] == ["rulebook", f"ollama:{BASE}"]
    alone = persona(*COMPARE, *GO, "--json")
    assert [one["name"] for one in alone.json["designers"]] == ["rulebook"]
    assert "only the rulebook is measured" in alone.err


def test_a_table_fits_eighty_columns_and_no_percentage_stands_alone(persona: Run, ollama: FakeOllama) -> None:
    ollama.answers = [GOOD]
    words = ("--designer", "rulebook", "--designer", BASE, "--designer", f"ollama:{SMALL}")
    ollama.add(SMALL, **{"from": BASE})
    done = persona(*COMPARE, *words, *GO, "--case", "rust-tokio", "--host", ollama.url, "--plot")

    lines = done.out.splitlines()
    assert lines[:3] == ["A  rulebook", f"B  ollama:{BASE}", f"C  ollama:{SMALL}"]
    table = lines[4 : lines.index("", 4)]
    assert max(map(len, table)) <= 80
    assert all(re.search(r"\d+/\d+ {2}\d+–\d+ %", line) for line in table if "%" in line)
    assert "exact McNemar p" in done.out
    assert "B did not pass: rust-tokio" in done.out
    assert "●" in done.out
    assert "│" not in persona(*COMPARE, "--designer", "rulebook", *GO).out


def test_json_is_one_document_and_a_plot_goes_elsewhere(persona: Run) -> None:
    done = persona(*COMPARE, "--designer", "rulebook", *GO, "--json", "--plot")

    assert done.json["complete"]
    assert "●" in done.err


def test_results_are_saved_as_they_are_printed(persona: Run) -> None:
    done = persona(*COMPARE, "--designer", "rulebook", *GO, "--json", "--save", "out.json")

    assert json.loads(Path("out.json").read_text()) == done.json
    assert [path.name for path in Path().iterdir()] == ["out.json"]


def test_cases_of_ones_own_are_run(persona: Run) -> None:
    Path("cases.yaml").write_text(CASE)
    done = persona(*COMPARE, "cases.yaml", "--designer", "rulebook", "--json")

    assert (done.json["source"], done.json["cases"]) == ("cases.yaml", ["mine"])
    assert done.json["results"][0]["passed"] is True


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["nowhere.yaml"], 1, "nowhere.yaml: no such file"),
        (["bad.yaml"], 65, "bad.yaml: cases[0].expect.domain[0] of 'mine': input should be 'code'"),
        (["broken.yaml"], 65, "broken.yaml:2: broken YAML"),
        (["--case", "nobody"], 1, "there is no case 'nobody'"),
        (["--runs", "0"], 64, "0 is not in the range"),
        (["--designer", "qwen3:8b"], 69, "nothing answers at"),
        (["--designer", "auto"], 69, "nothing answers at"),
        (["--designer", "llamacpp:nobody"], 1, "there is no model 'nobody'"),
        (["--designer", "llamacpp:"], 64, "names no model"),
        (["--designer", "rulebook", "--designer", "rulebook"], 64, "named twice"),
        (["--designer", "rulebook", "--save", "nowhere/out.json"], 73, "cannot write"),
        (["--designer", "rulebook", "--save", "."], 73, "it is a folder"),
    ],
)
def test_bad_input_is_one_sentence(persona: Run, words: list[str], code: int, sentence: str) -> None:
    Path("bad.yaml").write_text(CASE.replace("language: Go", "domain: coding"))
    Path("broken.yaml").write_text("cases: [\n")
    done = persona(*COMPARE, *words)

    assert done.code == code
    errors = [line for line in done.err.splitlines() if line.startswith("[ERROR]")]
    assert len(errors) == 1
    assert sentence in errors[0]
    assert done.out == ""


def test_a_model_that_is_not_there_is_said_before_anything_is_measured(persona: Run, ollama: FakeOllama) -> None:
    done = persona(*COMPARE, "--designer", "rulebook", "--designer", "nobody", "--host", ollama.url)

    assert done.code == 1
    assert "nobody" in done.err
    assert "case 1" not in done.err


@pytest.mark.parametrize("flags", [[], ["--json", "--save", "out.json"]])
def test_an_interrupt_shows_what_was_measured_so_far(persona: Run, ollama: FakeOllama, flags: list[str]) -> None:
    def answer(body: Any) -> Said:
        if len(ollama.chats) > 1:
            time.sleep(5)
        return Said(GOOD)

    ollama.answers = [answer]
    words = [PERSONA, *COMPARE, "--designer", "rulebook", "--designer", BASE, *GO, "--case", "rust-tokio"]
    words += ["--host", ollama.url, *flags]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while len(ollama.chats) < 2:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)

    assert process.returncode == 130
    assert b"3 of 4 results" in err
    assert err.rstrip().endswith(b"[ERROR] interrupted")
    if flags:
        document = json.loads(out)
        assert (document["complete"], len(document["results"])) == (False, 3)
        assert json.loads(Path("out.json").read_text()) == document
    else:
        assert b"both passed 1" in out


def test_a_person_at_a_terminal_sees_how_far_it_is_and_a_plot(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", NOWHERE)
    monkeypatch.setenv("TERM", "xterm-256color")
    shown = Terminal(*COMPARE, "--designer", "rulebook")
    shown.expect("case 1 of 30")
    shown.expect("left: rulebook")
    shown.expect("passed in all")
    shown.expect("●")

    assert shown.end() == 0
    assert max(len(line) for line in shown.screen.splitlines() if "case" not in line) <= 80


# --- install and list ---


def test_designers_are_installed_where_their_base_is(persona: Run, ollama: FakeOllama) -> None:
    ollama.add("qwen3:8b", template="{{ .Prompt }}")
    done = persona("designer", "install", "--yes", "--host", ollama.url, "--json")

    assert done.code == 0
    assert {one["name"]: one["done"] for one in done.json["personas"]} == {LARGE: False, SMALL: True}
    assert f"'persona designer install {LARGE} --pull' pulls it" in done.err
    assert ollama.changes == ["POST /api/create"]
    again = persona("designer", "install", SMALL, "--yes", "--host", ollama.url)
    assert (again.code, "nothing was changed" in again.err) == (0, True)


def test_bases_are_pulled_where_that_is_said(persona: Run, ollama: FakeOllama) -> None:
    done = persona("designer", "install", "--pull", "--yes", "--host", ollama.url)

    assert done.code == 0
    assert ollama.changes == ["POST /api/pull", "POST /api/create"] * 2
    assert {f"{LARGE}:latest", f"{SMALL}:latest"} <= {model["name"] for model in ollama.models.values()}


def test_without_any_base_it_is_said_what_to_pull(persona: Run, ollama: FakeOllama) -> None:
    done = persona("designer", "install", "--yes", "--host", ollama.url)

    assert done.code == 2
    assert "has no qwen3:14b" in done.err
    assert "has no qwen3:8b" in done.err
    assert ollama.changes == []


def test_an_installation_is_shown_first_and_needs_a_yes(persona: Run, ollama: FakeOllama) -> None:
    ollama.add("qwen3:8b")
    words = ("designer", "install", SMALL, "--host", ollama.url)

    assert "[DRY-RUN] 1 persona would be changed" in persona(*words, "--dry-run").err
    assert persona(*words).code == 2
    assert ollama.changes == []


def test_a_model_of_that_name_is_not_overwritten(persona: Run, ollama: FakeOllama) -> None:
    ollama.add("qwen3:8b")
    ollama.add(SMALL, **{"from": BASE, "system": "mine"})
    done = persona("designer", "install", SMALL, "--yes", "--host", ollama.url)

    assert done.code == 2
    assert "--force" in done.err
    assert ollama.changes == []


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["my-go"], 64, "'my-go' is no designer that ships"),
        ([], 69, "nothing answers at"),
        (["--engine", "llamacpp"], 64, "keeps no models"),
    ],
)
def test_an_installation_that_cannot_be_is_said(persona: Run, words: list[str], code: int, sentence: str) -> None:
    done = persona("designer", "install", *words)

    assert done.code == code
    assert sentence in done.err


def test_the_list_says_which_designer_build_takes(persona: Run, ollama: FakeOllama) -> None:
    nowhere = persona("designer", "list", "--json").json["designers"]
    assert [(one["name"], one["server"], one["auto"]) for one in nowhere] == [
        ("rulebook", None, True),
        (LARGE, "unknown", False),
        (SMALL, "unknown", False),
    ]
    plain = persona("designer", "list", "--host", ollama.url)
    assert re.search(rf"{BASE} .* build takes it", plain.out)
    ollama.add("qwen3:8b")
    persona("designer", "install", "--yes", "--host", ollama.url)
    rows = persona("designer", "list", "--host", ollama.url, "--json").json["designers"]
    assert [(one["name"], one["server"], one["auto"]) for one in rows] == [
        ("rulebook", None, False),
        (LARGE, "missing", False),
        (SMALL, "same", True),
    ]


def test_the_group_shows_its_help(persona: Run) -> None:
    done = persona("designer")

    assert done.code == 0
    assert {"compare", "install", "list"} <= set(done.out.split())
