"""What stands on the second page of a list counts like what stands on the first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.actions.backup.recovery_points import RecoveryPoints, RecoveryPointsParams
from bot.actions.backup.start_restore import StartRestore, StartRestoreParams
from bot.actions.base import Call
from bot.actions.cloudformation.create_change_set import CreateChangeSet, CreateChangeSetParams
from bot.actions.cloudformation.stack_set_instances import StackSetInstances, StackSetInstancesParams
from bot.actions.cloudwatch.set_alarm_actions import SetAlarmActions, SetAlarmActionsParams
from bot.actions.ec2.revoke_ingress import RevokeIngress, RevokeIngressParams
from bot.actions.fis.start_experiment import StartExperiment, StartExperimentParams
from bot.actions.fis.stop_experiment import StopExperiment, StopExperimentParams
from bot.actions.fsx.create_from_backup import CreateFromBackup, CreateFromBackupParams
from bot.actions.s3.batch_restore import BatchRestore, BatchRestoreParams
from bot.actions.ssm.run_command import RunCommand, RunCommandParams
from bot.actions.ssm.start_automation import StartAutomation, StartAutomationParams
from bot.model.action import Settled
from bot.model.errors import AlreadyThere
from tests.actions.scripted import NOON, play


def pages(service: str, operation: str, *replies: dict[str, Any]) -> list[Call]:
    """One listing in as many pages as there are replies."""
    *some, last = replies
    more = [Call(service, operation, {**each, "NextToken": f"page-{number}"}) for number, each in enumerate(some)]
    return [*more, Call(service, operation, last)]


def test_the_newest_recovery_point_may_stand_on_the_second_page() -> None:
    """AWS Backup promises no order, and an old point as the newest would tell a loss that is not true."""

    def page(name: str, age: timedelta) -> dict[str, Any]:
        return {"RecoveryPoints": [{"RecoveryPointArn": name, "Status": "COMPLETED", "CreationDate": NOON - age}]}

    listed = pages(
        "backup",
        "list_recovery_points_by_resource",
        page("old", timedelta(days=1)),
        page("new", timedelta(minutes=5)),
    )

    seen = RecoveryPoints().verify(play(listed), RecoveryPointsParams(region="us-west-2", resource="arn:r"), {})

    assert seen.results["recovery_point"] == "new"


def test_our_restore_is_found_behind_a_page_of_others_and_in_any_order() -> None:
    """The account's restore jobs are one list; drills fill pages of it."""

    def page(name: str, day: int) -> dict[str, Any]:
        made = NOON + timedelta(days=day)
        return {"RestoreJobs": [{"RestoreJobId": name, "RecoveryPointArn": "arn:p", "CreationDate": made}]}

    params = StartRestoreParams(region="us-west-2", vault="dr", recovery_point="arn:p", role="arn:r")
    listed = pages("backup", "list_restore_jobs", page("first", 0), page("newest", 2), page("second", 1))

    assert [job.id for job in StartRestore().jobs(play(listed), params)] == ["newest", "second", "first"]


def test_a_replacement_on_the_second_page_is_shown_to_the_approver() -> None:
    """A change set of many resources comes in parts."""

    def page(name: str, replaced: str) -> dict[str, Any]:
        change = {"Action": "Modify", "ResourceType": "AWS::RDS::DBInstance", "LogicalResourceId": name}
        changes = [{"Type": "Resource", "ResourceChange": {**change, "Replacement": replaced}}]
        return {"Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", "Changes": changes}

    listed = pages("cloudformation", "describe_change_set", page("Api", "False"), page("Database", "True"))

    params = CreateChangeSetParams(region="us-west-2", stack="orders-dr", name="failover")
    seen = CreateChangeSet().verify(play(listed), params, {})

    assert isinstance(seen, Settled)
    assert (seen.results["count"], seen.results["replaced"]) == (2, 1)


def test_stack_instances_of_more_than_a_page_are_all_there() -> None:
    """A stack set lists a hundred at a time; what is not seen would be made again."""

    def page(region: str) -> dict[str, Any]:
        status = {"DetailedStatus": "SUCCEEDED"}
        return {"Summaries": [{"Account": "111122223333", "Region": region, "StackInstanceStatus": status}]}

    listed = pages("cloudformation", "list_stack_instances", page("us-east-2"), page("us-west-2"))

    params = StackSetInstancesParams(
        region="us-east-1", stack_set="dr", accounts=("111122223333",), regions=("us-east-2", "us-west-2")
    )

    assert isinstance(StackSetInstances().verify(play(listed), params, {}), Settled)


def test_an_open_rule_on_the_second_page_is_open() -> None:
    """A fence that was looked for on one page only would be called closed."""
    rule = {"IsEgress": False, "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIpv4": "10.0.0.0/16"}
    listed = pages("ec2", "describe_security_group_rules", {"SecurityGroupRules": []}, {"SecurityGroupRules": [rule]})

    seen = RevokeIngress().look(
        play(listed), RevokeIngressParams(region="us-west-2", group="sg-1", port=5432, source="10.0.0.0/16")
    )

    assert seen.state.on


@pytest.mark.parametrize("kind", ["MetricAlarms", "CompositeAlarms"])
def test_alarms_behind_the_first_fifty_are_known(kind: str) -> None:
    """CloudWatch answers with fifty alarms when a hundred names were given."""
    listed = pages(
        "cloudwatch",
        "describe_alarms",
        {"MetricAlarms": [{"AlarmName": "cpu", "ActionsEnabled": True}]},
        {kind: [{"AlarmName": "queue", "ActionsEnabled": True}]},
    )

    seen = SetAlarmActions().look(
        play(listed), SetAlarmActionsParams(region="us-west-2", alarms=("cpu", "queue"), enabled=False)
    )

    assert seen.state.alarms == ("cpu", "queue")


def test_instances_behind_the_first_ten_are_online() -> None:
    """Systems Manager answers with ten agents a page; the eleventh is no dead one."""
    ids = tuple(f"i-{number:017d}" for number in range(11))
    agents = [{"InstanceId": each, "PingStatus": "Online"} for each in ids]
    listed = pages(
        "ssm",
        "describe_instance_information",
        {"InstanceInformationList": agents[:10]},
        {"InstanceInformationList": agents[10:]},
    )

    look = RunCommand().preflight(play(listed), RunCommandParams(region="us-west-2", instances=ids, commands=("true",)))

    assert look.state == "ready"


def test_a_command_that_was_sent_is_found_behind_a_page_of_others() -> None:
    """What is not found would be sent twice."""
    params = RunCommandParams(region="us-west-2", instances=("i-0123456789abcdef0",), commands=("true",))
    listed = pages("ssm", "list_commands", {"Commands": []}, {"Commands": [{"Comment": "dr-bot token"}]})

    with pytest.raises(AlreadyThere):
        RunCommand().execute(play([*listed, *listed]), params, "token")


def experiment(name: str, status: str, minutes: int) -> dict[str, Any]:
    """One page of Fault Injection's list with one experiment."""
    made = NOON + timedelta(minutes=minutes)
    return {"experiments": [{"id": name, "creationTime": made, "state": {"status": status}}]}


def listed_experiments() -> list[Call]:
    first, second = experiment("old", "completed", 0), experiment("new", "running", 5)
    return [
        Call("fis", "list_experiments", {**first, "nextToken": "page-0"}),
        Call("fis", "list_experiments", second),
    ]


def test_an_experiment_on_the_second_page_is_stopped() -> None:
    """Faults that go on must not be called ended."""
    params = StopExperimentParams(region="us-east-1", template="EXT1")
    aws = play([*listed_experiments(), Call("fis", "stop_experiment", {})])

    StopExperiment().execute(aws, params, "token")

    assert aws.parameters("stop_experiment") == {"id": "new"}
    assert aws.parameters("list_experiments")["experimentTemplateId"] == "EXT1"


def test_our_experiment_is_the_newest_in_whatever_order() -> None:
    """The list promises no order."""
    jobs = StartExperiment().jobs(
        play(listed_experiments()), StartExperimentParams(region="us-east-1", template="EXT1")
    )

    assert [job.id for job in jobs] == ["new", "old"]


def test_our_batch_job_is_the_newest_in_whatever_order() -> None:
    """The account's batch jobs of ninety days are one list of up to a thousand."""
    params = BatchRestoreParams(region="us-west-2", account="111122223333", bucket="dr", manifest="m.csv", role="arn:r")
    jobs = [
        {"JobId": name, "Description": "dr-bot m.csv", "CreationTime": NOON + timedelta(days=day), "Status": "Active"}
        for day, name in enumerate(("first", "second"))
    ]
    aws = play([Call("s3control", "list_jobs", {"Jobs": jobs})])

    assert [job.id for job in BatchRestore().jobs(aws, params)] == ["second", "first"]
    assert aws.parameters("list_jobs")["MaxResults"] == 1000


def test_a_file_system_on_the_second_page_is_there() -> None:
    """What is not seen would be made again."""
    ours = {"FileSystemId": "fs-0c1b2c3d4e", "Lifecycle": "AVAILABLE", "Tags": [{"Key": "Name", "Value": "share"}]}
    listed = pages("fsx", "describe_file_systems", {"FileSystems": []}, {"FileSystems": [ours]})
    params = CreateFromBackupParams(
        region="us-west-2", backup="backup-0a1b2c3d4e", subnets=("subnet-0a1b2c3d",), name="share"
    )

    assert isinstance(CreateFromBackup().verify(play(listed), params, {}), Settled)


def test_our_automation_is_found_behind_executions_of_documents_with_a_longer_name() -> None:
    """The filter is a prefix, so pages can be full of others."""

    def page(document: str) -> dict[str, Any]:
        run = {"AutomationExecutionId": "0a1b2c3d-0000-4000-8000-000000000001", "DocumentName": document}
        return {"AutomationExecutionMetadataList": [run]}

    listed = pages("ssm", "describe_automation_executions", page("Warm-Up-Nightly"), page("Warm-Up"))

    assert len(StartAutomation().jobs(play(listed), StartAutomationParams(region="us-west-2", document="Warm-Up"))) == 1
