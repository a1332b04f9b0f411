"""Standard input and output that fail, close, or come late."""

from __future__ import annotations

import socket
import subprocess

import pytest

from tests.e2e.conftest import PERSONA, Run
from tests.fake_ollama import BASE, FakeOllama


def shell(line: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in which `persona` is the command."""
    line = f'persona() {{ "{PERSONA}" "$@"; }}; {line}'
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    "words",
    ["--version", "--help", "list", "list --json", "show my-persona-designer-q3 --json", "show my-persona-designer-q3"],
)
def test_output_that_cannot_be_written_is_one_sentence(persona: Run, words: str) -> None:
    done = shell(f"persona {words} > /dev/full")

    assert done.returncode == 73
    errors = [line for line in done.stderr.splitlines() if not line.startswith("[NOTE]")]
    assert errors == ["[ERROR] cannot write to standard output: the disk is full"]


def test_an_error_that_nobody_reads_keeps_its_exit_code(persona: Run) -> None:
    for line in ("persona show nobody --json > /dev/full", "persona show nobody --json | true; exit ${PIPESTATUS[0]}"):
        done = shell(line)

        assert done.returncode == 1
        assert [text[:7] for text in done.stderr.splitlines()] == ["[ERROR]"]


def test_a_reader_that_leaves_ends_a_command_quietly(persona: Run) -> None:
    done = shell("persona list --json | true; exit ${PIPESTATUS[0]}")
    long = shell("persona show my-persona-designer-q3 --json 2> /dev/null | true; exit ${PIPESTATUS[0]}")

    assert (done.returncode, done.stderr) == (0, "")
    assert (long.returncode, long.stderr) == (0, "")


def test_bytes_that_are_no_text_come_out_as_json_that_can_be_read(
    persona: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8:strict")

    done = shell(r"persona show $'\xff' --json")

    assert done.returncode == 1
    assert "\N{REPLACEMENT CHARACTER}" in done.stdout
    assert "fault of the program" not in done.stderr


def test_a_pipe_that_is_slow_is_waited_for(persona: Run, ollama: FakeOllama) -> None:
    words = f'persona try my-persona-designer-q3 "review this" --model {BASE} --host {ollama.url}'

    done = shell(f"(sleep 1; echo DIFF) | {words}")

    assert done.returncode == 0
    assert ollama.chats[-1]["messages"][-1]["content"] == "review this\n\nDIFF"


def test_an_idle_socket_is_not_waited_for(persona: Run, ollama: FakeOllama) -> None:
    words = ["try", "my-persona-designer-q3", "hi", "--model", BASE, "--host", ollama.url]
    ours, theirs = socket.socketpair()

    with ours, theirs:
        done = subprocess.run([PERSONA, *words], stdin=theirs, capture_output=True, timeout=30, check=False)

    assert done.returncode == 0


@pytest.mark.parametrize(
    "words", ["build --describe -", "try my-persona-designer-q3 -", "try my-persona-designer-q3", "build", "create"]
)
def test_a_closed_standard_input_has_nothing_to_say(persona: Run, words: str) -> None:
    done = shell(f"persona {words} <&-")

    assert done.returncode in (2, 64)
    assert [line[:7] for line in done.stderr.splitlines()] == ["[ERROR]"]


@pytest.mark.parametrize("words", ["build --describe -", "try my-persona-designer-q3 -"])
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_bytes_on_standard_input_that_are_no_text_are_refused(persona: Run, words: str, locale: str) -> None:
    done = shell(rf"printf '\xff\xfe' | LC_ALL={locale} persona {words}")

    assert done.returncode == 65
    assert "standard input: no UTF-8 text" in done.stderr
