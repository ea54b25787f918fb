"""Restore an RDS instance to a moment, as a new instance beside the old one.

When to reach for it: rows were deleted or corrupted, or the primary region is gone and its automated backups are
replicated to the recovery region (then name them by `backups_arn`).

What bites: the new instance gets the default security and parameter groups unless told otherwise, and its endpoint is
another one. Blocks are loaded when they are first read, so it is slow at first. AWS has no token for this call; the
name is the identity.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import blocked
from bot.actions.base import Call, Params, Rehearsal, action
from bot.actions.rds.clusters import DEAD, find_instance
from bot.actions.rds.restoring import (
    KEPT,
    LONG,
    RestoredResults,
    instance_thing,
    moment,
    place,
    to_be_made,
    when,
    within,
)
from bot.actions.rehearsing import NOON, absent
from bot.actions.shapes import Made, Thing
from bot.language import told
from bot.model.action import Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient


class RestoreToPointInTimeParams(Params):
    """Which instance or replicated backups, and to when."""

    source: str = Field(default="", description="Identifier of the instance, when it is in this region.")
    backups_arn: str = Field(default="", description="ARN of automated backups replicated from another region.")
    name: str = Field(description="Identifier of the instance that is made.", examples=["reports-restored"])
    at: datetime | None = Field(default=None, description="The moment to restore to, in UTC; the latest if left out.")
    subnet_group: str | None = Field(default=None, description="Subnet group; the default one if left out.")
    security_groups: tuple[str, ...] = Field(default=(), description="Security group ids; the default one if empty.")
    instance_class: str | None = Field(default=None, description="Instance class; the source's if left out.")


_PARAMS = {"region": "us-west-2", "name": "reports-restored"}
_BACKUPS = "arn:aws:rds:us-west-2:111122223333:auto-backup:ab-abcdefgh"
_RESTORE = Call("rds", "restore_db_instance_to_point_in_time", {})


def _instance(status: str) -> Call:
    if not status:
        return absent("rds", "describe_db_instances", "DBInstanceNotFound")
    endpoint = {"Address": "reports-restored.x.us-west-2.rds.amazonaws.com", "Port": 5432}
    arn = "arn:aws:rds:us-west-2:111122223333:db:reports-restored"
    found = {"DBInstanceStatus": status, "DBInstanceArn": arn, "Endpoint": endpoint}
    return Call("rds", "describe_db_instances", {"DBInstances": [{**found, "LatestRestorableTime": NOON}]})


def _rehearsal(named: dict[str, Any], source: Call, *also: Rehearsal) -> Rehearsal:
    return Rehearsal(
        params={**_PARAMS, **named},
        calls=(_instance(""), source, _RESTORE, _instance("creating"), _instance("available")),
        idle=(_instance(""),),
        also=also,
    )


@action(
    "rds.restore_to_point_in_time",
    risk=Risk.REVERSIBLE,
    costs=told("the restored instance"),
    idempotency=Idempotency.READ_BACK,
    permissions=(
        "rds:DescribeDBInstances",
        "rds:DescribeDBInstanceAutomatedBackups",
        "rds:RestoreDBInstanceToPointInTime",
    ),
    irreversible=KEPT,
    typical=LONG,
    by_hand="aws rds describe-db-instances --region {region} --db-instance-identifier {name}",
    rehearsal=_rehearsal(
        {"backups_arn": _BACKUPS},
        Call(
            "rds",
            "describe_db_instance_automated_backups",
            {"DBInstanceAutomatedBackups": [{"RestoreWindow": {"LatestTime": NOON}}]},
        ),
        _rehearsal({"source": "reports"}, _instance("available")),
    ),
)
class RestoreToPointInTime(Made[RestoreToPointInTimeParams]):
    """Make the instance, then watch until it is available."""

    Params = RestoreToPointInTimeParams
    Results = RestoredResults
    dead = DEAD
    mend = told("look at its events")

    def called(self, params: RestoreToPointInTimeParams) -> str:
        return params.name

    def thing(self, aws: Reads, params: RestoreToPointInTimeParams) -> Thing | None:
        return instance_thing(find_instance(aws, params.region, params.name))

    def source(self, aws: Reads, params: RestoreToPointInTimeParams) -> Look:
        origin = params.source or params.backups_arn
        if not origin or (params.source and params.backups_arn):
            return blocked(told("Name either source or backups_arn; correct the step."), params.name)
        found = _backups(aws, params) if params.backups_arn else find_instance(aws, params.region, params.source)
        if found is None:
            return blocked(
                told(
                    "{origin} is not in {region}; correct it, or restore from a snapshot.",
                    origin=origin,
                    region=params.region,
                ),
                params.name,
            )
        within(found, params.at, origin)
        return to_be_made(params.name, told("{origin} as of {moment}", origin=origin, moment=moment(params.at, found)))

    def execute(self, aws: Aws, params: RestoreToPointInTimeParams, token: str) -> None:
        rds: RDSClient = aws.writer("rds", params.region)
        said: dict[str, Any] = {"DBInstanceClass": params.instance_class} if params.instance_class else {}
        said |= (
            {"SourceDBInstanceAutomatedBackupsArn": params.backups_arn}
            if params.backups_arn
            else {"SourceDBInstanceIdentifier": params.source}
        )
        rds.restore_db_instance_to_point_in_time(
            TargetDBInstanceIdentifier=params.name, **said, **when(params.at), **place(params)
        )


def _backups(aws: Reads, params: RestoreToPointInTimeParams) -> dict[str, Any] | None:
    rds: RDSClient = aws.reader("rds", params.region)
    listed = rds.describe_db_instance_automated_backups(DBInstanceAutomatedBackupsArn=params.backups_arn)
    for found in listed["DBInstanceAutomatedBackups"]:
        window = found.get("RestoreWindow", {})
        return {
            "EarliestRestorableTime": window.get("EarliestTime"),
            "LatestRestorableTime": window.get("LatestTime"),
        }
    return None
