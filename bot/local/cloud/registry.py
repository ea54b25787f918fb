"""Which operations this cloud answers itself. Each service file registers its functions; `load` imports them all.

    @operation("rds", "PromoteReadReplica")
    def promote_read_replica(call: Call) -> Answer: ...

A function receives parsed and validated parameters and returns the members of the operation's output: plain values,
or moto's objects, whose attributes are then read. It refuses with AwsError. `call.moto()` asks moto for the same
call.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.local.cloud.wire import Call, Reply

Answer = Mapping[str, Any] | None
Operation = Callable[["Call"], "Answer | Reply"]

Aftermath = Callable[["Call"], None]

OPERATIONS: dict[tuple[str, str], Operation] = {}
AFTERMATHS: dict[tuple[str, str], Aftermath] = {}


def operation(service: str, *names: str) -> Callable[[Operation], Operation]:
    """Answer these operations of `service` (botocore's names) with the decorated function."""

    def register(function: Operation) -> Operation:
        for name in names:
            OPERATIONS[service, name] = function
        return function

    return register


def afterwards(service: str, *names: str) -> Callable[[Aftermath], Aftermath]:
    """Do this when one of these operations has been carried out, whoever answered it."""

    def register(function: Aftermath) -> Aftermath:
        for name in names:
            AFTERMATHS[service, name] = function
        return function

    return register


def load() -> None:
    """Import every service file, once."""
    services = importlib.import_module("bot.local.cloud.services")
    for module in pkgutil.iter_modules(services.__path__):
        importlib.import_module(f"{services.__name__}.{module.name}")
