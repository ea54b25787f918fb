"""Make an EBS volume from a snapshot.

When to reach for it: instances of the recovery region need the data of a snapshot; attach the volume afterwards.

What bites: blocks come from S3 when they are first read, so the volume is slow at first; `initialization_rate` (100
to 300 MiB/s, costs extra) or fast snapshot restore fills it ahead. The Name tag is the identity here.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from bot.actions.answers import blocked, unready
from bot.actions.base import Call, Params, Results, action
from bot.actions.ec2.named import by_name, first, tagged
from bot.actions.shapes import Made, Thing, rehearsed
from bot.language import later, told
from bot.model.action import Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


class CreateVolumeParams(Params):
    """From what, where, and under what name."""

    snapshot: str = Field(description="Snapshot id.", pattern=r"^snap-", examples=["snap-0123456789abcdef0"])
    zone: str = Field(description="Availability Zone.", examples=["us-west-2a"])
    name: str = Field(description="Name tag of the volume; its identity.", examples=["orders-data"])
    type: Literal["gp3", "io2", "gp2", "st1"] = Field(default="gp3", description="Volume type.")
    initialization_rate: int | None = Field(default=None, ge=100, le=300, description="MiB/s to fill it ahead with.")


class CreateVolumeResults(Results):
    """The volume."""

    volume: str = Field(description="Volume id.")


def _volumes(*states: str) -> Call:
    return Call("ec2", "describe_volumes", {"Volumes": [{"VolumeId": "vol-0c", "State": state} for state in states]})


def _snapshots(*states: str) -> Call:
    return Call("ec2", "describe_snapshots", {"Snapshots": [{"State": state, "VolumeSize": 100} for state in states]})


@action(
    "ec2.create_volume",
    risk=Risk.REVERSIBLE,
    costs=told("the volume"),
    idempotency=Idempotency.TOKEN,
    implied=("ec2:CreateTags",),
    permissions=("ec2:DescribeVolumes", "ec2:DescribeSnapshots", "ec2:CreateVolume"),
    irreversible=told("The volume stays and costs storage until a person deletes it; the snapshot is untouched."),
    typical=timedelta(seconds=30),
    by_hand=later("EC2 console in {region}, Volumes, Name {name}"),
    rehearsal=rehearsed(
        {"region": "us-west-2", "snapshot": "snap-0a", "zone": "us-west-2a", "name": "orders-data"},
        none=(_volumes(),),
        source=(_snapshots("completed"),),
        send=(Call("ec2", "create_volume", {"VolumeId": "vol-0c"}),),
        way=(_volumes("creating"), _volumes("available")),
    ),
)
class CreateVolume(Made[CreateVolumeParams]):
    """Make the volume, then watch until it is available."""

    Params = CreateVolumeParams
    Results = CreateVolumeResults
    ready = frozenset({"available", "in-use"})
    dead = frozenset({"error", "deleting", "deleted"})
    every = timedelta(seconds=3)

    def called(self, params: CreateVolumeParams) -> str:
        return params.name

    def thing(self, aws: Reads, params: CreateVolumeParams) -> Thing | None:
        ec2: EC2Client = aws.reader("ec2", params.region)
        found = first(ec2.describe_volumes(Filters=by_name(params.name))["Volumes"])
        return Thing(state=found["State"], results={"volume": found["VolumeId"]}) if found else None

    def source(self, aws: Reads, params: CreateVolumeParams) -> Look:
        ec2: EC2Client = aws.reader("ec2", params.region)
        filters: Any = [{"Name": "snapshot-id", "Values": [params.snapshot]}]
        found = first(ec2.describe_snapshots(Filters=filters)["Snapshots"])
        if found is None or found["State"] != "completed":
            status = found["State"] if found else None
            return blocked(unready(params.snapshot, status, "completed", params.region), params.name)
        change = told(
            "nothing → {name}, {volume_size} GiB from {snapshot} in {zone}",
            name=params.name,
            volume_size=found["VolumeSize"],
            snapshot=params.snapshot,
            zone=params.zone,
        )
        return Look(state="ready", change=change, targets=(params.name,))

    def execute(self, aws: Aws, params: CreateVolumeParams, token: str) -> None:
        ec2: EC2Client = aws.writer("ec2", params.region)
        rate: dict[str, Any] = (
            {"VolumeInitializationRate": params.initialization_rate} if params.initialization_rate else {}
        )
        ec2.create_volume(
            SnapshotId=params.snapshot,
            AvailabilityZone=params.zone,
            VolumeType=params.type,
            ClientToken=token,
            TagSpecifications=tagged("volume", params.name),
            **rate,
        )
