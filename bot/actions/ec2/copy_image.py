"""Copy a machine image into this region.

When to reach for it: instances or launch templates of the recovery region need an image that exists in another one.

What bites: launch templates name images by id, and the copy has another id; read it from the results. The copy's
name is the identity here. An encrypted image needs a key of this region.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import blocked, unready
from bot.actions.base import Call, Params, Results, action
from bot.actions.ec2.named import first
from bot.actions.shapes import Made, Thing, rehearsed
from bot.language import later, told
from bot.model.action import Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


class CopyImageParams(Params):
    """Which image, from where, and what the copy is called."""

    image: str = Field(description="Image id.", pattern=r"^ami-", examples=["ami-0123456789abcdef0"])
    source_region: str = Field(description="The region it is in.", examples=["us-east-1"])
    name: str = Field(description="Name of the copy; its identity.", examples=["orders-worker-2026-01"])
    kms_key: str | None = Field(default=None, description="Key of this region, for an encrypted copy.")


class CopyImageResults(Results):
    """The copy."""

    image: str = Field(description="Id of the copy.")


def _images(*states: str) -> Call:
    return Call("ec2", "describe_images", {"Images": [{"ImageId": "ami-0c", "State": state} for state in states]})


@action(
    "ec2.copy_image",
    risk=Risk.REVERSIBLE,
    costs=told("the copy's storage"),
    idempotency=Idempotency.TOKEN,
    permissions=("ec2:DescribeImages", "ec2:CopyImage"),
    irreversible=told("The copy stays and costs storage until a person deregisters it; the original is untouched."),
    typical=timedelta(minutes=15),
    by_hand=later("EC2 console in {region}, AMIs, {name}"),
    rehearsal=rehearsed(
        {"region": "us-west-2", "image": "ami-0a", "source_region": "us-east-1", "name": "orders-worker"},
        none=(_images(),),
        source=(_images("available"),),
        send=(Call("ec2", "copy_image", {"ImageId": "ami-0c"}),),
        way=(_images("pending"), _images("available")),
    ),
)
class CopyImage(Made[CopyImageParams]):
    """Start the copy, then watch until it is available."""

    Params = CopyImageParams
    Results = CopyImageResults
    dead = frozenset({"failed", "error", "invalid", "deregistered"})

    def called(self, params: CopyImageParams) -> str:
        return params.name

    def thing(self, aws: Reads, params: CopyImageParams) -> Thing | None:
        found = _image(aws, params.region, "name", params.name, Owners=["self"])
        if found is None:
            return None
        reason = found.get("StateReason", {}).get("Message", "")
        return Thing(state=found["State"], note=reason, results={"image": found["ImageId"]})

    def source(self, aws: Reads, params: CopyImageParams) -> Look:
        found = _image(aws, params.source_region, "image-id", params.image)
        if found is None or found["State"] != "available":
            status = found["State"] if found else None
            return blocked(unready(params.image, status, "available", params.source_region), params.name)
        change = told(
            "{image} in {source_region} → {name} in {region}",
            image=params.image,
            source_region=params.source_region,
            name=params.name,
            region=params.region,
        )
        return Look(state="ready", change=change, targets=(params.name,))

    def execute(self, aws: Aws, params: CopyImageParams, token: str) -> None:
        ec2: EC2Client = aws.writer("ec2", params.region)
        key: dict[str, Any] = {"KmsKeyId": params.kms_key, "Encrypted": True} if params.kms_key else {}
        ec2.copy_image(
            Name=params.name,
            SourceImageId=params.image,
            SourceRegion=params.source_region,
            ClientToken=token,
            Description=f"dr-bot {token}",
            **key,
        )


def _image(aws: Reads, region: str, key: str, value: str, **more: Any) -> Any | None:
    ec2: EC2Client = aws.reader("ec2", region)
    return first(ec2.describe_images(Filters=[{"Name": key, "Values": [value]}], **more)["Images"])
