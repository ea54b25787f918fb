"""Turn the traffic dial of a Global Accelerator endpoint group.

When to reach for it: moving users between regions in seconds, without waiting for DNS caches. One step per endpoint
group: open the new region's first, then close the old one's.

What bites: Global Accelerator is edited through us-west-2. When all dials are at zero nobody is served. The change is
in force when the accelerator is deployed again. Rolling back restores the former dial.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field, field_validator

from bot.actions.base import Call, Params, Results, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told
from bot.model.action import ControlPlane, Finding, Risk
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_globalaccelerator import GlobalAcceleratorClient

HOME = "us-west-2"


class SetTrafficDialParams(Params):
    """Which endpoint group, how much."""

    endpoint_group: str = Field(description="ARN of the endpoint group.", pattern=r"^arn:.+/endpoint-group/.+$")
    percent: float = Field(description="Share of the group's traffic that it takes.", ge=0, le=100)


class SetTrafficDialResults(Results):
    """Where it stands."""

    percent: float = Field(description="The dial.")
    healthy: int = Field(description="Healthy endpoints of the group.")


class Dial(Frozen):
    """How far open, to a thousandth: AWS keeps it as a 32-bit float and answers 33.3 with 33.29999923706055."""

    percent: float

    @field_validator("percent")
    @classmethod
    def _rounded(cls, percent: float) -> float:
        return round(percent, 3)

    def __str__(self) -> str:
        return told("{percent} %", percent=f"{self.percent:g}")


_ACCELERATOR = "arn:aws:globalaccelerator::111122223333:accelerator/0a1b2c3d"
_GROUP = f"{_ACCELERATOR}/listener/0a1b/endpoint-group/0a1b2c"


def _group(percent: float, status: str = "DEPLOYED") -> tuple[Call, ...]:
    endpoints = [{"EndpointId": "arn:lb", "HealthState": "HEALTHY"}]
    group = {"EndpointGroupArn": _GROUP, "EndpointGroupRegion": "us-west-2", "TrafficDialPercentage": percent,
             "EndpointDescriptions": endpoints}  # fmt: skip
    return (
        Call("globalaccelerator", "describe_endpoint_group", {"EndpointGroup": group}),
        Call("globalaccelerator", "describe_accelerator", {"Accelerator": {"Status": status}}),
    )


_PUT = Call("globalaccelerator", "update_endpoint_group", {})


@action(
    "globalaccelerator.set_traffic_dial",
    risk=Risk.DISRUPTIVE,
    control_plane=ControlPlane.US_WEST_2,
    permissions=(
        "globalaccelerator:DescribeEndpointGroup",
        "globalaccelerator:DescribeAccelerator",
        "globalaccelerator:UpdateEndpointGroup",
    ),
    typical=timedelta(seconds=30),
    by_hand="aws globalaccelerator describe-endpoint-group --region us-west-2 --endpoint-group-arn {endpoint_group}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "endpoint_group": _GROUP, "percent": 100},
        was=_group(0), put=_PUT, moving=_group(100, "IN_PROGRESS"), now=_group(100), back=_PUT,
    ),
)  # fmt: skip
class SetTrafficDial(Setting[SetTrafficDialParams, Dial]):
    """Turn the dial, then wait until it is deployed."""

    Params = SetTrafficDialParams
    Results = SetTrafficDialResults
    State = Dial

    def look(self, aws: Reads, params: SetTrafficDialParams) -> Seen[Dial]:
        client: GlobalAcceleratorClient = aws.reader("globalaccelerator", HOME)
        try:
            group = client.describe_endpoint_group(EndpointGroupArn=params.endpoint_group)["EndpointGroup"]
        except client.exceptions.EndpointGroupNotFoundException:
            raise StepBroke(
                told("{endpoint_group} does not exist; correct the ARN.", endpoint_group=params.endpoint_group)
            ) from None
        accelerator = params.endpoint_group.partition("/listener/")[0]
        status = client.describe_accelerator(AcceleratorArn=accelerator)["Accelerator"].get("Status", "DEPLOYED")
        dial = Dial(percent=group.get("TrafficDialPercentage", 100.0))
        healthy = sum(each.get("HealthState") == "HEALTHY" for each in group.get("EndpointDescriptions", []))
        return Seen(
            name=told(
                "dial of {endpoint_group_region}",
                endpoint_group_region=group.get("EndpointGroupRegion", params.endpoint_group),
            ),
            target=params.endpoint_group,
            state=dial,
            moving="" if status == "DEPLOYED" else told("being deployed"),
            results={"percent": dial.percent, "healthy": healthy},
        )

    def wanted(self, params: SetTrafficDialParams, now: Dial) -> Dial:
        return Dial(percent=params.percent)

    def put(self, aws: Aws, params: SetTrafficDialParams, seen: Seen[Dial], state: Dial, token: str) -> None:
        client: GlobalAcceleratorClient = aws.writer("globalaccelerator", HOME)
        # Endpoints are left out on purpose: giving them would replace them all.
        client.update_endpoint_group(EndpointGroupArn=params.endpoint_group, TrafficDialPercentage=state.percent)

    def findings(self, aws: Reads, params: SetTrafficDialParams, seen: Seen[Dial]) -> list[Finding]:
        none = params.percent > 0 and not seen.results.get("healthy")
        return (
            [Finding(text=told("{name} has no healthy endpoint; traffic would find nobody.", name=seen.name))]
            if none
            else []
        )
