"""An Ollama server, 0.5.5 or later, through its HTTP API."""

from persona_tui.engines.ollama.engine import OllamaEngine, connect
from persona_tui.engines.ollama.host import normalise_host
from persona_tui.engines.ollama.retries import Retries, Timeouts

__all__ = ["OllamaEngine", "Retries", "Timeouts", "connect", "normalise_host"]
