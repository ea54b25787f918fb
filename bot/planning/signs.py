"""The signs of a disaster, looked at all at once: the service's alarms, AWS Health, both front doors.

Promises: every look ends within five seconds; what did not answer is unknown. Refuses to judge, and to change anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.actions.catalogue import Catalogue
from bot.language import told
from bot.model.action import ActionSpec, Settled
from bot.model.case import Sign
from bot.model.service import Service
from bot.ports.aws import Clouds, Reads
from bot.ports.threads import Threads

PATIENCE = 5.0
HEALTH, PROBE = "health.events", "http.probe"
_OF_STATES: Mapping[str, Any] = {"ALARM": "for", "OK": "against"}
Look = Callable[[], Sign]


@dataclass(frozen=True)
class _Question:
    """One look, and what stands in its place when it is not answered."""

    look: Look
    blank: Sign


def sign_permissions(specs: Mapping[str, ActionSpec]) -> tuple[str, ...]:
    """What the looks ask AWS for; the doors are no matter of AWS."""
    return ("cloudwatch:DescribeAlarms", *(specs[HEALTH].permissions if HEALTH in specs else ()))


async def look_for_signs(
    service: Service, actions: Catalogue, aws: Reads, clouds: Clouds, now: datetime, patience: float = PATIENCE
) -> tuple[Sign, ...]:
    """Every sign there is to look at, in a fixed order."""
    questions = [*_alarms(service, aws, now), *_health(service, actions, aws, now), *_doors(service, actions, aws, now)]
    pool = Threads(len(questions), name="sign")
    try:
        return tuple(await asyncio.gather(*(_asked(each, pool, clouds, patience) for each in questions)))
    finally:
        pool.shutdown(cancel_futures=True)


async def _asked(question: _Question, pool: Threads, clouds: Clouds, patience: float) -> Sign:
    try:
        looking = asyncio.get_running_loop().run_in_executor(pool, question.look)
        return await asyncio.wait_for(looking, patience)
    except TimeoutError:
        return question.blank.model_copy(update={"seen": told("no answer within {seconds} s", seconds=f"{patience:g}")})
    except Exception as error:  # whatever a look raises, the sign is unknown and says why
        return question.blank.model_copy(update={"seen": str(clouds.verdict(error, mutating=False))})


def _alarms(service: Service, aws: Reads, now: datetime) -> Iterator[_Question]:
    named = {(alarm.region, alarm.alarm): None for alarm in service.alarms}
    if service.health.alarm:
        named.setdefault((service.recovery_region, service.health.alarm))
    for region, alarm in named:
        source = f"CloudWatch {region}"
        blank = Sign(kind="alarm", about=alarm, speaks="unknown", seen="", source=source, at=now)
        yield _Question(lambda blank=blank, region=region: _alarm(aws, region, blank), blank)  # type: ignore[misc]


def _alarm(aws: Reads, region: str, blank: Sign) -> Sign:
    found: dict[str, Any] = aws.reader("cloudwatch", region).describe_alarms(
        AlarmNames=[blank.about], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    for alarm in (*found.get("MetricAlarms", ()), *found.get("CompositeAlarms", ())):
        state = str(alarm.get("StateValue"))
        moment = alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp")
        since = moment.astimezone(UTC) if isinstance(moment, datetime) else blank.at
        return blank.model_copy(update={"seen": state, "speaks": _OF_STATES.get(state, "unknown"), "at": since})
    return blank.model_copy(update={"seen": told("there is no such alarm")})


def _health(service: Service, actions: Catalogue, aws: Reads, now: datetime) -> Iterator[_Question]:
    if HEALTH not in actions.specs:
        return
    check, region = actions[HEALTH], service.primary_region
    params = check.Params.model_validate({"region": region, "affected_region": region})
    blank = Sign(kind="health", about=region, speaks="unknown", seen="", source="DescribeEvents", at=now)

    def look() -> Sign:
        found = check.verify(aws, params, {})
        count = found.results.get("open_events", 0) if isinstance(found, Settled) else 0
        return blank.model_copy(update={"seen": found.seen, "speaks": "for" if count else "nothing"})

    yield _Question(look, blank)


def _doors(service: Service, actions: Catalogue, aws: Reads, now: datetime) -> Iterator[_Question]:
    health = service.health
    if PROBE not in actions.specs:
        return
    probe = told("probe")
    if health.primary_url:
        blank = Sign(kind="primary", about=health.primary_url, speaks="unknown", seen="", source=probe, at=now)
        yield _door(blank, actions, aws, service.primary_region)
    if health.recovery_url:
        blank = Sign(kind="standby", about=health.recovery_url, speaks="unknown", seen="", source=probe, at=now)
        yield _door(blank, actions, aws, service.recovery_region)


def _door(blank: Sign, actions: Catalogue, aws: Reads, region: str) -> _Question:
    check = actions[PROBE]
    params = check.Params.model_validate({"region": region, "url": blank.about, "timeout": "4s"})

    def look() -> Sign:
        found = check.verify(aws, params, {})
        good = isinstance(found, Settled)
        if blank.kind == "standby":  # a standby that answers is no sign of a disaster, one that is silent forbids haste
            return blank.model_copy(update={"seen": found.seen, "speaks": "nothing" if good else "against"})
        return blank.model_copy(update={"seen": found.seen, "speaks": "against" if good else "for"})

    return _Question(look, blank)
