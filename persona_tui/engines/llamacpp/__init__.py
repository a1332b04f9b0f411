"""Models in this process: llama.cpp through `xllamacpp`, which is imported when a model is first loaded."""

from persona_tui.engines.llamacpp.engine import LlamaCppEngine

__all__ = ["LlamaCppEngine"]
