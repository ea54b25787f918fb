"""Have Terraform work out what it would change, in a CodeBuild project.

When to reach for it: before codebuild.terraform_apply, with an approval in between that shows this step's summary.
The project's buildspec runs `terraform $TF_COMMAND` and exports TF_PLAN_SUMMARY (one line for the approver) and
TF_PLAN_FILE (where the saved plan lies).

What bites: state and lock must not live in the region that is lost. A plan made after a promotion by hand may want to
undo it; read the summary. CodeBuild honours our token for five minutes only; after that its list of builds tells.
"""

from __future__ import annotations

from pydantic import Field

from bot.actions.base import Results, action
from bot.actions.codebuild.terraform import LONG, PROJECT, START, Terraform, TerraformParams, seen
from bot.actions.shapes import LISTED, followed
from bot.language import later, told
from bot.model.action import Idempotency, Risk
from bot.ports.aws import Aws


class TerraformPlanResults(Results):
    """What Terraform would do."""

    build: str = Field(description="Build id.")
    summary: str = Field(description="One line: what would be added, changed, destroyed; empty when not exported.")
    plan: str = Field(description="Where the saved plan lies; empty when not exported.")


@action(
    "codebuild.terraform_plan",
    risk=Risk.REVERSIBLE,
    owes=False,
    idempotency=Idempotency.TOKEN,
    permissions=(
        "codebuild:BatchGetProjects",
        "codebuild:ListBuildsForProject",
        "codebuild:StartBuild",
        "codebuild:BatchGetBuilds",
    ),
    irreversible=told("A plan changes nothing; there is nothing to take back."),
    typical=LONG,
    settle=LISTED,
    by_hand=later("CodeBuild console in {region}, project {project}, Build history"),
    rehearsal=followed(
        {"region": "us-west-2", "project": "orders-terraform"},
        source=(PROJECT,), known=seen("SUCCEEDED"), send=(START,),
        way=(*seen("IN_PROGRESS", "SUCCEEDED"), *seen("SUCCEEDED", "SUCCEEDED")),
    ),
)  # fmt: skip
class TerraformPlan(Terraform[TerraformParams]):
    """Start the build, then follow it."""

    Params = TerraformParams
    Results = TerraformPlanResults
    verb = "plan"

    def execute(self, aws: Aws, params: TerraformParams, token: str) -> None:
        self.start(aws, params, token, {})
