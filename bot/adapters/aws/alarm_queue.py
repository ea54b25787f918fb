"""Alarms from an SQS queue: CloudWatch → EventBridge or SNS → SQS → here.

Promises: long polling in a thread of its own; a message that is no alarm is told in the log once and let go; a
transition is named the same however it came and however often. Refuses to know services.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from botocore.exceptions import BotoCoreError, ClientError

from bot.language import told
from bot.model.errors import Unavailable
from bot.ports.alarms import AlarmNews
from bot.ports.aws import Aws
from bot.ports.threads import Threads

log = structlog.get_logger()

WAIT = 8
"""Seconds of one long poll; less than the client's own patience."""
BREATH = 1.0
"""Seconds between two looks into a queue that answers at once although it is empty."""
AT_ONCE = 10
_REGION = re.compile(r"(?:sqs|queue)[.-](?P<region>[a-z]{2}(?:-[a-z]+)+-\d)|(?P<old>[a-z]{2}(?:-[a-z]+)+-\d)\.queue")
_OF_NAMES = {
    "US East (N. Virginia)": "us-east-1", "US East (Ohio)": "us-east-2", "US West (N. California)": "us-west-1",
    "US West (Oregon)": "us-west-2", "EU (Ireland)": "eu-west-1", "EU (Frankfurt)": "eu-central-1",
    "Asia Pacific (Seoul)": "ap-northeast-2", "Asia Pacific (Tokyo)": "ap-northeast-1",
    "Asia Pacific (Singapore)": "ap-southeast-1", "Asia Pacific (Sydney)": "ap-southeast-2",
}  # fmt: skip
"""SNS names regions in words; its message carries the alarm's ARN, too, which is read first."""
_NO_ALARM = (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError)
"""What reading somebody else's JSON can end in: a message that breaks the reader would come back for ever."""


class SqsAlarms:
    """Implements `AlarmQueue`."""

    def __init__(self, aws: Aws, url: str, region: str, *, wait: int = WAIT) -> None:
        self._aws, self._url, self._region, self._wait = aws, url, region, wait
        self._pool = Threads(1, name="alarm-queue")

    async def next(self) -> Sequence[AlarmNews]:
        began = time.monotonic()
        answer: Mapping[str, Any] = await self._call(
            "reader", "receive_message", MaxNumberOfMessages=AT_ONCE, WaitTimeSeconds=self._wait
        )
        if not answer.get("Messages") and time.monotonic() - began < BREATH <= self._wait:
            await asyncio.sleep(BREATH)  # a queue that does not wait for us must not be asked without a rest
        found = []
        for message in answer.get("Messages", ()):
            news = read_message(str(message["Body"]), str(message["ReceiptHandle"]))
            if news is not None:
                found.append(news)
                continue
            log.warning("message-is-no-alarm", id=message.get("MessageId"))
            await self._forget(str(message["ReceiptHandle"]))
        return found

    async def done(self, news: AlarmNews) -> None:
        await self._forget(news.receipt)

    def close(self) -> None:
        """Let the thread go; nobody waits for a poll under way."""
        self._pool.shutdown(cancel_futures=True)

    async def _forget(self, receipt: str) -> None:
        await self._call("writer", "delete_message", ReceiptHandle=receipt)

    async def _call(self, kind: str, operation: str, **params: Any) -> Any:
        def call() -> Any:
            client: Any = getattr(self._aws, kind)("sqs", self._region)
            return getattr(client, operation)(QueueUrl=self._url, **params)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)
        except (BotoCoreError, ClientError) as error:
            raise Unavailable(told("The alarm queue does not answer: {error}", error=error)) from error


def region_of(url: str, otherwise: str) -> str:
    """The region in a queue's address."""
    found = _REGION.search(url)
    return (found["region"] or found["old"]) if found else otherwise


def read_message(body: str, receipt: str) -> AlarmNews | None:
    """EventBridge's event or CloudWatch's notification, bare or inside SNS's envelope; None for anything else."""
    try:
        said = json.loads(body)
        if isinstance(said, dict) and said.get("Type") == "Notification":
            said = json.loads(said["Message"])
        if not isinstance(said, dict):
            return None
        return _event(said, receipt) if said.get("source") == "aws.cloudwatch" else _notification(said, receipt)
    except _NO_ALARM:
        return None


def _event(said: Mapping[str, Any], receipt: str) -> AlarmNews:
    detail = said["detail"]
    state = detail["state"]
    at = _moment(state.get("timestamp") or said["time"])
    return _news(detail["alarmName"], said["region"], state["value"], at,
                 account=str(said.get("account") or ""), reason=state.get("reason"), receipt=receipt)  # fmt: skip


def _notification(said: Mapping[str, Any], receipt: str) -> AlarmNews:
    arn = str(said.get("AlarmArn") or "").split(":")
    region = arn[3] if len(arn) >= 7 else _OF_NAMES[said["Region"]]
    account = arn[4] if len(arn) >= 7 else str(said.get("AWSAccountId") or "")
    at = _moment(said["StateChangeTime"])
    return _news(said["AlarmName"], region, said["NewStateValue"], at,
                 account=account, reason=said.get("NewStateReason"), receipt=receipt)  # fmt: skip


def _news(alarm: Any, region: Any, state: Any, at: datetime, *, account: str, reason: Any, receipt: str) -> AlarmNews:
    """The same transition has the same name by EventBridge and by SNS."""
    delivery, why = f"{region}:{alarm}:{state}:{at:%Y-%m-%dT%H:%M:%S}", str(reason or "")[:500]
    f"{delivery}{why}".encode()  # half a character, which no log and no journal can hold, is a ValueError
    return AlarmNews(
        delivery=delivery, alarm=alarm, region=region, state=state, at=at, account=account,
        reason=why, receipt=receipt,
    )  # fmt: skip


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("+0000", "+00:00")).astimezone(UTC)
