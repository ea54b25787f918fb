"""Rows 7 to 22 of the fault list, from the engine down to the wire: real actions, real clients, the local cloud.

Two clocks are wound together, the engine's and the cloud's, so that minutes take no time.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from bot.actions.catalogue import Catalogue
from bot.adapters.aws.probe import BODY_LIMIT, EXCERPT, http_get
from bot.adapters.aws.sessions import AwsClouds
from bot.engine.driver import Driver
from bot.engine.steps import Steps
from bot.model.action import Idempotency, Look, Risk
from bot.model.errors import OutcomeUnknown
from bot.model.events import StepFailed, StepOutcomeUnknown, StepSettled, StepStarted
from bot.model.plan import PlannedStep
from bot.model.run import Run, Status
from bot.model.runbook import Retry
from bot.model.step_run import Phase
from bot.planning.preflight import look_at_all
from tests.adapters.aws.server import Request, answers, serving
from tests.adapters.aws.test_sessions import ROLE
from tests.builders import a_plan, a_service, a_step
from tests.cloud_fixture import LocalCloud, cloud, cloud_process
from tests.engine.stories import Theatre, toy
from tests.faults.aws.stage import silences
from tests.faults.aws.test_calls import DENIED

__all__ = ["cloud", "cloud_process"]

pytestmark = pytest.mark.asyncio
CATALOGUE = Catalogue.discover()
API = {"cluster": "orders", "service": "orders-api"}
UPDATE = "ecs.update_service"
RESTORE = "s3.restore_object"


@dataclass
class OverHttp(Theatre):
    """A theatre whose actions are real and whose AWS is the local cloud."""

    local: LocalCloud | None = None

    def driver(self, owner: str = "a") -> Driver:
        assert self.local is not None
        clouds = AwsClouds(endpoint_url=self.local.url, answer_within={"writer": 0.5})
        steps = Steps(CATALOGUE, clouds, self.calls, self.clock)
        return Driver(self.plan.run, owner, self.journals, steps, self.clock, self.wakeups, self.lease, timedelta(0))

    async def deliver(self, owner: str = "a") -> Any:
        return await asyncio.wait_for(self.driver(owner).drive(), 20)

    async def until_parked_or_over(self, owner: str = "a", most: int = 60) -> Run:
        assert self.local is not None
        for _ in range(most):
            due = await self.deliver(owner)
            if due is None or due - self.clock.now() >= timedelta(minutes=4):
                break
            self.local.advance(max(0.0, (due - self.clock.now()).total_seconds()))
            self.clock.at = max(self.clock.at, due)
        return await self.run()

    async def facts(self, kind: type) -> list[Any]:
        return [r.fact for r in await self.journals.read(self.plan.run) if isinstance(r.fact, kind)]


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


def scale(**more: Any) -> PlannedStep:
    """Scale the api to 24 tasks, as the compiler would plan it."""
    spec = CATALOGUE["ecs.set_desired_count"].spec
    values = {
        "params": {**API, "desired": 24}, "idempotency": spec.idempotency, "settle": spec.settle,
        "call_budget": spec.call_budget, "retry": Retry(max_attempts=3, backoff=timedelta(seconds=5)),
        "by_hand": "aws ecs describe-services", "look": None,
    }  # fmt: skip
    return a_step(**{"id": "scale", **values, **more})


async def over_http(local: LocalCloud, step: PlannedStep) -> OverHttp:
    theatre = await OverHttp.of(step)
    assert isinstance(theatre, OverHttp)
    theatre.local = local
    return theatre


async def test_row_07_response_lost_after_apply(cloud: LocalCloud, keys: None) -> None:
    """UNKNOWN at once with what to check; the look finds the change, and it is adopted without a second send."""
    theatre = await over_http(cloud, scale())
    cloud.fault("lost_response", UPDATE)

    run = await theatre.until_parked_or_over()

    unknown, settled = await theatre.facts(StepOutcomeUnknown), await theatre.facts(StepSettled)
    assert "Check by hand: aws ecs describe-services" in unknown[0].why
    assert [each.how for each in settled][-1:] in (["adopted"], ["executed"])
    assert (run.status, len(cloud.ledger(UPDATE))) == (Status.COMPLETED, 1)
    assert max(await silences(theatre)) <= 15


@pytest.mark.parametrize("kind", ["hang", "5xx"])
async def test_rows_08_13_a_hang_or_5xx_is_unknown_and_sent_again_only_after_a_look(
    cloud: LocalCloud, keys: None, kind: str
) -> None:
    """Not begun is believed after the call budget and the settle window; then the same call goes once more."""
    theatre = await over_http(cloud, scale())
    cloud.fault(kind, UPDATE)

    run = await theatre.until_parked_or_over()

    calls, started = cloud.ledger(UPDATE), await theatre.facts(StepStarted)
    assert await theatre.facts(StepOutcomeUnknown)
    assert [call["applied"] for call in calls] == [False, True]
    assert len({fact.token for fact in started}) == 1
    assert run.status is Status.COMPLETED
    assert max(await silences(theatre)) <= 15


async def test_row_12_throttling_is_told_and_sent_again_by_the_protocol(cloud: LocalCloud, keys: None) -> None:
    """Each refusal is in the journal the moment it happens, with the time of the next attempt."""
    theatre = await over_http(cloud, scale())
    cloud.fault("throttle", UPDATE, times=2)

    run = await theatre.until_parked_or_over()

    told = await theatre.facts(StepFailed)
    assert [call["applied"] for call in cloud.ledger(UPDATE)] == [False, False, True]
    assert len(told) == 2
    assert all("throttling" in fact.why and fact.retry_at is not None for fact in told)
    assert run.status is Status.COMPLETED
    assert max(await silences(theatre)) <= 15


async def test_row_17_a_describe_that_lags_is_neither_failure_nor_a_second_send() -> None:
    """Four looks still see the old state; within the settle window that proves nothing."""
    theatre = await Theatre.of(toy("db", settle=timedelta(seconds=60)))
    theatre.cloud.lag = 6

    run = await theatre.until_parked_or_over()

    assert (run.status, theatre.cloud.sent("db"), run.steps["db"].attempt) == (Status.COMPLETED, 1, 1)
    assert "step_failed" not in await theatre.kinds("db")
    assert "step_needs_person" not in await theatre.kinds("db")


async def test_row_17_a_doubt_within_a_lag_waits_too() -> None:
    """The answer was lost and the looks lag: sent once, adopted when it shows."""

    def cut(_: str) -> None:
        raise OutcomeUnknown("no answer")

    theatre = await Theatre.of(toy("db", settle=timedelta(seconds=60)))
    theatre.cloud.lag, theatre.cloud.lost = 8, cut

    run = await theatre.until_parked_or_over()

    assert (run.status, theatre.cloud.sent("db"), run.steps["db"].how) == (Status.COMPLETED, 1, "adopted")


async def test_row_18_the_database_on_its_way_is_told_every_15_s(cloud: LocalCloud, keys: None) -> None:
    """A minute of failing over, told as it goes."""
    spec = CATALOGUE["aurora.failover_global_cluster"].spec
    west = "arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2"
    params = {"global_cluster": "orders-global", "target_cluster": west, "allow_data_loss": True}
    step = scale(
        action=spec.name, params=params, idempotency=Idempotency.READ_BACK, settle=spec.settle, risk=Risk.DATA_LOSS
    )
    theatre = await over_http(cloud, step)

    run = await theatre.until_parked_or_over()

    assert run.status is Status.COMPLETED
    assert (await theatre.kinds("scale")).count("step_observed") >= 2
    assert max(await silences(theatre)) <= 15


async def test_row_19_a_target_that_vanished_stops_the_step_before_sending(cloud: LocalCloud, keys: None) -> None:
    """Deleted between approval and its turn: nothing is sent, and a person is asked with the name in the sentence."""
    step = scale(look=Look(state="ready", targets=("arn:aws:ecs:us-west-2:111122223333:service/orders/orders-api",)))
    theatre = await over_http(cloud, step)
    ecs = cloud.client("ecs", "us-west-2")
    ecs.update_service(**API, desiredCount=0)
    ecs.delete_service(**API, force=True)
    before = len(cloud.ledger())

    run = await theatre.until_parked_or_over()

    assert run.steps["scale"].phase is Phase.ASKING
    assert "orders-api is INACTIVE, not ACTIVE; plan again" in run.steps["scale"].why
    assert len(cloud.ledger()) == before
    assert await theatre.facts(StepStarted) == []


@pytest.mark.parametrize(
    "approved",
    [
        "arn:aws:ecs:us-west-2:444455556666:service/orders/orders-api",
        "arn:aws:ecs:us-east-1:111122223333:service/orders/orders-api",
        "arn:aws:ecs:us-west-2:111122223333:service/payments/orders-api",
    ],
    ids=["account", "region", "cluster"],
)
async def test_row_19_another_target_than_was_approved_is_not_sent(
    cloud: LocalCloud, keys: None, approved: str
) -> None:
    """The name leads somewhere else by now: nothing is sent, and both places are named in the question."""
    theatre = await over_http(cloud, scale(look=Look(state="ready", targets=(approved,))))
    before = len(cloud.ledger())

    run = await theatre.until_parked_or_over()

    state = run.steps["scale"]
    assert state.phase is Phase.ASKING
    now = "arn:aws:ecs:us-west-2:111122223333:service/orders/orders-api"
    assert f"Approved: {approved}. There now: {now}." in state.why
    assert len(cloud.ledger()) == before
    assert await theatre.facts(StepStarted) == []


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ([], "has no tag dr:service"),
        ([{"Key": "dr:service", "Value": "payments"}], "carries dr:service=payments"),
        ([{"Key": "dr:service", "Value": "orders-api"}], None),
    ],
)
async def test_row_20_a_target_of_another_service_is_refused(
    cloud: LocalCloud, keys: None, tags: list[dict[str, str]], told: str | None
) -> None:
    """The catalogue asks for the tag; two lines say what is wrong and what to do."""
    autoscaling = cloud.client("autoscaling", "us-west-2")
    autoscaling.create_or_update_tags(
        Tags=[
            {**tag, "ResourceId": "orders-workers", "ResourceType": "auto-scaling-group", "PropagateAtLaunch": False}
            for tag in tags
        ]
    )
    step = scale(action="autoscaling.resize_group", params={"group": "orders-workers", "desired": 8})
    plan = a_plan(step, service=a_service(guard_tag="dr:service"))

    clouds = AwsClouds(endpoint_url=cloud.url)
    seen = await look_at_all(plan, CATALOGUE, clouds.for_service(None), clouds)

    assert bool(seen.blocking) == (told is not None)
    assert told is None or (told in seen.blocking[0] and "Correct the runbook's target" in seen.blocking[0])


async def test_row_20_without_the_guard_tags_do_not_matter(cloud: LocalCloud, keys: None) -> None:
    """Off unless the catalogue asks."""
    step = scale(action="autoscaling.resize_group", params={"group": "orders-workers", "desired": 8})
    clouds = AwsClouds(endpoint_url=cloud.url)

    seen = await look_at_all(a_plan(step), CATALOGUE, clouds.for_service(None), clouds)

    assert seen.blocking == ()


async def test_row_16_a_role_that_cannot_be_assumed_blocks_the_plan(keys: None) -> None:
    """Refused while planning, with the mend; never in the middle of a run."""
    with serving(answers(403, DENIED)) as aws:
        clouds = AwsClouds(endpoint_url=aws.url)
        plan = a_plan(scale(), service=a_service(role=ROLE))
        seen = await look_at_all(plan, CATALOGUE, clouds.for_service(ROLE, person="ana"), clouds)

    assert len(seen.blocking) == 1
    assert "trust policy" in seen.blocking[0]


async def test_a_silent_region_costs_a_plan_five_seconds_however_many_steps_need_it(
    cloud: LocalCloud, keys: None
) -> None:
    """Looks go out together, and those that build on others do not ask a region that was silent a moment ago."""
    cloud.region("us-east-1", "down", mode="hang")
    alarm = {"alarm": "orders-api-success-ratio"}
    read = scale(id="alarm", action="cloudwatch.alarm_ok", region="us-east-1", params=alarm, risk=Risk.READ)
    writes = [scale(id=f"fence_{number}", region="us-east-1") for number in range(3)]
    alive = scale(id="alive")
    clouds = AwsClouds(endpoint_url=cloud.url)
    began = time.monotonic()

    seen = await look_at_all(a_plan(read, *writes, alive), CATALOGUE, clouds.for_service(None), clouds)

    looks = {step.id: step.look.state for step in seen.steps if step.look is not None}
    assert time.monotonic() - began < 6
    assert looks.pop("alive") == "ready"
    assert looks == dict.fromkeys(("alarm", "fence_0", "fence_1", "fence_2"), "unknown")


async def test_row_22_a_huge_answer_is_read_to_a_limit() -> None:
    """Twenty megabytes: 64 KB are read, 200 characters are kept, in a moment."""

    def floods(handler: BaseHTTPRequestHandler, request: Request) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(20_000_000))
        handler.end_headers()
        try:
            for _ in range(20):
                handler.wfile.write(b"x" * 1_000_000)
        except OSError:
            return

    with serving(floods) as server:
        began = time.monotonic()
        answer = http_get(server.url, timeout=5)

    assert (answer.status, len(answer.excerpt)) == (200, EXCERPT)
    assert time.monotonic() - began < 2
    assert BODY_LIMIT == 64 * 1024


async def test_row_21_what_took_place_of_a_batch_is_not_asked_for_again(cloud: LocalCloud, keys: None) -> None:
    """Three objects, the answer to the first is lost: it counts as done, and only the missing ones are sent."""
    s3, spec = cloud.client("s3"), CATALOGUE["s3.restore_objects"].spec
    s3.create_bucket(Bucket="dumps", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    for key in "abc":
        s3.put_object(Bucket="dumps", Key=key, Body=b"x", StorageClass="GLACIER")
    values = {"params": {"bucket": "dumps", "keys": list("abc")}, "idempotency": spec.idempotency, "look": None}
    patience = {"settle": spec.settle, "call_budget": spec.call_budget, "irreversible": spec.irreversible}
    step = a_step("restore", action=spec.name, **values, **patience, retry=Retry(max_attempts=3))
    theatre = await over_http(cloud, step)
    cloud.fault("lost_response", RESTORE)

    run = await theatre.until_parked_or_over()

    unknown, settled = await theatre.facts(StepOutcomeUnknown), await theatre.facts(StepSettled)
    assert run.status is Status.COMPLETED, run.steps
    assert [call["parameters"]["Key"] for call in cloud.ledger(RESTORE)] == ["a", "b", "c"]
    assert "b has not been asked for" in unknown[-1].why + "".join(await _seen(theatre))
    assert settled[-1].results == {"keys": ["a", "b", "c"]}


async def _seen(theatre: OverHttp) -> list[str]:
    return [str(getattr(record.fact, "seen", "")) for record in await theatre.journals.read(theatre.plan.run)]
