"""Disable or invert a Route 53 health check, so that DNS fails over or stays.

When to reach for it: a failover pair hangs on a health check, and DNS should move (or be kept from moving) without
touching the records.

What bites: a disabled check counts as healthy; to send traffic away, invert it. The change takes a minute or two to
reach every checker. Health checks are edited through us-east-1, like records. Rolling back restores both switches.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.base import Call, Params, Results, action
from bot.actions.route53.records import HOME
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told
from bot.model.action import ControlPlane, Finding, Risk
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client


class UpdateHealthCheckParams(Params):
    """Which check, and how it should answer."""

    health_check: str = Field(description="Health check id.", examples=["0a1b2c3d-0000-4000-8000-000000000000"])
    disabled: bool = Field(default=False, description="True: stop checking and count as healthy.")
    inverted: bool = Field(default=False, description="True: healthy counts as unhealthy, and the other way round.")


class UpdateHealthCheckResults(Results):
    """How it is set."""

    version: int = Field(description="The check's version.")


class Switches(Frozen):
    """How a check answers."""

    disabled: bool
    inverted: bool

    def __str__(self) -> str:
        return told(
            "{value}{value_2}",
            value=told("disabled") if self.disabled else told("checking"),
            value_2=told(", inverted") if self.inverted else "",
        )


def _check(*, inverted: bool) -> Call:
    config = {"Type": "HTTP", "Inverted": inverted, "Disabled": False}
    found = {"Id": "0a1b", "CallerReference": "x", "HealthCheckConfig": config, "HealthCheckVersion": 1 + inverted}
    return Call("route53", "get_health_check", {"HealthCheck": found})


_CONFIG = {"Type": "HTTP"}
_PUT = Call(
    "route53",
    "update_health_check",
    {"HealthCheck": {"Id": "0a1b", "CallerReference": "x", "HealthCheckConfig": _CONFIG, "HealthCheckVersion": 2}},
)


@action(
    "route53.update_health_check",
    risk=Risk.DISRUPTIVE,
    control_plane=ControlPlane.US_EAST_1,
    permissions=("route53:GetHealthCheck", "route53:UpdateHealthCheck"),
    typical=timedelta(minutes=1),
    by_hand="aws route53 get-health-check --health-check-id {health_check}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "health_check": "0a1b", "inverted": True},
        was=_check(inverted=False), put=_PUT, now=_check(inverted=True), back=_PUT,
    ),
)  # fmt: skip
class UpdateHealthCheck(Setting[UpdateHealthCheckParams, Switches]):
    """Set both switches against the version that was seen."""

    Params = UpdateHealthCheckParams
    Results = UpdateHealthCheckResults
    State = Switches

    def look(self, aws: Reads, params: UpdateHealthCheckParams) -> Seen[Switches]:
        route53: Route53Client = aws.reader("route53", HOME)
        try:
            found = route53.get_health_check(HealthCheckId=params.health_check)["HealthCheck"]
        except route53.exceptions.NoSuchHealthCheck:
            raise StepBroke(
                told("Health check {health_check} does not exist; correct the id.", health_check=params.health_check)
            ) from None
        config, version = found["HealthCheckConfig"], found["HealthCheckVersion"]
        return Seen(
            name=told("health check {health_check}", health_check=params.health_check),
            target=f"route53:healthcheck/{params.health_check}",
            state=Switches(disabled=config.get("Disabled", False), inverted=config.get("Inverted", False)),
            results={"version": version},
            whole=version,
        )

    def wanted(self, params: UpdateHealthCheckParams, now: Switches) -> Switches:
        return Switches(disabled=params.disabled, inverted=params.inverted)

    def put(self, aws: Aws, params: UpdateHealthCheckParams, seen: Seen[Switches], state: Switches, token: str) -> None:
        route53: Route53Client = aws.writer("route53", HOME)
        route53.update_health_check(
            HealthCheckId=params.health_check,
            HealthCheckVersion=int(seen.whole),
            Disabled=state.disabled,
            Inverted=state.inverted,
        )

    def findings(self, aws: Reads, params: UpdateHealthCheckParams, seen: Seen[Switches]) -> list[Finding]:
        return [
            Finding(
                text=told(
                    "Health checks are edited through {home}; if that region is impaired, this may not work.", home=HOME
                )
            )
        ]
