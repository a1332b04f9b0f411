"""Ctrl-C ends a command soon and in a few words, whatever it is doing."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import types

import pytest

from persona_tui.cli import main

_STUBBORN = """
import asyncio, time
from persona_tui.cli.common import run_async
async def work():
    try:
        print("ready", flush=True)
        await asyncio.sleep(60)
    finally:
        await asyncio.to_thread(time.sleep, 60)
run_async(work())
"""


def test_an_interrupt_while_modules_are_imported_is_silent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Slow(types.ModuleType):
        def __getattr__(self, name: str) -> object:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "persona_tui.cli.app", Slow("persona_tui.cli.app"))

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 130
    assert capsys.readouterr() == ("", "")


def test_what_does_not_listen_is_left_behind() -> None:
    process = subprocess.Popen([sys.executable, "-c", _STUBBORN], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    _, err = process.communicate(timeout=30)

    assert (process.returncode, err) == (130, b"\n[ERROR] interrupted\n")
    assert time.monotonic() - began < 20
