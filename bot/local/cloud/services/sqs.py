"""SQS: a receive answers at once. moto would wait inside the one call that the world answers at a time."""

from __future__ import annotations

from typing import Any

from bot.local.cloud.errors import AwsError
from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.wire import Call

HIDDEN_FOR = 30


@operation("sqs", "ReceiveMessage")
def receive_message(call: Call) -> Answer:
    """What lies in the queue now; long polling is not imitated."""
    queues, name = backend("sqs", call.region), str(call.params["QueueUrl"]).rpartition("/")[2]
    if name not in queues.queues:
        raise AwsError("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
    found: list[Any] = queues.receive_message(
        name, int(call.params.get("MaxNumberOfMessages", 1)), 0, int(call.params.get("VisibilityTimeout", HIDDEN_FOR))
    )
    return {
        "Messages": [
            {"MessageId": each.id, "ReceiptHandle": each.receipt_handle, "MD5OfBody": each.body_md5, "Body": each.body}
            for each in found
        ]
    }
