"""What expressions can read: one nested mapping, built the same way for planning and for running."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from bot.model.service import Service

Scope = Mapping[str, JsonValue]


def base_scope(
    service: Service, inputs: Mapping[str, JsonValue], *, run: str, mode: str, requester: str
) -> dict[str, JsonValue]:
    """`inputs`, `service`, `resources` and `run`; `steps` is added as results come in."""
    return {
        "inputs": dict(inputs),
        "service": service.model_dump(mode="json", exclude={"resources", "runbooks", "alarms"}),
        "resources": dict(service.resources),
        "run": {"id": run, "mode": mode, "requester": requester},
    }
