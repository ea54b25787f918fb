"""Every shipped runbook, from its plan to its end, against the local cloud: the final state is read back from AWS.

The world is the demo's; time there runs faster. People answer at once, as far as each of them may.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.approval.votes import Ballot
from bot.local.cloud import Cloud
from bot.local.parts import aws_environ
from bot.model.errors import Refused
from bot.model.run import Phase, Run, Status
from bot.model.service import RunKind
from bot.settings import Settings
from bot.usecases.answer_manual import answer_manual
from bot.usecases.decide import vote
from bot.usecases.desk import Caller, Desk
from bot.usecases.plan_run import Asked, plan_run
from bot.usecases.start_run import start_run
from bot.wiring import open_house
from tests.cloud_fixture import LocalCloud

pytestmark = pytest.mark.asyncio
SHIPPED = Path(__file__).parents[2] / "runbooks"
PATIENCE = 90.0
LOST_AND_BACK = [
    ("orders-api", {"orders-global": "orders-usw2", "orders-api.example.com": {"use1": 0, "usw2": 100}}),
    ("payments", {"payments-global": "payments-usw2", "payments.example.com": {"use1": 0, "usw2": 100}}),
    ("catalog-web", {"catalog.example.com": {"use1": 0, "usw2": 100}}),
]
AND_BACK = {
    "orders-api": {"orders-global": "orders-use1", "orders-api.example.com": {"use1": 100, "usw2": 0}},
    "payments": {"payments-global": "payments-use1", "payments.example.com": {"use1": 100, "usw2": 0}},
    "catalog-web": {"catalog.example.com": {"use1": 50, "usw2": 50}},
}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCloud]:
    """A demo world whose time runs four times as fast, reached as the contract says."""
    with Cloud(speed=4) as cloud:
        environ = {**aws_environ(cloud.url), "http_proxy": cloud.url, "no_proxy": "127.0.0.1,localhost"}
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        yield LocalCloud(cloud.url)


@pytest.fixture
async def desk(world: LocalCloud, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk with a worker beside it."""
    stop = asyncio.Event()
    async with open_house(Settings(home=tmp_path, runbooks=SHIPPED)) as house:
        working = asyncio.create_task(house.work(stop))
        yield house.desk
        stop.set()
        await working


@pytest.mark.parametrize(("service", "expected"), LOST_AND_BACK, ids=[name for name, _ in LOST_AND_BACK])
async def test_lost_and_brought_back(desk: Desk, world: LocalCloud, service: str, expected: dict[str, Any]) -> None:
    """us-east-1 goes away, the service fails over; it returns, the service fails back. AWS says so both times."""
    world.region("us-east-1", "down")
    over = await _carried(desk, service, "failover")
    after_failover = _seen(world, expected)
    world.region("us-east-1", "up")
    back = await _carried(desk, service, "failback")

    assert (over.status, back.status) == (Status.COMPLETED, Status.COMPLETED)
    assert after_failover == expected
    assert _seen(world, AND_BACK[service]) == AND_BACK[service]


async def _carried(desk: Desk, service: str, kind: RunKind) -> Run:
    """Plan, start, and answer whatever is asked until the run is over."""
    people = {name: Caller(person, "cli") for name, person in desk.library().catalog.people.items()}
    asked = Asked(service, kind, inputs={"impact_started_at": "-1m"})
    run = await start_run(desk, await plan_run(desk, asked, people["carol"]), people["carol"])
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not run.status.is_over:
        assert asyncio.get_running_loop().time() < deadline, {name: str(step.phase) for name, step in run.steps.items()}
        await asyncio.sleep(0.1)
        run = await desk.run(run.id)
        for step_id, state in run.steps.items():
            match state.phase:
                case Phase.GATE:
                    await _approved(desk, run, step_id, state.gate_typed or "", people)
                case Phase.MANUAL:
                    await answer_manual(desk, run.id, people["carol"], step_id, "PSP-4821")
                case Phase.ASKING:
                    pytest.fail(f"{step_id} asks: {state.why}")
    return run


async def _approved(desk: Desk, run: Run, step: str, typed: str, people: dict[str, Caller]) -> None:
    for name in ("carol", "alice", "bob"):
        if any(cast.person == name for cast in run.steps[step].votes):
            continue
        ballot = Ballot(step, people[name].person, "approve", run.plan.hash)
        with suppress(Refused):
            await vote(desk, run.id, people[name], replace(ballot, typed=typed))


def _seen(world: LocalCloud, wanted: dict[str, Any]) -> dict[str, Any]:
    """What AWS answers now, for the same keys: the writer of a global database, the weights of a name."""
    return {name: _weights(world, name) if "." in name else _writer(world, name) for name in wanted}


def _writer(world: LocalCloud, name: str) -> str:
    answer = world.client("rds", "us-west-2").describe_global_clusters(GlobalClusterIdentifier=name)
    members = answer["GlobalClusters"][0]["GlobalClusterMembers"]
    return next(member["DBClusterArn"].rpartition(":")[2] for member in members if member["IsWriter"])


def _weights(world: LocalCloud, name: str) -> dict[str, int]:
    route53 = world.client("route53", "us-east-1")
    zone = route53.list_hosted_zones_by_name(DNSName="example.com")["HostedZones"][0]["Id"]
    sets = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return {each["SetIdentifier"]: each["Weight"] for each in sets if each["Name"].rstrip(".") == name}
