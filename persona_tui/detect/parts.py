"""The parts of a monorepo: what each folder with a project of its own is built on."""

from __future__ import annotations

from bisect import bisect_right

from persona_tui.detect.languages import table
from persona_tui.detect.manifests import Role, ecosystem_of
from persona_tui.detect.reading import shown
from persona_tui.detect.result import Part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from persona_tui.detect.files import Files
    from persona_tui.detect.manifests import Manifest
    from persona_tui.detect.rules import Rules
    from persona_tui.detect.stack import Stack

_MOST_PARTS = 32
_ROLES = (Role.SELF, Role.DIRECT)
# These serve the manifests of other folders, and make no project alone.
_FOR_OTHERS = frozenset(
    b"Directory.Packages.props pnpm-workspace.yaml settings.gradle settings.gradle.kts stack.yaml vendor.conf".split()
)
# Each of these is read by the one above it, and is of the same project unless it names its own.
_READ_FROM_ABOVE = (b"CMakeLists.txt", b"meson.build")
_WITHIN = (b"src", b"requirements", b"gradle")


def parts_of(stack: Stack, rules: Rules) -> tuple[Part, ...]:
    """Return the parts, those near the root first; none where there is one project."""
    languages: dict[bytes, dict[str, None]] = {}
    frameworks: dict[bytes, dict[str, None]] = {}
    for path, folder in _projects(stack.manifests).items():
        language = stack.languages.get(path)
        languages.setdefault(folder, {}).update({language: None} if language else {})
        for mention in stack.manifests[path].mentions:
            if mention.role in _ROLES:
                found = rules.shown_by(ecosystem_of(shown(path)) or "", "packages", mention.name)
                names = [rule.name for rule in found if rule.kind == "frameworks"]
                frameworks.setdefault(folder, {}).update(dict.fromkeys(names))
    if len(languages) < 2:
        return ()
    ordered = sorted(languages, key=lambda folder: (folder.count(b"/") + bool(folder), folder))[:_MOST_PARTS]
    return tuple(
        Part(shown(folder) or ".", tuple(languages[folder]), tuple(frameworks.get(folder, ()))) for folder in ordered
    )


def languages_of(manifests: Mapping[bytes, Manifest], files: Files, rules: Rules) -> dict[bytes, str]:
    """Return, by manifest, the language of its ecosystem that the most files of its project are in, if any is."""
    projects = _projects(manifests)
    counts = _counts(projects.values(), files)
    languages = {}
    for path, folder in projects.items():
        known = rules.languages.get(ecosystem_of(shown(path)) or "", ())
        numbers: dict[str, int] = {}
        for extension, count in counts[folder].items():
            candidates = {table().row(name)[0] for name in table().candidates(extension)}.intersection(known)
            if len(candidates) == 1:  # else it would have to be looked into
                (language,) = candidates
                numbers[language] = numbers.get(language, 0) + count
        if numbers:
            languages[path] = max(numbers, key=lambda language: numbers[language])
    return languages


def _counts(folders: Iterable[bytes], files: Files) -> dict[bytes, dict[bytes, int]]:
    """Return, by project and extension, the number of files; what lies in an inner project is not of the outer one."""
    prefixes = sorted({folder + b"/" if folder else b"" for folder in folders})
    outer: list[int] = []
    for prefix in prefixes:
        outer.append(_around(prefix, len(outer) - 1, prefixes, outer))
    counts: list[dict[bytes, int]] = [{} for _ in prefixes]
    for extension, group in files.groups.items():
        for path in group.paths:
            project = _around(path, bisect_right(prefixes, path) - 1, prefixes, outer)
            if project >= 0:
                counts[project][extension] = counts[project].get(extension, 0) + 1
    return {prefix[:-1]: numbers for prefix, numbers in zip(prefixes, counts, strict=True)}


def _around(path: bytes, project: int, prefixes: Sequence[bytes], outer: Sequence[int]) -> int:
    """Return the innermost project around `path`, or -1: `project`, the last that sorts before, or one around it."""
    while project >= 0 and not path.startswith(prefixes[project]):
        project = outer[project]
    return project


def _projects(manifests: Mapping[bytes, Manifest]) -> dict[bytes, bytes]:
    """Return, by manifest, the folder of the project that it speaks for; those that serve others are left out."""
    projects: dict[bytes, bytes] = {}
    for path, manifest in sorted(manifests.items(), key=lambda item: item[0].count(b"/")):
        folder, _, name = path.rpartition(b"/")
        above, _, last = folder.rpartition(b"/")
        if name in _FOR_OTHERS:
            continue
        is_inner = name in _READ_FROM_ABOVE and all(mention.role is not Role.SELF for mention in manifest.mentions)
        outer = _outer(path, projects) if is_inner else None
        within = last in _WITHIN or (last == b"project" and name.endswith(b".sbt"))
        projects[path] = outer if outer is not None else above if within else folder
    return projects


def _outer(path: bytes, projects: Mapping[bytes, bytes]) -> bytes | None:
    """Return the project of the nearest manifest of the same name above `path`."""
    folder, _, name = path.rpartition(b"/")
    while folder:
        folder = folder.rpartition(b"/")[0]
        if (project := projects.get(folder + b"/" + name if folder else name)) is not None:
            return project
    return None
