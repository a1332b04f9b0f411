"""A command in a pseudo-terminal, typed at as a person types."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import struct
import termios
import time
from fcntl import ioctl

from tests.e2e.conftest import PERSONA

_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x1b.|\r")


class Terminal:
    """A command in a terminal of 80 by 24, or of another size."""

    def __init__(self, *args: str, size: tuple[int, int] = (24, 80)) -> None:
        self._process, self._handle = pty.fork()
        if self._process == 0:
            ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
            # with an environment of its own: readline puts COLUMNS into that of the C library
            os.execve(PERSONA, [str(PERSONA), *args], dict(os.environ))
        self.screen = ""
        self._raw = b""
        self._seen = 0

    @property
    def raw(self) -> bytes:
        """All that the command has sent to the terminal."""
        return self._raw

    def expect(self, words: str, seconds: float = 30) -> None:
        """Wait until `words` appear after what was expected last."""
        give_up = time.monotonic() + seconds
        while words not in self.screen[self._seen :]:
            assert time.monotonic() < give_up, f"no {words!r} after:\n{self.screen[self._seen :]}"
            if not self._read(0.2) and words not in self.screen[self._seen :]:
                raise AssertionError(f"ended without {words!r}:\n{self.screen[self._seen :]}")
        self._seen = self.screen.index(words, self._seen) + len(words)

    def type(self, text: str) -> None:
        if text == "\x03":
            time.sleep(0.3)  # no person is quicker, and readline overhears a signal while it prepares the terminal
        os.write(self._handle, text.encode())

    def interrupt(self) -> None:
        """Press Ctrl-C as late as a person does: one just before Python starts to read ends only the next read."""
        time.sleep(0.5)
        self.type("\x03")

    def end(self) -> int:
        """Wait for the end, and return the exit code."""
        give_up = time.monotonic() + 30
        while self._read(0.2):
            assert time.monotonic() < give_up, f"does not end after:\n{self.screen[self._seen :]}"
        return os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])

    def kill(self) -> None:
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)

    def _read(self, seconds: float) -> bool:
        """Read what there is; return False at the end."""
        if not select.select([self._handle], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self._handle, 65536)
        except OSError:
            return False
        self._raw += data
        self.screen = _ESCAPES.sub("", self._raw.decode(errors="replace"))
        if b"\x1b[6n" in data:  # where is the cursor? prompt_toolkit asks, and waits for a terminal to answer
            os.write(self._handle, b"\x1b[1;1R")
        return bool(data)
