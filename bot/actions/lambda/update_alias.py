"""Point a Lambda alias at another version.

When to reach for it: callers use the alias, and the recovery region should run a certain version, or go back to one.

What bites: a weighted alias loses its second version. Provisioned concurrency belongs to a version, so the new one
may start cold. Rolling back points at the former version.
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
    from mypy_boto3_lambda import LambdaClient


class UpdateAliasParams(Params):
    """Which alias, to which version."""

    function: str = Field(description="Function name.", examples=["orders-consumer"])
    alias: str = Field(description="Alias name.", examples=["live"])
    version: str = Field(description="Version number.", pattern=r"^(\d+|\$LATEST)$")


class UpdateAliasResults(Results):
    """Where it points."""

    version: str = Field(description="Version of the alias.")


class Version(Frozen):
    """What an alias runs."""

    version: str
    extra: dict[str, float] = {}

    def __str__(self) -> str:
        more = "".join(f", {share:.0%} version {version}" for version, share in self.extra.items())
        return told("version {version}{more}", version=self.version, more=more)


def _alias(version: str) -> Call:
    return Call("lambda", "get_alias", {"Name": "live", "FunctionVersion": version, "RevisionId": "r1"})


_PUT = Call("lambda", "update_alias", {})


@action(
    "lambda.update_alias",
    risk=Risk.DISRUPTIVE,
    permissions=("lambda:GetAlias", "lambda:UpdateAlias"),
    by_hand="aws lambda get-alias --region {region} --function-name {function} --name {alias}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "function": "orders-consumer", "alias": "live", "version": "7"},
        was=_alias("6"), put=_PUT, now=_alias("7"), back=_PUT,
    ),
)  # fmt: skip
class UpdateAlias(Setting[UpdateAliasParams, Version]):
    """Point it, against the revision that was seen."""

    Params = UpdateAliasParams
    Results = UpdateAliasResults
    State = Version

    def look(self, aws: Reads, params: UpdateAliasParams) -> Seen[Version]:
        client: LambdaClient = aws.reader("lambda", params.region)
        name = f"{params.function}:{params.alias}"
        try:
            found = client.get_alias(FunctionName=params.function, Name=params.alias)
        except client.exceptions.ResourceNotFoundException:
            raise StepBroke(
                told("Alias {name} is not in {region}; correct the name.", name=name, region=params.region)
            ) from None
        extra = dict(found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}))
        state = Version(version=found["FunctionVersion"], extra=extra)
        return Seen(name=name, state=state, results={"version": state.version}, whole=found.get("RevisionId", ""))

    def wanted(self, params: UpdateAliasParams, now: Version) -> Version:
        return Version(version=params.version)

    def put(self, aws: Aws, params: UpdateAliasParams, seen: Seen[Version], state: Version, token: str) -> None:
        client: LambdaClient = aws.writer("lambda", params.region)
        client.update_alias(
            FunctionName=params.function,
            Name=params.alias,
            FunctionVersion=state.version,
            RoutingConfig={"AdditionalVersionWeights": state.extra},
            RevisionId=str(seen.whole),
        )
