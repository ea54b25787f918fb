"""The record's time is AWS's: RTO and RPO are right within a second though this host's clock is ten minutes off."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler

import pytest
from botocore.exceptions import ClientError

from bot.adapters.aws.aws_time import AwsTime, Bounds
from bot.adapters.aws.errors import verdict
from bot.adapters.aws.sessions import AwsClouds
from bot.adapters.clock import SystemClock
from bot.adapters.vitals import aws as vitals
from bot.adapters.vitals.aws import RegionProbe
from bot.model.errors import StepBroke
from bot.model.events import RunCreated, StepSettled, StepStarted
from bot.model.people import BOT
from bot.model.records import Draft
from bot.model.runbook import Clock
from bot.timeline.objectives import rto
from tests.adapters.aws.server import Behaviour, Request, answers, serving
from tests.adapters.aws.test_sessions import TOPOLOGY, own_credentials
from tests.builders import a_plan, a_read, seal_all

__all__ = ["own_credentials"]
IDENTITY = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/x</Arn>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)


def dated(skew: timedelta, body: str = TOPOLOGY) -> Behaviour:
    """An AWS whose clock is `skew` ahead of this host's."""

    def behave(handler: BaseHTTPRequestHandler, request: Request) -> None:
        date = format_datetime(datetime.now(UTC) + skew, usegmt=True)
        handler.date_time_string = lambda timestamp=None: date  # type: ignore[method-assign]  # what the server would say
        answers(200, body)(handler, request)

    return behave


@pytest.mark.parametrize("minutes", [-10, 0, 10])
def test_the_rto_is_right_within_a_second_under_skew(minutes: int) -> None:
    """The impact is AWS's alarm time, the end is our record's; both are on AWS's clock."""
    skew = timedelta(minutes=minutes)
    with serving(dated(skew)) as aws:
        clouds = AwsClouds(endpoint_url=aws.url)
        rds = clouds.for_service(None).reader("rds", "us-west-2")
        clock = SystemClock(clouds.time.now)
        for _ in range(3):
            rds.describe_global_clusters()
            time.sleep(0.15)
        impact = datetime.now(UTC) + skew - timedelta(minutes=7)
        plan = a_plan(a_read("verify"), impact_started_at=impact, clock=Clock(stops="steps.verify"))
        facts = (RunCreated(plan=plan), StepStarted(step="verify", attempt=1), StepSettled(step="verify", seen="200"))
        drafts = [Draft(id=str(n), at=clock.now(), actor=BOT, fact=fact) for n, fact in enumerate(facts)]
        truth = datetime.now(UTC) + skew - impact

    achieved = rto(seal_all(drafts, run=plan.run), clock.now()).achieved

    assert achieved is not None
    assert abs(achieved - truth) <= timedelta(seconds=1)


def test_a_jump_of_this_hosts_clock_moves_nothing() -> None:
    """Between answers the monotonic clock carries AWS's time on; the wall clock is not asked."""
    ticks = [100.0]
    heard = AwsTime(monotonic=lambda: ticks[0])
    heard.heard(datetime(2026, 3, 14, 3, 7, tzinfo=UTC), sent=99.9, received=100.0)
    before = heard.now()

    ticks[0] += 30
    after = heard.now()

    assert before is not None
    assert after is not None
    assert after - before == timedelta(seconds=30)


def test_each_answer_narrows_the_second_down() -> None:
    """Ten answers over three seconds leave less than two tenths; the truth is always inside."""
    start, ticks = datetime(2026, 3, 14, 3, 7, 0, 370_000, tzinfo=UTC), [0.0]
    heard = AwsTime(monotonic=lambda: ticks[0])
    for number in range(10):
        sent = number * 0.31
        ticks[0] = sent + 0.04
        truth = start + timedelta(seconds=sent + 0.02)
        heard.heard(truth.replace(microsecond=0), sent=sent, received=ticks[0])

        now, error = heard.now(), heard.error
        assert now is not None
        assert error is not None
        assert abs(now - (start + timedelta(seconds=ticks[0]))) <= error + timedelta(milliseconds=1)
    assert heard.error is not None
    assert heard.error < timedelta(seconds=0.2)


def test_an_answer_that_contradicts_wins() -> None:
    """The host slept, and its monotonic clock with it: the newer answer is right."""
    asleep = Bounds(low=0.0, high=0.2, at=10.0)
    awake = Bounds(low=600.0, high=601.0, at=11.0)

    assert asleep.narrowed(awake) == awake


@pytest.mark.parametrize(("back", "shown"), [(0.4, 0.0), (600.0, -600.0)])
def test_records_wait_rather_than_run_backwards(back: float, shown: float) -> None:
    """Tenths of a second are the narrowing down; ten minutes are a correction that must show at once."""
    start = datetime(2026, 3, 14, 3, 7, tzinfo=UTC)
    times = iter([start, start - timedelta(seconds=back)])
    clock = SystemClock(lambda: next(times))
    clock.now()

    assert clock.now() - start == timedelta(seconds=shown)


def test_a_slow_answer_teaches_nothing() -> None:
    """After ten seconds on the way, a Date says too little."""
    heard = AwsTime(monotonic=lambda: 10.0)

    heard.heard(datetime(2026, 3, 14, tzinfo=UTC), sent=0.0, received=10.0)

    assert heard.now() is None


def test_without_any_answer_the_machines_clock_counts() -> None:
    """A bot that has not met AWS yet still has a time."""
    assert abs(SystemClock(AwsTime().now).now() - datetime.now(UTC)) < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("seconds", "state"), [(0.0, "ok"), (0.5, "ok"), (1.6, "failed"), (-1.6, "failed"), (600.0, "failed")]
)
@pytest.mark.asyncio
async def test_row_36_the_doctor_fails_beyond_one_second(seconds: float, state: str) -> None:
    """Whole seconds in the header notwithstanding: a few answers tell the tenth."""
    with serving(dated(timedelta(seconds=seconds), IDENTITY)) as aws:
        probe = RegionProbe(AwsClouds(endpoint_url=aws.url), "us-west-2")
        clock = next(vital for vital in await probe.look() if vital.name.startswith("clock"))

    assert clock.state == state, clock.seen
    assert (state == "ok") == (clock.remedy == "")
    assert timedelta(seconds=1) == vitals.CLOCKS_AGREE


@pytest.mark.parametrize("code", ["RequestTimeTooSkewed", "SignatureDoesNotMatch", "RequestExpired"])
def test_row_36_a_refused_signature_says_clock(code: str) -> None:
    """AWS refuses requests that are minutes off; the sentence names the cause that nobody thinks of."""
    error = ClientError({"Error": {"Code": code, "Message": "Signature not yet current"}}, "UpdateService")

    told = verdict(error, mutating=True)

    assert isinstance(told, StepBroke)
    assert "Check this host's clock" in str(told)
