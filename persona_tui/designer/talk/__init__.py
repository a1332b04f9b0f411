"""The rulebook in a conversation: words become wishes (`reading`), and wishes updates (`conversation`). No model."""
