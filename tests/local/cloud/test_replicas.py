"""What a call makes elsewhere: a table's replica in its region, a file system out of a backup; and what is planted
reaches the operation that was meant."""

from __future__ import annotations

from typing import Any

from bot.local.cloud.loopback import loopback
from bot.local.cloud.wire import Reply
from tests.cloud_fixture import LocalCloud

TABLE = {
    "TableName": "quotes", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}  # fmt: skip
FILES = "arn:aws:elasticfilesystem:us-east-1:111122223333:file-system/fs-0123456789abcdef0"


def test_a_replica_is_a_table_of_its_region(cloud: LocalCloud) -> None:
    """It is there when it has been made, and each side names the other."""
    east, west = (cloud.client("dynamodb", region) for region in ("us-east-1", "us-west-2"))
    east.create_table(**TABLE)
    east.update_table(TableName="quotes", ReplicaUpdates=[{"Create": {"RegionName": "us-west-2"}}])
    early = west.list_tables()["TableNames"]

    cloud.advance(20)

    copy = west.describe_table(TableName="quotes")["Table"]
    assert "quotes" not in early
    assert copy["TableArn"] == "arn:aws:dynamodb:us-west-2:111122223333:table/quotes"
    assert [each["RegionName"] for each in copy["Replicas"]] == ["us-east-1"]


def test_a_file_system_comes_out_of_its_recovery_point(cloud: LocalCloud) -> None:
    """What the restore job names can be described in EFS."""
    backup = cloud.client("backup")
    point = backup.list_recovery_points_by_resource(ResourceArn=FILES)["RecoveryPoints"][0]["RecoveryPointArn"]
    kept = backup.get_recovery_point_restore_metadata(BackupVaultName="dr", RecoveryPointArn=point)["RestoreMetadata"]
    backup.start_restore_job(
        RecoveryPointArn=point, IamRoleArn="arn:aws:iam::111122223333:role/restore",
        Metadata={**kept, "newFileSystem": "true"},
    )  # fmt: skip

    cloud.advance(20)

    made = backup.list_restore_jobs()["RestoreJobs"][0]["CreatedResourceArn"]
    known = cloud.client("efs").describe_file_systems()["FileSystems"]
    assert kept["file-system-id"] == "fs-0123456789abcdef0"
    assert made in [each["FileSystemArn"] for each in known]


def test_a_planted_setting_of_a_bucket_is_not_taken_for_a_new_bucket() -> None:
    """What stands behind the question mark of an operation's address is a query."""
    sent: list[dict[str, Any]] = []

    def answer(environ: dict[str, Any], _body: bytes) -> Reply:
        sent.append(environ)
        return Reply(200, {}, b"")

    params = {"Bucket": "quotes", "VersioningConfiguration": {"Status": "Enabled"}}
    loopback(answer, "s3", "put_bucket_versioning", "us-west-2", params)

    assert (sent[0]["PATH_INFO"], sent[0]["QUERY_STRING"]) == ("/quotes", "versioning")
