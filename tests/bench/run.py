"""`make bench`: every figure beside its floor, measured in one run. Prints Markdown for docs/performance.md.

`python -m tests.bench.run engine` (or `doors`) measures one part. Ours and theirs take turns, round after round, so
that whatever else the machine does meets both; a ratio is the median of the rounds' ratios.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from bot.cli import collector
from bot.model.plan import PlannedStep
from tests.bench import doors, engine
from tests.bench.parts import Marks, floor, redis_server, table
from tests.bench.rivals import Graph, PerStep, celery_seconds

ROUNDS = 3
STEPS = 200 * 12


@dataclass
class Round:
    """One turn of everybody; seconds, but for the floor and the gaps, which are milliseconds."""

    floor: float = 0.0
    safe: Marks = field(default_factory=Marks)
    per_safe: Marks = field(default_factory=Marks)
    chain: float = 0.0
    danger: float = 0.0
    fan: float = 0.0
    dag: float = 0.0
    per_chain: float = 0.0
    per_fan: float = 0.0
    per_dag: float = 0.0


async def a_round(url: str) -> Round:
    """Each shape on ours and right behind it on docket per step; the floor before and after the chains."""
    got = Round()
    before = await floor(url)
    got.chain = await engine.measure(url, [engine.chain(100)], got.safe)
    got.per_chain = await PerStep(url, [graph_of(engine.chain(100))], got.per_safe).measure()
    got.danger = await engine.measure(url, [engine.chain(100, "toy.set")], Marks())
    got.floor = (before + await floor(url)) / 2
    got.fan = await engine.measure(url, [engine.fan(100)], Marks())
    got.per_fan = await PerStep(url, [graph_of(engine.fan(100))], Marks()).measure()
    got.dag = await engine.measure(url, [engine.dag() for _ in range(200)], Marks())
    got.per_dag = await PerStep(url, [graph_of(engine.dag())] * 200, Marks()).measure()
    return got


async def engines(folder: Path) -> None:
    """Chain, fan and many DAGs: ours, docket per step, Celery."""
    with redis_server(folder) as url:
        rounds = [await a_round(url) for _ in range(ROUNDS)]
    celery_chain, celery_fan = celery(folder)
    chain, fan = _span([each.chain for each in rounds]), _span([each.fan for each in rounds])
    gap = [each.safe.gap() for each in rounds]
    floors = [each.safe.gap() / each.floor for each in rounds]
    danger = [each.danger / 100 * 1000 for each in rounds]
    ours = [STEPS / each.dag for each in rounds]
    theirs = [STEPS / each.per_dag for each in rounds]
    rows = [
        ("chain of 100, gap between two looks", f"{_span(gap)} ms", _span(floors),
         f"{_span([each.per_safe.gap() for each in rounds])} ms", "", "≤ 2.0 round trips"),
        ("chain of 100, per dangerous step", f"{_span(danger)} ms",
         _span([each.danger / 100 * 1000 / each.floor for each in rounds]), "", "", ""),
        ("chain of 100, wall", f"{chain} s", "", _than([(each.per_chain, each.chain) for each in rounds]),
         _than([(celery_chain, each.chain) for each in rounds]), "2.5 x per step"),
        ("fan of 100 and a join, wall", f"{fan} s", "", _than([(each.per_fan, each.fan) for each in rounds]),
         _than([(celery_fan, each.fan) for each in rounds]), ""),
        ("200 runs of 12 steps", f"{_span(ours, 0)} steps/s", "",
         f"{_span(theirs, 0)} steps/s ({_middle([a / b for a, b in zip(ours, theirs, strict=True)]):.1f} x)", "",
         "4 x per step"),
    ]  # fmt: skip
    head = ("shape", "ours", "in round trips", "docket per step", "Celery", "goal")
    one = _span([each.floor for each in rounds], 3)
    table(f"{ROUNDS} rounds, median (least to most); one round trip: {one} ms", head, rows)


def _middle(values: Sequence[float]) -> float:
    return statistics.median(values)


def _span(values: Sequence[float], digits: int = 2) -> str:
    return f"{_middle(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def _than(pairs: Sequence[tuple[float, float]]) -> str:
    """Their seconds, and how many times ours that is."""
    return f"{_middle([theirs for theirs, _ in pairs]):.2f} s ({_middle([a / b for a, b in pairs]):.1f} x)"


def graph_of(steps: list[PlannedStep]) -> Graph:
    return {step.id: step.needs for step in steps}


def celery(folder: Path) -> tuple[float, float]:
    """On a redis-server of its own, since it fills its database."""
    with redis_server(folder) as url:
        return celery_seconds(url, folder, length=100), celery_seconds(url, folder, width=100)


def main(parts: Sequence[str]) -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    if "engine" in parts or not parts:
        collector.settle()  # as a bot does that serves; theirs gain from it likewise
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            asyncio.run(engines(Path(folder)))
    if "doors" in parts or not parts:
        at_the_doors()
    return 0


def at_the_doors() -> None:
    """How soon a command is acknowledged, and what the process costs."""
    figures = asyncio.run(doors.measure())
    table(
        "Doors",
        ("what", "measured", "goal"),
        [
            ("ack of 200 slash commands in 10 s, median", f"{figures.p50:.1f} ms", ""),
            ("ack, p99", f"{figures.p99:.1f} ms", "≤ 100 ms"),
            ("ack, worst", f"{figures.worst:.1f} ms", "≤ 2500 ms"),
            ("start to first answered command", f"{figures.first_command:.2f} s", "≤ 3 s"),
            ("memory at rest", f"{figures.at_rest:.0f} MiB", "≤ 150 MiB"),
        ],
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
