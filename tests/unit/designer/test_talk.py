"""The rulebook in a conversation: what it understands, what it says, and that it changes nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_tui.designer.conversation import decision
from persona_tui.designer.draft import Brief, Exchange, Reply, Talk, Words
from persona_tui.designer.rulebook_designer import RulebookDesigner
from persona_tui.designer.talk.fields import LANGUAGE, LENGTH
from persona_tui.designer.talk.pointing import which
from persona_tui.designer.talk.reading import wishes
from persona_tui.designer.talk.wishes import (
    AddAbout,
    AddRule,
    AnswerIn,
    DropRules,
    Explain,
    Help,
    Leave,
    Length,
    MoveRule,
    Rebase,
    Redraft,
    Rename,
    ReplaceRule,
    SetField,
    SetParameter,
    SwapRules,
    Warmth,
    Which,
    Wish,
    Without,
)
from persona_tui.designer.updates import applied, identified, is_locked
from persona_tui.detect.result import Detection, Evidence, Finding, Language
from persona_tui.spec.changes import compare
from persona_tui.spec.lint import Severity, lint_persona
from persona_tui.spec.persona import Persona
from tests.conftest import make_persona

BASE = "qwen3:8b"
OWN = ["MUST cite the ticket number", "MUST log every request", "MUST NOT rename files", "MUST ask before deleting"]


class Conversation:
    """A conversation that goes on with what each round made of the persona."""

    def __init__(self, description: str, persona: Persona | None = None, **brief: Any) -> None:
        self.brief = Brief(description, BASE, **brief)
        draft = persona or asyncio.run(RulebookDesigner().draft(self.brief)).persona
        self.persona = identified(draft)
        self.earlier: tuple[Exchange, ...] = ()

    def say(self, words: str, *locks: str) -> Reply:
        talk = Talk(self.brief, self.persona, frozenset(locks), self.earlier)
        reply = asyncio.run(RulebookDesigner().reply(talk, words))
        self.persona, refused = applied(self.persona, reply.updates)
        assert not refused
        assert reply.say
        made = tuple(decision(change) for change in compare(talk.persona, self.persona))
        self.earlier += (Exchange(words, reply.say, made),)
        return reply

    @property
    def texts(self) -> list[str]:
        return [rule.text for rule in self.persona.constraints]

    @property
    def ids(self) -> list[str]:
        return [rule.id or "" for rule in self.persona.constraints]


def by_others(**fields: Any) -> Conversation:
    return Conversation("Backend developer", make_persona(**{"constraints": OWN, "temperature": 0.3, **fields}))


NUMBERS = Which((2, 4), several=True)


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("make it specific to Node.js Express with TypeScript", Redraft("", "Node.js Express with TypeScript")),
        ("Please use FastAPI!", Redraft("", "FastAPI")),
        ("could you use FastAPI, please?", Redraft("", "FastAPI")),
        ("for a bank", Redraft("", "a bank")),
        ("FastAPI and PostgreSQL", Redraft("", "FastAPI and PostgreSQL")),
        ("add a rule about SQL injection", AddAbout("", "SQL injection")),
        ("I'd like a rule about SQL injection, please.", AddAbout("", "SQL injection")),
        ("add logging", AddAbout("", "logging", sure=False)),
        ("MUST NOT use eval", AddRule("", "MUST NOT use eval")),
        ("Never use eval.", AddRule("", "MUST NOT use eval")),
        ("must: name the crate", AddRule("", "MUST name the crate")),
        ("it must name the crate", AddRule("", "MUST name the crate")),
        ("add the rule: cite the source", AddRule("", "MUST cite the source")),
        ("New rule: “never guess”", AddRule("", "MUST NOT guess")),
        ("add a rule that it must not guess", AddRule("", "MUST NOT guess")),
        ("MUST say please", AddRule("", "MUST say please")),
        ("MUST put the title first; the text follows", AddRule("", "MUST put the title first; the text follows")),
        ("don't add comments", AddRule("", "MUST NOT add comments")),
        ("Don't output the whole file, only the diff", AddRule("", "MUST output only the diff, NOT the whole file")),
        ("don't answer in German, only in English", AddRule("", "MUST answer only in English, NOT in German")),
        ("never log values, only in tests", AddRule("", "MUST NOT log values, only in tests")),
        ("never use tabs but spaces", AddRule("", "MUST use spaces, NOT tabs")),
        ("don't rename files but ask first", AddRule("", "MUST ask first, NOT rename files")),
        ("MUST NOT say yes, only maybe", AddRule("", "MUST NOT say yes, only maybe")),
        ("don't change the temperature", Leave("", "temperature")),
        ("set num_ctx to 4096", SetParameter("", "num_ctx", "4096")),
        ("context window 8192", SetParameter("", "num_ctx", "8192")),
        ("top_p 0.9", SetParameter("", "top_p", "0.9")),
        ("no emojis", AddRule("", "MUST NOT use emojis")),
        ("no unwrap()", AddRule("", "MUST NOT use unwrap()")),
        ("no problem", Wish("")),
        ("no idea", Wish("")),
        ("output JSON only", SetField("", "output_format", "JSON only")),
        ("return only valid JSON", SetField("", "output_format", "valid JSON only")),
        ("keep only the first two rules", DropRules("", Which((1, 2), several=True, rest=True))),
        ("keep rule 1 only", DropRules("", Which((1,), several=True, rest=True))),
        ("limit num_predict to 200", SetParameter("", "num_predict", "200")),
        ("keep only rules 1 and 3", DropRules("", Which((1, 3), several=True, rest=True))),
        ("remove rules 1 to 3", DropRules("", Which((1, 2, 3), several=True))),
        ("translate into French instead", AnswerIn("", "French", translating=True)),
        ("lösche Regel 5", DropRules("", Which((5,)))),
        ("kürzer bitte", Length("", -1)),
        ("remova a regra 2", DropRules("", Which((2,)))),
        ("supprime les règles 2 et 4", DropRules("", NUMBERS)),
        ("más corto por favor", Length("", -1)),
        ("Please do not touch rule 3", Leave("", "rule 3")),
        ("don't change anything", Leave("")),
        ("no comments please", AddRule("", "MUST NOT write comments")),
        ("don't change file names", AddRule("", "MUST NOT change file names")),
        ("the role should be: reviewer", SetField("", "role", "reviewer")),
        ("it must be in French", AnswerIn("", "French")),
        ("make rule 2 say: use uv", ReplaceRule("", Which((2,)), "MUST use uv")),
        ("don’t use semicolons", AddRule("", "MUST NOT use semicolons")),
        ("drop rule 3", DropRules("", Which((3,)))),
        ("Delete rules 2 and 4!", DropRules("", NUMBERS)),
        ("remove the last rule", DropRules("", Which((-1,)))),
        ("get rid of the rule about logging", DropRules("", Which(about="logging"))),
        ("drop the first rule and rule 4", DropRules("", Which((1, 4), several=True))),
        ("drop the rules about logging except rule 2", Without("", "the rules about logging except rule 2")),
        ("remove all rules", DropRules("", Which(all=True, several=True))),
        ("rule 2: use slog", ReplaceRule("", Which((2,)), "MUST use slog")),
        ("change rule 2 to never use print", ReplaceRule("", Which((2,)), "MUST NOT use print")),
        ("replace rule 2 with MUST use slog", ReplaceRule("", Which((2,)), "MUST use slog")),
        ("rule #2 should be: use slog", ReplaceRule("", Which((2,)), "MUST use slog")),
        ("move rule 4 to the top", MoveRule("", Which((4,)), 1)),
        ("move rule 4 to 2", MoveRule("", Which((4,)), 2)),
        ("put rule 1 at the end", MoveRule("", Which((1,)), -1)),
        ("move rule 4 up", MoveRule("", Which((4,)), by=-1)),
        ("move rule 1 after rule 3", MoveRule("", Which((1,)), 3, beside="after")),
        ("swap rules 1 and 2", SwapRules("", Which((1, 2), several=True))),
        ("shorter", Length("", -1)),
        ("Can you make it a bit more concise?", Length("", -1)),
        ("the answers are too long", Length("", -1)),
        ("give me more details", Length("", 1)),
        ("at most 100 words", Length("", words=100)),
        ("more creative", Warmth("", 1)),
        ("WILDER!!", Warmth("", 1)),
        ("less creative", Warmth("", -1)),
        ("make it more precise", Warmth("", -1)),
        ("make it more deterministic", Warmth("", -1)),
        ("temperature 0.5", Warmth("", value="0.5")),
        ("set the temperature to Creative", Warmth("", value="creative")),
        ("call it my-api-q3", Rename("", "my-api-q3")),
        ("rename it to 'my-api-q3'", Rename("", "my-api-q3")),
        ("name it My API", Rename("", "My API")),
        ("answer in Portuguese", AnswerIn("", "Portuguese")),
        ("respond only in brazilian portuguese", AnswerIn("", "Brazilian Portuguese")),
        ("always answer in German", AnswerIn("", "German")),
        ("language: german", AnswerIn("", "German")),
        ("base it on qwen3:14b", Rebase("", "qwen3:14b")),
        ("use gemma3:12b as base", Rebase("", "gemma3:12b")),
        ("switch the base model to llama3.1", Rebase("", "llama3.1")),
        ("base it on FastAPI", Redraft("", "FastAPI")),
        ("for a host tool", SetField("", "tier", "bare")),
        ("make it bare", SetField("", "tier", "bare")),
        ("tier full", SetField("", "tier", "full")),
        ("domain writing", SetField("", "domain", "writing")),
        ("language Go", SetField("", "language", "Go")),
        ("role: Senior Go engineer", SetField("", "role", "Senior Go engineer")),
        ("output format one list", SetField("", "output_format", "one list")),
        ("format: one list; no prose", SetField("", "output_format", "one list; no prose")),
        ("description: Use it for notes", SetField("", "description", "Use it for notes")),
        ("why rule 4?", Explain("", Which((4,)))),
        ("Where does rule 2 come from?", Explain("", Which((2,)))),
        ("what's rule 3 for?", Explain("", Which((3,)))),
        ("why?", Explain("")),
        ("explain", Explain("")),
        ("why this temperature?", Explain("", field="temperature")),
        ("help", Help("")),
        ("What can you do?", Help("")),
        ("don't use Express", Without("", "Express")),
        ("not Django", Without("", "Django")),
        ("remove FastAPI", Without("", "FastAPI")),
        ("I don't want Django anymore", Without("", "Django anymore")),
        ("stop using express", Without("", "express")),
        ("don't make it shorter", Leave("")),
        ("do not drop rule 3", Leave("")),
        ("don't stop using Django", Wish("")),
        *(
            (words, Wish(""))
            for words in (
                *("hello", "thanks!", "how are you today?", "what is Python?", "should I use Django?", "never mind"),
                *("use anything but Django", "Django sucks", "everything except Django", "asdf qwer", "undo"),
                *(
                    "Verwende Django nicht",
                    "¿Puedes usar Django?",
                    "使用 Django 的开发者吗",
                    "use Python without classes",
                ),
            )
        ),
    ],
)
def test_what_is_understood(words: str, wish: Wish) -> None:
    found = wishes(words)

    assert [(type(w), _without_text(w)) for w in found] == [(type(wish), _without_text(wish))]


def _without_text(wish: Wish) -> dict[str, Any]:
    return {name: getattr(wish, name) for name in wish.__dataclass_fields__ if name not in ("said", "text")} | (
        {"text": wish.text} if isinstance(wish, AddRule | ReplaceRule) else {}
    )


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("drop rule 2. Shorter!", [DropRules, Length]),
        (
            "Hi! Could you make this persona a bit less wordy, and also have it answer in German? Thanks!",
            [Length, AnswerIn],
        ),
        ("shorter; more precise; call it my-x-q3", [Length, Warmth, Rename]),
        ("use FastAPI and call it my-api-q3", [Redraft, Rename]),
        ("drop rules 2, 3 and 4 and add a rule about logging", [DropRules, AddAbout]),
        ("use FastAPI and PostgreSQL", [Redraft]),
        ("remove FastAPI and use Django", [Without, Redraft]),
        ("MUST use slog. NEVER use print. What a day. Shorter", [AddRule, AddRule, Wish, Length]),
        ("1. drop rule 2\n2. make it shorter\n- answer in German", [DropRules, Length, AnswerIn]),
        ("MUST name the file and make it shorter", [AddRule]),
        ("don't use any global state, and always log errors", [AddRule, AddRule]),
        ("add a rule about logging, one about tests and drop rule 1", [AddAbout, AddAbout, DropRules]),
        ("don't ever guess, and don't invent names", [AddRule, AddRule]),
        ("don't answer without tests, and add a rule about logging", [AddRule, AddAbout]),
        ("remove the rules about tests and logging", [DropRules, DropRules]),
        ("remove the rule about dates and times", [DropRules]),
        ("add rules about logging, metrics and tracing", [AddAbout, AddAbout, AddAbout]),
        ("add a rule about dates that are parsed and stored", [AddAbout]),
        ("never use print and always log errors, never guess", [AddRule, AddRule, AddRule]),
    ],
)
def test_several_wishes_in_a_message(words: str, kinds: list[type[Wish]]) -> None:
    assert [type(wish) for wish in wishes(words)] == kinds


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("rules 2, 4 and 5", (2, 4, 5)),
        ("rules 2-4", (2, 3, 4)),
        ("#3", (3,)),
        ("the second rule", (2,)),
        ("the last two rules", (-2, -1)),
        ("rule two", (2,)),
    ],
)
def test_rules_are_pointed_at(words: str, expected: tuple[int, ...]) -> None:
    found = which(words)

    assert found is not None
    assert found.numbers == expected


def test_it_is_made_specific_and_the_rules_of_others_stay() -> None:
    talk = by_others(role="Backend engineer of our shop", language=None)

    reply = talk.say("make it specific to Node.js Express with TypeScript")

    assert set(OWN) < set(talk.texts)
    assert len(talk.texts) == 7
    assert talk.persona.language == "TypeScript"
    assert {"node", "express"} <= set(talk.persona.tags)
    assert talk.persona.role == "Backend engineer of our shop"
    assert any("no room" in note for note in reply.notes)
    assert reply.designer.kind == "rulebook"
    assert reply.failed is None


def test_one_wish_after_the_other_adds_and_takes_nothing_of_the_first_away() -> None:
    talk = Conversation("Python developer")
    talk.say("use FastAPI")
    first = [rule_id for rule_id in talk.ids if rule_id.startswith("fastapi")]
    talk.say("use PostgreSQL")

    whole = Conversation("Python developer. use FastAPI. use PostgreSQL")
    assert talk.persona.tags == whole.persona.tags
    assert set(first) < set(talk.ids)
    assert any(rule_id.startswith("postgresql") for rule_id in talk.ids)


FASTAPI_CODE = Detection(
    "/code",
    languages=(Language("Python", 1.0, 0.9),),
    frameworks=(Finding("FastAPI", 0.9, (Evidence("pyproject.toml", "dependency"),)),),
)


def test_a_technology_comes_in_beside_what_was_detected() -> None:
    talk = Conversation("backend developer", detection=FASTAPI_CODE)
    before = talk.persona

    talk.say("use PostgreSQL")

    assert talk.persona.role == "Senior Python FastAPI PostgreSQL backend developer"
    assert talk.persona.language == "Python"
    assert talk.persona.output_format == before.output_format
    assert {rule.id for rule in before.constraints if (rule.id or "").startswith("fastapi")} < set(talk.ids)
    assert "postgresql-timestamptz" in talk.ids
    talk.say("remove PostgreSQL")
    assert talk.persona.role == before.role


def test_a_technology_without_rules_takes_none_away() -> None:
    talk = Conversation("API developer", detection=FASTAPI_CODE)
    before = talk.texts

    talk.say("use SQLAlchemy")

    assert talk.texts == before
    assert talk.persona.tags == ("python", "fastapi", "sqlalchemy")


def test_a_database_is_not_the_language_of_the_whole() -> None:
    talk = Conversation("backend developer")

    talk.say("use PostgreSQL")

    assert talk.persona.language is None


@pytest.mark.parametrize(
    ("description", "words", "language", "role"),
    [
        ("Python developer", "use Go", "Go", "Senior Go developer"),
        ("Python FastAPI developer", "switch to Go", "Go", "Senior Go developer"),
        ("Python developer", "make it a Go developer", "Go", "Senior Go developer"),
        ("Python developer", "rewrite it in Go", "Go", "Senior Go developer"),
        ("Python developer", "make it a Go code reviewer", "Go", "Go code reviewer"),
        ("Rust developer", "use Kotlin", "Kotlin", "Senior Kotlin developer"),
        ("Python developer", "switch to Spring Boot", "Java", "Senior Java Spring Boot developer"),
        (
            "JavaScript developer",
            "make it specific to Node.js Express with TypeScript",
            "TypeScript",
            "Senior TypeScript Node.js Express developer",
        ),
    ],
)
def test_another_language_takes_the_place_of_the_old(description: str, words: str, language: str, role: str) -> None:
    talk = Conversation(description)
    talk.say("MUST cite the ticket")
    old = (talk.persona.language or "").lower()

    talk.say(words)

    assert (talk.persona.language, talk.persona.role) == (language, role)
    assert f"Fenced {language} blocks" in (talk.persona.output_format or "") or "review" in talk.persona.tags
    assert not any(rule_id.startswith((old, "fastapi")) for rule_id in talk.ids)
    assert old not in talk.persona.tags
    assert "MUST cite the ticket" in talk.texts


def test_a_language_beside_the_old_one_leaves_that() -> None:
    talk = Conversation("Python developer")

    reply = talk.say("use Go too")

    assert talk.persona.language == "Python"
    assert "The language stays Python" in reply.say
    assert {"python", "go"} == set(talk.persona.tags)


@pytest.mark.parametrize(
    "words",
    ["use Kotlin for the CLI", "use Python for the backend", "use Rust in the parser", "use pytest", "use Go and Rust"],
)
def test_where_it_is_not_sure_about_the_language_nothing_changes(words: str) -> None:
    talk = Conversation("Java developer")
    before = talk.persona

    assert "Java" in talk.say(words).say
    assert talk.persona == before


@pytest.mark.parametrize("words", ["use Django instead of FastAPI", "switch to Django", "make it a Django developer"])
def test_only_rules_of_what_is_named_come_and_go(words: str) -> None:
    talk = Conversation("FastAPI developer")
    talk.say("MUST cite the ticket")

    talk.say(words)

    assert {rule_id.partition("-")[0] for rule_id in talk.ids if not rule_id.startswith("~")} <= {
        "python",
        "code",
        "django",
    }
    assert "MUST cite the ticket" in talk.texts


def test_what_goes_with_a_technology_swaps_no_rules() -> None:
    talk = Conversation("Java developer")
    before = talk.persona

    reply = talk.say("use JUnit 5")

    assert talk.persona == before
    assert "I read “JUnit” as Java" in reply.say


def test_a_second_framework_takes_no_rule_of_the_first() -> None:
    talk = Conversation("FastAPI developer")
    first = {rule_id for rule_id in talk.ids if rule_id.startswith("fastapi")}

    talk.say("use Flask too")

    assert first < set(talk.ids)
    assert any(rule_id.startswith("flask") for rule_id in talk.ids)


@pytest.mark.parametrize("wishes_then", [["use FastAPI", "remove FastAPI"], ["make it a code reviewer", "use Django"]])
def test_what_a_person_dropped_does_not_come_back(wishes_then: list[str]) -> None:
    talk = Conversation("Python developer")
    gone = talk.ids[2]
    talk.say("drop rule 3")

    for words in wishes_then:
        talk.say(words)

    assert gone not in talk.ids


def test_what_was_undone_can_be_wished_for_again() -> None:
    talk = Conversation("Python developer")
    before = talk.persona
    talk.say("use FastAPI")
    after = talk.persona
    talk.persona = before  # undone: the session gives the designer the state from before

    talk.say("use FastAPI")

    assert talk.persona == after


def test_whom_it_is_for_goes_into_the_role() -> None:
    talk = Conversation("Python developer")

    assert "no rules" in talk.say("for a bank").say
    assert talk.persona.role == "Senior Python developer for a bank"


@pytest.mark.parametrize(
    ("description", "about", "rule"),
    [
        ("Django developer", "SQL injection", "django-no-formatted-sql"),
        ("Go developer", "SQL injection", "sql-parameters"),
        ("Go developer", "secrets in code", "code-no-secrets"),
        ("Go code reviewer", "secrets in code", "code-no-secrets"),
        ("Python developer", "logging", "python-logging-arguments"),
        ("Rust developer", "logging", "log-lines-no-credentials"),
        ("Spring Boot developer", "handling of errors", "code-errors-not-swallowed"),
        ("Go developer", "input validation", "input-checks-before-use"),
        ("Go developer", "tests", "tests-for-changes"),
        ("Go developer", "comments", "comments-say-why"),
        ("career coach", "the length of answers", "answer-length"),
        ("Go developer", "privacy", "privacy-no-logs"),
        ("career coach", "PII", "privacy-placeholders"),
        ("Go developer", "prompt injections", "prompt-injection-tool-output"),
        ("Go developer", "accessibility", "accessibility-labels"),
        ("Go developer", "performance", "performance-no-calls-in-loops"),
        ("Express developer", "security", "express-helmet"),
        ("Go developer", "Django migrations", "django-migrations"),
    ],
)
def test_a_rule_about_a_topic_comes_from_the_knowledge(description: str, about: str, rule: str) -> None:
    talk = Conversation(description)
    talk.say("drop rules 1 and 2")

    reply = talk.say(f"add a rule about {about}")

    assert rule in talk.ids
    for update in reply.updates:
        assert update.value["id"] == rule
        assert update.value["text"] in reply.say
        assert "source: " in reply.say


def test_a_reviewer_gets_the_rule_for_reviewers() -> None:
    talk = Conversation("Go code reviewer")

    talk.say("add a rule about secrets in code")

    assert talk.texts[-1].startswith("MUST flag every password")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("add a rule about unicorns", "no rule about “unicorns”"),
        ("MUST NOT rename files", "rule 3 says the same"),
        ("MUST rename files", "contradicts rule 3"),
        ("don't change the temperature", "“/lock temperature”"),
        ("set num_ctx to 3", "at least 256"),
        ("set num_ctx to 4.5", "whole number"),
        ("keep only rule 9", "There is no rule 9"),
        ("keep only rules 1 to 4", "no other rules"),
        ("Adicione uma regra sobre testes", "wishes in English only"),
        ("antworte bitte auf Deutsch", "wishes in English only"),
        ("ajoute une règle sur les tests", "wishes in English only"),
        ("be stricter please", "“more precise” lowers the temperature"),
        ("make it less strict", "“drop rule 2”"),
        ("it is too strict", "“more creative” raises"),
        ("replace Django with Foobar", "I know nothing of “Foobar”"),
        ("MUST not", "did not understand"),
        ("add the rule: other frameworks", "fragment"),
        ("drop rule 9", "There is no rule 9: there are 4 rules"),
        ("drop the rule about unicorns", "No rule is about “unicorns”"),
        ("move rule 2 to 12", "places 1 to 4"),
        ("call it My API", "“my-api” would do"),
        ("temperature 7", "from 0 to 2"),
        ("tier medium", "there are full, bare"),
        ("domain poetry", "there are code, reasoning"),
        ("tier full", "already"),
        ("base it on a:b:c", "changes anything"),
        ("base it on qwen3:cloud", "newer Ollama servers"),
        ("not Django", "Django is not in it"),
        ("remove FastAPI but keep Django", "not sure"),
        ("drop all rules except rule 2", "not sure"),
        ("don't make it shorter", "leave that as it is"),
        ("hello", "I am the rulebook, without a model"),
        ("answer in JSON", "“always answer in JSON”"),
        ("help", "undo"),
        ("", "did not understand"),
    ],
)
def test_what_cannot_be_changes_nothing_and_says_why(words: str, said: str) -> None:
    talk = by_others()
    before = talk.persona

    reply = talk.say(words)

    assert said in reply.say
    assert talk.persona == before
    assert not reply.updates
    assert not reply.proposals


def test_rules_are_changed_by_number_and_by_what_they_are_about() -> None:
    talk = by_others()

    assert "MUST log every request" in talk.say("remove the rule about logging").say
    assert talk.texts == [OWN[0], OWN[2], OWN[3]]
    talk.say("rule 2: use slog")
    assert talk.texts == [OWN[0], "MUST use slog", OWN[3]]
    talk.say("move rule 3 to the top")
    assert talk.texts == [OWN[3], OWN[0], "MUST use slog"]
    talk.say("swap rules 1 and 3")
    assert talk.texts == ["MUST use slog", OWN[0], OWN[3]]
    talk.say("move the last rule up; MUST name the risk")
    assert talk.texts == ["MUST use slog", OWN[3], OWN[0], "MUST name the risk"]
    talk.say("move rule 1 after rule 3")
    assert talk.texts == [OWN[3], OWN[0], "MUST use slog", "MUST name the risk"]
    talk.say("drop the first two rules")
    assert talk.texts == ["MUST use slog", "MUST name the risk"]


def test_numbers_are_those_that_the_person_sees() -> None:
    talk = by_others()

    talk.say("drop rule 1; drop rule 2; rule 3: use slog")

    assert talk.texts == ["MUST use slog", OWN[3]]


LONG = ["not " * 900, "use FastAPI and " * 250, "shorter; " * 400, "a" + ", " * 1900]


@pytest.mark.parametrize("words", LONG, ids=["negations", "technologies", "clauses", "commas"])
def test_no_message_is_too_much(words: str) -> None:
    talk = by_others()

    talk.say(words)

    assert len(talk.texts) <= 8


def test_a_rule_is_not_about_what_it_only_mentions() -> None:
    talk = Conversation("Rust developer")
    before = talk.persona

    for words in ("remove the rule about tests", "drop the rules about tests", "don't use the rule about tests"):
        assert "Rule 1 “MUST NOT call unwrap() or expect() outside tests” only mentions it" in talk.say(words).say
        assert talk.persona == before
    talk.say("remove the rule about unwrap")
    assert "rust-no-unwrap" not in talk.ids


def test_no_rule_contradicts_another() -> None:
    talk = by_others(constraints=["MUST give the confidence as a number", "MUST NOT use global state"])
    before = talk.persona

    assert "contradicts rule 1, “MUST give the confidence" in talk.say("never output confidence").say
    assert "contradicts rule 2" in talk.say("always use global state").say
    assert talk.persona == before
    assert "Added rule 3" in talk.say("never output names").say


def test_which_of_several_rules_is_asked() -> None:
    talk = by_others(constraints=["MUST log every request", "MUST NOT log tokens", *OWN[2:]])

    assert "say the number" in talk.say("remove the rule about logging").say
    assert len(talk.texts) == 4
    talk.say("remove the rules about logging")
    assert talk.texts == OWN[2:]


def test_there_are_never_more_rules_than_a_small_model_keeps() -> None:
    talk = Conversation("Python developer")

    reply = talk.say("MUST name the risk. MUST name the owner. Add a rule about privacy")

    assert len(talk.texts) == 8
    assert "MUST name the owner" in reply.say
    assert reply.say.count("8 rules") == 2


def test_a_parameter_is_set_and_the_others_stay() -> None:
    talk = Conversation("Python developer")
    before = dict(talk.persona.parameters)

    reply = talk.say("set num_ctx to 4096")

    assert [update.target for update in reply.updates] == ["parameters"]
    assert talk.persona.parameters == before | {"num_ctx": 4096}


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ("Go developer", "I don't want goroutines"),
        ("Java developer", "not JUnit"),
        ("classify support tickets", "use Go"),
    ],
)
def test_what_is_read_as_something_else_takes_nothing_away(description: str, words: str) -> None:
    talk = Conversation(description)
    before = talk.persona

    talk.say(words)

    assert talk.persona == before


def test_another_version_changes_only_the_rules_that_hang_on_it() -> None:
    talk = Conversation("Java developer")
    before = talk.ids

    talk.say("use Java 8")

    assert set(talk.ids) < set(before)
    assert "java-records" not in talk.ids


def test_a_rule_that_was_dropped_stays_away_from_another_task() -> None:
    talk = Conversation("Python FastAPI code reviewer")
    assert talk.ids[0] == "fastapi-lifespan"
    talk.say("drop rule 1")

    talk.say("make it a developer")

    assert "fastapi-lifespan" not in talk.ids


def test_what_takes_the_place_of_another_gets_its_room() -> None:
    talk = Conversation("FastAPI developer")
    talk.say("use Django too")
    few = sum(rule_id.startswith("django") for rule_id in talk.ids)

    talk.say("use Django instead of FastAPI")

    assert sum(rule_id.startswith("django") for rule_id in talk.ids) > few


def test_no_rule_comes_that_contradicts_the_persons() -> None:
    talk = Conversation("Python developer")
    talk.say("MUST NOT use Pydantic")

    reply = talk.say("use FastAPI")

    assert "fastapi-lifespan" in talk.ids
    assert "fastapi-pydantic-two" not in talk.ids
    assert any("it contradicts rule 8" in note for note in reply.notes)


def test_a_form_gets_only_rules_of_what_is_named() -> None:
    form = make_persona(role="Senior engineer", domain="code", language=None, constraints=OWN)
    talk = Conversation("", form)

    talk.say("use FastAPI")

    new = [rule_id for rule_id in talk.ids if not rule_id.startswith("~")]
    assert new
    assert {rule_id.partition("-")[0] for rule_id in new} <= {"fastapi", "python"}


@pytest.mark.parametrize("words", ["don't use Python, use Go", "remove Python and use Go", "not Python. use Go"])
def test_wishes_of_one_message_know_of_each_other(words: str) -> None:
    talk = Conversation("Python developer")

    talk.say(words)

    assert (talk.persona.language, talk.persona.tags) == ("Go", ("go",))
    assert "Fenced Go blocks" in (talk.persona.output_format or "")
    assert not any(rule_id.startswith("python") for rule_id in talk.ids)


def test_a_technology_that_was_taken_out_can_be_wished_for_again() -> None:
    talk = Conversation("Python developer")
    talk.say("use FastAPI")
    there = set(talk.ids)
    talk.say("remove FastAPI")

    talk.say("use FastAPI")

    assert {rule_id for rule_id in there if rule_id.startswith("fastapi")} <= set(talk.ids)


def test_a_language_can_be_changed_back_and_forth() -> None:
    talk = Conversation("Python developer")
    before = talk.persona
    talk.say("use Go")
    talk.say("use PostgreSQL")
    talk.say("remove PostgreSQL")

    talk.say("use Python")

    now = talk.persona
    assert (now.role, now.language, now.output_format) == (before.role, before.language, before.output_format)
    assert now.tags == before.tags
    assert {rule_id for rule_id in talk.ids if rule_id.startswith("go-")} == set()
    assert "python-pathlib" in talk.ids
    talk.say("switch to Rust and Tokio")
    assert talk.persona.role == "Senior Rust Tokio developer"
    assert "Rust" in (talk.persona.output_format or "")
    assert talk.persona.tags == ("rust", "tokio")


def test_why_a_detected_language_stays_what_it_was() -> None:
    talk = Conversation("backend developer", detection=FASTAPI_CODE)
    talk.say("use SQLAlchemy")

    assert "detected in the codebase" in talk.say("why this language?").say


def test_only_some_rules_are_kept() -> None:
    talk = by_others()

    talk.say("keep only the first two rules")

    assert talk.texts == OWN[:2]


def test_a_persona_for_something_else_is_not_made_one_for_programming_by_a_name() -> None:
    talk = Conversation("career coach")
    before = talk.persona

    assert "“make it a Python developer” does it" in talk.say("use Python").say
    assert talk.persona == before
    talk.say("make it a Python developer")
    assert talk.persona.domain == "code"


def test_words_that_name_nothing_give_no_other_name() -> None:
    talk = Conversation("developer")
    before = talk.persona

    talk.say("use the repository pattern")

    assert talk.persona == before


def test_a_rule_that_was_asked_for_makes_no_room() -> None:
    talk = Conversation("Go developer")
    talk.say("add a rule about logging")

    talk.say("use PostgreSQL")

    assert "go-slog" in talk.ids


def test_a_full_draft_says_which_rule_could_make_room() -> None:
    talk = Conversation("Python developer")
    talk.say("MUST name the risk")

    for words in ("MUST name the owner", "add a rule about privacy"):
        reply = talk.say(words)
        assert not reply.updates
        assert "rule 7, “MUST NOT leave TODO comments" in reply.say
        assert "“drop rule 7” first" in reply.say


def test_each_part_of_a_list_is_carried_out_or_named() -> None:
    talk = Conversation("Go developer")
    talk.say("drop rules 3 to 7")

    reply = talk.say("add rules about logging, metrics and tests")
    assert {"go-slog", "tests-for-changes"} <= set(talk.ids)
    assert "no rule about “metrics”" in reply.say
    reply = talk.say("use PostgreSQL and Redis")
    assert "postgresql" in talk.persona.tags
    assert "I know nothing of “Redis”" in reply.say
    assert "know nothing" not in talk.say("use gRPC with protobuf and goroutines").say


def test_what_is_not_known_takes_nothing_away() -> None:
    talk = Conversation("Node.js Express developer")
    before = talk.persona

    for words in ("use Fastify instead of Express", "replace Express with Fastify", "switch from Express to Fastify"):
        assert "I know nothing of “Fastify”" in talk.say(words).say
        assert talk.persona == before


@pytest.mark.parametrize(
    ("description", "words", "said"),
    [
        ("Python developer", "use pytest", "I read “pytest” as Python"),
        ("SQL developer", "for MySQL", "I read “MySQL” as SQL"),
    ],
)
def test_it_does_not_say_that_it_knows_what_it_reads_as_something_else(description: str, words: str, said: str) -> None:
    talk = Conversation(description)

    assert said in talk.say(words).say


def test_answers_get_shorter_and_longer_by_one_rule() -> None:
    talk = by_others()
    rule = "MUST answer in at most {} words outside of code blocks"

    for words, count in [("shorter", 150), ("even shorter", 75), ("longer", 150), ("at most 90 words", 90)]:
        reply = talk.say(words)
        assert talk.texts[-1] == rule.format(count)
        assert f"at most {count} words" in reply.say
    assert talk.ids.count(LENGTH) == 1


def test_a_length_that_the_knowledge_has_is_that_which_changes() -> None:
    talk = Conversation("summarize meeting notes")

    talk.say("shorter")

    assert "MUST keep the summary under 125 words" in talk.texts
    assert LENGTH not in talk.ids


def test_longer_without_a_limit_asks_for_a_least_number_of_words() -> None:
    talk = by_others()
    talk.say("longer")
    assert talk.texts[-1].startswith("MUST answer in at least 150 words")
    talk.say("shorter")
    assert talk.texts[-1].startswith("MUST answer in at most 150 words")


def test_the_temperature_goes_by_named_steps_to_the_end_of_the_scale() -> None:
    talk = by_others()

    assert "0.7 (creative)" in talk.say("more creative").say
    assert "highest" in talk.say("wilder").say
    talk.say("more precise")
    talk.say("more precise")
    assert talk.persona.temperature == 0.1
    assert "lowest" in talk.say("more deterministic").say
    talk.say("temperature 0.5")
    assert talk.persona.temperature == 0.5
    talk.say("less creative")
    assert talk.persona.temperature == 0.3


def test_the_language_of_answers_is_one_rule_that_is_replaced() -> None:
    talk = by_others()
    talk.say("answer in Portuguese")
    talk.say("answer in German")

    assert talk.ids.count(LANGUAGE) == 1
    assert talk.texts[-1] == "MUST write all prose outside of code blocks in German"


def test_a_translation_goes_into_the_other_language() -> None:
    talk = Conversation("translator from German into English")

    talk.say("answer in Portuguese")

    assert talk.persona.role == "Translator from German into Portuguese"
    assert talk.texts[0] == "MUST write every sentence of the output in Portuguese"
    assert LANGUAGE not in talk.ids


def test_another_base_takes_its_stop_list_along_and_says_what_the_name_says() -> None:
    talk = Conversation("Python developer")

    reply = talk.say("use gemma3:12b as base")

    assert talk.persona.base_model == "gemma3:12b"
    assert "stop" not in talk.persona.parameters
    assert "“call it my-python-g3”" in reply.say
    assert "ends as one" not in talk.say("call it my-python-g3").say


def test_fields_are_set() -> None:
    talk = by_others()

    talk.say(
        "role: Go engineer. description: Use it for notes. language Rust. domain other. for a host tool called aider"
    )

    persona = talk.persona
    assert (persona.role, persona.description) == ("Go engineer", "Use it for notes")
    assert (persona.language, persona.domain) == ("Rust", "other")
    assert (persona.tier, persona.host_tool) == ("bare", "aider")


def test_what_is_not_wanted_goes() -> None:
    talk = Conversation("Python Django developer")

    talk.say("don't use Django")

    assert not any(rule_id.startswith("django") for rule_id in talk.ids)
    assert "django" not in talk.persona.tags
    assert talk.persona.role == "Senior Python developer"
    assert "Django is not in it" in talk.say("not Django").say


def test_what_was_detected_and_is_not_wanted_goes_too() -> None:
    detection = Detection(
        "/code",
        languages=(Language("Python", 1.0, 0.9),),
        frameworks=(Finding("Django", 0.9, (Evidence("pyproject.toml", "dependency"),)),),
    )
    talk = Conversation("developer for this project", detection=detection)
    assert "django" in talk.persona.tags

    talk.say("remove Django")

    assert talk.persona.tags == ("python",)
    assert talk.persona.language == "Python"


@pytest.mark.parametrize("words", ["use FastAPI instead of django", "replace Django with FastAPI"])
def test_one_technology_takes_the_place_of_another(words: str) -> None:
    talk = Conversation("Python Django developer")

    talk.say(words)

    assert not any(rule_id.startswith("django") for rule_id in talk.ids)
    assert talk.persona.role == "Senior Python FastAPI developer"
    assert talk.persona.tags == ("python", "fastapi")


@pytest.mark.parametrize(
    "words",
    [
        "not Django",
        "no Django please",
        "I hate Django",
        "anything but Django",
        "avoid Django",
        "Django is bad",
        "django?",
    ],
)
def test_what_is_not_wanted_never_comes_in(words: str) -> None:
    talk = Conversation("Python developer")

    talk.say(words)

    assert "django" not in talk.persona.tags


def test_why() -> None:
    talk = Conversation("Python Django developer")
    talk.say("rule 1: load relations with select_related. MUST cite the ticket")
    before = talk.persona

    assert "was reworded" in talk.say("why rule 1?").say
    assert "https://docs.djangoproject.com" in talk.say("where does rule 2 come from?").say
    assert "a person or a model wrote it" in talk.say("why rule 8?").say
    assert "what programming takes" in talk.say("why this temperature?").say
    assert "Rules 2 to 7 are the rulebook's" in talk.say("why?").say
    assert "Rule 1 is the rulebook's in other words" in talk.say("why?").say
    assert "Rule 8 is from a person" in talk.say("why?").say
    assert "There is no rule 12" in talk.say("explain rule 12").say
    talk.say("temperature 0.7")
    assert "not what the rulebook drafts" in talk.say("why this temperature?").say
    assert talk.persona.constraints == before.constraints


@pytest.mark.parametrize(
    ("words", "lock", "made"),
    [
        ("temperature 0.5", "temperature", []),
        ("drop rule 2", "constraints.goroutine-exit", []),
        ("MUST name the risk", "constraints", []),
        ("base it on gemma3:12b", "preferred_models", []),
        ("drop rule 2; temperature 0.5", "temperature", ["constraints.goroutine-exit"]),
    ],
)
def test_what_is_locked_waits_as_a_proposal(words: str, lock: str, made: list[str]) -> None:
    persona = make_persona(parameters={"stop": ["<|im_end|>"]})
    talk = Conversation("Go developer", persona)
    before = talk.persona

    reply = talk.say(words, lock)

    assert [update.target for update in reply.updates] == made
    assert any(is_locked(update, {lock}) for update in reply.proposals)
    assert "locked" in reply.say
    accepted, refused = applied(before, reply.proposals)
    assert not refused
    assert _errors(accepted) <= _errors(before)


def test_a_draft_anew_keeps_out_of_what_is_locked() -> None:
    talk = Conversation("Python developer")
    role, language = talk.persona.role, talk.persona.language

    reply = talk.say("make it a Go code reviewer", "role", "language")

    assert (talk.persona.role, talk.persona.language) == (role, language)
    assert {update.field for update in reply.proposals} >= {"role"}
    assert "review" in talk.persona.tags


def test_the_words_are_said_once_and_are_plain() -> None:
    heard: list[Any] = []
    talk = Talk(Brief("Python developer", BASE), identified(make_persona()))

    reply = asyncio.run(RulebookDesigner().reply(talk, "help \x1b[31mred", heard.append))

    assert heard == [Words(reply.say)]
    assert "\x1b" not in reply.say


def _errors(persona: Persona) -> set[tuple[str, str]]:
    found = lint_persona(persona, origin="draft")
    return {(finding.rule, finding.field) for finding in found if finding.severity is Severity.ERROR}


PIECES = st.sampled_from(
    [
        *(
            "drop rule 2",
            "drop rules 1-9",
            "rule 3: use slog",
            "MUST name the file",
            "never use",
            "shorter",
            "longer",
            "wilder",
        ),
        *(
            "use FastAPI",
            "not Django",
            "use Go instead of Python",
            "answer in German",
            "call it X y",
            "base it on gemma3:4b",
        ),
        *(
            "move rule 1 to the end",
            "swap 1 and 3",
            "add a rule about tests",
            "why",
            "rule",
            "make it",
            "don't",
            "role: x",
            "and",
        ),
        *(
            "a code reviewer",
            "drop all rules",
            "domain writing",
            "without",
            "tier bare",
            ";",
            ".",
            "?",
            "\n",
            "“",
            "²",
            "s\u0131x",
            "\x00",
        ),
    ]
)
MESSAGES = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=6).map(" ".join))
LOCKS = st.frozensets(
    st.sampled_from(["role", "constraints", "constraints.goroutine-exit", "temperature", "tags", "language"])
)


@given(MESSAGES, LOCKS)
def test_whatever_is_said_applies_cleanly_and_leaves_alone_what_is_locked(words: str, locks: frozenset[str]) -> None:
    persona = identified(make_persona())
    talk = Talk(Brief("Go gRPC developer", BASE), persona, locks)

    reply = asyncio.run(RulebookDesigner().reply(talk, words))
    made, refused = applied(persona, reply.updates)

    assert not refused
    assert reply.say
    assert not any(is_locked(update, locks) for update in reply.updates)
    assert _errors(made) <= _errors(persona)
    for field in locks & set(Persona.model_fields):
        assert getattr(made, field) == getattr(persona, field)
    assert asyncio.run(RulebookDesigner().reply(talk, words)) == reply
