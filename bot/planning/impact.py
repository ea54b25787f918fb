"""When customers first felt it, as the service's own alarm tells."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from bot.language import told
from bot.model.service import Service
from bot.ports.aws import Reads
from bot.ports.threads import apart

log = structlog.get_logger()
PATIENCE = 5.0
"""Seconds; a start form must not wait longer for an alarm."""


@dataclass(frozen=True)
class Impact:
    """A moment and where it was read."""

    started_at: datetime
    evidence: str


async def impact_from_alarm(aws: Reads, service: Service) -> Impact | None:
    """The transition of the service's health alarm into ALARM, read in the recovery region; None when it is not."""
    if service.health.alarm is None:
        return None
    try:
        return await asyncio.wait_for(apart(_read, aws, service), PATIENCE)
    except Exception as error:  # an alarm that cannot be read must not stop a failover; the person gives the time
        log.warning("alarm-not-read", alarm=service.health.alarm, error=f"{type(error).__name__}: {error}"[:300])
        return None


def _read(aws: Reads, service: Service) -> Impact | None:
    cloudwatch = aws.reader("cloudwatch", service.recovery_region)
    answer: dict[str, Any] = cloudwatch.describe_alarms(
        AlarmNames=[service.health.alarm], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    for alarm in (*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ())):
        moment = alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp")
        if alarm.get("StateValue") == "ALARM" and isinstance(moment, datetime):
            evidence = told(
                "alarm {alarm} ({region}), StateTransitionedTimestamp",
                alarm=service.health.alarm,
                region=service.recovery_region,
            )
            return Impact(moment.astimezone(UTC).replace(microsecond=0), evidence)
    return None
