"""Ask IAM whether a role may do what a recovery needs, without doing it.

When to reach for it: nightly, and before a plan is approved: a missing permission is found on a quiet day.

What bites: the simulator answers from one region of the partition (us-east-1, outside China and GovCloud), knows
neither service control policies nor session policies in full, and an allowed call can still fail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, JsonValue

from bot.actions.answers import every, short
from bot.actions.assessing import looked
from bot.actions.base import Call, Check, Params, Results, action
from bot.language import told
from bot.model.action import Before, ControlPlane, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient


class SimulateParams(Params):
    """Who, and what."""

    role: str = Field(description="Role ARN.", examples=["arn:aws:iam::111122223333:role/dr-bot"])
    actions: tuple[str, ...] = Field(description="IAM actions.", min_length=1, max_length=100)
    resource: str = Field(default="*", description="Resource ARN to ask about.")


class SimulateResults(Results):
    """What is missing."""

    ok: bool = Field(description="Whether everything is allowed.")
    denied: list[str] = Field(description="Actions that are not.")


@action(
    "iam.simulate",
    risk=Risk.READ,
    measures="ok",
    control_plane=ControlPlane.US_EAST_1,
    permissions=("iam:SimulatePrincipalPolicy",),
    rehearsal=looked(
        {"role": "arn:aws:iam::111122223333:role/dr-bot", "actions": ["ecs:UpdateService"]},
        Call(
            "iam",
            "simulate_principal_policy",
            {"EvaluationResults": [{"EvalActionName": "ecs:UpdateService", "EvalDecision": "allowed"}]},
        ),
    ),
)
class Simulate(Check[SimulateParams]):
    """Allowed, or which are not."""

    Params = SimulateParams
    Results = SimulateResults

    def verify(self, aws: Reads, params: SimulateParams, before: Before) -> Settled:
        iam: IAMClient = aws.reader("iam", aws.home("iam", params.region))
        try:
            found = every(
                iam,
                "simulate_principal_policy",
                "EvaluationResults",
                PolicySourceArn=params.role,
                ActionNames=list(params.actions),
                ResourceArns=[params.resource],
            )
        except iam.exceptions.NoSuchEntityException:
            raise StepBroke(told("Role {role} does not exist; correct the ARN.", role=short(params.role))) from None
        allowed = {each["EvalActionName"] for each in found if each["EvalDecision"] == "allowed"}
        denied: list[JsonValue] = [name for name in params.actions if name not in allowed]
        name = short(params.role)
        seen = (
            told("{name} may not {denied}", name=name, denied=", ".join(map(str, denied)))
            if denied
            else told("{name} may do all {count}", name=name, count=len(params.actions))
        )
        return Settled(seen=seen, results={"ok": not denied, "denied": denied})
