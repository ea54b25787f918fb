"""Shift an S3 Multi-Region Access Point's traffic between regions.

When to reach for it: clients read and write through a Multi-Region Access Point, and its bucket in the sick region
should get no more requests.

What bites: a region is on (100) or off (0), and at least one must stay on. Requests on their way end where they
began. What was not replicated is missing on the other side. The routes are set through one of five regions; the
step's region must be us-east-1, us-west-2, ap-southeast-2, ap-northeast-1 or eu-west-1.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.base import Call, Params, Results, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import later, told
from bot.model.action import Finding, Risk
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_s3control import S3ControlClient

ROUTERS = frozenset({"us-east-1", "us-west-2", "ap-southeast-2", "ap-northeast-1", "eu-west-1"})


class ShiftMrapRoutesParams(Params):
    """Which access point, and which regions serve."""

    account: str = Field(description="Account id of its owner.", pattern=r"^\d{12}$")
    access_point: str = Field(description="ARN of the Multi-Region Access Point.")
    active: tuple[str, ...] = Field(min_length=1, description="Regions that serve; all others are turned off.")


class ShiftMrapRoutesResults(Results):
    """Who serves."""

    active: list[str] = Field(description="Regions that serve.")


class Routes(Frozen):
    """The dial of each region."""

    dials: dict[str, int]

    def __str__(self) -> str:
        return ", ".join(f"{region} {dial} %" for region, dial in sorted(self.dials.items()))


_MRAP = "arn:aws:s3::111122223333:accesspoint/abc.mrap"


def _routes(east: int, west: int) -> Call:
    found = [
        {"Bucket": f"orders-{region}", "Region": region, "TrafficDialPercentage": dial}
        for region, dial in (("us-east-1", east), ("us-west-2", west))
    ]
    return Call("s3control", "get_multi_region_access_point_routes", {"Mrap": _MRAP, "Routes": found})


_PUT = Call("s3control", "submit_multi_region_access_point_routes", {})


@action(
    "s3control.shift_mrap_routes",
    risk=Risk.DISRUPTIVE,
    permissions=("s3:GetMultiRegionAccessPointRoutes", "s3:SubmitMultiRegionAccessPointRoutes"),
    typical=timedelta(minutes=2),
    by_hand=later("S3 console, Multi-Region Access Points, {access_point}, Replication and failover"),
    rehearsal=rehearsed(
        {"region": "us-west-2", "account": "111122223333", "access_point": _MRAP, "active": ["us-west-2"]},
        was=_routes(100, 0), put=_PUT, now=_routes(0, 100), back=_PUT,
    ),
)  # fmt: skip
class ShiftMrapRoutes(Setting[ShiftMrapRoutesParams, Routes]):
    """Submit what differs, then read the routes back."""

    Params = ShiftMrapRoutesParams
    Results = ShiftMrapRoutesResults
    State = Routes

    def look(self, aws: Reads, params: ShiftMrapRoutesParams) -> Seen[Routes]:
        if params.region not in ROUTERS:
            raise StepBroke(
                told(
                    "{region} cannot set routes; set the step's region to one of {routers}.",
                    region=params.region,
                    routers=", ".join(ROUTERS),
                )
            )
        client: S3ControlClient = aws.reader("s3control", params.region)
        found = client.get_multi_region_access_point_routes(AccountId=params.account, Mrap=params.access_point)[
            "Routes"
        ]
        dials = {each.get("Region", ""): each["TrafficDialPercentage"] for each in found}
        if unknown := set(params.active) - set(dials):
            raise StepBroke(
                told(
                    "{unknown} is no region of {access_point}; correct active.",
                    unknown=", ".join(sorted(unknown)),
                    access_point=params.access_point,
                )
            )
        on = sorted(region for region, dial in dials.items() if dial)
        return Seen(name=params.access_point, state=Routes(dials=dials), results={"active": [*on]})

    def wanted(self, params: ShiftMrapRoutesParams, now: Routes) -> Routes:
        return Routes(dials={region: 100 if region in params.active else 0 for region in now.dials})

    def put(self, aws: Aws, params: ShiftMrapRoutesParams, seen: Seen[Routes], state: Routes, token: str) -> None:
        client: S3ControlClient = aws.writer("s3control", params.region)
        updates: Any = [
            {"Region": region, "TrafficDialPercentage": dial}
            for region, dial in state.dials.items()
            if seen.state.dials.get(region) != dial
        ]
        client.submit_multi_region_access_point_routes(
            AccountId=params.account, Mrap=params.access_point, RouteUpdates=updates
        )

    def findings(self, aws: Reads, params: ShiftMrapRoutesParams, seen: Seen[Routes]) -> list[Finding]:
        return [Finding(text=told("Objects that were not replicated yet are missing in the regions that serve."))]
