"""A scripted AWS: an `Aws` whose requests and replies botocore checks against its own service models.

Requests must come in the order of the script, per service; independent services may be asked side by side. A reader
refuses every call that could change something, so a look that mutates is caught wherever it is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from botocore.loaders import create_loader
from botocore.session import Session
from botocore.stub import Stubber

from bot.actions.base import Call
from bot.adapters.aws.partitions import home_region
from bot.model.errors import Retryable
from bot.ports.aws import HttpAnswer

NOON = datetime(2026, 1, 1, 12, 5, tzinfo=UTC)
LOOKING = ("describe_", "get_", "list_", "head_", "batch_get_", "test_dns_answer", "simulate_")


@cache
def _endpoints() -> Any:
    return create_loader().load_data("endpoints")


def refusal(service: str, operation: str, code: str, message: str = "no", status: int = 400) -> Call:
    """A call that AWS answers with an error."""
    return Call(service, operation, {"Error": {"Code": code, "Message": message}, "Status": status})


def silence(url: str = "nobody") -> Call:
    """A probe that nothing answers."""
    return Call("http", "http_get", {"silent": f"{url} gave no answer"})


class ScriptedAws:
    """Plays `script`; `may_write=False` is a cloud that only lets itself be looked at."""

    def __init__(self, *script: Call, may_write: bool = True, now: datetime = NOON) -> None:
        self._left = list(script)
        self._may_write, self._now = may_write, now
        self._clients: dict[tuple[str, str, bool], Any] = {}
        self._lock = threading.Lock()
        self.sent: list[tuple[str, dict[str, Any]]] = []
        """Operation and parameters of each request, in order."""
        self.regions: set[str] = set()
        """Every region that was asked for."""

    def reader(self, service: str, region: str, *, endpoint: str | None = None) -> Any:
        return self._client(service, region, writes=False)

    def writer(self, service: str, region: str, *, endpoint: str | None = None) -> Any:
        assert self._may_write, f"a writer of {service} was asked for while only looking"
        return self._client(service, region, writes=True)

    def home(self, service: str, region: str) -> str:
        return home_region(_endpoints(), service, region)

    def http_get(self, url: str, *, timeout: float = 5.0) -> HttpAnswer:
        reply = self._next("http", "http_get").reply
        self.sent.append(("http_get", {"url": url, "timeout": timeout}))
        if "silent" in reply:
            raise Retryable(reply["silent"])
        return HttpAnswer.model_validate(reply)

    def now(self) -> datetime:
        return self._now

    @property
    def left(self) -> list[Call]:
        """What was expected and has not been asked."""
        return list(self._left)

    def parameters(self, operation: str) -> dict[str, Any]:
        """What the last request of `operation` said."""
        return next(parameters for name, parameters in reversed(self.sent) if name == operation)

    def _client(self, service: str, region: str, *, writes: bool) -> Any:
        self.regions.add(region)
        with self._lock:
            key = (service, region, writes)
            if key not in self._clients:
                self._clients[key] = self._scripted(service, region, writes)
            return self._clients[key]

    def _scripted(self, service: str, region: str, writes: bool) -> Any:
        client = new_client(service, region)
        stubber = Stubber(client)
        names = {api: method for method, api in client.meta.method_to_api_mapping.items()}

        def prepare(params: dict[str, Any], model: Any, **_: Any) -> None:
            operation = names[model.name]
            looks = operation.startswith(LOOKING) or str(params.get("sql", "")).startswith("SELECT ")
            assert writes or looks, f"{operation} was sent with a client for looking"
            _reply(stubber, self._next(service, operation))
            self.sent.append((operation, dict(params)))

        client.meta.events.register("provide-client-params.*.*", prepare)
        stubber.activate()
        return client

    def _next(self, service: str, operation: str) -> Call:
        with self._lock:
            call = next((each for each in self._left if each.service == service), None)
            assert call is not None, f"{service}.{operation} was called after the end of the script"
            assert call.operation == operation, (
                f"{service}.{operation} was called; the script has {call.operation} next"
            )
            self._left.remove(call)
            return call


def new_client(service: str, region: str = "us-west-2") -> Any:
    """A client that cannot reach anything."""
    return _session().create_client(  # type: ignore[call-overload]  # overloaded by literal service names
        service, region_name=region, aws_access_key_id="none", aws_secret_access_key="none"
    )


@cache
def api_names(service: str) -> dict[str, str]:
    """Boto3's method names to the API's: `describe_db_instances` → `DescribeDBInstances`."""
    return dict(new_client(service).meta.method_to_api_mapping)


@cache
def _session() -> Session:
    return Session()


def _reply(stubber: Stubber, call: Call) -> None:
    if "Error" in call.reply:
        error = call.reply["Error"]
        stubber.add_client_error(call.operation, error["Code"], error["Message"], call.reply["Status"])
    else:
        stubber.add_response(call.operation, call.reply)


def play(calls: Iterable[Call], **kwargs: Any) -> ScriptedAws:
    """A scripted AWS from a sequence."""
    return ScriptedAws(*calls, **kwargs)
