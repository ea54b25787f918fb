"""The Data API: one row per name in one table of a cluster, as far as a marker needs it.

Promises: a statement reaches the writer only, as in AWS. Refuses to know SQL: an INSERT keeps its parameters `name`
and `value` under the table it names, a SELECT gives the value back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.local.cloud.errors import AwsError
from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.services import rds
from bot.local.cloud.wire import Call

STATEMENT = re.compile(r"(INSERT INTO|SELECT value FROM) (?P<table>\w+)")


@dataclass
class Tables:
    """Values by global database or cluster, database, table and name."""

    rows: dict[tuple[str, str, str, str], str] = field(default_factory=dict)


@operation("rds-data", "ExecuteStatement")
def execute_statement(call: Call) -> Answer:
    statement = STATEMENT.match(call.params["sql"])
    if statement is None:
        raise AwsError("BadRequestException", f"The local cloud cannot execute: {call.params['sql']}")
    said = {each["name"]: each["value"]["stringValue"] for each in call.params.get("parameters", [])}
    cluster, global_cluster = storage(call)
    key = (global_cluster or cluster, call.params.get("database", ""), statement["table"], said["name"])
    rows = call.world.shelf(Tables).rows
    if statement[1].startswith("SELECT"):
        return {"records": [[{"stringValue": rows[key]}]] if key in rows else []}
    if global_cluster and rds.no_writer(call.world, global_cluster, call.region):
        raise AwsError("DatabaseErrorException", "ERROR: cannot execute INSERT in a read-only transaction")
    rows[key] = said["value"]
    return {"numberOfRecordsUpdated": 1, "records": []}


def storage(call: Call) -> tuple[str, str]:
    """The cluster behind the ARN, and the global database that it belongs to, if any."""
    arn = call.params["resourceArn"]
    cluster = next((each for each in backend("rds", call.region).clusters.values() if each.db_cluster_arn == arn), None)
    if cluster is None:
        raise AwsError("BadRequestException", f"HttpEndpoint is not enabled for cluster {arn.rpartition(':')[2]}")
    return arn, cluster.global_cluster_identifier or ""
