"""Make a secondary of an ElastiCache global datastore the primary.

When to reach for it: sessions and caches have to take writes in the recovery region.

What bites: replication is asynchronous, so the newest writes are lost. AWS refuses while the datastore is being
modified; when the old region cannot be reached at all, the secondary may have to be detached instead.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import refusal
from bot.actions.base import Call, Params, action
from bot.actions.setting import Arriving, Seen, rehearsed
from bot.language import told
from bot.model.action import Idempotency, Risk
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_elasticache import ElastiCacheClient


class FailoverGlobalReplicationGroupParams(Params):
    """Which datastore, to which member. The step's region is the new primary's."""

    datastore: str = Field(description="Global replication group id.", examples=["ldgnf-sessions"])
    group: str = Field(description="Replication group in the step's region that becomes the primary.")


class Primary(Frozen):
    """Who takes writes: `region/group`."""

    member: str

    def __str__(self) -> str:
        return told("written in {member}", member=self.member or told("no region"))


def _store(primary: str, status: str = "available") -> Call:
    members = [
        {"ReplicationGroupId": f"sessions-{region}", "ReplicationGroupRegion": region,
         "Role": "PRIMARY" if region == primary else "SECONDARY", "Status": "associated"}
        for region in ("us-east-1", "us-west-2")
    ]  # fmt: skip
    found: dict[str, Any] = {"GlobalReplicationGroupId": "ldgnf-sessions", "Status": status, "Members": members}
    return Call("elasticache", "describe_global_replication_groups", {"GlobalReplicationGroups": [found]})


@action(
    "elasticache.failover_global_replication_group",
    risk=Risk.DATA_LOSS,
    idempotency=Idempotency.READ_BACK,
    permissions=("elasticache:DescribeGlobalReplicationGroups", "elasticache:FailoverGlobalReplicationGroup"),
    irreversible=(
        told("Writes that were not replicated are gone; once the old primary has caught up, the same "
             "action with the old region goes back.")
    ),
    typical=timedelta(minutes=2),
    settle=timedelta(seconds=15),
    by_hand=(
        "aws elasticache describe-global-replication-groups --region {region} "
        "--global-replication-group-id {datastore} --show-member-info"
    ),
    rehearsal=rehearsed(
        {"region": "us-west-2", "datastore": "ldgnf-sessions", "group": "sessions-us-west-2"},
        was=_store("us-east-1"), put=Call("elasticache", "failover_global_replication_group", {}),
        moving=_store("us-east-1", "modifying"), now=_store("us-west-2"),
    ),
)  # fmt: skip
class FailoverGlobalReplicationGroup(Arriving[FailoverGlobalReplicationGroupParams, Primary]):
    """Fail over, then watch until the member is primary and nothing moves."""

    Params = FailoverGlobalReplicationGroupParams
    State = Primary

    def look(self, aws: Reads, params: FailoverGlobalReplicationGroupParams) -> Seen[Primary]:
        client: ElastiCacheClient = aws.reader("elasticache", params.region)
        try:
            found = client.describe_global_replication_groups(
                GlobalReplicationGroupId=params.datastore, ShowMemberInfo=True
            )["GlobalReplicationGroups"]
        except refusal("GlobalReplicationGroupNotFoundFault", "GlobalReplicationGroupNotFound"):
            found = []
        if not found:
            raise StepBroke(
                told(
                    "Global datastore {datastore} is not known in {region}; correct it.",
                    datastore=params.datastore,
                    region=params.region,
                )
            )
        roles = {
            f"{each.get('ReplicationGroupRegion')}/{each.get('ReplicationGroupId')}": each.get("Role", "")
            for each in found[0].get("Members", [])
        }
        if f"{params.region}/{params.group}" not in roles:
            raise StepBroke(
                told(
                    "{group} in {region} is no member of {datastore}; correct the group.",
                    group=params.group,
                    region=params.region,
                    datastore=params.datastore,
                )
            )
        primary = next((member for member, role in roles.items() if role == "PRIMARY"), "")
        status = found[0].get("Status", "unknown")
        return Seen(
            name=params.datastore,
            state=Primary(member=primary),
            moving="" if status in ("available", "primary-only") else status,
        )

    def wanted(self, params: FailoverGlobalReplicationGroupParams, now: Primary) -> Primary:
        return Primary(member=f"{params.region}/{params.group}")

    def put(
        self,
        aws: Aws,
        params: FailoverGlobalReplicationGroupParams,
        seen: Seen[Primary],
        state: Primary,
        token: str,
    ) -> None:
        client: ElastiCacheClient = aws.writer("elasticache", params.region)
        client.failover_global_replication_group(
            GlobalReplicationGroupId=params.datastore,
            PrimaryRegion=params.region,
            PrimaryReplicationGroupId=params.group,
        )
