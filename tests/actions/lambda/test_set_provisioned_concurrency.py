"""What the rehearsal cannot show: a configuration that failed."""

from __future__ import annotations

import pytest

from bot.actions.base import Call
from bot.actions.catalogue import Catalogue
from bot.model.errors import StepBroke
from tests.actions.scripted import play

ACTION = Catalogue.discover()["lambda.set_provisioned_concurrency"]
PARAMS = ACTION.Params.model_validate(ACTION.rehearsal.params)
FAILED = {"Status": "FAILED", "StatusReason": "over the limit", "RequestedProvisionedConcurrentExecutions": 50}


def test_a_failed_configuration_ends_the_wait() -> None:
    """More waiting brings no environments; Lambda's reason is passed on."""
    with pytest.raises(StepBroke, match="over the limit"):
        ACTION.verify(play([Call("lambda", "get_provisioned_concurrency_config", FAILED)]), PARAMS, {})


def test_a_retry_asks_again_once_the_limit_was_raised() -> None:
    """The failed configuration stands; only asking anew replaces it."""
    put = Call("lambda", "put_provisioned_concurrency_config", {})

    aws = play([Call("lambda", "get_provisioned_concurrency_config", FAILED), put])
    ACTION.execute(aws, PARAMS, "token")

    assert aws.parameters("put_provisioned_concurrency_config")["ProvisionedConcurrentExecutions"] == 50


def test_what_failed_can_be_taken_back() -> None:
    """A rollback is wanted most when the step has failed."""
    delete = Call("lambda", "delete_provisioned_concurrency_config", {})

    aws = play([Call("lambda", "get_provisioned_concurrency_config", FAILED), delete])
    ACTION.rollback(aws, PARAMS, {"count": 0}, "token")

    assert aws.left == []


def test_a_former_failure_does_not_stand_in_the_way_of_a_plan() -> None:
    """The same number that failed yesterday is something to do, not done."""
    look = ACTION.preflight(play([Call("lambda", "get_provisioned_concurrency_config", FAILED)]), PARAMS)

    assert look.state == "ready"
