"""Set or lift a Lambda function's reserved concurrency; zero stops every invocation.

When to reach for it: `reserved: 0` fences the old side's functions at once, whatever calls them. Leaving `reserved`
out lifts the reservation.

What bites: callers that wait for an answer get throttling errors, and asynchronous events are retried for six hours
and then dropped. A reservation takes its share from every other function of the account in that region.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.base import Call, Params, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told
from bot.model.action import Risk
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class SetReservedConcurrencyParams(Params):
    """Which function, how many at once."""

    function: str = Field(description="Function name or ARN.", examples=["orders-consumer"])
    reserved: int | None = Field(default=None, ge=0, description="Executions at once; 0 stops it, none lifts it.")


class Reservation(Frozen):
    """What is reserved; None is no reservation."""

    reserved: int | None

    def __str__(self) -> str:
        return (
            told("no reservation")
            if self.reserved is None
            else told("at most {reserved} at once", reserved=self.reserved)
        )


def _reserved(count: int | None) -> Call:
    reply = {} if count is None else {"ReservedConcurrentExecutions": count}
    return Call("lambda", "get_function_concurrency", reply)


_PUT, _LIFT = Call("lambda", "put_function_concurrency", {}), Call("lambda", "delete_function_concurrency", {})


@action(
    "lambda.set_reserved_concurrency",
    risk=Risk.DISRUPTIVE,
    permissions=(
        "lambda:GetFunctionConcurrency",
        "lambda:PutFunctionConcurrency",
        "lambda:DeleteFunctionConcurrency",
    ),
    fences={"reserved": 0},
    by_hand="aws lambda get-function-concurrency --region {region} --function-name {function}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "function": "orders-consumer", "reserved": 0},
        was=_reserved(None), put=_PUT, now=_reserved(0), back=_LIFT,
    ),
)  # fmt: skip
class SetReservedConcurrency(Setting[SetReservedConcurrencyParams, Reservation]):
    """Put or lift the reservation."""

    Params = SetReservedConcurrencyParams
    State = Reservation

    def look(self, aws: Reads, params: SetReservedConcurrencyParams) -> Seen[Reservation]:
        client: LambdaClient = aws.reader("lambda", params.region)
        try:
            found = client.get_function_concurrency(FunctionName=params.function)
        except client.exceptions.ResourceNotFoundException:
            raise StepBroke(
                told(
                    "Function {function} is not in {region}; correct the name.",
                    function=params.function,
                    region=params.region,
                )
            ) from None
        return Seen(name=params.function, state=Reservation(reserved=found.get("ReservedConcurrentExecutions")))

    def wanted(self, params: SetReservedConcurrencyParams, now: Reservation) -> Reservation:
        return Reservation(reserved=params.reserved)

    def put(
        self,
        aws: Aws,
        params: SetReservedConcurrencyParams,
        seen: Seen[Reservation],
        state: Reservation,
        token: str,
    ) -> None:
        client: LambdaClient = aws.writer("lambda", params.region)
        if state.reserved is None:
            client.delete_function_concurrency(FunctionName=params.function)
        else:
            client.put_function_concurrency(FunctionName=params.function, ReservedConcurrentExecutions=state.reserved)
