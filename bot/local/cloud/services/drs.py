"""Elastic Disaster Recovery: source servers, launch jobs that take their time, and recovery plans.

A source server comes to be with CreateExtendedSourceServer, since agents cannot register here. Sources: the API
reference; a job is COMPLETED even when a server failed, and a server takes part in one job at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.local.cloud.errors import AwsError
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.wire import Call
from bot.local.cloud.world import ACCOUNT

LAUNCH_SECONDS = 6.0
PLAN_SECONDS = 8.0


@dataclass
class Recovery:
    """What exists, by region and id."""

    servers: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    jobs: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    plans: dict[str, dict[str, Any]] = field(default_factory=dict)
    executions: dict[str, dict[str, Any]] = field(default_factory=dict)


@operation("drs", "CreateExtendedSourceServer")
def create_extended_source_server(call: Call) -> Answer:
    shelf = call.world.shelf(Recovery)
    name = f"s-{len(shelf.servers) + 1:017x}"
    lag = {"dataReplicationState": "CONTINUOUS", "lagDuration": "PT5S"}
    server = {"sourceServerID": name, "arn": arn(call, f"source-server/{name}"), "dataReplicationInfo": lag}
    shelf.servers[call.region, name] = server
    return {"sourceServer": server}


@operation("drs", "DescribeSourceServers")
def describe_source_servers(call: Call) -> Answer:
    wanted = (call.params.get("filters") or {}).get("sourceServerIDs")
    found = [server for (region, _), server in call.world.shelf(Recovery).servers.items() if region == call.region]
    return {"items": [server for server in found if not wanted or server["sourceServerID"] in wanted]}


@operation("drs", "StartRecovery")
def start_recovery(call: Call) -> Answer:
    """One job for all servers; refused while another job holds one of them."""
    shelf = call.world.shelf(Recovery)
    names = [each["sourceServerID"] for each in call.params["sourceServers"]]
    for name in names:
        if (call.region, name) not in shelf.servers:
            raise AwsError("ResourceNotFoundException", f"Source server {name} not found.", status=404)
        if any(holds(job, name) for (region, _), job in shelf.jobs.items() if region == call.region):
            raise AwsError("ConflictException", f"Source server {name} is being processed by another job.", status=409)
    job_id = f"drsjob-{len(shelf.jobs) + 1:017x}"
    job = {
        "jobID": job_id,
        "arn": arn(call, f"job/{job_id}"),
        "type": "LAUNCH",
        "initiatedBy": "START_DRILL" if call.params.get("isDrill") else "START_RECOVERY",
        "creationDateTime": call.world.now().isoformat(),
        "status": "STARTED",
        "participatingServers": [{"sourceServerID": name, "launchStatus": "IN_PROGRESS"} for name in names],
    }
    shelf.jobs[call.region, job_id] = job
    call.world.later(LAUNCH_SECONDS, lambda at: launched(job, at))
    return {"job": job}


@operation("drs", "DescribeJobs")
def describe_jobs(call: Call) -> Answer:
    wanted = (call.params.get("filters") or {}).get("jobIDs")
    found = [job for (region, _), job in call.world.shelf(Recovery).jobs.items() if region == call.region]
    return {"items": [job for job in found if not wanted or job["jobID"] in wanted]}


@operation("drs", "CreateRecoveryPlan")
def create_recovery_plan(call: Call) -> Answer:
    shelf = call.world.shelf(Recovery)
    name = arn(call, f"recovery-plan/rp-{len(shelf.plans) + 1:017x}")
    at = call.world.now().isoformat()
    shelf.plans[name] = {
        "recoveryPlanArn": name, "name": call.params["name"], "status": "ACTIVE", "createdAt": at, "updatedAt": at
    }  # fmt: skip
    return {"recoveryPlan": shelf.plans[name]}


@operation("drs", "GetRecoveryPlan")
def get_recovery_plan(call: Call) -> Answer:
    return {"recoveryPlan": existing_plan(call)}


@operation("drs", "StartRecoveryPlanExecution")
def start_recovery_plan_execution(call: Call) -> Answer:
    """One execution of a plan at a time."""
    shelf, plan = call.world.shelf(Recovery), existing_plan(call)
    ours = [each for each in shelf.executions.values() if each["recoveryPlanArn"] == plan["recoveryPlanArn"]]
    if any(each["status"] == "IN_PROGRESS" for each in ours):
        raise AwsError("ConflictException", "The plan has an execution in progress.", status=409)
    name = arn(call, f"recovery-plan-execution/rpe-{len(shelf.executions) + 1:017x}")
    execution = {
        "recoveryPlanExecutionArn": name, "recoveryPlanArn": plan["recoveryPlanArn"], "mode": call.params["mode"],
        "status": "IN_PROGRESS", "startedAt": call.world.now().isoformat(),
    }  # fmt: skip
    shelf.executions[name] = execution
    call.world.later(PLAN_SECONDS, lambda at: execution.update(status="COMPLETED", completedAt=at.isoformat()))
    return {"recoveryPlanExecution": execution}


@operation("drs", "ListRecoveryPlanExecutions")
def list_recovery_plan_executions(call: Call) -> Answer:
    wanted = call.params.get("recoveryPlanArn")
    found = call.world.shelf(Recovery).executions.values()
    return {"recoveryPlanExecutions": [each for each in found if wanted in (None, each["recoveryPlanArn"])]}


def existing_plan(call: Call) -> dict[str, Any]:
    plan = call.world.shelf(Recovery).plans.get(call.params["recoveryPlanArn"])
    if plan is None:
        raise AwsError("ResourceNotFoundException", "Recovery plan not found.", status=404)
    return plan


def holds(job: dict[str, Any], server: str) -> bool:
    return job["status"] != "COMPLETED" and any(
        each["sourceServerID"] == server for each in job["participatingServers"]
    )


def launched(job: dict[str, Any], at: datetime) -> None:
    job |= {"status": "COMPLETED", "endDateTime": at.isoformat()}
    for number, server in enumerate(job["participatingServers"]):
        server |= {"launchStatus": "LAUNCHED", "recoveryInstanceID": f"i-{job['jobID'][-8:]}{number:09x}"}


def arn(call: Call, resource: str) -> str:
    return f"arn:aws:drs:{call.region}:{ACCOUNT}:{resource}"
