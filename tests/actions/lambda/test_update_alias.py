"""What the rehearsal cannot show: an alias that somebody else moves meanwhile."""

from __future__ import annotations

from bot.actions.base import Call
from bot.actions.catalogue import Catalogue
from tests.actions.scripted import play

ACTION = Catalogue.discover()["lambda.update_alias"]


def test_the_alias_is_pointed_against_the_revision_that_was_seen() -> None:
    """Lambda refuses when another deployment has changed it since."""
    seen = Call("lambda", "get_alias", {"Name": "live", "FunctionVersion": "6", "RevisionId": "r1"})
    aws = play([seen, Call("lambda", "update_alias", {})])

    ACTION.execute(aws, ACTION.Params.model_validate(ACTION.rehearsal.params), "token")

    assert aws.parameters("update_alias")["RevisionId"] == "r1"
