"""Where traffic goes: routing controls, zonal shifts, Region switch plans, accelerators, access-point routes, canaries.

moto knows none of these. What is asked for exists, in its first position: east on, west off; dials at their
defaults. A canary passes while its region is served by nobody's outage.
"""

from __future__ import annotations

from typing import Any

from bot.local.cloud.errors import AwsError
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.services.jobs import ENDS, Row, an_id, is_broken, newest, passing, rows
from bot.local.cloud.wire import Call

DEPLOY_SECONDS = 3.0


# --- Application Recovery Controller: routing controls ----------------------------------------------------------------


@operation("route53-recovery-cluster", "GetRoutingControlState")
def get_routing_control_state(call: Call) -> Answer:
    arn = call.params["RoutingControlArn"]
    return {"RoutingControlArn": arn, "RoutingControlState": control(call, arn)["state"]}


@operation("route53-recovery-cluster", "UpdateRoutingControlStates")
def update_routing_control_states(call: Call) -> Answer:
    """One safety rule: not everything off. The same state at every endpoint, as in a real cluster."""
    entries = call.params["UpdateRoutingControlStateEntries"]
    wanted = {each["RoutingControlArn"]: each["RoutingControlState"] for each in entries}
    after = {arn: row["state"] for arn, row in rows(call, "control", everywhere=True).items()} | wanted
    if "On" not in after.values() and not call.params.get("SafetyRulesToOverride"):
        raise AwsError("ConflictException", "Safety rule: at least one routing control must be On.", status=409)
    for arn, state in wanted.items():
        control(call, arn)["state"] = state
    return {}


def control(call: Call, arn: str) -> Row:
    if "missing" in arn:
        raise AwsError("ResourceNotFoundException", f"{arn} not found.", status=404)
    return rows(call, "control", everywhere=True).setdefault(arn, {"state": "On" if "east" in arn else "Off"})


# --- zonal shift ------------------------------------------------------------------------------------------------------


@operation("arc-zonal-shift", "GetManagedResource")
def get_managed_resource(call: Call) -> Answer:
    """Load balancers are registered; everything else is not."""
    arn = call.params["resourceIdentifier"]
    if ":loadbalancer/" not in arn:
        raise AwsError("ResourceNotFoundException", f"{arn} is not registered.", status=404)
    zones = [f"{zone_prefix(call.region)}-az{number}" for number in (1, 2, 3)]
    return {"arn": arn, "appliedWeights": dict.fromkeys(zones, 1.0), "zonalShifts": []}


@operation("arc-zonal-shift", "StartZonalShift")
def start_zonal_shift(call: Call) -> Answer:
    arn = call.params["resourceIdentifier"]
    if any(row["status"] == "ACTIVE" and row["resourceIdentifier"] == arn for row in rows(call, "shift").values()):
        raise AwsError("ConflictException", "ZonalShiftAlreadyExists", status=409)
    shift: Row = {
        "zonalShiftId": an_id(),
        "status": "ACTIVE",
        "startTime": call.world.now(),
        "expiryTime": call.world.now(),
    }
    row = shift | {key: call.params[key] for key in ("resourceIdentifier", "awayFrom", "comment")}
    minutes = float(call.params["expiresIn"].rstrip("mh")) * (60 if call.params["expiresIn"].endswith("h") else 1)
    rows(call, "shift")[row["zonalShiftId"]] = passing(call, row, (minutes * 60, {"status": "EXPIRED"}))
    return row


@operation("arc-zonal-shift", "CancelZonalShift")
def cancel_zonal_shift(call: Call) -> Answer:
    row = rows(call, "shift").get(call.params["zonalShiftId"])
    if row is None:
        raise AwsError("ResourceNotFoundException", "No such zonal shift.", status=404)
    row["status"] = "CANCELED"
    return row


@operation("arc-zonal-shift", "ListZonalShifts")
def list_zonal_shifts(call: Call) -> Answer:
    status, arn = call.params.get("status"), call.params.get("resourceIdentifier")
    found = rows(call, "shift").values()
    return {
        "items": [row for row in found if status in (None, row["status"]) and arn in (None, row["resourceIdentifier"])]
    }


def zone_prefix(region: str) -> str:
    where, side, number = region.split("-")
    return f"{where}{side[0]}{number}"


# --- Region switch ----------------------------------------------------------------------------------------------------


@operation("arc-region-switch", "GetPlanEvaluationStatus")
def get_plan_evaluation_status(call: Call) -> Answer:
    arn = call.params["planArn"]
    if "missing" in arn:
        raise AwsError("ResourceNotFoundException", f"{arn} not found.", status=404)
    return {"planArn": arn, "evaluationState": "passed", "region": call.region, "warnings": []}


@operation("arc-region-switch", "StartPlanExecution")
def start_plan_execution(call: Call) -> Answer:
    wanted, execution = call.params, f"{call.region}/{an_id()}"
    if any(row["executionState"] == "inProgress" for row in rows(call, "plan").values()):
        raise AwsError("ConflictException", "The plan has an execution in progress.", status=409)
    row = {
        "planArn": wanted["planArn"],
        "executionId": execution,
        "startTime": call.world.now(),
        "mode": wanted.get("mode", "graceful"),
        "executionState": "inProgress",
        "executionAction": wanted["action"],
        "executionRegion": wanted["targetRegion"],
    }
    end = {"executionState": "failed" if is_broken(wanted["planArn"]) else "completed", "actualRecoveryTime": "PT6S"}
    rows(call, "plan")[execution] = passing(call, row, (ENDS, end))
    return {"executionId": execution, "plan": wanted["planArn"]}


@operation("arc-region-switch", "ListPlanExecutions")
def list_plan_executions(call: Call) -> Answer:
    return {"items": newest(row for row in rows(call, "plan").values() if row["planArn"] == call.params["planArn"])}


# --- Global Accelerator -----------------------------------------------------------------------------------------------


@operation("globalaccelerator", "DescribeEndpointGroup")
def describe_endpoint_group(call: Call) -> Answer:
    return {"EndpointGroup": group(call)}


@operation("globalaccelerator", "UpdateEndpointGroup")
def update_endpoint_group(call: Call) -> Answer:
    """The accelerator is IN_PROGRESS for a while after every change."""
    found = group(call)
    found["TrafficDialPercentage"] = call.params.get("TrafficDialPercentage", found["TrafficDialPercentage"])
    status = accelerator(call, call.params["EndpointGroupArn"].partition("/listener/")[0])
    passing(call, status, (0, {"Status": "IN_PROGRESS"}), (DEPLOY_SECONDS, {"Status": "DEPLOYED"}))
    return {"EndpointGroup": found}


@operation("globalaccelerator", "DescribeAccelerator")
def describe_accelerator(call: Call) -> Answer:
    return {"Accelerator": accelerator(call, call.params["AcceleratorArn"])}


def accelerator(call: Call, arn: str) -> Row:
    return rows(call, "accelerator", everywhere=True).setdefault(arn, {"AcceleratorArn": arn, "Status": "DEPLOYED"})


def group(call: Call) -> Row:
    arn = call.params["EndpointGroupArn"]
    if "missing" in arn:
        raise AwsError("EndpointGroupNotFoundException", f"{arn} not found.")
    first: Row = {
        "EndpointGroupArn": arn,
        "EndpointGroupRegion": call.region,
        "TrafficDialPercentage": 0.0,
        "EndpointDescriptions": [{"EndpointId": "arn:lb", "Weight": 128, "HealthState": "HEALTHY"}],
    }
    return rows(call, "group", everywhere=True).setdefault(arn, first)


# --- S3 Multi-Region Access Points ------------------------------------------------------------------------------------


@operation("s3control", "GetMultiRegionAccessPointRoutes")
def get_multi_region_access_point_routes(call: Call) -> Answer:
    return {"Mrap": call.params["Mrap"], "Routes": list(routes(call).values())}


@operation("s3control", "SubmitMultiRegionAccessPointRoutes")
def submit_multi_region_access_point_routes(call: Call) -> Answer:
    found = routes(call)
    wanted = {each["Region"]: int(each["TrafficDialPercentage"]) for each in call.params["RouteUpdates"]}
    if not any(({region: row["TrafficDialPercentage"] for region, row in found.items()} | wanted).values()):
        raise AwsError("InvalidRequest", "At least one region must be active.")
    for region, dial in wanted.items():
        found[region]["TrafficDialPercentage"] = dial
    return {}


def routes(call: Call) -> dict[str, Any]:
    """Two regions, of which the east serves."""
    found = rows(call, f"mrap {call.params['Mrap']}", everywhere=True)
    for region, dial in (("us-east-1", 100), ("us-west-2", 0)):
        found.setdefault(region, {"Bucket": f"orders-{region}", "Region": region, "TrafficDialPercentage": dial})
    return found


# --- canaries ---------------------------------------------------------------------------------------------------------


@operation("synthetics", "GetCanaryRuns")
def get_canary_runs(call: Call) -> Answer:
    name, now = call.params["Name"], call.world.now()
    if "missing" in name:
        raise AwsError("ResourceNotFoundException", f"Canary {name} not found.", status=404)
    failed = is_broken(name)
    status = {"State": "FAILED" if failed else "PASSED", "StateReason": "no button" if failed else ""}
    return {"CanaryRuns": [{"Name": name, "Status": status, "Timeline": {"Started": now, "Completed": now}}]}
