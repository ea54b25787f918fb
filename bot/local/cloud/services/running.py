"""What runs by itself after it was started: executions of state machines, and fault injection experiments.

moto starts them and then lets them run for ever. Here they end by themselves, or soon after they are stopped.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import operation
from bot.local.cloud.services.jobs import ENDS, STARTS
from bot.local.cloud.wire import Call, Reply

EXPERIMENT_SECONDS = 60.0


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


@operation("fis", "StartExperiment")
def start_experiment(call: Call) -> Reply:
    """Runs for a minute, unless it is stopped."""
    known = set(backend("fis", call.region).experiments)
    answer = call.moto()
    for name, experiment in backend("fis", call.region).experiments.items():
        if name not in known:
            experiment.status = "initiating"
            call.world.later(STARTS, lambda _, one=experiment: turn(one, "initiating", "running"))  # type: ignore[misc]
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


def turn(experiment: Any, was: str, now: str) -> None:
    if experiment.status == was:
        experiment.status = now
