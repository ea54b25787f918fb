"""`python -m tests.faults.aws.region`: the orders-api failover with us-east-1 in a black hole. Prints one JSON object.

To be run in a network namespace of its own, where packets to DEAD are dropped without a word; loopback works. Every
call that goes to us-east-1's regional endpoints goes there. Global services (Route 53, IAM) have endpoints of their own
and answer: the runbook declares that it needs Route 53's control plane.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.actions.catalogue import Catalogue
from bot.adapters.aws.reach import TRY_AGAIN
from bot.adapters.aws.sessions import AwsClouds
from bot.adapters.clock import SystemClock
from bot.adapters.memory.journal import MemoryJournals
from bot.adapters.memory.locks import MemoryLocks
from bot.approval.votes import Ballot
from bot.engine.calls import Calls
from bot.engine.driver import Driver
from bot.engine.steps import Steps
from bot.engine.wakeups import Wakeups
from bot.local.cloud import Cloud
from bot.model.events import StepFailed, StepSettled, StepSkipped
from bot.model.plan import Plan
from bot.model.records import Record
from bot.model.run import Run
from bot.model.step_run import Phase
from bot.runbook.library import Library
from bot.usecases.answer_manual import answer_manual
from bot.usecases.decide import vote
from bot.usecases.desk import Caller, Desk
from bot.usecases.plan_run import Asked, plan_run
from bot.usecases.start_run import start_run
from tests.cloud_fixture import LocalCloud
from tests.faults.aws.desk import Deliveries
from tests.planning.test_compile import SHIPPED

LEASE = timedelta(seconds=15)
DEAD = "10.9.0.2"
LOST = "us-east-1"
GLOBAL = frozenset({"route53", "iam"})
VOTERS = {"declare": ("alice", "bob"), "promote_db": ("carol", "alice"), "shift_traffic": ("alice",)}


class Split(AwsClouds):
    """The product's clients; the lost region has its own address, and what is sent there is written down."""

    def __init__(self, cloud: str) -> None:
        super().__init__(endpoint_url=cloud)
        self.went_there: list[str] = []
        self._listening: set[int] = set()

    def client(self, service: str, region: str, *rest: Any, **more: Any) -> Any:
        if region != LOST or service in GLOBAL:
            return super().client(service, region, *rest, **more)
        kept, self._endpoint_url = self._endpoint_url, f"http://{DEAD}"
        try:
            client = super().client(service, region, *rest, **more)
        finally:
            self._endpoint_url = kept
        if id(client) not in self._listening:
            self._listening.add(id(client))
            client.meta.events.register("before-send", self._went)
        return client

    def _went(self, event_name: str = "", **_: object) -> None:
        self.went_there.append(event_name.removeprefix("before-send."))


async def story(local: LocalCloud) -> dict[str, Any]:
    clouds = Split(local.url)
    clock = SystemClock(clouds.time.now)
    actions = Catalogue.discover()
    library = Library.load(SHIPPED, actions.specs)
    desk = Desk(lambda: library, actions, MemoryJournals(), Deliveries(), clouds, clock)
    people = library.catalog.people

    began = time.monotonic()
    asked = Asked("orders-api", inputs={"impact_started_at": clock.now().strftime("%H:%M")}, reason=f"{LOST} is lost")
    plan = await plan_run(desk, asked, Caller(people["carol"], "cli"))
    plan_took = time.monotonic() - began
    plan = plan.model_copy(update={"requester": people["dave"]})  # so that three others can decide
    run = await start_run(desk, plan, Caller(people["dave"], "cli"))
    wakeups, calls = Wakeups(), Calls()
    steps = Steps(actions, clouds, calls, clock)
    deciding = asyncio.create_task(decide_all(desk, run.id))
    hints = asyncio.create_task(wakeups.listen(desk.journals.changes()))
    locks = MemoryLocks(desk.journals)
    due: datetime | None = clock.now()
    async with asyncio.timeout(120):
        while due is not None:
            due = await Driver(run.id, "bot", desk.journals, steps, clock, wakeups, LEASE, locks=locks).drive()
            await asyncio.sleep(0.1)
    deciding.cancel()
    hints.cancel()
    records = await desk.journals.read(run.id)
    calls.close()
    return told(plan, records, plan_took, clouds.went_there)


async def decide_all(desk: Desk, run_id: str) -> None:
    """People who take a moment for the first decision, and then say yes at once."""
    await asyncio.sleep(2 * TRY_AGAIN)  # what the plan's looks learnt about the dead region is forgotten by then
    people = desk.library().catalog.people
    while True:
        run = await desk.run(run_id)
        for step, state in run.steps.items():
            if state.phase is Phase.GATE:
                voted = {each.person for each in state.votes}
                for name in VOTERS[step]:
                    if name not in voted:
                        ballot = Ballot(step, people[name], "approve", run.plan.hash, typed=state.gate_typed or "")
                        await vote(desk, run_id, Caller(people[name], "cli"), ballot)
            if state.phase is Phase.MANUAL:
                await answer_manual(desk, run_id, Caller(people["carol"], "cli"), step, "PSP-4471")
        await asyncio.sleep(0.05)


def told(plan: Plan, records: Sequence[Record], plan_took: float, went: Sequence[str]) -> dict[str, Any]:
    run = Run.of(records)
    declared = {(step.action or "").partition(".")[0] for step in plan.steps if step.control_plane == LOST}
    return {
        "outcome": run.outcome,
        "why": run.outcome_why,
        "plan_took": round(plan_took, 2),
        "dead_step_took": {step.id: _took(run, records, step.id) for step in plan.steps if step.region == LOST},
        "overhead": {step.id: _overhead(run, records, step.id) for step in plan.steps if step.kind == "uses"},
        "went_there": sorted(set(went)),
        "declared": sorted(declared),
        "steps": {name: f"{state.phase}: {state.seen or state.why}" for name, state in run.steps.items()},
        "chain_seconds": round((records[-1].at - records[0].at).total_seconds(), 1),
    }


def _took(run: Run, records: Sequence[Record], step: str) -> float:
    """From the moment the step could begin until it was over."""
    ends = StepFailed | StepSettled | StepSkipped
    over = next(r.at for r in records if isinstance(r.fact, ends) and r.fact.step == step)
    return round((over - _ready(run, records, step)).total_seconds(), 2)


def _overhead(run: Run, records: Sequence[Record], step: str) -> float:
    """From the moment the step could begin until the first record of its beginning."""
    ready = _ready(run, records, step)
    kinds = ("step_started", "step_failed", "step_needs_person", "step_held")
    first = next(r.at for r in records if getattr(r.fact, "step", "") == step and r.fact.kind in kinds)
    return round((first - ready).total_seconds(), 2)


def _ready(run: Run, records: Sequence[Record], step: str) -> datetime:
    granted = [r.at for r in records if r.fact.kind == "gate_granted" and getattr(r.fact, "step", "") == step]
    needs = [at for need in run.plan.step(step).needs if (at := run.steps[need].ended_at) is not None]
    return max([records[0].at, *needs, *granted])


def main() -> None:
    with Cloud(speed=20) as process:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "http_proxy": process.url, "no_proxy": f"127.0.0.1,{DEAD}",
        }.items():  # fmt: skip
            os.environ[name] = value
        local = LocalCloud(process.url)
        local.region(LOST, "down", mode="hang")
        json.dump(asyncio.run(story(local)), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
