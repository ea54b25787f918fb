"""World control over HTTP, under `/_cloud/`: JSON in, JSON out. Not AWS: for demos, tests and the curious.

GET    health                         {"status": "ok", …} once everything is seeded
GET    world                          regions, apps and the present clock
POST   regions/<region>               {"state": "down"|"up", "mode": …, "global": false}
                                      mode: hang (usual), refuse, 5xx, drop_response
GET    ledger     DELETE ledger       every mutating call that arrived; start a new page
POST   faults     DELETE faults       {"kind": …, "operation": "rds.failover_global_cluster", "region": "", "times": 1}
                                      kind: throttle, access_denied, 5xx, hang, refuse, lost_response, hollow
POST   clock                          {"advance": seconds, "freeze": true, "speed": 20}, each optional
POST   reset                          the seeded world again; the clock's speed and freezing stay
"""

from __future__ import annotations

import json
from typing import Any, Protocol

from bot.local.cloud import health
from bot.local.cloud.weather import MODES, Fate, Fault
from bot.local.cloud.wire import Reply
from bot.local.cloud.world import ACCOUNT, World


class Gate(Protocol):
    """What can be controlled."""

    world: World

    def reset(self) -> None: ...


def answer(gate: Gate, method: str, path: str, body: bytes) -> Reply:
    """Do what the path says; 404 for an unknown one, 400 with the reason for wrong words."""
    try:
        said = json.loads(body) if body.strip() else {}
        gate.world.settle()
        result = act(gate, method, path, said)
        gate.world.settle()
    except LookupError as error:
        return as_json({"error": f"{method} /_cloud/{path} is unknown: {error}"}, 404)
    except (ValueError, TypeError) as error:
        return as_json({"error": str(error)}, 400)
    return as_json(result)


def act(gate: Gate, method: str, path: str, said: dict[str, Any]) -> Any:
    world = gate.world
    match method, path.strip("/").split("/"):
        case "GET", ["health"]:
            return {"status": "ok", "account": ACCOUNT, "now": world.now().isoformat()}
        case "GET", ["world"]:
            return report(world)
        case "POST", ["regions", region]:
            return switch(
                world, region, **{key.replace("global", "takes_global"): value for key, value in said.items()}
            )
        case "GET", ["ledger"]:
            return {"calls": world.ledger.as_json()}
        case "DELETE", ["ledger"]:
            return world.ledger.entries.clear()
        case "POST", ["faults"]:
            return strike(world, **said)
        case "DELETE", ["faults"]:
            return world.weather.faults.clear()
        case "POST", ["clock"]:
            return wind(world, **said)
        case "POST", ["reset"]:
            return gate.reset()
    raise LookupError(path)


def switch(world: World, region: str, *, state: str, mode: str = "hang", takes_global: bool = False) -> dict[str, Any]:
    if state not in ("up", "down") or mode not in MODES:
        raise ValueError(f"state is up or down, mode is one of {', '.join(MODES)}")
    world.weather.region(region).switch(
        down=state == "down", now=world.now(), mode=MODES[mode], takes_global=takes_global
    )
    return world.weather.report()


def strike(world: World, *, kind: str, operation: str = "", service: str = "", region: str = "", times: int = 1) -> Any:
    world.weather.faults.append(Fault(Fate(kind), service, operation, region, times))
    return {"faults": len(world.weather.faults)}


def wind(
    world: World, *, advance: float = 0.0, freeze: bool | None = None, speed: float | None = None
) -> dict[str, Any]:
    clock = world.clock
    if freeze is not None:
        clock.freeze(freeze)
    if speed is not None:
        clock.speed = speed
    clock.advance(advance)
    return {"now": clock.now().isoformat(), "speed": clock.speed, "frozen": clock.frozen}


def report(world: World) -> dict[str, Any]:
    return {
        "account": ACCOUNT,
        "now": world.now().isoformat(),
        "regions": world.weather.report(),
        "apps": [health.report(world, app) for app in world.apps],
    }


def as_json(value: Any, status: int = 200) -> Reply:
    return Reply(status, {"Content-Type": "application/json"}, json.dumps(value or {}).encode())
