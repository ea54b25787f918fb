"""Clients are made once, send a change once, and carry the right credentials."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ProxyConnectionError,
    ReadTimeoutError,
)

from bot.adapters.aws.roles import role_credentials
from bot.adapters.aws.sessions import AwsClouds
from bot.model.errors import OutcomeUnknown, Retryable, UserError
from tests.adapters.aws.server import Behaviour, Request, answers, hangs_up, refused_url, serving

ROLE = "arn:aws:iam::111122223333:role/dr-orders"
ERROR = "<ErrorResponse><Error><Code>InternalFailure</Code><Message>sorry</Message></Error></ErrorResponse>"
TOPOLOGY = "<DescribeGlobalClustersResponse><DescribeGlobalClustersResult/></DescribeGlobalClustersResponse>"


@pytest.fixture(autouse=True)
def own_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No file and no metadata service of this host may leak in."""
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOWN")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "http_proxy", "no_proxy"):
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(("behave", "error"), [(answers(500, ERROR), ClientError), (hangs_up, ConnectionClosedError)])
def test_a_change_is_sent_exactly_once(behave: Behaviour, error: type[Exception]) -> None:
    """After a 5xx or a cut the first one may have been carried out; sending again is the engine's decision."""
    with serving(behave) as aws:
        clouds = AwsClouds(endpoint_url=aws.url)
        rds = clouds.for_service(None).writer("rds", "us-west-2")

        with pytest.raises(error) as raised:
            rds.promote_read_replica(DBInstanceIdentifier="reports-replica")

        assert len(aws.seen) == 1
        assert isinstance(clouds.verdict(raised.value, mutating=True), OutcomeUnknown)


def test_an_answer_cut_behind_a_proxy_is_unknown_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The HTTP library blames the proxy, as if nothing had been sent; the change had been."""
    with serving(hangs_up) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        clouds = AwsClouds(endpoint_url="http://rds.us-west-2.amazonaws.test")

        with pytest.raises(ProxyConnectionError) as raised:
            clouds.for_service(None).writer("rds", "us-west-2").promote_read_replica(DBInstanceIdentifier="reports")

        assert len(proxy.seen) == 1
        assert isinstance(clouds.verdict(raised.value, mutating=True), OutcomeUnknown)


def test_a_proxy_that_is_not_there_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine may try again, and the sentence names the proxy."""
    monkeypatch.setenv("http_proxy", refused_url())
    clouds = AwsClouds(endpoint_url="http://rds.us-west-2.amazonaws.test")

    with pytest.raises(ProxyConnectionError) as raised:
        clouds.for_service(None).writer("rds", "us-west-2").promote_read_replica(DBInstanceIdentifier="reports")

    verdict = clouds.verdict(raised.value, mutating=True)
    assert isinstance(verdict, Retryable)
    assert "The proxy http://127.0.0.1" in str(verdict)


def test_a_look_is_repeated() -> None:
    """Three attempts in all; a look changes nothing."""
    with serving(answers(500, ERROR)) as aws:
        rds = AwsClouds(endpoint_url=aws.url).for_service(None).reader("rds", "us-west-2")

        with pytest.raises(ClientError):
            rds.describe_global_clusters()

        assert len(aws.seen) == 3


def test_a_refused_connection_names_the_region_and_sent_nothing() -> None:
    """The engine may try again, and a person sees where."""
    clouds = AwsClouds(endpoint_url=refused_url())

    with pytest.raises(EndpointConnectionError) as raised:
        clouds.for_service(None).writer("rds", "us-east-1").describe_global_clusters()

    verdict = clouds.verdict(raised.value, mutating=True)
    assert isinstance(verdict, Retryable)
    assert str(verdict).startswith("us-east-1 (127.0.0.1) does not answer; nothing was sent.")


def test_the_environment_means_what_botocore_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS_ENDPOINT_URL leads every service there, and AWS sees who is calling."""
    with serving(answers(200, TOPOLOGY)) as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)

        AwsClouds().for_service(None).reader("rds", "us-west-2").describe_global_clusters()

        assert "dr-bot" in aws.seen[0].headers["User-Agent"]
        assert "AKIAOWN" in aws.seen[0].headers["Authorization"]


def test_clients_are_shared_by_all_threads() -> None:
    """One client per service, region, kind and role, however many ask at once."""
    access = AwsClouds().for_service(None)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: access.reader("sts", "us-west-2"), range(32)))

    assert len({id(client) for client in made}) == 1
    assert access.writer("sts", "us-west-2") is not made[0]
    assert access.reader("sts", "us-east-1") is not made[0]


def test_missing_credentials_are_told_at_first_use_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot starts without them; lint and plans of other accounts still work."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    access = AwsClouds().for_service(None)

    with pytest.raises(UserError, match="AWS_PROFILE"):
        access.reader("sts", "us-west-2")


def test_a_services_role_is_assumed_for_the_person_once() -> None:
    """CloudTrail carries who it was; further calls and regions of the same kind reuse what is held."""
    with serving(_sts_and_rds) as aws:
        access = AwsClouds(endpoint_url=aws.url).for_service(ROLE, person="alice kim")
        rds = access.reader("rds", "us-west-2")
        assert aws.seen == []

        rds.describe_global_clusters()
        access.writer("rds", "us-west-2").describe_global_clusters()

        assumed = [each.body for each in aws.seen if "AssumeRole" in each.body]
        assert len(assumed) == 1
        assert "SourceIdentity=alice-kim" in assumed[0]
        assert "RoleSessionName=dr-bot-alice-kim" in assumed[0]
        assert all("ASIAROLE" in each.headers["Authorization"] for each in aws.seen if "AssumeRole" not in each.body)


def test_held_credentials_are_renewed_early_and_kept_while_sts_is_silent() -> None:
    """A wait of hours does not end in ExpiredToken, nor does a quiet STS end it before it must."""
    watch = Watch()
    sts = Sts(watch)
    credentials = role_credentials(ROLE, "alice", lambda _: sts, ["us-west-2"], now=watch)
    first = credentials.get_frozen_credentials().access_key

    watch.now += timedelta(minutes=54)
    early = credentials.get_frozen_credentials().access_key
    watch.now += timedelta(minutes=2)
    renewed = credentials.get_frozen_credentials().access_key
    sts.silent = EndpointConnectionError
    watch.now += timedelta(minutes=58)
    held = credentials.get_frozen_credentials().access_key

    assert (first, early, renewed, held) == ("ASIA1", "ASIA1", "ASIA2", "ASIA2")
    watch.now += timedelta(minutes=2)
    with pytest.raises(EndpointConnectionError):
        credentials.get_frozen_credentials()


@pytest.mark.parametrize("silence", [EndpointConnectionError, ReadTimeoutError])
def test_another_regions_sts_answers_for_a_silent_one(silence: type[Exception]) -> None:
    """The region that burns may be the one whose STS was asked first."""
    watch = Watch()
    dead, alive = Sts(watch, silent=silence), Sts(watch)
    regions: dict[str, Sts] = {"us-east-1": dead, "us-west-2": alive}
    credentials = role_credentials(ROLE, "", regions.__getitem__, ["us-east-1", "us-west-2"], now=watch)

    assert credentials.get_frozen_credentials().access_key == "ASIA1"
    assert alive.asked == {"RoleArn": ROLE, "RoleSessionName": "dr-bot", "DurationSeconds": 3600}


@pytest.mark.parametrize(
    ("partition", "region", "asked"),
    [
        ("aws", "us-east-1", ["us-east-1", "us-west-2", "eu-west-1"]),
        ("aws", "us-west-2", ["us-west-2", "eu-west-1", "us-east-1"]),
        ("aws-cn", "cn-north-1", ["cn-north-1", "cn-northwest-1"]),
        ("aws-us-gov", "us-gov-east-1", ["us-gov-east-1", "us-gov-west-1"]),
        ("aws-iso", "us-iso-east-1", ["us-iso-east-1"]),
    ],
)
def test_sts_is_asked_where_the_account_is_known(partition: str, region: str, asked: list[str]) -> None:
    """In China and GovCloud, the regions of the rest of the world know neither the account nor its keys."""
    with serving(answers(500, ERROR)) as aws:
        access = AwsClouds(endpoint_url=aws.url).for_service(ROLE.replace("arn:aws:", f"arn:{partition}:"))

        with pytest.raises(ClientError):
            access.reader("rds", region).describe_global_clusters()

        signed = [re.findall(r"/([a-z0-9-]+)/sts/", each.headers["Authorization"])[0] for each in aws.seen]
        assert signed == asked


def test_further_clients_cost_next_to_nothing() -> None:
    """The data loader is shared: a new session per role would cost 0.3 s each time otherwise."""
    clouds = AwsClouds()
    clouds.for_service(None).reader("rds", "us-west-2")
    started = time.thread_time()

    for number in range(5):
        clouds.for_service(f"{ROLE}-{number}").reader("rds", "us-west-2")

    assert time.thread_time() - started < 0.5


class Watch:
    """A clock the test winds by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Sts:
    """Grants an hour each time, unless it is silent."""

    def __init__(self, now: Callable[[], datetime], *, silent: type[Exception] | None = None) -> None:
        self._now, self.silent = now, silent
        self.granted = 0
        self.asked: dict[str, Any] = {}

    def assume_role(self, **asked: Any) -> dict[str, Any]:
        if self.silent:
            raise self.silent(endpoint_url="https://sts.us-east-1.amazonaws.com")  # type: ignore[call-arg]  # botocore's
        self.granted += 1
        self.asked = asked
        granted = {"AccessKeyId": f"ASIA{self.granted}", "SecretAccessKey": "s", "SessionToken": "t"}
        return {"Credentials": {**granted, "Expiration": self._now() + timedelta(hours=1)}}


def _sts_and_rds(handler: BaseHTTPRequestHandler, request: Request) -> None:
    if not re.search("AssumeRole", request.body):
        answers(200, TOPOLOGY)(handler, request)
        return
    expires = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    granted = (
        f"<Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
        f"<SessionToken>t</SessionToken><Expiration>{expires}</Expiration></Credentials>"
    )
    body = f"<AssumeRoleResponse><AssumeRoleResult>{granted}</AssumeRoleResult></AssumeRoleResponse>"
    answers(200, body)(handler, request)
