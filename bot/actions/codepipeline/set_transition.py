"""Close or open the way into a stage of a CodePipeline, so that no deployment lands in the middle of a recovery.

When to reach for it: right at the start of a run, for every pipeline that deploys to the service.

What bites: runs that are already in the stage go on. A pipeline that stays closed after the incident is a quiet
failure of its own; undo opens it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.base import Call, Params, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.actions.states import Switch
from bot.language import told
from bot.model.action import Risk
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_codepipeline import CodePipelineClient


class SetTransitionParams(Params):
    """Which way, open or closed."""

    pipeline: str = Field(description="Pipeline name.", examples=["orders-api"])
    stage: str = Field(description="Stage whose entrance it is.", examples=["Deploy"])
    enabled: bool = Field(description="Whether executions may enter.")
    reason: str = Field(default="Disaster recovery is under way.", description="Shown in the console.", max_length=300)


class Entrance(Switch):
    """Open or closed."""

    def __str__(self) -> str:
        return told("open") if self.on else told("closed")


def _stage(enabled: bool) -> Call:
    stage = {"stageName": "Deploy", "inboundTransitionState": {"enabled": enabled}}
    return Call("codepipeline", "get_pipeline_state", {"pipelineName": "orders-api", "stageStates": [stage]})


@action(
    "codepipeline.set_transition",
    risk=Risk.REVERSIBLE,
    permissions=(
        "codepipeline:GetPipelineState",
        "codepipeline:DisableStageTransition",
        "codepipeline:EnableStageTransition",
    ),
    by_hand="aws codepipeline get-pipeline-state --region {region} --name {pipeline}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "pipeline": "orders-api", "stage": "Deploy", "enabled": False},
        was=_stage(True), put=Call("codepipeline", "disable_stage_transition", {}),
        now=_stage(False), back=Call("codepipeline", "enable_stage_transition", {}),
    ),
)  # fmt: skip
class SetTransition(Setting[SetTransitionParams, Entrance]):
    """Disable or enable the inbound transition."""

    Params = SetTransitionParams
    State = Entrance

    def look(self, aws: Reads, params: SetTransitionParams) -> Seen[Entrance]:
        codepipeline: CodePipelineClient = aws.reader("codepipeline", params.region)
        try:
            stages = codepipeline.get_pipeline_state(name=params.pipeline).get("stageStates", [])
        except codepipeline.exceptions.PipelineNotFoundException:
            raise StepBroke(
                told(
                    "Pipeline {pipeline} is not in {region}; correct the name.",
                    pipeline=params.pipeline,
                    region=params.region,
                )
            ) from None
        stage = next((each for each in stages if each.get("stageName") == params.stage), None)
        if stage is None:
            raise StepBroke(
                told(
                    "Pipeline {pipeline} has no stage {stage}; correct the name.",
                    pipeline=params.pipeline,
                    stage=params.stage,
                )
            )
        on = stage.get("inboundTransitionState", {}).get("enabled", True)
        target = f"{params.pipeline}/{params.stage}"
        return Seen(name=told("the way into {target}", target=target), target=target, state=Entrance(on=on))

    def wanted(self, params: SetTransitionParams, now: Entrance) -> Entrance:
        return Entrance(on=params.enabled)

    def put(self, aws: Aws, params: SetTransitionParams, seen: Seen[Entrance], state: Entrance, token: str) -> None:
        codepipeline: CodePipelineClient = aws.writer("codepipeline", params.region)
        if state.on:
            codepipeline.enable_stage_transition(
                pipelineName=params.pipeline, stageName=params.stage, transitionType="Inbound"
            )
        else:
            codepipeline.disable_stage_transition(
                pipelineName=params.pipeline, stageName=params.stage, transitionType="Inbound", reason=params.reason
            )
