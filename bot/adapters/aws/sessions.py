"""AWS for everybody above: clients made once, shared by all threads, with timeouts that were measured to matter.

Reads retry up to three attempts; what changes something is sent exactly once, since boto3 would otherwise send a
mutation again after a hang or a 5xx. A client's timeouts do not bound a call (several addresses, slow DNS, trickling
bytes do not count): the caller keeps an outer deadline. Regions are always explicit; the rest of the AWS_* environment
means what botocore says.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal, cast

from botocore.config import Config
from botocore.loaders import create_loader
from botocore.session import Session

from bot.adapters.aws.aws_time import AwsTime
from bot.adapters.aws.errors import NO_CREDENTIALS, note_where, verdict
from bot.adapters.aws.partitions import home_region
from bot.adapters.aws.probe import http_get
from bot.adapters.aws.reach import Reach
from bot.adapters.aws.roles import CredentialSource, details_of, role_credentials
from bot.model.errors import StepError, UserError
from bot.ports.aws import Aws, Errand, HttpAnswer

ON_THIS_MACHINE = re.compile(r"^(https?://)\d{12}\.(?=(127\.0\.0\.1|localhost)\b)")

Kind = Literal["reader", "writer", "sts"]

STS_ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "aws": ("us-west-2", "eu-west-1", "us-east-1"),
    "aws-cn": ("cn-north-1", "cn-northwest-1"),
    "aws-us-gov": ("us-gov-west-1", "us-gov-east-1"),
}
"""Where AssumeRole is tried when the region being worked on does not answer, by the partition in the role's ARN: no
account is known outside its own."""


ANSWER_WITHIN: dict[Kind, float] = {"reader": 10, "writer": 20, "sts": 2}
"""Seconds without a byte after which a call is given up."""

ATTEMPTS: dict[Kind, int] = {"reader": 3, "writer": 1, "sts": 1}
"""AssumeRole is tried in other regions instead of again in one that does not answer."""


def _config(kind: Kind, answer_within: float) -> Config:
    return Config(
        connect_timeout=2,
        read_timeout=answer_within,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS[kind]},
        max_pool_connections=32,
        tcp_keepalive=True,
        user_agent_extra="dr-bot",
    )


class AwsClouds:
    """Implements `Clouds` over botocore. Costs nothing until the first client is asked for."""

    def __init__(
        self,
        *,
        endpoint_url: str | None = None,
        answer_within: dict[Kind, float] | None = None,
        reach: Reach | None = None,
    ) -> None:
        """`endpoint_url` overrides AWS_ENDPOINT_URL for every service, `{region}` in it is filled in; `answer_within`

        overrides the clients' patience.
        """
        self._endpoint_url = endpoint_url
        self._reach = reach or Reach()
        self.time = AwsTime()
        """AWS's own clock, as heard in its answers."""
        self._answer_within = {**ANSWER_WITHIN, **(answer_within or {})}
        self._loader = create_loader()  # 0.3 s of JSON, read once for all sessions
        self._lock = threading.RLock()  # botocore sessions are not thread-safe; clients are
        self._own: Session | None = None
        self._sessions: dict[tuple[str, str, str, str | None], Session] = {}
        self._clients: dict[tuple[str, str, Kind, str | None, str, str | None, str | None], Any] = {}

    def for_service(self, role: str | None, *, person: str = "", external_id: str | None = None) -> Aws:
        """Access under `role`, or with the bot's own credentials; nothing is asked of AWS before the first call."""
        return _Access(self, role, person, external_id)

    def for_step(self, role: str | None, *, person: str, errand: Errand, external_id: str | None = None) -> Aws:
        """Access for one step, with clients of its own that go when it goes; the bot's own where there is no role."""
        if role is None:
            return self.for_service(None)
        return _StepAccess(self, role, person, external_id, errand)

    def home(self, service: str, region: str) -> str:
        """See `Reads.home`."""
        return home_region(self._loader.load_data("endpoints"), service, region)

    def verdict(self, error: Exception, *, mutating: bool) -> StepError:
        return verdict(error, mutating=mutating)

    def client(
        self,
        service: str,
        region: str,
        kind: Kind,
        role: str | None,
        person: str,
        endpoint: str | None = None,
        external_id: str | None = None,
    ) -> Any:
        """The one client for these seven. Raises UserError when there are no credentials at all."""
        key = (service, region, kind, role, person if role else "", endpoint, external_id)
        with self._lock:
            if key not in self._clients:
                session = self._assumed(role, person, region, external_id) if role else self._own_session()
                self._clients[key] = self._create(session, service, region, kind, endpoint)
            return self._clients[key]

    def client_of(self, session: Session, service: str, region: str, kind: Kind, endpoint: str | None) -> Any:
        """A client that is the caller's alone."""
        with self._lock:
            return self._create(session, service, region, kind, endpoint)

    def session_under(self, role: str, person: str, region: str, details: Mapping[str, Any]) -> Session:
        """A new session under `role`, asked for in `region` first; nothing is asked before its first call."""
        with self._lock:
            self._own_session()
            elsewhere = STS_ELSEWHERE.get(role.removeprefix("arn:").partition(":")[0], ())
            regions = (region, *(other for other in elsewhere if other != region))
            session = self._session()
            credentials = role_credentials(role, person, self._sts, regions, details=details)
            session.register_component("credential_provider", CredentialSource(credentials))
            return session

    def _create(self, session: Session, service: str, region: str, kind: Kind, own: str | None) -> Any:
        """`own` is the service's own address; an override for every service wins."""
        create = cast(Any, session.create_client)  # overloaded by service name; ours is not a literal
        config = _config(kind, self._answer_within[kind])
        override = self._endpoint_url or os.environ.get("AWS_ENDPOINT_URL")
        endpoint = override.replace("{region}", region) if override else own
        client = create(service, region_name=region, config=config, endpoint_url=endpoint)
        client.meta.events.register("before-sign.s3-control", without_account)
        return client

    def _own_session(self) -> Session:
        if self._own is None:
            session = self._session()
            if session.get_credentials() is None:
                raise UserError(NO_CREDENTIALS)
            self._own = session
        return self._own

    def _assumed(self, role: str, person: str, region: str, external_id: str | None) -> Session:
        """One session per region, so that a region whose STS hangs keeps its trouble to itself."""
        key = (role, person, region, external_id)
        if key not in self._sessions:
            self._sessions[key] = self.session_under(role, person, region, details_of(external_id))
        return self._sessions[key]

    def _sts(self, region: str) -> Any:
        return self.client("sts", region, "sts", None, "")

    def _session(self) -> Session:
        session = Session()
        session.register_component("data_loader", self._loader)
        session.set_config_variable("sts_regional_endpoints", "regional")
        session.register("needs-retry", note_where)
        session.register("needs-retry", self._reach.note)
        session.register("before-send", self._reach.before_send)
        session.register("before-send", self.time.before_send)
        session.register("response-received", self.time.received)
        return session


def without_account(request: Any, **_: object) -> None:
    """S3 Control puts the account in front of the host, where an address on this machine has no such name."""
    request.url = ON_THIS_MACHINE.sub(r"\1", request.url)


class _Access:
    """One service's AWS: implements `Aws`."""

    def __init__(self, clouds: AwsClouds, role: str | None, person: str, external_id: str | None) -> None:
        self._clouds, self._role, self._person, self._external_id = clouds, role, person, external_id

    def reader(self, service: str, region: str, *, endpoint: str | None = None) -> Any:
        return self._client(service, region, "reader", endpoint)

    def writer(self, service: str, region: str, *, endpoint: str | None = None) -> Any:
        return self._client(service, region, "writer", endpoint)

    def _client(self, service: str, region: str, kind: Kind, endpoint: str | None) -> Any:
        return self._clouds.client(service, region, kind, self._role, self._person, endpoint, self._external_id)

    def home(self, service: str, region: str) -> str:
        return self._clouds.home(service, region)

    def http_get(self, url: str, *, timeout: float = 5.0) -> HttpAnswer:
        return http_get(url, timeout=timeout)

    def now(self) -> datetime:
        return self._clouds.time.now() or datetime.now(UTC)


class _StepAccess(_Access):
    """One step's AWS: credentials that allow this step and no other, held nowhere else."""

    def __init__(self, clouds: AwsClouds, role: str, person: str, external_id: str | None, errand: Errand) -> None:
        super().__init__(clouds, role, person, external_id)
        self._open: Callable[[str], Session] = cache(
            lambda region: clouds.session_under(role, person, region, details_of(external_id, errand))
        )
        self._made: dict[tuple[str, str, Kind, str | None], Any] = {}

    def _client(self, service: str, region: str, kind: Kind, endpoint: str | None) -> Any:
        key = (service, region, kind, endpoint)
        if key not in self._made:
            self._made[key] = self._clouds.client_of(self._open(region), service, region, kind, endpoint)
        return self._made[key]
