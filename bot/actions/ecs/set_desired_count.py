"""Set how many tasks an ECS service runs: up to warm a recovery region, down to zero to fence an old one.

When to reach for it: scaling the standby before users arrive, or stopping the old primary's writers.

What bites: autoscaling undoes the change within minutes. When fencing, or when the count lies outside the scalable
target's limits, set `suspend_autoscaling: true`; scaling is suspended first, then the count is set. Tasks that
start in the recovery region still pull images and secrets from wherever their definition says. The change settles
when as many tasks run as are wanted and the deployment is complete.

Rolling back restores the former count and the former suspension, not the tasks themselves.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import blocked
from bot.actions.base import Action, Call, Params, Rehearsal, Results, action
from bot.actions.ecs.services import (
    HELD,
    REGISTERED,
    EcsService,
    Scaling,
    Suspended,
    hold_back,
    read_scaling,
    read_service,
    scalable_target,
)
from bot.language import told, told_n
from bot.model.action import Before, Finding, Look, NotStarted, Observation, Pending, Risk, Settled
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient


class SetDesiredCountParams(Params):
    """The service and the count it should have."""

    cluster: str = Field(description="ECS cluster name.", examples=["orders"])
    service: str = Field(description="ECS service name.", examples=["orders-api"])
    desired: int = Field(description="Tasks to run.", ge=0)
    suspend_autoscaling: bool = Field(default=False, description="Suspend autoscaling first, so that the count stays.")


class SetDesiredCountResults(Results):
    """What runs now."""

    running: int = Field(description="Tasks running.")


class Remembered(Frozen):
    """What undo restores."""

    desired: int
    scaling: Scaling | None


def _tasks(desired: int, running: int, rollout: str = "COMPLETED") -> Call:
    arn = "arn:aws:ecs:us-west-2:111122223333:service/orders/orders-api"
    deployment = {"status": "PRIMARY", "rolloutState": rollout}
    found = {"serviceName": "orders-api", "serviceArn": arn, "status": "ACTIVE", "desiredCount": desired}
    return Call(
        "ecs", "describe_services", {"services": [{**found, "runningCount": running, "deployments": [deployment]}]}
    )


_ACTING, _RESTING = scalable_target(2, 40), scalable_target(2, 40, HELD)
_PARAMS = {"region": "us-west-2", "cluster": "orders", "service": "orders-api"}
_SCALE_OUT = Rehearsal(
    params={**_PARAMS, "desired": 24},
    calls=(
        _tasks(4, 4), _ACTING,  # preflight
        _tasks(4, 4), _ACTING,  # remember
        Call("ecs", "update_service", {}),
        _tasks(24, 11, "IN_PROGRESS"),
        _tasks(24, 24),
    ),
    undo=(Call("ecs", "update_service", {}), _tasks(4, 9), _tasks(4, 4)),
    idle=(_tasks(4, 4),),
)  # fmt: skip
_FENCE = Rehearsal(
    params={**_PARAMS, "desired": 0, "suspend_autoscaling": True},
    calls=(
        _tasks(4, 4), _ACTING,  # preflight
        _tasks(4, 4), _ACTING,  # remember
        _ACTING, REGISTERED, Call("ecs", "update_service", {}),
        _tasks(0, 3), _RESTING,
        _tasks(0, 0), _RESTING,
    ),
    undo=(Call("ecs", "update_service", {}), REGISTERED, _tasks(4, 4), _ACTING),
    idle=(_tasks(4, 4),),
    also=(_SCALE_OUT,),
)  # fmt: skip


@action(
    "ecs.set_desired_count",
    risk=Risk.DISRUPTIVE,
    costs=told("the tasks"),
    permissions=(
        "ecs:DescribeServices",
        "ecs:UpdateService",
        "application-autoscaling:DescribeScalableTargets",
        "application-autoscaling:RegisterScalableTarget",
    ),
    typical=timedelta(minutes=2),
    fences={"desired": 0},
    by_hand="aws ecs describe-services --region {region} --cluster {cluster} --services {service}",
    rehearsal=_FENCE,
)
class SetDesiredCount(Action[SetDesiredCountParams]):
    """Suspend autoscaling if asked, set the count, then count running tasks."""

    Params = SetDesiredCountParams
    Results = SetDesiredCountResults

    def preflight(self, aws: Reads, params: SetDesiredCountParams) -> Look:
        try:
            service, scaling = _service(aws, params), _scaling(aws, params)
        except StepBroke as missing:
            return blocked(missing)
        if service.status != "ACTIVE":
            return blocked(
                told(
                    "{service} is {status}, not ACTIVE; deploy it first.",
                    service=params.service,
                    status=service.status or told("unknown"),
                ),
                service.arn,
            )
        still = service.desired == service.running == params.desired and not service.pending
        done = still and _held(scaling, params)
        return Look(
            state="already_done" if done else "ready",
            findings=tuple(_findings(scaling, params)),
            change=told("desired {desired} → {params_desired}", desired=service.desired, params_desired=params.desired),
            targets=(service.arn,),
            tags=service.tags,
        )

    def remember(self, aws: Reads, params: SetDesiredCountParams) -> Before:
        service = _service(aws, params)
        if service.status != "ACTIVE":  # a deleted service is still described for a while
            raise StepBroke(
                told(
                    "{service} is {status}, not ACTIVE; plan again.",
                    service=params.service,
                    status=service.status or told("unknown"),
                )
            )
        return Remembered(desired=service.desired, scaling=_scaling(aws, params)).model_dump(mode="json")

    def execute(self, aws: Aws, params: SetDesiredCountParams, token: str) -> None:
        # Suspended first: else the autoscaler may refill a fenced service between the two calls.
        if params.suspend_autoscaling and _scaling(aws, params) is not None:
            hold_back(aws, params.region, params.cluster, params.service, HELD)
        _set(aws, params, params.desired)

    def verify(self, aws: Reads, params: SetDesiredCountParams, before: Before) -> Observation:
        service = _service(aws, params)
        if service.desired != params.desired:
            return NotStarted(
                seen=told_n(
                    "{service} wants {count} task, not {params_desired}",
                    "{service} wants {count} tasks, not {params_desired}",
                    service.desired,
                    service=params.service,
                    params_desired=params.desired,
                )
            )
        if params.suspend_autoscaling and not _held(_scaling(aws, params), params):
            return NotStarted(seen=told("autoscaling of {service} is not suspended", service=params.service))
        return _counted(service, params.desired)

    def rollback(self, aws: Aws, params: SetDesiredCountParams, before: Before, token: str) -> None:
        former = Remembered.model_validate(before)
        _set(aws, params, former.desired)
        if params.suspend_autoscaling and former.scaling is not None:
            hold_back(aws, params.region, params.cluster, params.service, former.scaling.suspended)

    def undone(self, aws: Reads, params: SetDesiredCountParams, before: Before) -> Observation:
        former, service = Remembered.model_validate(before), _service(aws, params)
        if service.desired != former.desired:
            return NotStarted(
                seen=told_n(
                    "{service} wants {count} task, not {former_desired} as before",
                    "{service} wants {count} tasks, not {former_desired} as before",
                    service.desired,
                    service=params.service,
                    former_desired=former.desired,
                )
            )
        if params.suspend_autoscaling and _held_back(_scaling(aws, params)) != _held_back(former.scaling):
            return NotStarted(
                seen=told("autoscaling of {service} is not held back as it was before", service=params.service)
            )
        return _counted(service, former.desired)


def _service(aws: Reads, params: SetDesiredCountParams) -> EcsService:
    return read_service(aws, params.region, params.cluster, params.service)


def _scaling(aws: Reads, params: SetDesiredCountParams) -> Scaling | None:
    return read_scaling(aws, params.region, params.cluster, params.service)


def _held(scaling: Scaling | None, params: SetDesiredCountParams) -> bool:
    """Whether autoscaling leaves the count alone, as far as this was asked for."""
    return not params.suspend_autoscaling or scaling is None or scaling.suspended.all


def _held_back(scaling: Scaling | None) -> Suspended | None:
    return scaling.suspended if scaling else None


def _set(aws: Aws, params: SetDesiredCountParams, desired: int) -> None:
    ecs: ECSClient = aws.writer("ecs", params.region)
    ecs.update_service(cluster=params.cluster, service=params.service, desiredCount=desired)


def _counted(service: EcsService, desired: int) -> Settled | Pending:
    stopped = desired == service.running == service.pending == 0  # whatever became of the last deployment
    if stopped or (service.running == desired and service.rollout in ("", "COMPLETED")):
        return Settled(
            seen=told_n(
                "{name}: {count} task running", "{name}: {count} tasks running", service.running, name=service.name
            ),
            results={"running": service.running},
        )
    if service.rollout == "FAILED":
        reason = service.rollout_reason or told("ECS gives no reason")
        raise StepBroke(
            told(
                "{service} and its deployment failed ({reason}); fix the task definition, then retry.",
                service=service,
                reason=reason,
            )
        )
    seen = str(service)
    if service.running == desired:
        seen = told("{service}; its deployment is {state}", service=service, state=service.rollout)
    return Pending(seen=seen, look_again=timedelta(seconds=3))


def _findings(scaling: Scaling | None, params: SetDesiredCountParams) -> list[Finding]:
    findings = []
    if scaling and not params.suspend_autoscaling and not scaling.minimum <= params.desired <= scaling.maximum:
        limits = told("{minimum} to {maximum}", minimum=scaling.minimum, maximum=scaling.maximum)
        text = told(
            "Autoscaling keeps {service} between {limits}, so {desired} will not last",
            service=params.service,
            limits=limits,
            desired=params.desired,
        )
        findings.append(Finding(text=told("{text}; set suspend_autoscaling.", text=text)))
    if scaling and not params.suspend_autoscaling and scaling.suspended.all:
        findings.append(
            Finding(
                text=told(
                    "Autoscaling of {service} is suspended; the count will not follow the load.", service=params.service
                )
            )
        )
    return findings
