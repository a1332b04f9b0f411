"""The scopes: built-in (ships) below global (the user's) below project (nearest `.persona/`). The later one wins."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from persona_tui.base.errors import CannotWrite, NotFound, UsageError
from persona_tui.base.paths import builtin_root, current_folder, data_dir, state_dir

PROJECT_FOLDER = ".persona"
_NAME_BYTES = 200
SCOPE_NAMES = ("built-in", "global", "project")


@dataclass(frozen=True, slots=True)
class Scope:
    """A folder with `registry/` and `modelfiles/`. Its index and history lie in the user's state folder."""

    name: str
    root: Path

    @property
    def registry(self) -> Path:
        return self.root / "registry"

    @property
    def modelfiles(self) -> Path:
        return self.root / "modelfiles"

    @property
    def state(self) -> Path:
        """Where this user's index, journal and history of the scope lie, one folder for each root."""
        key = os.path.realpath(self.root).replace("%", "%25").replace("/", "%2F")
        if len(os.fsencode(key)) > _NAME_BYTES:
            import hashlib  # late: costs more than all else of a quick command, and is hardly ever needed

            key = hashlib.sha256(os.fsencode(key)).hexdigest()
        return state_dir() / "scopes" / key

    @property
    def writable(self) -> bool:
        """The personas that ship are copied, never changed in place."""
        return self.name != "built-in"

    @property
    def unreadable(self) -> bool:
        """Whether there is something here that this user may not look into."""
        return any(os.path.lexists(f) and not os.access(f, os.R_OK | os.X_OK) for f in (self.root, self.registry))

    def persona_file(self, name: str) -> Path:
        return self.registry / f"{name}.yaml"

    def modelfile(self, name: str) -> Path:
        return self.modelfiles / f"{name}.Modelfile"


@dataclass(frozen=True, slots=True)
class Scopes:
    """The scopes in force, weakest first, and the one that a new persona is saved in."""

    all: tuple[Scope, ...]
    default: Scope

    def named(self, name: str) -> Scope:
        """Return the scope called `name`. Raises UsageError for an unknown word, NotFound without a project."""
        for scope in self.all:
            if scope.name == name:
                return scope
        if name not in SCOPE_NAMES:
            raise UsageError(f"there is no scope '{name}': say {', '.join(SCOPE_NAMES[:-1])} or {SCOPE_NAMES[-1]}")
        raise NotFound(f"there is no {name} scope here: make a {PROJECT_FOLDER} folder, or say --project DIR")

    def for_saving(self, name: str | None) -> Scope:
        """Return the scope to save in: the one called `name`, else the default. Raises CannotWrite for built-in."""
        scope = self.named(name) if name else self.default
        if not scope.writable:
            raise CannotWrite("the built-in scope ships with the program and is not written: use global or project")
        return scope


def find_scopes(project: Path | None = None, start: Path | None = None) -> Scopes:
    """Return the scopes seen from `start` (the current folder).

    The project is `project` where it is given, else the nearest folder upward that has `.persona/`. A new persona is
    saved there; inside a git work tree without one, in a `.persona/` at its top; elsewhere globally.
    Raises UsageError when `project` is no folder, NotFound when the current folder is gone.
    """
    builtin = Scope("built-in", builtin_root())
    user = Scope("global", data_dir())
    if project is not None:
        if not os.path.isdir(project):
            raise UsageError(f"--project {project} is not a folder")
        root: Path | None = project.absolute()
    else:
        root = _project_root((start or current_folder()).absolute())
    if root is None:
        return Scopes((builtin, user), user)
    scope = Scope("project", root / PROJECT_FOLDER)
    if os.path.isdir(scope.root) and os.path.realpath(scope.root) == os.path.realpath(user.root):
        return Scopes((builtin, user), user)
    return Scopes((builtin, user, scope), scope)


def _project_root(start: Path) -> Path | None:
    """Return the nearest folder upward with `.persona/`, else the top of the git work tree, else None."""
    git_top = None
    for folder in (start, *start.parents):
        if os.path.isdir(folder / PROJECT_FOLDER):
            return folder
        if git_top is None and os.path.exists(folder / ".git"):
            git_top = folder
    return git_top
