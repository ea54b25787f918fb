"""What the rehearsal cannot show: the lost region comes back with its old cluster in it."""

from __future__ import annotations

from bot.actions.aurora.create_secondary import CreateSecondary, CreateSecondaryParams
from bot.actions.base import Call
from tests.actions.scripted import play

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
