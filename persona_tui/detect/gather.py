"""Gathers what speaks for the rules: from manifests, from names of files, from a sample of the code."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from persona_tui.base.text import one_line, plural
from persona_tui.detect.manifests import Mention, Role, Unparsable, ecosystem_of, line_of, parse
from persona_tui.detect.places import spread, weight_of
from persona_tui.detect.reading import Notes, Reader
from persona_tui.detect.result import Evidence
from persona_tui.detect.rules import Rule, Rules, extension
from persona_tui.detect.stack import Stack

_MOST_MANIFESTS = 64
_MOST_SAMPLES = 12  # of the tests, and as many of the rest
_SAMPLE = 32 * 1024

# How sure one piece of evidence alone makes. A test runner or build tool belongs among the development dependencies.
_ROLES = {
    Role.CHOSEN: 0.97,
    Role.SELF: 0.95,
    Role.DIRECT: 0.95,
    Role.BUILD: 0.9,
    Role.TOOL: 0.85,
    Role.DEV: 0.6,
}
_DEV_TOOL, _FILE, _CONTENT, _CONFIRMATION, _DEFAULT = 0.95, 0.9, 0.85, 0.5, 0.5
_BY_COUNT = (0.0, 0.6, 0.8)  # one file, two; more is as good as a file's own name
_LEAST_SHARE = 0.2

_IMPORT = re.compile(r"^(?:from|import)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
# What a version may look like: it is shown, and told to a model, so it may not be prose.
_OPERATORS, _NUMBER = r"[\^~<>=!|, ]", r"v?\d+(?:[.+-][\w*]{1,12}){0,5}"
_VERSION = re.compile(rf"(?=.{{1,40}}$){_OPERATORS}*{_NUMBER}(?:{_OPERATORS}+{_NUMBER})*", re.ASCII)


def gather_manifests(stack: Stack, rules: Rules, paths: Iterable[str], reader: Reader, notes: Notes) -> None:
    """Parse the manifests, those near the root first; those of examples only where there is no other."""
    known = [(path, ecosystem) for path in paths if (ecosystem := ecosystem_of(path)) and _place(path)]
    chosen = [(path, ecosystem) for path, ecosystem in known if _place(path) == 1] or known
    if len(chosen) > _MOST_MANIFESTS:
        notes.skip(f"only the first {_MOST_MANIFESTS} of {len(chosen)} manifests were read")
    for path, ecosystem in chosen[:_MOST_MANIFESTS]:
        source = reader.manifest(path)
        if source is None:
            continue
        try:
            manifest = parse(path, source)
        except Unparsable as error:
            notes.problem(path, f"{error}, so it is left out")
            continue
        stack.ecosystems.setdefault(ecosystem, path)
        stack.manifests[path] = manifest
        for mention in manifest.mentions:
            _add_mention(stack, rules, ecosystem, path, source, mention)


def _add_mention(stack: Stack, rules: Rules, ecosystem: str, path: str, source: str, mention: Mention) -> None:
    if mention.role in (Role.TOOL, Role.CHOSEN):
        matching = rules.tools(ecosystem, mention.name)
    else:
        matching = rules.packages(ecosystem, mention.name)
    for rule in matching:
        support = stack.supports.get(rule)
        if support and mention.role in support.roles:
            continue  # of one kind the first is the nearest to the root
        strength = _ROLES[mention.role]
        if mention.role is Role.DEV and rule.kind != "frameworks":
            strength = _DEV_TOOL
        place = Evidence(one_line(path), f"{mention.role.value} {one_line(mention.name, 80)}", line_of(mention, source))
        if support := stack.add(rule, "manifest", strength, place):
            support.roles.add(mention.role)
            if support.version is None and mention.version and _VERSION.fullmatch(mention.version):
                support.version = mention.version


def gather_files(stack: Stack, rules: Rules, paths: Iterable[str]) -> None:
    """Look at the names: configuration, lock files, endings such as `_test.go`; and what confirms something known."""
    endings: dict[Rule, list[str]] = defaultdict(list)
    confirmations: dict[Rule, list[str]] = defaultdict(list)
    for path in paths:
        name = path.rpartition("/")[2]
        for pattern, rule in rules.by_file.get(name, ()):
            if path == pattern or path.endswith("/" + pattern):
                weight = weight_of(path[: -len(pattern)].rstrip("/"))
                stack.add(rule, "file", _FILE * weight, Evidence(one_line(path), "its name says so"))
        kind = extension(name)
        for found, by_ending in ((endings, rules.by_ending), (confirmations, rules.by_confirmation)):
            for ending, rule in by_ending.get(kind, ()):
                if name.endswith(ending) and _place(path):
                    found[rule].append(path)
    for rule, matching in endings.items():
        strength = _BY_COUNT[len(matching)] if len(matching) < len(_BY_COUNT) else _FILE
        reason = f"one of {plural(len(matching), 'file')} of this kind" if len(matching) > 1 else "its name says so"
        stack.add(rule, "file", strength * max(map(_place, matching)), Evidence(one_line(matching[0]), reason))
    for rule, matching in confirmations.items():
        if rule in stack.supports:
            reason = f"one of {plural(len(matching), 'file')} that go with it"
            stack.add(rule, "confirmation", _CONFIRMATION, Evidence(one_line(matching[0]), reason))


def gather_samples(stack: Stack, rules: Rules, paths: Sequence[str], reader: Reader) -> None:
    """Read a sample of the code: for what tests look like, and for imports where no manifest names a package."""
    looked_for = [(rule, *rule.contains) for rule in rules.all if rule.contains]
    heads = {ending: _heads(ending, paths, reader) for ending in sorted({ending for _, ending, _ in looked_for})}
    if not _names_packages(stack, "python"):
        _add_imports(stack, rules, "python", heads[".py"])
    for rule, ending, text in looked_for:
        if matching := [path for path, head in heads[ending].items() if text in head]:
            stack.add(rule, "content", _CONTENT, Evidence(one_line(matching[0]), f"contains {text}"))


def _names_packages(stack: Stack, ecosystem: str) -> bool:
    roles = (Role.DIRECT, Role.DEV)
    return any(
        mention.role in roles
        for path, manifest in stack.manifests.items()
        if ecosystem_of(path) == ecosystem
        for mention in manifest.mentions
    )


def _heads(ending: str, paths: Sequence[str], reader: Reader) -> dict[str, str]:
    """Return the beginnings of some of the files, as many tests as others, by path."""
    own = [path for path in paths if path.endswith(ending) and _place(path) == 1]
    tests = [path for path in own if "test" in path.lower()]
    others = [path for path in own if "test" not in path.lower()]
    heads = {}
    for path in spread(tests, _MOST_SAMPLES) + spread(others, _MOST_SAMPLES):
        if head := reader.head(path, _SAMPLE):
            heads[path] = head
    return heads


def _add_imports(stack: Stack, rules: Rules, ecosystem: str, heads: dict[str, str]) -> None:
    counts: Counter[str] = Counter()
    first: dict[str, tuple[str, int]] = {}
    for path, head in heads.items():
        for match in _IMPORT.finditer(head):
            first.setdefault(match[1], (path, head.count("\n", 0, match.start()) + 1))
        counts.update(set(_IMPORT.findall(head)))
    for module in sorted(counts):
        for rule in rules.imports(ecosystem, module):
            path, line = first[module]
            strength = _BY_COUNT[counts[module]] if counts[module] < len(_BY_COUNT) else _CONTENT
            stack.add(rule, "import", strength, Evidence(one_line(path), f"imports {module}", line))


def add_defaults(stack: Stack, rules: Rules, paths: Iterable[str], shares: Mapping[str, float]) -> None:
    """Add what goes without saying: npm for a package.json without a lock file, Node.js where no browser is served."""
    names: dict[str, str] = {}
    for path in paths:
        if _place(path) == 1:
            names.setdefault(path.rpartition("/")[2], path)
    for rule in rules.all:
        manifest = next((names[name] for name in rule.default_for if name in names), None)
        if manifest is None:
            continue
        others = [other for other in stack.certain() if other.ecosystem == rule.ecosystem and other.name != rule.name]
        if rule.kind == "frameworks":
            fits = shares[rule.ecosystem] >= _LEAST_SHARE and not any(other.domain in rule.unless for other in others)
        else:
            fits = not any(other.kind == rule.kind for other in others)
        if fits:
            stack.add(rule, "default", _DEFAULT, Evidence(one_line(manifest), "nothing else is named"))
        elif rule.unless:
            stack.supports.pop(rule, None)


def _place(path: str) -> float:
    return weight_of(path.rpartition("/")[0])
