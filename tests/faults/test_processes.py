"""Real bots, killed and frozen: a slice of what `make test-faults` does at length."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bot.local.child import Child
from bot.local.cloud import Cloud
from bot.model.events import RunPaused, RunResumed
from bot.model.run import Status
from bot.model.step_run import Phase
from tests.faults.house import Town, a_failover, cloud_of, takes, town, until
from tests.faults.pairs import RUNS, Batch, strike
from tests.faults.succession import BOUND, p99, takeovers

pytestmark = pytest.mark.asyncio


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with cloud_of(tmp_path_factory.mktemp("cloud"), RUNS) as running:
        yield running


@pytest.mark.parametrize(
    "batch",
    [
        Batch(1, "call.after", "kill", "lost_response", 3),
        Batch(2, "call.before", "stop", "", 2),
    ],
    ids=lambda batch: f"{batch.point}-{batch.deed}-{batch.mood or 'calm'}",
)
async def test_a_dozen_runs_outlive_a_bot(tmp_path: Path, cloud: Cloud, batch: Batch) -> None:
    """One of two bots is struck in the middle: each change once, no message twice, every run over, chains whole."""
    assert await strike(tmp_path, cloud, batch) == []


async def test_the_other_bot_takes_over_within_a_lease_and_a_quarter(tmp_path: Path, cloud: Cloud) -> None:
    """From kill -9 to the next owner's first record, and the timeline calls it a takeover."""
    spans, wrong = await takeovers(tmp_path, cloud, kills=3)

    assert wrong == []
    assert p99(spans) <= BOUND


async def test_a_run_that_kills_every_bot_is_set_aside_and_goes_on_when_resumed(tmp_path: Path, cloud: Cloud) -> None:
    """The third takeover parks it, the bot lives on, and a person's resume finishes it with every effect once.

    One step at a time: of two, the outcome of one may travel with the other's intent, and whoever writes that has
    brought a step to its end before it dies, which is no death in a row.
    """
    async with town(tmp_path, cloud) as here:
        [run_id] = await here.create(a_failover("poison", 0, side_by_side=False))
        dead = 0
        while not (run := await here.run(run_id)).is_set_aside:
            bot = here.bot("outcome.before:*:kill")
            await here.ready(bot)  # one that died of something else is no victim of the run
            await _dies_or_lets_go(here, bot, run_id)
            dead += bot.ended is not None
        survivor = here.bots[-1].ended is None
        here.bots[-1].kill()
        fresh = here.bot()
        await here.ready(fresh)
        await here.say(await here.run(run_id), RunResumed())
        left = await here.see_home([run_id])

        assert (dead, survivor, run.status) == (3, True, Status.PAUSED)
        assert "then resume" in run.pause_why
        assert sum(isinstance(record.fact, RunPaused) for record in await here.journals.read(run_id)) == 1
        assert left == []
        assert await here.reckon([run_id]) == []


async def test_sigterm_in_the_middle_of_a_call_hands_over(tmp_path: Path, cloud: Cloud) -> None:
    """The stopped bot sees its calls home and leaves within 25 s; the other goes on at once, nothing is sent twice."""
    async with town(tmp_path, cloud) as here:
        await here.ready(here.bot(), here.bot())
        here.fault("hang", "rds.promote_read_replica", 2)
        runs = await here.create(*(a_failover(f"handed-{number}", number) for number in range(4)))
        owner = await _who_promotes(here, runs)
        stopped = next(bot for bot in here.bots if f":{bot.pid}:" in owner)
        began = time.monotonic()
        os.kill(stopped.pid, signal.SIGTERM)
        gone = await until(lambda: stopped.ended is not None, 25)
        took = time.monotonic() - began
        left = await here.see_home(runs)
        records = [record for run in runs for record in takes(await here.journals.read(run))]

        assert gone, stopped.last_words()
        assert (stopped.ended, left) == (0, [])
        assert took < 25
        assert not any(record.fact.takeover for record in records)  # type: ignore[union-attr]  # only RunTaken
        assert await here.reckon(runs) == []


@pytest.mark.parametrize("point", ["signal.before", "wake.before"])
async def test_a_vote_is_heard_whenever_its_door_dies(tmp_path: Path, cloud: Cloud, point: str) -> None:
    """Killed before it was written, the person says it again; killed after, the run goes on within a lease."""
    async with town(tmp_path, cloud) as here:
        await here.ready(here.bot())
        [run_id] = await here.create(a_failover("asked", 0, gate=True))
        await _is_asking(here, run_id)
        door = here.bot(f"{point}:1:kill", "vote", run_id)
        killed = await until(lambda: door.ended is not None, 20)
        if point == "signal.before":
            here.bot("", "vote", run_id)
        left = await here.see_home([run_id], within=20)
        votes = [record for record in await here.journals.read(run_id) if record.fact.kind == "vote_cast"]

        assert (killed, door.ended) == (True, -signal.SIGKILL)
        assert (left, len(votes)) == ([], 1)
        assert await here.reckon([run_id]) == []


async def _dies_or_lets_go(here: Town, bot: Child, run: str) -> None:
    for _ in range(400):
        if bot.ended is not None or (await here.run(run)).is_set_aside:
            return
        await asyncio.sleep(0.05)


async def _who_promotes(here: Town, runs: Sequence[str]) -> str:
    """The owner of a run whose promotion is out and not answered."""
    while True:
        for run in runs:
            folded = await here.run(run)
            if folded.steps["promote"].phase is Phase.STARTED:
                return folded.owner
        await asyncio.sleep(0.02)


async def _is_asking(here: Town, run: str) -> None:
    """Return once the gate is open and the run is parked."""
    while True:
        head = await here.journals.head(run)
        if head is not None and not head.owner and (await here.run(run)).steps["go"].phase is Phase.GATE:
            return
        await asyncio.sleep(0.02)
