"""What runs beside the runs goes on, whatever one round of it runs into."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.runbook.library import Library
from bot.wiring import keep_noticing
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
