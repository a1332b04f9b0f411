"""The knowledge files: that they hold together, and that each rule can stand in a persona."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from persona_tui.base.errors import BadData
from persona_tui.designer import knowledge as module
from persona_tui.designer.knowledge import Activity, Rule, Technology, compiled, knowledge, load
from persona_tui.designer.recognition import fold
from persona_tui.spec.lint import Severity, lint_persona
from persona_tui.spec.persona import DOMAINS, parse_persona

FOLDER = Path(module.__file__).with_suffix("")
ENTRIES = knowledge().entries
TOPICS = knowledge().topics
RULES = [rule for entry in ENTRIES for rule in entry.rules]
RULES += [rule for topic in TOPICS for rule in (*topic.code, *topic.rules)]
COVERED = (
    *("python", "fastapi", "flask", "django", "pandas", "typer", "click", "java", "spring-boot", "jakarta"),
    *("go", "grpc", "rust", "tokio", "axum", "typescript", "node", "express", "react", "shell", "sql", "postgresql"),
)


def test_compiled_form_is_that_of_the_yaml_files() -> None:
    assert (FOLDER / "compiled.json").read_bytes() == compiled(), "run python -m persona_tui.designer.knowledge"


def test_compiled_form_and_yaml_files_give_the_same_knowledge() -> None:
    assert knowledge() == load(FOLDER)


def test_a_changed_yaml_file_wins_over_the_compiled_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(FOLDER, folder)
    (folder / "zig.yaml").write_text("{id: new-one, kind: language, name: New One, names: [newone]}")
    monkeypatch.setattr(module, "_FOLDER", folder)
    assert module.knowledge.__wrapped__().technology("New One") is not None


@pytest.mark.parametrize("entry_id", COVERED)
def test_a_covered_technology_has_at_least_eight_rules(entry_id: str) -> None:
    entry = next(e for e in ENTRIES if e.id == entry_id)
    assert len(entry.rules) >= 8


def test_every_domain_has_a_general_activity_that_can_fill_a_persona() -> None:
    for domain in DOMAINS:
        general = knowledge().activities[domain]
        assert general.temperature is not None
        assert general.output_format
        assert {"num_ctx", "num_predict", "top_p", "repeat_penalty"} <= set(general.parameters)
        assert len({rule.subject for rule in general.rules if "{target}" not in rule.text}) >= 5


def test_rule_ids_are_unique() -> None:
    assert [rule_id for rule_id, count in Counter(rule.id for rule in RULES).items() if count > 1] == []


def test_a_name_means_one_thing() -> None:
    names = Counter(name for e in ENTRIES for name in {fold(name) for name in (*e.names, *_activity_names(e))})
    assert [name for name, count in names.items() if count > 1] == []


def test_what_a_person_asks_for_names_one_topic_and_leads_to_a_rule() -> None:
    names = Counter(name for topic in TOPICS for name in {fold(name) for name in topic.names})
    subjects = {rule.subject for entry in ENTRIES for rule in entry.rules}

    assert [name for name, count in names.items() if count > 1] == []
    for topic in TOPICS:
        assert set(topic.covers) <= subjects, topic.id
        assert topic.covers or topic.code or topic.rules, topic.id


def _activity_names(entry: object) -> tuple[str, ...]:
    return (*entry.agents, *entry.verbs, *entry.objects) if isinstance(entry, Activity) else ()


def test_references_between_entries_hold() -> None:
    activities = knowledge().activities
    languages = {t.name for t in knowledge().technologies if t.kind == "language"}
    for entry in ENTRIES:
        for rule in entry.rules:
            assert set(rule.tasks) <= set(activities), rule.id
            assert set(rule.languages) <= languages, rule.id
        if isinstance(entry, Technology):
            assert {entry.implies, *entry.also} <= {*languages, None}, entry.id
        if isinstance(entry, Activity) and entry.with_language:
            assert entry.with_language in activities


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_is_sourced_and_passes_the_lint(rule: Rule) -> None:
    assert re.match(r"https://\S+\.\S+$", rule.source) or len(rule.source.split()) >= 3
    texts = [text.replace("{target}", "German") for text in (rule.text, rule.review) if text]
    for text in texts:
        persona = parse_persona({"name": "a", "role": "Reviewer", "constraints": [text]})
        findings = [f for f in lint_persona(persona, origin="draft") if f.severity is not Severity.INFO]
        assert [f for f in findings if f.field and f.field.startswith("constraints[")] == []


def test_alternatives_for_versions_share_a_topic() -> None:
    for entry in ENTRIES:
        current = {rule.subject for rule in entry.rules if rule.before is None}
        assert {rule.subject for rule in entry.rules if rule.before} <= current, entry.id


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id: a\nkind: language\nname: [", r"bad\.yaml:3: broken YAML"),
        ("id: a\nkind: language\nname: A\ncolour: red", r"bad\.yaml: language\.colour: extra inputs"),
        ("id: python\nkind: language\nname: A", "another entry has the id 'python'"),
        ("id: a\nkind: language\nname: A\nrules: [{id: r, text: Use X, source: https://x.org}]", "rules.0.text"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    for name in ("words.yaml", "python.yaml"):
        shutil.copy(FOLDER / name, tmp_path)
    (tmp_path / "zz-bad.yaml").write_text(text)
    with pytest.raises(BadData, match=message):
        load(tmp_path)
