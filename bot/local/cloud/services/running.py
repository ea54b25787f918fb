"""What runs by itself after it was started: executions of state machines, and fault injection experiments.

moto starts them and then lets them run for ever. Here they end by themselves, or soon after they are stopped, and a
fault of ECS hits the tasks that its template names. Source: the FIS actions reference, aws:ecs:stop-task.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Any

from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.services import ecs
from bot.local.cloud.services.jobs import ENDS, STARTS
from bot.local.cloud.wire import Call, Reply

EXPERIMENT_SECONDS = 60.0
STOP_TASKS = "aws:ecs:stop-task"
PERCENT = re.compile(r"PERCENT\((\d+)\)")


@operation("stepfunctions", "StartExecution")
def start_execution(call: Call) -> Reply:
    """Succeeds after a while and gives its input back."""
    known = {each.execution_arn for each in executions(call.region)}
    answer = call.moto()
    for each in executions(call.region):
        if each.execution_arn not in known:
            call.world.later(ENDS, lambda at, each=each: succeed(each, at))  # type: ignore[misc]
    return answer


def executions(region: str) -> list[Any]:
    return [each for machine in backend("stepfunctions", region).state_machines for each in machine.executions]


def succeed(execution: Any, at: datetime) -> None:
    if execution.status == "RUNNING":
        execution.status, execution.stop_date, execution.output = "SUCCEEDED", at, execution.execution_input


@operation("fis", "CreateExperimentTemplate")
def create_experiment_template(call: Call) -> Answer | Reply:
    """moto's, under an id that follows from its token, so that a catalogue can name a planted one."""
    templates, known = backend("fis", call.region).experiment_templates, template_id(call.params["clientToken"])
    if known in templates:
        return {"experimentTemplate": templates[known].to_dict()}
    before, answer = set(templates), call.moto()
    for name in set(templates) - before:
        made = templates[known] = templates.pop(name)
        made.id = known
        return {"experimentTemplate": made.to_dict()}
    return answer


def template_id(token: str) -> str:
    """As long as FIS's."""
    return f"EXT{hashlib.sha256(token.encode()).hexdigest()[:14]}"


@operation("fis", "StartExperiment")
def start_experiment(call: Call) -> Reply:
    """Runs for a minute, unless it is stopped."""
    known = set(backend("fis", call.region).experiments)
    answer = call.moto()
    for name, experiment in backend("fis", call.region).experiments.items():
        if name not in known:
            experiment.status = "initiating"
            call.world.later(STARTS, lambda at, one=experiment: begin(call, one, at))  # type: ignore[misc]
            call.world.later(
                EXPERIMENT_SECONDS,
                lambda _, one=experiment: turn(one, "running", "completed"),  # type: ignore[misc]
            )
    return answer


@operation("fis", "StopExperiment")
def stop_experiment(call: Call) -> Reply:
    answer = call.moto()
    experiment = backend("fis", call.region).experiments.get(call.params["id"])
    if experiment is not None:
        call.world.later(STARTS, lambda _: turn(experiment, "stopping", "stopped"))
    return answer


def begin(call: Call, experiment: Any, at: datetime) -> None:
    """The faults strike."""
    if experiment.status != "initiating":
        return
    experiment.status = "running"
    for action in experiment.actions.values():
        if action["actionId"] == STOP_TASKS:
            target = experiment.targets[action["targets"]["Tasks"]]
            where, percent = target["parameters"], int(PERCENT.sub(r"\1", target["selectionMode"]))
            ecs.halt(call.world, call.region, where["cluster"], where["service"], percent, at)


def turn(experiment: Any, was: str, now: str) -> None:
    if experiment.status == was:
        experiment.status = now
