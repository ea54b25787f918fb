"""Stop every running experiment of a template.

When to reach for it: the end of a drill, or a drill that got out of hand.

What bites: a stop ends the injection, not its consequences: what was terminated stays terminated. Where nothing runs,
there is nothing to do.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import every
from bot.actions.base import Action, Call, Params, action
from bot.actions.shapes import rehearsed
from bot.language import later, together, told
from bot.model.action import Before, Look, NotStarted, Observation, Pending, Risk, Settled
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_fis import FISClient


class StopExperimentParams(Params):
    """Of which template."""

    template: str = Field(description="Experiment template id.", examples=["EXT1a2b3c4d5e6f7"])


def _experiments(state: str) -> Call:
    found = [{"id": "EXP1", "experimentTemplateId": "EXT1", "state": {"status": state}}]
    return Call("fis", "list_experiments", {"experiments": found})


@action(
    "fis.stop_experiment",
    risk=Risk.REVERSIBLE,
    owes=False,
    permissions=("fis:ListExperiments", "fis:StopExperiment"),
    irreversible=told("A stopped experiment is over; start it anew for another drill."),
    typical=timedelta(seconds=30),
    by_hand=later("AWS FIS console in {region}, Experiments"),
    rehearsal=rehearsed(
        {"region": "us-east-1", "template": "EXT1"},
        none=(_experiments("running"),),
        source=(),
        send=(_experiments("running"), Call("fis", "stop_experiment", {})),
        way=(_experiments("stopping"), _experiments("stopped")),
    ),
)
class StopExperiment(Action[StopExperimentParams]):
    """Stop what runs, then look until nothing does."""

    Params = StopExperimentParams

    def preflight(self, aws: Reads, params: StopExperimentParams) -> Look:
        running = _running(aws, params)
        change = told("{count} running → none", count=len(running))
        state = "ready" if running else "already_done"
        return Look(state=state, change=change, targets=(f"fis:{params.template}",))

    def execute(self, aws: Aws, params: StopExperimentParams, token: str) -> None:
        fis: FISClient = aws.writer("fis", params.region)
        for experiment, status in _running(aws, params).items():
            if status != "stopping":
                fis.stop_experiment(id=experiment)

    def verify(self, aws: Reads, params: StopExperimentParams, before: Before) -> Observation:
        running = _running(aws, params)
        if not running:
            return Settled(seen=told("no experiment of {template} runs", template=params.template))
        seen = together((told("{name} is {state}", name=name, state=state) for name, state in running.items()), ", ")
        return Pending(seen=seen) if set(running.values()) == {"stopping"} else NotStarted(seen=seen)


def _running(aws: Reads, params: StopExperimentParams) -> dict[str, str]:
    fis: FISClient = aws.reader("fis", params.region)
    found = {
        each.get("id", ""): str(each.get("state", {}).get("status", ""))
        for each in every(fis, "list_experiments", "experiments", experimentTemplateId=params.template)
    }
    return {
        name: status for name, status in found.items() if status in ("pending", "initiating", "running", "stopping")
    }
