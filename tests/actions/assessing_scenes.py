"""What the checks find in the local cloud: each in a world in which all is well, and in one in which it is not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from bot.actions.fences import fenced
from bot.model.action import Pending
from bot.model.errors import StepBroke
from tests.actions import standby_scenes as scenes
from tests.actions.scenes import Arrange, Given, ill, well
from tests.cloud_fixture import LocalCloud

NO_ECS = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "ecs:*", "Resource": "*"}]}'
PROBE = "http://orders-api.{region}.internal.example.com/health"
STANDBY: Given = {
    "cluster": "orders", "service": "orders-api", "global_cluster": "orders-global", "target_cluster": scenes.WEST,
    "account": "111122223333", "repository": "orders/api", "certificate_domain": "orders-api.example.com",
    "quota_needed": 96, "primary_region": "us-east-1", "target_group": "orders-api-usw2", "zone": "example.com",
    "record": "orders-api.example.com", "record_type": "CNAME",
    "checks": ["identity", "ecs_service", "aurora_secondary", "image_present", "certificate", "quotas",
               "not_same_region", "target_group", "dns_record"],
}  # fmt: skip


@dataclass(frozen=True)
class NoLessThan:
    """An age whose beginning moto tells by the host's clock, which goes its own way."""

    least: float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, float) and other >= self.least


def given(**params: Any) -> Arrange:
    """The demo world as it is."""
    return lambda cloud: params


def without(region: str, seconds: float, arrange: Arrange) -> Arrange:
    """The same, `seconds` after that region went silent."""

    def arranged(cloud: LocalCloud) -> Given:
        params = arrange(cloud)
        cloud.region(region, "down", mode="refuse")
        cloud.advance(seconds)
        return params

    return arranged


def replicated_table(cloud: LocalCloud) -> Given:
    params = lonely_table(cloud)
    cloud.client("dynamodb").update_table(TableName="orders", ReplicaUpdates=[{"Create": {"RegionName": "us-east-1"}}])
    cloud.advance(30)
    return params


def strong_table(cloud: LocalCloud) -> Given:
    params = lonely_table(cloud)
    cloud.client("dynamodb").update_table(
        TableName="orders", MultiRegionConsistency="STRONG", ReplicaUpdates=[{"Create": {"RegionName": "us-east-1"}}]
    )
    cloud.advance(30)
    return {**params, "source": "us-east-1"}


def following_table(cloud: LocalCloud) -> Given:
    params = replicated_table(cloud)
    lag = {"MetricName": "ReplicationLatency", "Value": 900.0, "Unit": "Milliseconds",
           "Dimensions": [{"Name": "TableName", "Value": "orders"},
                          {"Name": "ReceivingRegion", "Value": "us-west-2"}]}  # fmt: skip
    cloud.client("cloudwatch", "us-east-1").put_metric_data(Namespace="AWS/DynamoDB", MetricData=[lag])
    cloud.advance(5)
    return {**params, "source": "us-east-1"}


def idle_table(cloud: LocalCloud) -> Given:
    return {**replicated_table(cloud), "source": "us-east-1"}


def lonely_table(cloud: LocalCloud) -> Given:
    return {"table": scenes.table(cloud, BillingMode="PAY_PER_REQUEST")}


def unmirrored_table(cloud: LocalCloud) -> Given:
    return {"table": scenes.table(cloud, "lonely", BillingMode="PAY_PER_REQUEST"), "source": "us-east-1"}


def fenced_table(cloud: LocalCloud) -> Given:
    arn = f"arn:aws:dynamodb:us-west-2:111122223333:table/{lonely_table(cloud)['table']}"
    fence = fenced("", {"Principal": "*", "Action": "dynamodb:PutItem", "Resource": arn})
    cloud.client("dynamodb").put_resource_policy(ResourceArn=arn, Policy=fence)
    return {"table": "orders"}


def bucket(cloud: LocalCloud) -> Given:
    return {"bucket": scenes.a_bucket(cloud)["bucket"]}


def replicating_bucket(cloud: LocalCloud) -> Given:
    s3, params = cloud.client("s3"), bucket(cloud)
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
    return params


def dump(cloud: LocalCloud) -> Given:
    cloud.client("s3").put_object(**{"Bucket": bucket(cloud)["bucket"], "Key": "latest.dump", "Body": b"orders"})
    return {"bucket": "orders-documents", "key": "latest.dump"}


def no_dump(cloud: LocalCloud) -> Given:
    return {**bucket(cloud), "key": "latest.dump"}


def files(cloud: LocalCloud) -> Given:
    return {"file_system": scenes.a_copy_of_files(cloud)["file_system"]}


def quota(needed: float) -> Arrange:
    return given(service="ec2", quota="L-1216C47A", needed=needed)


def reservation(cloud: LocalCloud) -> Given:
    cloud.client("ec2").create_capacity_reservation(
        InstanceType="m6i.large", InstancePlatform="Linux/UNIX", AvailabilityZone="us-west-2a", InstanceCount=3
    )
    return {"instance_type": "m6i.large"}


def key(cloud: LocalCloud) -> Given:
    return {"key": cloud.client("kms").create_key()["KeyMetadata"]["KeyId"]}


def disabled_key(cloud: LocalCloud) -> Given:
    params = key(cloud)
    cloud.client("kms").disable_key(KeyId=params["key"])
    return params


def secret(cloud: LocalCloud) -> Given:
    scenes.a_secret(cloud)
    return {"region": "us-east-1", "secret": "orders/database", "replica_region": "us-west-2"}


def lonely_secret(cloud: LocalCloud) -> Given:
    return {**secret(cloud), "replica_region": "eu-west-1"}


def certificate(cloud: LocalCloud) -> Given:
    listed = cloud.client("acm").list_certificates()["CertificateSummaryList"]
    return {"certificate": listed[0]["CertificateArn"]}


def image(tag: str) -> Arrange:
    return given(repository="orders/api", tag=tag)


def an_alarm(state: str) -> Arrange:
    def arrange(cloud: LocalCloud) -> Given:
        cloud.client("cloudwatch").put_metric_alarm(
            AlarmName="orders-queue", MetricName="Depth", Namespace="Orders", Period=60, EvaluationPeriods=1,
            Threshold=1, ComparisonOperator="GreaterThanThreshold", Statistic="Average",
        )  # fmt: skip
        cloud.client("cloudwatch").set_alarm_state(AlarmName="orders-queue", StateValue=state, StateReason="test")
        return {"alarm": "orders-queue"}

    return arrange


def alarms(state: str) -> Arrange:
    return lambda cloud: {"alarms": [an_alarm(state)(cloud)["alarm"]]}


def a_metric(cloud: LocalCloud) -> Given:
    point = {"MetricName": "ErrorRate", "Value": 0.2}
    cloud.client("cloudwatch").put_metric_data(Namespace="DR/Orders", MetricData=[point])
    cloud.advance(5)
    return {"namespace": "DR/Orders", "metric": "ErrorRate"}


def a_role(*denied: str) -> Arrange:
    def arrange(cloud: LocalCloud) -> Given:
        arn = scenes.role(cloud)
        if denied:
            policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": list(denied),
                                 "Resource": "*"}]})  # fmt: skip
            cloud.client("iam").put_role_policy(RoleName="standby", PolicyName="no", PolicyDocument=policy)
        return {"role": arn, "actions": ["ecs:UpdateService", "rds:DescribeDBClusters"]}

    return arrange


def snapshots(cloud: LocalCloud) -> Given:
    ec2 = cloud.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-west-2a", Size=8)["VolumeId"]
    ec2.create_snapshot(VolumeId=volume)
    cloud.advance(30)
    return {"volume": volume}


def server(cloud: LocalCloud) -> Given:
    return scenes.a_server(cloud)


def backed_up(name: str) -> Arrange:
    return given(resource=f"arn:aws:rds:us-west-2:111122223333:cluster:{name}")


def answer(contains: str) -> Arrange:
    return given(zone="example.com", record="orders-api.example.com", type="CNAME", contains=contains)


GLOBAL: Given = {"global_cluster": "orders-global", "target_region": "us-west-2"}
ABSENT = "arn:aws:acm:us-west-2:111122223333:certificate/c0ffee00-0000-4000-8000-000000000000"

SIGHTS = [
    well("acm.certificate_issued", certificate, True),
    ill("acm.certificate_issued", given(certificate=ABSENT), StepBroke),
    well("aurora.measure_global_lag", given(**GLOBAL), pytest.approx(0.85, abs=0.2)),
    ill("aurora.measure_global_lag", without("us-east-1", 300, given(**GLOBAL)), pytest.approx(300, abs=61)),
    ill("aurora.measure_global_lag", given(global_cluster="orders-global", target_region="eu-west-1"), StepBroke),
    well("aws.preflight", given(**STANDBY, image_tag="2025.11.3"), 9),
    ill("aws.preflight", given(**STANDBY, image_tag="never-pushed"), StepBroke),
    well("aws.prove_fenced", fenced_table, True),
    ill("aws.prove_fenced", lonely_table, False),
    well("backup.recovery_points", backed_up("orders"), 3600.0),
    ill("backup.recovery_points", backed_up("missing"), StepBroke),
    well("cloudwatch.alarm_ok", an_alarm("OK"), True),
    ill("cloudwatch.alarm_ok", an_alarm("ALARM"), Pending),
    well("cloudwatch.alarms", alarms("OK"), True),
    ill("cloudwatch.alarms", alarms("INSUFFICIENT_DATA"), False),
    ill("cloudwatch.alarms", given(alarms=["nobody"]), StepBroke),
    well("cloudwatch.metric", a_metric, 0.2),
    ill("cloudwatch.metric", given(namespace="DR/Orders", metric="ErrorRate"), Pending),
    well("drs.replication_lag", server, 5.0),
    ill("drs.replication_lag", given(servers=["s-0123456789abcdef0"]), StepBroke),
    well("dynamodb.replica_status", replicated_table, True),
    ill("dynamodb.replica_status", lonely_table, False),  # a table without replicas is no mirror
    well("dynamodb.replication_lag", strong_table, 0.0),
    well("dynamodb.replication_lag", following_table, 0.9),
    ill("dynamodb.replication_lag", idle_table, StepBroke),
    ill("dynamodb.replication_lag", unmirrored_table, StepBroke),
    well("ec2.capacity_reservations", reservation, 3),
    ill("ec2.capacity_reservations", given(instance_type="m6i.large"), 0),
    well("ec2.snapshots", snapshots, pytest.approx(30, abs=1)),
    ill("ec2.snapshots", given(volume="vol-0123456789abcdef0"), StepBroke),
    well("ecr.image_present", image("2025.11.3"), True),
    ill("ecr.image_present", image("never-pushed"), False),
    well("efs.replication_lag", files, 120.0),
    ill("efs.replication_lag", without("us-east-1", 600, files), 720.0),
    ill("efs.replication_lag", given(file_system="fs-0123456789abcdef0"), StepBroke),
    well("elbv2.healthy_targets", given(target_group="orders-api-usw2"), 4),
    ill("elbv2.healthy_targets", given(target_group="nobody"), StepBroke),
    well("health.events", given(affected_region="us-west-2"), 0),
    ill("health.events", without("us-west-2", 180, given(affected_region="us-west-2")), 1),
    well("http.probe", given(url=PROBE.format(region="us-east-1")), 200),
    ill("http.probe", without("us-east-1", 5, given(url=PROBE.format(region="us-east-1"))), Pending),
    well("iam.simulate", a_role(), True),
    ill("iam.simulate", a_role("ecs:*"), False),
    well("kms.key_ready", key, True),
    ill("kms.key_ready", disabled_key, False),
    well("rds.latest_restorable_time", given(region="us-east-1", database="reports"), NoLessThan(0)),
    ill("rds.latest_restorable_time", given(database="nobody"), StepBroke),
    well("rds.replica_lag", given(replica="reports-replica"), pytest.approx(0.85, abs=0.2)),
    ill("rds.replica_lag", without("us-east-1", 300, given(replica="reports-replica")), pytest.approx(300, abs=61)),
    ill("rds.replica_lag", given(replica="nobody"), StepBroke),
    well("route53.dns_answer", answer("us-east-1"), True),
    ill("route53.dns_answer", answer("eu-west-1"), Pending),
    well("s3.object_present", dump, True),
    ill("s3.object_present", no_dump, Pending),
    well("s3.replication_status", replicating_bucket, True),
    ill("s3.replication_status", bucket, False),
    well("secretsmanager.replica_in_sync", secret, True),
    ill("secretsmanager.replica_in_sync", lonely_secret, False),
    well("servicequotas.headroom", quota(96), True),
    ill("servicequotas.headroom", quota(1000), False),
    well("synthetics.canary", given(canary="orders-checkout"), True),
    ill("synthetics.canary", given(canary="broken-checkout"), Pending),
]
