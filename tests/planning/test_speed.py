"""A plan is made while people wait: forty targets are looked at side by side."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.actions.catalogue import Catalogue
from bot.adapters.aws.sessions import AwsClouds
from bot.model.plan import Mode
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
    (tmp_path / "catalog.yaml").write_text(CATALOG)
    (tmp_path / "many.yaml").write_text(HEADER + "".join(parts))
    library = Library.load(tmp_path, ACTIONS.specs)
    service = library.catalog.service("orders-api")
    clouds = AwsClouds(endpoint_url=cloud.url)
    cloud.client("ecs").list_clusters()  # the cloud's own first look at a service is slow; AWS's is not
    now = datetime.now(UTC)
    request = Request(
        run="many", mode=Mode.LIVE, requester=library.catalog.people["alice"], inputs={}, now=now,
        expires_at=now + timedelta(minutes=15),
    )  # fmt: skip

    began = time.perf_counter()
    draft = compile_plan(library.find("many"), service, request, library, ACTIONS.specs)
    plan = await look_at_all(draft, ACTIONS, clouds.for_service(None), clouds)
    spent = time.perf_counter() - began

    looked = [step for step in plan.steps if step.look is not None]
    assert len(plan.steps) == 40
    assert {step.look.state for step in looked if step.look} <= {"ready", "already_done"}
    assert len(looked) == 39
    assert spent < 4, f"{spent:.2f} s"
