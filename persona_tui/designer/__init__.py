"""A description becomes a spec: by rulebook, or by a designer model."""
