"""Run a recovery plan of AWS Elastic Disaster Recovery, and follow it as one step.

When to reach for it: the order in which many servers come up has already been written down as a DRS recovery plan.

What bites: a plan has no approvals and no branches, and one execution of it runs at a time. A failed step stops it;
mend and retry it in the DRS console, then look again here.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import blocked, every, newest_first, refusal
from bot.actions.base import Call, Params, Results, action
from bot.actions.shapes import LISTED, Job, Thing, followed
from bot.language import told
from bot.model.action import Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_drs import DrsClient


class RecoveryPlanParams(Params):
    """Which plan, for real or as a drill."""

    plan: str = Field(description="Recovery plan ARN.")
    drill: bool = Field(default=False, description="True runs it in drill mode.")


class RecoveryPlanResults(Results):
    """Which execution it was."""

    execution: str = Field(description="ARN of the execution.")


_PLAN = "arn:aws:drs:us-west-2:111122223333:recovery-plan/rp-0123456789abcdef0"
_EXECUTION = "arn:aws:drs:us-west-2:111122223333:recovery-plan-execution/rpe-0123456789abcdef0"


def _executions(*statuses: str) -> Call:
    found: list[dict[str, Any]] = [
        {"recoveryPlanExecutionArn": _EXECUTION, "recoveryPlanArn": _PLAN, "mode": "RECOVERY", "status": status,
         "startedAt": "2026-01-01T12:05:00Z"} for status in statuses
    ]  # fmt: skip
    return Call("drs", "list_recovery_plan_executions", {"recoveryPlanExecutions": found})


_AT = "2026-01-01T00:00:00Z"
_ACTIVE = {"recoveryPlanArn": _PLAN, "name": "orders", "status": "ACTIVE", "createdAt": _AT, "updatedAt": _AT}
_BEGUN = {"recoveryPlanExecutionArn": _EXECUTION, "recoveryPlanArn": _PLAN, "mode": "RECOVERY", "startedAt": _AT,
          "status": "IN_PROGRESS"}  # fmt: skip
_START = Call("drs", "start_recovery_plan_execution", {"recoveryPlanExecution": _BEGUN})
_FOUND = Call("drs", "get_recovery_plan", {"recoveryPlan": _ACTIVE})


@action(
    "drs.recovery_plan",
    risk=Risk.DATA_LOSS,
    costs=told("the launched servers"),
    idempotency=Idempotency.TOKEN,
    permissions=("drs:GetRecoveryPlan", "drs:ListRecoveryPlanExecutions", "drs:StartRecoveryPlanExecution"),
    irreversible=(
        told("Launched servers take writes of their own; to go back, reverse the replication, let it "
             "catch up, and recover into the old region.")
    ),
    typical=timedelta(minutes=30),
    settle=LISTED,
    by_hand="aws drs list-recovery-plan-executions --region {region} --recovery-plan-arn {plan}",
    rehearsal=followed(
        {"region": "us-west-2", "plan": _PLAN},
        source=(_FOUND,), known=(_executions(),), send=(_START,),
        way=(_executions("IN_PROGRESS"), _executions("COMPLETED")),
    ),
)  # fmt: skip
class RecoveryPlan(Job[RecoveryPlanParams]):
    """Start the plan and follow its execution."""

    Params = RecoveryPlanParams
    Results = RecoveryPlanResults
    ready = frozenset({"COMPLETED"})
    dead = frozenset({"FAILED", "CANCELLED", "COMPLETED_WITH_FAILURES"})
    mend = told("mend the failed step in the DRS console")

    def called(self, params: RecoveryPlanParams) -> str:
        return told("recovery plan {plan}", plan=params.plan.rpartition("/")[2])

    def source(self, aws: Reads, params: RecoveryPlanParams) -> Look:
        drs: DrsClient = aws.reader("drs", params.region)
        try:
            plan = drs.get_recovery_plan(recoveryPlanArn=params.plan)["recoveryPlan"]
        except refusal("ResourceNotFoundException"):
            return blocked(
                told("{called} is not in {region}; correct the ARN.", called=self.called(params), region=params.region)
            )
        if plan["status"] != "ACTIVE":
            return blocked(
                told(
                    "{name} is {status}, not ACTIVE; finish the plan first.", name=plan["name"], status=plan["status"]
                ),
                params.plan,
            )
        name = plan["name"]
        change = told("{name} runs as a drill", name=name) if params.drill else told("{name} runs", name=name)
        return Look(state="ready", change=change, targets=(params.plan,))

    def jobs(self, aws: Reads, params: RecoveryPlanParams) -> list[Thing]:
        drs: DrsClient = aws.reader("drs", params.region)
        found = every(drs, "list_recovery_plan_executions", "recoveryPlanExecutions", recoveryPlanArn=params.plan)
        return [
            Thing(state=each["status"], id=each["recoveryPlanExecutionArn"],
                  results={"execution": each["recoveryPlanExecutionArn"]})
            for each in newest_first(found, "startedAt")
        ]  # fmt: skip

    def execute(self, aws: Aws, params: RecoveryPlanParams, token: str) -> None:
        drs: DrsClient = aws.writer("drs", params.region)
        drs.start_recovery_plan_execution(
            recoveryPlanArn=params.plan,
            mode="DRILL" if params.drill else "RECOVERY",
            clientToken=self.fresh(self.jobs(aws, params), token),
        )
