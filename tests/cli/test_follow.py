"""Whoever follows a run stays with it while the store is away, and leaves when nobody reads any more."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from bot.cli import follow as following
from bot.model.errors import Unavailable
from bot.model.events import RunFinished
from bot.model.records import Record
from bot.ports.journal import Journals
from bot.usecases.desk import Desk
from tests.usecases.desks import Office


@dataclass
class Shaky:
    """A house that can tell only now and then whether somebody drives runs."""

    desk: Desk
    answers: list[bool | Exception]
    driven: bool = False
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    """Set with the last answer."""

    async def is_attended(self) -> bool:
        answer = self.answers.pop(0) if self.answers else True
        if not self.answers:
            self.heard.set()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def work(self, stop: asyncio.Event) -> None:
        self.driven = True
        await stop.wait()

    async def serve(self, stop: asyncio.Event) -> None:
        raise AssertionError("nobody serves here")


Mood = Callable[[], Awaitable[object]]


class Moody:
    """Journals that do something of their own before each look at a run."""

    def __init__(self, inner: Journals, moods: list[Mood]) -> None:
        self._inner, self._moods = inner, moods

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def read(self, run: str, *, after: int = 0) -> Sequence[Record]:
        if self._moods:
            await self._moods.pop(0)()
        return await self._inner.read(run, after=after)


async def nothing() -> None:
    """An ordinary look."""


async def away() -> None:
    raise Unavailable("Redis does not answer.")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks follow each other at once."""
    monkeypatch.setattr(following, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(following, "STAND_BY", 0.0)


async def test_a_store_that_is_away_for_a_while_does_not_end_the_watching(capsys: pytest.CaptureFixture[str]) -> None:
    """It is said once, and what happened meanwhile is told when it is back."""
    office = await Office.open()

    async def finish() -> None:
        await office.tell(RunFinished(outcome="completed"))

    journals = Moody(office.desk.journals, [nothing, away, away, finish])
    desk = replace(office.desk, journals=cast(Journals, journals))

    view = await following.follow(desk, office.plan.run, asyncio.Event())

    said = capsys.readouterr().out
    assert view.run.status.is_over
    assert said.count("Redis does not answer.") == 1
    assert len(said.splitlines()) == len(view.timeline.entries) + 1


async def test_a_script_that_reads_along_gets_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Every entry once, and at the end how the run stands; a store that is away is not a line of it."""
    office = await Office.open()

    async def finish() -> None:
        await office.tell(RunFinished(outcome="completed"))

    journals = Moody(office.desk.journals, [nothing, away, finish])
    desk = replace(office.desk, journals=cast(Journals, journals))

    view = await following.follow(desk, office.plan.run, asyncio.Event(), as_json=True)

    *told, last = map(json.loads, capsys.readouterr().out.splitlines())
    assert [each["seq"] for each in told] == [entry.seq for entry in view.timeline.entries]
    assert (last["run"], last["status"]) == (office.plan.run, "completed")


async def test_a_run_that_cannot_be_read_at_first_is_told_as_such() -> None:
    """There is nothing to show yet."""
    office = await Office.open()
    desk = replace(office.desk, journals=cast(Journals, Moody(office.desk.journals, [away])))

    with pytest.raises(Unavailable):
        await following.follow(desk, office.plan.run, asyncio.Event())


async def test_a_reader_who_leaves_ends_the_watching(monkeypatch: pytest.MonkeyPatch) -> None:
    """`dr status --follow | head` comes back, though the run goes on."""
    office = await Office.open()
    reading, writing = os.pipe()
    os.close(reading)
    stop = asyncio.Event()

    with os.fdopen(writing, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        async with asyncio.timeout(10):
            view = await following.follow(office.desk, office.plan.run, stop)

    assert stop.is_set()
    assert not view.run.status.is_over


@pytest.mark.parametrize(
    ("answers", "driven"),
    [
        ([False], True),
        ([True, True, False], True),
        ([Unavailable("Redis does not answer."), False], True),
        ([Unavailable("Redis does not answer.")] * 5, False),
    ],
)
async def test_whoever_follows_steps_in_once_it_is_sure_that_nobody_drives(
    answers: list[bool | Exception], driven: bool
) -> None:
    """A store that does not answer is no reason to give up standing by, nor to drive beside somebody else."""
    house = Shaky((await Office.open()).desk, [*answers])

    async with asyncio.timeout(10), following.stepping_in(house):
        await house.heard.wait()

    assert house.driven == driven
