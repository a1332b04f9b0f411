"""Where an Ollama server is: what people write in `--host` and OLLAMA_HOST, read as Ollama's own client reads it."""

from __future__ import annotations

import ipaddress
import re

from persona_tui.base.errors import UsageError
from persona_tui.base.text import one_line

_DEFAULT_PORT = {"": 11434, "http": 80, "https": 443}
_NAME = re.compile(r"[\w.-]+")
_BLANK = re.compile(r"\s")


def normalise_host(text: str) -> str:
    """Return the URL that `text` means: `scheme://[user:password@]host:port[/path]`.

    The rules are those of Ollama 0.32.15, envconfig/config.go: blanks and quotes around are ignored, http is the
    default scheme, the default port is 11434, or with a scheme written out its own (80, 443), and an address that
    only a server can bind to (0.0.0.0, ::) means this machine. Raises UsageError where Ollama would silently use
    something else (a port that is no port) or fail later (another scheme, a host that is no host).
    """
    written = text.strip().strip("\"'").strip()
    if written == "ollama.com":
        return "https://ollama.com:443"
    scheme, separator, rest = written.partition("://")
    if not separator:
        scheme, rest = "", written
    scheme = scheme.lower()
    if scheme not in _DEFAULT_PORT or (separator and not scheme):
        raise refused(written, "only http and https are spoken")
    authority, _, path = rest.partition("/")
    credentials, at, hostport = authority.rpartition("@")
    if _BLANK.search(rest) or "?" in rest or "#" in rest:
        raise refused(written, "a blank, '?' or '#' cannot be part of it")
    host, port = _split(hostport, written)
    path = path.strip("/")
    return f"{scheme or 'http'}://{credentials}{at}{_host(host, written)}:{_port(port, scheme, written)}" + (
        f"/{path}" if path else ""
    )


def is_loopback(host: str) -> bool:
    """Whether `host`, as it stands in a URL or without brackets, is this machine."""
    address = _address(host.strip("[]"))
    return host.lower() == "localhost" if address is None else address.is_loopback


def _split(hostport: str, written: str) -> tuple[str, str | None]:
    """Return host and port; None where no port is written."""
    if hostport.startswith("["):
        host, closed, rest = hostport[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise refused(written, "its brackets are not those of an IPv6 address")
        return host, rest[1:] if rest else None
    if hostport.count(":") > 1:  # a bare IPv6 address
        return hostport, None
    host, colon, port = hostport.partition(":")
    return host, port if colon else None


def _host(host: str, written: str) -> str:
    if not host:
        return "127.0.0.1"
    address = _address(host)
    if address is None:
        if not _NAME.fullmatch(host):
            raise refused(written, f"'{one_line(host, 60)}' is not the name of a host")
        return host.lower()
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"
    return str(address) if address.version == 4 else f"[{address}]"


def _port(port: str | None, scheme: str, written: str) -> int:
    if port is None:
        return _DEFAULT_PORT[scheme]
    if port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) <= 65535:
        return int(port)
    raise refused(written, f"'{one_line(port, 20)}' is not a port (1 to 65535)")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def refused(written: str, reason: str) -> UsageError:
    """Return the error that names `written`, without the credentials that it may hold."""
    shown = one_line(re.sub(r"^([^/]*://)?.*@", r"\1", written), 80)
    return UsageError(f"'{shown}' is not the address of a server: {reason}; write it like http://127.0.0.1:11434")
