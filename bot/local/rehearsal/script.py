"""A scripted AWS: botocore checks each request and reply against its own service models; nothing leaves the process.

Promises an error where an action calls what its script does not have next. Refuses to know whose script it is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

from botocore.session import Session
from botocore.stub import Stubber

from bot.actions.base import Call
from bot.model.errors import BrokenInvariant, Retryable
from bot.ports.aws import HttpAnswer

NOON = datetime(2026, 1, 1, 12, 5, tzinfo=UTC)
"""When rehearsals play: their replies carry times just before it."""


class Script:
    """Implements `Aws` over the calls of one rehearsal, in their order for each service."""

    def __init__(self, calls: Iterable[Call]) -> None:
        self._left = list(calls)
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.RLock()

    def reader(self, service: str, region: str, *, endpoint: str | None = None) -> Any:
        with self._lock:
            key = (service, region)
            if key not in self._clients:
                self._clients[key] = self._scripted(service, region)
            return self._clients[key]

    def writer(self, service: str, region: str, *, endpoint: str | None = None) -> Any:
        return self.reader(service, region)

    def home(self, service: str, region: str) -> str:
        return region

    def http_get(self, url: str, *, timeout: float = 5.0) -> HttpAnswer:
        reply = self._next("http", "http_get").reply
        if "silent" in reply:
            raise Retryable(str(reply["silent"]))
        return HttpAnswer.model_validate(reply)

    def now(self) -> datetime:
        return NOON

    def _scripted(self, service: str, region: str) -> Any:
        client = _client(service, region)
        stubber = Stubber(client)
        names = {api: method for method, api in client.meta.method_to_api_mapping.items()}

        def prepare(model: Any, **_: Any) -> None:
            operation = names[model.name]
            _load(stubber, self._next(service, operation))

        client.meta.events.register("provide-client-params.*.*", prepare)
        stubber.activate()
        return client

    def _next(self, service: str, operation: str) -> Call:
        with self._lock:
            call = next((each for each in self._left if each.service == service), None)
            if call is None or call.operation != operation:
                has = f"{call.operation} next" if call else "nothing more"
                raise BrokenInvariant(f"{service}.{operation} was called; the rehearsal has {has}")
            self._left.remove(call)
            return call


def _load(stubber: Stubber, call: Call) -> None:
    if "Error" in call.reply:
        error = call.reply["Error"]
        stubber.add_client_error(call.operation, error["Code"], error["Message"], call.reply.get("Status", 400))
    else:
        stubber.add_response(call.operation, call.reply)


def _client(service: str, region: str) -> Any:
    create = cast(Any, _session().create_client)  # overloaded by service name; ours is not a literal
    with _CREATING:
        return create(service, region_name=region, aws_access_key_id="none", aws_secret_access_key="none")  # noqa: S106  # nobody's


_CREATING = threading.Lock()
"""botocore sessions are not thread-safe; clients are."""


@cache
def _session() -> Session:
    return Session()
