"""How the queue is that alarms come by: there, ours to read and to empty, and not in a region that fails with us."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bot.language import told
from bot.ports.aws import Clouds
from bot.ports.threads import apart
from bot.ports.vitals import Vital

NAME = "alarm queue"
NO_HANDLE = "no-message-has-this-handle"
_INVALID = ("ReceiptHandleIsInvalid", "InvalidAddress")


class AlarmQueueProbe:
    """Asks the queue for its size, and tries what the bot will do to it. No message is touched."""

    name = NAME
    remedy = told("Check DR_ALARM_QUEUE: the URL of an SQS queue that exists, in a region that answers.")

    def __init__(self, clouds: Clouds, url: str, region: str, primaries: Collection[str]) -> None:
        self._clouds, self._url, self._region, self._primaries = clouds, url, region, primaries

    async def look(self) -> Sequence[Vital]:
        try:
            waiting = await apart(self._try)
        except ClientError as refused:
            return [self._refused(refused)]
        except BotoCoreError as error:
            raise self._clouds.verdict(error, mutating=False) from error
        if self._region in self._primaries:
            return [
                Vital(
                    name=NAME, state="warning",
                    seen=told("it is in {region}, the primary region of a service", region=self._region),
                    remedy=told("Put the queue into a region that does not fail together with a primary."),
                )
            ]  # fmt: skip
        seen = told("in {region}; {count} waiting, ours to read and to delete", region=self._region, count=waiting)
        return [Vital(name=NAME, state="ok", seen=seen)]

    def _try(self) -> int:
        """How many messages wait. A queue with messages in it is not read: each look would count as a delivery."""
        sqs: Any = self._clouds.for_service(None).reader("sqs", self._region)
        asked = ["ApproximateNumberOfMessages"]
        said = sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=asked)["Attributes"]
        waiting = int(said["ApproximateNumberOfMessages"])
        if not waiting:
            sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=1, WaitTimeSeconds=0, VisibilityTimeout=0)
        try:
            sqs.delete_message(QueueUrl=self._url, ReceiptHandle=NO_HANDLE)
        except ClientError as answer:
            if answer.response["Error"]["Code"].rpartition(".")[2] not in _INVALID:
                raise
        return waiting

    def _refused(self, refused: ClientError) -> Vital:
        code = refused.response["Error"]["Code"].rpartition(".")[2]
        remedy = self.remedy
        if "Denied" in code:
            remedy = told(
                "Allow sqs:GetQueueAttributes, sqs:ReceiveMessage and sqs:DeleteMessage on this queue to the bot."
            )
        seen = told("{operation} was refused: {code}", operation=refused.operation_name, code=code)
        return Vital(name=NAME, state="failed", seen=seen, remedy=remedy)
