"""What the rehearsal cannot show: a configuration that failed."""

from __future__ import annotations

import pytest

from bot.actions.base import Call
from bot.actions.catalogue import Catalogue
from bot.model.errors import StepBroke
from tests.actions.scripted import play

ACTION = Catalogue.discover()["lambda.set_provisioned_concurrency"]


def test_a_failed_configuration_ends_the_wait() -> None:
    """More waiting brings no environments; Lambda's reason is passed on."""
    failed = {"Status": "FAILED", "StatusReason": "over the limit", "RequestedProvisionedConcurrentExecutions": 50}
    params = ACTION.Params.model_validate(ACTION.rehearsal.params)

    with pytest.raises(StepBroke, match="over the limit"):
        ACTION.verify(play([Call("lambda", "get_provisioned_concurrency_config", failed)]), params, {})
