"""CloudFormation: stacks take their time, and a change set of other parameters really changes what hangs on them.

moto makes and updates the resources. It is done at once there, and knows change sets of templates only. Sources: the
API reference of CreateStack, CreateChangeSet (a parameter that is not named takes the template's default; with
UsePreviousValue it stays) and ExecuteChangeSet.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.local.cloud.errors import AwsError
from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.services import autoscaling
from bot.local.cloud.services.jobs import ENDS
from bot.local.cloud.wire import Call, Reply
from bot.local.cloud.world import World


def find_stack(region: str, name: str) -> Any | None:
    """The stack that stands under that name or id, or None."""
    known = backend("cloudformation", region).stacks.values()
    return next((each for each in known if name in (each.name, each.stack_id)), None)


def parameter(stack: Any, name: str) -> str:
    """What the stack was made or last changed with; empty for a parameter that it has not."""
    return str(stack.resource_map.resolved_parameters.get(name, ""))


@operation("cloudformation", "CreateStack")
def create_stack(call: Call) -> Reply:
    """The resources are there at once and the stack says so later; its instances boot as everywhere."""
    answer = call.moto()
    stack = find_stack(call.region, call.params["StackName"]) if answer.ok else None
    if stack is not None:
        stack.status = "CREATE_IN_PROGRESS"
        boot(call.world, stack)
        call.world.later(ENDS, lambda _: setattr(stack, "status", "CREATE_COMPLETE"))
    return answer


@operation("cloudformation", "CreateChangeSet")
def create_change_set(call: Call) -> Answer | Reply:
    """moto's, but for one of the stack's own template: its changes are what reads a parameter that becomes another."""
    stack = find_stack(call.region, call.params["StackName"])
    if not call.params.get("UsePreviousTemplate") or stack is None:
        return call.moto()
    now, wanted = stack.resource_map.resolved_parameters, wanted_parameters(stack, call.params.get("Parameters", []))
    name, formation = call.params["ChangeSetName"], backend("cloudformation", call.region)
    identity, stack_id = formation.create_change_set(
        stack_name=stack.name, change_set_name=name, template=stack.template, parameters=wanted, description="",
        change_set_type="UPDATE",
    )  # fmt: skip
    made = formation.change_sets[identity]
    changed = {key for key, value in wanted.items() if str(now.get(key)) != value}
    made.changes = [Modified(key, body) for key, body in resources(stack) if reads(body, changed)]
    if not made.changes:
        made.status, made.execution_status = "FAILED", "UNAVAILABLE"
        made.status_reason = "The submitted information didn't contain changes."
    return {"Id": identity, "StackId": stack_id}


@operation("cloudformation", "ExecuteChangeSet")
def execute_change_set(call: Call) -> Answer:
    """The stack is updated when the time is over, and its other change sets are void from then on."""
    formation = backend("cloudformation", call.region)
    wanted = call.params["ChangeSetName"]
    found = [each for key, each in formation.change_sets.items() if wanted in (key, each.change_set_name)]
    if not found or found[-1].execution_status != "AVAILABLE":
        raise AwsError("InvalidChangeSetStatus", f"ChangeSet [{wanted}] cannot be executed in its current status.")
    change_set = found[-1]
    change_set.execution_status, stack = "EXECUTE_IN_PROGRESS", change_set.stack
    stack.status = f"{change_set.change_set_type}_IN_PROGRESS"

    def carried_out(_: datetime) -> None:
        formation.execute_change_set(change_set_name=change_set.change_set_id)
        stack.parameters = change_set.parameters
        stack._parse_template()
        stack.output_map = stack._create_output_map()
        boot(call.world, stack)

    call.world.later(ENDS, carried_out)
    return {}


class Modified:
    """One change, as moto's serializer reads it."""

    def __init__(self, name: str, body: Mapping[str, Any]) -> None:
        self.action, self.logical_resource_id, self.resource_type = "Modify", name, body["Type"]


def wanted_parameters(stack: Any, given: list[dict[str, Any]]) -> dict[str, str]:
    """Every parameter of the template with its value. Raises ValidationError for one that has none."""
    said = {each["ParameterKey"]: each for each in given}
    found: dict[str, str] = {}
    for name, declared in stack.template_dict.get("Parameters", {}).items():
        if said.get(name, {}).get("UsePreviousValue"):
            found[name] = parameter(stack, name)
        elif name in said or "Default" in declared:
            found[name] = str(said.get(name, {}).get("ParameterValue", declared.get("Default", "")))
        else:
            raise AwsError("ValidationError", f"Parameters: [{name}] must have values")
    return found


def resources(stack: Any) -> list[tuple[str, dict[str, Any]]]:
    return list(stack.template_dict["Resources"].items())


def reads(body: dict[str, Any], names: set[str]) -> bool:
    text = json.dumps(body)
    return any(f'"Ref": "{name}"' in text or f"${{{name}}}" in text for name in names)


def boot(world: World, stack: Any) -> None:
    """Groups that came with the stack launch what they should have."""
    for _, body in resources(stack):
        if body["Type"] == "AWS::AutoScaling::AutoScalingGroup":
            name = body["Properties"].get("AutoScalingGroupName")
            group = backend("autoscaling", stack.region_name).autoscaling_groups.get(name)
            if group is not None:
                autoscaling.boot(world, group, world.now())
