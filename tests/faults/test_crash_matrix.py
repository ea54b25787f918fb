"""A slice of the crash matrix, as mixed as the whole: `make test-faults` plays all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.redis.connection import connect
from bot.adapters.redis.journal import RedisJournals
from tests.bench.parts import redis_server
from tests.faults.matrix import Troupe, cases

RUNS = 195
"""Each point with each deed and each mood of AWS, once."""


@pytest.mark.asyncio
async def test_no_crash_freeze_or_bug_does_anything_twice_or_loses_anything(tmp_path: Path) -> None:
    """Two replicas, one misfortune anywhere in the protocol: every effect once, every run over, every chain whole."""
    with redis_server(tmp_path) as url:
        redis = connect(url)
        troupe = Troupe(url, RedisJournals(redis))

        wrong = await troupe.play_all(list(cases(RUNS)), at_once=16)

        await redis.aclose()
    assert wrong == {}
    assert troupe.sprung > RUNS * 0.9
