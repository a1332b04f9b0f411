"""Gathers what speaks for the rules: from manifests, from names of files, from a sample of the code."""

from __future__ import annotations

import os
import re

from persona_tui.detect.files import depth, first
from persona_tui.detect.manifests import EXTENSIONS, Role, Unparsable, ecosystem_of, is_manifest, line_of, parse
from persona_tui.detect.places import ASIDE, spread
from persona_tui.detect.reading import shown, shown_text
from persona_tui.detect.result import Evidence
from persona_tui.detect.stack import relevance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from persona_tui.detect.files import Files
    from persona_tui.detect.manifests import Mention
    from persona_tui.detect.reading import Notes, Reader
    from persona_tui.detect.rules import Rule, Rules
    from persona_tui.detect.stack import Stack

READMES = (b"README.md", b"README.rst", b"README", b"README.txt", b"readme.md")

_MOST_MANIFESTS = 64
_MOST_SAMPLES = 8  # of the tests, and as many of the rest
_MOST_OF_A_NAME = 64
_MOST_LOOKED_AT = 2048
_LEAST_MASS = 0.02  # of the whole: what is in less of it is not sampled

# How sure one piece of evidence alone makes. A test runner or build tool belongs among the development dependencies.
_ROLES = {
    Role.CHOSEN: 0.97,
    Role.SELF: 0.95,
    Role.DIRECT: 0.95,
    Role.BUILD: 0.9,
    Role.TOOL: 0.85,
    Role.DEV: 0.6,
}
_DEVELOPMENT = {"frameworks": 0.45, "libraries": 0.6}
_DEV_TOOL, _FILE, _CONTENT, _CONFIRMATION, _DEFAULT, _BY_README = 0.95, 0.9, 0.85, 0.5, 0.5, 0.6
_BY_COUNT = (0.0, 0.6, 0.8)  # one file, two; more is as good as a file's own name
_LEAST_SHARE = 0.2
_DEEPER = 0.85  # what lies a folder further below the root says so much less about the whole
_DEEPEST = 4

# What a version may look like: it is shown, and told to a model, so it may hold no words but those of releases.
_OPERATORS, _DIGITS = r"[\^~<>=!|, ]", r"\d{1,12}"
_STAGE = (
    "(?:alpha|beta|milestone|preview|pre|rc|cr|dev|post|final|release|ga|sp|snapshot|nightly|canary|next|stable|lts|"
    "incompatible|jre|android|[abcmpr])"
)
_STAGED = rf"[.+_-]?{_STAGE}(?:[.+-]?{_DIGITS}(?:[.+-]{_DIGITS}){{0,3}})?"
_NUMBER = rf"v?{_DIGITS}(?:[.+-](?:{_DIGITS}|[x*])){{0,5}}(?:{_STAGED}){{0,3}}"
_VERSION = rf"(?=.{{1,40}}$){_OPERATORS}*{_NUMBER}(?:{_OPERATORS}+{_NUMBER})*"


class Gatherer:
    """Lets everything that is known of the files speak for the rules; the result is `stack`."""

    def __init__(self, files: Files, rules: Rules, reader: Reader, stack: Stack) -> None:
        self.stack = stack
        self._files = files
        self._rules = rules
        self._reader = reader
        self._mass = sum(group.mass for group in files.groups.values())

    def manifests(self, notes: Notes) -> None:
        """Parse the manifests, those near the root first; those of examples only where there is no other."""
        known = [path for path in self._manifest_paths() if self._files.place(path)]
        chosen = sorted([path for path in known if self._files.place(path) == 1] or known, key=depth)
        if len(chosen) > _MOST_MANIFESTS:
            notes.skip(f"only the first {_MOST_MANIFESTS} of {len(chosen)} manifests were read")
        for path in chosen[:_MOST_MANIFESTS]:
            ecosystem = ecosystem_of(shown(path))
            source = self._reader.manifest(path)
            if source is None or ecosystem is None:
                continue
            try:
                manifest = parse(shown(path), source)
            except Unparsable as error:
                notes.problem(shown(path), f"{error}, so it is left out")
                continue
            self.stack.ecosystems.setdefault(ecosystem, shown(path))
            self.stack.manifests[path] = manifest
            for mention in manifest.mentions:
                self._mention(ecosystem, path, source, mention)
        if len(self.stack.manifests) > 1:
            from persona_tui.detect.parts import languages_of  # late: most codebases are one project

            self.stack.languages = languages_of(self.stack.manifests, self._files, self._rules)

    def _manifest_paths(self) -> list[bytes]:
        named = [path for name, paths in self._files.named.items() if is_manifest(name.decode()) for path in paths]
        groups = [self._files.groups[extension] for extension in EXTENSIONS if extension in self._files.groups]
        others = [path for group in groups for path in group.all if is_manifest(os.fsdecode(path))]
        return list(dict.fromkeys(named + others))

    def _mention(self, ecosystem: str, path: bytes, source: str, mention: Mention) -> None:
        way = "tools" if mention.role in (Role.TOOL, Role.CHOSEN) else "packages"
        for rule in self._rules.shown_by(ecosystem, way, mention.name):
            support = self.stack.supports.get(rule)
            if support and mention.role in support.roles:
                continue  # of one kind the first is the nearest to the root
            strength = _ROLES[mention.role]
            if mention.role is Role.DEV:
                strength = _DEVELOPMENT.get(rule.kind, _DEV_TOOL)
                if ecosystem == "javascript":  # a bundler makes no difference between the two
                    strength = max(strength, _ROLES[Role.DEV])
            if mention.role is not Role.SELF:
                strength *= _DEEPER ** min(path.count(b"/"), _DEEPEST)
            reason = shown_text(f"{mention.role} {mention.name[:80]}")
            where = Evidence(shown(path), reason, line_of(mention, source))
            if support := self.stack.add(rule, "manifest", strength, where):
                support.roles.add(mention.role)
                if support.version is None and mention.version and _is_version(mention.version):
                    support.version = mention.version

    def files(self) -> None:
        """Look at names: of configuration and lock files, endings such as `_test.go`, and what confirms the rest."""
        for name, paths in self._files.named.items():
            found = self._rules.files.get(name.decode(), [])
            ordered = sorted(paths, key=lambda path: (-self._files.place(path), depth(path))) if found else []
            for text, order in zip(found[::2], found[1::2], strict=True):
                pattern = text.encode()
                for path in ordered[:_MOST_OF_A_NAME]:
                    if path == pattern or path.endswith(b"/" + pattern):
                        self._file(self._rules.rule(order), path, path[: -len(pattern)].rstrip(b"/"))
        for rule, paths in self._ending(self._rules.endings).items():
            strength = _BY_COUNT[len(paths)] if len(paths) < len(_BY_COUNT) else _FILE
            reason = f"one of {len(paths)} files of this kind" if len(paths) > 1 else "its name says so"
            strength *= 1 if self._files.place(paths[0]) == 1 else ASIDE
            if not self._rules.languages[rule.ecosystem]:
                strength *= self._relevance(paths[0])
            self.stack.add(rule, "file", strength, Evidence(shown(paths[0]), reason))
        for rule, paths in self._ending(self._rules.confirms).items():
            if rule in self.stack.supports:
                reason = "goes with it" if len(paths) == 1 else f"one of {len(paths)} files that go with it"
                self.stack.add(rule, "confirmation", _CONFIRMATION, Evidence(shown(paths[0]), reason))

    def _file(self, rule: Rule, path: bytes, folder: bytes) -> None:
        strength = (
            _FILE
            * self._files.place(folder + b"/" if folder else b"")
            * _DEEPER ** min(folder.count(b"/") + bool(folder), _DEEPEST)
        )
        self.stack.add(rule, "file", strength, Evidence(shown(path), "its name says so"))

    def _relevance(self, path: bytes) -> float:
        """Return how much a file tells of the whole by what its kind has of the bytes; one at the root tells all."""
        group = self._files.groups.get(path.rpartition(b".")[2])
        if b"/" not in path or group is None or not group.mass:
            return 1.0
        return relevance(group.mass / self._mass)

    def _ending(self, endings: Mapping[str, list[tuple[str, int]]]) -> dict[Rule, list[bytes]]:
        """Return, by rule, the files with its endings, those of one's own first and of them the nearest to the root."""
        found: dict[Rule, list[bytes]] = {}
        for extension, rows in endings.items():
            if group := self._files.groups.get(extension.encode()):
                for text, order in rows:
                    ending, whole = text.encode(), text == "." + extension
                    for paths in (group.paths, group.aside):
                        matching = paths if whole else [path for path in paths if path.endswith(ending)]
                        if matching and (rule := self._rules.rule(order)) not in found:
                            found[rule] = [min(matching, key=depth), *matching[1:]]
        return found

    def samples(self) -> None:
        """Read a sample of the code: for what tests look like, and for imports where no manifest names a package."""
        importing = {
            ending[1:]: ecosystem
            for ecosystem, (endings, _) in self._rules.imports.items()
            if not self._names_packages(ecosystem)
            for ending in endings
        }
        imports: dict[str, dict[bytes, str]] = {}
        for extension in sorted({*self._rules.contains, *importing}):
            group = self._files.groups.get(extension.encode())
            if group is None or not group.paths or group.mass < self._mass * _LEAST_MASS:
                continue
            heads = self._heads(group.paths)
            for text, order in self._rules.contains.get(extension, ()):
                if path := next((path for path, head in heads.items() if text in head), None):
                    where = Evidence(shown(path), f"contains {text}")
                    self.stack.add(self._rules.rule(order), "content", _CONTENT, where)
            if extension in importing:
                imports.setdefault(importing[extension], {}).update(heads)
        for ecosystem, heads in imports.items():
            self._imports(ecosystem, self._rules.imports[ecosystem][1], heads)

    def _names_packages(self, ecosystem: str) -> bool:
        roles = (Role.DIRECT, Role.DEV)
        return any(
            mention.role in roles
            for path, manifest in self.stack.manifests.items()
            if ecosystem_of(shown(path)) == ecosystem
            for mention in manifest.mentions
        )

    def _heads(self, paths: Sequence[bytes]) -> dict[bytes, str]:
        """Return the beginnings of some of the files, as many tests as others, by path."""
        paths = spread(paths, _MOST_LOOKED_AT)
        tests = [path for path in paths if b"test" in path or b"spec" in path or b"Test" in path]
        named = set(tests)
        others = [path for path in paths if path not in named]
        chosen = dict.fromkeys(spread(tests, _MOST_SAMPLES) + spread(others, _MOST_SAMPLES))
        return {path: head for path in chosen if (head := self._reader.head(path))}

    def _imports(self, ecosystem: str, pattern: str, heads: Mapping[bytes, str]) -> None:
        where: dict[str, list[tuple[bytes, int]]] = {}
        for path, head in heads.items():
            for match in re.finditer(pattern, head, re.MULTILINE):
                places = where.setdefault(match[1], [])
                if not places or places[-1][0] != path:
                    places.append((path, head.count("\n", 0, match.start(1)) + 1))
        for module, places in sorted(where.items()):
            for rule in self._rules.imported(ecosystem, module):
                path, line = places[0]
                strength = _BY_COUNT[len(places)] if len(places) < len(_BY_COUNT) else _CONTENT
                self.stack.add(rule, "import", strength, Evidence(shown(path), f"imports {module}", line))

    def defaults(self, shares: Mapping[str, float]) -> None:
        """Add what goes without saying: npm where no lock file says otherwise, Node.js where no browser is served."""
        own = {
            name.decode()
            for name, paths in self._files.named.items()
            if any(self._files.place(path) == 1 for path in paths)
        }
        for rule in map(self._rules.rule, self._rules.defaults):
            manifest = next((name for name in rule.default_for if name in own), None)
            if manifest is None:
                continue
            others = [
                other for other in self.stack.certain() if other.ecosystem == rule.ecosystem and other.name != rule.name
            ]
            if rule.kind == "libraries":
                share = shares.get(rule.ecosystem, 0.0)
                fits = share >= _LEAST_SHARE and not any(other.domain in rule.unless for other in others)
            else:
                fits = not any(other.kind == rule.kind for other in others)
            if fits:
                where = Evidence(first(self._files.named[manifest.encode()]), "nothing else is named")
                self.stack.add(rule, "default", _DEFAULT, where)
            elif rule.unless:
                self.stack.supports.pop(rule, None)
        self._readme(shares)

    def _readme(self, shares: Mapping[str, float]) -> None:
        """Take the README's word for how things are installed where no file says it."""
        paths = [path for name in READMES for path in self._files.named.get(name, ()) if b"/" not in path]
        for text, order in self._rules.readme if paths else ():
            rule = self._rules.rule(order)
            known = any(other.kind == rule.kind and other.ecosystem == rule.ecosystem for other in self.stack.certain())
            if shares.get(rule.ecosystem, 0.0) < _LEAST_SHARE or known:
                continue
            head = self._reader.head(paths[0]) or ""
            if (at := head.find(text)) >= 0:
                line = head.count("\n", 0, at) + 1
                self.stack.add(rule, "readme", _BY_README, Evidence(shown(paths[0]), f"says {text}", line))


def _is_version(text: str) -> bool:
    return re.fullmatch(_VERSION, text, re.ASCII | re.IGNORECASE) is not None
