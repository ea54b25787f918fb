"""Keep a number of a Lambda function's environments warm, or none.

When to reach for it: before users arrive in the recovery region, so that their first requests find warm functions.

What bites: it counts against the account's concurrency, costs while it stands, and needs a published version or an
alias; $LATEST is refused. Zero takes the configuration away.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import refusal
from bot.actions.base import Call, Params, action
from bot.actions.rehearsing import absent
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told, told_n
from bot.model.action import Risk
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class SetProvisionedConcurrencyParams(Params):
    """Which function and version, how many environments."""

    function: str = Field(description="Function name or ARN.", examples=["orders-api"])
    qualifier: str = Field(description="Version or alias.", examples=["live"])
    provisioned: int = Field(ge=0, description="Environments to keep warm; 0 for none.")


class Warm(Frozen):
    """Environments asked for."""

    count: int

    def __str__(self) -> str:
        return told_n("{count} environment warm", "{count} environments warm", self.count)


def _warm(count: int, status: str = "READY") -> Call:
    reply = {"RequestedProvisionedConcurrentExecutions": count, "Status": status}
    return Call("lambda", "get_provisioned_concurrency_config", reply)


_PUT = Call("lambda", "put_provisioned_concurrency_config", {})
_DELETE = Call("lambda", "delete_provisioned_concurrency_config", {})
_NOT_CONFIGURED = "ProvisionedConcurrencyConfigNotFoundException"
_NONE = absent("lambda", "get_provisioned_concurrency_config", _NOT_CONFIGURED)
_PARAMS = {"region": "us-west-2", "function": "orders-api", "qualifier": "live"}


@action(
    "lambda.set_provisioned_concurrency",
    risk=Risk.REVERSIBLE,
    costs=told("the provisioned concurrency"),
    permissions=(
        "lambda:GetProvisionedConcurrencyConfig",
        "lambda:PutProvisionedConcurrencyConfig",
        "lambda:DeleteProvisionedConcurrencyConfig",
    ),
    typical=timedelta(minutes=3),
    by_hand=(
        "aws lambda get-provisioned-concurrency-config --region {region} "
        "--function-name {function} --qualifier {qualifier}"
    ),
    rehearsal=rehearsed(
        {**_PARAMS, "provisioned": 50},
        was=_warm(5), put=_PUT, moving=_warm(50, "IN_PROGRESS"), now=_warm(50), back=_PUT,
        also=(
            rehearsed(
                {**_PARAMS, "provisioned": 0},
                was=_warm(5), put=Call("lambda", "delete_provisioned_concurrency_config", {}),
                now=_NONE, back=_PUT,
            ),
        ),
    ),
)  # fmt: skip
class SetProvisionedConcurrency(Setting[SetProvisionedConcurrencyParams, Warm]):
    """Ask for environments and wait until they are ready."""

    Params = SetProvisionedConcurrencyParams
    State = Warm

    def look(self, aws: Reads, params: SetProvisionedConcurrencyParams) -> Seen[Warm]:
        client: LambdaClient = aws.reader("lambda", params.region)
        name = f"{params.function}:{params.qualifier}"
        try:
            found = client.get_provisioned_concurrency_config(FunctionName=params.function, Qualifier=params.qualifier)
        except refusal(_NOT_CONFIGURED):
            return Seen(name=name, state=Warm(count=0))
        except refusal("ResourceNotFoundException"):
            raise StepBroke(
                told("{name} is not in {region}; publish it there first.", name=name, region=params.region)
            ) from None
        status = found.get("Status", "")
        broken = ""
        if status == "FAILED":
            why = found.get("StatusReason") or told("Lambda gives no reason")
            broken = told(
                "{name} cannot be kept warm ({why}); raise the account's concurrency, then retry.", name=name, why=why
            )
        return Seen(
            name=name,
            state=Warm(count=found.get("RequestedProvisionedConcurrentExecutions", 0)),
            broken=broken,
            moving=""
            if status in ("READY", "FAILED")
            else told(
                "warming up, {allocated_provisioned_concurrent_executions} there",
                allocated_provisioned_concurrent_executions=found.get("AllocatedProvisionedConcurrentExecutions", 0),
            ),
        )

    def wanted(self, params: SetProvisionedConcurrencyParams, now: Warm) -> Warm:
        return Warm(count=params.provisioned)

    def put(self, aws: Aws, params: SetProvisionedConcurrencyParams, seen: Seen[Warm], state: Warm, token: str) -> None:
        client: LambdaClient = aws.writer("lambda", params.region)
        if state.count:
            client.put_provisioned_concurrency_config(
                FunctionName=params.function,
                Qualifier=params.qualifier,
                ProvisionedConcurrentExecutions=state.count,
            )
        else:
            client.delete_provisioned_concurrency_config(FunctionName=params.function, Qualifier=params.qualifier)
