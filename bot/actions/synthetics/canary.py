"""Wait until a CloudWatch Synthetics canary has passed lately.

When to reach for it: a canary walks the path that users walk, and its verdict ends the recovery better than any
health check.

What bites: a canary that lives in the impaired region tells nothing; keep a copy of it in the recovery region. It
runs on its own schedule: what counts is the newest run that is over, and it has to have begun within `newer_than`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field, JsonValue

from bot.actions.answers import clock, newest_first
from bot.actions.base import Call, Check, Params, Rehearsal, Results, action
from bot.actions.rehearsing import MEASURED
from bot.language import together, told
from bot.model.action import Before, Observation, Pending, Risk, Settled
from bot.model.base import Duration
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_synthetics import SyntheticsClient


class CanaryParams(Params):
    """Which canary, how fresh."""

    canary: str = Field(description="Canary name.", examples=["orders-checkout"])
    newer_than: Duration = Field(default=timedelta(minutes=10), description="How old its run may be.")


class CanaryResults(Results):
    """Its verdict."""

    passed: bool = Field(description="Whether the newest run that is over passed, and is new enough.")


def _runs(*states: str) -> Call:
    timeline = {"Started": MEASURED}
    runs = [
        {"Name": "orders-checkout", "Status": {"State": state, "StateReason": "no button"}, "Timeline": timeline}
        for state in states
    ]
    return Call("synthetics", "get_canary_runs", {"CanaryRuns": runs})


@action(
    "synthetics.canary",
    risk=Risk.READ,
    measures="passed",
    permissions=("synthetics:GetCanaryRuns",),
    typical=timedelta(minutes=2),
    rehearsal=Rehearsal(
        params={"region": "us-west-2", "canary": "orders-checkout"},
        calls=(_runs("FAILED"), _runs("FAILED"), _runs("RUNNING", "PASSED")),
    ),
)
class Canary(Check[CanaryParams]):
    """Passed, and lately."""

    Params = CanaryParams
    Results = CanaryResults

    def verify(self, aws: Reads, params: CanaryParams, before: Before) -> Observation:
        client: SyntheticsClient = aws.reader("synthetics", params.region)
        try:
            runs = client.get_canary_runs(Name=params.canary, MaxResults=100)["CanaryRuns"]
        except client.exceptions.ResourceNotFoundException:
            raise StepBroke(
                told(
                    "Canary {canary} is not in {region}; correct the name.", canary=params.canary, region=params.region
                )
            ) from None
        over = [
            {"status": run.get("Status", {}), **run.get("Timeline", {})}
            for run in runs
            if run.get("Status", {}).get("State") != "RUNNING"
        ]
        if not over:
            return Pending(seen=told("{canary} has not run yet", canary=params.canary), results={"passed": False})
        newest: dict[str, Any] = newest_first(over, "Started")[0]
        status, started = newest["status"], newest.get("Started")
        state, why = str(status.get("State", "")), status.get("StateReason", "")
        seen: str = f"{params.canary} {state}"
        if started:
            seen = told("{canary} {state} at {at}", canary=params.canary, state=state, at=clock(started))
        if why:
            seen = together((seen, why), ": ")
        fresh = started is not None and aws.now() - started <= params.newer_than
        passed = state == "PASSED" and fresh
        results: dict[str, JsonValue] = {"passed": passed}
        if passed:
            return Settled(seen=seen, results=results)
        return Pending(seen=seen if fresh else told("{seen}, which is too old", seen=seen), results=results)
