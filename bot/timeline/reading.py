"""A journal that is read on: what was folded, checked and told once is not done again for every new record.

Promises: pure, and equal to reading the whole journal anew; a record that does not follow from the one before is found
where it arrives. Refuses to know whether records that were read before have changed in the store since: who wants that
looked at begins anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from pydantic import JsonValue

from bot.language import Language, spoken
from bot.model.events import (
    PersonChose,
    RunTaken,
    StepAwaited,
    StepHeld,
    StepObserved,
    StepSettled,
    StepStarted,
    VoteCast,
)
from bot.model.incident_events import FileKept, RoleOffered, StatusPosted
from bot.model.records import Record, first_break
from bot.model.run import Run
from bot.model.timeline import Entry
from bot.timeline.visible import visible
from bot.timeline.wording import Cast, tell


@dataclass(frozen=True)
class Reading:
    """The records so far, and what they say."""

    records: tuple[Record, ...]
    run: Run
    broken_at: int | None
    """Sequence number of the first record that does not follow from the one before."""
    cast: Cast
    entries: tuple[Entry, ...]
    """One per fact worth telling, in `language`."""
    language: Language
    seen: Mapping[str, str]
    """What each step's last look saw, since a look that saw the same is not news."""

    @classmethod
    def of(cls, records: Sequence[Record]) -> Self:
        """From the beginning; raises BrokenInvariant when the journal does not begin with a run."""
        run = Run.of(records)
        cast, seen = _cast(run, records, {run.plan.requester.id: run.plan.requester.name}), dict[str, str]()
        entries = tuple(_entries(records, cast, seen))
        return cls(tuple(records), run, first_break(records), cast, entries, spoken(), seen)

    def on(self, more: Sequence[Record]) -> Self:
        """With the records that came since."""
        run, records = self.run, (*self.records, *more)
        for record in more:
            run = run.after(record)
        cast, seen = _cast(run, more, self.cast.names), dict(self.seen)
        if cast == self.cast and spoken() == self.language:
            entries = (*self.entries, *_entries(more, cast, seen))
        else:  # a name or a title is known now that earlier sentences would have used
            seen = {}
            entries = tuple(_entries(records, cast, seen))
        broken_at = self.broken_at or first_break(more, after=self.records[-1])
        return type(self)(records, run, broken_at, cast, entries, spoken(), seen)

    def is_followed_by(self, record: Record) -> bool:
        """Whether this record was written behind the last one that was read."""
        return first_break([record], after=self.records[-1]) is None


def _cast(run: Run, records: Sequence[Record], names: Mapping[str, str]) -> Cast:
    said = {record.actor.person: record.actor.name for record in records if record.actor.person}
    titles = {step.id: run.steps[step.id].title or step.title for step in run.plan.steps}
    return Cast(run.plan, titles, {**names, **said})


def _entries(records: Sequence[Record], cast: Cast, seen: dict[str, str]) -> Iterator[Entry]:
    for record in records:
        if not _is_worth_telling(record, seen):
            continue
        line = tell(record.fact, cast)
        yield Entry(
            seq=record.seq,
            at=record.at,
            kind=record.fact.kind,
            who=record.actor.name,
            via=record.actor.via,
            text=visible(line.text),
            step=getattr(record.fact, "step", ""),
            tone=line.tone,
            sensed=line.sensed,
            detail=_detail(record),
        )


def _is_worth_telling(record: Record, seen: dict[str, str]) -> bool:
    """Neither a first taking nor a look that saw nothing new (`seen` remembers the last one), nor that a step is over
    of which the line before says that it was approved, or that somebody reported it done."""
    fact = record.fact
    if isinstance(fact, RunTaken):
        return fact.takeover
    if isinstance(fact, StepStarted):
        seen.pop(fact.step, None)
    if isinstance(fact, StepAwaited):
        return False
    if isinstance(fact, StepSettled) and (fact.how == "granted" or (fact.how == "answered" and record.actor.person)):
        return False
    if isinstance(fact, StepObserved | StepHeld):
        now = fact.seen if isinstance(fact, StepObserved) else fact.why
        is_news = seen.get(fact.step) != now
        seen[fact.step] = now
        return is_news
    return True


def _detail(record: Record) -> dict[str, JsonValue]:
    """What a reader may want to see besides the sentence."""
    match record.fact:
        case StepStarted(attempt=attempt, params=params):
            return {"attempt": attempt, "params": params}
        case StepSettled(how=how, results=results):
            return {"how": how, "results": results}
        case VoteCast(decision=decision, role=role, plan_hash=plan_hash):
            return {"decision": decision, "role": role, "plan_hash": plan_hash}
        case PersonChose(choice=choice):
            return {"choice": choice}
        case RoleOffered() | StatusPosted() | FileKept():
            return record.fact.model_dump(mode="json")
        case _:
            return {}
