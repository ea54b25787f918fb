"""The seed: a YAML file that describes the demo world as AWS calls, and the planting of it.

    calls:
      - {call: elbv2.create_target_group, in: us-east-1, as: tg, with: {Name: orders, …}}
      - {call: ecs.create_service, in: us-east-1, with: {…, targetGroupArn: ${tg.TargetGroups.0.TargetGroupArn}}}
    apps:
      - {name: orders-api, …}        what has to work so that users are served

A second file adds to the first one's world, and may name what that one has named. It needs no `apps`.

Promises: what is planted went through the same door as a client's call, so nothing exists that AWS would have refused.
"""

from __future__ import annotations

import re
from dataclasses import MISSING, dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from bot.local.cloud.loopback import Answer, loopback
from bot.local.cloud.world import App, World

DEFAULT = Path(__file__).with_name("world.yaml")
SETTLED = timedelta(hours=1)
REFERENCE = re.compile(r"\$\{([^}]+)\}")


@dataclass(frozen=True)
class Seed:
    calls: tuple[dict[str, Any], ...]
    apps: tuple[App, ...]


def read(path: Path = DEFAULT, *more: Path) -> Seed:
    """The seed in one file or several. Raises ValueError with the file's name and what is wrong there."""
    seeds = [_read(each) for each in (path, *more)]
    return Seed(
        calls=tuple(call for seed in seeds for call in seed.calls),
        apps=tuple(app for seed in seeds for app in seed.apps),
    )


def _read(path: Path) -> Seed:
    try:
        said = yaml.safe_load(path.read_text())
        calls = tuple(said["calls"])
        for call in calls:
            service, _dot, operation = call["call"].partition(".")
            if not (service and operation and call["in"]):
                raise ValueError(f"{call} is no call; write {{call: service.operation, in: region, with: {{…}}}}")
        return Seed(calls=calls, apps=tuple(map(_app, said.get("apps", ()))))
    except (OSError, ValueError, TypeError, AttributeError, yaml.YAMLError) as broke:
        raise ValueError(f"{path}: {broke}") from broke
    except KeyError as missing:
        raise ValueError(f"{path}: {missing} is missing") from missing


def _app(said: dict[str, Any]) -> App:
    needed = [each.name for each in fields(App) if each.default is MISSING]
    more = [each.name for each in fields(App) if each.default is not MISSING]
    if not set(needed) <= said.keys() <= {*needed, *more}:
        raise ValueError(f"{said} is no app; it needs {', '.join(needed)}, and may have {', '.join(more)}")
    return App(**said)


def plant(seed: Seed, world: World, answer: Answer) -> None:
    """Make every call of the seed, in order, and let the world come to rest after each: what is planted is there.

    Raises ValueError with the call and the reason, in the cloud's own words.
    """
    named: dict[str, Any] = {}
    for step in seed.calls:
        service, operation = step["call"].split(".")
        try:
            result = loopback(answer, service, operation, step["in"], resolved(step.get("with", {}), named))
        except RuntimeError as refused:  # the cloud's own answer, with its place
            raise ValueError(str(refused)) from refused
        except Exception as refused:  # whatever else it is, the author of the file needs the place
            raise ValueError(f"{step['call']} in {step['in']}: {refused}") from refused
        named[step.get("as", "")] = result
        come_to_rest(world)
    world.apps = seed.apps


def come_to_rest(world: World) -> None:
    """Everything that is on its way has been there for long."""
    long_ago = world.now() - SETTLED
    while due := world.agenda.pop_due(world.now().replace(year=9999)):
        due[1](long_ago)


def resolved(value: Any, named: dict[str, Any]) -> Any:
    """The value with every `${name.path}` replaced by what an earlier call answered."""
    match value:
        case dict():
            return {key: resolved(item, named) for key, item in value.items()}
        case list():
            return [resolved(item, named) for item in value]
        case str():
            return REFERENCE.sub(lambda found: str(look_up(found[1], named)), value)
        case _:
            return value


def look_up(path: str, named: dict[str, Any]) -> Any:
    found: Any = named
    for part in path.split("."):
        found = found[int(part)] if isinstance(found, list) else found[part]
    return found
