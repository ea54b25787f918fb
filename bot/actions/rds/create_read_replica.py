"""Make a read replica of an RDS instance in this region: the first half of a failback.

When to reach for it: after a promotion, the old region needs a copy that follows the new primary, before it can take
over again.

What bites: the first copy moves everything, which takes from minutes to hours. The name must be free, so the old
instance has to be renamed first. An encrypted source needs a key of this region. AWS has no token for this call; the
name is the identity.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import blocked, region_of, short, unready
from bot.actions.base import Call, Params, Results, action
from bot.actions.rds.clusters import DEAD, find_instance
from bot.actions.rds.restoring import instance_thing, place
from bot.actions.rehearsing import absent
from bot.actions.shapes import Made, Thing, rehearsed
from bot.language import told
from bot.model.action import Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient


class CreateReadReplicaParams(Params):
    """Of which instance, under what name."""

    source: str = Field(
        description="ARN of the instance to follow.", pattern=r"^arn:aws[\w-]*:rds:[\w-]+:\d{12}:db:.+$"
    )
    name: str = Field(description="Identifier of the replica.", examples=["reports-use1"])
    instance_class: str | None = Field(default=None, description="Instance class; the source's if left out.")
    kms_key: str | None = Field(default=None, description="Key of this region, for an encrypted source.")
    subnet_group: str | None = Field(default=None, description="Subnet group; the default one if left out.")
    security_groups: tuple[str, ...] = Field(default=(), description="Security group ids; the default one if empty.")


class CreateReadReplicaResults(Results):
    """The replica."""

    name: str = Field(description="Identifier of the replica.")
    endpoint: str = Field(description="Host name of the replica.")
    arn: str = Field(description="ARN of the replica.")


_SOURCE = "arn:aws:rds:us-west-2:111122223333:db:reports"


def _instance(status: str) -> Call:
    if not status:
        return absent("rds", "describe_db_instances", "DBInstanceNotFound")
    arn = "arn:aws:rds:us-east-1:111122223333:db:reports-use1"
    found = {"DBInstanceStatus": status, "DBInstanceArn": arn, "Endpoint": {"Address": "reports-use1.x"}}
    return Call("rds", "describe_db_instances", {"DBInstances": [found]})


@action(
    "rds.create_read_replica",
    risk=Risk.REVERSIBLE,
    costs=told("the replica"),
    idempotency=Idempotency.READ_BACK,
    permissions=("rds:DescribeDBInstances", "rds:CreateDBInstanceReadReplica"),
    irreversible=told("The replica stays and costs money until a person deletes it; its source is untouched."),
    typical=timedelta(minutes=45),
    by_hand="aws rds describe-db-instances --region {region} --db-instance-identifier {name}",
    rehearsal=rehearsed(
        {"region": "us-east-1", "source": _SOURCE, "name": "reports-use1"},
        none=(_instance(""),),
        source=(_instance("available"),),
        send=(Call("rds", "create_db_instance_read_replica", {}),),
        way=(_instance("creating"), _instance("available")),
    ),
)
class CreateReadReplica(Made[CreateReadReplicaParams]):
    """Make it, then watch until it is available."""

    Params = CreateReadReplicaParams
    Results = CreateReadReplicaResults
    dead = DEAD
    mend = told("look at its events")

    def called(self, params: CreateReadReplicaParams) -> str:
        return params.name

    def thing(self, aws: Reads, params: CreateReadReplicaParams) -> Thing | None:
        return instance_thing(find_instance(aws, params.region, params.name))

    def source(self, aws: Reads, params: CreateReadReplicaParams) -> Look:
        home, name = region_of(params.source), short(params.source)
        found = find_instance(aws, home, name)
        if found is None or found["DBInstanceStatus"] != "available":
            return blocked(unready(name, found["DBInstanceStatus"] if found else None, "available", home), params.name)
        if found.get("StorageEncrypted") and home != params.region and not params.kms_key:
            return blocked(
                told("{name} is encrypted; name a kms_key of {region}.", name=name, region=params.region), params.name
            )
        change = told("nothing → {name}, following {name_2} in {home}", name=params.name, name_2=name, home=home)
        return Look(state="ready", change=change, targets=(params.name,))

    def execute(self, aws: Aws, params: CreateReadReplicaParams, token: str) -> None:
        rds: RDSClient = aws.writer("rds", params.region)
        said: dict[str, Any] = {"DBInstanceClass": params.instance_class} if params.instance_class else {}
        if params.kms_key:
            said["KmsKeyId"] = params.kms_key
        if region_of(params.source) != params.region:
            said["SourceRegion"] = region_of(params.source)
        rds.create_db_instance_read_replica(
            DBInstanceIdentifier=params.name, SourceDBInstanceIdentifier=params.source, **said, **place(params)
        )
