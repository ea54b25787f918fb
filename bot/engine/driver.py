"""Drives one run: fold, decide, append, carry out, again. Parks when only time or people can move it on.

All appends of a run go through one loop, so what happened in the same instant travels in one round trip: the
outcome of a step, the facts that follow from it, and the intents of the looks that come next. An intent to change
something is appended right before its call, behind the durability barrier, and is dropped when the run no longer
wants it. Looks, and what leads up to an intent, begin while the record before them is still on its way: they change
nothing, and are forgotten when the run came otherwise.

While the journal does not answer, calls in flight are seen home and their outcomes kept on this host; nothing begins.
Every append is repeated with the very same drafts until it is answered, so a lost answer writes nothing twice.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import TypeVar

import structlog

from bot.approval.votes import Objection
from bot.engine.calls import URGENCY, Urgency
from bot.engine.dues import next_due
from bot.engine.failpoints import reach
from bot.engine.hands import Hands, Post, Withdrawn
from bot.engine.machine import Begin, Move, Undo, Write, moves
from bot.engine.newer_bot import leave
from bot.engine.outage import ASK_AGAIN, Outage
from bot.engine.steps import Steps
from bot.engine.turns import Turns
from bot.engine.wakeups import Wakeups
from bot.language import ENGLISH, speaking
from bot.model.base import replace
from bot.model.errors import BrokenInvariant, Fenced, JournalConflict, TooNew, Unavailable
from bot.model.events import SCHEMA, Fact, RunFinished, RunTaken, StepStarted
from bot.model.people import BOT
from bot.model.records import Draft, Record, must_be_known
from bot.model.run import Run
from bot.ports.clock import Clock
from bot.ports.journal import Head, Journals
from bot.ports.locks import Locks
from bot.ports.roster import Roster, Unchanging
from bot.ports.witness import Witness

log = structlog.get_logger()
T = TypeVar("T")

PARK_AFTER = timedelta(seconds=20)
"""Waits shorter than this are sat out; longer ones give the run back."""
COME_BACK = timedelta(hours=1)
"""A run that only people can move on is still looked at now and then."""
_MOST_ROUNDS = 10_000
_PLACES = {
    (False, False): ("facts.before", "facts.after"),
    (False, True): ("outcome.before", "outcome.after"),
    (True, True): ("intent.before", "intent.after"),
}
"""Failpoints around an append, by what it carries: an intent, anything of a step's work."""


@dataclass
class Driver:
    """One delivery of one run."""

    run_id: str
    owner: str
    journals: Journals
    steps: Steps
    clock: Clock
    wakeups: Wakeups
    lease: timedelta
    park_after: timedelta = PARK_AFTER
    locks: Locks | None = None
    """Keeps runs from changing the same resource at once; None where there is only one run."""
    witness: Witness | None = None
    """Keeps outcomes on this host while the journal takes none."""
    roster: Roster = field(default_factory=Unchanging)
    """Who may decide as things stand now: who left the group, or the house, approved nothing."""
    _outage: Outage = field(init=False)
    _leaving: bool = field(init=False, default=False)
    """A newer bot's door has written something that we may not overlook: see our calls home, begin nothing, let go."""
    _run: Run = field(init=False)
    _epoch: int = field(init=False, default=0)
    _inbox: list[Post] = field(init=False, default_factory=list)
    _appending: Sequence[Post] = field(init=False, default=())
    """What the append that is not answered yet carries."""
    _news: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    _hands: Hands = field(init=False)
    _decided_at: datetime = field(init=False)
    """Everything that was due by then has been acted upon."""
    _turns: Turns = field(init=False)
    _confirmed: float = field(init=False, default=0.0)
    """When we asked for what Redis last granted: the time of the answer says nothing if we froze before reading it."""

    def __post_init__(self) -> None:
        self._outage = Outage(self.run_id, self.witness)

    async def drive(self) -> datetime | None:
        """Carry the run as far as it goes now. Answers when to come back, or None when it is over.

        Raises Fenced when another worker has taken the run.
        """
        reach("take.before")
        try:
            records = list(await self.journals.read(self.run_id))
            must_be_known(records)
        except TooNew as newer:  # not taken at all: a take would hide from the newer one whose death it inherits
            return await leave(self.run_id, newer, self.journals, self.clock)
        asked = self.clock.monotonic()
        taken = await self.journals.take(self.run_id, self.owner, fresh=self.lease * 2 / 3)
        if taken is None:  # a living owner hears the same hints; look again when it may have died
            return self.clock.now() + self.lease / 3
        reach("take.after")
        head, previous = taken
        self._epoch = head.epoch
        self._confirmed = asked
        if head.seq != len(records):  # somebody wrote between the look and the take
            try:
                records += await self.journals.read(self.run_id, after=len(records))
                must_be_known(records)
            except TooNew as newer:
                await self.journals.park(self.run_id, at=head)
                return await leave(self.run_id, newer, self.journals, self.clock)
        if not records:
            return None
        self._run = Run.of(records)
        self._turns = turns = Turns(self.locks, self.run_id)
        self._hands = Hands(self.steps, turns, self.clock, self._epoch, self._post, self._fence)
        if self._run.outcome:
            await self._close(records)
            await self._park()
            return None
        URGENCY.set(Urgency(self.run_id, self._run.plan.service.rto))
        self._turns.found(self._run, died=bool(previous))
        for draft in self._outage.untold(self._run, frozenset(record.id for record in records)):
            self._inbox.append(Post(getattr(draft.fact, "step", ""), [draft.fact], drafts=[draft]))
        first = RunTaken(owner=self.owner, takeover=bool(previous))
        try:
            # Whoever drives, a person's terminal too: the journal is kept in English.
            with self.wakeups.of(self.run_id) as self._news, speaking(ENGLISH):
                return await self._loop([first])
        finally:
            self._hands.cancel()

    async def _close(self, records: Sequence[Record]) -> None:
        """Whoever wrote the end may have died before the run left the lists. Its repeat writes nothing and closes."""
        end = next(record for record in records if isinstance(record.fact, RunFinished))
        draft = Draft(id=end.id, at=end.at, actor=end.actor, fact=end.fact)
        await self._patiently(lambda: self.journals.append(self.run_id, [draft], at=self._tip(), epoch=self._epoch))

    async def _loop(self, facts: Sequence[Fact]) -> datetime | None:
        while True:
            work = await self._advance(facts)
            facts = ()
            ending = self._ending
            if not ending:
                self._hands.launch(work, self._run)
            # Behind the launch: what the next steps need is not given back first.
            self._turns.let_go(self._run, self._hands.tasks, epoch=self._epoch)
            if self._run.outcome:
                await self._park()
                return None
            if ending and not self._hands.tasks and not self._inbox:
                if await self._let_go():
                    return self.clock.now()
                continue
            due = next_due(self._run, self._decided_at)  # what fell due while we wrote is not forgotten
            now = self.clock.now()
            if not self._hands.tasks and not self._inbox and (due is None or due - now > self.park_after):
                if await self._let_go():
                    return due or now + COME_BACK
                continue
            await self._wait(due, now)

    @property
    def _ending(self) -> bool:
        """Nothing begins any more: we are told to stop, or the run is a newer bot's."""
        return self.wakeups.stopping or self._leaving

    async def _wait(self, due: datetime | None, now: datetime) -> None:
        """Until some work comes back, somebody signals, or something is due."""
        if self._inbox:
            return
        beat_in = self.lease.total_seconds() / 3
        timeout = beat_in if due is None else min(beat_in, max(0.0, (due - now).total_seconds()))
        try:
            async with asyncio.timeout(timeout):  # unlike wait_for, it starts no task
                await self._news.wait()
        except TimeoutError:
            if self.clock.monotonic() - self._confirmed >= beat_in * 0.9:
                await self._beat()
            return
        self._news.clear()
        if not self._inbox and self.wakeups.seq(self.run_id) > self._run.seq:
            await self._catch_up()

    async def _beat(self) -> None:
        await self._patiently(self._beat_once)

    async def _beat_once(self) -> None:
        asked = self.clock.monotonic()
        if not await self.journals.beat(self.run_id, epoch=self._epoch):
            raise Fenced(f"{self.run_id} has another owner by now")
        self._confirmed = asked

    async def _let_go(self) -> bool:
        """Park, or learn why not: what others wrote, or that the run is somebody else's.

        An owner that died before its first word leaves an epoch and no record, so that reading alone would not tell.
        """
        if await self._park():
            return True
        await self._beat()
        await self._catch_up()
        return False

    async def _park(self) -> bool:
        await self._turns.given_back()
        reach("park.before")
        parked = await self._patiently(lambda: self.journals.park(self.run_id, at=self._tip()))
        reach("park.after")
        return parked

    # --- writing ------------------------------------------------------------------------------------------------

    async def _advance(self, facts: Sequence[Fact]) -> list[Move]:
        """Append everything that is true now; answers the work that is left to carry out."""
        while True:
            await self.roster.call(self._run)
            posts, self._inbox = self._inbox, []
            for post in posts:
                post.facts = [self._vouched(fact) for fact in post.facts] if post.intent else post.facts
            drafts, run, work, withdrawn = self._settle(facts, posts)
            if drafts:
                intent = any(post.intent for post in posts)
                before, after = _PLACES[intent, bool(posts)]
                reach(before)
                ahead = [] if self._ending else self._hands.launch(work, run)
                try:
                    self._run = _sealed(run, await self._append(drafts, posts, durable=intent))
                except JournalConflict:
                    self._begin_again(ahead, posts)
                    await self._catch_up()
                    continue
                facts = ()
                reach(after)
            self._answer(posts, withdrawn)
            if not self._inbox:
                return work

    def _begin_again(self, ahead: Sequence[str], posts: Sequence[Post]) -> None:
        """The run came otherwise than was foreseen: what was not written waits, what began ahead of it never was."""
        self._hands.recall(ahead)
        self._outage.forget([draft.id for post in self._inbox if post.step in ahead for draft in post.drafts])
        self._inbox = [*posts, *(post for post in self._inbox if post.step not in ahead)]

    def _vouched(self, fact: Fact) -> Fact:
        """An intent says so when those who approved it could not be checked just now."""
        if not isinstance(fact, StepStarted) or fact.vouched_at is not None:
            return fact
        at = self.roster.vouched_at(self._run, fact.step)
        return fact if at is None else fact.model_copy(update={"vouched_at": at})

    async def _append(self, drafts: Sequence[Draft], posts: Sequence[Post], *, durable: bool) -> Sequence[Record]:
        """Append, and be sure: for as long as no answer comes, ask again with the same drafts."""

        async def once() -> Sequence[Record]:
            asked = self.clock.monotonic()
            _, records = await self.journals.append(
                self.run_id, drafts, at=self._tip(), epoch=self._epoch, durable=durable
            )
            self._confirmed = asked
            return records

        try:
            return await once()
        except Unavailable as gone:
            for post in posts:
                post.drafts = post.drafts or post.sent
            self._appending = posts
            await self._hold_still(gone)
            return await self._patiently(once)
        finally:
            self._appending = ()

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What the journal answers, however long that takes; after a silence, only if the run is still ours."""
        while True:
            try:
                if self._outage.on:
                    await self._beat_once()
                answer = await ask()
            except Unavailable as gone:
                await self._hold_still(gone)
            else:
                self._outage.ends()
                return answer

    async def _hold_still(self, gone: Unavailable) -> None:
        """Keep what has come home, wait a moment. Raises `gone` when we are told to stop and nothing is in flight."""
        self._outage.begins(gone)
        now = self.clock.now()
        for post in self._inbox:
            post.drafts = post.drafts or [
                Draft(id=self.clock.new_id(), at=now, actor=BOT, fact=fact) for fact in post.facts
            ]
        home = [*self._appending, *self._inbox]
        await self._outage.keep(self._epoch, [draft for post in home if not post.intent for draft in post.drafts])
        if self.wakeups.stopping and {post.step for post in home}.issuperset(self._hands.tasks):
            raise gone
        self._news.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), ASK_AGAIN)

    def _settle(self, facts: Sequence[Fact], posts: Sequence[Post]) -> tuple[list[Draft], Run, list[Move], set[str]]:
        """Pure but for time and ids: what would be appended, the run after it, and the work that is left."""
        now, run = self.clock.now(), self._run
        self._decided_at = now
        drafts: list[Draft] = []
        withdrawn: set[str] = set()

        def add(fact: Fact, kept: Draft | None = None) -> None:
            nonlocal run
            draft = kept or Draft.of_fact(fact, id=self.clock.new_id(), at=now, actor=BOT)
            drafts.append(draft)
            run = run.foreseen(fact, draft.at, self._epoch, BOT, seq=run.seq + 1)

        for fact in facts:
            add(fact)
        for post in sorted(posts, key=lambda each: each.intent):
            if post.intent and (self._leaving or not _still_wanted(run, post.step, now, self.roster.objection)):
                withdrawn.add(post.step)
                continue
            first = len(drafts)
            for fact, kept in zip_longest(post.facts, post.drafts):
                add(fact, kept)
            post.sent = drafts[first:]
        for _ in range(_MOST_ROUNDS):
            found = list(moves(run, now, self.roster.objection))
            writes = [move.fact for move in found if isinstance(move, Write)]
            if not writes:
                return drafts, run, found, withdrawn
            for fact in writes:
                add(fact)
        raise BrokenInvariant(f"{self.run_id} does not come to rest")

    async def _catch_up(self) -> None:
        """Fold what others appended: signals, and the takeover that ends us."""
        for record in await self._patiently(lambda: self.journals.read(self.run_id, after=self._run.seq)):
            self._run = self._run.after(record)
            self._leaving = self._leaving or record.schema_ > SCHEMA
        if self._run.epoch > self._epoch:
            raise Fenced(f"{self.run_id} belongs to epoch {self._run.epoch} now; ours was {self._epoch}")

    def _answer(self, posts: Sequence[Post], withdrawn: set[str]) -> None:
        for post in posts:
            if post.written is not None and not post.written.done():
                if post.step in withdrawn:
                    post.written.set_exception(Withdrawn(post.step))
                else:
                    post.written.set_result(None)

    def _post(self, post: Post) -> None:
        self._inbox.append(post)
        self._news.set()

    def _fence(self) -> None:
        """Right before a call: is our hold on the run fresh? A thawed process must not send."""
        silent = self.clock.monotonic() - self._confirmed
        if silent > self.lease.total_seconds() * 2 / 3:
            raise Fenced(f"{self.run_id}: our hold is {silent:.1f} s old")

    def _tip(self) -> Head:
        return Head(seq=self._run.seq, hash=self._run.head, epoch=self._epoch)


def _sealed(preview: Run, records: Sequence[Record]) -> Run:
    """The run that was previewed, now that its records have their hashes."""
    if preview.seq != records[-1].seq:
        raise BrokenInvariant(f"{preview.id}: {records[-1].seq} records where {preview.seq} were expected")
    return replace(preview, head=records[-1].hash)


def _still_wanted(run: Run, step: str, now: datetime, objection: Objection) -> bool:
    return any(isinstance(move, Begin | Undo) and move.step.id == step for move in moves(run, now, objection))
