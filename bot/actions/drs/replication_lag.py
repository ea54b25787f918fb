"""Measure how far the servers replicated by AWS Elastic Disaster Recovery are behind.

When to reach for it: before recovery instances are launched; the worst server's lag is the data loss.

What bites: a server that is stalled or disconnected has no lag to speak of, and counts as unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field, TypeAdapter

from bot.actions.answers import every
from bot.actions.assessing import Freshness, fresh, looked
from bot.actions.base import Call, Check, Params, action
from bot.language import told
from bot.model.action import Before, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_drs import DrsClient


class ReplicationLagParams(Params):
    """Which servers."""

    servers: tuple[str, ...] = Field(description="Source server ids.", min_length=1, max_length=200)


_DURATION = TypeAdapter(timedelta)
_SERVER = {
    "sourceServerID": "s-0123456789abcdef0",
    "dataReplicationInfo": {"dataReplicationState": "CONTINUOUS", "lagDuration": "PT5S"},
}
_LOOK = Call("drs", "describe_source_servers", {"items": [_SERVER]})


@action(
    "drs.replication_lag",
    risk=Risk.READ,
    measures="lag_seconds",
    permissions=("drs:DescribeSourceServers",),
    rehearsal=looked({"servers": ["s-0123456789abcdef0"]}, _LOOK),
)
class ReplicationLag(Check[ReplicationLagParams]):
    """The worst server's lag."""

    Params = ReplicationLagParams
    Results = Freshness

    def verify(self, aws: Reads, params: ReplicationLagParams, before: Before) -> Settled:
        drs: DrsClient = aws.reader("drs", params.region)
        found = every(drs, "describe_source_servers", "items", filters={"sourceServerIDs": list(params.servers)})
        missing = {*params.servers} - {each.get("sourceServerID") for each in found}
        if missing:
            raise StepBroke(
                told(
                    "{missing} is no source server in {region}; correct the ids.",
                    missing=", ".join(sorted(missing)),
                    region=params.region,
                )
            )
        infos = {each["sourceServerID"]: each.get("dataReplicationInfo", {}) for each in found}
        stuck = {name: info.get("dataReplicationState") for name, info in infos.items() if _lag(info) is None}
        if stuck:
            said = [told("{name} is {state}", name=name, state=state) for name, state in sorted(stuck.items())]
            raise StepBroke(told("lag unknown: {said}; decide as if the loss were larger than the RPO.", said=said))
        worst, lag = max(((name, _lag(info) or timedelta(0)) for name, info in infos.items()), key=lambda pair: pair[1])
        return fresh(worst, aws.now() - lag, aws.now(), told("DRS lagDuration, the worst server"))


def _lag(info: Mapping[str, Any]) -> timedelta | None:
    """The lag; nothing while replication does not run. DRS writes ISO 8601: `PT5S`."""
    if info.get("dataReplicationState") not in ("CONTINUOUS", "BACKLOG"):
        return None
    said = info.get("lagDuration")
    return timedelta(0) if said is None else _DURATION.validate_python(said)
