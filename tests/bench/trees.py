"""Codebases of any size for the benchmarks: the same seed gives the same tree."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

WALK = """\
import os, sys
folders, found = [os.fsencode(sys.argv[1])], []
while folders:
    with os.scandir(folders.pop()) as entries:
        for entry in entries:
            (folders if entry.is_dir(follow_symlinks=False) else found).append(entry.path)
"""
"""A program that lists the folder that it is given, and nothing else."""

_FOLDERS = ("core", "drivers", "net", "fs", "lib", "sound", "tools", "arch", "include", "kernel", "api", "ui", "util")
_FILES_OF_A_FOLDER = 18
# What there is of a hundred files, and what stands in one.
_KINDS = (
    (".c", 46, "#include <stddef.h>\nint f(void) { return 0; }\n"),
    (".h", 34, "#ifndef X_H\n#define X_H\nint f(void);\n#endif\n"),
    (".py", 5, "import os\n\ndef f():\n    return os.sep\n"),
    (".sh", 3, "#!/bin/sh\necho done\n"),
    (".md", 4, "# Notes\n\nText.\n"),
    (".json", 3, '{"a": 1}\n'),
    ("", 5, "plain\n"),
)
_ROOT = {
    "Makefile": "all:\n\tcc -o app core/*.c\n",
    "README.md": "# App\n",
    "requirements.txt": "pytest\n",
    ".gitignore": "*.o\nbuild/\n",
}


def plant(root: Path, count: int, *, git: bool = True, seed: int = 4) -> Path:
    """Make a tree of about `count` files under `root`, with an index where `git`, and return it."""
    chance = random.Random(seed)
    kinds = [(ending, text) for ending, share, text in _KINDS for _ in range(share)]
    root.mkdir(parents=True)
    for name, text in _ROOT.items():
        (root / name).write_text(text)
    folder, left = root, 0
    for number in range(count - len(_ROOT)):
        if left == 0:
            depth = chance.randint(1, 4)
            parts = [f"{chance.choice(_FOLDERS)}{chance.randint(0, 9)}" for _ in range(depth)]
            folder, left = root.joinpath(*parts), _FILES_OF_A_FOLDER
            folder.mkdir(parents=True, exist_ok=True)
        left -= 1
        ending, text = chance.choice(kinds)
        with open(os.path.join(folder, f"unit_{number}{ending}"), "w") as file:
            file.write(text * chance.randint(1, 6))
    if git:
        quiet = {"check": True, "capture_output": True}
        subprocess.run(["git", "init", "-q", str(root)], **quiet)  # type: ignore[call-overload]
        subprocess.run(["git", "-C", str(root), "add", "-A"], **quiet)  # type: ignore[call-overload]
    return root
