"""Journals as Redis streams: one script appends, one takes, one parks. Decides nothing about runs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any, cast

import structlog

from bot.adapters.redis import keys
from bot.adapters.redis.announcer import Announcer
from bot.adapters.redis.answers import answered
from bot.adapters.redis.case_index import CaseIndex
from bot.adapters.redis.pipe import Line, Script
from bot.adapters.redis.pipes import pipe_to
from bot.adapters.redis.topology import GONE, Client
from bot.model.case import CaseAnswered, CaseDismissed, CaseOpened
from bot.model.errors import Fenced, JournalConflict, Unavailable
from bot.model.events import RunCreated, RunFinished
from bot.model.plan import Mode
from bot.model.records import Draft, Record, body_of, seal, unseal
from bot.ports.journal import Head

log = structlog.get_logger()

KEPT_IN_RECENT = 1000
BARRIER_MS = 1500
"""Shorter than one answer may take, so that a disk that is too slow is told as such."""
UNUSED_CLAIM = timedelta(seconds=30)
"""Between a claim and the journal of its run lie two round trips; a start that broke there blocks no longer."""
_NO_TTL = -1
_HINTS = re.compile(rb"^(.+):(\d+)$", re.ASCII | re.MULTILINE)


def _script(pipe: Line, name: str) -> Script:
    return Script(pipe, files(__package__).joinpath(name).read_text())


class RedisJournals:
    """All runs' journals on one Redis. `barrier` makes durable appends wait until the local AOF has them."""

    def __init__(self, redis: Client, *, barrier: bool = False) -> None:
        self._redis = redis
        self.barrier = barrier
        self._pipe = pipe_to(redis)
        self._announcer = Announcer(self._pipe)
        self._cases = CaseIndex(redis)
        self._append = _script(self._pipe, "append.lua")
        self._take = _script(self._pipe, "take.lua")
        self._beat = _script(self._pipe, "beat.lua")
        self._refill = _script(self._pipe, "refill.lua")
        self._park = _script(self._pipe, "park.lua")
        self._claim = _script(self._pipe, "claim.lua")
        self._unclaim = _script(self._pipe, "unclaim.lua")

    async def read(self, run: str, *, after: int = 0) -> Sequence[Record]:
        # on a line of its own: a long journal must hold up nobody's append
        entries = await answered(self._redis.xrange(keys.log(run), min=f"({after}-1" if after else "-"))
        return [unseal(fields[b"b"], fields[b"h"].decode()) for _, fields in entries]

    async def head(self, run: str) -> Head | None:
        stored = await answered(cast(Awaitable[Any], self._redis.hgetall(keys.head(run))))
        if not stored:
            return None
        return Head(
            seq=int(stored.get(b"seq", 0)),
            hash=stored.get(b"hash", b"").decode(),
            epoch=int(stored.get(b"epoch", 0)),
            owner=stored.get(b"owner", b"").decode(),
            parked=int(stored.get(b"parked", 0)),
        )

    async def append(
        self, run: str, drafts: Sequence[Draft], *, at: Head, epoch: int | None, durable: bool = False
    ) -> tuple[Head, Sequence[Record]]:
        sealed = list(seal(drafts, run=run, epoch=epoch or 0, after=at.seq, prev=at.hash))
        words = [part for record, body in sealed for part in (record.id, body, record.hash)]
        arguments = [at.seq, "" if epoch is None else epoch, keys.CHANGES, run, *words]
        answer = await answered(self._append(keys=[keys.log(run), keys.head(run), keys.ids(run)], args=arguments))
        verdict, seq, now_epoch, owner = _verdict(answer)
        if verdict == "fenced":
            raise Fenced(f"{run} belongs to epoch {now_epoch} now; ours was {epoch}")
        if verdict == "stale":
            raise JournalConflict(f"{run} stands at {seq}, not at {at.seq}")
        if verdict == "seen":
            if epoch is not None and epoch != now_epoch:  # it was ours when it was applied; it is not any more
                raise Fenced(f"{run} belongs to epoch {now_epoch} now; ours was {epoch}")
            head, repeated = await self._repeated(run, drafts)
            await self._follow_up(run, repeated, durable=durable)
            return head, repeated
        records = [record for record, _ in sealed]
        if epoch is not None:
            self._announcer.moved(run, seq)
        await self._follow_up(run, records, durable=durable)
        return Head(seq=seq, hash=records[-1].hash, epoch=now_epoch, owner=owner), records

    async def _repeated(self, run: str, drafts: Sequence[Draft]) -> tuple[Head, Sequence[Record]]:
        """The same drafts arrived before and only the answer was lost: give the first answer."""
        wanted = {draft.id for draft in drafts}
        head = await self.head(run)
        if head is None:
            raise JournalConflict(f"{run} has no head")
        return head, [record for record in await self.read(run) if record.id in wanted]

    async def _follow_up(self, run: str, records: Sequence[Record], *, durable: bool) -> None:
        if durable and self.barrier:
            await self._wait_for_disk(run)
        for record in records:
            match record.fact:
                case RunCreated(plan=plan):
                    await self._index(run, record.at, plan.service.name)
                    if plan.mode is Mode.LIVE:
                        await answered(self._claim(keys=[keys.service(plan.service.name)], args=[run, "", ""]))
                case RunFinished():
                    await self._close(run)
                case CaseOpened(service=service):
                    await self._cases.opened(service, run, record.at)
                case CaseAnswered() | CaseDismissed():
                    await self._cases.ended(run)

    async def _wait_for_disk(self, run: str) -> None:
        """On the connection that wrote: Redis waits for the writes of whoever asks, and for nobody else's."""
        local, _ = await answered(self._pipe("WAITAOF", 1, 0, BARRIER_MS, at=keys.log(run)))
        if local < 1:
            raise Unavailable("Redis did not confirm that the intent is on disk; nothing was sent to AWS")

    async def _index(self, run: str, at: datetime, service: str) -> None:
        score = at.timestamp()
        told = (
            self._pipe("HSET", keys.head(run), "service", service),
            self._pipe("ZADD", keys.ACTIVE, score, run),
            self._pipe("ZADD", keys.RECENT, score, run),
            self._pipe("ZREMRANGEBYRANK", keys.RECENT, 0, -KEPT_IN_RECENT - 1),
        )
        await answered(asyncio.gather(*told))

    async def _close(self, run: str) -> None:
        asked = self._pipe("ZREM", keys.ACTIVE, run), self._pipe("HGET", keys.head(run), "service")
        _, service = await answered(asyncio.gather(*asked))
        await answered(self._unclaim(keys=[keys.service(service.decode() if service else "")], args=[run]))

    async def take(self, run: str, owner: str, *, fresh: timedelta) -> tuple[Head, str] | None:
        answer = await answered(self._take(keys=[keys.head(run)], args=[owner, int(fresh.total_seconds() * 1000)]))
        seq, hash_, epoch, previous = answer
        if seq < 0:
            return None
        return Head(seq=seq, hash=hash_.decode(), epoch=epoch, owner=owner), previous.decode()

    async def beat(self, run: str, *, epoch: int) -> bool:
        return bool(await answered(self._beat(keys=[keys.head(run)], args=[epoch])))

    async def park(self, run: str, *, at: Head) -> bool:
        return bool(await answered(self._park(keys=[keys.head(run)], args=[at.seq, at.epoch])))

    async def open_runs(self) -> Sequence[str]:
        return [run.decode() for run in await answered(self._redis.zrevrange(keys.ACTIVE, 0, -1))]

    async def recent_runs(self, limit: int = 50) -> Sequence[str]:
        return [run.decode() for run in await answered(self._redis.zrevrange(keys.RECENT, 0, limit - 1))]

    async def pin_runbook(self, name: str, version: str, digest: str, text: str) -> str:
        await answered(self._redis.set(keys.version(name, version), digest, nx=True))
        registered = await self.pinned_digest(name, version) or digest
        if registered == digest:
            await answered(self._redis.set(keys.runbook(digest), text, nx=True))
        return registered

    async def pinned_digest(self, name: str, version: str) -> str | None:
        registered = await answered(self._redis.get(keys.version(name, version)))
        return registered.decode() if registered is not None else None

    async def claim_service(self, service: str, run: str) -> str | None:
        holder = await self._try_claim(service, run)
        if not holder or not await self._is_gone(holder, keys.service(service)):
            return holder or None
        return await self._try_claim(service, run, displaced=holder) or None

    async def _try_claim(self, service: str, run: str, *, displaced: str = "") -> str:
        unused = int(UNUSED_CLAIM.total_seconds() * 1000)
        held: bytes = await answered(self._claim(keys=[keys.service(service)], args=[run, displaced, unused]))
        return held.decode()

    async def _is_gone(self, run: str, claim: str) -> bool:
        """A claim whose run is over holds nothing; nor does one whose journal was lost.

        A claim that ends by itself is of a run that is being started at this moment: it has no journal yet.
        """
        records = await self.read(run)
        if not records:
            return int(await answered(self._redis.pttl(claim))) == _NO_TTL
        return any(isinstance(record.fact, RunFinished) for record in records)

    async def refill(self, run: str, records: Sequence[Record], *, at: Head, epoch: int) -> bool:
        """Write lost records back as they were, behind `at`; nobody's hold is good below `epoch` afterwards.

        False, and nothing changes, when the log does not stand at `at`.
        """
        words = [part for record in records for part in (record.id, body_of(record), record.hash)]
        places = [keys.log(run), keys.head(run), keys.ids(run)]
        if not await answered(self._refill(keys=places, args=[at.seq, at.hash, epoch, *words])):
            return False
        for record in records:
            if isinstance(record.fact, RunCreated):
                for book in record.fact.plan.texts:
                    await answered(self._redis.set(keys.version(book.name, book.version), book.digest, nx=True))
        await self._follow_up(run, records, durable=True)
        return True

    async def changes(self) -> AsyncIterator[tuple[str, int]]:
        lost = False
        while True:
            try:
                await self._redis.initialize()  # a cluster has to know its servers first
                async with self._redis.pubsub() as hints:
                    await hints.subscribe(keys.CHANGES)
                    lost = False
                    while True:
                        message = await hints.get_message(ignore_subscribe_messages=True, timeout=None)
                        for hint in _HINTS.finditer(message["data"] if message is not None else b""):
                            yield hint[1].decode(), int(hint[2])
            except GONE as gone:
                if not lost:
                    log.warning("change-hints-lost", error=str(gone))
                lost = True
                await asyncio.sleep(1)


async def unknown(journals: RedisJournals, runs: Sequence[str]) -> Sequence[str]:
    """Those of the runs and cases that this store does not know."""
    heads = [(run, await journals.head(run)) for run in runs]
    return [run for run, head in heads if head is None or not head.seq]


def _verdict(answer: bytes) -> tuple[str, int, int, str]:
    """What append.lua said: its verdict, and the head's seq, epoch and owner."""
    verdict, seq, epoch, owner = answer.decode().split(" ", 3)
    return verdict, int(seq), int(epoch), owner
