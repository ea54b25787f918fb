"""A redis-server that can be killed and started again, and a bot over toy steps that drives runs on it."""

from __future__ import annotations

import asyncio
import itertools
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.adapters.redis.connection import connect
from bot.adapters.redis.dispatcher import DocketDispatcher
from bot.engine.calls import Calls
from bot.engine.driver import Driver
from bot.engine.steps import Steps
from bot.engine.wakeups import Wakeups
from bot.local.redis import find_server
from bot.model.events import Fact, RunCreated
from bot.model.people import Actor
from bot.model.plan import Plan, PlannedStep
from bot.model.records import Draft, Record
from bot.model.run import Run
from bot.ports.journal import Head
from bot.settings import Settings
from bot.wiring.store import Store
from tests.builders import a_plan
from tests.toys import TOYS, ToyAws, ToyCloud

LEASE = timedelta(seconds=3)
EMPTY = Head(seq=0, hash="", epoch=0)
CAROL = Actor(person="carol", name="Carol", via="cli")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A redis-server of our own on one port and folder, durable unless told otherwise."""

    folder: Path
    port: int = field(default_factory=free_port)
    fsync: str = "always"
    extra: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> Server:
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = ["--dir", str(self.folder), "--save", "", "--appendonly", "yes", "--appendfsync", self.fsync]
        where = ["--port", str(self.port), "--bind", "127.0.0.1", "--logfile", str(self.folder / "redis.log")]
        self.process = subprocess.Popen([str(find_server().path), *where, *kept, *self.extra])
        for _ in range(400):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as link:
                link.sendall(b"PING\r\n")
                if link.recv(100).startswith(b"+PONG"):
                    break
            time.sleep(0.01)
        return self

    def kill(self) -> None:
        """The power goes."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


@contextmanager
def a_server(folder: Path, **more: object) -> Iterator[Server]:
    server = Server(folder, **more)  # type: ignore[arg-type]  # a test's own words
    try:
        yield server
    finally:
        server.kill()


class RealClock:
    """The machine's time; ids that differ between bots."""

    _starts = itertools.count()

    def __init__(self) -> None:
        self._name, self._ids = next(self._starts), itertools.count(1)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def new_id(self) -> str:
        return f"{self._name:03}-{next(self._ids):05}"


@dataclass
class Bot:
    """One replica over toys: a store, a dispatcher, drivers."""

    store: Store
    dispatcher: DocketDispatcher
    cloud: ToyCloud
    clock: RealClock
    wakeups: Wakeups
    calls: Calls

    async def work(self) -> None:
        """What the composition root does, over toys."""
        watching = asyncio.create_task(self.store.watch())
        journals = self.store.journals
        steps = Steps(TOYS, ToyAws(self.cloud), self.calls, self.clock)

        async def drive(run: str) -> datetime | None:
            return await Driver(
                run, self.store.owner, journals, steps, self.clock, self.wakeups, LEASE, witness=self.store.witness
            ).drive()

        hints = asyncio.create_task(self.wakeups.listen(journals.changes()))
        try:
            await self.store.until_ready()
            await self.dispatcher.work(drive, journals, owner=self.store.owner, lease=LEASE, away=journals.away)
        finally:
            watching.cancel()
            hints.cancel()
            await asyncio.gather(watching, hints, return_exceptions=True)

    async def start(self, plan: Plan) -> None:
        created = Draft(id=f"{plan.run}:0", at=self.clock.now(), actor=CAROL, fact=RunCreated(plan=plan))
        await self.store.journals.append(plan.run, [created], at=EMPTY, epoch=None, durable=True)
        await self.dispatcher.ensure(plan.run)

    async def say(self, run_id: str, *facts: Fact, actor: Actor = CAROL) -> Run:
        run = await self.run(run_id)
        drafts = [Draft(id=self.clock.new_id(), at=self.clock.now(), actor=actor, fact=fact) for fact in facts]
        await self.store.journals.append(
            run_id, drafts, at=Head(seq=run.seq, hash=run.head, epoch=run.epoch), epoch=None
        )
        return await self.run(run_id)

    async def records(self, run: str) -> list[Record]:
        return list(await self.store.inner.read(run))

    async def run(self, run: str) -> Run:
        return Run.of(await self.records(run))

    async def is_over(self, run: str) -> bool:
        with suppress(Exception):
            return (await self.run(run)).status.is_over
        return False


@asynccontextmanager
async def a_bot(
    url: str, home: Path, cloud: ToyCloud, *, owner: str = "bot-a", ready: bool = True
) -> AsyncIterator[Bot]:
    """A replica that does not work yet."""
    redis = connect(url)
    clock = RealClock()
    store = Store.over(redis, url, Settings(home=home), clock, owner, None)
    if ready:
        await store.ready()
    calls = Calls()
    async with DocketDispatcher(url) as dispatcher:
        yield Bot(store, dispatcher, cloud, clock, Wakeups(), calls)
    calls.close()
    await redis.aclose(close_connection_pool=True)


@asynccontextmanager
async def working(bot: Bot) -> AsyncIterator[Bot]:
    """The replica drives runs inside the block."""
    task = asyncio.create_task(bot.work())
    try:
        yield bot
    finally:
        bot.wakeups.stop()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def eventually(happened: Callable[[], object], within: float = 10.0) -> bool:
    """Whether it happened; answers at once when it does."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        found = happened()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return True
        await asyncio.sleep(0.02)
    return False


def a_toy_plan(*steps: PlannedStep, **more: object) -> Plan:
    return a_plan(*steps, **more)
