"""Add an instance to an Aurora cluster: a reader, or the first instance of a headless secondary.

When to reach for it: a secondary without instances cannot become the writer, and creating one takes most of the RTO;
do it before the promotion. Later, to carry the readers' load.

What bites: the class may be sold out in a regional rush. A cluster does not grow back by itself, so note the instance
for the clean-up.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import blocked
from bot.actions.base import Call, Params, Results, action
from bot.actions.rds.clusters import DEAD, describe_cluster, find_instance
from bot.actions.rehearsing import absent
from bot.actions.shapes import Made, Thing, rehearsed
from bot.language import told
from bot.model.action import Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient


class AddReaderParams(Params):
    """Which cluster, what instance."""

    cluster: str = Field(description="Cluster identifier.", examples=["orders-usw2"])
    instance: str = Field(description="Name of the new instance.", examples=["orders-usw2-dr"])
    instance_class: str = Field(description="Instance class.", examples=["db.r6g.2xlarge"], pattern=r"^db\.")


class AddReaderResults(Results):
    """Where it answers."""

    endpoint: str = Field(description="The instance's own endpoint.")


_NONE = absent("rds", "describe_db_instances", "DBInstanceNotFound")
_CLUSTER = Call(
    "rds",
    "describe_db_clusters",
    {"DBClusters": [{"DBClusterArn": "arn:aws:rds:us-west-2:1:cluster:orders-usw2", "Status": "available",
                     "Engine": "aurora-postgresql"}]},
)  # fmt: skip


def _instance(status: str) -> Call:
    found: dict[str, Any] = {"DBInstanceStatus": status, "Endpoint": {"Address": "orders-usw2-dr.x.rds.amazonaws.com"}}
    return Call("rds", "describe_db_instances", {"DBInstances": [found]})


@action(
    "aurora.add_reader",
    risk=Risk.REVERSIBLE,
    costs=told("the instance"),
    idempotency=Idempotency.READ_BACK,
    permissions=("rds:DescribeDBInstances", "rds:DescribeDBClusters", "rds:CreateDBInstance"),
    irreversible=(
        told("The instance stays, since this catalogue deletes no databases; delete it by hand when the "
             "load is back.")
    ),
    typical=timedelta(minutes=10),
    settle=timedelta(seconds=15),
    by_hand="aws rds describe-db-instances --region {region} --db-instance-identifier {instance}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "cluster": "orders-usw2", "instance": "orders-usw2-dr",
         "instance_class": "db.r6g.2xlarge"},
        none=(_NONE,), source=(_CLUSTER,), send=(_CLUSTER, Call("rds", "create_db_instance", {})),
        way=(_instance("creating"), _instance("available")),
    ),
)  # fmt: skip
class AddReader(Made[AddReaderParams]):
    """Create the instance under its name."""

    Params = AddReaderParams
    Results = AddReaderResults
    dead = DEAD
    mend = told("open it in the RDS console")

    def called(self, params: AddReaderParams) -> str:
        return params.instance

    def thing(self, aws: Reads, params: AddReaderParams) -> Thing | None:
        found = find_instance(aws, params.region, params.instance)
        if found is None:
            return None
        endpoint = found.get("Endpoint", {}).get("Address", "")
        return Thing(state=found.get("DBInstanceStatus", "unknown"), results={"endpoint": endpoint})

    def source(self, aws: Reads, params: AddReaderParams) -> Look:
        cluster = describe_cluster(aws, params.region, params.cluster)
        status = cluster.get("Status", "unknown")
        if status != "available":
            return blocked(
                told("{cluster} is {status}; wait until it is available.", cluster=params.cluster, status=status),
                params.cluster,
            )
        change = told(
            "{cluster} gets {instance}, {instance_class}",
            cluster=params.cluster,
            instance=params.instance,
            instance_class=params.instance_class,
        )
        return Look(state="ready", change=change, targets=(cluster.get("DBClusterArn", params.cluster),))

    def execute(self, aws: Aws, params: AddReaderParams, token: str) -> None:
        engine = describe_cluster(aws, params.region, params.cluster).get("Engine", "")
        rds: RDSClient = aws.writer("rds", params.region)
        rds.create_db_instance(
            DBInstanceIdentifier=params.instance,
            DBInstanceClass=params.instance_class,
            Engine=engine,
            DBClusterIdentifier=params.cluster,
        )
