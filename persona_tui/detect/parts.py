"""The parts of a monorepo: what each folder with a manifest of its own is built on."""

from __future__ import annotations

from persona_tui.detect.manifests import Role, ecosystem_of
from persona_tui.detect.reading import shown
from persona_tui.detect.result import Part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from persona_tui.detect.rules import Rules
    from persona_tui.detect.stack import Stack

_MOST_PARTS = 32
_ROLES = (Role.SELF, Role.DIRECT)


def parts_of(stack: Stack, rules: Rules) -> tuple[Part, ...]:
    """Return the parts, those near the root first; none where one folder holds all manifests."""
    languages: dict[bytes, dict[str, None]] = {}
    frameworks: dict[bytes, dict[str, None]] = {}
    for path, manifest in stack.manifests.items():
        folder = path.rpartition(b"/")[0]
        ecosystem = ecosystem_of(shown(path)) or ""
        languages.setdefault(folder, {}).update(dict.fromkeys(rules.languages.get(ecosystem, ())[:1]))
        for mention in manifest.mentions:
            if mention.role in _ROLES:
                found = rules.shown_by(ecosystem, "packages", mention.name)
                names = [rule.name for rule in found if rule.kind == "frameworks"]
                frameworks.setdefault(folder, {}).update(dict.fromkeys(names))
    if len(languages) < 2:
        return ()
    ordered = sorted(languages, key=lambda folder: (folder.count(b"/") + bool(folder), folder))[:_MOST_PARTS]
    return tuple(
        Part(shown(folder) or ".", tuple(languages[folder]), tuple(frameworks.get(folder, ()))) for folder in ordered
    )
