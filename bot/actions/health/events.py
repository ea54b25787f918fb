"""Count AWS's own open incidents that touch a region and services.

When to reach for it: to tell an outage of AWS's from one of ours, and for the moment at which the impact began.

What bites: AWS Health answers from one region of the partition (us-east-1, in China cn-northwest-1, in GovCloud
us-gov-west-1) and to accounts with a support plan only; it is often later than your own alarms. No event is not health.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import clock, every, refusal, stamp
from bot.actions.assessing import looked
from bot.actions.base import Call, Check, Params, Results, action
from bot.language import told
from bot.model.action import Before, ControlPlane, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_health import HealthClient
    from mypy_boto3_health.type_defs import EventFilterTypeDef


class EventsParams(Params):
    """Where, and what."""

    affected_region: str = Field(description="Region to ask about.", examples=["us-east-1"])
    services: tuple[str, ...] = Field(default=(), description="Service names, such as RDS; all without them.")


class EventsResults(Results):
    """What AWS reports."""

    open_events: int = Field(description="Open issues.")
    kinds: list[str] = Field(description="Services and event types.")
    since: datetime | None = Field(description="When the first of them began; nothing when there is none.")


@action(
    "health.events",
    risk=Risk.READ,
    measures="open_events",
    control_plane=ControlPlane.US_EAST_1,
    permissions=("health:DescribeEvents",),
    rehearsal=looked(
        {"affected_region": "us-east-1"},
        Call(
            "health",
            "describe_events",
            {
                "events": [
                    {
                        "service": "RDS",
                        "eventTypeCode": "AWS_RDS_OPERATIONAL_ISSUE",
                        "statusCode": "open",
                        "startTime": datetime(2026, 1, 1, 11, 58, tzinfo=UTC),
                    }
                ]
            },
        ),
    ),
)
class Events(Check[EventsParams]):
    """Open issues, and since when."""

    Params = EventsParams
    Results = EventsResults

    def verify(self, aws: Reads, params: EventsParams, before: Before) -> Settled:
        health: HealthClient = aws.reader("health", aws.home("health", params.affected_region))
        which: EventFilterTypeDef = {"regions": [params.affected_region], "eventStatusCodes": ["open"]}
        which["eventTypeCategories"] = ["issue"]
        if params.services:
            which["services"] = list(params.services)
        try:
            events = every(health, "describe_events", "events", filter=which)
        except refusal("SubscriptionRequiredException"):
            raise StepBroke(told("unknown: this account has no plan with AWS Health; read the status page.")) from None
        kinds = sorted({f"{each.get('service')} ({each.get('eventTypeCode')})" for each in events})
        since = min((each["startTime"] for each in events if "startTime" in each), default=None)
        return Settled(
            seen=told(
                "{affected_region}: {kinds}{since}",
                affected_region=params.affected_region,
                kinds=", ".join(kinds) or told("AWS reports nothing"),
                since=_since(since),
            ),
            results={"open_events": len(events), "kinds": list(kinds), "since": stamp(since) if since else None},
        )


def _since(at: datetime | None) -> str:
    return told(" since {at} UTC", at=clock(at)) if at else ""
