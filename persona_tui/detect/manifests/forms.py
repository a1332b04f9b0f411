"""deps.edn and project.clj of Clojure, dune-project of OCaml: nested forms in brackets."""

from __future__ import annotations

import re

from persona_tui.detect.manifests.mention import Manifest, Mention, Role, Unparsable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_TOKEN = re.compile(r';[^\n]*|"(?:[^"\\]|\\.)*"?|[()\[\]{}]|[^\s,;"()\[\]{}]+', re.DOTALL)
_DEEPEST = 60
_FOR_DEVELOPMENT = frozenset([":with-test", ":with-doc", ":with-dev-setup"])


def deps_edn(source: str) -> Manifest:
    """Read deps.edn (Clojure's reference): `:deps`, and for development those of aliases."""
    top = next((form for form in _forms(source) if isinstance(form, list)), [])
    found = Manifest()
    sections = dict(_pairs(top))
    for name, coordinate in _pairs(sections.get(":deps")):
        found.mentions.append(Mention(_short(name), Role.DIRECT, _version(coordinate)))
    for _, alias in _pairs(sections.get(":aliases")):
        for key, packages in _pairs(alias):
            if key in (":extra-deps", ":replace-deps", ":deps"):
                found.mentions += [Mention(_short(n), Role.DEV, _version(c)) for n, c in _pairs(packages)]
    return found


def project_clj(source: str) -> Manifest:
    """Read `defproject` of project.clj (Leiningen's sample): dependencies, plugins and those of profiles."""
    project = next((f for f in _forms(source) if isinstance(f, list) and f[:1] == ["defproject"]), [])
    found = Manifest(commands=":main" in project)
    if len(project) > 1 and isinstance(project[1], str):
        found.mentions.append(Mention(_short(project[1]), Role.SELF))
    options = dict(_pairs(project[3:]))
    found.mentions += _vectors(options.get(":dependencies"), Role.DIRECT)
    found.mentions += _vectors(options.get(":plugins"), Role.BUILD)
    for _, profile in _pairs(options.get(":profiles")):
        found.mentions += _vectors(dict(_pairs(profile)).get(":dependencies"), Role.DEV)
    return found


def dune_project(source: str) -> Manifest:
    """Read dune-project (Dune's reference): the project's name and what its packages depend on."""
    found = Manifest()
    for form in _forms(source):
        if not isinstance(form, list) or not form:
            continue
        if form[0] == "name" and len(form) > 1 and isinstance(form[1], str):
            found.mentions.append(Mention(form[1], Role.SELF))
        elif form[0] == "package":
            found.published = True
            for part in form[1:]:
                if isinstance(part, list) and part[:1] == ["depends"]:
                    found.mentions += map(_depended, (p for p in part[1:] if p and isinstance(p[0], str)))
    return found


def _depended(form: Any) -> Mention:
    if isinstance(form, str):
        return Mention(form, Role.DIRECT)
    words = list(_words(form[1:]))
    role = Role.DEV if _FOR_DEVELOPMENT.intersection(words) else Role.DIRECT
    version = next((word for word in words if word[:1].isdigit()), None)
    return Mention(form[0], role, version)


def _words(form: Any) -> Iterator[str]:
    """Yield all atoms below a form; forms are at most _DEEPEST deep."""
    for part in form:
        if isinstance(part, str):
            yield part
        else:
            yield from _words(part)


def _forms(source: str) -> list[Any]:
    """Return the forms of a text: an atom or string as a text, brackets of any kind as a list."""
    top: list[Any] = []
    opened = [top]
    for match in _TOKEN.finditer(source):
        token = match[0]
        if token[0] == ";":
            continue
        if token in "([{":
            inner: list[Any] = []
            opened[-1].append(inner)
            opened.append(inner)
            if len(opened) > _DEEPEST:
                raise Unparsable("nested too deeply")
        elif token in ")]}":
            opened = opened[:-1] or [top]
        elif not token.startswith(("#", "^")):  # reader macros and metadata: what follows is read as it stands
            opened[-1].append(token.strip('"') if token[0] == '"' else token)
    return top


def _pairs(form: Any) -> Iterator[tuple[str, Any]]:
    """Yield key and value of a map's form."""
    if isinstance(form, list):
        for key, value in zip(form[::2], form[1::2], strict=False):
            if isinstance(key, str):
                yield key, value


def _vectors(form: Any, role: Role) -> Iterator[Mention]:
    """Yield the packages of `[[name "version"] …]`."""
    for vector in form if isinstance(form, list) else ():
        if isinstance(vector, list) and vector and isinstance(vector[0], str):
            version = vector[1] if len(vector) > 1 and isinstance(vector[1], str) else None
            yield Mention(_short(vector[0]), role, None if (version or ":")[0] == ":" else version)


def _version(coordinate: Any) -> str | None:
    version = dict(_pairs(coordinate)).get(":mvn/version")
    return version if isinstance(version, str) else None


def _short(name: str) -> str:
    """Return `reagent` for `reagent/reagent`: to Leiningen they are one."""
    group, _, artifact = name.partition("/")
    return group if group == artifact else name
