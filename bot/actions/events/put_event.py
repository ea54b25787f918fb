"""Put an event on an EventBridge bus: tell other systems what the recovery has reached.

When to reach for it: whatever listens on the bus (tickets, dashboards, other automation) should learn that a move
began or ended.

What bites: EventBridge has no token and nothing can be read back, so an event whose answer was lost is never repeated
by itself: a person decides. Accepted is not delivered; rules decide who gets it. Our token is in the detail.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import Field, JsonValue

from bot.actions.answers import blocked
from bot.actions.base import Action, Call, Params, Rehearsal, action
from bot.language import later, told
from bot.model.action import Before, Idempotency, Look, Risk, Settled
from bot.model.errors import OutcomeUnknown, StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef


class PutEventParams(Params):
    """Where to, and what."""

    bus: str = Field(default="default", description="Event bus name or ARN.")
    source: str = Field(default="dr-bot", description="Source of the event.", examples=["dr-bot"])
    detail_type: str = Field(description="What kind of event.", examples=["Failover finished"])
    detail: dict[str, JsonValue] = Field(default={}, description="The event's detail.")


@action(
    "events.put_event",
    risk=Risk.REVERSIBLE,
    owes=False,
    idempotency=Idempotency.OPAQUE,
    permissions=("events:DescribeEventBus", "events:PutEvents"),
    irreversible=told("An event cannot be recalled; put another one that corrects it."),
    by_hand=later(
        "ask whoever owns a rule on {bus} whether the event came; EventBridge keeps no copy without an archive"
    ),
    rehearsal=Rehearsal(
        params={"region": "us-west-2", "detail_type": "Failover finished"},
        calls=(
            Call("events", "describe_event_bus", {"Name": "default"}),
            Call("events", "put_events", {"FailedEntryCount": 0, "Entries": [{"EventId": "e1"}]}),
        ),
    ),
)
class PutEvent(Action[PutEventParams]):
    """One event, sent once."""

    Params = PutEventParams

    def preflight(self, aws: Reads, params: PutEventParams) -> Look:
        events: EventBridgeClient = aws.reader("events", params.region)
        try:
            events.describe_event_bus(Name=params.bus)
        except events.exceptions.ResourceNotFoundException:
            return blocked(
                told("Event bus {bus} is not in {region}; correct the name.", bus=params.bus, region=params.region),
                params.bus,
            )
        return Look(
            state="ready",
            change=told("put “{detail_type}” on {bus}", detail_type=params.detail_type, bus=params.bus),
            targets=(f"bus:{params.bus}",),
        )

    def execute(self, aws: Aws, params: PutEventParams, token: str) -> None:
        events: EventBridgeClient = aws.writer("events", params.region)
        detail = json.dumps({**params.detail, "idempotency_key": token})
        entry: PutEventsRequestEntryTypeDef = {
            "EventBusName": params.bus,
            "Source": params.source,
            "DetailType": params.detail_type,
            "Detail": detail,
        }
        answer = events.put_events(Entries=[entry])
        if answer.get("FailedEntryCount"):
            why = answer["Entries"][0].get("ErrorMessage", "")
            raise StepBroke(
                told("{bus} did not take the event: {why}; correct it, then retry.", bus=params.bus, why=why)
            )
        if not any(each.get("EventId") for each in answer.get("Entries", [])):
            raise OutcomeUnknown(told("EventBridge answered without an event id; ask whether the event came."))

    def verify(self, aws: Reads, params: PutEventParams, before: Before) -> Settled:
        """EventBridge's answer was all the evidence there will be; asked only after it has answered."""
        return Settled(seen=told("{bus} accepted “{detail_type}”", bus=params.bus, detail_type=params.detail_type))
