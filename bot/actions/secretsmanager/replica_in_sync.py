"""Check that a secret's replica in the recovery region has the primary's newest value.

When to reach for it: applications in the recovery region read their secrets there; a stale one keeps them from
connecting.

What bites: only the primary's region knows whether a replica is in sync. When it is silent, the replica can still be
read, and this check says unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.assessing import Verdict, judged, looked
from bot.actions.base import Call, Check, Params, action
from bot.language import told
from bot.model.action import Before, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class ReplicaInSyncParams(Params):
    """Which secret, replicated to where. The step's region is the primary's."""

    secret: str = Field(description="Secret name or ARN.", examples=["orders/database"])
    replica_region: str = Field(description="Region of the replica.", examples=["us-west-2"])


@action(
    "secretsmanager.replica_in_sync",
    risk=Risk.READ,
    measures="ok",
    permissions=("secretsmanager:DescribeSecret",),
    rehearsal=looked(
        {"secret": "orders/database", "replica_region": "us-west-2"},
        Call(
            "secretsmanager",
            "describe_secret",
            {"ReplicationStatus": [{"Region": "us-west-2", "Status": "InSync"}]},
        ),
    ),
)
class ReplicaInSync(Check[ReplicaInSyncParams]):
    """The replica's status, as the primary has it."""

    Params = ReplicaInSyncParams
    Results = Verdict

    def verify(self, aws: Reads, params: ReplicaInSyncParams, before: Before) -> Settled:
        client: SecretsManagerClient = aws.reader("secretsmanager", params.region)
        try:
            found = client.describe_secret(SecretId=params.secret)
        except client.exceptions.ResourceNotFoundException:
            raise StepBroke(
                told(
                    "Secret {secret} is not in {region}; correct the name or the region.",
                    secret=params.secret,
                    region=params.region,
                )
            ) from None
        replicas = {each.get("Region"): each for each in found.get("ReplicationStatus", [])}
        replica = replicas.get(params.replica_region)
        if replica is None:
            return judged(
                False,
                told(
                    "{secret} is not replicated to {replica_region}",
                    secret=params.secret,
                    replica_region=params.replica_region,
                ),
            )
        status, why = replica.get("Status", "unknown"), replica.get("StatusMessage", "")
        return judged(
            status == "InSync",
            told(
                "{secret} in {replica_region}: {status}{part}",
                secret=params.secret,
                replica_region=params.replica_region,
                status=status,
                part=f" ({why})" if why else "",
            ),
        )
