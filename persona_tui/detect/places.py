"""How much a folder says about the codebase that it is in.

The names are the defaults of package managers and build tools, and what github-linguist takes for foreign; what is put
aside is our choice.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeVar

    _T = TypeVar("_T")

_FOREIGN = frozenset(
    b"""node_modules bower_components jspm_packages .yarn .pnpm-store elm-stuff vendor vendors deps third_party
    third-party thirdparty 3rdparty 3rd_party extern external externals Godeps Pods Carthage site-packages .bundle
    flow-typed ace-builds MathJax Sparkle bower_modules libraries.bundled""".split()
)
_TOOLS = frozenset(
    b""".git .hg .svn .bzr .jj .venv venv .tox .nox .eggs __pycache__ .mypy_cache .ruff_cache .pytest_cache .hypothesis
    .gradle .mvn .idea .vscode .terraform .dart_tool .next .nuxt .svelte-kit .angular .parcel-cache .turbo .cache
    .stack-work .direnv DerivedData .github .gitlab .circleci .devcontainer .zig-cache zig-cache .bloop .metals .husky
    """.split()
)
_BUILT = frozenset(b"build dist target out _build htmlcov coverage bazel-out dist-newstyle zig-out".split())
_ASIDE = frozenset(
    b"""docs doc documentation example examples sample samples demo demos fixture fixtures __fixtures__ testdata
    test-data test_data test-fixtures testcases benchmark benchmarks bench playground playgrounds template templates
    stubs website tutorial tutorials snippets javadoc groovydoc __snapshots__ golden goldens""".split()
)

# What a walk does not enter; but tools of development, such as `.github`, hold files that it should see.
IGNORED_FOLDERS = (_FOREIGN | _TOOLS | _BUILT) - {b".github", b".gitlab", b".circleci", b".devcontainer", b".husky"}
"""Not entered by a walk: copied in, a tool's own, or built. What git tracks in one of them is still listed."""

_NOT_OURS = _FOREIGN | _TOOLS
_BESIDE = _ASIDE | _BUILT

ASIDE = 0.3


def weight_of(folder: bytes) -> float:
    """Return how much files in `folder` (relative to the root) count.

    1 for a project's own, `ASIDE` for documentation, examples, fixtures and what is built, 0 for what is foreign.
    """
    parts = folder.split(b"/")
    if not _NOT_OURS.isdisjoint(parts):
        return 0.0
    return 1.0 if _BESIDE.isdisjoint(folder.lower().split(b"/")) else ASIDE


def spread(items: Sequence[_T], count: int) -> list[_T]:
    """Return up to `count` of `items`, evenly spaced: a sample that is the same each time."""
    if len(items) <= count:
        return list(items)
    return [items[index * len(items) // count] for index in range(count)]
