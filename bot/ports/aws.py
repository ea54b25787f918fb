"""How actions reach AWS. Looking and changing are different promises, so a plan cannot mutate by accident."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from bot.model.base import Frozen
from bot.model.errors import StepError


class HttpAnswer(Frozen):
    """What a probe got."""

    status: int
    milliseconds: int
    excerpt: str = ""


class Errand(Frozen):
    """One step's business: how AWS's logs name it, and all that its credentials may do."""

    run: str
    step: str
    policy: str
    """The inline session policy, as JSON."""


class Reads(Protocol):
    """Read-only access: clients that retry, under an outer deadline."""

    def reader(self, service: str, region: str, *, endpoint: str | None = None) -> Any:
        """A boto3 client for describe, get and list calls. `Any` ends here: annotate the receiving variable.

        `endpoint` is for services that are reached at addresses of their own, such as a routing-control cluster.
        """
        ...

    def home(self, service: str, region: str) -> str:
        """The region in which a global service, such as AWS Health or IAM, answers for the partition of `region`."""
        ...

    def http_get(self, url: str, *, timeout: float = 5.0) -> HttpAnswer:
        """GET an http(s) URL. Raises Retryable when nothing answers. Redirects are not followed."""
        ...

    def now(self) -> datetime:
        """The present, aware, UTC: for checks that ask how long a state has lasted."""
        ...


class Aws(Reads, Protocol):
    """Reads, and the one-attempt clients that change things."""

    def writer(self, service: str, region: str, *, endpoint: str | None = None) -> Any:
        """A boto3 client that sends each call once; only `execute` and `rollback` may use it."""
        ...


class Clouds(Protocol):
    """Hands out AWS access for a service's account, and names what went wrong."""

    def for_service(self, role: str | None, *, person: str = "", external_id: str | None = None) -> Aws:
        """Access under the service's role; the bot's own credentials when there is none."""
        ...

    def for_step(self, role: str | None, *, person: str, errand: Errand, external_id: str | None = None) -> Aws:
        """Access for one change: under the role, its credentials allow the errand and nothing else, for 15 minutes.

        Without a role there is nothing to narrow: the bot's own credentials.
        """
        ...

    def verdict(self, error: Exception, *, mutating: bool) -> StepError:
        """Turn whatever a call raised into the verdict that the engine acts on.

        Nothing was sent → Retryable; refused → StepBroke or AlreadyThere; sent but unanswered, or a 5xx on a
        mutation → OutcomeUnknown.
        """
        ...
