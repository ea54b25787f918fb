"""What the rehearsal cannot show: which parameters a change set changes, and which stay."""

from __future__ import annotations

from typing import Any

from bot.actions.base import Action
from tests.actions.test_over_http import CATALOGUE, TOKEN, Stage, aws
from tests.cloud_fixture import cloud, cloud_process

__all__ = ["aws", "cloud", "cloud_process"]

MAKES, CARRIES_OUT = CATALOGUE["cloudformation.create_change_set"], CATALOGUE["cloudformation.execute_change_set"]


def test_parameters_that_are_not_named_stay(aws: Stage) -> None:
    """One of two that have no default becomes another, and what reads it is changed; the other needs no mention."""
    of = {"stack": "payments-settings", "name": "restore"}
    given, then = given_to(MAKES, **of, parameters={"Database": "payments-copy"}), given_to(CARRIES_OUT, **of)

    MAKES.execute(aws, given, TOKEN)
    worked_out = aws.until_settled(lambda: MAKES.verify(aws, given, {}))
    CARRIES_OUT.execute(aws, then, TOKEN)
    aws.until_settled(lambda: CARRIES_OUT.verify(aws, then, {}))

    said = aws.local.client("ssm").get_parameter(Name="/payments/database")["Parameter"]["Value"]
    assert worked_out.results["changes"] == ["Modify AWS::SSM::Parameter DatabaseName"]
    assert said == "payments-copy"


def given_to(each: Action[Any], **params: Any) -> Any:
    return each.Params.model_validate({"region": "us-west-2", **params})
