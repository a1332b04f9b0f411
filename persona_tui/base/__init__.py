"""What every room needs: errors with their exit codes, paths, atomic writes, neutral text."""
