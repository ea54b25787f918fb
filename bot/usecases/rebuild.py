"""Bring runs back from what hosts remember, after Redis has lost them.

Promises: the newest unbroken chain is written back byte for byte, so that it still verifies. What was seen beside it
(an intent, an outcome) comes after it, never dropped. Every open run is paused until a person resumes it. An approval
that is not in the chain was never given. An intent without an outcome is in doubt, and is looked at before anything is
sent. Refuses to know files and Redis.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.model.case import is_case
from bot.model.errors import JournalConflict
from bot.model.events import (
    Fact,
    NoteAdded,
    RunPaused,
    StepExecuted,
    StepFailed,
    StepObserved,
    StepOutcomeUnknown,
    StepSettled,
    StepStarted,
    StepUndone,
    UndoFailed,
    UndoStarted,
)
from bot.model.people import Actor
from bot.model.records import Draft, Record, body_of, chain, seal, unsealed
from bot.model.run import Run
from bot.model.step_run import Phase
from bot.ports.clock import Clock
from bot.ports.journal import Head
from bot.ports.witness import Memory, Refillable

ABOVE = 1000
"""How far a rebuilt run's epoch lies above every remembered one: whoever still holds the run writes nothing more."""
_INTENTS = StepStarted | UndoStarted
_OUTCOMES = StepExecuted | StepSettled | StepFailed | StepObserved | StepOutcomeUnknown | StepUndone | UndoFailed
_OVER = (Phase.SETTLED, Phase.SKIPPED, Phase.FAILED, Phase.UNDONE)


@dataclass(frozen=True)
class Found:
    """One run as it can be rebuilt."""

    run: Run
    """With what was salvaged, and not yet paused."""
    chain: tuple[Record, ...]
    salvaged: tuple[Draft, ...]
    beside: int
    """Records that lie on no unbroken chain with the rest: behind a gap, or on a branch that lost."""
    epoch: int
    """What it is written back under."""

    @property
    def in_doubt(self) -> tuple[str, ...]:
        """Steps that AWS may have been asked for, with no answer remembered."""
        phases = (Phase.STARTED, Phase.UNKNOWN, Phase.UNDOING)
        changing = (step.id for step in self.run.plan.steps if step.changes)
        return tuple(step for step in changing if self.run.steps[step].phase in phases)

    @property
    def done(self) -> tuple[str, ...]:
        return tuple(step for step, state in self.run.steps.items() if state.phase is Phase.SETTLED)


def find(memories: Sequence[Memory]) -> tuple[list[Found], list[str]]:
    """Each run that can be rebuilt, and the ids of those (cases, too) whose beginning nobody remembers."""
    found, headless = [], []
    for memory in memories:
        whole = newest_chain(memory.records)
        if not whole:
            headless.append(memory.run)
        elif not is_case(memory.run):
            found.append(_found(memory, whole))
    return found, headless


def newest_chain(records: Sequence[Record]) -> tuple[Record, ...]:
    """From the creation on without a hole, every hash in order; of several ends the one of the highest epoch."""
    before: dict[str, Record | None] = {}
    epochs: dict[str, int] = {"": 0}
    accepted: dict[int, list[Record]] = {}
    for record in sorted(records, key=lambda each: each.seq):
        for previous in [None] if record.seq == 1 else accepted.get(record.seq - 1, []):
            hash_ = previous.hash if previous is not None else ""
            if chain(hash_, body_of(record)) == record.hash:
                before[record.hash] = previous
                epochs[record.hash] = max(epochs[hash_], record.epoch)
                accepted.setdefault(record.seq, []).append(record)
    ends = [record for group in accepted.values() for record in group]
    tip = max(ends, key=lambda each: (epochs[each.hash], each.seq), default=None)
    walked: list[Record] = []
    while tip is not None:
        walked.append(tip)
        tip = before[tip.hash]
    return tuple(reversed(walked))


def _found(memory: Memory, whole: tuple[Record, ...]) -> Found:
    run, on_chain = Run.of(whole), {record.hash for record in whole}
    beside = [record for record in memory.records if record.hash not in on_chain]
    highest = max([run.epoch, *(record.epoch for record in beside), *(kept.epoch for kept in memory.kept)])
    told = {record.id for record in whole}
    salvaged = []
    for draft, epoch in _heard_of(beside, memory):
        if draft.id not in told and _counts(run, draft.fact, epoch):
            told.add(draft.id)
            salvaged.append(draft)
            run = run.after(unsealed(draft, run=run.id, seq=run.seq + 1, epoch=epoch))
    return Found(run, whole, tuple(salvaged), len(beside), highest + ABOVE)


def _heard_of(beside: Sequence[Record], memory: Memory) -> Iterator[tuple[Draft, int]]:
    """What was written down beside the chain, in the order in which it must have happened."""
    for record in sorted(beside, key=lambda each: (each.epoch, each.seq)):
        yield Draft(id=record.id, at=record.at, actor=record.actor, fact=record.fact), record.epoch
    for kept in memory.kept:
        yield kept.draft, kept.epoch


def _counts(run: Run, fact: Fact, epoch: int) -> bool:
    """Whether a fact beside the chain still tells something: about a step that is open, and not overtaken since."""
    if not isinstance(fact, _INTENTS | _OUTCOMES) or fact.step not in run.steps:
        return False
    state = run.steps[fact.step]
    if isinstance(fact, UndoStarted | StepUndone | UndoFailed):
        return state.phase is not Phase.UNDONE and epoch >= state.epoch
    if state.phase in _OVER:
        return False
    return epoch > state.epoch if isinstance(fact, StepStarted) else epoch >= state.epoch


async def write_back(found: Found, journals: Refillable, clock: Clock, actor: Actor) -> str:
    """Put one run back, paused. Answers in a word what was done; a run that went on elsewhere is left alone."""
    run, whole = found.run.id, found.chain
    stored = await journals.head(run) or Head(seq=0, hash="", epoch=0)
    if stored.seq > len(whole) or (stored.seq and whole[stored.seq - 1].hash != stored.hash):
        return "left alone: Redis has it, and has gone on from there"
    if stored.seq == len(whole) and not found.salvaged:
        return "left alone: Redis has all of it"
    added = _sealed(found, clock, actor) if not found.run.outcome else ()
    if not await journals.refill(run, (*whole[stored.seq :], *added), at=stored, epoch=found.epoch):
        return "left alone: it moved meanwhile; look again"
    if not added:
        return "written back; it is over"
    note = Draft(id=clock.new_id(), at=clock.now(), actor=actor, fact=_told(found))
    with suppress(JournalConflict):  # somebody has it in hand already; the pause is what must not be missing
        at = Head(seq=added[-1].seq, hash=added[-1].hash, epoch=found.epoch)
        await journals.append(run, [note], at=at, epoch=None, durable=True)
    return "written back, paused"


def _sealed(found: Found, clock: Clock, actor: Actor) -> tuple[Record, ...]:
    """What was salvaged and the pause, as part of what is written back: no moment lies between, in which it runs."""
    why = "rebuilt from local journals; look, then resume"
    pause = Draft(id=clock.new_id(), at=clock.now(), actor=actor, fact=RunPaused(why=why))
    tip = found.chain[-1]
    sealed = seal([*found.salvaged, pause], run=found.run.id, epoch=0, after=tip.seq, prev=tip.hash)
    return tuple(record for record, _body in sealed)


def _told(found: Found) -> NoteAdded:
    beside = f", {found.beside} beside the chain, of which {len(found.salvaged)} count" if found.beside else ""
    doubt = f" In doubt: {', '.join(found.in_doubt)}." if found.in_doubt else ""
    return NoteAdded(text=f"Rebuilt from local journals: {len(found.chain)} events{beside}.{doubt}")
