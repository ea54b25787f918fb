"""Jobs that take their time: AWS Backup restores and copies, S3 Batch Operations, SSM Automation and Run Command, FSx.

A job is a row that changes its state as time passes. Failure is by name: a recovery point, manifest or document whose
name says `broken` ends in the service's word for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from moto.moto_api._internal import mock_random

from bot.local.cloud.errors import AwsError
from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.services.recovery_points import KEPT_AS, files_in, point, taken
from bot.local.cloud.wire import Call, Reply
from bot.local.cloud.world import ACCOUNT

STARTS, ENDS = 2.0, 6.0
Row = dict[str, Any]


@dataclass
class Rows:
    """Everything that this file and its neighbours keep, by kind and region, oldest first."""

    kinds: dict[tuple[str, str], dict[str, Row]] = field(default_factory=dict)


def rows(call: Call, kind: str, *, everywhere: bool = False) -> dict[str, Row]:
    """The rows of a kind in the call's region, or of the account for a global service."""
    key = (kind, "" if everywhere else call.region)
    return call.world.shelf(Rows).kinds.setdefault(key, {})


def newest(found: Iterable[Row]) -> list[Row]:
    return list(found)[::-1]


def passing(call: Call, row: Row, *ways: tuple[float, Row]) -> Row:
    """The row, which takes on each later version of itself at its time."""
    for seconds, change in ways:
        call.world.later(seconds, lambda _, change=change: row.update(change))  # type: ignore[misc]
    return row


def is_broken(name: str) -> bool:
    return "broken" in name


def an_id() -> str:
    return str(mock_random.uuid4())


# --- AWS Backup -------------------------------------------------------------------------------------------------------


@operation("backup", "DescribeRecoveryPoint")
def describe_recovery_point(call: Call) -> Answer:
    """Every snapshot, table or bucket ARN is a point; its name says what is wrong with it."""
    arn = call.params["RecoveryPointArn"]
    if "missing" in arn:
        raise AwsError("ResourceNotFoundException", f"Recovery point {arn} not found.")
    return {
        "RecoveryPointArn": arn,
        "BackupVaultName": call.params["BackupVaultName"],
        "Status": "COMPLETED",
        "ResourceType": "EFS" if files_in(arn) else "EBS" if ":ec2:" in arn else "RDS",
        "StorageClass": "COLD" if "cold" in arn else "WARM",
        "CreationDate": call.world.now(),
        "ScanResults": [{"Findings": ["MALWARE"]}] if "infected" in arn else [],
    }


@operation("backup", "GetRecoveryPointRestoreMetadata")
def get_recovery_point_restore_metadata(call: Call) -> Answer:
    arn = call.params["RecoveryPointArn"]
    volume = {"availabilityZone": "us-east-1a", "encrypted": "false"}
    files = {"file-system-id": files_in(arn), "PerformanceMode": "generalPurpose", "newFileSystem": "false"}
    metadata = remembered(arn) if is_database(arn) else files if files_in(arn) else volume
    return {"RecoveryPointArn": arn, "RestoreMetadata": metadata}


@operation("backup", "StartRestoreJob")
def start_restore_job(call: Call) -> Answer:
    arn, job = call.params["RecoveryPointArn"], an_id()
    row = {"RestoreJobId": job, "RecoveryPointArn": arn, "Status": "PENDING", "CreationDate": call.world.now()}
    made = {"CreatedResourceArn": f"arn:aws:ec2:{call.region}:{ACCOUNT}:volume/vol-{job[:8]}", "PercentDone": "100.0%"}
    if is_database(arn):
        made["CreatedResourceArn"] = restored_instance(call, call.params["Metadata"])
    elif files_in(arn):
        made["CreatedResourceArn"] = restored_files(call, call.params["Metadata"], job)
    end = {"Status": "FAILED", "StatusMessage": "No such zone."} if is_broken(arn) else {"Status": "COMPLETED", **made}
    rows(call, "restore")[job] = passing(
        call, row, (STARTS, {"Status": "RUNNING", "PercentDone": "20.0%"}), (ENDS, end)
    )
    return {"RestoreJobId": job}


def is_database(point: str) -> bool:
    return f":snapshot:{KEPT_AS}" in point


def remembered(point: str) -> dict[str, str]:
    """What AWS Backup noted of an instance: among it its own name, which is taken where the instance still stands."""
    name = point.rpartition(KEPT_AS)[2]
    return {"DBInstanceIdentifier": name, "DBInstanceClass": "db.t3.medium", "Engine": "postgres"}


def restored_instance(call: Call, metadata: dict[str, str]) -> str:
    """The ARN of the instance that comes out of the snapshot. Refused for a name that is taken."""
    name, known = metadata["DBInstanceIdentifier"], backend("rds", call.region)
    if name in known.databases:
        raise AwsError("InvalidRequestException", f"DB instance {name} already exists.")
    made = known.create_db_instance(
        {
            "db_instance_identifier": name,
            "db_instance_class": metadata["DBInstanceClass"],
            "engine": metadata["Engine"],
            "allocated_storage": 20,
            "master_username": "restored",
            "backup_retention_period": 7,
        }
    )
    made.status = "creating"
    call.world.later(ENDS, lambda _: setattr(made, "status", "available"))
    return str(made.arn)


def restored_files(call: Call, metadata: dict[str, str], job: str) -> str:
    """The ARN of a new file system, or of the old one where the metadata asks for a restore into it."""
    if metadata.get("newFileSystem") != "true":
        return f"arn:aws:elasticfilesystem:{call.region}:{ACCOUNT}:file-system/{metadata['file-system-id']}"
    mode, token = metadata["PerformanceMode"], metadata.get("CreationToken", job)
    made = backend("efs", call.region).create_file_system(token, mode, False, None, "bursting", None, None, False, [])
    return str(made.file_system_arn)


@operation("backup", "ListRestoreJobs")
def list_restore_jobs(call: Call) -> Answer:
    return {"RestoreJobs": newest(rows(call, "restore").values())}


@operation("backup", "StartCopyJob")
def start_copy_job(call: Call) -> Answer:
    arn, vault, job = call.params["RecoveryPointArn"], call.params["DestinationBackupVaultArn"], an_id()
    copy = f"{vault.replace(':backup-vault:', ':recovery-point:')}:{job[:8]}"
    row = {
        "CopyJobId": job,
        "SourceRecoveryPointArn": arn,
        "DestinationBackupVaultArn": vault,
        "State": "CREATED",
        "CreationDate": call.world.now(),
    }
    end = {"State": "FAILED"} if is_broken(arn) else {"State": "COMPLETED", "DestinationRecoveryPointArn": copy}
    rows(call, "copy")[job] = passing(call, row, (STARTS, {"State": "RUNNING"}), (ENDS, end))
    return {"CopyJobId": job, "CreationDate": call.world.now()}


@operation("backup", "ListCopyJobs")
def list_copy_jobs(call: Call) -> Answer:
    point = call.params.get("BySourceRecoveryPointArn")
    found = [row for row in rows(call, "copy").values() if point in (None, row["SourceRecoveryPointArn"])]
    return {"CopyJobs": newest(found)}


@operation("backup", "StartBackupJob")
def start_backup_job(call: Call) -> Answer:
    """Of a resource whose name says `broken` it fails; else the point is on the list when the job is done."""
    arn, vault, job = call.params["ResourceArn"], call.params["BackupVaultName"], an_id()
    made = point(call, f"on-demand-{job[:8]}", timedelta(0), []) | {"BackupVaultName": vault}
    row = {
        "BackupJobId": job,
        "ResourceArn": arn,
        "BackupVaultName": vault,
        "RecoveryPointArn": made["RecoveryPointArn"],
        "State": "CREATED",
        "CreationDate": call.world.now(),
    }
    end = {"State": "FAILED", "StatusMessage": "It cannot be read."} if is_broken(arn) else {"State": "COMPLETED"}
    rows(call, "backup")[job] = passing(call, row, (STARTS, {"State": "RUNNING", "PercentDone": "20.0"}), (ENDS, end))
    if not is_broken(arn):
        call.world.later(ENDS, lambda _: taken(call.world, call.region, arn).insert(0, made))
    return {"BackupJobId": job, "RecoveryPointArn": made["RecoveryPointArn"], "CreationDate": call.world.now()}


@operation("backup", "ListBackupJobs")
def list_backup_jobs(call: Call) -> Answer:
    wanted = {"ResourceArn": call.params.get("ByResourceArn"), "BackupVaultName": call.params.get("ByBackupVaultName")}
    found = [
        row for row in rows(call, "backup").values() if all(value in (None, row[key]) for key, value in wanted.items())
    ]
    return {"BackupJobs": newest(found)}


# --- S3 Batch Operations ----------------------------------------------------------------------------------------------


@operation("s3control", "CreateJob")
def create_job(call: Call) -> Answer:
    wanted, job = call.params, an_id()
    done = {"TotalNumberOfTasks": 3, "NumberOfTasksSucceeded": 3, "NumberOfTasksFailed": 0}
    failed = {"NumberOfTasksSucceeded": 2, "NumberOfTasksFailed": 1}
    end = done | failed if is_broken(wanted["Manifest"]["Location"]["ObjectArn"]) else done
    row = {
        "JobId": job,
        "Description": wanted.get("Description", ""),
        "Operation": next(iter(wanted["Operation"])),
        "Priority": wanted["Priority"],
        "Status": "New",
        "CreationTime": call.world.now(),
        "ProgressSummary": {"TotalNumberOfTasks": 3, "NumberOfTasksSucceeded": 0, "NumberOfTasksFailed": 0},
    }
    rows(call, "batch")[job] = passing(
        call, row, (STARTS, {"Status": "Active"}), (ENDS, {"Status": "Complete", "ProgressSummary": end})
    )
    return {"JobId": job}


@operation("s3control", "ListJobs")
def list_jobs(call: Call) -> Answer:
    return {"Jobs": newest(rows(call, "batch").values())}


# --- Systems Manager --------------------------------------------------------------------------------------------------


@operation("ssm", "StartAutomationExecution")
def start_automation_execution(call: Call) -> Answer:
    name, execution = call.params["DocumentName"], an_id()
    row = {
        "AutomationExecutionId": execution,
        "DocumentName": name,
        "AutomationExecutionStatus": "Pending",
        "ExecutionStartTime": call.world.now(),
    }
    end: Row = {"AutomationExecutionStatus": "Failed", "FailureMessage": "Step 1 failed."}
    if not is_broken(name):
        end = {"AutomationExecutionStatus": "Success", "Outputs": {"done": ["yes"]}}
    rows(call, "automation")[execution] = passing(
        call, row, (STARTS, {"AutomationExecutionStatus": "InProgress"}), (ENDS, end)
    )
    return {"AutomationExecutionId": execution}


@operation("ssm", "DescribeAutomationExecutions")
def describe_automation_executions(call: Call) -> Answer:
    return {"AutomationExecutionMetadataList": newest(rows(call, "automation").values())}


@operation("ssm", "DescribeInstanceInformation")
def describe_instance_information(call: Call) -> Answer:
    """The agent of every running instance is online."""
    reservations = backend("ec2", call.region).reservations.values()
    running = [one.id for each in reservations for one in each.instances if one._state.name == "running"]
    wanted = {value for each in call.params.get("Filters", []) for value in each["Values"]}
    found = [{"InstanceId": each, "PingStatus": "Online"} for each in running if not wanted or each in wanted]
    return {"InstanceInformationList": found}


@operation("ssm", "SendCommand")
def send_command(call: Call) -> Answer:
    """Runs once for every call that arrives, as in AWS; a command that says `false` fails."""
    wanted, command = call.params, an_id()
    targets = wanted.get("InstanceIds", [])
    failed = "false" in wanted.get("Parameters", {}).get("commands", [])
    row = {
        "CommandId": command,
        "DocumentName": wanted["DocumentName"],
        "Comment": wanted.get("Comment", ""),
        "InstanceIds": targets,
        "RequestedDateTime": call.world.now(),
        "Status": "Pending",
        "TargetCount": len(targets),
        "CompletedCount": 0,
        "ErrorCount": 0,
    }
    end = {"CompletedCount": len(targets), "ErrorCount": len(targets) if failed else 0}
    status = {"Status": "Failed" if failed else "Success"}
    rows(call, "command")[command] = passing(call, row, (STARTS, {"Status": "InProgress"}), (ENDS, end | status))
    return {"Command": row}


@operation("ssm", "ListCommands")
def list_commands(call: Call) -> Answer:
    return {"Commands": newest(rows(call, "command").values())}


# --- FSx --------------------------------------------------------------------------------------------------------------


@operation("fsx", "CreateFileSystemFromBackup")
def create_file_system_from_backup(call: Call) -> Answer:
    wanted, name = call.params, f"fs-{mock_random.get_random_hex(17)}"
    row = {
        "FileSystemId": name,
        "Lifecycle": "CREATING",
        "CreationTime": call.world.now(),
        "DNSName": f"{name}.fsx.{call.region}.amazonaws.com",
        "SubnetIds": wanted["SubnetIds"],
        "Tags": wanted.get("Tags", []),
    }
    end = {"Lifecycle": "FAILED"} if is_broken(str(wanted.get("Tags"))) else {"Lifecycle": "AVAILABLE"}
    rows(call, "fsx")[name] = passing(call, row, (ENDS, end))
    return {"FileSystem": row}


@operation("fsx", "DescribeFileSystems")
def describe_file_systems(call: Call) -> Answer | Reply:
    """Those from backups first; where there are none, moto's."""
    found = list(rows(call, "fsx").values())
    return {"FileSystems": found} if found else call.moto()


@operation("fsx", "DescribeBackups")
def describe_backups(call: Call) -> Answer:
    """Every id is an available backup, but one that says `0000`."""
    wanted = call.params.get("BackupIds", [])
    if any("0000" in each for each in wanted):
        raise AwsError("BackupNotFound", f"{wanted} not found.")
    kept = {"Lifecycle": "AVAILABLE", "Type": "USER_INITIATED", "CreationTime": call.world.now()}
    return {"Backups": [{"BackupId": each, **kept, "FileSystem": {}} for each in wanted]}
