"""Said once, to somebody, in words SNS takes."""

from __future__ import annotations

import pytest

from bot.actions.base import Call
from bot.actions.sns.publish import Publish, PublishParams, subject
from tests.actions.scripted import play, refusal

TOPIC = "arn:aws:sns:us-west-2:111122223333:dr-events"


def saying(text: str = "orders-api moved", topic: str = TOPIC, region: str = "us-west-2") -> PublishParams:
    return PublishParams(region=region, topic=topic, subject=text, message="done")


def attributes(subscribed: str) -> Call:
    return Call("sns", "get_topic_attributes", {"Attributes": {"SubscriptionsConfirmed": subscribed}})


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("plain", "plain"),
        ("two\nlines  and   gaps", "two lines and gaps"),
        ("orders-api → us-west-2", "orders-api ? us-west-2"),
        ("x" * 200, "x" * 99),
    ],
)
def test_subjects_are_cut_to_what_sns_takes(said: str, sent: str) -> None:
    """A refused subject would lose the whole message."""
    assert subject(saying(said)) == sent


@pytest.mark.parametrize(
    ("script", "params", "state", "sentence"),
    [
        ([attributes("0")], saying(), "ready", "Nobody is subscribed"),
        ([refusal("sns", "get_topic_attributes", "NotFound")], saying(), "blocked", "not in us-west-2"),
        ([], saying(region="us-east-1"), "blocked", "set region: us-west-2"),
    ],
)
def test_the_plan_says_who_would_hear(script: list[Call], params: PublishParams, state: str, sentence: str) -> None:
    """A message to nobody, or to nowhere, is noticed before it is sent."""
    look = Publish().preflight(play(script), params)

    assert look.state == state
    assert sentence in look.findings[0].text


def test_a_fifo_topic_recognises_our_token() -> None:
    """There, a repeat of the same step of the same run is dropped by SNS itself."""
    aws = play([Call("sns", "publish", {"MessageId": "1"})])

    Publish().execute(aws, saying(topic=f"{TOPIC}.fifo"), "token-1")

    assert aws.parameters("publish")["MessageDeduplicationId"] == "token-1"
