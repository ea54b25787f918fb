"""Have Terraform carry out a plan, in a CodeBuild project.

When to reach for it: after codebuild.terraform_plan and an approval of its summary; hand its `plan` on, so that exactly
what was approved is applied. The project's buildspec runs `terraform $TF_COMMAND` with TF_PLAN_FILE.

What bites: state and lock must not live in the region that is lost. A build that failed half-way has changed
something; plan again to see what is left. CodeBuild honours our token for five minutes only; after that its list of
builds tells.
"""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from bot.actions.base import Results, action
from bot.actions.codebuild.terraform import PROJECT, START, Terraform, TerraformParams, seen
from bot.actions.shapes import LISTED, followed
from bot.language import later, told
from bot.model.action import Idempotency, Risk
from bot.ports.aws import Aws


class TerraformApplyParams(TerraformParams):
    """Which plan to carry out."""

    plan: str = Field(description="The saved plan, as codebuild.terraform_plan reports it.", min_length=1)


class TerraformApplyResults(Results):
    """What was done."""

    build: str = Field(description="Build id.")
    summary: str = Field(description="One line: what was added, changed, destroyed; empty when not exported.")
    plan: str = Field(description="The plan that was applied; empty when not exported.")


@action(
    "codebuild.terraform_apply",
    risk=Risk.DISRUPTIVE,
    idempotency=Idempotency.TOKEN,
    permissions=(
        "codebuild:BatchGetProjects",
        "codebuild:ListBuildsForProject",
        "codebuild:StartBuild",
        "codebuild:BatchGetBuilds",
    ),
    irreversible=told("Go back by planning and applying the former commit."),
    typical=timedelta(minutes=15),
    settle=LISTED,
    by_hand=later("CodeBuild console in {region}, project {project}, Build history"),
    rehearsal=followed(
        {"region": "us-west-2", "project": "orders-terraform", "plan": "s3://dr/plans/42.tfplan"},
        source=(PROJECT,), known=seen("SUCCEEDED"), send=(START,),
        way=(*seen("IN_PROGRESS", "SUCCEEDED"), *seen("SUCCEEDED", "SUCCEEDED")),
    ),
)  # fmt: skip
class TerraformApply(Terraform[TerraformApplyParams]):
    """Start the build, then follow it."""

    Params = TerraformApplyParams
    Results = TerraformApplyResults
    verb = "apply"

    def execute(self, aws: Aws, params: TerraformApplyParams, token: str) -> None:
        self.start(aws, params, token, {"TF_PLAN_FILE": params.plan})
