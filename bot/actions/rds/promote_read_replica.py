"""Turn an RDS read replica into a standalone, writable database.

When to reach for it: the source's region or storage is gone and losing the replication lag is acceptable. Writers
must be pointed at the replica afterwards.

What bites: there is no way back, and infrastructure code will want to replace the instance. The instance restarts,
and takes no backups until a retention period is set, so one is set with the promotion. AWS refuses while the
replica is backing up. AWS has no token for this call; the outcome is read back: the source is gone and the instance
is available (`available` alone proves nothing, it was that before).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import blocked, clock, tags_of
from bot.actions.base import Action, Call, Params, Rehearsal, Results, action
from bot.actions.cloudwatch.metrics import Metric, newest_point
from bot.actions.rds.clusters import is_dead
from bot.actions.rehearsing import MEASURED
from bot.language import told
from bot.model.action import Before, Finding, Idempotency, Look, NotStarted, Observation, Pending, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_rds.type_defs import DBInstanceTypeDef


class PromoteReadReplicaParams(Params):
    """Which replica, and how long its own backups are kept afterwards."""

    replica: str = Field(description="DB instance identifier of the replica.", examples=["reports-replica"])
    backup_retention_days: int = Field(
        default=7, ge=0, le=35, description="Days of own backups after promotion; 0 is none."
    )


class PromoteReadReplicaResults(Results):
    """Where to write now."""

    endpoint: str = Field(description="Host name of the promoted instance.")
    former_source: str = Field(description="What it followed before; empty when it was not known.")


def _instance(status: str, source: str = "") -> Call:
    follows = {"ReadReplicaSourceDBInstanceIdentifier": source} if source else {}
    arn = "arn:aws:rds:us-west-2:111122223333:db:reports-replica"
    endpoint = {"Address": "reports-replica.x.us-west-2.rds.amazonaws.com", "Port": 5432}
    found = {
        "DBInstanceIdentifier": "reports-replica",
        "DBInstanceArn": arn,
        "DBInstanceStatus": status,
        "Endpoint": endpoint,
    }
    return Call("rds", "describe_db_instances", {"DBInstances": [{**found, **follows}]})


_LAG = {"MetricDataResults": [{"Id": "m0", "Timestamps": [MEASURED], "Values": [3.0]}]}


@action(
    "rds.promote_read_replica",
    risk=Risk.DATA_LOSS,
    idempotency=Idempotency.READ_BACK,
    permissions=("rds:DescribeDBInstances", "rds:PromoteReadReplica", "cloudwatch:GetMetricData"),
    irreversible=(
        told("A promoted replica cannot follow its source again; to go back, create a new replica of it "
             "in the old region, let it catch up, and promote that one.")
    ),
    typical=timedelta(minutes=6),
    settle=timedelta(seconds=30),
    by_hand="aws rds describe-db-instances --region {region} --db-instance-identifier {replica}",
    rehearsal=Rehearsal(
        params={"region": "us-west-2", "replica": "reports-replica"},
        calls=(
            _instance("available", "reports"), Call("cloudwatch", "get_metric_data", _LAG),  # preflight
            _instance("available", "reports"),  # remember
            Call("rds", "promote_read_replica", {}),
            _instance("modifying", "reports"),  # verify: under way
            _instance("rebooting"),
            _instance("available"),
        ),
        idle=(_instance("available", "reports"),),
    ),
)  # fmt: skip
class PromoteReadReplica(Action[PromoteReadReplicaParams]):
    """Promote, then watch until the instance is available and follows nobody."""

    Params = PromoteReadReplicaParams
    Results = PromoteReadReplicaResults

    def preflight(self, aws: Reads, params: PromoteReadReplicaParams) -> Look:
        try:
            found = _describe(aws, params)
        except StepBroke as missing:
            return blocked(missing)
        source, status, targets = (
            _source(found),
            found["DBInstanceStatus"],
            (found.get("DBInstanceArn", params.replica),),
        )
        if not source:
            return Look(
                state="already_done",
                change=told("{replica} stands alone already", replica=params.replica),
                targets=targets,
            )
        findings = [_price(aws, params, source)]
        if status != "available":
            findings.append(
                Finding(
                    text=told(
                        "{replica} is {status}; wait until it is available.", replica=params.replica, status=status
                    ),
                    blocking=True,
                )
            )
        return Look(
            state="ready" if status == "available" else "blocked",
            findings=tuple(findings),
            change=told("{replica} stops following {source} and takes writes", replica=params.replica, source=source),
            targets=targets,
            tags=tags_of(found.get("TagList")),
        )

    def remember(self, aws: Reads, params: PromoteReadReplicaParams) -> Before:
        found = _describe(aws, params)
        return {"source": _source(found), "status": found["DBInstanceStatus"]}

    def execute(self, aws: Aws, params: PromoteReadReplicaParams, token: str) -> None:
        rds: RDSClient = aws.writer("rds", params.region)
        rds.promote_read_replica(
            DBInstanceIdentifier=params.replica, BackupRetentionPeriod=params.backup_retention_days
        )

    def verify(self, aws: Reads, params: PromoteReadReplicaParams, before: Before) -> Observation:
        found = _describe(aws, params)
        source, status = _source(found), found["DBInstanceStatus"]
        if is_dead(status):
            raise StepBroke(
                told(
                    "{replica} is {status} and will not come by itself; open it in the RDS console.",
                    replica=params.replica,
                    status=status,
                )
            )
        if source and status in ("available", "backing-up"):
            return NotStarted(
                seen=told(
                    "{replica} is {status} and still follows {source}",
                    replica=params.replica,
                    status=status,
                    source=source,
                )
            )
        if status != "available":
            return Pending(
                seen=told("{replica} is {status}", replica=params.replica, status=status),
                look_again=timedelta(seconds=5),
            )
        return Settled(
            seen=told("{replica} is available and follows nobody", replica=params.replica),
            results={
                "endpoint": found.get("Endpoint", {}).get("Address", ""),
                "former_source": str(before.get("source") or ""),
            },
        )


def _describe(aws: Reads, params: PromoteReadReplicaParams) -> DBInstanceTypeDef:
    rds: RDSClient = aws.reader("rds", params.region)
    try:
        return rds.describe_db_instances(DBInstanceIdentifier=params.replica)["DBInstances"][0]
    except rds.exceptions.DBInstanceNotFoundFault:
        raise StepBroke(
            told(
                "{replica} is not in {region}; correct the name or the step's region.",
                replica=params.replica,
                region=params.region,
            )
        ) from None


def _source(found: DBInstanceTypeDef) -> str:
    return found.get("ReadReplicaSourceDBInstanceIdentifier") or found.get("ReadReplicaSourceDBClusterIdentifier") or ""


def _price(aws: Reads, params: PromoteReadReplicaParams, source: str) -> Finding:
    lag = Metric(namespace="AWS/RDS", name="ReplicaLag", dimensions={"DBInstanceIdentifier": params.replica})
    try:
        point = newest_point(aws, params.region, (lag,), timedelta(minutes=15))
    except Exception:  # a figure for people: CloudWatch being away must not hold up a promotion
        point = None
    behind = (
        told("it was {value} s behind at {at} UTC", value=f"{point.value:g}", at=clock(point.at))
        if point
        else told("its lag is UNKNOWN")
    )
    return Finding(
        text=told(
            "Writes that {replica} has not received from {source} are lost; {behind}.",
            replica=params.replica,
            source=source,
            behind=behind,
        )
    )
