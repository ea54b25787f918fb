"""Switch a Lambda event source mapping off to fence a consumer, or on to start one.

When to reach for it: before traffic or data moves, stop the old side from consuming its queue or stream; after the
move, start the consumer in the recovery region.

What bites: records of a stream expire by its retention while the mapping is off, and switching the new side on before
the old one is off consumes everything twice. AWS refuses while the mapping is in transition.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import short
from bot.actions.base import Call, Params, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.actions.states import Switch
from bot.language import told
from bot.model.action import Risk
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class SetEventSourceMappingParams(Params):
    """Which mapping, on or off."""

    mapping: str = Field(description="UUID of the mapping.", examples=["14e0db71-5d35-4eb5-b481-8945cf9d10c2"])
    enabled: bool = Field(description="Whether the function consumes.")


_UUID = "14e0db71-5d35-4eb5-b481-8945cf9d10c2"


def _mapping(state: str) -> Call:
    found = {"UUID": _UUID, "State": state, "FunctionArn": "arn:aws:lambda:us-west-2:111122223333:function:orders"}
    return Call("lambda", "get_event_source_mapping", found)


_UPDATE = Call("lambda", "update_event_source_mapping", {})


@action(
    "lambda.set_event_source_mapping",
    risk=Risk.DISRUPTIVE,
    permissions=("lambda:GetEventSourceMapping", "lambda:UpdateEventSourceMapping"),
    typical=timedelta(minutes=1),
    fences={"enabled": False},
    by_hand="aws lambda get-event-source-mapping --region {region} --uuid {mapping}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "mapping": _UUID, "enabled": False},
        was=_mapping("Enabled"), put=_UPDATE, moving=_mapping("Disabling"), now=_mapping("Disabled"), back=_UPDATE,
    ),
)  # fmt: skip
class SetEventSourceMapping(Setting[SetEventSourceMappingParams, Switch]):
    """Enable or disable, then watch the state."""

    Params = SetEventSourceMappingParams
    State = Switch

    def look(self, aws: Reads, params: SetEventSourceMappingParams) -> Seen[Switch]:
        client: LambdaClient = aws.reader("lambda", params.region)
        try:
            found = client.get_event_source_mapping(UUID=params.mapping)
        except client.exceptions.ResourceNotFoundException:
            raise StepBroke(
                told(
                    "Mapping {mapping} is not in {region}; correct the UUID.",
                    mapping=params.mapping,
                    region=params.region,
                )
            ) from None
        state = found.get("State", "")
        return Seen(
            name=told("{function_arn}'s event source", function_arn=short(found.get("FunctionArn", ""))),
            target=params.mapping,
            state=Switch(on=state in ("Enabled", "Enabling")),
            moving="" if state in ("Enabled", "Disabled") else state or told("in an unknown state"),
        )

    def wanted(self, params: SetEventSourceMappingParams, now: Switch) -> Switch:
        return Switch(on=params.enabled)

    def put(self, aws: Aws, params: SetEventSourceMappingParams, seen: Seen[Switch], state: Switch, token: str) -> None:
        client: LambdaClient = aws.writer("lambda", params.region)
        client.update_event_source_mapping(UUID=params.mapping, Enabled=state.on)
