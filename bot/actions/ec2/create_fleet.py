"""Launch EC2 instances at once from a launch template, as an instant fleet.

When to reach for it: capacity without an Auto Scaling group, or a quick answer whether there is any: an instant fleet
says at once what it could not get.

What bites: image, key and security groups of the template must exist in the recovery region. Nothing replaces an
instance that dies. Instances carry the name, by which they are counted and, on undo, terminated.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field, JsonValue

from bot.actions.answers import every, refusal
from bot.actions.base import Call, Params, Results, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told, told_n
from bot.model.action import Finding, Idempotency, Risk
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


class CreateFleetParams(Params):
    """How many of what, under which name."""

    name: str = Field(description="Name tag of the instances.", examples=["orders-dr-worker"])
    template: str = Field(description="Launch template name.", examples=["orders-worker"])
    count: int = Field(description="Instances to run under that name.", ge=1)
    instance_types: tuple[str, ...] = Field(default=(), description="Types to choose from; the template's when empty.")
    spot: bool = Field(default=False, description="Whether Spot is asked for instead of On-Demand.")


class CreateFleetResults(Results):
    """What runs."""

    instances: list[str] = Field(description="Instance ids.")


class Crew(Frozen):
    """Instances that run or boot under the name."""

    count: int

    def __str__(self) -> str:
        return told_n("{count} instance", "{count} instances", self.count)


def _found(*states: str) -> Call:
    found: list[dict[str, Any]] = [
        {"InstanceId": f"i-{index}", "State": {"Name": state}, "LaunchTime": "2026-01-01T00:00:00Z"}
        for index, state in enumerate(states)
    ]
    return Call("ec2", "describe_instances", {"Reservations": [{"Instances": found}]})


@action(
    "ec2.create_fleet",
    risk=Risk.REVERSIBLE,
    costs=told("the instances"),
    idempotency=Idempotency.TOKEN,
    implied=("ec2:CreateTags", "ec2:RunInstances", "iam:PassRole"),
    permissions=(
        "ec2:DescribeInstances",
        "ec2:DescribeLaunchTemplates",
        "ec2:CreateFleet",
        "ec2:TerminateInstances",
    ),
    typical=timedelta(minutes=2),
    settle=timedelta(seconds=15),
    by_hand="aws ec2 describe-instances --region {region} --filters Name=tag:Name,Values={name}",
    taken_back=told("Terminate the instances that carry its name."),
    rehearsal=rehearsed(
        {"region": "us-west-2", "name": "orders-dr-worker", "template": "orders-worker", "count": 2},
        was=_found(), asked=Call("ec2", "describe_launch_templates", {}),
        put=Call("ec2", "create_fleet", {"Instances": [{"InstanceIds": ["i-0", "i-1"]}]}),
        moving=_found("pending", "running"), now=_found("running", "running"),
        back=Call("ec2", "terminate_instances", {}),
    ),
)  # fmt: skip
class CreateFleet(Setting[CreateFleetParams, Crew]):
    """Launch what is missing; terminate what was added."""

    Params = CreateFleetParams
    Results = CreateFleetResults
    State = Crew

    def look(self, aws: Reads, params: CreateFleetParams) -> Seen[Crew]:
        ec2: EC2Client = aws.reader("ec2", params.region)
        filters = [
            {"Name": "tag:Name", "Values": [params.name]},
            {"Name": "instance-state-name", "Values": ["pending", "running"]},
        ]
        found = every(ec2, "describe_instances", "Reservations", Filters=filters)
        crew = [each for reservation in found for each in reservation.get("Instances", [])]
        crew.sort(key=lambda each: (str(each.get("LaunchTime", "")), each.get("InstanceId", "")))
        ids: list[JsonValue] = [each.get("InstanceId", "") for each in crew]
        booting = sum(each.get("State", {}).get("Name") == "pending" for each in crew)
        return Seen(
            name=params.name,
            state=Crew(count=len(crew)),
            moving=told("booting {booting}", booting=booting) if booting else "",
            results={"instances": ids},
            whole=ids,
        )

    def findings(self, aws: Reads, params: CreateFleetParams, seen: Seen[Crew]) -> list[Finding]:
        ec2: EC2Client = aws.reader("ec2", params.region)
        try:
            ec2.describe_launch_templates(LaunchTemplateNames=[params.template])
        except refusal("InvalidLaunchTemplateName*"):
            return [
                Finding(
                    text=told(
                        "Launch template {template} is not in {region}; make it.",
                        template=params.template,
                        region=params.region,
                    ),
                    blocking=True,
                )
            ]
        return []

    def wanted(self, params: CreateFleetParams, now: Crew) -> Crew:
        return Crew(count=max(now.count, params.count))

    def put(self, aws: Aws, params: CreateFleetParams, seen: Seen[Crew], state: Crew, token: str) -> None:
        ec2: EC2Client = aws.writer("ec2", params.region)
        if state.count < seen.state.count:
            ec2.terminate_instances(InstanceIds=seen.whole[state.count :])
            return
        # What is missing after a launch in part is another request, and EC2 refuses another one under an old token.
        own = f"{token}-{seen.state.count}"
        answer = ec2.create_fleet(**_request(params, state.count - seen.state.count), ClientToken=own)
        got = [each for launched in answer.get("Instances", []) for each in launched.get("InstanceIds", [])]
        errors = [str(each.get("ErrorMessage", each.get("ErrorCode", ""))) for each in answer.get("Errors", [])]
        if errors and not got:
            raise StepBroke(
                told(
                    "EC2 launched nothing for {name}: {errors}; try other types or zones.",
                    name=params.name,
                    errors=errors[0],
                )
            )


def _request(params: CreateFleetParams, count: int) -> dict[str, Any]:
    template = {"LaunchTemplateName": params.template, "Version": "$Default"}
    types = [{"InstanceType": name} for name in params.instance_types]
    return {
        "Type": "instant",
        "LaunchTemplateConfigs": [{"LaunchTemplateSpecification": template, **({"Overrides": types} if types else {})}],
        "TargetCapacitySpecification": {
            "TotalTargetCapacity": count,
            "DefaultTargetCapacityType": "spot" if params.spot else "on-demand",
        },
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": params.name}]}],
    }
