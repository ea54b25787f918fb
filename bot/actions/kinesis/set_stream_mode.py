"""Switch a Kinesis stream between on-demand and provisioned capacity.

When to reach for it: a standby stream with few shards has to take the whole load, and nobody can say how much that is.

What bites: AWS allows two switches of a stream within a day. Going back keeps the shards that on demand has made, and
the stream refuses other changes while it is updating.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from bot.actions.base import Call, Params, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told
from bot.model.action import Idempotency, Risk
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient


class SetStreamModeParams(Params):
    """Which stream, which mode."""

    stream: str = Field(description="Stream name.", examples=["orders-events"])
    mode: Literal["ON_DEMAND", "PROVISIONED"] = Field(description="ON_DEMAND or PROVISIONED.")


class Mode(Frozen):
    """A stream's mode, in AWS's word."""

    name: str

    def __str__(self) -> str:
        return self.name


_AT = "2026-01-01T00:00:00Z"


def _stream(mode: str, status: str = "ACTIVE") -> Call:
    found: dict[str, Any] = {
        "StreamName": "orders-events", "StreamARN": "arn:aws:kinesis:us-west-2:1:stream/orders-events",
        "StreamStatus": status, "StreamModeDetails": {"StreamMode": mode}, "RetentionPeriodHours": 24,
        "StreamCreationTimestamp": _AT, "EnhancedMonitoring": [], "OpenShardCount": 2,
    }  # fmt: skip
    return Call("kinesis", "describe_stream_summary", {"StreamDescriptionSummary": found})


_UPDATE = Call("kinesis", "update_stream_mode", {})


@action(
    "kinesis.set_stream_mode",
    risk=Risk.REVERSIBLE,
    costs=told("the stream in that mode"),
    idempotency=Idempotency.READ_BACK,
    permissions=("kinesis:DescribeStreamSummary", "kinesis:UpdateStreamMode"),
    typical=timedelta(minutes=1),
    by_hand="aws kinesis describe-stream-summary --region {region} --stream-name {stream}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "stream": "orders-events", "mode": "ON_DEMAND"},
        was=_stream("PROVISIONED"), put=_UPDATE, moving=_stream("ON_DEMAND", "UPDATING"), now=_stream("ON_DEMAND"),
        back=_UPDATE,
    ),
)  # fmt: skip
class SetStreamMode(Setting[SetStreamModeParams, Mode]):
    """Switch the mode and wait until the stream is active."""

    Params = SetStreamModeParams
    State = Mode

    def look(self, aws: Reads, params: SetStreamModeParams) -> Seen[Mode]:
        kinesis: KinesisClient = aws.reader("kinesis", params.region)
        try:
            found = kinesis.describe_stream_summary(StreamName=params.stream)["StreamDescriptionSummary"]
        except kinesis.exceptions.ResourceNotFoundException:
            raise StepBroke(
                told(
                    "Stream {stream} is not in {region}; correct the name.", stream=params.stream, region=params.region
                )
            ) from None
        status = found["StreamStatus"]
        return Seen(
            name=params.stream,
            target=found["StreamARN"],
            state=Mode(name=found.get("StreamModeDetails", {}).get("StreamMode", "PROVISIONED")),
            moving="" if status == "ACTIVE" else status,
        )

    def wanted(self, params: SetStreamModeParams, now: Mode) -> Mode:
        return Mode(name=params.mode)

    def put(self, aws: Aws, params: SetStreamModeParams, seen: Seen[Mode], state: Mode, token: str) -> None:
        kinesis: KinesisClient = aws.writer("kinesis", params.region)
        mode: Any = state.name
        kinesis.update_stream_mode(StreamARN=seen.target, StreamModeDetails={"StreamMode": mode})
