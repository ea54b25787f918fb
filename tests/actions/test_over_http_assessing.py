"""The checks that assess a standby, asked over HTTP of a local AWS in which the answer is known.

Each is asked twice: of a world in which all is well, and of one in which it is not, where it must say so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.model.action import Settled
from tests.actions import standby_scenes as scenes
from tests.actions.standby_scenes import Given
from tests.actions.test_over_http import CATALOGUE, Stage, aws
from tests.cloud_fixture import LocalCloud, cloud, cloud_process

__all__ = ["aws", "cloud", "cloud_process"]

NO_ECS = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "ecs:*", "Resource": "*"}]}'
Arrange = Callable[[LocalCloud], Given]


def ask(aws: Stage, name: str, given: Given) -> Settled:
    check = CATALOGUE[name]
    seen = check.verify(aws, check.Params.model_validate({"region": "us-west-2", **given}), {})
    assert isinstance(seen, Settled)
    assert aws.local.ledger() == []
    assert check.Results.model_validate(seen.results)
    return seen


def replicated_table(cloud: LocalCloud) -> Given:
    return {"table": scenes.table(cloud, BillingMode="PAY_PER_REQUEST")}


def bucket(cloud: LocalCloud) -> Given:
    return {"bucket": scenes.a_bucket(cloud)["bucket"]}


def replicating_bucket(cloud: LocalCloud) -> Given:
    s3, given = cloud.client("s3"), bucket(cloud)
    where: Any = {"LocationConstraint": "us-west-2"}
    s3.create_bucket(Bucket="orders-copy", CreateBucketConfiguration=where)
    for name in ("orders-documents", "orders-copy"):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    rule = {
        "ID": "all", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"}, "Destination": {"Bucket": "arn:aws:s3:::orders-copy"},
    }  # fmt: skip
    s3.put_bucket_replication(
        Bucket="orders-documents",
        ReplicationConfiguration={"Role": "arn:aws:iam::111122223333:role/x", "Rules": [rule]},
    )
    return given


def files(cloud: LocalCloud) -> Given:
    return {"file_system": scenes.a_copy_of_files(cloud)["file_system"]}


def quota(needed: float) -> Arrange:
    return lambda cloud: {"service": "ec2", "quota": "L-1216C47A", "needed": needed}


def reservation(cloud: LocalCloud) -> Given:
    cloud.client("ec2").create_capacity_reservation(
        InstanceType="m6i.large", InstancePlatform="Linux/UNIX", AvailabilityZone="us-west-2a", InstanceCount=3
    )
    return {"instance_type": "m6i.large"}


def key(cloud: LocalCloud) -> Given:
    return {"key": cloud.client("kms").create_key()["KeyMetadata"]["KeyId"]}


def disabled_key(cloud: LocalCloud) -> Given:
    given = key(cloud)
    cloud.client("kms").disable_key(KeyId=given["key"])
    return given


def secret(cloud: LocalCloud) -> Given:
    scenes.a_secret(cloud)
    return {"region": "us-east-1", "secret": "orders/database", "replica_region": "us-west-2"}


def lonely_secret(cloud: LocalCloud) -> Given:
    return {**secret(cloud), "replica_region": "eu-west-1"}


def certificate(cloud: LocalCloud) -> Given:
    listed = cloud.client("acm").list_certificates()["CertificateSummaryList"]
    return {"certificate": listed[0]["CertificateArn"]}


def image(tag: str) -> Arrange:
    return lambda cloud: {"repository": "orders/api", "tag": tag}


def alarms(state: str) -> Arrange:
    def arrange(cloud: LocalCloud) -> Given:
        cloud.client("cloudwatch").put_metric_alarm(
            AlarmName="orders-queue", MetricName="Depth", Namespace="Orders", Period=60, EvaluationPeriods=1,
            Threshold=1, ComparisonOperator="GreaterThanThreshold", Statistic="Average",
        )  # fmt: skip
        cloud.client("cloudwatch").set_alarm_state(AlarmName="orders-queue", StateValue=state, StateReason="test")
        return {"alarms": ["orders-queue"]}

    return arrange


def a_role(*denied: str) -> Arrange:
    def arrange(cloud: LocalCloud) -> Given:
        arn = scenes.role(cloud)
        if denied:
            cloud.client("iam").put_role_policy(
                RoleName="standby", PolicyName="no",
                PolicyDocument=NO_ECS,
            )  # fmt: skip
        return {"role": arn, "actions": ["ecs:UpdateService", "rds:DescribeDBClusters"]}

    return arrange


def snapshots(cloud: LocalCloud) -> Given:
    ec2 = cloud.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-west-2a", Size=8)["VolumeId"]
    ec2.create_snapshot(VolumeId=volume)
    return {"volume": volume}


def server(cloud: LocalCloud) -> Given:
    return scenes.a_server(cloud)


def backed_up(name: str) -> Arrange:
    return lambda cloud: {"resource": f"arn:aws:rds:us-west-2:111122223333:cluster:{name}"}


WORLDS: list[tuple[str, Arrange, str, object]] = [
    ("dynamodb.replica_status", replicated_table, "ok", False),  # a table without replicas is no mirror
    ("s3.replication_status", replicating_bucket, "ok", True),
    ("s3.replication_status", bucket, "ok", False),
    ("efs.replication_lag", files, "lag_seconds", 120.0),
    ("drs.replication_lag", server, "lag_seconds", 5.0),
    ("servicequotas.headroom", quota(96), "ok", True),
    ("servicequotas.headroom", quota(1000), "ok", False),
    ("ec2.capacity_reservations", reservation, "available", 3),
    ("kms.key_ready", key, "ok", True),
    ("kms.key_ready", disabled_key, "ok", False),
    ("secretsmanager.replica_in_sync", secret, "ok", True),
    ("secretsmanager.replica_in_sync", lonely_secret, "ok", False),
    ("acm.certificate_issued", certificate, "ok", True),
    ("ecr.image_present", image("2025.11.3"), "ok", True),
    ("ecr.image_present", image("never-pushed"), "ok", False),
    ("cloudwatch.alarms", alarms("OK"), "ok", True),
    ("cloudwatch.alarms", alarms("INSUFFICIENT_DATA"), "ok", False),
    ("iam.simulate", a_role(), "ok", True),
    ("iam.simulate", a_role("ecs:*"), "ok", False),
    ("backup.recovery_points", backed_up("orders"), "passed_over", 0),
    ("backup.recovery_points", backed_up("infected"), "passed_over", 1),
    ("backup.recovery_points", backed_up("infected"), "lag_seconds", 3600.0),
    ("ec2.snapshots", snapshots, "source", "EBS, the newest complete snapshot"),
]


@pytest.mark.parametrize(("name", "arrange", "result", "expected"), WORLDS)
def test_says_what_is_there(aws: Stage, name: str, arrange: Arrange, result: str, expected: object) -> None:
    """Good where it is good, and bad where it is bad; looking changes nothing."""
    given = arrange(aws.local)
    aws.local.control("DELETE", "ledger")

    seen = ask(aws, name, given)

    assert seen.results.get(result) == expected, seen


def test_an_outage_of_awss_own_is_seen_a_little_late(aws: Stage) -> None:
    """Nothing is reported at once; after some minutes there is an open event, and when it began."""
    aws.local.region("us-west-2", "down", mode="refuse")
    early = ask(aws, "health.events", {"affected_region": "us-west-2"})
    aws.local.advance(180)

    late = ask(aws, "health.events", {"affected_region": "us-west-2"})

    assert (early.results["open_events"], late.results["open_events"]) == (0, 1)
    assert late.results["since"]


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("rds.replica_lag", {"replica": "reports-replica"}),
        ("rds.latest_restorable_time", {"database": "nobody"}),
        ("efs.replication_lag", {"file_system": "fs-0123456789abcdef0"}),
        ("drs.replication_lag", {"servers": ["s-0123456789abcdef0"]}),
        ("ec2.snapshots", {"volume": "vol-0123456789abcdef0"}),
        ("cloudwatch.alarms", {"alarms": ["nobody"]}),
        ("dynamodb.replica_status", {"table": "nobody"}),
        ("kms.key_ready", {"key": "alias/nobody"}),
        ("backup.recovery_points", {"resource": "arn:aws:rds:us-west-2:111122223333:cluster:missing"}),
    ],
)
def test_what_cannot_be_learnt_is_never_good(aws: Stage, name: str, given: Given) -> None:
    """Unknown breaks the step or fails the verdict, and the plan shows it."""
    check = CATALOGUE[name]

    look = check.preflight(aws, check.Params.model_validate({"region": "us-west-2", **given}))

    assert look.state == "blocked" or look.results["ok"] is False
