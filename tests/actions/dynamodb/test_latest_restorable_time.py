"""What the rehearsal cannot show: tables that have no point to restore to."""

from __future__ import annotations

import pytest

from bot.actions.base import Call
from bot.actions.dynamodb.latest_restorable_time import LatestRestorableTime, LatestRestorableTimeParams
from bot.actions.rehearsing import MEASURED
from bot.model.errors import StepBroke
from tests.actions.scenes import Arrange, Given, ill, well
from tests.actions.scripted import NOON, play
from tests.cloud_fixture import LocalCloud

PARAMS = LatestRestorableTimeParams(region="us-west-2", table="carts")


def a_table(*, is_kept: bool) -> Arrange:
    """A table of the local cloud, with or without point-in-time recovery."""

    def arrange(cloud: LocalCloud) -> Given:
        dynamodb = cloud.client("dynamodb")
        dynamodb.create_table(
            TableName="carts",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )
        kept = {"PointInTimeRecoveryEnabled": is_kept}
        dynamodb.update_continuous_backups(TableName="carts", PointInTimeRecoverySpecification=kept)
        return {"table": "carts"}

    return arrange


def no_table(cloud: LocalCloud) -> Given:
    """A name that nothing has."""
    return {"table": "nobody"}


SIGHTS = [
    well("dynamodb.latest_restorable_time", a_table(is_kept=True), pytest.approx(0, abs=600)),
    ill("dynamodb.latest_restorable_time", a_table(is_kept=False), StepBroke),
    ill("dynamodb.latest_restorable_time", no_table, StepBroke),
]


def a_look(**window: object) -> Call:
    described = {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": window}
    return Call("dynamodb", "describe_continuous_backups", {"ContinuousBackupsDescription": described})


def test_the_age_is_what_a_restore_would_lose() -> None:
    """Two minutes behind are two minutes that nobody can bring back."""
    aws = play([a_look(PointInTimeRecoveryStatus="ENABLED", LatestRestorableDateTime=MEASURED)])

    seen = LatestRestorableTime().verify(aws, PARAMS, {})

    assert seen.results["lag_seconds"] == (NOON - MEASURED).total_seconds() == 120


def test_a_table_that_is_not_kept_says_what_to_turn_on() -> None:
    """Without point-in-time recovery there is no figure, and none is made up."""
    aws = play([a_look(PointInTimeRecoveryStatus="DISABLED")])

    with pytest.raises(StepBroke, match="turn on point-in-time recovery in us-west-2"):
        LatestRestorableTime().verify(aws, PARAMS, {})
