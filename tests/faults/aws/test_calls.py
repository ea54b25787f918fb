"""AWS on its worst days, as the product's own clients and call budgets meet it (rows 7-16 of the fault list)."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from bot.adapters.aws.reach import TRY_AGAIN, Reach
from bot.adapters.aws.roles import role_credentials
from bot.adapters.aws.sessions import AwsClouds
from bot.engine.calls import CallAbandoned, Calls
from bot.model.errors import OutcomeUnknown, Retryable, RoleRefused
from tests.adapters.aws.server import Behaviour, Request, answers, serving
from tests.adapters.aws.test_sessions import ROLE, Sts, Watch, own_credentials

__all__ = ["own_credentials"]

THROTTLED = "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>"
BROKEN = "<ErrorResponse><Error><Code>ServiceUnavailable</Code><Message>sorry</Message></Error></ErrorResponse>"
DENIED = (
    "<ErrorResponse><Error><Code>AccessDenied</Code><Message>User: arn:aws:sts::1:assumed-role/dr-bot/x is not "
    f"authorized to perform: sts:AssumeRole on resource: {ROLE}</Message></Error></ErrorResponse>"
)
TOO_LARGE = BROKEN.replace("ServiceUnavailable", "PackedPolicyTooLarge").replace("sorry", "104% of the limit")


def hangs(handler: BaseHTTPRequestHandler, request: Request) -> None:
    """Takes the request and says nothing until the client is gone."""
    handler.connection.settimeout(10)
    handler.connection.recv(1)


def trickles(handler: BaseHTTPRequestHandler, request: Request) -> None:
    """A byte now and then: no read timeout ever strikes."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(40):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)


def promote(clouds: AwsClouds) -> None:
    clouds.for_service(None).writer("rds", "us-west-2").promote_read_replica(DBInstanceIdentifier="reports")


@pytest.mark.parametrize("behave", [hangs, trickles], ids=["row_08_hang", "row_09_trickle"])
def test_rows_08_09_the_outer_deadline_wins(behave: Behaviour) -> None:
    """Whatever arrives or does not, the call is over at its budget, its thread is counted, and its fate is UNKNOWN."""
    with serving(behave) as aws:
        clouds = AwsClouds(endpoint_url=aws.url, answer_within={"writer": 1})
        promote_once = clouds.for_service(None).writer("rds", "us-west-2").promote_read_replica
        calls = Calls(threads=2)

        async def story() -> tuple[float, int]:
            began = time.monotonic()
            with pytest.raises(CallAbandoned):
                await calls.run(timedelta(seconds=0.4), lambda: promote_once(DBInstanceIdentifier="reports"))
            return time.monotonic() - began, calls.stuck

        took, stuck = asyncio.run(story())
        calls.close()

    assert took < 0.8
    assert stuck == 1
    assert len(aws.seen) == 1


def test_row_08_when_every_thread_is_stuck_nothing_more_is_sent() -> None:
    """The pool is capped; a further call is refused at once, as one that was certainly not sent."""
    home = threading.Event()
    calls = Calls(threads=2)

    async def story() -> None:
        for _ in range(2):
            with pytest.raises(CallAbandoned):
                await calls.run(timedelta(seconds=0.05), home.wait, 5)
        with pytest.raises(Retryable, match="nothing more is sent"):
            await calls.run(timedelta(seconds=5), home.wait, 5)
        home.set()
        for _ in range(100):
            await asyncio.sleep(0.01)
            if not calls.stuck:
                break
        assert await calls.run(timedelta(seconds=1), lambda: "sent") == "sent"

    asyncio.run(story())
    calls.close()


@contextmanager
def black_hole() -> Iterator[str]:
    """An address that takes no connection: its backlog is full, so the handshake is never answered."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        address = listening.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        yield f"http://127.0.0.1:{address[1]}"
        for each in waiting:
            each.close()


def test_row_10_a_syn_black_hole_costs_the_connect_budget_once() -> None:
    """Two seconds for the first look with all its retries; the looks that follow know, and nothing was sent."""
    with black_hole() as url:
        clouds = AwsClouds(endpoint_url=url)
        rds = clouds.for_service(None).reader("rds", "us-east-1")
        began = time.monotonic()
        with pytest.raises((ConnectTimeoutError, EndpointConnectionError)) as raised:
            rds.describe_global_clusters()
        first = time.monotonic() - began
        with pytest.raises(EndpointConnectionError):
            clouds.for_service(None).writer("ecs", "us-east-1").update_service(service="api")
        second = time.monotonic() - began - first

    verdict = clouds.verdict(raised.value, mutating=True)
    assert isinstance(verdict, Retryable)
    assert "us-east-1" in str(verdict)
    assert "nothing was sent" in str(verdict)
    assert first < 5.5
    assert second < 0.5


def test_row_10_a_host_that_came_back_is_tried_again() -> None:
    """The memory of a dead host lasts three seconds."""
    watch = [0.0]
    reach = Reach(monotonic=lambda: watch[0])
    request = SimpleNamespace(url="http://127.0.0.1:1/")
    reach.note(EndpointConnectionError(endpoint_url=request.url), {"url": request.url})
    with pytest.raises(EndpointConnectionError):
        reach.before_send(request)

    watch[0] += TRY_AGAIN

    reach.before_send(request)


@pytest.mark.parametrize("answer", ["silent", "NXDOMAIN", "empty"])
def test_row_11_dns_trouble_is_told_within_four_seconds_and_named(answer: str) -> None:
    """One thread per name waits for the name server, not one per call; the sentence says DNS."""
    home = threading.Event()

    def resolve(host: str, port: int) -> object:
        if answer == "silent":
            home.wait(10)
        raise socket.gaierror(socket.EAI_NONAME if answer == "NXDOMAIN" else socket.EAI_NODATA, "no such name")

    clouds = AwsClouds(endpoint_url="http://rds.us-east-1.amazonaws.test", reach=Reach(resolve=resolve, patience=0.5))
    writer = clouds.for_service(None).writer("rds", "us-east-1")
    began = time.monotonic()
    raised = []
    for _ in range(5):
        with pytest.raises(EndpointConnectionError) as told:
            writer.describe_global_clusters()
        raised.append(told)
    took = time.monotonic() - began
    threads = [each for each in threading.enumerate() if each.name.startswith("dns-")]
    home.set()

    verdicts = [clouds.verdict(each.value, mutating=True) for each in raised]
    assert took < 1.5
    assert len(threads) <= 1
    assert all(isinstance(each, Retryable) and "check DNS" in str(each) for each in verdicts)
    assert all("rds.us-east-1.amazonaws.test" in str(each) for each in verdicts)


def test_row_11_four_seconds_are_the_default() -> None:
    """A region whose name server is silent costs a plan's look less than its five seconds."""
    from bot.adapters.aws import reach

    assert reach.DNS_PATIENCE <= 4


def test_row_12_a_throttled_change_was_not_made() -> None:
    """The client sends it once; the protocol decides when it goes again."""
    with serving(answers(400, THROTTLED)) as aws:
        clouds = AwsClouds(endpoint_url=aws.url)
        with pytest.raises(ClientError) as raised:
            promote(clouds)

    verdict = clouds.verdict(raised.value, mutating=True)
    assert len(aws.seen) == 1
    assert isinstance(verdict, Retryable)
    assert verdict.after == timedelta(seconds=10)


def test_row_12_a_throttled_look_backs_off_and_tries_again() -> None:
    """Three attempts with jitter between them, inside the look."""
    with serving(answers(400, THROTTLED)) as aws, pytest.raises(ClientError):
        AwsClouds(endpoint_url=aws.url).for_service(None).reader("rds", "us-west-2").describe_global_clusters()

    assert len(aws.seen) == 3


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_row_13_a_5xx_on_a_change_is_unknown(status: int) -> None:
    """It may have been carried out; sent once all the same."""
    with serving(answers(status, BROKEN)) as aws:
        clouds = AwsClouds(endpoint_url=aws.url)
        with pytest.raises(ClientError) as raised:
            promote(clouds)

    assert len(aws.seen) == 1
    assert isinstance(clouds.verdict(raised.value, mutating=True), OutcomeUnknown)


class SickSts(Sts):
    """Answers, but cannot help."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(Watch())
        self._error = {"Error": {"Code": code, "Message": "-"}, "ResponseMetadata": {"HTTPStatusCode": status}}

    def assume_role(self, **asked: Any) -> dict[str, Any]:
        raise ClientError(self._error, "AssumeRole")  # type: ignore[arg-type]  # as much of an answer as is read


@pytest.mark.parametrize(
    "sick",
    [
        Sts(Watch(), silent=EndpointConnectionError),
        Sts(Watch(), silent=ConnectTimeoutError),
        Sts(Watch(), silent=ReadTimeoutError),
        SickSts("ServiceUnavailable", 503),
        SickSts("RegionDisabledException", 403),
    ],
    ids=["refused", "syn", "hang", "503", "disabled"],
)
def test_row_14_the_next_regions_sts_is_asked(sick: Sts) -> None:
    """Silent, broken or switched off: the role is assumed elsewhere."""
    well = Sts(Watch())
    regions = {"us-east-1": sick, "us-west-2": sick, "eu-west-1": well}

    credentials = role_credentials(ROLE, "alice", regions.__getitem__, list(regions), now=Watch())

    assert credentials.get_frozen_credentials().access_key == "ASIA1"
    assert well.asked["SourceIdentity"] == "alice"


def test_row_14_a_dead_regions_sts_costs_two_seconds() -> None:
    """So that the next region's answer still fits into a look's five."""
    from bot.adapters.aws.sessions import ANSWER_WITHIN, ATTEMPTS

    assert (ANSWER_WITHIN["sts"], ATTEMPTS["sts"]) == (2, 1)


def test_row_15_credentials_are_renewed_five_minutes_early_for_the_same_person() -> None:
    """Through a wait of twelve hours, no call ever finds them expired, and the trail names one person."""
    watch, asked = Watch(), []
    sts = Sts(watch)
    credentials = role_credentials(ROLE, "alice", lambda _: sts, ["us-west-2"], now=watch)
    lifetimes: set[timedelta] = set()
    for _ in range(12 * 60):
        credentials.get_frozen_credentials()
        asked.append(sts.asked["SourceIdentity"])
        lifetimes.add(_expires(credentials) - watch.now)
        watch.now += timedelta(minutes=1)

    assert set(asked) == {"alice"}
    assert min(lifetimes) > timedelta(minutes=4)
    assert sts.granted == 13


def _expires(credentials: Any) -> datetime:
    moment: datetime = credentials._expiry_time
    return moment.astimezone(UTC)


@pytest.mark.parametrize(("body", "code"), [(DENIED, "AccessDenied"), (TOO_LARGE, "PackedPolicyTooLarge")])
def test_row_16_a_role_that_cannot_be_assumed_says_so(body: str, code: str) -> None:
    """Its own verdict, with the mend; the plan is blocked by it, long before anything runs."""
    with serving(answers(403, body)) as aws:
        clouds = AwsClouds(endpoint_url=aws.url)
        with pytest.raises(ClientError) as raised:
            clouds.for_service(ROLE, person="alice").reader("rds", "us-west-2").describe_global_clusters()

    verdict = clouds.verdict(raised.value, mutating=False)
    assert isinstance(verdict, RoleRefused)
    assert code in str(verdict)
    assert "trust policy" in str(verdict)
