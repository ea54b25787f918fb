"""`python -m tests.faults.run`: the crash matrix in full, with the figures that docs/reliability.md keeps.

--runs N     how many cases (default 2160: each cell of the matrix twelve times)
--seed N     begin at this case; with --runs 1 it replays one
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from pathlib import Path

import structlog

from bot.adapters.redis.connection import connect
from bot.adapters.redis.journal import RedisJournals
from tests.bench.parts import redis_server
from tests.faults.matrix import DEEDS, MOODS, POINTS, Troupe, cases


async def matrix(runs: int, seed: int, at_once: int) -> int:
    """Play the cases; answers how many of them broke a promise."""
    wanted = list(cases(runs, first_seed=seed))
    with tempfile.TemporaryDirectory(prefix="dr-faults-") as folder, redis_server(Path(folder)) as url:
        redis = connect(url)
        troupe = Troupe(url, RedisJournals(redis))
        began = time.monotonic()
        wrong = await troupe.play_all(wanted, at_once=at_once)
        took = time.monotonic() - began
        await redis.aclose()
    for case, found in sorted(wrong.items(), key=lambda each: each[0].seed):
        print(f"seed {case.seed}: {case}\n    " + "\n    ".join(found))
    cells = f"{len(POINTS)} failpoints × {len(DEEDS)} deeds × {len(MOODS)} moods of AWS, 2 replicas"
    print(f"{cells}: {runs} runs, {troupe.sprung} struck, {len(wrong)} with a broken promise, {took:.0f} s")
    return len(wrong)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.run")
    parser.add_argument("--runs", type=int, default=2160)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--at-once", type=int, default=16)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    return 1 if asyncio.run(matrix(options.runs, options.seed, options.at_once)) else 0


if __name__ == "__main__":
    sys.exit(main())
