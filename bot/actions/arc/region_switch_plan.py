"""Start a Region switch plan of Application Recovery Controller and follow it as one step.

When to reach for it: your recovery is written as a Region switch plan already, and this run should hold it together
with approvals, communication and measurement.

What bites: a plan whose steps say so loses data even in graceful mode. Approvals inside the plan wait in AWS, not
here. The step's region is the one that is activated, since the plan is executed there.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from bot.actions.answers import blocked, every, newest_first, short
from bot.actions.base import Call, Params, Results, action
from bot.actions.rehearsing import NOON
from bot.actions.shapes import LISTED, Job, Thing, followed
from bot.language import later, told
from bot.model.action import Finding, Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_arc_region_switch import ARCRegionswitchClient


class RegionSwitchPlanParams(Params):
    """Which plan, which way."""

    plan: str = Field(description="ARN of the plan.")
    action: Literal["activate", "deactivate"] = Field(default="activate", description="What the region is to become.")
    mode: Literal["graceful", "ungraceful"] = Field(
        default="graceful", description="Ungraceful does not wait for the other region, and may lose data."
    )


class RegionSwitchPlanResults(Results):
    """What came of it."""

    execution: str = Field(description="Execution id.")
    recovery_time: str = Field(description="The recovery time that AWS measured; empty until it has.")


_PLAN = "arn:aws:arc-region-switch::111122223333:plan/orders:0a1b2c"


def _runs(*states: str) -> Call:
    found = [
        {"planArn": _PLAN, "executionId": f"us-west-2/{len(states) - index}", "startTime": NOON, "mode": "graceful",
         "executionState": state, "executionAction": "activate", "executionRegion": "us-west-2"}
        for index, state in enumerate(states)
    ]  # fmt: skip
    return Call("arc-region-switch", "list_plan_executions", {"items": found})


def _evaluated(state: str) -> Call:
    return Call("arc-region-switch", "get_plan_evaluation_status", {"planArn": _PLAN, "evaluationState": state})


@action(
    "arc.region_switch_plan",
    risk=Risk.DATA_LOSS,
    idempotency=Idempotency.TOKEN,
    permissions=(
        "arc-region-switch:GetPlanEvaluationStatus",
        "arc-region-switch:ListPlanExecutions",
        "arc-region-switch:StartPlanExecution",
    ),
    irreversible=told("A plan is taken back by executing it for the other region, as a planned failback."),
    typical=timedelta(minutes=15),
    settle=LISTED,
    by_hand=later("ARC console, Region switch, Plans, Executions"),
    rehearsal=followed(
        {"region": "us-west-2", "plan": _PLAN},
        source=(_evaluated("passed"),),
        known=(_runs("completed"),),
        send=(Call("arc-region-switch", "start_plan_execution", {"executionId": "us-west-2/2"}),),
        way=(_runs("inProgress", "completed"), _runs("completed", "completed")),
    ),
)
class RegionSwitchPlan(Job[RegionSwitchPlanParams]):
    """Start the plan, then follow its execution."""

    Params = RegionSwitchPlanParams
    Results = RegionSwitchPlanResults
    ready = frozenset({"completed", "completedWithExceptions", "completedMonitoringApplicationHealth"})
    dead = frozenset({"failed", "canceled", "planExecutionTimedOut"})
    mend = told("open the execution in the ARC console")

    def called(self, params: RegionSwitchPlanParams) -> str:
        return short(params.plan) if "/" not in params.plan else params.plan.rpartition("/")[2]

    def source(self, aws: Reads, params: RegionSwitchPlanParams) -> Look:
        client: ARCRegionswitchClient = aws.reader("arc-region-switch", params.region)
        try:
            found = client.get_plan_evaluation_status(planArn=params.plan)
        except client.exceptions.ResourceNotFoundException:
            return blocked(
                told(
                    "Plan {called} is not known in {region}; correct the ARN.",
                    called=self.called(params),
                    region=params.region,
                ),
                params.plan,
            )
        state = found.get("evaluationState", "unknown")
        warnings = [each["warningMessage"] for each in found.get("warnings", []) if each["warningStatus"] == "active"]
        findings = (
            [Finding(text=told("AWS's evaluation of the plan: {state}.", state=state))] if state != "passed" else []
        )
        return Look(
            state="ready",
            change=told(
                "{action} {region} by plan {called}, {mode}",
                action=params.action,
                region=params.region,
                called=self.called(params),
                mode=params.mode,
            ),
            findings=(*findings, *(Finding(text=text) for text in warnings[:10])),
            targets=(params.plan,),
        )

    def jobs(self, aws: Reads, params: RegionSwitchPlanParams) -> list[Thing]:
        client: ARCRegionswitchClient = aws.reader("arc-region-switch", params.region)
        found = every(client, "list_plan_executions", "items", planArn=params.plan)
        return [
            Thing(
                id=each["executionId"],
                state=each["executionState"],
                results={"execution": each["executionId"], "recovery_time": each.get("actualRecoveryTime", "")},
            )
            for each in newest_first(found, "startTime")
        ]

    def execute(self, aws: Aws, params: RegionSwitchPlanParams, token: str) -> None:
        client: ARCRegionswitchClient = aws.writer("arc-region-switch", params.region)
        client.start_plan_execution(
            planArn=params.plan,
            targetRegion=params.region,
            action=params.action,
            mode=params.mode,
            comment="started by dr-bot",
            clientToken=self.fresh(self.jobs(aws, params), token),
        )
