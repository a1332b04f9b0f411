"""A conversation as the sum of its events: what a journal holds, and nothing that is not in it.

Every event is JSON data. The live conversation and the one that is read from a journal go the same way through
`Conversation.happen`, so that both end in the same draft. Events hold outcomes (the new values of fields), never
something to be worked out again: a journal means tomorrow what it meant when it was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from persona_tui.base.errors import BadData
from persona_tui.base.text import one_line
from persona_tui.designer.draft import Brief, DesignerReport, Exchange
from persona_tui.designer.updates import RULES, Update, rule_number
from persona_tui.detect.result import Detection
from persona_tui.spec.changes import Change
from persona_tui.spec.persona import Persona, parse_persona

Event = Mapping[str, Any]
Outcome = Literal["open", "drafted", "changed", "question", "words", "failed", "stopped"]
VERSION = 1
"""Of the journal. Events that are only added need no other one: those of an unknown kind are passed over."""


@dataclass(frozen=True, slots=True)
class State:
    """The draft at one moment: its data as a file would hold it (None before there is one), and its locks.

    `filled` names the fields that the rulebook filled in for a model, and that nobody has set since. `reverted` are
    the rounds that were taken back alone, `decided` what was said to proposals (round, number, accepted).
    """

    data: Mapping[str, Any] | None = None
    locks: frozenset[str] = frozenset()
    filled: tuple[str, ...] = ()
    reverted: frozenset[int] = frozenset()
    decided: frozenset[tuple[int, int, bool]] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that changed the draft: `before` and `after` it, and the round that did it, if one did.

    What the person did by hand has no round, and came after the first `rounds` of them.
    """

    title: str
    before: State
    after: State
    round: int | None = None
    rounds: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that a lock kept out, and what it is in `words`. `accepted` is None until the person has decided."""

    update: Update
    words: str
    accepted: bool | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """The person's words, and what came of them. `changes` is the difference that it made to the draft."""

    number: int
    words: str
    outcome: Outcome = "open"
    say: str = ""
    thinking: str = ""
    raw: str = ""
    changes: tuple[Change, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    notes: tuple[str, ...] = ()
    designer: DesignerReport | None = None
    folded: int = 0
    undone: bool = False


@dataclass(slots=True)
class Conversation:
    """What was said and done, and the draft that came of it."""

    id: str = ""
    began: str = ""
    start: Brief | None = None
    """What it began with; `brief` is the same with what has come since."""
    codebase: str | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)
    """The designer that was asked for: `kind` and `model`."""
    rounds: list[Round] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    """Words that were said and no designer has been asked yet."""
    created: list[Mapping[str, Any]] = field(default_factory=list)
    done: list[Step] = field(default_factory=list)
    undone: list[Step] = field(default_factory=list)
    state: State = field(default_factory=State)
    _parsed: tuple[Mapping[str, Any] | None, Persona | None] = (None, None)

    @property
    def persona(self) -> Persona | None:
        """The draft, every rule with an id; None before there is one. Raises BadData where it is damaged."""
        if self.state.data is not self._parsed[0]:
            self._parsed = (self.state.data, None if self.state.data is None else parse_persona(self.state.data))
        return self._parsed[1]

    @property
    def brief(self) -> Brief:
        """What the persona is wanted for, with the wishes that were carried out and the fields that are locked now."""
        if self.start is None:
            raise ValueError("it does not start with its beginning")
        wishes = tuple(r.words for r in self.rounds if r.outcome == "changed" and not r.undone)
        fixed = self.start.fixed
        if (data := self.state.data) is not None:
            fixed = {name: data[name] for name in sorted(self.state.locks) if name in data}
        return replace(self.start, fixed=fixed, wishes=wishes)

    @property
    def locks(self) -> frozenset[str]:
        return self.state.locks

    @property
    def open_round(self) -> Round | None:
        """The round that was asked and not answered, if there is one."""
        return self.rounds[-1] if self.rounds and self.rounds[-1].outcome == "open" else None

    def exchanges(self) -> tuple[Exchange, ...]:
        """Return the rounds after the draft as a designer sees them again; what was undone is left out."""
        return tuple(
            Exchange(r.words, r.say, tuple(map(decision, r.changes)))
            for r in self.rounds
            if r.outcome in ("changed", "question", "words") and not r.undone
        )

    def happen(self, event: Event) -> None:
        """Let one event take place. One of an unknown kind, from a later version, is passed over.

        Raises KeyError, TypeError, ValueError and BadData for an event that is not whole.
        """
        if handler := _HANDLERS.get(event["event"]):
            handler(self, event)

    def done_after(self, number: int) -> list[str]:
        """Return what was done by hand after a round and before the next one, and not undone."""
        return [step.title for step in self.done if step.round is None and step.rounds == number]

    def by_hand(self) -> frozenset[str]:
        """Return the fields that the person has set, and that no undo has taken back."""
        steps = (step for step in self.done if step.round is None and step.before.data and step.after.data)
        return frozenset(
            name
            for step in steps
            for name, value in (step.after.data or {}).items()
            if (step.before.data or {}).get(name) != value
        )

    def open_proposals(self) -> list[tuple[int, int]]:
        """Return the proposals that wait for the person, each by its round and its place there."""
        return [
            (made.number, place)
            for made in self.rounds
            for place, proposal in enumerate(made.proposals)
            if proposal.accepted is None
        ]

    def _step(self, title: str, after: State, round_number: int | None = None) -> None:
        if after == self.state:
            return
        self.done.append(Step(title, self.state, after, round_number, len(self.rounds)))
        self.undone.clear()
        self.state = after

    def _with(self, values: Mapping[str, Any], locks: frozenset[str] | None = None) -> State:
        now = self.state
        data = {**(now.data or {}), **values} if values else now.data
        filled = tuple(name for name in now.filled if name not in values)
        return replace(now, data=data, locks=now.locks if locks is None else locks, filled=filled)

    def _mark(self) -> None:
        """Have the rounds show what the state says of them: undone or not, proposals accepted or refused."""
        there = {step.round for step in self.done}
        decided = {(number, place): accepted for number, place, accepted in self.state.decided}
        for i, made in enumerate(self.rounds):
            gone = made.number in self.state.reverted or (made.outcome == "changed" and made.number not in there)
            proposals = tuple(
                replace(proposal, accepted=decided.get((made.number, place)))
                for place, proposal in enumerate(made.proposals)
            )
            if (made.undone, made.proposals) != (gone, proposals):
                self.rounds[i] = replace(made, undone=gone, proposals=proposals)


def replayed(events: list[dict[str, Any]]) -> Conversation:
    """Return the conversation that `events` are. Raises BadData where they make none."""
    conversation = Conversation()
    for number, event in enumerate(events, 1):
        try:
            conversation.happen(event)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            what = f"{type(error).__name__}: {error}"
            raise BadData(f"event {number} of the session is damaged ({one_line(what, 80)})") from None
    if conversation.start is None:
        raise BadData("the session is empty")
    return conversation


def decision(change: Change) -> str:
    """Return a change as a line that a person and a model read: `role: X → Y`, `rule 3 added: MUST …`."""
    new, old = _text(change.new), _text(change.old)
    if change.field.startswith(f"{RULES}["):
        number = int(change.field[len(RULES) + 1 : -1]) + 1
        words = {"added": f"added: {new}", "removed": f"removed: {old}", "changed": f"changed to: {new}"}
        return f"rule {number} {words[change.kind]}"
    if change.field == RULES:
        return "rules in another order"
    return f"{change.field}: {old or '-'} → {new or '-'}"


def proposed(update: Update, persona: Persona) -> str:
    """Return an update that is not made as a person reads it: `role → X`, `rule 3 → MUST …`."""
    number = rule_number(persona.constraints, update.id)
    rule = persona.constraints[number - 1].text if number else ""
    text = _text(update.value)
    return {
        "set": f"{update.field} → {text or '-'}",
        "add": f"a new rule: {text}",
        "remove": f"remove rule {number}: {rule}",
        "replace": f"rule {number} → {text}",
        "move": f"move rule {number} to {text}: {rule}",
    }[update.op]


def _text(value: Any) -> str:
    if isinstance(value, dict) and "text" in value:
        value = value["text"]
    if isinstance(value, list):
        value = ", ".join(map(_text, value))
    return "" if value is None else one_line(str(value), 200)


def round_json(made: Round) -> dict[str, Any]:
    """Return a round as JSON data, without what is kept for whoever looks for a fault."""
    return {
        "round": made.number,
        "words": made.words,
        "outcome": made.outcome,
        "say": made.say,
        "changes": [change.to_json() for change in made.changes],
        "proposals": [
            {**item.update.to_json(), "words": item.words, "accepted": item.accepted} for item in made.proposals
        ],
        "notes": list(made.notes),
        "undone": made.undone,
        "designer": made.designer.to_json() if made.designer else None,
    }


# --- what each event does ---


def _begun(talk: Conversation, event: Event) -> None:
    if event["version"] > VERSION:
        raise BadData("the session was made by a later version of persona")
    talk.id, talk.began = str(event["id"]), str(event["time"])
    talk.codebase, talk.asked = event["codebase"], dict(event["asked"])
    talk.start = Brief(event["description"], event["base_model"], fixed=dict(event["fixed"]))
    talk.state = State(None, frozenset(event["fixed"]))


def _detected(talk: Conversation, event: Event) -> None:
    if talk.start is not None:
        talk.start = replace(talk.start, detection=Detection.from_json(event["detection"]))


def _designer(talk: Conversation, event: Event) -> None:
    talk.asked = dict(event["asked"])


def _wished(talk: Conversation, event: Event) -> None:
    talk.pending += map(str, event["words"])


def _asked(talk: Conversation, event: Event) -> None:
    if event["wished"]:
        talk.pending.remove(event["words"])
    if talk.open_round is not None:  # nobody came to say how it ended
        talk.rounds[-1] = replace(talk.rounds[-1], outcome="stopped")
    talk.rounds.append(Round(len(talk.rounds) + 1, str(event["words"])))


def _answered(talk: Conversation, event: Event) -> None:
    asked = talk.rounds[-1]
    values = event["set"]
    after_it = talk._with(values)
    if event["outcome"] == "drafted":
        after_it = replace(after_it, filled=tuple(event["filled"]))
    talk._step(one_line(asked.words, 60), after_it, asked.number)
    talk.rounds[-1] = replace(
        asked,
        outcome=event["outcome"],
        say=event["say"],
        thinking=event["thinking"],
        raw=event["raw"],
        changes=tuple(Change(**change) for change in event["changes"]),
        proposals=tuple(Proposal(Update.from_json(p["update"]), str(p["words"])) for p in event["proposals"]),
        notes=tuple(event["notes"]),
        designer=DesignerReport(**event["designer"]),
        folded=event["folded"],
    )


def _stopped(talk: Conversation, event: Event) -> None:
    talk.rounds[-1] = replace(talk.rounds[-1], outcome=event["outcome"], raw=event["raw"], notes=(event["reason"],))


def _edited(talk: Conversation, event: Event) -> None:
    talk._step(str(event["title"]), talk._with(event["set"], frozenset(event["locks"])))


def _undo(talk: Conversation, event: Event) -> None:
    step = talk.done.pop()
    talk.undone.append(step)
    talk.state = step.before
    talk._mark()


def _redo(talk: Conversation, event: Event) -> None:
    step = talk.undone.pop()
    talk.done.append(step)
    talk.state = step.after
    talk._mark()


def _reverted(talk: Conversation, event: Event) -> None:
    number = int(event["round"])
    after = talk._with(event["set"])
    talk._step(f"undo of round {number}", replace(after, reverted=after.reverted | {number}))
    talk._mark()


def _decided(talk: Conversation, event: Event) -> None:
    accepted = bool(event["accepted"])
    after = talk._with(event["set"])
    decided = after.decided | {(int(event["round"]), int(event["proposal"]), accepted)}
    talk._step(f"a proposal {'accepted' if accepted else 'refused'}", replace(after, decided=decided))
    talk._mark()


def _created(talk: Conversation, event: Event) -> None:
    talk.created.append({key: event[key] for key in ("name", "scope", "host", "time")})


_HANDLERS = {
    "begun": _begun,
    "detected": _detected,
    "designer": _designer,
    "wished": _wished,
    "asked": _asked,
    "answered": _answered,
    "stopped": _stopped,
    "edited": _edited,
    "undo": _undo,
    "redo": _redo,
    "reverted": _reverted,
    "decided": _decided,
    "created": _created,
}
