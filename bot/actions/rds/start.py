"""Start a DB instance that is kept stopped in the recovery region.

When to reach for it: a cold or warm standby whose database only runs when it is needed.

What bites: a stopped database is as old as its last restore or replication; check its age first. AWS starts a stopped
instance by itself after seven days. Members of an Aurora cluster are started with their cluster, not one by one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.base import Call, Params, action
from bot.actions.rds.clusters import describe_instance, moving
from bot.actions.setting import Seen, Setting, rehearsed
from bot.actions.states import Running
from bot.language import told
from bot.model.action import Idempotency, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient


class StartParams(Params):
    """Which instance."""

    instance: str = Field(description="DB instance identifier.", examples=["reports"])


def _instance(status: str) -> Call:
    found: dict[str, Any] = {"DBInstanceArn": "arn:aws:rds:us-west-2:1:db:reports", "DBInstanceStatus": status}
    return Call("rds", "describe_db_instances", {"DBInstances": [found]})


@action(
    "rds.start",
    risk=Risk.REVERSIBLE,
    costs=told("the instance"),
    idempotency=Idempotency.READ_BACK,
    permissions=("rds:DescribeDBInstances", "rds:StartDBInstance", "rds:StopDBInstance"),
    typical=timedelta(minutes=10),
    settle=timedelta(seconds=30),
    by_hand="aws rds describe-db-instances --region {region} --db-instance-identifier {instance}",
    taken_back=told("Stop it: aws rds stop-db-instance."),
    rehearsal=rehearsed(
        {"region": "us-west-2", "instance": "reports"},
        was=_instance("stopped"), put=Call("rds", "start_db_instance", {}), moving=_instance("starting"),
        now=_instance("available"), back=Call("rds", "stop_db_instance", {}),
    ),
)  # fmt: skip
class Start(Setting[StartParams, Running]):
    """Start and wait until it is available; stop to undo."""

    Params = StartParams
    State = Running

    def look(self, aws: Reads, params: StartParams) -> Seen[Running]:
        found = describe_instance(aws, params.region, params.instance)
        status = found.get("DBInstanceStatus", "unknown")
        return Seen(
            name=params.instance,
            target=found.get("DBInstanceArn", ""),
            state=Running(on=status not in ("stopped", "stopping")),
            moving=moving(status, "stopped", "backing-up", "storage-optimization"),
        )

    def wanted(self, params: StartParams, now: Running) -> Running:
        return Running(on=True)

    def put(self, aws: Aws, params: StartParams, seen: Seen[Running], state: Running, token: str) -> None:
        rds: RDSClient = aws.writer("rds", params.region)
        change = rds.start_db_instance if state.on else rds.stop_db_instance
        change(DBInstanceIdentifier=params.instance)
