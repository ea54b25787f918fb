"""Set the sizes of an EKS managed node group.

When to reach for it: nodes have to be there before the pods of the recovery region can be scheduled.

What bites: one update at a time; AWS refuses another while the group is updating. Nodes are not pods: deployments and
their replicas are Kubernetes' business, and a cluster autoscaler may take idle nodes away again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.base import Call, Params, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told, told_n
from bot.model.action import Idempotency, Risk
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient


class ScaleNodegroupParams(Params):
    """Which group, how many nodes. Minimum and maximum are widened to fit."""

    cluster: str = Field(description="EKS cluster name.", examples=["orders"])
    nodegroup: str = Field(description="Managed node group name.", examples=["general"])
    desired: int = Field(description="Nodes to run.", ge=0)


class NodeCount(Frozen):
    """The three numbers of a node group."""

    minimum: int
    desired: int
    maximum: int

    def __str__(self) -> str:
        return told_n(
            "{count} node ({minimum}-{maximum})",
            "{count} nodes ({minimum}-{maximum})",
            self.desired,
            minimum=self.minimum,
            maximum=self.maximum,
        )


def _group(minimum: int, desired: int, maximum: int, status: str = "ACTIVE") -> Call:
    sizes = {"minSize": minimum, "desiredSize": desired, "maxSize": maximum}
    found = {"nodegroupArn": "arn:aws:eks:us-west-2:1:nodegroup/orders/general/1", "status": status}
    return Call("eks", "describe_nodegroup", {"nodegroup": {**found, "scalingConfig": sizes}})


_UPDATE = Call("eks", "update_nodegroup_config", {})


@action(
    "eks.scale_nodegroup",
    risk=Risk.REVERSIBLE,
    costs=told("the nodes"),
    idempotency=Idempotency.TOKEN,
    permissions=("eks:DescribeNodegroup", "eks:UpdateNodegroupConfig"),
    typical=timedelta(minutes=5),
    fences={"desired": 0},
    by_hand="aws eks describe-nodegroup --region {region} --cluster-name {cluster} --nodegroup-name {nodegroup}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "cluster": "orders", "nodegroup": "general", "desired": 12},
        was=_group(2, 2, 6), put=_UPDATE, moving=_group(2, 12, 12, "UPDATING"), now=_group(2, 12, 12), back=_UPDATE,
    ),
)  # fmt: skip
class ScaleNodegroup(Setting[ScaleNodegroupParams, NodeCount]):
    """Update the scaling configuration and wait until the group is active."""

    Params = ScaleNodegroupParams
    State = NodeCount

    def look(self, aws: Reads, params: ScaleNodegroupParams) -> Seen[NodeCount]:
        eks: EKSClient = aws.reader("eks", params.region)
        try:
            found = eks.describe_nodegroup(clusterName=params.cluster, nodegroupName=params.nodegroup)["nodegroup"]
        except eks.exceptions.ResourceNotFoundException:
            raise StepBroke(
                told(
                    "Node group {cluster}/{nodegroup} is not in {region}; correct the name.",
                    cluster=params.cluster,
                    nodegroup=params.nodegroup,
                    region=params.region,
                )
            ) from None
        status, sizes = found.get("status", "unknown"), found.get("scalingConfig", {})
        if status in ("DEGRADED", "DELETING", "CREATE_FAILED", "DELETE_FAILED"):
            issues = "; ".join(each.get("message", "") for each in found.get("health", {}).get("issues", []))
            raise StepBroke(
                told(
                    "{nodegroup} is {status} ({issues}); mend it in EKS.",
                    nodegroup=params.nodegroup,
                    status=status,
                    issues=issues or told("EKS gives no reason"),
                )
            )
        return Seen(
            name=params.nodegroup,
            target=found.get("nodegroupArn", ""),
            state=NodeCount(
                minimum=sizes.get("minSize", 0), desired=sizes.get("desiredSize", 0), maximum=sizes.get("maxSize", 0)
            ),
            moving="" if status == "ACTIVE" else status,
        )

    def wanted(self, params: ScaleNodegroupParams, now: NodeCount) -> NodeCount:
        least, most = min(now.minimum, params.desired), max(now.maximum, params.desired)
        return NodeCount(minimum=least, desired=params.desired, maximum=most)

    def put(self, aws: Aws, params: ScaleNodegroupParams, seen: Seen[NodeCount], state: NodeCount, token: str) -> None:
        eks: EKSClient = aws.writer("eks", params.region)
        eks.update_nodegroup_config(
            clusterName=params.cluster,
            nodegroupName=params.nodegroup,
            scalingConfig={"minSize": state.minimum, "desiredSize": state.desired, "maxSize": state.maximum},
            clientRequestToken=token,
        )
