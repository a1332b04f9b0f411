"""Bad input: one clear sentence, the right exit code, nothing lost and nothing left behind."""

from __future__ import annotations

import json
import random
import re
import subprocess
from pathlib import Path

import pytest

from persona_tui.cli.app import COMMANDS, run
from tests.e2e.conftest import PERSONA, Run
from tests.e2e.test_main_job import FORM
from tests.fake_ollama import BASE, FakeOllama, fake_ollama
from tests.unprivileged import unprivileged

DRAFT = ("--dry-run", "--json", "--designer", "rulebook")


def sentence(err: str) -> str:
    """Return the one sentence of a failed command, and check that it is one."""
    errors = [line for line in err.splitlines() if line.startswith("[ERROR]")]
    assert len(errors) == 1
    assert "Traceback" not in err
    return errors[0]


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["build", "--describe", "", "--dry-run"], 64, "empty"),
        (["build", "--describe", "  \n ", "--dry-run"], 64, "empty"),
        (["build", "--describe", "-", "--dry-run"], 64, "empty"),
        (["build", "--dry-run"], 2, "--describe"),
        (["build", "--describe", "x", "--designer", "magic"], 64, "magic"),
        (["build", "--describe", "x", "--temperature", "hot"], 64, "hot"),
        (["build", "--describe", "x", "--temperature", "3"], 64, "3"),
        (["build", "--describe", "x", "--name", "My-Go", "--dry-run"], 64, "--name: must be lower case"),
        (["build", "--describe", "x", "--name", "a b", "--dry-run"], 64, "a-z"),
        (["build", "--resume"], 1, "no draft"),
        (["build", "--describe", "x", "--designer", "model"], 69, "127.0.0.1:9 (connection refused)"),
        (["build", "--describe", "x", "--scope", "moon"], 64, "moon"),
        (["build", "--describe", "x", "--project", "nowhere"], 64, "nowhere"),
        (["create"], 2, "--role"),
        (["create", "--role", "x", "--domain", "cooking", "--yes"], 64, "--domain: input should be"),
        (["create", "--role", "x", "--tier", "half", "--yes"], 64, "--tier"),
        (["create", "--role", "x", "--constraint", "MUST a\nb", "--yes"], 64, "--constraint: must be one line"),
        (["apply", "my-persona-designer-q3", "--engine", "llamacpp"], 64, "keeps no models"),
        (["show", "MY-persona-designer-Q3"], 1, "did you mean 'my-persona-designer-q3'"),
        (["create", "--role", "x", "--base-model", "bad name", "--yes"], 64, "--base-model: 'bad name'"),
        (["build", "--describe", "x", "--base-model", "bad name", "--designer", "rulebook"], 64, "bad name"),
        (["apply"], 64, "--all"),
        (["apply", "nobody"], 1, "nobody"),
        (["apply", "--all", "--host", "http://127.0.0.1:9"], 69, "127.0.0.1:9"),
        (["list", "--host", "http://a b"], 64, None),
        (["show"], 64, "name"),
        (["show", "nobody"], 1, "nobody"),
        (["show", "my-persona-designer-q3@99"], 1, "version 99"),
        (["show", "my-persona-designer-q3@x"], 64, "version is a number"),
        (["show", f"my-persona-designer-q3@{'1' * 5000}"], 1, "no version 111"),
        (["show", "my-persona-designer-q3@²"], 64, "version is a number"),
        (["show", "./nowhere.yaml"], 1, "no such file"),
        (["rm", "nobody", "--yes"], 1, "nobody"),
        (["rm", "my-persona-designer-q3", "--yes"], 73, "ships"),
        (["lint", "--explain", "X999"], 1, "X999"),
        (["detect", "nowhere"], 64, "nowhere"),
        (["try", "my-persona-designer-q3", ""], 64, "nothing to ask"),
        (["try", "my-persona-designer-q3", "hi"], 69, "127.0.0.1:9"),
        (["try", "my-persona-designer-q3", "hi", "--engine", "abacus"], 64, "abacus"),
        (["engines", "--engine", "abacus"], 64, "abacus"),
        (["engines", "--host", "http://xn--a.com"], 64, "xn--a.com"),
        (["modelfile", "parse", "nowhere"], 1, "no such file"),
        (["frobnicate"], 64, "frobnicate"),
        (["list", "--frobnicate"], 64, "frobnicate"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else None,
)
def test_one_sentence_and_the_exit_code(persona: Run, args: list[str], code: int, words: str | None) -> None:
    result = persona(*args)

    if words is None:
        assert result.code == 0, "an address that is not asked needs no look"
        return
    assert result.code == code, result.err
    assert words in sentence(result.err)


def test_a_failure_with_json_is_one_document_too(persona: Run) -> None:
    result = persona("show", "nobody", "--json")

    assert result.json["exit_code"] == result.code == 1
    assert "nobody" in result.json["error"]


def test_a_description_of_a_megabyte_is_refused(persona: Run) -> None:
    result = persona("build", "--describe", "-", *DRAFT, stdin="Go developer " * 80_000)

    assert result.code == 64
    assert "say it shorter" in sentence(result.err)


@pytest.mark.parametrize(
    "text",
    [
        "用于支付系统的 Go 开发者",
        "مطور بايثون",
        "Entwickler für Java",
        "разработчик на Rust",
        "\x1b[31mred\x1b[0m [bold]x[/bold] {{y}}",
        "💥" * 50,
    ],
)
def test_any_script_and_any_mark_makes_a_valid_persona(persona: Run, text: str) -> None:
    result = persona("build", "--describe", text, *DRAFT)

    assert result.code == 0
    assert 4 <= len(result.json["persona"]["constraints"]) <= 7
    assert [f for f in result.json["lint"] if f["severity"] != "info"] == []
    assert "\x1b" not in json.dumps(result.json["persona"])


def _file(path: Path) -> None:
    path.write_text("a file")


def _loop(path: Path) -> None:
    path.symlink_to(path)


def _nothing(path: Path) -> None:
    """There is no such path."""


@pytest.mark.parametrize("make", [_file, _loop, _nothing])
def test_a_codebase_that_is_none_is_a_warning_and_the_build_goes_on(persona: Run, make: object) -> None:
    make(Path("code"))  # type: ignore[operator]

    result = persona("build", "--describe", "Go developer", "--codebase", "code", *DRAFT)

    assert result.code == 0
    assert result.json["detect"] is None
    assert "[WARN] detection failed" in result.err
    assert result.json["persona"]["language"] == "Go"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"name: [", 65),
        (b"\x00\xff\xfe binary \x80", 65),
        (b"role: x\n", 65),
        (b"name: my-x\nrole: x\ntemperature: hot\n", 65),
        (b"# " + b"x" * 1_100_000, 65),
    ],
    ids=["broken", "binary", "no name", "wrong type", "huge"],
)
def test_a_bad_persona_file_is_said_and_the_others_are_served(persona: Run, content: bytes, code: int) -> None:
    registry = Path(".persona/registry")
    registry.mkdir(parents=True)
    (registry / "my-x.yaml").write_bytes(content)

    shown = persona("show", "my-x")
    listed = persona("list", "--json")

    assert shown.code == code
    assert "my-x.yaml" in sentence(shown.err)
    assert "my-persona-designer-q3" in [row["name"] for row in listed.json["personas"]]
    assert "my-x.yaml" in listed.err
    assert persona("lint", "my-x").code == 65
    assert persona("lint").code == 1


def test_a_finding_about_a_broken_file_names_it_once(persona: Run) -> None:
    registry = Path(".persona/registry")
    registry.mkdir(parents=True)
    (registry / "my-x.yaml").write_text("name: my-x\nrole: x\n---\nname: y\n")
    (registry / "my-y.yaml").write_text("name: my-y\nrolle: x\n")

    linted = persona("lint")

    assert linted.out.count("my-x.yaml") == 1
    assert "my-x.yaml:3: " in linted.out
    assert "expected a single document in the stream, but found another document" in linted.out
    assert "role: field required; did you mean it by 'rolle'" in linted.out


def test_rules_that_moved_are_shown_in_their_new_order(persona: Run) -> None:
    head = "role: x\nconstraints:\n"
    Path("a.yaml").write_text(f"name: a\n{head}- MUST first\n- MUST second\n")
    Path("b.yaml").write_text(f"name: a\n{head}- MUST second\n- MUST first\n")

    assert "now in this order\n  1. MUST second\n  2. MUST first\n" in persona("diff", "a.yaml", "b.yaml").out


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_help_speaks_in_words(persona: Run, command: str) -> None:
    assert not re.search(r"  -.*<(str|int|float|text)", persona(command, "--help").out)


def test_unknown_keys_are_kept_and_linted(persona: Run) -> None:
    registry = Path(".persona/registry")
    registry.mkdir(parents=True)
    (registry / "my-x.yaml").write_text("name: my-x\nrole: Go engineer\nconstrains:\n  - MUST test\n")

    linted = persona("lint", "my-x", "--json").json["personas"][0]["lint"]

    assert any("constrains" in finding["message"] and finding["line"] == 3 for finding in linted)
    assert persona("show", "my-x", "--json").json["persona"]["constrains"] == ["MUST test"]


@pytest.mark.parametrize(
    "content",
    [b"", b"FROM", b"\xff\xfe\x00", b"FROM x\nBOGUS y\n", random.Random(7).randbytes(5000)],
    ids=["empty", "cut", "mark", "unknown", "noise"],
)
def test_a_bad_modelfile_is_refused_in_ollamas_words(persona: Run, content: bytes) -> None:
    Path("Modelfile").write_bytes(content)

    result = persona("modelfile", "parse", "Modelfile", "--json")

    assert result.code == 65
    assert result.json["error"]
    assert result.json["from"] is None


def test_a_huge_modelfile_and_a_folder_are_refused(persona: Run) -> None:
    Path("big").write_bytes(b"FROM x\n" + b"#" * 1_100_000)

    assert persona("modelfile", "parse", "big").code == 65
    assert persona("modelfile", "parse", "/").code == 65


HOSTILE = [
    "",
    "Sure! Here is what I think about personas.",
    '{"role": "half of a JSON obj',
    json.dumps({"rules": [f"MUST do {n}" for n in range(10_000)]}),
    '{"role": "\\u001b]0;owned\\u0007\\u001b[2J\\u001b[31m", "rules": ["[bold]MUST[/]"], "name": "../../etc/passwd"}',
    "[" * 50_000,
    '{"role": null, "rules": {"a": 1}, "temperature": "NaN", "domain": ["x"], "name": 5}',
    '{"role": "' + "x" * 60_000 + '"}',
    "<think>{}</think>",
]


@pytest.mark.parametrize("said", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_a_model_says_the_draft_is_valid_and_the_terminal_safe(persona: Run, said: str) -> None:
    with fake_ollama(answers=[said]) as ollama:
        build = ("build", "--describe", "Go developer", "--base-model", BASE, "--dry-run")
        machine = persona(*build, "--json", "--host", ollama.url)
        human = persona(*build, "--host", ollama.url)

    assert machine.code == human.code == 0, machine.err
    assert 4 <= len(machine.json["persona"]["constraints"]) <= 8
    assert machine.json["filled"] or machine.json["designer"]["kind"] == "rulebook"
    assert [f for f in machine.json["lint"] if f["severity"] == "error"] == []
    for text in (machine.out, machine.err, human.out, human.err):
        assert "\x1b" not in text


@pytest.mark.parametrize(("version", "code"), [("0.5.4", 1), ("0.5.5", 0)])
def test_a_server_that_is_too_old_is_told_so(persona: Run, version: str, code: int) -> None:
    with fake_ollama(version=version) as ollama:
        result = persona("apply", "my-persona-designer-q3", "--dry-run", "--host", ollama.url)

    assert result.code == code
    if code:
        assert "0.5.5" in sentence(result.err)


def test_an_answer_with_escape_codes_cannot_steer_the_terminal(persona: Run) -> None:
    with fake_ollama(answers=["\x1b]52;c;cm0gLXJm\x07safe\x1b[2J [bold]text[/bold]"]) as ollama:
        result = persona("try", "my-persona-designer-q3", "hi", "--model", BASE, "--host", ollama.url)

    assert result.out == "safe [bold]text[/bold]\n"


def test_a_reader_that_leaves_is_no_error(persona: Run, home: Path) -> None:
    done = subprocess.run(
        f"{PERSONA} show my-persona-designer-q3 | head -1", shell=True, capture_output=True, check=False
    )

    assert done.returncode == 0
    assert b"roken pipe" not in done.stderr


def test_a_terminal_that_knows_no_utf8_gets_escapes(persona: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Path(".persona/registry")
    registry.mkdir(parents=True)
    (registry / "my-x.yaml").write_text("name: my-x\nrole: Übersetzer\n")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")

    result = persona("list")

    assert result.code == 0
    assert "\\xdcbersetzer" in result.out


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["list", "--json"], 0, "permission is denied"),
        (["show", "my-persona-designer-q3"], 0, None),
        (["show", "my-go"], 1, "no persona"),
        (["build", "--describe", "Go", "--designer", "rulebook", "--dry-run", "--registry-only"], 0, None),
        (["build", "--describe", "Go", "--designer", "rulebook", "--yes", "--registry-only"], 73, "cannot write"),
    ],
)
def test_a_project_folder_that_cannot_be_read_hides_nothing_else(args: list[str], code: int, words: str | None) -> None:
    Path(".persona/registry").mkdir(parents=True)
    Path(".persona").chmod(0o000)

    done = unprivileged(lambda: run(args))

    assert done.code == code, done.err
    assert "fault of the program" not in done.err
    assert words is None or words in done.err


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("mkdir gone && cd gone && rmdir ../gone && {persona} list", 1),
        ("{persona} list --json > /dev/full", 73),
        (f"{{persona}} show {'x' * 300}", 1),
        (f"{{persona}} list --project {'x' * 300}", 64),
    ],
    ids=["folder gone", "disk full", "long name", "long folder"],
)
def test_what_the_system_refuses_is_one_sentence(persona: Run, command: str, code: int) -> None:
    done = subprocess.run(command.format(persona=PERSONA), shell=True, stderr=subprocess.PIPE, text=True, check=False)

    assert done.returncode == code
    assert "fault of the program" not in sentence(done.stderr)


def test_a_registry_that_cannot_be_written_keeps_its_model_on_the_server(persona: Run, ollama: FakeOllama) -> None:
    made = persona(*FORM, "--json", "--host", ollama.url).json
    Path(made["created"]["registry"]).parent.chmod(0o555)

    done = unprivileged(lambda: run(["rm", "my-go", "--yes", "--host", ollama.url]))

    assert done.code == 73
    assert "my-go:latest" in ollama.models
    assert "cannot write in" in sentence(done.err)


def test_a_broken_file_fails_and_stops_no_other(persona: Run) -> None:
    path = Path(persona(*FORM, "--registry-only", "--json").json["created"]["registry"])
    path.with_name("broken.yaml").write_text("role: [")
    modelfile = path.parents[1] / "modelfiles/my-go.Modelfile"
    modelfile.unlink()

    assert persona("render", "--check").code == 65
    written = persona("render", "--json")
    with fake_ollama() as ollama:
        applied = persona("apply", "--all", "--yes", "--json", "--host", ollama.url)

    assert (written.code, modelfile.exists()) == (65, True)
    assert [(one["name"], one["state"]) for one in written.json["modelfiles"]] == [
        ("my-go", "missing"),
        ("broken", "broken"),
    ]
    assert applied.code == 65
    assert [(one["name"], one["done"]) for one in applied.json["personas"]] == [("broken", False), ("my-go", True)]
    assert "broken.yaml" in applied.json["personas"][0]["error"]


@pytest.mark.parametrize("damage", ["{", "[]", '{"description": 1}'])
def test_a_damaged_draft_does_not_hide_the_one_before(persona: Run, home: Path, damage: str) -> None:
    assert persona("build", "--describe", "Rust Tokio developer", "--designer", "model").code == 69
    broken = home / "state/sessions/9999-broken.jsonl"
    broken.write_text(f"{damage}\n")

    resumed = persona("build", "--resume", "--designer", "rulebook", "--dry-run", "--json")

    assert resumed.code == 0
    assert "damaged" in resumed.err
    assert resumed.json["persona"]["language"] == "Rust"
    for draft in broken.parent.iterdir():
        draft.write_text(f"{damage}\n")
    assert persona("build", "--resume", "--dry-run").code == 65
