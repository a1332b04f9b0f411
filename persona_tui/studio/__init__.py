"""The use cases: one function each, shared by every front end."""
