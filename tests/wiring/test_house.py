"""What runs beside the runs goes on, whatever one round of it runs into."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.model.errors import Unavailable
from bot.ports.alarms import AlarmNews
from bot.runbook.library import Library
from bot.wiring.house import keep_hearing, keep_noticing
from tests.builders import NOW
from tests.faults.aws.desk import Room

pytestmark = pytest.mark.asyncio


async def test_looking_for_newer_texts_outlives_a_folder_that_is_gone(tmp_path: Path) -> None:
    """One look that breaks is not the last one."""
    room, looks = Room(tmp_path / "runbooks"), []

    def gone() -> Library:
        looks.append(1)
        raise FileNotFoundError("runbooks")

    noticing = asyncio.create_task(keep_noticing(replace(room.desk, library=gone), every=0))
    for _ in range(200):
        await asyncio.sleep(0)
    is_alive = not noticing.done()
    noticing.cancel()
    await asyncio.gather(noticing, return_exceptions=True)

    assert is_alive
    assert len(looks) > 1


async def test_alarms_are_heard_on_whatever_one_of_them_runs_into(tmp_path: Path) -> None:
    """One that breaks stays in the queue; the next round hears the others, and what was heard is done."""
    room = Room(tmp_path / "runbooks")
    queue = Alarms([ConnectionError("reset"), Unavailable("away"), [an_alarm("a"), an_alarm("b")]])

    hearing = asyncio.create_task(keep_hearing(room.desk, queue, patience=0))
    async with asyncio.timeout(5):
        await queue.empty.wait()
    hearing.cancel()
    await asyncio.gather(hearing, return_exceptions=True)

    assert queue.finished == ["a", "b"]


async def test_an_alarm_that_cannot_be_told_holds_none_back_that_came_with_it(tmp_path: Path) -> None:
    """They come ten at once; the broken one stays in the queue, the others are done in the same round."""
    room = Room(tmp_path / "runbooks")
    queue = Alarms([[an_alarm("stuck"), an_alarm("b")]], stuck="stuck")

    hearing = asyncio.create_task(keep_hearing(room.desk, queue, patience=0))
    async with asyncio.timeout(5):
        await queue.empty.wait()
    hearing.cancel()
    await asyncio.gather(hearing, return_exceptions=True)

    assert queue.finished == ["b"]


class Alarms:
    """Implements `AlarmQueue` with what a test has put in."""

    def __init__(self, rounds: list[Exception | list[AlarmNews]], stuck: str = "") -> None:
        self._stuck = stuck
        self._rounds, self.finished, self.empty = rounds, list[str](), asyncio.Event()

    async def next(self) -> list[AlarmNews]:
        if not self._rounds:
            self.empty.set()
            await asyncio.Event().wait()
        found = self._rounds.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    async def done(self, news: AlarmNews) -> None:
        if news.delivery == self._stuck:
            raise KeyError(news.delivery)
        self.finished.append(news.delivery)


def an_alarm(delivery: str) -> AlarmNews:
    """One that concerns nobody."""
    return AlarmNews(delivery=delivery, alarm="nobodys", region="us-west-2", state="ALARM", at=NOW)
