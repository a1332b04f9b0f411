"""setup.py: the literal arguments of `setup()`, read from the syntax tree. The program is never run."""

from __future__ import annotations

import ast
import re
import warnings
from itertools import islice

from persona_tui.detect.manifests.mention import Manifest, Mention, Role, Unparsable
from persona_tui.detect.manifests.python import normal, requirements_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)|(?P<long>'''(?:[^'\\]|\\.|'(?!''))*(?:''')?|\"\"\"(?:[^"\\]|\\.|"(?!""))*(?:\"\"\")?)"""
    r"""|(?P<short>'(?:[^'\\\n]|\\.)*'?|"(?:[^"\\\n]|\\.)*"?)|(?P<word>\w+)|(?P<other>\S|\n)""",
    re.DOTALL,
)
_MOST_TOKENS, _DEEPEST, _MOST_BRANCHES, _LONGEST_STRING = 400, 40, 100, 20_000
_MOST_OF_ALL = 30_000  # tokens; the largest of real ones have half of it
_MOST_CALLS = 2  # of `setup`: what one names may be long, and be named by all of them
_ROLES = {"install_requires": Role.DIRECT, "tests_require": Role.DEV, "setup_requires": Role.BUILD}


def setup_py(source: str) -> Manifest:
    """Read the name and requirements that setup.py spells out (keywords of the setuptools manual)."""
    _refuse_monsters(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes and comparisons: they are the author's
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Unparsable("not valid Python") from error
    found = Manifest()
    known = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in islice(_calls(tree), _MOST_CALLS):
        for key, value in {keyword.arg or "": keyword.value for keyword in call.keywords}.items():
            _add(found, key, known.get(value.id) if isinstance(value, ast.Name) else value)
    return found


def _add(found: Manifest, key: str, value: ast.expr | None) -> None:
    if key == "name" and isinstance(value, ast.Constant) and isinstance(value.value, str):
        found.published = True
        found.mentions.append(Mention(normal(value.value), Role.SELF, None, value.lineno))
    elif key in _ROLES:
        found.mentions += _requirements(value, _ROLES[key])
    elif key == "extras_require" and isinstance(value, ast.Dict):
        for group in value.values:
            found.mentions += _requirements(group, Role.DEV)
    elif key == "entry_points" and isinstance(value, ast.Dict):
        names = [node.value for node in value.keys if isinstance(node, ast.Constant)]
        found.commands |= "console_scripts" in names
    elif key == "scripts":
        found.commands = True


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    """Yield the calls of `setup` in statements of the module, also those below an `if`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            function = node.value.func
            name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            if name == "setup":
                yield node.value


def _requirements(value: ast.expr | None, role: Role) -> Iterator[Mention]:
    items = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]
    for item in items:
        if isinstance(item, ast.Constant) and isinstance(item.value, str):
            for mention in requirements_of(item.value.splitlines(), role):
                mention.line = item.lineno
                yield mention


def _refuse_monsters(source: str) -> None:
    """Raise Unparsable for a program that takes long, or so deep that a parser which recurses runs out of stack."""
    counts = [0]
    branches = 0
    for number, match in enumerate(_TOKEN.finditer(source)):
        kind, token = match.lastgroup, match[0]
        if kind == "other" and token in "([{":
            counts[-1] += 1  # of calls of calls each is one level deeper
            counts.append(0)
        elif kind == "other" and token in ")]}":
            counts = counts[:-1] or [0]
        elif token == "," or (token in "\n;" and len(counts) == 1):
            counts[-1] = 0
        elif kind in ("word", "other") and token != "\n":
            counts[-1] += 1
            branches += token in ("elif", "lambda")
        too_long = kind in ("short", "long") and len(token) > _LONGEST_STRING
        too_deep = max(counts[-2:]) > _MOST_TOKENS or len(counts) > _DEEPEST or branches > _MOST_BRANCHES
        if too_deep or too_long or number > _MOST_OF_ALL:
            raise Unparsable("is a program that no person writes")
