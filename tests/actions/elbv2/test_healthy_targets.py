"""The count, its reasons, and names that lead nowhere."""

from __future__ import annotations

from bot.actions.base import Call
from bot.actions.elbv2.healthy_targets import HealthyTargets, HealthyTargetsParams
from tests.actions.scripted import play, refusal

ARN = "arn:aws:elasticloadbalancing:us-west-2:111122223333:targetgroup/orders-api-usw2/0123456789abcdef"
CHECK = HealthyTargets()


def health(*states: tuple[str, str]) -> Call:
    described = [
        {"Target": {"Id": str(number)}, "TargetHealth": {"State": state, **({"Reason": reason} if reason else {})}}
        for number, (state, reason) in enumerate(states)
    ]
    return Call("elbv2", "describe_target_health", {"TargetHealthDescriptions": described})


def test_counts_and_says_why_the_others_are_not() -> None:
    """The most frequent reason comes first; a state without a reason speaks for itself."""
    waiting, slow = ("initial", "Elb.RegistrationInProgress"), ("unhealthy", "Target.Timeout")
    aws = play([health(("healthy", ""), waiting, slow, slow, ("draining", ""))])

    seen = CHECK.verify(aws, HealthyTargetsParams(region="us-west-2", target_group=ARN), {})

    assert seen.results == {
        "healthy": 1,
        "total": 5,
        "reasons": ["2 Target.Timeout", "1 Elb.RegistrationInProgress", "1 draining"],
    }
    assert seen.seen.startswith("orders-api-usw2: 1 of 5 targets healthy")


def test_an_empty_group_has_none() -> None:
    """No target is not a healthy fleet; the comparison is the waiting step's."""
    seen = CHECK.verify(play([health()]), HealthyTargetsParams(region="us-west-2", target_group=ARN), {})

    assert seen.results["healthy"] == 0


def test_an_unknown_name_blocks_the_plan() -> None:
    """A typo shows before anybody approves."""
    aws = play([refusal("elbv2", "describe_target_groups", "TargetGroupNotFound")])

    look = CHECK.preflight(aws, HealthyTargetsParams(region="us-west-2", target_group="orders-api-usw3"))

    assert look.state == "blocked"
    assert "orders-api-usw3 is not in us-west-2" in look.findings[0].text
