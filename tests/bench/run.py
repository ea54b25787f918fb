"""`make bench`: every figure beside its floor, measured in one run. Prints Markdown for docs/performance.md."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from pathlib import Path

import structlog

from tests.bench import doors, engine
from tests.bench.parts import Marks, floor, redis_server, table
from tests.bench.rivals import Graph, PerStep, celery_seconds


async def engines(folder: Path) -> None:
    """Chain, fan and many DAGs: ours, docket per step, Celery."""
    with redis_server(folder) as url:
        base = await floor(url)
        safe, dangerous, fanned, many = Marks(), Marks(), Marks(), Marks()
        chain_s = await engine.measure(url, [engine.chain(100)], safe)
        danger_s = await engine.measure(url, [engine.chain(100, "toy.set")], dangerous)
        fan_s = await engine.measure(url, [engine.fan(100)], fanned)
        dag_s = await engine.measure(url, [engine.dag() for _ in range(200)], many)
        again = await floor(url)
        per_chain, per_fan, per_dag = Marks(), Marks(), Marks()
        step_chain = await PerStep(url, [graph_of(engine.chain(100))], per_chain).measure()
        step_fan = await PerStep(url, [graph_of(engine.fan(100))], per_fan).measure()
        step_dag = await PerStep(url, [graph_of(engine.dag())] * 200, per_dag).measure()
    one = (base + again) / 2
    celery_chain, celery_fan = celery(folder)

    def than(seconds: float, ours: float) -> str:
        return f"{seconds:.2f} s ({seconds / ours:.1f} x)"

    gap, step_gap = f"{safe.gap():.2f} ms", f"{per_chain.gap():.2f} ms"
    danger = f"{danger_s * 10:.2f} ms"
    many_each, many_ours = f"{2400 / step_dag:.0f} ({step_dag / dag_s:.1f} x)", f"{2400 / dag_s:.0f} steps/s"
    rows = [
        ("chain 100, gap of a safe step", gap, f"{safe.gap() / one:.2f}", step_gap, "", "≤ 2.0 floors"),
        ("chain 100, per dangerous step", danger, f"{danger_s * 10 / one:.2f}", "", "", "two appends"),
        ("chain 100, wall", f"{chain_s:.3f} s", "", than(step_chain, chain_s), than(celery_chain, chain_s), "2.5 x"),
        ("fan 100 and join, wall", f"{fan_s:.3f} s", "", than(step_fan, fan_s), than(celery_fan, fan_s), ""),
        ("200 runs of 12 steps", many_ours, "", many_each, "", "4 x per step"),
    ]
    head = ("shape", "ours", "in floors", "docket per step", "Celery", "goal")
    table(f"One round trip (floor): {one:.3f} ms (before {base:.3f}, after {again:.3f})", head, rows)


def graph_of(steps: list[engine.PlannedStep]) -> Graph:
    return {step.id: step.needs for step in steps}


def celery(folder: Path) -> tuple[float, float]:
    """On a redis-server of its own, since it fills its database."""
    with redis_server(folder) as url:
        return celery_seconds(url, folder, length=100), celery_seconds(url, folder, width=100)


def main() -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        asyncio.run(engines(Path(folder)))
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
    return 0


if __name__ == "__main__":
    sys.exit(main())
