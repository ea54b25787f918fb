"""What the rehearsal cannot show: what is kept of the group's own template and policy, and what undo puts back."""

from __future__ import annotations

from bot.actions.autoscaling.groups import rehearse_group
from bot.actions.autoscaling.mixed_instances import MixedInstances, MixedInstancesParams
from bot.actions.base import Call
from tests.actions.scripted import play

UPDATE = Call("autoscaling", "update_auto_scaling_group", {})
NAMED = {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "worker", "Version": "7"}
PARAMS = MixedInstancesParams(region="us-west-2", group="orders-workers", instance_types=("m6i.large",))
POLICY = {
    "LaunchTemplate": {"LaunchTemplateSpecification": NAMED, "Overrides": [{"InstanceType": "c5.large"}]},
    "InstancesDistribution": {"SpotMaxPrice": "0.5", "OnDemandBaseCapacity": 9},
}
ACTION = MixedInstances()


def test_the_groups_own_template_is_kept_and_named_once() -> None:
    """AWS answers with id and name, and takes only one of them."""
    aws = play([rehearse_group(LaunchTemplate=NAMED), UPDATE])

    ACTION.execute(aws, PARAMS, "token")

    sent = aws.parameters("update_auto_scaling_group")["MixedInstancesPolicy"]["LaunchTemplate"]
    assert sent["LaunchTemplateSpecification"] == {"LaunchTemplateId": "lt-1", "Version": "7"}


def test_what_is_not_asked_for_stays_in_the_policy() -> None:
    """A price limit that somebody set is theirs."""
    aws = play([rehearse_group(MixedInstancesPolicy=POLICY), UPDATE])

    ACTION.execute(aws, PARAMS, "token")

    share = aws.parameters("update_auto_scaling_group")["MixedInstancesPolicy"]["InstancesDistribution"]
    assert (share["SpotMaxPrice"], share["OnDemandBaseCapacity"]) == ("0.5", 0)


def test_undo_goes_back_to_the_plain_template() -> None:
    """A group that had no policy has none again."""
    before = ACTION.remember(play([rehearse_group(LaunchTemplate=NAMED)]), PARAMS)
    aws = play([rehearse_group(MixedInstancesPolicy=POLICY), UPDATE])

    ACTION.rollback(aws, PARAMS, before, "token")

    sent = aws.parameters("update_auto_scaling_group")
    assert sent["LaunchTemplate"] == {"LaunchTemplateId": "lt-1", "Version": "7"}
    assert "MixedInstancesPolicy" not in sent


def test_a_launch_configuration_blocks() -> None:
    """A mixed policy needs a template."""
    look = ACTION.preflight(play([rehearse_group()]), PARAMS)

    assert look.state == "blocked"
    assert "launch configuration" in look.findings[0].text
