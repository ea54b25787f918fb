"""What the rehearsal cannot show: an instance whose storage is being optimised."""

from __future__ import annotations

import pytest

from bot.actions.base import Call
from bot.actions.catalogue import Catalogue
from bot.model.action import Settled
from tests.actions.scripted import play

ACTIONS = Catalogue.discover()


@pytest.mark.parametrize("name", ["rds.modify_class", "rds.start"])
def test_storage_that_is_being_optimised_holds_nobody_up(name: str) -> None:
    """It takes a day, in which the instance works and may be resized."""
    action = ACTIONS[name]
    params = action.Params.model_validate(action.rehearsal.params)
    wanted = str(action.rehearsal.params.get("instance_class", "db.r6g.large"))
    found = {"DBInstanceStatus": "storage-optimization", "DBInstanceClass": wanted}
    aws = play([Call("rds", "describe_db_instances", {"DBInstances": [found]})])

    assert isinstance(action.verify(aws, params, {}), Settled)
