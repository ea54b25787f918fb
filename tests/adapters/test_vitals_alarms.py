"""The doctor's look at the alarm queue: there, allowed, in the right region, and no message touched."""

from __future__ import annotations

from typing import Any

import pytest

from bot.adapters.aws.sessions import AwsClouds
from bot.adapters.vitals.alarms import AlarmQueueProbe
from bot.model.errors import StepError
from bot.ports.vitals import Vital
from tests.cloud_fixture import LocalCloud, cloud, cloud_process

__all__ = ["cloud", "cloud_process"]
pytestmark = pytest.mark.asyncio


@pytest.fixture
def url(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")
    made: Any = cloud.client("sqs").create_queue(QueueName="alarms")
    return str(made["QueueUrl"])


async def seen(cloud: LocalCloud, url: str, region: str = "us-west-2") -> Vital:
    (vital,) = await AlarmQueueProbe(AwsClouds(endpoint_url=cloud.url), url, region, {"us-east-1"}).look()
    return vital


async def test_a_queue_that_can_be_read_and_emptied_is_well(cloud: LocalCloud, url: str) -> None:
    """Nothing waits in it."""
    vital = await seen(cloud, url)

    assert (vital.state, vital.seen) == ("ok", "in us-west-2; 0 waiting, ours to read and to delete")


async def test_what_waits_is_counted_and_left_alone(cloud: LocalCloud, url: str) -> None:
    """The look is no delivery: the message is as fresh for the bot as it was."""
    sqs = cloud.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="hello")

    vital = await seen(cloud, url)

    asked: Any = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert vital.seen == "in us-west-2; 1 waiting, ours to read and to delete"
    assert (asked["ApproximateNumberOfMessages"], asked["ApproximateNumberOfMessagesNotVisible"]) == ("1", "0")


@pytest.mark.parametrize("operation", ["GetQueueAttributes", "ReceiveMessage", "DeleteMessage"])
async def test_a_missing_permission_is_named(cloud: LocalCloud, url: str, operation: str) -> None:
    """Each of the three calls that the bot will make."""
    cloud.fault("access_denied", operation)

    vital = await seen(cloud, url)

    assert vital.state == "failed"
    assert vital.seen.startswith(f"{operation} was refused: AccessDenied")
    assert "sqs:DeleteMessage" in vital.remedy


async def test_a_queue_that_is_not_there_is_said_so(cloud: LocalCloud, url: str) -> None:
    """A mistyped URL."""
    vital = await seen(cloud, url + "-typo")

    assert vital.state == "failed"
    assert "DR_ALARM_QUEUE" in vital.remedy


async def test_a_queue_beside_the_primary_is_warned_of(cloud: LocalCloud, url: str) -> None:
    """It would fall silent in the very moment it is there for."""
    cloud.client("sqs", "us-east-1").create_queue(QueueName="alarms")

    vital = await seen(cloud, url, "us-east-1")

    assert vital.state == "warning"
    assert "us-east-1" in vital.seen


async def test_a_region_that_does_not_answer_is_a_verdict(cloud: LocalCloud, url: str) -> None:
    """The doctor reports what it raises."""
    cloud.region("us-west-2", mode="refuse")

    with pytest.raises(StepError):
        await seen(cloud, url)
