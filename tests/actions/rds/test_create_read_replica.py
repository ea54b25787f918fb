"""What the rehearsal cannot show: where the replica stands."""

from __future__ import annotations

from bot.actions.base import Call
from bot.actions.rds.create_read_replica import CreateReadReplica, CreateReadReplicaParams
from tests.actions.scripted import play


def test_a_replica_stands_in_the_network_that_the_step_names() -> None:
    """In another region RDS takes the default network unless told otherwise, where nobody of ours can reach it."""
    aws = play([Call("rds", "create_db_instance_read_replica", {})])
    params = CreateReadReplicaParams(
        region="us-east-1", source="arn:aws:rds:us-west-2:111122223333:db:reports", name="reports-use1",
        subnet_group="private", security_groups=("sg-0a1b2c3d",),
    )  # fmt: skip

    CreateReadReplica().execute(aws, params, "token")

    sent = aws.parameters("create_db_instance_read_replica")
    assert (sent["DBSubnetGroupName"], sent["VpcSecurityGroupIds"]) == ("private", ["sg-0a1b2c3d"])
