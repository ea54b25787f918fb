"""CodePipeline: stages whose entrances can be closed. moto keeps the pipelines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.local.cloud.errors import AwsError
from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.wire import Call


@dataclass
class Closed:
    """Reasons by region, pipeline and stage."""

    stages: dict[tuple[str, str, str], str] = field(default_factory=dict)


@operation("codepipeline", "GetPipelineState")
def get_pipeline_state(call: Call) -> Answer:
    name = call.params["name"]
    return {"pipelineName": name, "stageStates": [entrance(call, name, stage) for stage in stages(call, name)]}


@operation("codepipeline", "DisableStageTransition")
def disable(call: Call) -> Answer:
    call.world.shelf(Closed).stages[key(call)] = call.params["reason"]
    return {}


@operation("codepipeline", "EnableStageTransition")
def enable(call: Call) -> Answer:
    call.world.shelf(Closed).stages.pop(key(call), None)
    return {}


def entrance(call: Call, pipeline: str, stage: str) -> dict[str, Any]:
    reason = call.world.shelf(Closed).stages.get((call.region, pipeline, stage))
    state = {"enabled": True} if reason is None else {"enabled": False, "disabledReason": reason}
    return {"stageName": stage, "inboundTransitionState": state}


def key(call: Call) -> tuple[str, str, str]:
    pipeline, stage = call.params["pipelineName"], call.params["stageName"]
    if stage not in stages(call, pipeline):
        raise AwsError("StageNotFoundException", f"{pipeline} has no stage {stage}.")
    return call.region, pipeline, stage


def stages(call: Call, pipeline: str) -> list[str]:
    found = backend("codepipeline", call.region).pipelines.get(pipeline)
    if found is None:
        raise AwsError("PipelineNotFoundException", f"{pipeline} does not exist.")
    return [stage["name"] for stage in found.pipeline["stages"]]
