"""Two versions of the bot at work on the same runs: a rolling upgrade, and what an old one leaves alone (row 64)."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bot.local.cloud import Cloud
from bot.model.events import SCHEMA, NoteAdded, RunTaken
from bot.model.step_run import Phase
from tests.faults.house import Town, a_failover, cloud_of, takes, town, until
from tests.faults.next_version import NEW_KIND, next_version

pytestmark = pytest.mark.asyncio
RUNS = 4


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with cloud_of(tmp_path_factory.mktemp("cloud"), RUNS) as running:
        yield running


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return next_version(tmp_path_factory.mktemp("next"))


async def test_row_64_an_old_bot_leaves_the_runs_of_a_newer_one_alone(
    tmp_path: Path, cloud: Cloud, newer: Path
) -> None:
    """It begins nothing, takes nothing and says so in the journal; the newer one goes on where it was."""
    async with town(tmp_path, cloud) as here:
        first = here.bot(version=newer)
        await here.ready(first)
        runs = await here.create(*(a_failover(f"left-{number}", number, gate=True) for number in range(RUNS)))
        assert await _all(here, runs, Phase.GATE)
        first.kill()
        old = here.bot()
        await here.ready(old)
        for run in runs:
            await here.vote(run)
        said = await _until_left(here, runs)
        begun = [call["action"] for call in here.ledger()]
        second = here.bot(version=newer)
        await here.ready(second)
        left = await here.see_home(runs)
        owners = {_pid(record.fact) for run in runs for record in takes(await here.journals.read(run))}
        notes = [len(await _notes(here, run)) for run in runs]
        wrong = await here.reckon(runs)

    assert said, old.last_words()
    assert begun == []
    assert (left, wrong) == ([], [])
    assert owners <= {first.pid, second.pid}
    assert notes == [1] * RUNS


async def test_row_64_a_rolling_upgrade_hands_runs_over_in_the_middle_of_their_calls(
    tmp_path: Path, cloud: Cloud, newer: Path
) -> None:
    """The old version is told to stop while its calls hang; the newer one carries its runs on under the new schema."""
    async with town(tmp_path, cloud) as here:
        old = here.bot()
        await here.ready(old)
        here.fault("hang", "rds.promote_read_replica", 1_000)
        runs = await here.create(*(a_failover(f"rolled-{number}", number) for number in range(RUNS)))
        upgraded = here.bot(version=newer)
        await here.ready(upgraded)
        assert await _any_promotes(here, runs)
        os.kill(old.pid, signal.SIGTERM)
        gone = await until(lambda: old.ended is not None, 25)
        here.control("DELETE", "faults")
        left = await here.see_home(runs)
        wrong = await here.reckon(runs)
        journals = [await here.journals.read(run) for run in runs]

    assert (gone, old.ended) == (True, 0), old.last_words()
    assert (left, wrong) == ([], [])
    assert not any(take.fact.takeover for records in journals for take in takes(records))  # type: ignore[union-attr]
    assert {record.schema_ for records in journals for record in records} == {SCHEMA, SCHEMA + 1}
    assert NEW_KIND in {record.fact.kind for records in journals for record in records}


async def _all(here: Town, runs: Sequence[str], phase: Phase) -> bool:
    """Every gate is in that phase, and nobody holds the run."""
    for _ in range(400):
        heads = [await here.journals.head(run) for run in runs]
        found = [(await here.run(run)).steps["go"].phase for run in runs]
        if all(each is phase for each in found) and not any(head.owner for head in heads if head):
            return True
        await asyncio.sleep(0.05)
    return False


async def _any_promotes(here: Town, runs: Sequence[str]) -> bool:
    """Some call is out and not answered; where the retries are used up, a person lets it be tried again."""
    for _ in range(400):
        await here.see_home(runs, within=0.02)
        if any([(await here.run(run)).steps["promote"].phase is Phase.STARTED for run in runs]):
            return True
        await asyncio.sleep(0.02)
    return False


async def _until_left(here: Town, runs: Sequence[str]) -> bool:
    for _ in range(400):
        if all([await _notes(here, run) for run in runs]):
            return True
        await asyncio.sleep(0.05)
    return False


async def _notes(here: Town, run: str) -> list[str]:
    records = await here.journals.read(run)
    return [
        record.fact.text for record in records if isinstance(record.fact, NoteAdded) and "older" in record.fact.text
    ]


def _pid(fact: object) -> int:
    assert isinstance(fact, RunTaken)
    return int(fact.owner.split(":")[1])
