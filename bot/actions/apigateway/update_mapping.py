"""Point a path of an API Gateway custom domain at another API or stage.

When to reach for it: a REST API's custom domain should serve from another deployment, or a maintenance API.

What bites: regional domains are mapped per region, so this is the step's region's domain. Clients see the change
within a minute. Rolling back restores the former API and stage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.base import Call, Params, Results, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told
from bot.model.action import Risk
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient


class UpdateMappingParams(Params):
    """Which path of which domain, to which API."""

    domain: str = Field(description="Custom domain name.", examples=["api.example.com"])
    path: str = Field(default="(none)", description="Base path; `(none)` is the root.")
    api: str = Field(description="REST API id.", examples=["a1b2c3d4e5"])
    stage: str = Field(description="Stage name.", examples=["live"])


class UpdateMappingResults(Results):
    """Where it points."""

    api: str = Field(description="REST API id.")
    stage: str = Field(description="Stage name.")


class Mapping(Frozen):
    """What a path serves."""

    api: str
    stage: str

    def __str__(self) -> str:
        return told("{api}/{stage}", api=self.api, stage=self.stage)


def _mapping(api: str) -> Call:
    return Call("apigateway", "get_base_path_mapping", {"basePath": "(none)", "restApiId": api, "stage": "live"})


_PUT = Call("apigateway", "update_base_path_mapping", {})


@action(
    "apigateway.update_mapping",
    risk=Risk.DISRUPTIVE,
    permissions=("apigateway:GET", "apigateway:PATCH"),
    by_hand="aws apigateway get-base-path-mapping --region {region} --domain-name {domain} --base-path '{path}'",
    rehearsal=rehearsed(
        {"region": "us-west-2", "domain": "api.example.com", "api": "new0000001", "stage": "live"},
        was=_mapping("old0000001"), put=_PUT, now=_mapping("new0000001"), back=_PUT,
    ),
)  # fmt: skip
class UpdateMapping(Setting[UpdateMappingParams, Mapping]):
    """Patch the mapping, then read it back."""

    Params = UpdateMappingParams
    Results = UpdateMappingResults
    State = Mapping

    def look(self, aws: Reads, params: UpdateMappingParams) -> Seen[Mapping]:
        client: APIGatewayClient = aws.reader("apigateway", params.region)
        name = f"{params.domain}/{'' if params.path == '(none)' else params.path}"
        try:
            found = client.get_base_path_mapping(domainName=params.domain, basePath=params.path)
        except client.exceptions.NotFoundException:
            raise StepBroke(
                told("{name} is not mapped in {region}; correct domain and path.", name=name, region=params.region)
            ) from None
        state = Mapping(api=found["restApiId"], stage=found["stage"])
        return Seen(name=name, state=state, results={"api": state.api, "stage": state.stage})

    def wanted(self, params: UpdateMappingParams, now: Mapping) -> Mapping:
        return Mapping(api=params.api, stage=params.stage)

    def put(self, aws: Aws, params: UpdateMappingParams, seen: Seen[Mapping], state: Mapping, token: str) -> None:
        client: APIGatewayClient = aws.writer("apigateway", params.region)
        client.update_base_path_mapping(
            domainName=params.domain,
            basePath=params.path,
            patchOperations=[
                {"op": "replace", "path": "/restapiId", "value": state.api},
                {"op": "replace", "path": "/stage", "value": state.stage},
            ],
        )
