"""Alarms by SQS: EventBridge's words and CloudWatch's mean the same, and every message is done once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.adapters.aws.alarm_queue import SqsAlarms, read_message, region_of
from bot.adapters.aws.sessions import AwsClouds
from bot.model.errors import Unavailable
from tests.cloud_fixture import LocalCloud, cloud, cloud_process

__all__ = ["cloud", "cloud_process"]

AT = datetime(2026, 11, 23, 1, 58, 7, tzinfo=UTC)
EVENT = {
    "source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "id": "e-1", "region": "us-west-2",
    "account": "111122223333",
    "time": "2026-11-23T01:58:09Z",
    "detail": {
        "alarmName": "orders-errors",
        "state": {"value": "ALARM", "reason": "Threshold crossed", "timestamp": "2026-11-23T01:58:07.123+0000"},
    },
}  # fmt: skip
NOTICE = {
    "AlarmName": "orders-errors", "AlarmArn": "arn:aws:cloudwatch:us-west-2:111122223333:alarm:orders-errors",
    "Region": "US West (Oregon)", "NewStateValue": "ALARM", "NewStateReason": "Threshold crossed",
    "StateChangeTime": "2026-11-23T01:58:07.000+0000",
}  # fmt: skip
ENVELOPE = {"Type": "Notification", "MessageId": "m-1", "Message": json.dumps(NOTICE)}
OLD_NOTICE = {name: value for name, value in NOTICE.items() if name != "AlarmArn"}


@pytest.mark.parametrize("body", [EVENT, NOTICE, ENVELOPE, OLD_NOTICE, {**ENVELOPE, "Message": json.dumps(EVENT)}])
def test_a_transition_has_one_name_whatever_way_it_came(body: dict[str, Any]) -> None:
    """By EventBridge, by SNS, with SNS's envelope or without."""
    news = read_message(json.dumps(body), "r")

    assert news is not None
    assert news.delivery == "us-west-2:orders-errors:ALARM:2026-11-23T01:58:07"
    assert (news.alarm, news.region, news.state, news.reason) == ("orders-errors", "us-west-2", "ALARM",
                                                                  "Threshold crossed")  # fmt: skip
    assert news.at.replace(microsecond=0) == AT
    assert news.account == ("111122223333" if body is not OLD_NOTICE else "")


def test_a_notice_without_an_arn_tells_its_account_by_name() -> None:
    """Older topics send no ARN of the alarm."""
    news = read_message(json.dumps({**OLD_NOTICE, "AWSAccountId": "444455556666"}), "r")

    assert news is not None
    assert news.account == "444455556666"


@pytest.mark.parametrize(
    "body",
    ["", "hello", "[]", "3", "{}", '{"Type": "Notification", "Message": "hi"}', '{"source": "aws.cloudwatch"}',
     json.dumps({**NOTICE, "StateChangeTime": "yesterday"}), json.dumps({**OLD_NOTICE, "Region": "the moon"}),
     json.dumps({**NOTICE, "StateChangeTime": 3}), json.dumps({**NOTICE, "StateChangeTime": "0001-01-01T00:00+14:00"}),
     json.dumps({**EVENT, "detail": {"alarmName": "a", "state": "ALARM"}}), json.dumps({**EVENT, "detail": []}),
     json.dumps({**NOTICE, "AlarmName": ["a"]}), json.dumps({**NOTICE, "AlarmName": "\ud800"}),
     '{"Type": "Notification", "Message": null}', "[" * 200_000, '{"a":' * 200_000, "9" * 10_000],
    ids=lambda body: body[:40],
)  # fmt: skip
def test_what_is_no_alarm_is_nothing(body: str) -> None:
    """Somebody else's words do no harm."""
    assert read_message(body, "r") is None


@pytest.mark.parametrize(
    ("url", "region"),
    [
        ("https://sqs.eu-west-1.amazonaws.com/111122223333/alarms", "eu-west-1"),
        ("https://us-east-2.queue.amazonaws.com/111122223333/alarms", "us-east-2"),
        ("http://127.0.0.1:5000/111122223333/alarms", "us-west-2"),
    ],
)
def test_the_queues_address_tells_its_region(url: str, region: str) -> None:
    """Where it does not, the environment's counts."""
    assert region_of(url, "us-west-2") == region


@pytest.fixture
def queue(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A queue that a topic feeds, and which our client reads."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")
    sqs, sns = cloud.client("sqs"), cloud.client("sns")
    url = sqs.create_queue(QueueName="alarms")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return SqsAlarms(AwsClouds(endpoint_url=cloud.url).for_service(None), url, "us-west-2", wait=0), url, topic


async def test_an_alarm_that_goes_on_in_the_cloud_arrives_and_is_done_once(cloud: LocalCloud, queue: Any) -> None:
    """From CloudWatch over SNS into SQS, and out; a stranger's message is let go."""
    alarms, url, topic = queue
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="orders-errors", Namespace="x", MetricName="y", Period=60, EvaluationPeriods=1, Threshold=1,
        ComparisonOperator="GreaterThanThreshold", Statistic="Sum", AlarmActions=[topic],
    )  # fmt: skip
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="hello")
    cloudwatch.set_alarm_state(AlarmName="orders-errors", StateValue="ALARM", StateReason="test")

    (news,) = await alarms.next()
    await alarms.done(news)

    assert (news.alarm, news.region, news.state) == ("orders-errors", "us-west-2", "ALARM")
    counts = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessages"] == counts["ApproximateNumberOfMessagesNotVisible"] == "0"
    assert list(await alarms.next()) == []


async def test_a_queue_that_does_not_answer_is_said_so(cloud: LocalCloud, queue: Any) -> None:
    """The caller asks again later; nothing is raised that it does not know."""
    alarms, _url, _topic = queue
    cloud.fault("access_denied", "ReceiveMessage")

    with pytest.raises(Unavailable):
        await alarms.next()
