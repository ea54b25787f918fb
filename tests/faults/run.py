"""`python -m tests.faults.run [part …]`: every fault at length, with the figures that docs/reliability.md keeps.

matrix      the crash matrix inside one process: 2,340 runs
processes   the crash matrix over real bots, docket and the local AWS: 104 batches of 12 runs
redis       200 kill -9 of the embedded redis-server while people and workers write
writers     200 kill -9 of writing processes
takeover    50 kills of a bot that holds runs
authorization   100,000 histories of people, groups, votes, broken glasses and clocks
limits      50,000 views drawn from hostile and extreme values, judged by the workspace that knows Slack's limits

--runs N --seed N   of the matrix; `matrix --runs 1 --seed N` replays one case
--batches N         of the processes
--histories N       of authorization
--views N           of the limits
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from itertools import islice
from pathlib import Path

import structlog

from bot.adapters.redis.connection import connect
from bot.adapters.redis.journal import RedisJournals
from tests.bench.parts import redis_server
from tests.faults.authorization import play_all
from tests.faults.durable import kill_redis, kill_writers
from tests.faults.house import LEASE, cloud_of
from tests.faults.matrix import DEEDS, MOODS, POINTS, Troupe, cases
from tests.faults.pairs import RUNS, batches, strike
from tests.faults.succession import BOUND, p99, takeovers
from tests.slack.limits import play as draw_views

Options = argparse.Namespace


async def matrix(folder: Path, options: Options) -> int:
    wanted = list(cases(options.runs, first_seed=options.seed))
    with redis_server(folder) as url:
        redis = connect(url)
        troupe = Troupe(url, RedisJournals(redis))
        wrong = await troupe.play_all(wanted, at_once=options.at_once)
        await redis.aclose()
    for case, found in sorted(wrong.items(), key=lambda each: each[0].seed):
        print(f"seed {case.seed}: {case}\n    " + "\n    ".join(found))
    cells = f"{len(POINTS)} failpoints × {len(DEEDS)} deeds × {len(MOODS)} moods of AWS, 2 replicas"
    print(f"{cells}: {options.runs} runs, {troupe.sprung} struck, {len(wrong)} with a broken promise")
    return len(wrong)


async def processes(folder: Path, options: Options) -> int:
    broken = count = 0
    with cloud_of(folder, RUNS) as cloud:
        for batch in islice(batches(), options.batches):
            wrong = await strike(folder, cloud, batch)
            count += 1
            broken += bool(wrong)
            for text in wrong:
                print(f"{batch}: {text}", flush=True)
    print(f"{count} batches of {RUNS} runs over two bots, one of them struck: {broken} with a broken promise")
    return broken


async def redis(folder: Path, options: Options) -> int:
    acknowledged, cut, wrong = await kill_redis(folder, options.kills)
    print("\n".join(wrong) or f"{options.kills} kills of redis-server: {acknowledged} acknowledged, {cut} cut, 0 lost")
    return len(wrong)


async def writers(folder: Path, options: Options) -> int:
    acknowledged, wrong = await kill_writers(folder, options.kills)
    print("\n".join(wrong) or f"{options.kills} kills of writers: {acknowledged} acknowledged, 0 lost")
    return len(wrong)


async def takeover(folder: Path, options: Options) -> int:
    kills = max(1, options.kills // 4)
    with cloud_of(folder, 1) as cloud:
        spans, wrong = await takeovers(folder, cloud, kills)
    figures = f"median {statistics.median(spans):.2f} s, p99 {p99(spans):.2f} s, bound {BOUND:.2f} s"
    print("\n".join([*wrong, f"{kills} kills, {len(spans)} takeovers, lease {LEASE:g} s: {figures}"]))
    return len(wrong) + (p99(spans) > BOUND)


async def limits(folder: Path, options: Options) -> int:
    drawn, wrong = await asyncio.to_thread(draw_views, options.views)
    print("\n".join([*wrong, f"{drawn} views drawn from hostile values, in two languages: {len(wrong)} refused"]))
    return len(wrong) + (drawn < options.views)


async def authorization(folder: Path, options: Options) -> int:
    figures, wrong = await asyncio.to_thread(play_all, options.histories, options.seed)
    print("\n".join([*wrong[:20], figures]))
    return len(wrong)


PARTS: dict[str, Callable[[Path, Options], Awaitable[int]]] = {
    "matrix": matrix,
    "redis": redis,
    "writers": writers,
    "takeover": takeover,
    "processes": processes,
    "authorization": authorization,
    "limits": limits,
}


async def play(options: Options) -> int:
    broken = 0
    for part in options.parts or PARTS:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="dr-faults-") as folder:
            broken += await PARTS[part](Path(folder), options)
        print(f"    {part}: {time.monotonic() - began:.0f} s", flush=True)
    return broken


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.run")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []])
    parser.add_argument("--runs", type=int, default=2340)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--at-once", type=int, default=24)
    parser.add_argument("--batches", type=int, default=104)
    parser.add_argument("--histories", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--views", type=int, default=50_000)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    return 1 if asyncio.run(play(options)) else 0


if __name__ == "__main__":
    sys.exit(main())
