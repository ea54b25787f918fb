"""Retrieve thousands of archived objects with one S3 Batch Operations job.

When to reach for it: a whole prefix in Glacier or Deep Archive is needed; the manifest (a CSV of bucket and key)
lies in a bucket and names what to retrieve.

What bites: the job is done when every object has been asked for; they become readable 3 to 48 hours later, depending
on class and tier. Let `s3.restore_objects` with one of their keys follow: it waits until that is readable, and puts
the retrieval time into the predicted RTO. Batch Operations has no Expedited tier. Some failed tasks make the step
fail, with their number; the report says which.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from bot.actions.answers import blocked, newest_first, refusal
from bot.actions.arns import partition
from bot.actions.base import Call, Params, Results, action
from bot.actions.shapes import LISTED, Job, Thing, followed
from bot.language import later, told, told_n
from bot.model.action import Finding, Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3control import S3ControlClient


class BatchRestoreParams(Params):
    """Which objects, how fast, for how long."""

    account: str = Field(description="Account id of the bucket's owner.", pattern=r"^\d{12}$")
    bucket: str = Field(description="Bucket that holds the manifest and receives the report.")
    manifest: str = Field(description="Key of the manifest, a CSV of bucket and key.", examples=["dr/manifest.csv"])
    role: str = Field(description="ARN of the role that Batch Operations assumes.")
    tier: Literal["STANDARD", "BULK"] = Field(default="STANDARD", description="Retrieval tier.")
    days: int = Field(default=7, ge=1, description="Days that the restored copies stay readable.")


class BatchRestoreResults(Results):
    """What came of it."""

    job: str = Field(description="Job id.")
    requested: int = Field(description="Objects whose retrieval was asked for.")


def _jobs(*states: str) -> Call:
    found = [
        {"JobId": f"job-{state}", "Description": "dr-bot dr/manifest.csv", "Status": state,
         "Operation": "S3InitiateRestoreObject",
         "ProgressSummary": {"TotalNumberOfTasks": 3, "NumberOfTasksSucceeded": 3, "NumberOfTasksFailed": 0}}
        for state in states
    ]  # fmt: skip
    return Call("s3control", "list_jobs", {"Jobs": found})


@action(
    "s3.batch_restore",
    risk=Risk.REVERSIBLE,
    costs=told("the readable copies, until they expire"),
    idempotency=Idempotency.TOKEN,
    implied=("iam:PassRole", "s3:ListBucket"),
    permissions=("s3:GetObject", "s3:ListJobs", "s3:CreateJob"),
    irreversible=told("Restored copies expire by themselves after their days; the archived objects are untouched."),
    typical=timedelta(hours=1),
    settle=LISTED,
    by_hand=later("S3 console in {region}, Batch Operations"),
    rehearsal=followed(
        {"region": "us-west-2", "account": "111122223333", "bucket": "dr", "manifest": "dr/manifest.csv",
         "role": "arn:aws:iam::111122223333:role/batch"},
        source=(Call("s3", "head_object", {"ETag": '"abc"'}),),
        known=(_jobs(),),
        send=(Call("s3", "head_object", {"ETag": '"abc"'}), Call("s3control", "create_job", {"JobId": "job-New"})),
        way=(_jobs("Active"), _jobs("Complete")),
    ),
)  # fmt: skip
class BatchRestore(Job[BatchRestoreParams]):
    """Create the job, then follow it."""

    Params = BatchRestoreParams
    Results = BatchRestoreResults
    ready = frozenset({"Complete"})
    dead = frozenset({"Failed", "Cancelled", "Complete with failures"})
    mend = told("read its report")

    def called(self, params: BatchRestoreParams) -> str:
        return told("retrieval of {manifest}", manifest=params.manifest)

    def source(self, aws: Reads, params: BatchRestoreParams) -> Look:
        target = f"s3://{params.bucket}/{params.manifest}"
        if _etag(aws, params) is None:
            return blocked(told("{target} does not exist; put the manifest there.", target=target), target)
        slow = Finding(text=told("Objects become readable 3 to 48 hours after the job, depending on class and tier."))
        days = told_n("{count} day", "{count} days", params.days)
        change = told("objects in {manifest} → readable for {days}", manifest=params.manifest, days=days)
        return Look(state="ready", change=change, findings=(slow,), targets=(target,))

    def jobs(self, aws: Reads, params: BatchRestoreParams) -> list[Thing]:
        control: S3ControlClient = aws.reader("s3control", params.region)
        found = []
        listed = control.list_jobs(AccountId=params.account, MaxResults=1000)["Jobs"]
        for each in newest_first(listed, "CreationTime"):
            if each.get("Description") != f"dr-bot {params.manifest}":
                continue
            done = each.get("ProgressSummary", {})
            failed, asked = done.get("NumberOfTasksFailed", 0), done.get("NumberOfTasksSucceeded", 0)
            state = str(each.get("Status", ""))
            found.append(
                Thing(
                    id=each.get("JobId", ""),
                    state=f"{state} with failures" if state == "Complete" and failed else state,
                    note=told("{asked} asked for, {failed} failed", asked=asked, failed=failed),
                    results={"job": each.get("JobId", ""), "requested": asked},
                )
            )
        return found

    def execute(self, aws: Aws, params: BatchRestoreParams, token: str) -> None:
        control: S3ControlClient = aws.writer("s3control", params.region)
        bucket = f"arn:{partition(params.region)}:s3:::{params.bucket}"
        control.create_job(
            AccountId=params.account,
            ClientRequestToken=self.fresh(self.jobs(aws, params), token),
            ConfirmationRequired=False,
            Description=f"dr-bot {params.manifest}",
            Operation={"S3InitiateRestoreObject": {"ExpirationInDays": params.days, "GlacierJobTier": params.tier}},
            Manifest={
                "Spec": {"Format": "S3BatchOperations_CSV_20180820", "Fields": ["Bucket", "Key"]},
                "Location": {"ObjectArn": f"{bucket}/{params.manifest}", "ETag": _etag(aws, params) or ""},
            },
            Report={
                "Enabled": True,
                "Bucket": bucket,
                "Format": "Report_CSV_20180820",
                "ReportScope": "FailedTasksOnly",
            },
            Priority=100,
            RoleArn=params.role,
        )


def _etag(aws: Reads, params: BatchRestoreParams) -> str | None:
    s3: S3Client = aws.reader("s3", params.region)
    try:
        return s3.head_object(Bucket=params.bucket, Key=params.manifest)["ETag"].strip('"')
    except refusal("404", "NoSuchKey", "NotFound", "NoSuchBucket"):
        return None
