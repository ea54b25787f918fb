"""One real redis-server, one local AWS with its ledger, and as many bots as a story needs, each its own process.

Promises: everything is on free ports and under one folder, and is gone afterwards. The people's part is played here:
whoever is asked whether a call was sent looks into the ledger first.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from bot.adapters.clock import SystemClock
from bot.adapters.redis.connection import connect
from bot.adapters.redis.dispatcher import DocketDispatcher
from bot.adapters.redis.journal import RedisJournals
from bot.local.child import Child
from bot.local.cloud import Cloud
from bot.local.parts import CONTRACT, aws_environ
from bot.model.errors import JournalConflict, Unavailable
from bot.model.events import Fact, GateGranted, PersonChose, RunCreated, RunResumed, RunTaken, StepStarted, VoteCast
from bot.model.plan import GatePlan, Plan, PlannedStep
from bot.model.records import Draft, Record, first_break
from bot.model.run import Run
from bot.model.runbook import Retry
from bot.model.step_run import Phase
from bot.ports.journal import Head
from tests.bench.parts import redis_server
from tests.builders import a_plan, a_service, a_step
from tests.engine.stories import CAROL
from tests.faults.hurried import hurried

EMPTY = Head(seq=0, hash="", epoch=0)
LEASE = 1.5  # seconds
MOST_RECORDS = 400
"""A run that writes more than this does not come to its end."""
REGION = "us-west-2"
TOPIC = f"arn:aws:sns:{REGION}:111122223333:dr-events"
GATE = GatePlan(kind="approve", groups=("@eng-directors",), count=1, expires=timedelta(minutes=10))
ACTIONS = hurried()


def world(size: int) -> dict[str, Any]:
    """The seed of a world with `size` services and replicas."""
    task = {"family": "api", "containerDefinitions": [{"name": "api", "image": "api", "memory": 128, "cpu": 128}]}
    source = {"DBInstanceIdentifier": "reports", "DBInstanceClass": "db.t3.medium", "Engine": "postgres"}
    more = {"AllocatedStorage": 20, "MasterUsername": "reports", "MasterUserPassword": "not-a-secret"}
    calls = [
        {"call": "ecs.create_cluster", "in": REGION, "with": {"clusterName": "c"}},
        {"call": "ecs.register_task_definition", "in": REGION, "with": task},
        {"call": "sns.create_topic", "in": REGION, "with": {"Name": "dr-events"}},
        {"call": "rds.create_db_instance", "in": "us-east-1", "with": source | more},
    ]
    for number in range(size):
        service = {"cluster": "c", "serviceName": f"api-{number}", "desiredCount": 0, "taskDefinition": "api"}
        replica = {
            "DBInstanceIdentifier": f"replica-{number}",
            "SourceDBInstanceIdentifier": "arn:aws:rds:us-east-1:111122223333:db:reports",
            "DBInstanceClass": "db.t3.medium",
        }
        calls.append({"call": "ecs.create_service", "in": REGION, "with": service | {"launchType": "FARGATE"}})
        calls.append({"call": "rds.create_db_instance_read_replica", "in": REGION, "with": replica})
    return {"calls": calls, "apps": []}


def catalogue(size: int = 40) -> dict[str, Any]:
    """What the bots know of the services that the runs here are about: what their plans say, to the letter."""
    services = {name: a_service(name) for name in (f"service-{number}" for number in range(size))}
    return {
        "tiers": {"gold": {"rto": "30m", "rpo": "5m"}},
        "people": {
            "ana": {"name": "Ana Ruiz", "slack": "U01ANA0000", "groups": ["@orders-sre"]},
            "bob": {"name": "Bob Osei", "slack": "U02BOB0000", "groups": list(GATE.groups)},
        },
        "roles": {},
        "services": {name: each.model_dump(mode="json", exclude={"name"}) for name, each in services.items()},
    }


def a_call(id: str, action: str, params: dict[str, Any], **more: Any) -> PlannedStep:
    """A step of one of the hurried actions."""
    spec = ACTIONS[action].spec
    values: dict[str, Any] = {
        "action": action, "region": REGION, "params": params, "risk": spec.risk, "look": None,
        "idempotency": spec.idempotency, "irreversible": spec.irreversible, "settle": spec.settle,
        "call_budget": spec.call_budget, "timeout": timedelta(minutes=2),
        "retry": Retry(max_attempts=5, backoff=timedelta(seconds=0.2)),
    }  # fmt: skip
    return a_step(id, **{**values, **more})


def a_failover(run: str, number: int, *, gate: bool = False, side_by_side: bool = True) -> Plan:
    """Two changes, side by side or in a row, then a promotion, then a message: one of each kind of idempotency."""
    say = {"topic": TOPIC, "subject": "moved", "message": run}
    first = (a_step("go", kind="approve", gate=GATE),) if gate else ()
    needs = ("go",) if gate else ()
    scale = {"cluster": "c", "service": f"api-{number}", "desired": 2}
    return a_plan(
        *first,
        a_call("scale", "ecs.set_desired_count", scale, needs=needs),
        a_call("keep", "secretsmanager.create", {"name": f"key-{number}"}, needs=needs if side_by_side else ("scale",)),
        a_call("promote", "rds.promote_read_replica", {"replica": f"replica-{number}"}, needs=("scale", "keep")),
        a_call("tell", "sns.publish", say, needs=("promote",)),
        run=run,
        service=a_service(f"service-{number}"),
    )


@dataclass
class Town:
    """What is there, and the people in it."""

    folder: Path
    redis_url: str
    cloud: Cloud
    journals: RedisJournals
    dispatcher: DocketDispatcher
    clock: SystemClock = field(default_factory=SystemClock)
    bots: list[Child] = field(default_factory=list)

    # --- bots -----------------------------------------------------------------------------------------------------

    def bot(self, failpoint: str = "", *words: str, version: Path | None = None) -> Child:
        """A new process; with `words` a person's door; of another `version` when that folder holds one."""
        log = self.folder / f"bot-{len(self.bots)}.log"
        kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(CONTRACT)}
        environ = kept | aws_environ(self.cloud.url) | {
            "REDIS_URL": self.redis_url,
            "DR_HOME": str(self.folder / f"home-{len(self.bots)}"),
            "DR_LEASE": str(LEASE),
            "DR_RUNBOOKS": str(self.folder / "runbooks"),
            "DR_FAILPOINTS": "enabled",
            "DR_FAILPOINT": failpoint,
            "PYTHONPATH": os.pathsep.join(map(str, filter(None, [version, Path.cwd()]))),
        }  # fmt: skip
        child = Child([sys.executable, "-P", "-m", "tests.faults.worker", *words], environ, log)
        child.start()
        self.bots.append(child)
        return child

    async def ready(self, *bots: Child, within: float = 40) -> None:
        """Each of them says so. Raises Unavailable with a bot's last words."""
        for child in bots:
            await until(lambda child=child: "ready" in child.last_words(400) or child.ended is not None, within)
            if "ready" not in child.last_words(400) and child.ended != -signal.SIGKILL:
                raise Unavailable(child.last_words())

    # --- AWS ------------------------------------------------------------------------------------------------------

    def control(self, method: str, path: str, said: dict[str, Any] | None = None) -> dict[str, Any]:
        body = json.dumps(said).encode() if said is not None else None
        request = urllib.request.Request(f"{self.cloud.url}/_cloud/{path}", data=body, method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def ledger(self) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = self.control("GET", "ledger")["calls"]
        return calls

    def fault(self, kind: str, operation: str, times: int) -> None:
        self.control("POST", "faults", {"kind": kind, "operation": operation, "times": times})

    # --- runs -----------------------------------------------------------------------------------------------------

    async def create(self, *plans: Plan) -> list[str]:
        for plan in plans:
            draft = Draft(id=plan.run, at=self.clock.now(), actor=CAROL, fact=RunCreated(plan=plan))
            await self.journals.append(plan.run, [draft], at=EMPTY, epoch=None)
            await self.dispatcher.ensure(plan.run)
        return [plan.run for plan in plans]

    async def run(self, run: str) -> Run:
        return Run.of(await self.journals.read(run))

    async def say(self, run: Run, fact: Fact) -> bool:
        """As a door does: append and wake; False when the run moved meanwhile."""
        draft = Draft(id=self.clock.new_id(), at=self.clock.now(), actor=CAROL, fact=fact)
        tip = Head(seq=run.seq, hash=run.head, epoch=run.epoch)
        try:
            head, _ = await self.journals.append(run.id, [draft], at=tip, epoch=None)
        except JournalConflict:
            return False
        if not head.owner:
            await self.dispatcher.wake(run.id)
        return True

    async def see_home(self, runs: Sequence[str], within: float = 60) -> list[str]:
        """Be the people until every run is over; answers those that are not.

        `within` is how long nothing at all may happen: a crowded machine is slow, but it does not stand still.
        """
        heard, left, stood = time.monotonic(), list(runs), Counter[str]()
        while left and time.monotonic() - heard < within and max(stood.values(), default=0) < MOST_RECORDS:
            for run_id in list(left):
                run = await self.run(run_id)
                if run.seq > stood[run_id]:
                    stood[run_id], heard = run.seq, time.monotonic()
                if run.outcome:
                    left.remove(run_id)
                    continue
                await self._attend(run)
            await asyncio.sleep(0.1)
        return left

    async def _attend(self, run: Run) -> None:
        if run.is_set_aside:  # living workers look dead on a machine that is too crowded to let them beat
            await self.say(run, RunResumed())
            return
        for step, state in run.steps.items():
            if state.phase is not Phase.ASKING or state.chosen is not None:
                continue
            sent = any(call["applied"] for call in self.ledger() if call["parameters"].get("Message") == run.id)
            choice = "retry" if "sent" not in state.choices else "sent" if sent else "not_sent"
            await self.say(run, PersonChose(step=step, choice=choice))  # type: ignore[arg-type]  # a literal
            return

    async def vote(self, run_id: str) -> None:
        while True:
            run = await self.run(run_id)
            fact = VoteCast(step="go", round=1, person="bob", decision="approve", plan_hash=run.plan.hash)
            if await self.say(run, fact):
                return

    # --- the reckoning --------------------------------------------------------------------------------------------

    async def reckon(self, runs: Sequence[str]) -> list[str]:
        """Every promise, held against journals and ledger; empty when all were kept."""
        ledger, wrong = self.ledger(), []
        for run_id in runs:
            records = await self.journals.read(run_id)
            wrong += [f"{run_id}: {text}" for text in reckon(records, ledger)]
        return wrong


def reckon(records: Sequence[Record], ledger: Sequence[dict[str, Any]]) -> list[str]:
    """What is wrong with one run."""
    run, wrong = Run.of(records), []
    if first_break(records) is not None:
        wrong.append(f"its chain is broken at {first_break(records)}")
    if run.outcome != "completed":
        steps = ", ".join(f"{step} {state.phase} {state.why}" for step, state in run.steps.items())
        wrong.append(f"it is {run.status}: {steps}")
    epochs = [record.epoch for record in records if record.epoch]
    if epochs != sorted(epochs):
        wrong.append(f"an older epoch wrote after a newer one: {epochs}")
    intents = Counter(record.fact.step for record in records if isinstance(record.fact, StepStarted))
    answers = Counter(record.fact.step for record in records if isinstance(record.fact, PersonChose))
    for step in (step for step in run.plan.steps if step.kind == "uses"):
        calls = [call for call in ledger if _is_of(call, run.id, step)]
        applied = sum(call["applied"] and call["outcome"] == "ok" for call in calls)
        if len(calls) > intents[step.id]:
            wrong.append(f"{step.id} was sent {len(calls)} times under {intents[step.id]} intents")
        if applied < 1 or (applied > 1 and step.action != "ecs.set_desired_count"):
            wrong.append(f"{step.id} took effect {applied} times: {[call['outcome'] for call in calls]}")
        if step.action == "sns.publish" and len(calls) > 1 + answers[step.id]:
            wrong.append(f"{step.id} was sent {len(calls)} times, {answers[step.id]} of them asked for")
    return wrong


def _is_of(call: dict[str, Any], run: str, step: PlannedStep) -> bool:
    given = call["parameters"]
    match step.action:
        case "ecs.set_desired_count":
            return call["action"] == "ecs.update_service" and given.get("service") == step.params["service"]
        case "secretsmanager.create":
            return call["action"] == "secretsmanager.create_secret" and given.get("Name") == step.params["name"]
        case "rds.promote_read_replica":
            wanted = step.params["replica"]
            return call["action"] == "rds.promote_read_replica" and given.get("DBInstanceIdentifier") == wanted
        case _:
            return call["action"] == "sns.publish" and given.get("Message") == run


def takes(records: Sequence[Record]) -> list[Record]:
    return [record for record in records if isinstance(record.fact, RunTaken)]


def granted(records: Sequence[Record]) -> bool:
    return any(isinstance(record.fact, GateGranted) for record in records)


@contextmanager
def cloud_of(folder: Path, size: int, *, speed: float = 50) -> Iterator[Cloud]:
    """A local AWS with that many things to change, in a hurry too."""
    seed = folder / "seed.yaml"
    seed.write_text(yaml.safe_dump(world(size)))
    with Cloud(seed=seed, speed=speed, log=folder / "cloud.log") as cloud:
        yield cloud


@asynccontextmanager
async def town(folder: Path, cloud: Cloud) -> AsyncIterator[Town]:
    """A fresh Redis and a fresh world; every bot that a story started is gone afterwards."""
    home = folder / f"town-{time.monotonic_ns()}"
    home.mkdir(parents=True)
    with redis_server(home) as url:
        redis = connect(url)
        async with DocketDispatcher(url) as dispatcher:
            here = Town(home, url, cloud, RedisJournals(redis), dispatcher)
            (home / "runbooks").mkdir()
            (home / "runbooks" / "catalog.yaml").write_text(yaml.safe_dump(catalogue()))
            here.control("POST", "reset")
            try:
                yield here
            finally:
                for child in here.bots:
                    await asyncio.to_thread(child.kill)
        await redis.aclose()


async def until(seen: Any, within: float) -> bool:
    """Look every 20 ms; False when it does not come in time."""
    deadline = time.monotonic() + within
    while not seen():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True
