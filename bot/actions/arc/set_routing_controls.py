"""Switch routing controls on and off: the way to move DNS traffic that needs no control plane.

When to reach for it: the fast and sturdy end of a failover, where Route 53 health checks hang on routing controls of
Application Recovery Controller. All named controls change in one call, which safety rules judge together.

What bites: only the cluster's five regional endpoints do this, and any of them may be the one that burns; they are
tried in turn, so write all five into the runbook (their addresses cannot be looked up while us-west-2 is away).
A safety rule that forbids the change is told; it is overridden only when named. Resolvers keep answers for the TTL.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from bot.actions.answers import code_of, short
from bot.actions.base import Call, Params, Results, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told, told_n
from bot.model.action import ControlPlane, Finding, Risk
from bot.model.base import Frozen
from bot.model.errors import Retryable, StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_route53_recovery_cluster import Route53RecoveryClusterClient

Position = Literal["On", "Off"]


class SetRoutingControlsParams(Params):
    """Which controls, to which position, through which endpoints."""

    endpoints: dict[str, str] = Field(
        min_length=1,
        description="The cluster's endpoints by region, tried in order.",
        examples=[{"us-west-2": "https://host-aaaaaa.us-west-2.example.com/v1"}],
    )
    controls: dict[str, Position] = Field(min_length=1, description="Routing control ARNs and where each should be.")
    override: tuple[str, ...] = Field(default=(), description="ARNs of safety rules to override.")


class SetRoutingControlsResults(Results):
    """Where they are now."""

    on: list[str] = Field(description="Names of the controls that are on.")
    endpoint: str = Field(description="The region whose endpoint answered.")


class Positions(Frozen):
    """Where each control is."""

    positions: dict[str, str]

    def __str__(self) -> str:
        return ", ".join(f"{short(arn)} {position}" for arn, position in self.positions.items())


_EAST, _WEST = (f"arn:aws:route53-recovery-control::111122223333:controlpanel/p/routingcontrol/{name}"
                for name in ("east", "west"))  # fmt: skip


def _at(east: str, west: str) -> tuple[Call, ...]:
    return tuple(
        Call("route53-recovery-cluster", "get_routing_control_state",
             {"RoutingControlArn": arn, "RoutingControlState": state})
        for arn, state in ((_EAST, east), (_WEST, west))
    )  # fmt: skip


_PUT = Call("route53-recovery-cluster", "update_routing_control_states", {})


@action(
    "arc.set_routing_controls",
    risk=Risk.DISRUPTIVE,
    control_plane=ControlPlane.NONE,
    permissions=(
        "route53-recovery-cluster:GetRoutingControlState",
        "route53-recovery-cluster:UpdateRoutingControlStates",
    ),
    typical=timedelta(seconds=5),
    by_hand="aws route53-recovery-cluster list-routing-controls, at each of the cluster's endpoints in turn",
    rehearsal=rehearsed(
        {"region": "us-west-2", "endpoints": {"us-west-2": "https://host-a.us-west-2.example.com/v1"},
         "controls": {_EAST: "Off", _WEST: "On"}},
        was=_at("On", "Off"), put=_PUT, now=_at("Off", "On"), back=_PUT,
    ),
)  # fmt: skip
class SetRoutingControls(Setting[SetRoutingControlsParams, Positions]):
    """Read at the first endpoint that answers, and change there."""

    Params = SetRoutingControlsParams
    Results = SetRoutingControlsResults
    State = Positions

    def look(self, aws: Reads, params: SetRoutingControlsParams) -> Seen[Positions]:
        silent = []
        for region, endpoint in params.endpoints.items():
            client: Route53RecoveryClusterClient = aws.reader("route53-recovery-cluster", region, endpoint=endpoint)
            try:
                found = {arn: _position(client, arn) for arn in params.controls}
            except Exception as error:  # whatever it raises: the next endpoint may know
                if not _elsewhere(error):
                    raise
                silent.append(region)
                continue
            on = [short(arn) for arn, position in found.items() if position == "On"]
            return Seen(
                name=told_n("{count} routing control", "{count} routing controls", len(found)),
                target=", ".join(sorted(params.controls)),
                state=Positions(positions=found),
                results={"on": [*on], "endpoint": region},
                whole=region,
            )
        raise Retryable(
            told("No endpoint of the cluster answers ({silent}); nothing was sent.", silent=", ".join(silent))
        )

    def wanted(self, params: SetRoutingControlsParams, now: Positions) -> Positions:
        return Positions(positions={**params.controls})

    def put(
        self, aws: Aws, params: SetRoutingControlsParams, seen: Seen[Positions], state: Positions, token: str
    ) -> None:
        """Asked at the endpoint that read; a silent one may have acted, so only an answer sends us to the next."""
        *tried, last = sorted(params.endpoints, key=lambda region: region != seen.whole)
        for region in tried:
            try:
                _change(aws, params, region, state)
            except Exception as error:  # only what the endpoint itself answered lets us ask the next
                if not code_of(error) or not _elsewhere(error):
                    raise
            else:
                return
        _change(aws, params, last, state)

    def findings(self, aws: Reads, params: SetRoutingControlsParams, seen: Seen[Positions]) -> list[Finding]:
        few = len(params.endpoints)
        return (
            [Finding(text=told("The runbook knows {few} of the cluster's 5 endpoints; write all.", few=few))]
            if few < 5
            else []
        )


def _position(client: Route53RecoveryClusterClient, arn: str) -> str:
    try:
        return client.get_routing_control_state(RoutingControlArn=arn)["RoutingControlState"]
    except client.exceptions.ResourceNotFoundException:
        raise StepBroke(
            told("Routing control {arn} is not in this cluster; correct the ARN.", arn=short(arn))
        ) from None


def _change(aws: Aws, params: SetRoutingControlsParams, region: str, state: Positions) -> None:
    client: Route53RecoveryClusterClient = aws.writer(
        "route53-recovery-cluster", region, endpoint=params.endpoints[region]
    )
    entries: Any = [
        {"RoutingControlArn": arn, "RoutingControlState": position} for arn, position in state.positions.items()
    ]
    try:
        client.update_routing_control_states(
            UpdateRoutingControlStateEntries=entries, SafetyRulesToOverride=list(params.override)
        )
    except client.exceptions.ConflictException as refused:
        why = refused.response.get("Error", {}).get("Message", "")
        raise StepBroke(
            told("A safety rule forbids it: {why}; change the controls together, or override the rule.", why=why)
        ) from None


def _elsewhere(error: Exception) -> bool:
    """Whether another endpoint may do what this one did not: it was silent, throttled, or in trouble itself."""
    if isinstance(error, StepBroke):
        return False
    answer = (getattr(error, "response", None) or {}).get("ResponseMetadata", {})  # a cut connection has it, as None
    return code_of(error) in ("", "ThrottlingException") or int(answer.get("HTTPStatusCode", 0)) >= 500
