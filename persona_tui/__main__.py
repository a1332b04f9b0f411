"""`python -m persona_tui` is the `persona` command."""

from persona_tui.cli import main

if __name__ == "__main__":
    main()
