"""Which personas fit which codebase."""

from __future__ import annotations

import pytest

from persona_tui.detect import Detection, Finding, Language, ranking
from persona_tui.detect.ranking import Candidate, rank
from persona_tui.detect.rules import rules

GO = Candidate("my-go-q3", "Go", role="Senior Go engineer")
GO_GRPC = Candidate("my-go-grpc-q3", "Go", role="Senior Go engineer for gRPC services")
GO_GIN = Candidate("my-go-gin-q3", "Go", role="Go engineer who builds web backends with Gin")
JAVA_GRPC = Candidate("my-java-grpc-q3", "Java", role="Java engineer for gRPC services")
PYTHON = Candidate("my-python-q3", "Python", role="Python engineer")
REACT = Candidate("my-react-q3", "TypeScript", role="Frontend engineer")
C = Candidate("my-c-q3", "C", role="Systems programmer")
GENERAL = Candidate("my-helper-q3", role="A careful engineer")
WRITER = Candidate("my-writer-q3", "English", domain="writing", role="An editor of prose")
ALL = (GO, GO_GRPC, GO_GIN, JAVA_GRPC, PYTHON, REACT, C, GENERAL, WRITER)


def codebase(languages: dict[str, float], frameworks: tuple[str, ...] = (), domain: str | None = None) -> Detection:
    return Detection(
        root="/code",
        languages=tuple(Language(name, share, 0.95) for name, share in languages.items()),
        frameworks=tuple(Finding(name, 0.95) for name in frameworks),
        domain=Finding(domain, 0.8) if domain else None,
    )


GRPC_SERVICE = codebase({"Go": 0.9, "Shell": 0.1}, ("gRPC",), "web backend")


def test_language_and_technology_together_fit_best() -> None:
    matches = rank(GRPC_SERVICE, ALL)

    assert [match.name for match in matches] == ["my-go-grpc-q3", "my-go-q3"]
    assert matches[0].reason == "Go 90%, gRPC"


def test_technology_that_is_named_but_absent_counts_against() -> None:
    (gin,) = rank(GRPC_SERVICE, [GO_GIN])
    (plain,) = rank(GRPC_SERVICE, [GO])

    assert gin.confidence < plain.confidence
    assert gin.reason.endswith("but no Gin")


@pytest.mark.parametrize("candidate", [JAVA_GRPC, PYTHON, C, REACT, WRITER, GENERAL])
def test_what_does_not_fit_stays_below_a_half_and_says_why(candidate: Candidate) -> None:
    (match,) = rank(GRPC_SERVICE, [candidate])

    assert match.confidence < 0.5
    assert match.reason.startswith("nothing fits; the nearest: ")


def test_the_letter_c_in_a_role_is_not_the_language() -> None:
    matches = rank(codebase({"C": 1.0}, domain="systems"), ALL)

    assert [match.name for match in matches] == ["my-c-q3"]


def test_where_nothing_fits_the_general_one_is_nearest() -> None:
    (match,) = rank(codebase({"COBOL": 1.0}), ALL)

    assert match.name == "my-helper-q3"
    assert match.confidence < 0.5


def test_common_words_in_prose_are_no_technology() -> None:
    role = "Python engineer who knows how to express intent, click through, and echo questions"

    assert "but no" not in rank(codebase({"Python": 1.0}), [Candidate("p", "Python", role=role)])[0].reason


@pytest.mark.parametrize(
    "role",
    ["Go engineer. Echo the question, then answer", "Express intent in Go", "React to errors: Play it safe in Go"],
)
def test_the_first_word_of_a_sentence_is_no_technology(role: str) -> None:
    (match,) = rank(GRPC_SERVICE, [Candidate("p", "Go", role=role)])

    assert match.reason == "Go 90%"


@pytest.mark.parametrize(
    "role", ["Echo engineer", "Go engineer. React Native is known", "Engineer for Echo", "Django and Go"]
)
def test_a_technology_may_begin_a_sentence(role: str) -> None:
    (match,) = rank(GRPC_SERVICE, [Candidate("p", "Go", role=role)])

    assert "but no" in match.reason


def test_the_words_that_begin_sentences_are_technologies() -> None:
    assert {rule.name for rule in rules().all} >= ranking._ORDINARY


def test_the_second_language_of_a_codebase_is_served_too() -> None:
    found = codebase({"TypeScript": 0.6, "Python": 0.4}, ("React", "FastAPI"), "full-stack web")

    assert [match.name for match in rank(found, ALL)] == ["my-react-q3", "my-python-q3"]


def test_a_book_is_for_a_writer() -> None:
    assert rank(codebase({"TeX": 1.0}, domain="documentation"), ALL)[0].name == "my-writer-q3"


@pytest.mark.parametrize(
    ("language", "code"),
    [
        *(("Node", "JavaScript"), ("Node.js 20", "TypeScript"), ("Bash", "Shell"), ("Python 3.12", "Python")),
        *(("Python (3.11, 3.12)", "Python"), ("C++20", "C++"), ("Java 17+", "Java"), ("ES2022", "JavaScript")),
        *(("python3", "Python"), ("C# v12", "C#"), ("M4", "M4"), ("Objective-C 2.0", "Objective-C"), (".NET 8", "C#")),
    ],
)
def test_a_language_is_known_by_what_people_call_it(language: str, code: str) -> None:
    (match,) = rank(codebase({code: 1.0}), [Candidate("p", language)])

    assert match.reason == f"{code} 100%"


@pytest.mark.parametrize("language", ["golang", "GO", "Go and Shell", "Python, Go"])
def test_a_language_is_known_by_its_other_names(language: str) -> None:
    assert rank(GRPC_SERVICE, [Candidate("p", language)])[0].confidence > 0.5


def test_nothing_is_said_of_nobody_and_nothing_is_certain() -> None:
    assert rank(GRPC_SERVICE, []) == ()
    assert all(match.confidence < 1 for match in rank(codebase({"Go": 1.0}, ("gRPC", "Gin")), ALL))


def test_the_order_does_not_depend_on_that_of_the_candidates() -> None:
    assert rank(GRPC_SERVICE, ALL) == rank(GRPC_SERVICE, ALL[::-1])
