"""What the rehearsal cannot show: the lost region comes back with its old cluster in it."""

from __future__ import annotations

from bot.actions.aurora.create_secondary import CreateSecondary, CreateSecondaryParams
from bot.actions.base import Call
from tests.actions.scripted import play, refusal

PARAMS = CreateSecondaryParams(
    region="us-east-1", global_cluster="orders-global", name="orders-use1", engine="aurora-postgresql"
)
WEST = "arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2"


def test_an_old_cluster_of_that_name_is_not_the_secondary() -> None:
    """It is available and follows nobody; taking it for done would leave the database without a second region."""
    old = {"DBClusterIdentifier": "orders-use1", "Status": "available"}
    found = {"GlobalClusterIdentifier": "orders-global", "GlobalClusterMembers": [{"DBClusterArn": WEST}]}
    script = [
        Call("rds", "describe_db_clusters", {"DBClusters": [old]}),
        Call("rds", "describe_global_clusters", {"GlobalClusters": [found]}),
    ]

    look = CreateSecondary().preflight(play(script), PARAMS)

    assert look.state == "blocked"
    assert "stands alone" in look.findings[0].text


MEMBERS = [{"DBClusterArn": WEST, "IsWriter": True}]
GLOBAL = {"GlobalClusterIdentifier": "orders-global", "GlobalClusterMembers": MEMBERS,
          "Engine": "aurora-postgresql", "EngineVersion": "15.4"}  # fmt: skip
LOOK = Call("rds", "describe_global_clusters", {"GlobalClusters": [GLOBAL]})


def test_it_is_made_as_the_global_database_is_and_where_its_clients_reach_it() -> None:
    """AWS would take the engine's default version, which is another one, and the network's default group."""
    aws = play([LOOK, Call("rds", "create_db_cluster", {})])
    params = PARAMS.model_copy(update={"subnet_group": "orders", "security_groups": ("sg-1",)})

    CreateSecondary().execute(aws, params, "token")

    sent = aws.parameters("create_db_cluster")
    assert (sent["Engine"], sent["EngineVersion"]) == ("aurora-postgresql", "15.4")
    assert (sent["DBSubnetGroupName"], sent["VpcSecurityGroupIds"]) == ("orders", ["sg-1"])


def test_another_engine_is_refused_in_the_plan() -> None:
    """AWS would refuse it at night."""
    none = refusal("rds", "describe_db_clusters", "DBClusterNotFoundFault")
    look = CreateSecondary().preflight(play([none, LOOK]), PARAMS.model_copy(update={"engine": "aurora-mysql"}))

    assert look.state == "blocked"
    assert look.findings[0].text == "orders-global is aurora-postgresql; correct the engine."
