"""Nothing acknowledged is lost when Redis or a writer is killed; `make test-faults` does it two hundred times each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.durable import kill_redis, kill_writers

KILLS = 10
pytestmark = pytest.mark.asyncio


async def test_kill_9_of_the_embedded_redis_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """Notes, votes and outcomes are all in the final journal, once, and the chains verify."""
    acknowledged, cut, wrong = await kill_redis(tmp_path, KILLS)

    assert wrong == []
    assert acknowledged > KILLS
    assert cut > 0


async def test_kill_9_of_a_writer_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """What a person was told is written stays written when the bot dies in the next instant."""
    acknowledged, wrong = await kill_writers(tmp_path, KILLS)

    assert wrong == []
    assert acknowledged > KILLS
