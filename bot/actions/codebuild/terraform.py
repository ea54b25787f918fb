"""Terraform as CodeBuild runs it: one build project, started with variables and followed to its end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import Field

from bot.actions.answers import blocked
from bot.actions.base import Call, Params
from bot.actions.shapes import Job, Thing
from bot.language import told
from bot.model.action import Finding, Look
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_codebuild import CodeBuildClient
    from mypy_boto3_codebuild.type_defs import BuildTypeDef


class TerraformParams(Params):
    """Which project, which code, with what variables."""

    project: str = Field(description="CodeBuild project that runs Terraform.", examples=["orders-terraform"])
    version: str | None = Field(default=None, description="Commit, branch or tag; the project's own if left out.")
    variables: dict[str, str] = Field(default={}, description="Environment variables for the build.")


P = TypeVar("P", bound=TerraformParams)


class Terraform(Job[P]):
    """A build, found by the project's list of builds."""

    ready = frozenset({"SUCCEEDED"})
    dead = frozenset({"FAILED", "FAULT", "TIMED_OUT", "STOPPED"})
    mend = told("read its log in CodeBuild")
    verb = ""

    def called(self, params: P) -> str:
        return told("terraform {verb} in {project}", verb=self.verb, project=params.project)

    def source(self, aws: Reads, params: P) -> Look:
        codebuild: CodeBuildClient = aws.reader("codebuild", params.region)
        if not codebuild.batch_get_projects(names=[params.project]).get("projects"):
            gone = told(
                "CodeBuild project {project} is not in {region}; correct the name or the region.",
                project=params.project,
                region=params.region,
            )
            return blocked(gone, params.project)
        state = Finding(
            text=told(
                "Terraform's state and lock must be readable from {region}, not from a lost region.",
                region=params.region,
            )
        )
        return Look(
            state="ready",
            change=told(
                "terraform {verb} of {version}", verb=self.verb, version=params.version or told("the default branch")
            ),
            findings=(state,),
            targets=(params.project,),
        )

    def jobs(self, aws: Reads, params: P) -> list[Thing]:
        codebuild: CodeBuildClient = aws.reader("codebuild", params.region)
        ids = codebuild.list_builds_for_project(projectName=params.project, sortOrder="DESCENDING").get("ids", [])
        builds = codebuild.batch_get_builds(ids=ids)["builds"] if ids else []
        return sorted(map(_thing, builds), key=lambda thing: ids.index(thing.id))

    def start(self, aws: Aws, params: P, token: str, more: dict[str, str]) -> None:
        """CodeBuild honours the token for five minutes; later, the list of builds tells whether it arrived."""
        codebuild: CodeBuildClient = aws.writer("codebuild", params.region)
        said = {"TF_COMMAND": self.verb, **params.variables, **more}
        version: dict[str, Any] = {"sourceVersion": params.version} if params.version else {}
        codebuild.start_build(
            projectName=params.project,
            idempotencyToken=self.fresh(self.jobs(aws, params), token),
            environmentVariablesOverride=[{"name": key, "value": value} for key, value in said.items()],
            **version,
        )


def _thing(build: BuildTypeDef) -> Thing:
    exported = {each.get("name", ""): each.get("value", "") for each in build.get("exportedEnvironmentVariables", [])}
    return Thing(
        id=build.get("id", ""),
        state=str(build.get("buildStatus", "")),
        note=build.get("currentPhase", "").lower(),
        results={
            "build": build.get("id", ""),
            "summary": exported.get("TF_PLAN_SUMMARY", ""),
            "plan": exported.get("TF_PLAN_FILE", ""),
        },
    )


LONG = timedelta(minutes=5)
PROJECT = Call("codebuild", "batch_get_projects", {"projects": [{"name": "orders-terraform"}]})
START = Call("codebuild", "start_build", {})


def seen(*statuses: str) -> tuple[Call, ...]:
    """Builds as a look finds them, newest first."""
    exported = [{"name": "TF_PLAN_SUMMARY", "value": "3 to add, 0 to change, 0 to destroy"}]
    ids = [f"b:{len(statuses) - index}" for index in range(len(statuses))]
    builds = [
        {"id": id, "buildStatus": status, "currentPhase": "BUILD", "exportedEnvironmentVariables": exported}
        for id, status in zip(ids, statuses, strict=True)
    ]
    return (
        Call("codebuild", "list_builds_for_project", {"ids": ids}),
        Call("codebuild", "batch_get_builds", {"builds": builds}),
    )
