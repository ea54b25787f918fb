"""Tell a topic's subscribers what happened.

When to reach for it: announcing a finished move to systems and mailboxes that listen to a topic.

What bites: SNS has no token on standard topics and nothing can be read back, so a publication whose answer was lost
is never repeated by itself: a person decides. On a FIFO topic the step's token is the deduplication id. Accepted by
SNS is not delivered to anybody; the plan warns when nobody is subscribed. Subjects are cut to SNS's rules (ASCII,
99 characters).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import blocked, region_of, short
from bot.actions.base import Action, Call, Params, Rehearsal, action
from bot.language import later, told
from bot.model.action import Before, Finding, Idempotency, Look, Risk, Settled
from bot.model.errors import OutcomeUnknown
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class PublishParams(Params):
    """Where to, and what."""

    topic: str = Field(
        description="Topic ARN.",
        pattern=r"^arn:aws[\w-]*:sns:[\w-]+:\d{12}:.+$",
        examples=["arn:aws:sns:us-west-2:111122223333:dr-events"],
    )
    subject: str = Field(description="One line, used by e-mail subscribers.", min_length=1)
    message: str = Field(description="The text.", min_length=1, max_length=60_000)


_TOPIC = "arn:aws:sns:us-west-2:111122223333:dr-events"
_LOOK = Call("sns", "get_topic_attributes", {"Attributes": {"SubscriptionsConfirmed": "2"}})
_SAY = {"region": "us-west-2", "subject": "orders-api moved", "message": "orders-api is served from us-west-2."}
_PUBLISH = Call("sns", "publish", {"MessageId": "6ab3c6f0-0000-4000-8000-000000000000"})


@action(
    "sns.publish",
    risk=Risk.REVERSIBLE,
    owes=False,
    idempotency=Idempotency.OPAQUE,
    permissions=("sns:GetTopicAttributes", "sns:Publish"),
    irreversible=told("A published message cannot be recalled; publish a correction."),
    by_hand=later("ask somebody who is subscribed to {topic} whether the message came; SNS keeps no copy"),
    rehearsal=Rehearsal(
        params={**_SAY, "topic": _TOPIC},
        calls=(_LOOK, _PUBLISH),
        also=(Rehearsal(params={**_SAY, "topic": f"{_TOPIC}.fifo"}, calls=(_LOOK, _PUBLISH)),),
    ),
)
class Publish(Action[PublishParams]):
    """One message, sent once."""

    Params = PublishParams

    def preflight(self, aws: Reads, params: PublishParams) -> Look:
        sns: SNSClient = aws.reader("sns", params.region)
        home = region_of(params.topic)
        change = told("publish “{subject}” to {topic}", subject=subject(params), topic=short(params.topic))
        if home != params.region:
            wrong = told(
                "{topic} lives in {home} but the step calls {region}; set region: {home}.",
                topic=short(params.topic),
                home=home,
                region=params.region,
            )
            return blocked(wrong, params.topic, change=change)
        try:
            attributes = sns.get_topic_attributes(TopicArn=params.topic)["Attributes"]
        except sns.exceptions.NotFoundException:
            gone = told(
                "Topic {topic} is not in {region}; correct the ARN.", topic=short(params.topic), region=params.region
            )
            return blocked(gone, params.topic, change=change)
        alone = attributes.get("SubscriptionsConfirmed", "0") == "0"
        findings = (Finding(text=told("Nobody is subscribed to {topic}.", topic=short(params.topic))),) if alone else ()
        return Look(state="ready", findings=findings, change=change, targets=(params.topic,))

    def execute(self, aws: Aws, params: PublishParams, token: str) -> None:
        sns: SNSClient = aws.writer("sns", params.region)
        once: dict[str, Any] = {"MessageGroupId": "dr", "MessageDeduplicationId": token}
        answer = sns.publish(
            TopicArn=params.topic,
            Subject=subject(params),
            Message=params.message,
            **(once if params.topic.endswith(".fifo") else {}),
        )
        if not answer.get("MessageId"):
            raise OutcomeUnknown(told("SNS answered without a message id; ask a subscriber whether the message came."))

    def verify(self, aws: Reads, params: PublishParams, before: Before) -> Settled:
        """SNS's answer was all the evidence there will be; asked only after SNS has answered."""
        return Settled(seen=told("{topic} accepted “{subject}”", topic=short(params.topic), subject=subject(params)))


def subject(params: PublishParams) -> str:
    """The subject as SNS takes it: one ASCII line of at most 99 characters, with what it cannot say as `?`."""
    return " ".join(params.subject.split()).encode("ascii", "replace").decode()[:99]
