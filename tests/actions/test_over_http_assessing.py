"""The checks, asked over HTTP of a local AWS in which the answer is known.

Each is asked twice or more: of a world in which all is well, and of one in which it is not, where it must say so.
"""

from __future__ import annotations

import pytest

from bot.model.action import Observation, Settled
from bot.model.errors import StepBroke
from tests.actions.assessing_scenes import SIGHTS, backed_up
from tests.actions.scenes import Sight, own_sights
from tests.actions.test_over_http import CATALOGUE, Stage, aws

__all__ = ["aws"]


@pytest.mark.parametrize("sight", [*SIGHTS, *own_sights()], ids=str)
def test_says_what_is_there(aws: Stage, sight: Sight) -> None:
    """Good where it is good, and bad where it is bad; looking changes nothing and calls no more than is declared."""
    check, given = CATALOGUE[sight.check], sight.arrange(aws.local)
    aws.local.control("DELETE", "ledger")

    seen = ask(aws, sight.check, given)

    assert aws.local.ledger() == []
    assert aws.beyond(check) == set()
    if isinstance(sight.measured, type):
        assert isinstance(seen, sight.measured), seen
    else:
        assert isinstance(seen, Settled), seen
        assert check.Results.model_validate(seen.results)
        assert seen.results[check.spec.measures or ""] == sight.measured, seen


def test_a_plan_shows_what_cannot_be_learnt(aws: Stage) -> None:
    """Unknown is never good: where a check breaks, so does the look before anybody approves."""
    broken = [sight for sight in SIGHTS if sight.measured is StepBroke]

    looks = {sight.check: look(aws, sight) for sight in broken}

    assert len(looks) > 10
    assert {state for state in looks.values()} <= {"blocked", "unknown"}


def test_a_point_with_malware_in_it_is_passed_over(aws: Stage) -> None:
    """The newest one is ten minutes old and infected; the sound one is an hour old."""
    given = backed_up("infected")(aws.local)

    seen = ask(aws, "backup.recovery_points", given)

    assert isinstance(seen, Settled)
    assert (seen.results["passed_over"], seen.results["lag_seconds"]) == (1, 3600.0)


def test_an_outage_of_awss_own_is_seen_a_little_late(aws: Stage) -> None:
    """Nothing is reported at once; after some minutes there is an open event, and when it began."""
    aws.local.region("us-west-2", "down", mode="refuse")
    early = ask(aws, "health.events", {"affected_region": "us-west-2"})
    aws.local.advance(180)

    late = ask(aws, "health.events", {"affected_region": "us-west-2"})

    assert isinstance(early, Settled)
    assert isinstance(late, Settled)
    assert (early.results["open_events"], late.results["open_events"]) == (0, 1)
    assert late.results["since"]


def ask(aws: Stage, name: str, given: dict[str, object]) -> Observation | StepBroke:
    check = CATALOGUE[name]
    try:
        return check.verify(aws, check.Params.model_validate({"region": "us-west-2", **given}), {})
    except StepBroke as broke:
        return broke


def look(aws: Stage, sight: Sight) -> str:
    check, given = CATALOGUE[sight.check], sight.arrange(aws.local)
    return str(check.preflight(aws, check.Params.model_validate({"region": "us-west-2", **given})).state)
