"""Standard input and output that fail, close, or come late."""

from __future__ import annotations

import subprocess

import pytest

from tests.e2e.conftest import PERSONA, Run


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
