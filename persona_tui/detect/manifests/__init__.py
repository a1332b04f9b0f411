"""What a project says about itself: one parser a manifest, loaded when one is met; nothing is run or expanded."""

from persona_tui.detect.manifests.mention import Manifest, Mention, Role, Unparsable, line_of
from persona_tui.detect.manifests.parse import EXTENSIONS, NAMES, ecosystem_of, is_manifest, parse

__all__ = [
    "EXTENSIONS",
    "NAMES",
    "Manifest",
    "Mention",
    "Role",
    "Unparsable",
    "ecosystem_of",
    "is_manifest",
    "line_of",
    "parse",
]
