"""Deliveries of a run on a real Redis: nobody's death leaves it undelivered."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.memory.journal import MemoryJournals
from bot.adapters.redis.dispatcher import DocketDispatcher
from bot.local.redis import EmbeddedRedis
from bot.model.errors import Fenced
from bot.model.events import RunCreated
from bot.model.people import BOT
from bot.model.records import Draft
from bot.ports.journal import Head
from tests.builders import NOW, a_plan

pytestmark = pytest.mark.asyncio
LEASE = timedelta(seconds=0.5)


async def test_a_run_whose_new_owner_died_too_is_delivered_again(tmp_path: Path) -> None:
    """We were fenced, and whoever fenced us fell silent: the fenced delivery does not hold the run back for ever."""
    plan, journals, drives, again = a_plan(), MemoryJournals(), [], asyncio.Event()
    created = Draft(id="c", at=NOW, actor=BOT, fact=RunCreated(plan=plan))
    await journals.append(plan.run, [created], at=Head(seq=0, hash="", epoch=0), epoch=None)
    await journals.take(plan.run, "dead", fresh=LEASE)

    async def drive(run: str) -> datetime | None:
        drives.append(run)
        if len(drives) == 1:
            raise Fenced("somebody took it")
        again.set()
        return None

    with EmbeddedRedis(tmp_path, tied_to_parent=True) as server:
        async with DocketDispatcher(server.url) as dispatcher:
            working = asyncio.create_task(dispatcher.work(drive, journals, owner="us", lease=LEASE))
            await dispatcher.ensure(plan.run)
            try:
                await asyncio.wait_for(again.wait(), 15)
            finally:
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)

    assert drives[:2] == [plan.run, plan.run]
