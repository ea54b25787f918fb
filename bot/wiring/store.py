"""The store of all runs, as one process holds it: Redis, what this host remembers, and the watch over both.

Promises: a Redis that is unsafe is refused, one that was wiped starts nothing, one that is away is waited for. A
redis-server of our own that died is started again. Refuses to know runs, Slack and commands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.adapters.local_journal import Damage, LocalJournal, read_lines
from bot.adapters.redis.connection import Unsafe, birth_mark, check, has_barrier, mark_again, mark_installation
from bot.adapters.redis.journal import RedisJournals, unknown
from bot.adapters.redis.pulse import feel
from bot.adapters.redis.topology import Client
from bot.adapters.witness import LocalWitness, memories
from bot.adapters.witnessed import REBUILD, WitnessedJournals
from bot.cli.rooms import Remembered
from bot.language import together, told
from bot.model.errors import Unavailable
from bot.ports.clock import Clock
from bot.settings import Settings

log = structlog.get_logger()

FEEL_EVERY = 2.0
"""Seconds between two looks at Redis."""
JOURNAL = "journal"
"""The local journal's folder under DR_HOME."""


@dataclass
class Store:
    """`ready()` before work; `watch()` beside it."""

    redis: Client
    url: str
    witness: LocalWitness
    inner: RedisJournals
    journals: WitnessedJournals
    clock: Clock
    owner: str
    revive: Callable[[], object] | None = None
    """Starts our own redis-server again; None when it is somebody else's."""
    provider_keeps: bool = False
    """Somebody vouches for a managed store's durability."""

    @classmethod
    def over(
        cls, redis: Client, url: str, settings: Settings, clock: Clock, owner: str, revive: Callable[[], object] | None
    ) -> Store:
        """Nothing is asked of Redis yet."""
        local, trouble = LocalJournal(settings.home / JOURNAL), ""
        try:
            witness = LocalWitness.open(local)
        except Unavailable as unreadable:  # somebody else's DR_HOME: reading runs still works, starting them does not
            witness, trouble = LocalWitness(local), str(unreadable)
        inner = RedisJournals(redis)
        journals = WitnessedJournals(inner, witness, clock)
        if trouble:
            journals.ails("disk", trouble)
        return cls(redis, url, witness, inner, journals, clock, owner, revive, settings.provider_keeps)

    async def ready(self) -> None:
        """Raises Unavailable when Redis does not answer, is not safe (Unsafe), or has lost the runs we know."""
        problems = await check(self.redis, url=self.url, provider_keeps=self.provider_keeps)
        if problems:
            raise Unsafe(told("This Redis is not safe for runs: {problems}", problems=together(problems, " ")))
        mark = await birth_mark(self.redis)
        if lost := await self._lost(mark):
            why = told("This Redis was wiped, or it is another one: it does not know {runs}", runs=lost[:5])
            self.journals.ails("wiped", why)
            raise Unavailable(told("{why}. Nothing is started: {remedy}.", why=why, remedy=REBUILD))
        mark = mark or await mark_installation(self.redis, self.clock.new_id())
        try:
            self.witness.settle_in(mark)
        except Unavailable as full:
            self.journals.ails("disk", str(full))
        self.inner.barrier = await has_barrier(self.redis)
        self.journals.felt("well", mark)

    async def _lost(self, mark: str) -> Sequence[str]:
        """The open runs of this host that a Redis of another birth mark does not know.

        Where it knows them all, a rebuild wrote them back, perhaps by what another host remembers of the mark.
        """
        if not self.witness.incarnation or mark == self.witness.incarnation:
            return ()
        return await unknown(self.inner, self.witness.unfinished())

    async def until_ready(self) -> None:
        """Wait for Redis, saying so once. Raises Unsafe: waiting would not mend a configuration."""
        said = ""
        while True:
            try:
                await self.ready()
            except Unsafe:
                raise
            except Unavailable as gone:
                if str(gone) != said:
                    log.warning("waiting-for-redis", why=str(gone))
                said = str(gone)
                await asyncio.sleep(FEEL_EVERY / 2)
                await self._revive()
            else:
                if said:
                    log.info("redis-is-there")
                return

    async def watch(self) -> None:
        """Look at Redis every two seconds for as long as the process serves; never raises for what it finds."""
        while True:
            state, said = await feel(self.redis, self.owner)
            with suppress(Unavailable):  # the next look tells why
                if state == "well" and said and not await self._lost(said):
                    self.witness.settle_in(said)
            self.journals.felt(state, said)
            if state == "away":
                await self._revive()
            await asyncio.sleep(FEEL_EVERY)

    async def _revive(self) -> None:
        if self.revive is None:
            return
        try:
            await asyncio.to_thread(self.revive)
        except Unavailable as still_gone:
            log.warning("redis-not-revived", why=str(still_gone))
        except Exception:  # whatever starting it runs into, the watch goes on and tries again
            log.exception("redis-not-revived")


@dataclass(frozen=True)
class Ruin:
    """A Redis that may have lost runs, opened to put them back."""

    redis: Client
    journals: RedisJournals
    clock: Clock

    async def give_birth_mark(self, mark: str) -> None:
        """From here on it counts as the one it was, and bots that wait for it go on."""
        if mark:
            await mark_again(self.redis, mark)


def remembered(places: Sequence[Path]) -> Remembered:
    """What these files and folders hold. Raises Unavailable for one that cannot be read."""
    damage = Damage()
    found = memories(read_lines(places, damage))
    return Remembered(found.memories, found.homes[-1] if found.homes else "", damage.lines, found.newer)
