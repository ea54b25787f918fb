"""What the rehearsal cannot show: which parameters a change set changes, and which stay."""

from __future__ import annotations

from typing import Any

from bot.actions.base import Action, Call
from bot.actions.rehearsing import NOON
from tests.actions.scripted import play, refusal
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


def test_a_stack_that_has_only_change_sets_yet_takes_another_one() -> None:
    """CloudFormation calls it REVIEW_IN_PROGRESS until the first of them was carried out."""
    review = {"StackName": "orders-dr", "StackStatus": "REVIEW_IN_PROGRESS", "CreationTime": NOON}
    found = Call("cloudformation", "describe_stacks", {"Stacks": [review]})
    none = refusal("cloudformation", "describe_change_set", "ChangeSetNotFound")
    given = given_to(MAKES, stack="orders-dr", name="first", type="CREATE", template_url="https://s3/t.yaml")

    look = MAKES.preflight(play([none, found]), given)

    assert look.state == "ready"


def given_to(each: Action[Any], **params: Any) -> Any:
    return each.Params.model_validate({"region": "us-west-2", **params})
