"""Every shipped runbook, from its plan to its end, against the local cloud: the final state is read back from AWS.

The world is the demo's; time there runs faster. People answer at once, as far as each of them may.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.approval.votes import Ballot
from bot.local.parts import aws_environ
from bot.model.errors import Refused
from bot.model.run import Run, Status
from bot.model.runbook import Answer
from bot.model.service import RunKind
from bot.model.step_run import Phase
from bot.settings import Settings
from bot.usecases.answer_manual import answer_manual
from bot.usecases.debts import owed
from bot.usecases.decide import vote
from bot.usecases.desk import Caller, Desk
from bot.usecases.look import view_run
from bot.usecases.plan_run import Asked, plan_run
from bot.usecases.readiness import service_readiness
from bot.usecases.start_run import start_run
from bot.wiring.opening import open_house
from tests.cloud_fixture import LocalCloud, cloud, cloud_process

pytestmark = pytest.mark.asyncio
__all__ = ["cloud", "cloud_process"]
SHIPPED = Path(__file__).parents[2] / "runbooks"
PATIENCE = 90.0
ARCHIVE, LAYOUTS, HISTORY = "reports-archive-usw2", "layouts/reports.zip", "history/2019-2023.parquet"


@dataclass(frozen=True)
class Story:
    """What AWS says once the service has failed over, and once it is back; by the name of what is asked about."""

    service: str
    over: dict[str, Any]
    back: dict[str, Any]


STORIES = [
    Story(
        "orders-api",
        over={"orders-global": "orders-usw2", "orders-api.example.com": {"use1": 0, "usw2": 100}},
        back={"orders-global": "orders-use1", "orders-api.example.com": {"use1": 100, "usw2": 0}},
    ),
    Story(
        "payments",
        over={"payments-global": "payments-usw2", "payments.example.com": {"use1": 0, "usw2": 100}},
        back={"payments-global": "payments-use1", "payments.example.com": {"use1": 100, "usw2": 0}},
    ),
    Story(
        "catalog-web",
        over={"catalog.example.com": {"use1": 0, "usw2": 100}},
        back={"catalog.example.com": {"use1": 50, "usw2": 50}},
    ),
]
BY_HAND = {
    "ticket": "PSP-4821",
    "newest": "ORD-90412",
    "newest_day": "2026-11-21",
    "snapshot": "final-batch-reports",
    "checksum": "0a1b2c3d4e5f",
    "commit": "1b2c3d4e5f60",
}
"""What people bring back, by the field that asks for it."""


@pytest.fixture
def world(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> LocalCloud:
    """The demo world, reached as the contract says; what takes AWS minutes is there at the first look."""
    cloud.run(speed=500)
    environ = {**aws_environ(cloud.url), "http_proxy": cloud.url, "no_proxy": "127.0.0.1,localhost"}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return cloud


@pytest.fixture
async def desk(world: LocalCloud, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk with a worker beside it."""
    stop = asyncio.Event()
    async with open_house(Settings(home=tmp_path, runbooks=SHIPPED)) as house:
        working = asyncio.create_task(house.work(stop))
        yield house.desk
        stop.set()
        await working


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.service)
async def test_lost_and_brought_back(desk: Desk, world: LocalCloud, story: Story) -> None:
    """us-east-1 goes away, the service fails over; it returns, the service fails back. AWS says so both times."""
    world.region("us-east-1", "down")
    over = await _carried(desk, story.service, "failover")
    after_failover = _seen(world, story.over)
    world.region("us-east-1", "up")
    due = (await owed(desk, story.service)).open
    back = await _carried(desk, story.service, "failback")

    assert (over.status, back.status) == (Status.COMPLETED, Status.COMPLETED)
    assert (await view_run(desk, over.id)).timeline.rpo.achieved is not None
    assert after_failover == story.over
    assert _seen(world, story.back) == story.back
    assert all(each.step for each in back.plan.pays)
    assert [each.debt for each in back.plan.pays] == list(due) != []
    assert (await owed(desk, story.service)).open == ()


async def test_a_cold_service_is_built_anew_and_brought_home(desk: Desk, world: LocalCloud) -> None:
    """Nothing stands in us-west-2: database, stack and archive come from backups; later everything goes home again."""
    world.region("us-east-1", "down")
    over = await _carried(desk, "batch-reports", "failover")
    there = _reports(world, "us-west-2"), _weights(world, "reports.example.com"), _is_readable(world, LAYOUTS)
    world.region("us-east-1", "up")
    back = await _carried(desk, "batch-reports", "failback", serving_database=over.id)
    home = _reports(world, "us-east-1"), _weights(world, "reports.example.com")
    left = (await owed(desk, "batch-reports")).open

    assert (over.status, back.status) == (Status.COMPLETED, Status.COMPLETED)
    assert there == ((over.id, "available", "ENABLED"), {"use1": 0, "usw2": 100}, True)
    assert home == ((back.id, "available", "ENABLED"), {"use1": 100, "usw2": 0})
    assert _rule(world, "us-west-2") == "DISABLED"
    assert _instance(world, "us-east-1", "batch-reports")["DBInstanceStatus"] == "available"  # the old one still stands
    assert {each.debt.step: each.step for each in back.plan.pays} == {  # two of them side by side, in either order
        "fetch_layouts": "", "restore_db": "clean_up", "make_stack": "clean_up", "shift_traffic": "shift_traffic",
    }  # fmt: skip
    assert [debt.step for debt in left] == ["fetch_layouts"]  # which expires by itself


async def test_a_drill_breaks_something_and_measures_the_way_back(desk: Desk, world: LocalCloud) -> None:
    """Half of the tasks die by AWS FIS; the clock runs from the fault until customers are served by a full fleet."""
    before = set(_tasks(world))
    drill = await _carried(desk, "orders-api", "drill")
    after = set(_tasks(world))
    timeline = (await view_run(desk, drill.id)).timeline
    known = await service_readiness(desk, "orders-api")

    [experiment] = world.client("fis", "us-east-1").list_experiments()["experiments"]
    assert drill.status is Status.COMPLETED
    assert experiment["state"]["status"] == "completed"
    assert (len(before), len(after), len(before & after)) == (24, 24, 12)
    assert timeline.rto.achieved is not None
    assert "inject began" in timeline.rto.evidence
    assert {item.name: item.state for item in known.items if item.run == drill.id} == {
        "integrity": "proven", "targets": "untried",
    }  # fmt: skip
    assert next(item.says for item in known.items if item.name == "targets").endswith("never measured.")


async def test_a_moment_before_the_damage_comes_back_beside_it(desk: Desk, world: LocalCloud) -> None:
    """In the region: the cluster of a moment stands beside the damaged one, and orders-api uses it."""
    damaged = world.client("rds", "us-east-1").describe_db_clusters(DBClusterIdentifier="orders-use1")["DBClusters"][0]
    good = damaged["EarliestRestorableTime"]  # the newest moment may be less than a second later

    done = await _carried(desk, "orders-api", "restore", restore_to=good.isoformat())

    assert done.status is Status.COMPLETED
    assert _setting(world, "us-east-1", "/orders-api/database") == done.id
    assert _cluster(world, "us-east-1", done.id) == ("available", [f"{done.id}-1"])
    assert _cluster(world, "us-east-1", "orders-use1")[0] == "available"


async def test_a_snapshot_of_the_other_region_becomes_a_database(desk: Desk, world: LocalCloud) -> None:
    """Across regions: payments, which has moved to us-west-2, uses what was snapshot in us-east-1."""
    await _carried(desk, "payments", "failover", mode="planned")

    done = await _carried(desk, "payments", "restore")

    rpo = (await view_run(desk, done.id)).timeline.rpo
    copies = world.client("rds", "us-west-2").describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=done.id)
    assert done.status is Status.COMPLETED
    assert rpo.achieved is not None
    assert "measure_age" in rpo.evidence
    assert await _integrity(desk, "payments") == ("proven", done.id)
    assert copies["DBClusterSnapshots"][0]["Status"] == "available"
    assert _setting(world, "us-west-2", "/payments/database") == done.id
    assert _cluster(world, "us-west-2", done.id) == ("available", [f"{done.id}-1"])
    assert _cluster(world, "us-west-2", "payments-usw2")[0] == "available"


async def test_an_archive_is_readable_beside_itself(desk: Desk, world: LocalCloud) -> None:
    """From Deep Archive: a readable copy for some days, the archived object as it was, and the reports read it."""
    done = await _carried(desk, "batch-reports", "restore")

    assert done.status is Status.COMPLETED
    assert await _integrity(desk, "batch-reports") == ("proven", done.id)
    assert _is_readable(world, HISTORY)
    assert world.client("s3").head_object(Bucket=ARCHIVE, Key=HISTORY)["StorageClass"] == "DEEP_ARCHIVE"
    assert _setting(world, "us-east-1", "/batch-reports/history") == HISTORY
    assert _setting(world, "us-east-1", "/batch-reports/database") == "batch-reports"


async def _integrity(desk: Desk, service: str) -> tuple[str, str | None]:
    """What readiness says of the data after a recovery, and by which run."""
    known = await service_readiness(desk, service)
    return next((item.state, item.run) for item in known.items if item.name == "integrity")


async def _carried(desk: Desk, service: str, kind: RunKind, **inputs: str) -> Run:
    """Plan, start, and answer whatever is asked until the run is over."""
    people = {name: Caller(person, "cli") for name, person in desk.library().catalog.people.items()}
    felt = {} if kind == "drill" else {"impact_started_at": "-1m"}
    asked = Asked(service, kind, inputs={**felt, **inputs})
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
                    await answer_manual(desk, run.id, people["carol"], step_id, _by_hand(run, step_id))
                case Phase.ASKING:
                    pytest.fail(f"{step_id} asks: {state.why}")
    return run


def _by_hand(run: Run, step_id: str) -> str:
    manual = run.plan.step(step_id).manual
    assert manual is not None
    assert manual.answer is not None
    return next(value for value in (BY_HAND[manual.answer.field], "PAY-71120") if _fits(value, manual.answer))


def _fits(value: str, answer: Answer) -> bool:
    return re.search(answer.pattern or "", value) is not None


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
    return next(str(member["DBClusterArn"]).rpartition(":")[2] for member in members if member["IsWriter"])


def _tasks(world: LocalCloud) -> list[str]:
    return world.client("ecs", "us-east-1").list_tasks(cluster="orders", serviceName="orders-api")["taskArns"]


def _weights(world: LocalCloud, name: str) -> dict[str, int]:
    route53 = world.client("route53", "us-east-1")
    zone = route53.list_hosted_zones_by_name(DNSName="example.com")["HostedZones"][0]["Id"]
    sets = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return {each["SetIdentifier"]: each["Weight"] for each in sets if each["Name"].rstrip(".") == name}


def _reports(world: LocalCloud, region: str) -> tuple[str, str, str]:
    """The database that batch-reports uses in a region, how that is, and whether the nightly job runs."""
    database = _setting(world, region, "/batch-reports/database")
    return database, _instance(world, region, database)["DBInstanceStatus"], _rule(world, region)


def _instance(world: LocalCloud, region: str, name: str) -> Any:
    return world.client("rds", region).describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def _cluster(world: LocalCloud, region: str, name: str) -> tuple[str, list[str]]:
    found = world.client("rds", region).describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]
    return found["Status"], [member["DBInstanceIdentifier"] for member in found["DBClusterMembers"]]


def _rule(world: LocalCloud, region: str) -> str:
    return str(world.client("events", region).describe_rule(Name="batch-reports-nightly")["State"])


def _setting(world: LocalCloud, region: str, name: str) -> str:
    return str(world.client("ssm", region).get_parameter(Name=name)["Parameter"]["Value"])


def _is_readable(world: LocalCloud, key: str) -> bool:
    return 'ongoing-request="false"' in world.client("s3").head_object(Bucket=ARCHIVE, Key=key).get("Restore", "")
