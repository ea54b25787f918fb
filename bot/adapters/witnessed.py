"""The journals with a memory beside them: nothing begins that this host could not remember or Redis has forgotten.

Promises: what a person or an intent was told is stored is in Redis and in the local journal. A Redis that knows less
than this host is refilled where the chain fits; where it does not, the run is paused and people are told what is
missing. An empty Redis is never taken for "no runs". Refuses to decide what a run does next.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from datetime import timedelta
from typing import Any, Literal

import structlog

from bot.adapters.run_log import tell
from bot.adapters.witness import LocalWitness
from bot.language import together, told
from bot.model.case import is_case
from bot.model.errors import Fenced, JournalConflict, Unavailable
from bot.model.events import (
    Fact,
    NoteAdded,
    RunCreated,
    RunFinished,
    RunPaused,
    StepExecuted,
    StepOutcomeUnknown,
    StepUndone,
    UndoFailed,
)
from bot.model.people import BOT
from bot.model.records import Draft, Record
from bot.ports.clock import Clock
from bot.ports.journal import Head
from bot.ports.witness import Memory, Refillable, Trouble, TroubleKind

log = structlog.get_logger()

_GRAVEST_FIRST: tuple[TroubleKind, ...] = ("wiped", "disk", "away", "refuses", "lost")
_OUTCOMES = StepExecuted | StepOutcomeUnknown | StepUndone | UndoFailed | RunFinished
REBUILD = told(
    "dr rebuild --from DR_HOME/journal shows what this host remembers, and --apply writes it back. Where this Redis is "
    "new on purpose, move DR_HOME/journal away"
)


class WitnessedJournals:
    """Implements `Journals` and `Health` over the journals in Redis and the memory of this host."""

    def __init__(self, inner: Refillable, witness: LocalWitness, clock: Clock) -> None:
        self._inner, self._witness, self._clock = inner, witness, clock
        self._troubles: dict[str, Trouble] = {}
        self._frozen: set[str] = set()
        self._suspect = False
        """A run was missing, and whether everything is has not been seen yet."""
        self.changed = asyncio.Event()
        """Set when trouble begins or ends."""
        self.away = asyncio.Event()
        """Set while Redis does not answer."""

    # --- health -------------------------------------------------------------------------------------------------

    @property
    def trouble(self) -> Trouble | None:
        """The gravest there is."""
        return next((self._troubles[kind] for kind in _GRAVEST_FIRST if kind in self._troubles), None)

    def last_known(self) -> Sequence[Memory]:
        return self._witness.open_runs()

    def ails(self, kind: TroubleKind, why: str) -> None:
        """Remember trouble and tell it once."""
        if kind not in self._troubles:
            self._troubles[kind] = Trouble(kind, why, self._clock.now())
            log.error("store-trouble", kind=kind, why=why)
            if kind == "away":
                self.away.set()
            self.changed.set()

    def is_well(self, *kinds: TroubleKind) -> None:
        """These troubles are over."""
        for kind in kinds:
            if (trouble := self._troubles.pop(kind, None)) is not None:
                lasted = (self._clock.now() - trouble.since).total_seconds()
                log.info("store-trouble-over", kind=kind, seconds=round(lasted, 1))
                self.changed.set()
        if "away" not in self._troubles:
            self.away.clear()

    def felt(self, state: Literal["well", "away", "refuses"], said: str) -> None:
        """What a look at Redis found: `said` is its birth mark when it is well, else why it is not."""
        if state != "well":
            self.ails(state, said)
            return
        self.is_well("away", "refuses")
        if not self._witness.incarnation or said == self._witness.incarnation:
            self.is_well("wiped")
            self._suspect = False
        elif self._witness.unfinished():
            anew, gone = told("it was set up anew"), told("its birth mark is gone")
            self.ails("wiped", told("Redis has lost its runs ({found})", found=anew if said else gone))

    # --- writing ------------------------------------------------------------------------------------------------

    async def append(
        self, run: str, drafts: Sequence[Draft], *, at: Head, epoch: int | None, durable: bool = False
    ) -> tuple[Head, Sequence[Record]]:
        facts = [draft.fact for draft in drafts]
        await self._must_be_able(run, facts, durable=durable)
        try:
            head, records = await self._inner.append(run, drafts, at=at, epoch=epoch, durable=durable)
        except Unavailable as gone:
            self.ails(*_kind_of(gone))
            raise
        except (JournalConflict, Fenced):
            await self._look_behind(run)
            raise
        self.is_well("away", "refuses")
        tell(records)
        must = durable or isinstance(facts[0], RunCreated)
        await self._remember(run, records, must=must, sync=must or epoch is None)
        return head, records

    async def _must_be_able(self, run: str, facts: Sequence[Fact], *, durable: bool) -> None:
        """Refuses what must not begin now: new runs on a store that lost some, and intents that could be forgotten."""
        wiped, disk = self._troubles.get("wiped"), self._troubles.get("disk")
        if any(isinstance(fact, RunCreated) for fact in facts) and (wiped is not None or self._suspect):
            why = wiped.why if wiped is not None else told("Redis has lost a run")
            raise Unavailable(told("{why}. Nothing is started: {remedy}.", why=why, remedy=REBUILD))
        if run in self._frozen:
            await self._look_behind(run)
        if disk is not None and (durable or any(isinstance(fact, RunCreated) for fact in facts)):
            self._try_disk()

    def _try_disk(self) -> None:
        try:
            self._witness.try_disk()
        except Unavailable as full:
            raise Unavailable(told("{why} Nothing new begins until then.", why=full.args[0])) from full
        self.is_well("disk")

    async def _remember(self, run: str, records: Sequence[Record], *, must: bool, sync: bool) -> None:
        """Write down what Redis took. What must be remembered and cannot be is Unavailable: the caller stops here."""
        try:
            self._witness.saw(run, records)
            if sync or any(isinstance(record.fact, _OUTCOMES) for record in records):
                await self._witness.sync()
        except Unavailable as full:
            self.ails("disk", str(full))
            if must:
                raise
        else:
            self.is_well("disk")

    # --- what Redis may have lost -------------------------------------------------------------------------------

    async def take(self, run: str, owner: str, *, fresh: timedelta) -> tuple[Head, str] | None:
        await self._look_behind(run)
        taken: tuple[Head, str] | None = await self._heard(self._inner.take(run, owner, fresh=fresh))
        return taken

    async def _look_behind(self, run: str) -> None:
        """When Redis knows less of the run than this host: write it back, or freeze the run and say what is missing."""
        tip = self._witness.tip(run)
        if not tip:
            return
        head: Head | None = await self._heard(self._inner.head(run))
        if head is None or not head.seq:
            self._freeze(run)
        elif head.seq < tip:
            await self._refill(run, head)
        if run in self._frozen:
            self._frozen.discard(run)
            if not self._frozen:
                self.is_well("lost")

    def _freeze(self, run: str) -> None:
        self._suspect = self._suspect or run not in self._frozen
        self._frozen.add(run)
        tip = self._witness.tip(run)
        self.ails("lost", told("Redis has lost {run}, which this host has seen up to event {tip}", run=run, tip=tip))
        raise Unavailable(told("Redis has lost {run}, so it is frozen: {remedy}.", run=run, remedy=REBUILD))

    async def _refill(self, run: str, head: Head) -> None:
        missing = self._witness.after(run, head.seq, head.hash)
        if not missing:
            await self._own_up(run, head.seq + 1)
            return
        epoch = max(record.epoch for record in missing)
        if await self._heard(self._inner.refill(run, missing, at=head, epoch=epoch)):
            log.warning("journal-refilled", run=run, first=missing[0].seq, last=missing[-1].seq)

    async def _own_up(self, run: str, first: int) -> None:
        """Redis went on without what this host remembers from `first` on: pause the run and name what is missing."""
        lost = self._witness.past(run, first)
        self._witness.cut(run, first - 1)
        named = together(map(_words, lost))
        log.error("journal-diverged", run=run, first=first, lost=named)
        why = told(
            "Redis has lost events that this host had seen, from {first} on, and has gone on without them", first=first
        )
        facts: list[Fact] = [
            NoteAdded(text=told("{why}. Lost: {events}", why=why, events=named)),
            RunPaused(why=told("{why}; look before you resume", why=why)),
        ]
        drafts = [Draft(id=self._clock.new_id(), at=self._clock.now(), actor=BOT, fact=fact) for fact in facts]
        while True:
            records = await self._heard(self._inner.read(run))
            if not records or any(isinstance(record.fact, RunFinished) for record in records):
                return
            at = Head(seq=records[-1].seq, hash=records[-1].hash, epoch=0)
            try:
                await self._heard(self._inner.append(run, drafts, at=at, epoch=None))
            except JournalConflict:
                continue
            return

    # --- reading ------------------------------------------------------------------------------------------------

    async def read(self, run: str, *, after: int = 0) -> Sequence[Record]:
        records: Sequence[Record] = await self._heard(self._inner.read(run, after=after))
        if not records and after == 0 and self._witness.knows(run):
            await self._look_behind(run)
        elif is_case(run) and self._witness.tip(run) > after + len(records):  # nobody takes a case before it is told
            await self._look_behind(run)
            records = await self._heard(self._inner.read(run, after=after))
        try:
            broken_at = self._witness.saw(run, records)
        except Unavailable as full:
            self.ails("disk", str(full))
            return records
        if broken_at is None:
            return records
        await self._own_up(run, broken_at)
        return await self.read(run, after=after)

    async def head(self, run: str) -> Head | None:
        found: Head | None = await self._heard(self._inner.head(run))
        return found

    async def beat(self, run: str, *, epoch: int) -> bool:
        alive: bool = await self._heard(self._inner.beat(run, epoch=epoch))
        if not alive:
            await self._look_behind(run)
        return alive

    async def park(self, run: str, *, at: Head) -> bool:
        parked: bool = await self._heard(self._inner.park(run, at=at))
        if not parked:
            await self._look_behind(run)
        return parked

    async def open_runs(self) -> Sequence[str]:
        """Raises Unavailable rather than answering "none" when Redis was wiped."""
        found: Sequence[str] = await self._heard(self._inner.open_runs())
        wiped = self._troubles.get("wiped")
        if not found and wiped is not None:
            raise Unavailable(told("{why}: {remedy}.", why=wiped.why, remedy=REBUILD))
        return found

    async def recent_runs(self, limit: int = 50) -> Sequence[str]:
        found: Sequence[str] = await self._heard(self._inner.recent_runs(limit))
        return found

    async def pin_runbook(self, name: str, version: str, digest: str, text: str) -> str:
        registered: str = await self._heard(self._inner.pin_runbook(name, version, digest, text))
        return registered

    async def pinned_digest(self, name: str, version: str) -> str | None:
        registered: str | None = await self._heard(self._inner.pinned_digest(name, version))
        return registered

    async def claim_service(self, service: str, run: str) -> str | None:
        holder: str | None = await self._heard(self._inner.claim_service(service, run))
        return holder

    def changes(self) -> AsyncIterator[tuple[str, int]]:
        return self._inner.changes()

    async def _heard(self, asked: Awaitable[Any]) -> Any:
        """The answer; silence is remembered as trouble."""
        try:
            answer = await asked
        except Unavailable as gone:
            self.ails(*_kind_of(gone))
            raise
        self.is_well("away")
        return answer


def _kind_of(gone: Unavailable) -> tuple[Literal["away", "refuses"], str]:
    why = str(gone)
    return ("away" if why.startswith("Redis does not answer") else "refuses"), why


def _words(record: Record) -> str:
    """A lost event in a few words."""
    what = " ".join(filter(None, (record.fact.kind, getattr(record.fact, "step", ""))))
    return told("{seq} {what} by {who}", seq=record.seq, what=what, who=record.actor.name)
