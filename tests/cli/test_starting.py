"""What is typed for a run: each input once, by whichever of the two ways."""

from __future__ import annotations

import pytest

from bot.cli.starting import pairs
from bot.model.errors import UserError
from tests.cli.rooms import Terminal


def test_words_and_options_are_one_set_of_inputs() -> None:
    """`mode=planned` and `--input impact_started_at=-5m`; blanks around them are nobody's wish."""
    assert pairs(["mode = planned"], None, ["why=a=b"]) == {"mode": "planned", "why": "a=b"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["planned"], "'planned' is not NAME=VALUE; write it like mode=planned"),
        (["=planned"], "'=planned' is not NAME=VALUE; write it like mode=planned"),
        (["mode=unplanned"], "mode is given twice, as 'planned' and as 'unplanned'. Say which one is meant."),
    ],
)
def test_what_cannot_be_meant_is_refused(words: list[str], says: str) -> None:
    """Also when one value came as a word and the other as an option."""
    with pytest.raises(UserError) as refused:
        pairs(["mode=planned"], words)

    assert str(refused.value) == says


def test_nobody_is_asked_about_a_plan_that_nobody_sees(dr: Terminal) -> None:
    """A script says --yes; a person at a terminal would be asked to start they know not what."""
    refused = dr("failover", "orders-api", "--json")

    assert (refused.code, refused.out) == (1, "")
    assert "Look with dr plan, then add --yes." in refused.err
