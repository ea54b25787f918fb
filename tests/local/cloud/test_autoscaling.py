"""Auto Scaling groups launch over time, within their bounds, and say what they did."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud_fixture import LocalCloud

NAME = {"AutoScalingGroupName": "orders-workers"}


def group(cloud: LocalCloud, region: str = "us-west-2") -> dict[str, Any]:
    found = cloud.client("autoscaling", region).describe_auto_scaling_groups(AutoScalingGroupNames=["orders-workers"])
    return dict(found["AutoScalingGroups"][0])


def states(cloud: LocalCloud, region: str = "us-west-2") -> list[str]:
    return sorted(instance["LifecycleState"] for instance in group(cloud, region)["Instances"])


def test_instances_are_pending_before_they_serve(cloud: LocalCloud) -> None:
    """Capacity is asked for at once and serves after the boot."""
    cloud.client("autoscaling").update_auto_scaling_group(**NAME, MinSize=2, DesiredCapacity=8)

    assert states(cloud) == ["Pending"] * 8
    cloud.advance(4)
    assert set(states(cloud)) == {"InService", "Pending"}
    cloud.advance(4)
    assert states(cloud) == ["InService"] * 8
    assert (group(cloud)["MinSize"], group(cloud)["DesiredCapacity"]) == (2, 8)


def test_asking_twice_launches_once(cloud: LocalCloud) -> None:
    """Setting the same size while instances boot adds none."""
    scaling = cloud.client("autoscaling")
    scaling.set_desired_capacity(**NAME, DesiredCapacity=5)

    scaling.set_desired_capacity(**NAME, DesiredCapacity=5)

    assert len(states(cloud)) == 5


def test_asking_for_more_while_instances_boot_adds_the_difference(cloud: LocalCloud) -> None:
    """What is still pending counts."""
    scaling = cloud.client("autoscaling")
    scaling.set_desired_capacity(**NAME, DesiredCapacity=3)

    scaling.set_desired_capacity(**NAME, DesiredCapacity=5)

    assert states(cloud) == ["Pending"] * 5


def test_scaling_in_terminates_over_time(cloud: LocalCloud) -> None:
    """Instances leave through Terminating."""
    cloud.client("autoscaling", "us-east-1").update_auto_scaling_group(**NAME, DesiredCapacity=0)

    assert states(cloud, "us-east-1") == ["Terminating"] * 8
    cloud.advance(2)
    assert states(cloud, "us-east-1") == []


@pytest.mark.parametrize(
    ("operation", "wanted"),
    [
        ("set_desired_capacity", {"DesiredCapacity": 13}),
        ("update_auto_scaling_group", {"DesiredCapacity": 13}),
        ("update_auto_scaling_group", {"MinSize": 4, "DesiredCapacity": 3}),
        ("update_auto_scaling_group", {"MinSize": 13}),
    ],
)
def test_sizes_outside_the_bounds_are_refused(cloud: LocalCloud, operation: str, wanted: dict[str, int]) -> None:
    """More than the maximum is an error and nothing is launched."""
    with pytest.raises(ClientError) as caught:
        getattr(cloud.client("autoscaling"), operation)(**NAME, **wanted)

    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert states(cloud) == []


def test_bounds_and_size_change_in_one_call(cloud: LocalCloud) -> None:
    """The new size is judged by the new bounds."""
    cloud.client("autoscaling").update_auto_scaling_group(**NAME, MaxSize=20, DesiredCapacity=15)

    assert len(states(cloud)) == 15


def test_a_suspended_launch_waits_for_its_resumption(cloud: LocalCloud) -> None:
    """The goal is kept while Launch is suspended and pursued when it is resumed."""
    scaling = cloud.client("autoscaling")
    scaling.suspend_processes(**NAME, ScalingProcesses=["Launch"])
    scaling.set_desired_capacity(**NAME, DesiredCapacity=3)
    before = states(cloud)

    scaling.resume_processes(**NAME, ScalingProcesses=["Launch"])

    assert before == []
    assert states(cloud) == ["Pending"] * 3
    assert group(cloud)["SuspendedProcesses"] == []


def test_activities_tell_what_happened(cloud: LocalCloud) -> None:
    """Each launch is an activity that is in progress and then successful."""
    scaling = cloud.client("autoscaling")
    scaling.set_desired_capacity(**NAME, DesiredCapacity=2)
    during = scaling.describe_scaling_activities(**NAME)["Activities"]

    cloud.advance(10)

    after = scaling.describe_scaling_activities(**NAME)["Activities"]
    assert [activity["StatusCode"] for activity in during] == ["InProgress"] * 2
    assert [activity["StatusCode"] for activity in after] == ["Successful"] * 2
    assert after[0]["EndTime"] > after[0]["StartTime"]
