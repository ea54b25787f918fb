"""Global databases of the Aurora kind: one shape of failover and switchover for Aurora, DocumentDB and Neptune.

Promises look, remember, act and confirm for any of the three; which one is a class attribute. Refuses to know their
docs and names, which the thin action files hold.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, JsonValue

from bot.actions.answers import blocked, short
from bot.actions.aurora.lag import AURORA, Lag, LagMetrics, read_lag
from bot.actions.aurora.topology import Topology, cluster_status, read_topology
from bot.actions.base import A, Action, Call, Params, Rehearsal, Results, action
from bot.actions.rds.clusters import Client, moving
from bot.actions.rehearsing import MEASURED
from bot.language import told
from bot.model.action import Before, Finding, Idempotency, Look, NotStarted, Observation, Pending, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient


class FailoverGlobalClusterParams(Params):
    """Which database, to where, and at what price."""

    global_cluster: str = Field(description="Global cluster identifier.", examples=["orders-global"])
    target_cluster: str = Field(
        description="ARN of the secondary cluster that becomes the writer.",
        pattern=r"^arn:aws[\w-]*:rds:[\w-]+:\d{12}:cluster:.+$",
        examples=["arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2"],
    )
    allow_data_loss: bool = Field(
        default=False,
        description="True: failover, unreplicated writes are lost. False: switchover, needs a healthy primary.",
    )


class FailoverGlobalClusterResults(Results):
    """Who writes now."""

    writer: str = Field(description="ARN of the cluster that takes writes now.")
    former_writer: str = Field(description="ARN of the cluster that did before; empty when it was not known.")
    endpoint: str = Field(description="Writer endpoint of the new primary cluster.")


_EAST = "arn:aws:rds:us-east-1:111122223333:cluster:orders-use1"
_WEST = "arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2"


def _global(client: Client, writer: str, moving: str = "") -> Call:
    sync = {} if client == "neptune" else {"SynchronizationStatus": "connected"}  # Neptune does not say
    found: dict[str, Any] = {
        "GlobalClusterIdentifier": "orders-global",
        "GlobalClusterArn": "arn:aws:rds::111122223333:global-cluster:orders-global",
        "Status": moving or "available",
        "GlobalClusterMembers": [{"DBClusterArn": arn, "IsWriter": arn == writer, **sync} for arn in (_EAST, _WEST)],
    }
    if moving:
        found["FailoverState"] = {"Status": moving, "FromDbClusterArn": _EAST, "ToDbClusterArn": _WEST}
    return Call(client, "describe_global_clusters", {"GlobalClusters": [found]})


def _cluster(client: Client, status: str) -> Call:
    instance = {"DBInstanceIdentifier": "orders-usw2-1", "IsClusterWriter": True}
    cluster = {
        "Status": status,
        "DBClusterMembers": [instance],
        "Endpoint": "orders-usw2.cluster-x.us-west-2.rds.amazonaws.com",
    }
    return Call(client, "describe_db_clusters", {"DBClusters": [cluster]})


_LAG = Call(
    "cloudwatch",
    "get_metric_data",
    {"MetricDataResults": [{"Id": "m1", "Timestamps": [MEASURED], "Values": [1200.0]}]},
)


def rehearse_promotion(client: Client, *, allow_data_loss: bool = True) -> Rehearsal:
    """Both ways differ in the one call that acts."""
    verb, moving = ("failover", "failing-over") if allow_data_loss else ("switchover", "switching-over")
    return Rehearsal(
        params={"region": "us-west-2", "global_cluster": "orders-global", "target_cluster": _WEST,
                "allow_data_loss": allow_data_loss},
        calls=(
            _global(client, _EAST), _cluster(client, "available"), *([_LAG] if allow_data_loss else []),  # preflight
            _global(client, _EAST), _LAG,  # remember
            Call(client, f"{verb}_global_cluster", {}),
            _global(client, _EAST, moving),  # verify: in motion
            _global(client, _WEST), _cluster(client, "modifying"),  # verify: the writer, not ready yet
            _global(client, _WEST), _cluster(client, "available"),
        ),
        idle=(_global(client, _EAST),),
        also=() if not allow_data_loss else (rehearse_promotion(client, allow_data_loss=False),),
    )  # fmt: skip


def promotes(service: str, client: Client, *, typical: timedelta) -> Callable[[type[A]], type[A]]:
    """Describe the promotion of one kind of global database: all kinds have the same risk, calls and permissions."""
    return action(
        f"{service}.failover_global_cluster",
        risk=Risk.DATA_LOSS,
        idempotency=Idempotency.READ_BACK,
        permissions=(
            "rds:DescribeGlobalClusters",
            "rds:DescribeDBClusters",
            "rds:FailoverGlobalCluster",
            "rds:SwitchoverGlobalCluster",
            "cloudwatch:GetMetricData",
        ),
        irreversible=(
            told(
                "But for a planned switchover, writes that were not replicated are gone. The old primary becomes a "
                "follower; once it has caught up, run the service's failback runbook, which is a planned switchover."
            )
        ),
        typical=typical,
        settle=timedelta(seconds=15),
        by_hand=(
            f"aws {client} describe-global-clusters --region {{region}} --global-cluster-identifier {{global_cluster}}"
        ),
        rehearsal=rehearse_promotion(client),
    )


class GlobalPromotion(Action[FailoverGlobalClusterParams]):
    """Promote, then watch until the target is an available writer and nothing moves."""

    client: ClassVar[Client] = "rds"
    lag: ClassVar[LagMetrics] = AURORA

    Params = FailoverGlobalClusterParams
    Results = FailoverGlobalClusterResults

    def preflight(self, aws: Reads, params: FailoverGlobalClusterParams) -> Look:
        try:
            topology = read_topology(aws, params.region, params.global_cluster, self.client)
        except StepBroke as missing:
            return blocked(missing)
        target = topology.member(params.target_cluster)
        if target is None:
            return blocked(
                told(
                    "{target_cluster} is no member of {topology}; correct target_cluster.",
                    target_cluster=short(params.target_cluster),
                    topology=topology,
                )
            )
        if target.region != params.region:
            wrong = told(
                "{name} lives in {region} but the step calls {params_region}",
                name=target.name,
                region=target.region,
                params_region=params.region,
            )
            return blocked(told("{wrong}; set region: {region}.", wrong=wrong, region=target.region))
        if target.writer and not topology.moving:
            return Look(
                state="already_done",
                change=told("{name} is the writer already", name=target.name),
                targets=_targets(topology, params),
            )
        status, instances, _ = cluster_status(aws, params.region, params.target_cluster, self.client)
        findings = [
            *_unfit(topology, params, status, instances),
            *_price(self._lag(aws, topology, params) if params.allow_data_loss else None, params),
        ]
        former = topology.writer.name if topology.writer else told("nobody")
        return Look(
            state="blocked" if any(finding.blocking for finding in findings) else "ready",
            findings=tuple(findings),
            change=told("writer {former} → {name}", former=former, name=target.name),
            targets=_targets(topology, params),
        )

    def remember(self, aws: Reads, params: FailoverGlobalClusterParams) -> Before:
        topology = read_topology(aws, params.region, params.global_cluster, self.client)
        lag = self._lag(aws, topology, params)
        members: list[JsonValue] = [member.arn for member in topology.members]
        return {
            "writer": topology.writer.arn if topology.writer else None,
            "members": members,
            "lag_seconds": lag.behind.total_seconds() if lag else None,
            "lag_measured_at": lag.measured_at.isoformat() if lag else None,
        }

    def execute(self, aws: Aws, params: FailoverGlobalClusterParams, token: str) -> None:
        rds: RDSClient = aws.writer(self.client, params.region)
        name, target = params.global_cluster, params.target_cluster
        if params.allow_data_loss:
            # Without AllowDataLoss this call is a switchover, which needs the primary that has just failed.
            rds.failover_global_cluster(
                GlobalClusterIdentifier=name, TargetDbClusterIdentifier=target, AllowDataLoss=True
            )
        else:
            rds.switchover_global_cluster(GlobalClusterIdentifier=name, TargetDbClusterIdentifier=target)

    def verify(self, aws: Reads, params: FailoverGlobalClusterParams, before: Before) -> Observation:
        topology = read_topology(aws, params.region, params.global_cluster, self.client)
        target = topology.member(params.target_cluster)
        if target is None:
            raise StepBroke(
                told(
                    "{target_cluster} is no member of {topology}; it cannot become its writer.",
                    target_cluster=short(params.target_cluster),
                    topology=topology,
                )
            )
        if topology.moving and topology.moving_to in ("", target.arn):
            return Pending(
                seen=told(
                    "{global_cluster} is {moving} to {name}",
                    global_cluster=params.global_cluster,
                    moving=topology.moving,
                    name=target.name,
                )
            )
        if topology.moving:
            return NotStarted(
                seen=told(
                    "{global_cluster} is {moving} to {moving_to} instead",
                    global_cluster=params.global_cluster,
                    moving=topology.moving,
                    moving_to=short(topology.moving_to),
                )
            )
        if not target.writer:
            return NotStarted(seen=told("{topology}; nothing is moving", topology=topology))
        status, _, endpoint = cluster_status(aws, params.region, target.arn, self.client)
        if moving(status):
            return Pending(seen=told("{name} is the writer and {status}", name=target.name, status=status))
        former = str(before.get("writer") or "")
        return Settled(
            seen=told("{name} is the writer and available", name=target.name),
            results={"writer": target.arn, "former_writer": former, "endpoint": endpoint},
        )

    def _lag(self, aws: Reads, topology: Topology, params: FailoverGlobalClusterParams) -> Lag | None:
        source, secondary = topology.writer.region if topology.writer else "", params.target_cluster
        try:
            return read_lag(aws, secondary=secondary, region=params.region, source_region=source, of=self.lag)
        except Exception:  # a figure for people: CloudWatch being away must not hold up a promotion
            return None


def _targets(topology: Topology, params: FailoverGlobalClusterParams) -> tuple[str, ...]:
    return (topology.arn or params.global_cluster, params.target_cluster)


def _unfit(topology: Topology, params: FailoverGlobalClusterParams, status: str, instances: int) -> list[Finding]:
    """What stands in the way of the target becoming the writer."""
    name, target = short(params.target_cluster), topology.member(params.target_cluster)
    findings = []
    if topology.moving:
        findings.append(
            told("{name} is {moving} already; wait until it is done.", name=topology.name, moving=topology.moving)
        )
    if status != "available":
        findings.append(told("{name} is {status}; wait until it is available.", name=name, status=status))
    if not instances:
        findings.append(told("{name} has no instance to write with; create one first.", name=name))
    if target and not params.allow_data_loss and target.sync not in ("", "connected"):
        findings.append(told("{name} is {sync}; a switchover needs it connected.", name=name, sync=target.sync))
    return [Finding(text=text, blocking=True) for text in findings]


def _price(lag: Lag | None, params: FailoverGlobalClusterParams) -> list[Finding]:
    if not params.allow_data_loss:
        return [Finding(text=told("Nothing is lost, but the primary must be healthy: this is a switchover."))]
    if lag is None:
        return [
            Finding(text=told("How much would be lost is UNKNOWN: CloudWatch has no lag from the last 15 minutes."))
        ]
    return [
        Finding(
            text=told(
                "Writes that were not replicated are lost; {target_cluster} was {lag}.",
                target_cluster=short(params.target_cluster),
                lag=lag,
            )
        )
    ]
