from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from persona_tui.base.errors import UsageError
from persona_tui.engines.ollama import connect
from persona_tui.engines.ollama.host import is_loopback, normalise_host


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("  '127.0.0.1:1234' ", "http://127.0.0.1:1234"),
        ("localhost", "http://localhost:11434"),
        ("GPU-box.lan", "http://gpu-box.lan:11434"),
        ("my_ollama:8080", "http://my_ollama:8080"),
        (":1234", "http://127.0.0.1:1234"),
        ("http://example.com", "http://example.com:80"),
        ("https://example.com", "https://example.com:443"),
        ("HTTPS://example.com:8443/", "https://example.com:8443"),
        ("https://example.com/ollama/", "https://example.com:443/ollama"),
        ("example.com:8080/a/b", "http://example.com:8080/a/b"),
        ("ollama.com", "https://ollama.com:443"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("http://0.0.0.0:1234", "http://127.0.0.1:1234"),
        ("::", "http://[::1]:11434"),
        ("[::]:1234", "http://[::1]:1234"),
        ("::1", "http://[::1]:11434"),
        ("[fe80::1]", "http://[fe80::1]:11434"),
        ("http://[2001:db8::1]:80", "http://[2001:db8::1]:80"),
        ("http://me:pass@word@example.com", "http://me:pass@word@example.com:80"),
    ],
)
def test_a_host_means_what_it_means_to_ollama(written: str, url: str) -> None:
    assert normalise_host(written) == url


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("ftp://example.com", "only http and https"),
        ("://example.com", "only http and https"),
        ("localhost:http", "'http' is not a port"),
        ("localhost:", "'' is not a port"),
        ("localhost:0", "'0' is not a port"),
        ("localhost:65536", "'65536' is not a port"),
        ("localhost:١٢", "is not a port"),
        ("[::1", "brackets"),
        ("[::1]11434", "brackets"),
        ("a:b:c", "'a:b:c' is not the name of a host"),
        ("exa mple.com", "a blank"),
        ("example.com/?a=b", "a blank, '\\?'"),
        ("exa\x1b[31mmple.com", "is not the name of a host"),
        ("ex*mple.com", "is not the name of a host"),
    ],
)
def test_what_is_no_host_is_named(written: str, reason: str) -> None:
    with pytest.raises(UsageError, match=rf"is not the address of a server: .*{reason}.*; write it like") as caught:
        normalise_host(written)
    assert "\x1b" not in str(caught.value)


def test_credentials_are_kept_out_of_the_sentence() -> None:
    with pytest.raises(UsageError, match=r"'http://example\.com:port' is not") as caught:
        normalise_host("http://me:secret@example.com:port")
    assert "secret" not in str(caught.value)


@example("http://example.com")
@example("ⅷ")
@given(st.text() | st.text("htps:/@[]?#%.-_0129azé漢ⅷ \x1b"))
def test_any_text_is_an_address_or_a_usage_error(text: str) -> None:
    with contextlib.suppress(UsageError):
        engine = connect(text)
        assert connect(engine.address).address == engine.address


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("127.8.9.1", True),
        ("[::1]", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("example.com", False),
    ],
)
def test_this_machine_is_known(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_without_a_host_the_environment_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "0.0.0.0:1234")
    assert connect().address == "http://127.0.0.1:1234"
    assert connect("localhost").address == "http://localhost:11434"
    monkeypatch.delenv("OLLAMA_HOST")
    assert connect().address == "http://127.0.0.1:11434"
