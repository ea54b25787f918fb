"""Make a replica of a secret stand alone, so that it can be written in the recovery region.

When to reach for it: only when the secret itself has to change there, such as a new database endpoint or a rotation.
Reading works from the replica as it is.

What bites: the replica does not follow its primary any more. Going back means replicating again, which overwrites.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.base import Call, Params, action
from bot.actions.setting import Arriving, Seen, rehearsed
from bot.actions.states import ALONE, Independence
from bot.language import told
from bot.model.action import Idempotency, Risk
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class PromoteReplicaParams(Params):
    """Which secret. The step's region is the replica's."""

    secret: str = Field(description="Secret name or ARN.", examples=["orders/database"])


def _secret(primary: str) -> Call:
    arn = "arn:aws:secretsmanager:us-west-2:111122223333:secret:orders/database-abcdef"
    follows = {"PrimaryRegion": primary} if primary else {}
    return Call("secretsmanager", "describe_secret", {"ARN": arn, "Name": "orders/database", **follows})


@action(
    "secretsmanager.promote_replica",
    risk=Risk.DISRUPTIVE,
    idempotency=Idempotency.READ_BACK,
    permissions=("secretsmanager:DescribeSecret", "secretsmanager:StopReplicationToReplica"),
    irreversible=(
        told("A promoted replica cannot follow again; to go back, replicate the secret from whichever "
             "region holds the right value, overwriting the other.")
    ),
    by_hand="aws secretsmanager describe-secret --region {region} --secret-id {secret}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "secret": "orders/database"},
        was=_secret("us-east-1"), put=Call("secretsmanager", "stop_replication_to_replica", {}), now=_secret(""),
    ),
)  # fmt: skip
class PromoteReplica(Arriving[PromoteReplicaParams, Independence]):
    """Stop the replication, seen from the replica."""

    Params = PromoteReplicaParams
    State = Independence

    def look(self, aws: Reads, params: PromoteReplicaParams) -> Seen[Independence]:
        client: SecretsManagerClient = aws.reader("secretsmanager", params.region)
        try:
            found = client.describe_secret(SecretId=params.secret)
        except client.exceptions.ResourceNotFoundException:
            raise StepBroke(
                told(
                    "Secret {secret} is not in {region}; replicate it there first.",
                    secret=params.secret,
                    region=params.region,
                )
            ) from None
        primary = found.get("PrimaryRegion", "")
        follows = told("its primary in {region}", region=primary) if primary and primary != params.region else ""
        return Seen(name=params.secret, target=found.get("ARN", ""), state=Independence(follows=follows))

    def wanted(self, params: PromoteReplicaParams, now: Independence) -> Independence:
        return ALONE

    def put(
        self, aws: Aws, params: PromoteReplicaParams, seen: Seen[Independence], state: Independence, token: str
    ) -> None:
        client: SecretsManagerClient = aws.writer("secretsmanager", params.region)
        client.stop_replication_to_replica(SecretId=params.secret)
