"""Point a CloudFront distribution's default behaviour at another of its origins.

When to reach for it: both regions' origins are configured in the distribution, and users come in through CloudFront.

What bites: CloudFront is edited through us-east-1 and replaces the whole configuration, so it is sent back as it was
read, against its ETag. It takes three to ten minutes to reach all edges; an origin group fails over faster. Rolling
back points at the former origin.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.base import Call, Params, Results, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told
from bot.model.action import ControlPlane, Finding, Risk
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient

HOME = "us-east-1"


class UpdateOriginParams(Params):
    """Which distribution, which origin."""

    distribution: str = Field(description="Distribution id.", examples=["E1ABCDEF2GHIJK"])
    origin: str = Field(description="Id of the origin in the distribution.", examples=["orders-usw2"])


class UpdateOriginResults(Results):
    """Where requests go."""

    origin: str = Field(description="Id of the default behaviour's origin.")


class Origin(Frozen):
    """Where the default behaviour sends requests."""

    origin: str

    def __str__(self) -> str:
        return told("origin {origin}", origin=self.origin)


def _config(origin: str) -> dict[str, Any]:
    origins = [{"Id": f"orders-{where}", "DomainName": f"{where}.example.com"} for where in ("use1", "usw2")]
    return {
        "CallerReference": "x", "Comment": "", "Enabled": True, "Origins": {"Quantity": 2, "Items": origins},
        "DefaultCacheBehavior": {"TargetOriginId": origin, "ViewerProtocolPolicy": "https-only"},
    }  # fmt: skip


def _seen(origin: str, status: str = "Deployed") -> Call:
    found = {
        "Id": "E1", "ARN": "arn:aws:cloudfront::111122223333:distribution/E1", "Status": status,
        "LastModifiedTime": "2026-01-01T00:00:00Z", "InProgressInvalidationBatches": 0, "DomainName": "d.example.com",
        "ActiveTrustedSigners": {"Enabled": False, "Quantity": 0}, "DistributionConfig": _config(origin),
    }  # fmt: skip
    return Call("cloudfront", "get_distribution", {"ETag": "1", "Distribution": found})


_PUT = Call("cloudfront", "update_distribution", {})


@action(
    "cloudfront.update_origin",
    risk=Risk.DISRUPTIVE,
    control_plane=ControlPlane.US_EAST_1,
    permissions=("cloudfront:GetDistribution", "cloudfront:UpdateDistribution"),
    typical=timedelta(minutes=5),
    by_hand="aws cloudfront get-distribution --id {distribution}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "distribution": "E1", "origin": "orders-usw2"},
        was=_seen("orders-use1"), put=_PUT, moving=_seen("orders-usw2", "InProgress"), now=_seen("orders-usw2"),
        back=_PUT,
    ),
)  # fmt: skip
class UpdateOrigin(Setting[UpdateOriginParams, Origin]):
    """Send the configuration back with another origin, then wait for all edges."""

    Params = UpdateOriginParams
    Results = UpdateOriginResults
    State = Origin

    def look(self, aws: Reads, params: UpdateOriginParams) -> Seen[Origin]:
        client: CloudFrontClient = aws.reader("cloudfront", HOME)
        try:
            answer: Any = client.get_distribution(Id=params.distribution)
        except client.exceptions.NoSuchDistribution:
            raise StepBroke(
                told("Distribution {distribution} does not exist; correct the id.", distribution=params.distribution)
            ) from None
        found = answer["Distribution"]
        origins = [each["Id"] for each in found["DistributionConfig"]["Origins"]["Items"]]
        if params.origin not in origins:
            raise StepBroke(
                told(
                    "{distribution} has no origin {origin}; it has {origins}.",
                    distribution=params.distribution,
                    origin=params.origin,
                    origins=" and ".join(origins),
                )
            )
        now = found["DistributionConfig"]["DefaultCacheBehavior"]["TargetOriginId"]
        return Seen(
            name=told("distribution {distribution}", distribution=params.distribution),
            target=found["ARN"],
            state=Origin(origin=now),
            moving="" if found["Status"] == "Deployed" else told("being deployed"),
            results={"origin": now},
            whole=answer,
        )

    def wanted(self, params: UpdateOriginParams, now: Origin) -> Origin:
        return Origin(origin=params.origin)

    def put(self, aws: Aws, params: UpdateOriginParams, seen: Seen[Origin], state: Origin, token: str) -> None:
        client: CloudFrontClient = aws.writer("cloudfront", HOME)
        config = seen.whole["Distribution"]["DistributionConfig"]
        behaviour = {**config["DefaultCacheBehavior"], "TargetOriginId": state.origin}
        changed: Any = {**config, "DefaultCacheBehavior": behaviour}
        client.update_distribution(
            Id=params.distribution,
            IfMatch=seen.whole["ETag"],
            DistributionConfig=changed,
        )

    def findings(self, aws: Reads, params: UpdateOriginParams, seen: Seen[Origin]) -> list[Finding]:
        return [Finding(text=told("CloudFront is edited through {home}, and edges take 3 to 10 minutes.", home=HOME))]
