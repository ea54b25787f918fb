"""The bot as a process of its own, wired as in production but with hurried actions and without Slack.

`python -m tests.faults.worker` drives; `… vote RUN` says yes to the gate of a run, as a person's door would.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys

import structlog

from bot.cli.follow import stop_on_signals
from bot.model.events import Fact, VoteCast
from bot.model.run import Run
from bot.model.step_run import Phase
from bot.settings import Settings
from bot.usecases.desk import Caller
from bot.wiring.opening import open_house
from tests.faults.hurried import hurried


async def serve(settings: Settings) -> None:
    stop = stop_on_signals()
    async with open_house(settings, hurried()) as house:
        print("ready", flush=True)
        await house.serve(stop)


async def vote(settings: Settings, run_id: str) -> None:
    """Counts once, however often it is said."""

    def approve(run: Run) -> list[Fact]:
        if run.steps["go"].phase is not Phase.GATE or run.steps["go"].votes:
            return []
        return [VoteCast(step="go", round=1, person="bob", decision="approve", plan_hash=run.plan.hash)]

    async with open_house(settings, hurried()) as house:
        bob = house.desk.library().catalog.people["bob"]
        await house.desk.tell(run_id, Caller(bob, "cli"), approve)
        print("acknowledged", flush=True)


if __name__ == "__main__":
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
    )
    environment = Settings.from_env(os.environ)
    words = sys.argv[1:]
    asyncio.run(vote(environment, words[1]) if words else serve(environment))
