"""What `persona modelfile parse --json` says is what Ollama's own parser answered."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from persona_tui.studio.modelfiles import parse_json

_FILE = Path(__file__).parents[2] / "data/modelfile_cases.jsonl"
CASES = [json.loads(line) for line in _FILE.read_text(encoding="utf-8").split("\n") if line]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_case_is_answered_as_the_oracle_does(case: dict[str, Any]) -> None:
    answer = parse_json(base64.b64decode(case["input_b64"]), Path("/nonexistent-dir"))

    expected = {key: case[key] for key in ("from", "system", "parameters", "messages", "requires")}
    assert {key: answer[key] for key in expected} == expected
    assert answer["error"] == (case["parse_error"] or case["create_error"])


def test_the_document_has_every_key_always() -> None:
    keys = {"from", "system", "parameters", "messages", "template", "adapters", "license", "requires", "error", "line"}

    assert keys <= parse_json(b"FROM x\n", Path()).keys()
    assert keys <= parse_json(b"nonsense", Path()).keys()
