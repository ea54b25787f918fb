"""Start a fault injection experiment, and follow it: the fire of a fire drill.

When to reach for it: a drill that should recover from a real fault. The template's stop conditions end it when the
wrong thing breaks; rolling back stops it.

What bites: the faults are real. A template without a stop condition is refused here. The experiment ends by its own
clock; recover meanwhile in steps beside this one, rather than after it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import blocked, every, newest_first
from bot.actions.base import Call, Params, Results, action
from bot.actions.shapes import LISTED, Job, Thing, followed
from bot.language import later, told
from bot.model.action import Before, Finding, Idempotency, Look, NotStarted, Observation, Pending, Risk, Settled
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_fis import FISClient

RUNNING = frozenset({"pending", "initiating", "running", "stopping"})


class StartExperimentParams(Params):
    """Which template."""

    template: str = Field(description="Experiment template id.", examples=["EXT1a2b3c4d5e6f7"])


class StartExperimentResults(Results):
    """What happened."""

    experiment: str = Field(description="Experiment id.")


def _experiments(*states: str) -> Call:
    found = [
        {"id": f"EXP{len(states) - index}", "experimentTemplateId": "EXT1", "state": {"status": state}}
        for index, state in enumerate(states)
    ]
    return Call("fis", "list_experiments", {"experiments": found})


_TEMPLATE = {
    "id": "EXT1",
    "stopConditions": [
        {"source": "aws:cloudwatch:alarm", "value": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:stop"}
    ],
    "description": "x",
}


@action(
    "fis.start_experiment",
    risk=Risk.DISRUPTIVE,
    idempotency=Idempotency.TOKEN,
    permissions=("fis:GetExperimentTemplate", "fis:ListExperiments", "fis:StartExperiment", "fis:StopExperiment"),
    typical=timedelta(minutes=10),
    settle=LISTED,
    passes=True,
    by_hand=later("AWS FIS console in {region}, Experiments"),
    taken_back=told("Stop it with fis.stop_experiment."),
    rehearsal=followed(
        {"region": "us-east-1", "template": "EXT1"},
        source=(Call("fis", "get_experiment_template", {"experimentTemplate": _TEMPLATE}),),
        known=(_experiments("completed"),),
        send=(Call("fis", "start_experiment", {}),),
        way=(_experiments("running", "completed"), _experiments("completed", "completed")),
        undo=(_experiments("running", "completed"), Call("fis", "stop_experiment", {}),
              _experiments("stopped", "completed")),
    ),
)  # fmt: skip
class StartExperiment(Job[StartExperimentParams]):
    """Start it under our token, then follow it."""

    Params = StartExperimentParams
    Results = StartExperimentResults
    ready = frozenset({"completed"})
    dead = frozenset({"failed", "stopped", "cancelled"})
    mend = told("see which stop condition ended it")

    def called(self, params: StartExperimentParams) -> str:
        return told("experiment {template}", template=params.template)

    def source(self, aws: Reads, params: StartExperimentParams) -> Look:
        fis: FISClient = aws.reader("fis", params.region)
        try:
            found = fis.get_experiment_template(id=params.template)["experimentTemplate"]
        except fis.exceptions.ResourceNotFoundException:
            return blocked(
                told(
                    "Template {template} is not in {region}; correct the id.",
                    template=params.template,
                    region=params.region,
                ),
                params.template,
            )
        stops = [each for each in found.get("stopConditions", []) if each.get("source") != "none"]
        if not stops:
            return blocked(
                told("{template} has no stop condition; give it an alarm that ends it.", template=params.template),
                params.template,
            )
        change = told(
            "inject {description} in {region}",
            description=found.get("description") or params.template,
            region=params.region,
        )
        real = Finding(text=told("The faults are real."))
        return Look(state="ready", change=change, findings=(real,), targets=(f"fis:{params.template}",))

    def jobs(self, aws: Reads, params: StartExperimentParams) -> list[Thing]:
        fis: FISClient = aws.reader("fis", params.region)
        found = every(fis, "list_experiments", "experiments", experimentTemplateId=params.template)
        return [
            Thing(
                id=each.get("id", ""),
                state=str(each.get("state", {}).get("status", "")),
                note=each.get("state", {}).get("reason", ""),
                results={"experiment": each.get("id", "")},
            )
            for each in newest_first(found, "creationTime")
        ]

    def execute(self, aws: Aws, params: StartExperimentParams, token: str) -> None:
        fis: FISClient = aws.writer("fis", params.region)
        fis.start_experiment(
            experimentTemplateId=params.template, clientToken=self.fresh(self.jobs(aws, params), token)
        )

    def rollback(self, aws: Aws, params: StartExperimentParams, before: Before, token: str) -> None:
        ours = self.ours(aws, params, before)
        if ours is not None and ours.state in RUNNING - {"stopping"}:
            fis: FISClient = aws.writer("fis", params.region)
            fis.stop_experiment(id=ours.id)

    def undone(self, aws: Reads, params: StartExperimentParams, before: Before) -> Observation:
        ours = self.ours(aws, params, before)
        if ours is None or ours.state not in RUNNING:
            return Settled(
                seen=told("{called} is {ours}", called=self.called(params), ours=ours or told("not started"))
            )
        seen = told("{called} is {ours}", called=self.called(params), ours=ours)
        return Pending(seen=seen) if ours.state == "stopping" else NotStarted(seen=seen)
