"""How the rulebook fills the fields: name, role, rules, versions, what was detected and what was asked for."""

from __future__ import annotations

import pytest

from persona_tui.base.errors import BadData
from persona_tui.designer.rulebook import draft
from persona_tui.detect.result import Detection, Evidence, Finding, Language

BASE = "qwen3:8b"


def rule_ids(description: str, **options: object) -> set[str]:
    return {rule.id for rule in draft(description, base_model=BASE, **options).rules}  # type: ignore[arg-type]


def codebase(languages: dict[str, float], frameworks: dict[str, str | None] | None = None) -> Detection:
    evidence = (Evidence("pom.xml", "dependency"),)
    return Detection(
        root="/code",
        languages=tuple(Language(name, share, 0.95) for name, share in languages.items()),
        frameworks=tuple(Finding(name, 0.9, evidence, version) for name, version in (frameworks or {}).items()),
    )


@pytest.mark.parametrize(
    ("description", "name", "role"),
    [
        (
            "Java Spring Boot microservice developer",
            "my-java-spring-boot-q3",
            "Senior Java Spring Boot microservice developer",
        ),
        (
            "Senior Go engineer for gRPC services on Kubernetes",
            "my-go-grpc-q3",
            "Senior Go engineer for gRPC services on Kubernetes",
        ),
        ("python fast-api dev", "my-python-fastapi-q3", "Senior Python FastAPI developer"),
        ("Backend dev, Java 8, Spring Boot 2.7", "my-java-spring-boot-q3", "Senior Java Spring Boot backend developer"),
        (
            "I need a persona for writing Python CLI tools with Click and Rich",
            "my-python-click-q3",
            "Senior Python Click developer for CLI tools",
        ),
        ("someone who reviews my Go pull requests", "my-go-reviewer-q3", "Go code reviewer"),
        ("write unit tests for Spring controllers", "my-spring-boot-tests-q3", "Java Spring Boot test engineer"),
        ("explain SQL query plans", "my-sql-explainer-q3", "Instructor who explains SQL query plans"),
        ("translate Java code to Kotlin", "my-kotlin-port-q3", "Senior engineer who ports Java code to Kotlin"),
        (
            "translate emails from Spanish into English",
            "my-translator-spanish-english-q3",
            "Translator of emails from Spanish into English",
        ),
        (
            "German-to-English translator of legal texts",
            "my-translator-german-english-q3",
            "German-to-English translator of legal texts",
        ),
        ("日本語から英語への翻訳", "my-translator-japanese-english-q3", "Translator from Japanese into English"),
        ("classify support tickets", "my-classifier-support-tickets-q3", "Classifier of support tickets"),
        ("write release notes", "my-release-notes-q3", "Writer of release notes"),
        ("summarize legal contracts for laypeople", "my-summarizer-legal-contracts-laypeople-q3", None),
        ("Desarrollador de APIs con FastAPI", "my-fastapi-q3", "Senior Python FastAPI developer"),
        ("career coach", "my-career-coach-q3", "Assistant for this task: career coach"),
        ("😀", "my-persona-q3", "Assistant for questions of every kind"),
    ],
)
def test_name_and_role(description: str, name: str, role: str | None) -> None:
    persona = draft(description, base_model=BASE).persona
    assert persona.name == name
    assert role is None or persona.role == role


@pytest.mark.parametrize(
    ("description", "temperature"),
    [
        ("Go developer", 0.1),
        ("classify support tickets", 0.1),
        ("logic puzzle solver", 0.3),
        ("translate into English", 0.3),
        ("summarize articles", 0.3),
        ("short story writer", 0.7),
        ("Go developer, temperature 0.5", 0.5),
        ("short story writer with temperature deterministic", 0.1),
        ("developer of binary trees that are balanced", 0.1),
    ],
)
def test_temperature(description: str, temperature: float) -> None:
    assert draft(description, base_model=BASE).persona.temperature == temperature


def test_specific_rules_come_first_and_general_ones_last() -> None:
    drafted = draft("Java Spring Boot developer", base_model=BASE)
    assert [rule.entry for rule in drafted.rules] == [*["spring-boot"] * 4, *["java"] * 2, "code"]
    assert drafted.persona.constraints[0].id == "spring-jakarta"


def test_a_reviewer_is_told_what_to_flag_and_not_how_to_write() -> None:
    rules = draft("Rust code reviewer for Tokio services", base_model=BASE).rules
    about_code = [rule.text for rule in rules if rule.entry in ("rust", "tokio")]
    assert len(about_code) == 4
    assert all(text.startswith("MUST flag ") for text in about_code)


def test_a_tester_gets_the_rules_for_tests_of_the_stack() -> None:
    assert {"spring-mockito-bean", "java-junit-jupiter"} <= rule_ids("write tests for Java Spring Boot services")
    assert "spring-mockito-bean" not in rule_ids("Java Spring Boot developer")


def test_every_named_framework_has_rules_of_its_own() -> None:
    drafted = draft("FastAPI and React full-stack developer", base_model=BASE)
    assert {"fastapi", "react", "python"} <= {rule.entry for rule in drafted.rules}


def test_no_two_rules_are_about_one_thing() -> None:
    ids = rule_ids("Python FastAPI developer with Flask and Django")
    assert not {"python-async-no-blocking", "fastapi-no-blocking-endpoints"} <= ids
    assert "shell-exit-on-error" not in rule_ids("bash script writer")


@pytest.mark.parametrize(
    ("description", "present", "absent"),
    [
        ("Spring Boot developer", "spring-jakarta", "spring-javax"),
        ("Spring Boot 3.5 developer", "spring-jakarta", "spring-javax"),
        ("Spring Boot 2.7 developer", "spring-javax", "spring-jakarta"),
        ("Axum developer", "axum-path-syntax", "axum-colon-path-syntax"),
        ("Axum 0.7 developer", "axum-colon-path-syntax", "axum-path-syntax"),
        ("Express developer", "express-async-errors", "express-next-errors"),
        ("Express 4 developer", "express-next-errors", "express-async-errors"),
        ("React 18 developer", "react-function-components", "react-no-default-props"),
    ],
)
def test_rules_fit_the_version(description: str, present: str, absent: str) -> None:
    ids = rule_ids(description)
    assert present in ids
    assert absent not in ids


def test_language_of_the_output_becomes_a_rule() -> None:
    for description in ("write a newsletter in French", "translate from German to French", "release notes in French"):
        texts = [rule.text for rule in draft(description, base_model=BASE).rules]
        assert any(text.endswith(" in French") for text in texts), description


def test_an_open_description_is_filled_in_from_the_codebase() -> None:
    found = codebase({"Java": 0.9, "Shell": 0.1}, {"Spring Boot": "3.4.1", "Spring": "6.2"})
    drafted = draft("backend developer for this project", found, base_model=BASE)
    assert drafted.persona.name == "my-java-spring-boot-q3"
    assert drafted.persona.role == "Senior Java Spring Boot backend developer"
    assert drafted.persona.language == "Java"
    assert ("frameworks", "Spring Boot", "detected in pom.xml") in {(r.field, r.value, r.why) for r in drafted.reasons}


def test_the_description_wins_over_the_codebase() -> None:
    found = codebase({"Java": 1.0}, {"Spring Boot": "3.4.1"})
    drafted = draft("Go gRPC service developer", found, base_model=BASE)
    assert drafted.persona.language == "Go"
    assert "spring-boot" not in drafted.matched


def test_a_codebase_says_nothing_about_work_that_is_not_code() -> None:
    found = codebase({"Java": 1.0}, {"Spring Boot": "3.4.1"})
    persona = draft("translate from German to English", found, base_model=BASE).persona
    assert (persona.domain, persona.language, persona.tags) == ("translation", None, ("translation",))


def test_the_side_that_is_described_is_taken_from_a_mixed_codebase() -> None:
    found = codebase({"TypeScript": 0.7, "Python": 0.3}, {"React": "^19.0.0", "FastAPI": None})
    assert draft("backend developer for this repo", found, base_model=BASE).persona.language == "Python"
    assert draft("frontend developer for this repo", found, base_model=BASE).persona.language == "TypeScript"
    assert draft("developer for this repo", found, base_model=BASE).persona.language == "TypeScript"


def test_a_detected_version_decides_about_rules() -> None:
    found = codebase({"Go": 1.0}, {"gRPC": "v1.60.1"})
    assert "grpc-new-client" not in rule_ids("developer for this project", detection=found)
    assert "grpc-new-client" in rule_ids("developer for this project", detection=codebase({"Go": 1.0}, {"gRPC": None}))


def test_a_codebase_alone_is_enough_for_a_draft() -> None:
    drafted = draft("", codebase({"Markdown": 0.6, "Rust": 0.4}, {"Axum": "0.8"}), base_model=BASE)
    assert (drafted.persona.language, drafted.understood) == ("Rust", "partly")
    assert "codebase alone" in drafted.notes[0]


def test_what_has_no_rules_yet_is_named() -> None:
    drafted = draft("Kotlin Android developer", base_model=BASE)
    assert (drafted.understood, drafted.gaps) == ("partly", ("Kotlin", "Android"))
    assert drafted.notes == ("the rulebook has no rules for Kotlin and Android yet: general rules stand in",)
    assert drafted.persona.language == "Kotlin"
    assert {rule.entry for rule in drafted.rules} == {"code"}


def test_a_language_that_is_not_known_at_all_is_kept() -> None:
    drafted = draft("developer", codebase({"Chapel": 1.0}), base_model=BASE)
    assert (drafted.persona.language, drafted.persona.name, drafted.gaps) == ("Chapel", "my-chapel-q3", ("Chapel",))


def test_what_was_asked_for_is_taken_as_it_is() -> None:
    persona = draft(
        "Java developer", base_model=BASE, name="mine", temperature=0.42, domain="writing", language="Go"
    ).persona
    assert (persona.name, persona.temperature, persona.domain, persona.language) == ("mine", 0.42, "writing", "Go")


def test_names_that_are_not_allowed_are_refused() -> None:
    with pytest.raises(BadData, match="name"):
        draft("Java developer", base_model=BASE, name="No Spaces")
    with pytest.raises(BadData, match="no model name"):
        draft("Java developer", base_model="not a model")


@pytest.mark.parametrize(
    ("base", "stops"),
    [
        ("qwen3:8b", ("<|im_end|>", "<|endoftext|>")),
        ("qwen2.5-coder:14b", ("<|im_end|>", "<|endoftext|>")),
        ("gemma3:12b", None),
        ("someone/qwen3:8b", None),
    ],
)
def test_stop_marks_are_those_of_the_base_or_none(base: str, stops: tuple[str, ...] | None) -> None:
    assert draft("Go developer", base_model=base).persona.parameters.get("stop") == stops


def test_every_field_has_a_reason_and_every_rule_a_source() -> None:
    drafted = draft("Go gRPC service developer", base_model=BASE)
    fields = [reason.field for reason in drafted.reasons]
    assert fields[:5] == ["domain", "language", "role", "temperature", "output_format"]
    assert [r.field for r in drafted.reasons if r.source] == [f"constraints.{rule.id}" for rule in drafted.rules]


@pytest.mark.parametrize(
    ("description", "language", "present", "absent"),
    [
        (
            "generic backend developer. Make it specific to Node.js Express with TypeScript",
            "TypeScript",
            "express",
            "go",
        ),
        ("Java Spring Boot developer. Use Kotlin instead of Java", "Kotlin", "spring-boot", "java"),
        ("Python FastAPI developer. Use Django instead", "Python", "django", "fastapi"),
        ("Go gRPC developer. I would like Rust instead.", "Rust", "grpc", "go"),
        ("Python Django developer. Actually no Django", "Python", "python", "django"),
        ("Go developer. Make it a code reviewer", "Go", "review", "code"),
        ("Python developer. Add pandas", "Python", "pandas", "fastapi"),
    ],
)
def test_a_later_sentence_changes_an_earlier_one(description: str, language: str, present: str, absent: str) -> None:
    drafted = draft(description, base_model=BASE)
    assert drafted.persona.language == language
    assert present in drafted.matched
    assert absent not in drafted.matched


def test_the_last_temperature_counts() -> None:
    assert draft("Go developer, temperature 0.2. Temperature: 0.6", base_model=BASE).persona.temperature == 0.6


def test_a_long_description_is_read_in_part_and_that_is_said() -> None:
    drafted = draft("Go developer " + "word " * 5_000 + "Java", base_model=BASE)
    assert "java" not in drafted.matched
    assert drafted.notes == ("the rulebook read the first 20,000 of 25,017 characters",)


@pytest.mark.parametrize(
    ("description", "role", "purpose"),
    [
        (
            "classify support emails into urgent and not urgent",
            "Classifier of support emails into urgent and not urgent",
            "Use it to put support emails into categories.",
        ),
        (
            "classify tickets into billing, bug and question",
            "Classifier of tickets",
            "Use it to put tickets into categories.",
        ),
    ],
)
def test_labels_are_said_whole_or_not_at_all(description: str, role: str, purpose: str) -> None:
    drafted = draft(description, base_model="qwen3:8b").persona

    assert (drafted.role, drafted.description) == (role, purpose)
