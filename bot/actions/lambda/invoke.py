"""Call a Lambda function of yours and wait for its answer.

When to reach for it: a small piece of recovery that your team has as a function. Our token reaches it as
`idempotency_key` in the payload, so that it can tell a repeat from a new call.

What bites: Lambda has no token and nothing can be read back, so a call whose answer was lost is never repeated by
itself: a person decides. The function must answer within 20 seconds; longer work belongs into Step Functions. What
it does, and how it is taken back, is its own affair. Its answer is not kept: what a later step or an approver has to
know comes from a state machine, whose output is a result.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import Field, JsonValue

from bot.actions.answers import blocked
from bot.actions.base import Action, Call, Params, Rehearsal, action
from bot.language import later, told
from bot.model.action import Before, Idempotency, Look, Risk, Settled
from bot.model.errors import OutcomeUnknown, StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class InvokeParams(Params):
    """Which function, with what."""

    function: str = Field(description="Function name or ARN, with an alias if wanted.", examples=["dr-warm-caches"])
    payload: dict[str, JsonValue] = Field(default={}, description="What the function receives.")


@action(
    "lambda.invoke",
    risk=Risk.DISRUPTIVE,
    idempotency=Idempotency.OPAQUE,
    permissions=("lambda:GetFunction", "lambda:InvokeFunction"),
    irreversible=told("What the function did is its own affair; call the one that takes it back."),
    by_hand=later("the log group of {function} in CloudWatch Logs in {region}, for the time of the call"),
    rehearsal=Rehearsal(
        params={"region": "us-west-2", "function": "dr-warm-caches"},
        calls=(
            Call("lambda", "get_function", {"Configuration": {"State": "Active"}}),
            Call("lambda", "invoke", {"StatusCode": 200, "ExecutedVersion": "$LATEST"}),
        ),
    ),
)
class Invoke(Action[InvokeParams]):
    """One call, sent once."""

    Params = InvokeParams

    def preflight(self, aws: Reads, params: InvokeParams) -> Look:
        client: LambdaClient = aws.reader("lambda", params.region)
        try:
            found = client.get_function(FunctionName=params.function)["Configuration"]
        except client.exceptions.ResourceNotFoundException:
            return blocked(
                told(
                    "Function {function} is not in {region}; correct the name.",
                    function=params.function,
                    region=params.region,
                ),
                params.function,
            )
        state = found.get("State", "Active")
        if state not in ("Active", "Inactive"):
            why = found.get("StateReason", "")
            return blocked(
                told(
                    "{function} is {state}; wait until it is Active.",
                    function=params.function,
                    state=f"{state} {why}".strip(),
                ),
                params.function,
            )
        return Look(state="ready", change=told("call {function}", function=params.function), targets=(params.function,))

    def execute(self, aws: Aws, params: InvokeParams, token: str) -> None:
        client: LambdaClient = aws.writer("lambda", params.region)
        said = json.dumps({**params.payload, "idempotency_key": token}).encode()
        answer = client.invoke(FunctionName=params.function, InvocationType="RequestResponse", Payload=said)
        if not answer.get("ExecutedVersion"):
            raise OutcomeUnknown(
                told(
                    "Lambda answered without naming what it ran; read the log of {function}.", function=params.function
                )
            )
        if answer.get("FunctionError"):
            words = answer["Payload"].read(500).decode(errors="replace") if "Payload" in answer else ""
            raise StepBroke(
                told(
                    "{function} failed: {words}; read its log, then retry.",
                    function=params.function,
                    words=words or answer["FunctionError"],
                )
            )

    def verify(self, aws: Reads, params: InvokeParams, before: Before) -> Settled:
        """The function's answer was all the evidence there will be; asked only after it has answered."""
        return Settled(seen=told("{function} answered without an error", function=params.function))
