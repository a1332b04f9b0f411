"""Where personas live: scopes, files, index, history, locks."""
