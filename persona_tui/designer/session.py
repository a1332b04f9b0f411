"""A conversation that loses nothing: every event is in the journal before it counts.

The headless conversation and the full-screen studio work on the same `Session`. It holds the rounds, the draft and its
locks, and undo and redo over everything that changed the draft; a designer only sees it and answers.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from persona_tui.base.errors import BadData, EngineError, NotFound
from persona_tui.base.text import one_line, plural
from persona_tui.designer.conversation import VERSION, Conversation, Outcome, Proposal, Round, Step, proposed, replayed
from persona_tui.designer.draft import (
    Brief,
    Designer,
    Draft,
    Heard,
    Progress,
    ProgressSink,
    Reply,
    Talk,
    check_words,
)
from persona_tui.designer.updates import (
    RULES,
    Update,
    anonymous,
    applied,
    apply,
    identified,
    is_locked,
)
from persona_tui.detect.result import Detection
from persona_tui.spec.changes import compare, merge
from persona_tui.spec.persona import Persona, parse_persona


class Log(Protocol):
    """Where events are kept: a `store.journal.Journal`, or nothing at all in a dry run."""

    @property
    def id(self) -> str: ...

    def append(self, event: dict[str, Any]) -> None: ...

    def hear(self, text: str) -> None: ...

    def forget_heard(self) -> None: ...


class Nowhere:
    """The log of a dry run: nothing is written."""

    id = ""

    def append(self, event: dict[str, Any]) -> None: ...

    def hear(self, text: str) -> None: ...

    def forget_heard(self) -> None: ...


class Session:
    """A conversation and its log. `begin` starts one, `resumed` goes on with one."""

    def __init__(self, log: Log, talk: Conversation | None = None) -> None:
        self.talk = talk or Conversation()
        self._log = log
        self._heard = ""
        self.unanswered: str | None = None
        """Words whose answer was cut off when somebody killed the process before: they want to be said again."""

    @classmethod
    def begin(cls, log: Log, brief: Brief, *, codebase: str | None = None, asked: dict[str, Any]) -> Session:
        """Start a conversation about `brief`; what it has fixed is locked from the start. Raises CannotWrite.

        `asked` is the designer that was asked for: its `kind` and its `model`.
        """
        session = cls(log)
        session._record(
            "begun",
            version=VERSION,
            id=log.id,
            time=_now(),
            description=brief.description,
            base_model=brief.base_model,
            fixed=dict(brief.fixed),
            codebase=codebase,
            asked=asked,
        )
        return session

    @classmethod
    def resumed(cls, log: Log, events: list[dict[str, Any]], heard: str = "") -> Session:
        """Go on with the conversation that `events` are; `heard` is what had arrived of an answer that was cut off.

        Raises BadData.
        """
        session = cls(log, replayed(events))
        if (cut := session.talk.open_round) is not None:
            session.unanswered = cut.words
            session.stop("the answer was cut off", raw=heard)
        return session

    # --- what there is ---

    @property
    def id(self) -> str:
        return self._log.id

    @property
    def draft(self) -> Persona:
        """The draft with an id on every rule. Raises NotFound before there is one."""
        persona = self.talk.persona
        if persona is None:
            raise NotFound("there is no draft yet")
        return persona

    @property
    def persona(self) -> Persona:
        """The draft as it would be created. Raises NotFound before there is one."""
        return anonymous(self.draft)

    # --- what is heard of beside the rounds ---

    def detected(self, detection: Detection) -> None:
        """Keep what was found in the codebase."""
        self._record("detected", detection=detection.to_json())

    def asks_for(self, asked: dict[str, Any]) -> None:
        """Keep which designer is asked for from now on."""
        if asked != self.talk.asked:
            self._record("designer", asked=asked)

    def wish(self, words: Sequence[str]) -> None:
        """Keep words that are to be said to the designer, one after the other."""
        if words:
            self._record("wished", words=list(words))

    def created(self, name: str, scope: str, host: str | None) -> None:
        """Keep that the draft has become a persona."""
        self._record("created", name=name, scope=scope, host=host, time=_now())

    # --- rounds ---

    async def first_draft(self, designer: Designer, sink: ProgressSink | None = None) -> Round:
        """Have the designer draft what the brief describes.

        Raises EngineError, with the round failed, and CannotWrite.
        """
        number = self._ask(self.talk.brief.description, wished=False)
        try:
            draft = await designer.draft(self.talk.brief, self._hearing(sink))
        except EngineError as error:
            self.stop(str(error), outcome="failed")
            raise
        self._drafted(draft)
        return self.talk.rounds[number - 1]

    def start_with(self, draft: Draft) -> None:
        """Take a draft that came another way, such as from a form."""
        self._ask(self.talk.brief.description, wished=False)
        self._drafted(draft)

    async def say(self, words: str, designer: Designer, sink: ProgressSink | None = None) -> Round:
        """Say something to the designer, and return the round: `ask` and then `answer`."""
        self.ask(words)
        return await self.answer(designer, sink)

    def ask(self, words: str) -> None:
        """Keep what the person says as a new round, before there is a designer to say it to.

        Raises UsageError for words that cannot be said, NotFound before there is a draft, CannotWrite.
        """
        words = check_words(words, "refinement")
        self.draft  # noqa: B018  there has to be one
        self._ask(words, wished=words in self.talk.pending)

    async def answer(self, designer: Designer, sink: ProgressSink | None = None) -> Round:
        """Have the designer answer the open round; return it. An engine that fails is a failed round and nothing else.

        Cancelled, it leaves the round open: `stop` ends it, and whoever resumes finds its words `unanswered`.
        """
        asked = self.talk.open_round
        if asked is None:
            raise NotFound("nothing was asked")
        talk = Talk(self.talk.brief, self.draft, self.talk.locks, self.talk.exchanges())
        try:
            reply = await designer.reply(talk, asked.words, self._hearing(sink))
        except EngineError as error:
            self.stop(str(error), outcome="failed")
        else:
            self._answered(reply)
        return self.talk.rounds[asked.number - 1]

    def stop(self, reason: str, *, raw: str = "", outcome: Outcome = "stopped") -> None:
        """End the round that is open: what was said of the answer is kept, the draft is as it was."""
        if self.talk.open_round is not None:
            self._record("stopped", reason=reason, raw=raw or self._heard, outcome=outcome, time=_now())
            self._log.forget_heard()

    # --- the person's own hand ---

    def edit(self, updates: Iterable[Update], title: str = "") -> None:
        """Make updates by hand; what was edited is locked against the designer.

        Raises BadData, and nothing has changed, where one of them cannot be made.
        """
        persona, locks = self.draft, set(self.talk.locks)
        for update in updates:
            before = {rule.id for rule in persona.constraints}
            persona = apply(persona, update)
            if update.field != RULES:
                locks.add(update.field)
            elif update.op in ("add", "replace"):
                locks |= {f"{RULES}.{r.id}" for r in persona.constraints if r.id == update.id or r.id not in before}
            title = title or f"{update.field} edited"
        self._change("edited", persona, locks=sorted(locks), title=title)

    def lock(self, *targets: str) -> None:
        """Lock fields (names of Persona's, `constraints` for all rules) or rules (`constraints.ID`).

        Raises BadData for what is not there.
        """
        for target in targets:
            self._check_target(target)
        locks = sorted({*self.talk.locks, *targets})
        self._record("edited", set={}, locks=locks, title=f"{self._named(targets)} locked")

    def unlock(self, *targets: str) -> None:
        """Unlock what was locked. Raises BadData for what is not."""
        if missing := [target for target in targets if target not in self.talk.locks]:
            raise BadData(f"{missing[0]} is not locked")
        locks = sorted(self.talk.locks - set(targets))
        self._record("edited", set={}, locks=locks, title=f"{self._named(targets)} unlocked")

    def decide(self, round_number: int, proposal: int, *, accept: bool) -> None:
        """Accept or refuse a proposal of a round (counted from 0). Raises NotFound, BadData where it cannot be made."""
        item = self._proposal(round_number, proposal)
        persona = apply(self.draft, item.update) if accept else self.draft
        self._change("decided", persona, round=round_number, proposal=proposal, accepted=accept)

    # --- undo ---

    def undo(self) -> Step:
        """Take the last change back, whatever made it; return it. Raises NotFound where there is none."""
        if len(self.talk.done) < 2:  # the first one is the draft itself
            raise NotFound("there is nothing to undo")
        step = self.talk.done[-1]
        self._record("undo")
        return step

    def redo(self) -> Step:
        """Make the change again that was taken back last; return it. Raises NotFound where there is none."""
        if not self.talk.undone:
            raise NotFound("there is nothing to redo")
        step = self.talk.undone[-1]
        self._record("redo")
        return step

    def undo_round(self, number: int) -> tuple[str, ...]:
        """Take back what one round changed and leave what came after; return the fields that were changed since.

        Those keep the values that they have now. Raises NotFound where the round changed nothing.
        """
        made = self._round(number)
        step = next((step for step in self.talk.done[1:] if step.round == number), None)
        if step is None or made.undone or step.before.data is None or step.after.data is None:
            raise NotFound(f"round {number} changed nothing that could be undone")
        merged = merge(parse_persona(dict(step.after.data)), self.draft, parse_persona(dict(step.before.data)))
        if merged.persona == self.draft:
            raise NotFound(f"all that round {number} changed was changed since")
        self._change("reverted", identified(merged.persona), round=number)
        return tuple(conflict.field for conflict in merged.conflicts)

    # --- how ---

    def _ask(self, words: str, *, wished: bool) -> int:
        self._log.forget_heard()  # of a round whose end was kept, and whoever kept it killed then
        self._record("asked", words=words, wished=wished, time=_now())
        self._heard = ""
        return len(self.talk.rounds)

    def _hearing(self, sink: ProgressSink | None) -> ProgressSink:
        def hear(progress: Progress) -> None:
            if isinstance(progress, Heard):
                self._log.hear(progress.text)
                self._heard += progress.text
            if sink:
                sink(progress)

        return hear

    def _drafted(self, draft: Draft) -> None:
        self._record(
            "answered",
            outcome="drafted",
            say=draft.say,
            set=identified(draft.persona).to_data(),
            changes=[],
            filled=list(draft.filled),
            proposals=[],
            notes=list(draft.notes),
            designer=draft.designer.to_json(),
            raw=draft.raw,
            thinking=draft.thinking,
            folded=0,
            time=_now(),
        )
        self._log.forget_heard()

    def _answered(self, reply: Reply) -> None:
        """Record an answer. The draft may have been edited and locked while it arrived: that goes first."""
        locks = self.talk.locks
        kept_out = [update for update in reply.updates if is_locked(update, locks)]
        persona, refused = applied(self.draft, [u for u in reply.updates if u not in kept_out])
        values = _differing(self.draft, persona)
        outcome = "changed" if values else "failed" if reply.failed else "question" if "?" in reply.say else "words"
        notes = [*reply.notes, *(f"left out: {reason}" for _, reason in refused)]
        self._record(
            "answered",
            outcome=outcome,
            say=reply.say,
            set=values,
            changes=[change.to_json() for change in compare(self.draft, persona)] if values else [],
            filled=[],
            proposals=[
                {"update": update.to_json(), "words": proposed(update, self.draft)}
                for update in (*reply.proposals, *kept_out)
            ],
            notes=[*notes, reply.failed] if reply.failed else notes,
            designer=reply.designer.to_json(),
            raw=reply.raw,
            thinking=reply.thinking,
            folded=reply.folded,
            time=_now(),
        )
        self._log.forget_heard()

    def _change(self, event: str, persona: Persona, **more: Any) -> None:
        self._record(event, set=_differing(self.draft, persona), **more)

    def _record(self, event: str, **more: Any) -> None:
        entry = {"event": event, **more}
        self._log.append(entry)
        self.talk.happen(entry)

    def _round(self, number: int) -> Round:
        if not 1 <= number <= len(self.talk.rounds):
            raise NotFound(f"there is no round {number}: there are {plural(len(self.talk.rounds), 'round')}")
        return self.talk.rounds[number - 1]

    def _proposal(self, round_number: int, number: int) -> Proposal:
        proposals = self._round(round_number).proposals
        if not 0 <= number < len(proposals) or proposals[number].accepted is not None:
            raise NotFound("there is no such proposal to decide about")
        return proposals[number]

    def _named(self, targets: Iterable[str]) -> str:
        """Return targets of locks as a person says them."""
        numbers = {f"{RULES}.{rule.id}": f"rule {i}" for i, rule in enumerate(self.draft.constraints, 1)}
        return ", ".join(numbers.get(target, target) for target in targets)

    def _check_target(self, target: str) -> None:
        field, _, rule = target.partition(".")
        rules = {item.id for item in self.draft.constraints}
        if field not in Persona.model_fields or (rule and (field != RULES or rule not in rules)):
            raise BadData(f"there is no '{one_line(target, 40)}' to lock")


def _differing(old: Persona, new: Persona) -> dict[str, Any]:
    before, after = old.to_data(), new.to_data()
    return {name: after[name] for name in after if name not in before or before[name] != after[name]}


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")
