"""A terminal studio for personas of local language models."""

__version__ = "0.1.0"
