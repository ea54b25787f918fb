"""A plan is made while people wait: forty targets are looked at side by side, each service with one client for all."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from textwrap import indent

import pytest
import yaml

from bot.actions.base import AnyAction
from bot.actions.catalogue import Catalogue
from bot.adapters.aws.sessions import AwsClouds
from bot.model.plan import Mode, Plan
from bot.planning.compile import Request, compile_plan
from bot.planning.preflight import look_at_all
from bot.runbook.library import Library
from tests.cloud_fixture import LocalCloud, cloud, cloud_process

__all__ = ["cloud", "cloud_process"]

ACTIONS = Catalogue.discover()
CATALOG = Path("runbooks/catalog.yaml").read_text()
HEADER = """\
schema: dr/v1
runbook: many
version: 1
title: Many
owners: ["@orders-sre"]
strategy: warm
kind: drill
when: To see how long a plan takes.
steps:
  declare: { title: Go, approve: { from: role.ic, count: 2 } }
"""
SCALE = """\
  scale_%(n)02d:
    needs: [declare]
    uses: ecs.set_desired_count
    with: { cluster: orders, service: orders-api, desired: %(n)d }
"""
SHIFT = """\
  shift_%(n)02d:
    needs: [declare]
    uses: route53.shift_traffic
    with: { zone: example.com, record: orders-api.example.com, type: CNAME, to: usw2, percent: %(n)d }
"""
LAG = """\
  lag_%(n)02d:
    uses: aurora.measure_global_lag
    with: { global_cluster: orders-global, target_region: us-west-2 }
"""


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anything will do for the local cloud."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


async def test_forty_steps_are_planned_in_two_seconds(cloud: LocalCloud, tmp_path: Path) -> None:
    """Wall time against the local cloud; twice that where the machine is shared. Every target is known."""
    parts = [template % {"n": n} for n in range(1, 14) for template in (SCALE, SHIFT, LAG)]
    library = a_library(tmp_path, HEADER + "".join(parts))
    cloud.client("ecs").list_clusters()  # the cloud's own first look at a service is slow; AWS's is not

    plan, spent = await planned(library, AwsClouds(endpoint_url=cloud.url))

    looks = [step.look for step in plan.steps if step.look is not None]
    assert len(plan.steps) == 40
    assert {look.state for look in looks} <= {"ready", "already_done"}
    assert len(looks) == 39
    assert spent < 4, f"{spent:.2f} s"


async def test_forty_services_are_asked_in_two_seconds_by_a_bot_that_has_just_started(
    cloud: LocalCloud, tmp_path: Path
) -> None:
    """One step of each service's, and a client made for each; the cloud itself has been asked before. All answer."""
    steps = {step_id: step for name in one_of_each_service() for step_id, step in a_step(ACTIONS[name]).items()}
    text = yaml.safe_dump(steps, sort_keys=False)
    library = a_library(tmp_path, HEADER + indent(text, "  "))
    await planned(library, AwsClouds(endpoint_url=cloud.url))

    plan, spent = await planned(library, AwsClouds(endpoint_url=cloud.url))

    looks = {step.id: step.look for step in plan.steps if step.look is not None}
    assert len(looks) > 40
    assert [name for name, look in looks.items() if look.state == "unknown"] == []
    assert spent < 4, f"{spent:.2f} s"


def one_of_each_service() -> list[str]:
    """The first action of each service, by name."""
    return [next(names) for _, names in groupby(ACTIONS, key=lambda name: name.partition(".")[0])]


def a_step(act: AnyAction) -> dict[str, object]:
    given = {name: value for name, value in act.rehearsal.params.items() if name != "region"}
    body = {"title": act.spec.summary, "needs": ["declare"], "uses": act.name, "region": "us-west-2", "with": given}
    return {act.name.replace(".", "_"): body}


def a_library(folder: Path, text: str) -> Library:
    (folder / "catalog.yaml").write_text(CATALOG)
    (folder / "many.yaml").write_text(text)
    return Library.load(folder, ACTIONS.specs)


async def planned(library: Library, clouds: AwsClouds) -> tuple[Plan, float]:
    """The plan, and how many seconds it took."""
    service, now = library.catalog.service("orders-api"), datetime.now(UTC)
    request = Request(
        run="many", mode=Mode.LIVE, requester=library.catalog.people["alice"], inputs={}, now=now,
        expires_at=now + timedelta(minutes=15),
    )  # fmt: skip
    began = time.perf_counter()
    draft = compile_plan(library.find("many"), service, request, library, ACTIONS.specs)
    plan = await look_at_all(draft, ACTIONS, clouds.for_service(None), clouds)
    return plan, time.perf_counter() - began
