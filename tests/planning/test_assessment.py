"""By when people must decide: arithmetic that may not lie."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.model.case import CaseLooked, Prospect, Sign
from bot.model.service import Objectives
from bot.planning.assessment import assess, impact_of
from tests.builders import IMPACT

RTO = Objectives(rto=timedelta(minutes=30), rpo=timedelta(minutes=1))


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def a_sign(**more: Any) -> Sign:
    """An alarm that is on."""
    values = {"kind": "alarm", "about": "orders-errors", "speaks": "for", "seen": "ALARM", "source": "CloudWatch"}
    return Sign(**{**values, "at": IMPACT, **more})


def looked(*signs: Sign, impact: datetime | None = IMPACT, **prospect: Any) -> CaseLooked:
    """What was seen; a failover takes fourteen minutes."""
    ahead = Prospect(**{"remaining": minutes(14), "loss": timedelta(seconds=12), **prospect})
    return CaseLooked(impact_at=impact, impact_source="alarm", signs=signs, prospect=ahead)


@pytest.mark.parametrize(
    ("after", "state", "left"),
    [(4, "open", 12), (11, "close", 5), (15.9, "close", 0.1), (16, "passed", 0), (40, "passed", -24)],
)
def test_the_deadline_leaves_time_for_the_failover_itself(after: float, state: str, left: float) -> None:
    """Impact plus RTO less what a failover takes; at that very minute it is too late."""
    found = assess(looked(), RTO, IMPACT + minutes(after))

    assert found.deadline == IMPACT + minutes(16)
    assert found.rto_ends == IMPACT + minutes(30)
    assert (found.state, found.left) == (state, minutes(left))


@pytest.mark.parametrize("seen", [looked(impact=None), looked(remaining=None)])
def test_what_is_not_known_gives_no_deadline(seen: CaseLooked) -> None:
    """An invented deadline would be worse than none."""
    found = assess(seen, RTO, IMPACT + minutes(4))

    assert (found.deadline, found.left, found.state) == (None, None, "unknown")


@pytest.mark.parametrize(("loss", "within"), [(timedelta(seconds=60), True), (minutes(1.1), False), (None, None)])
def test_data_lost_is_judged_only_when_it_was_measured(loss: timedelta | None, within: bool | None) -> None:
    """UNKNOWN is neither fine nor over."""
    assert assess(looked(loss=loss), RTO, IMPACT).loss_within is within


def test_only_signs_that_tell_something_are_counted() -> None:
    """Silence of AWS Health and a standby that does not answer say nothing about a disaster."""
    signs = (
        a_sign(), a_sign(speaks="against", seen="OK"), a_sign(kind="health", speaks="nothing"),
        a_sign(kind="standby", speaks="against"), a_sign(kind="primary", speaks="unknown"),
    )  # fmt: skip

    found = assess(looked(*signs), RTO, IMPACT)

    assert (found.signs_for, found.signs_known, found.signs_blind) == (1, 2, 1)


def test_the_impact_is_the_first_alarm_that_is_on() -> None:
    """Not the newest, not one that is off, not a probe."""
    signs = (
        a_sign(about="late", at=IMPACT + minutes(3)), a_sign(about="first"),
        a_sign(about="off", speaks="against", at=IMPACT - minutes(9)),
        a_sign(kind="primary", at=IMPACT - minutes(9)),
    )  # fmt: skip

    at, source = impact_of(signs)

    assert at == IMPACT
    assert "first" in source
    assert impact_of(signs[2:]) == (None, "")
