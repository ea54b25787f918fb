"""Turn a bucket's replication rule on or off: the reverse way of a failback.

When to reach for it: after a failover, new objects of the recovery region's bucket should flow back; or replication
from a bucket that holds wrong data should stop. The rule exists already, disabled until it is needed.

What bites: objects that were there before are not replicated; S3 Batch Replication does that. Both buckets must keep
versions. The configuration is replaced whole, so it is sent back as it was read. Rolling back restores the rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import refusal
from bot.actions.base import Call, Params, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told
from bot.model.action import Finding, Risk
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class PutReplicationParams(Params):
    """Which rule of which bucket."""

    bucket: str = Field(description="Bucket name.", examples=["orders-usw2"])
    rule: str = Field(description="Id of the replication rule.", examples=["back-to-use1"])
    enabled: bool = Field(default=True, description="Whether it replicates.")


class Rule(Frozen):
    """Whether a rule replicates."""

    status: str

    def __str__(self) -> str:
        return self.status.lower()


def _bucket(status: str) -> Call:
    rule = {"ID": "back-to-use1", "Status": status, "Destination": {"Bucket": "arn:aws:s3:::orders-use1"}}
    config = {"Role": "arn:aws:iam::111122223333:role/replication", "Rules": [rule]}
    return Call("s3", "get_bucket_replication", {"ReplicationConfiguration": config})


_PUT = Call("s3", "put_bucket_replication", {})


@action(
    "s3.put_replication",
    risk=Risk.REVERSIBLE,
    implied=("iam:PassRole",),
    permissions=("s3:GetReplicationConfiguration", "s3:PutReplicationConfiguration"),
    by_hand="aws s3api get-bucket-replication --bucket {bucket}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "bucket": "orders-usw2", "rule": "back-to-use1"},
        was=_bucket("Disabled"), put=_PUT, now=_bucket("Enabled"), back=_PUT,
    ),
)  # fmt: skip
class PutReplication(Setting[PutReplicationParams, Rule]):
    """Send the configuration back with the rule turned."""

    Params = PutReplicationParams
    State = Rule

    def look(self, aws: Reads, params: PutReplicationParams) -> Seen[Rule]:
        s3: S3Client = aws.reader("s3", params.region)
        try:
            config: Any = s3.get_bucket_replication(Bucket=params.bucket)["ReplicationConfiguration"]
        except refusal("ReplicationConfigurationNotFoundError", "NoSuchBucket"):
            raise StepBroke(
                told("{bucket} has no replication; set one up with a disabled rule first.", bucket=params.bucket)
            ) from None
        for rule in config["Rules"]:
            if rule.get("ID") == params.rule:
                name = f"{params.bucket} {params.rule}"
                return Seen(name=name, target=f"s3:{name}", state=Rule(status=rule["Status"]), whole=config)
        known = " and ".join(str(rule.get("ID")) for rule in config["Rules"])
        raise StepBroke(
            told("{bucket} has no rule {rule}; it has {known}.", bucket=params.bucket, rule=params.rule, known=known)
        )

    def wanted(self, params: PutReplicationParams, now: Rule) -> Rule:
        return Rule(status="Enabled" if params.enabled else "Disabled")

    def put(self, aws: Aws, params: PutReplicationParams, seen: Seen[Rule], state: Rule, token: str) -> None:
        s3: S3Client = aws.writer("s3", params.region)
        rules = [
            {**rule, "Status": state.status} if rule.get("ID") == params.rule else rule for rule in seen.whole["Rules"]
        ]
        config: Any = {**seen.whole, "Rules": rules}
        s3.put_bucket_replication(Bucket=params.bucket, ReplicationConfiguration=config)

    def findings(self, aws: Reads, params: PutReplicationParams, seen: Seen[Rule]) -> list[Finding]:
        return [Finding(text=told("Objects that are there already are not replicated."))] if params.enabled else []
