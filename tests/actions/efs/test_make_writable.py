"""What the rehearsal cannot show: a source that does not answer, and the price."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.base import Call
from bot.actions.efs.make_writable import MakeWritable, MakeWritableParams
from tests.actions.scripted import play

COPY = "fs-0123456789abcdef0"
ACTION = MakeWritable()


@pytest.mark.parametrize(("reachable", "mode"), [(True, "ALL_CONFIGURATIONS"), (False, "LOCAL_CONFIGURATION_ONLY")])
def test_a_source_that_is_away_is_not_needed(reachable: bool, mode: str) -> None:
    """Only this side forgets the replication then; the call goes to the copy's own region."""
    system, replication = (call for call in ACTION.rehearsal.calls[:2])
    aws = play([system, replication, Call("efs", "delete_replication_configuration", {})])

    ACTION.execute(aws, MakeWritableParams(region="us-west-2", file_system=COPY, source_reachable=reachable), "token")

    assert aws.parameters("delete_replication_configuration") == {
        "SourceFileSystemId": "fs-source",
        "DeletionMode": mode,
    }
    assert aws.regions == {"us-west-2"}


def test_the_price_is_named() -> None:
    """Up to when the copy is complete is what people approve."""
    script: list[Any] = list(ACTION.rehearsal.calls[:3])

    look = ACTION.preflight(play(script), MakeWritableParams(region="us-west-2", file_system=COPY))

    assert look.findings[0].text == "What was written to fs-source after 12:03:00 UTC is lost."
