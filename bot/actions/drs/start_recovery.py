"""Launch recovery instances of servers that AWS Elastic Disaster Recovery replicates.

When to reach for it: servers outside any managed service, replicated block by block, have to run in the recovery
region; with `drill: true` they run beside the live ones.

What bites: the job counts as completed even when a server failed to launch, so each server is looked at. Launching
again replaces the former recovery instance. Drill instances cost until they are terminated. AWS has no token for this
call; the jobs seen before are remembered, and ours is the one that was not among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field, JsonValue

from bot.actions.answers import blocked, every, newest_first
from bot.actions.base import Call, Params, Results, action
from bot.actions.shapes import LISTED, Job, Thing, followed
from bot.language import told, told_n
from bot.model.action import Finding, Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_drs import DrsClient


class StartRecoveryParams(Params):
    """Which servers, for real or as a drill."""

    servers: tuple[str, ...] = Field(
        description="Source server ids.", min_length=1, max_length=200, examples=[["s-0123456789abcdef0"]]
    )
    drill: bool = Field(default=False, description="True launches drill instances beside the live ones.")


class StartRecoveryResults(Results):
    """What runs now."""

    job: str = Field(description="Id of the recovery job.")
    instances: list[str] = Field(description="Recovery instance ids.")


_SERVER = "s-0123456789abcdef0"


def _source(state: str = "CONTINUOUS") -> Call:
    lag = {"dataReplicationState": state, "lagDuration": "PT5S"}
    server = {"sourceServerID": _SERVER, "arn": f"arn:aws:drs:us-west-2:1:source-server/{_SERVER}"}
    return Call("drs", "describe_source_servers", {"items": [{**server, "dataReplicationInfo": lag}]})


def _jobs(*jobs: dict[str, Any]) -> Call:
    return Call("drs", "describe_jobs", {"items": list(jobs)})


def _job(status: str, launch: str) -> dict[str, Any]:
    server = {"sourceServerID": _SERVER, "launchStatus": launch, "recoveryInstanceID": "i-0123456789abcdef0"}
    return {"jobID": "drsjob-0123456789abcdef0", "type": "LAUNCH", "status": status, "participatingServers": [server],
            "creationDateTime": "2026-01-01T12:05:00Z"}  # fmt: skip


@action(
    "drs.start_recovery",
    risk=Risk.DATA_LOSS,
    costs=told("the launched servers"),
    idempotency=Idempotency.READ_BACK,
    permissions=("drs:DescribeSourceServers", "drs:DescribeJobs", "drs:StartRecovery"),
    irreversible=(
        told("Launched servers take writes of their own; to go back, reverse the replication, let it "
             "catch up, and recover into the old region. Drill instances are terminated by the drill's "
             "clean-up.")
    ),
    typical=timedelta(minutes=15),
    settle=LISTED,
    by_hand="aws drs describe-jobs --region {region}",
    rehearsal=followed(
        {"region": "us-west-2", "servers": [_SERVER]},
        source=(_source(),), known=(_jobs(),), send=(Call("drs", "start_recovery", {}),), by_token=False,
        way=(_jobs(_job("STARTED", "IN_PROGRESS")), _jobs(_job("COMPLETED", "LAUNCHED"))),
    ),
)  # fmt: skip
class StartRecovery(Job[StartRecoveryParams]):
    """Start one job for all servers and follow each of them."""

    Params = StartRecoveryParams
    Results = StartRecoveryResults
    ready = frozenset({"COMPLETED"})
    dead = frozenset({"FAILED"})
    mend = told("read the job's log in the DRS console")

    def called(self, params: StartRecoveryParams) -> str:
        what = params.servers[0] if len(params.servers) == 1 else told("{count} servers", count=len(params.servers))
        return told("the drill of {what}", what=what) if params.drill else told("the recovery of {what}", what=what)

    def source(self, aws: Reads, params: StartRecoveryParams) -> Look:
        drs: DrsClient = aws.reader("drs", params.region)
        found = every(drs, "describe_source_servers", "items", filters={"sourceServerIDs": list(params.servers)})
        known = {each.get("sourceServerID") for each in found}
        missing = [name for name in params.servers if name not in known]
        if missing:
            return blocked(
                told(
                    "{missing} is no source server in {region}; correct the ids.",
                    missing=", ".join(missing),
                    region=params.region,
                )
            )
        findings = [finding for each in found if (finding := _stale(each))]
        change = (
            told_n("{count} server is launched as a drill", "{count} servers are launched as a drill", len(found))
            if params.drill
            else told_n("{count} server is launched", "{count} servers are launched", len(found))
        )
        return Look(state="ready", findings=tuple(findings), change=change, targets=params.servers)

    def jobs(self, aws: Reads, params: StartRecoveryParams) -> list[Thing]:
        drs: DrsClient = aws.reader("drs", params.region)
        ours = {*params.servers}
        found = [
            job for job in every(drs, "describe_jobs", "items")
            if ours & {each.get("sourceServerID", "") for each in job.get("participatingServers", [])}
        ]  # fmt: skip
        return [_thing(job) for job in newest_first(found, "creationDateTime")]

    def execute(self, aws: Aws, params: StartRecoveryParams, token: str) -> None:
        drs: DrsClient = aws.writer("drs", params.region)
        servers = [{"sourceServerID": name} for name in params.servers]
        drs.start_recovery(isDrill=params.drill, sourceServers=servers)  # type: ignore[arg-type]  # built above


def _stale(server: Mapping[str, Any]) -> Finding | None:
    name, info = server.get("sourceServerID"), server.get("dataReplicationInfo", {})
    state = info.get("dataReplicationState", "unknown")
    if state == "CONTINUOUS":
        return None
    return Finding(
        text=told(
            "{name} is {state}, lag {lag_duration}: the newest writes are lost.",
            name=name,
            state=state,
            lag_duration=info.get("lagDuration", "UNKNOWN"),
        )
    )


def _thing(job: Mapping[str, Any]) -> Thing:
    """A job is as good as its worst server."""
    servers = job.get("participatingServers", [])
    states = [str(each.get("launchStatus", "PENDING")) for each in servers]
    failed = [str(each.get("sourceServerID")) for each in servers if each.get("launchStatus") == "FAILED"]
    over = job.get("status") == "COMPLETED"
    instances: list[JsonValue] = [each.get("recoveryInstanceID", "") for each in servers]
    state = "FAILED" if failed else "COMPLETED" if over and set(states) <= {"LAUNCHED"} else "STARTED"
    launched = told("{count} of {count_2} launched", count=states.count("LAUNCHED"), count_2=len(states))
    return Thing(
        state=state,
        id=str(job.get("jobID", "")),
        note=told("{failed} failed to launch", failed=", ".join(failed)) if failed else launched,
        results={"job": str(job.get("jobID", "")), "instances": instances},
    )
