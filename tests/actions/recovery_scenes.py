"""What the actions of restoring, provisioning, shifting and failing back find in the local cloud."""

from __future__ import annotations

import json

from tests.actions.scenes import Given, Scene
from tests.actions.standby_scenes import function, role
from tests.cloud_fixture import LocalCloud

ACCOUNT = "111122223333"
EAST, WEST = "us-east-1", "us-west-2"
POINT = f"arn:aws:ec2:{WEST}::snapshot/snap-0a1b2c3d4e5f6a7b8"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/restore"
CLUSTER = {"Engine": "aurora-postgresql", "MasterUsername": "orders", "MasterUserPassword": "not-a-secret"}
PANEL = f"arn:aws:route53-recovery-control::{ACCOUNT}:controlpanel/p/routingcontrol"
MACHINE = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}


def a_recovery_point(cloud: LocalCloud) -> Given:
    return {"vault": "dr-vault", "recovery_point": POINT, "role": ROLE, "metadata": {"availabilityZone": f"{WEST}a"}}


def a_point_to_copy(cloud: LocalCloud) -> Given:
    vault = f"arn:aws:backup:{EAST}:{ACCOUNT}:backup-vault:dr-vault"
    return {"vault": "nightly", "recovery_point": POINT, "role": ROLE, "destination": vault}


def an_instance(cloud: LocalCloud) -> Given:
    instance(cloud)
    return {"source": "ledger", "name": "ledger-restored"}


def an_instance_snapshot(cloud: LocalCloud) -> Given:
    instance(cloud)
    cloud.client("rds").create_db_snapshot(DBSnapshotIdentifier="ledger-nightly", DBInstanceIdentifier="ledger")
    return {"snapshot": "ledger-nightly", "name": "ledger-restored"}


def a_snapshot_elsewhere(cloud: LocalCloud) -> Given:
    instance(cloud, EAST)
    cloud.client("rds", EAST).create_db_snapshot(DBSnapshotIdentifier="ledger-nightly", DBInstanceIdentifier="ledger")
    return {"snapshot": f"arn:aws:rds:{EAST}:{ACCOUNT}:snapshot:ledger-nightly", "name": "ledger-copy"}


def instance(cloud: LocalCloud, region: str = WEST) -> None:
    cloud.client("rds", region).create_db_instance(
        DBInstanceIdentifier="ledger", DBInstanceClass="db.t3.medium", Engine="postgres", AllocatedStorage=20,
        MasterUsername="ledger", MasterUserPassword="not-a-secret", BackupRetentionPeriod=7,
    )  # fmt: skip


def a_cluster(cloud: LocalCloud) -> Given:
    cloud.client("rds").create_db_cluster(DBClusterIdentifier="carts", **CLUSTER)
    cloud.client("rds").describe_db_clusters()
    return {"source": "carts", "name": "carts-restored"}


def a_cluster_snapshot(cloud: LocalCloud) -> Given:
    a_cluster(cloud)
    cloud.client("rds").create_db_cluster_snapshot(
        DBClusterSnapshotIdentifier="carts-nightly", DBClusterIdentifier="carts"
    )
    return {"snapshot": "carts-nightly", "name": "carts-restored", "engine": "aurora-postgresql"}


def a_source_abroad(cloud: LocalCloud) -> Given:
    instance(cloud, EAST)
    return {"source": f"arn:aws:rds:{EAST}:{ACCOUNT}:db:ledger", "name": "ledger-usw2"}


def table(cloud: LocalCloud) -> None:
    cloud.client("dynamodb").create_table(
        TableName="carts", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )  # fmt: skip


def a_table(cloud: LocalCloud) -> Given:
    table(cloud)
    cloud.client("dynamodb").update_continuous_backups(
        TableName="carts", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    return {"source": "carts", "name": "carts-restored"}


def a_table_backup(cloud: LocalCloud) -> Given:
    table(cloud)
    made = cloud.client("dynamodb").create_backup(TableName="carts", BackupName="nightly")
    return {"backup": made["BackupDetails"]["BackupArn"], "name": "carts-restored"}


def a_table_alone(cloud: LocalCloud) -> Given:
    table(cloud)
    return {"table": "carts", "replica": EAST}


def snapshot(cloud: LocalCloud, region: str = WEST, description: str = "") -> str:
    ec2 = cloud.client("ec2", region)
    volume = ec2.create_volume(AvailabilityZone=f"{region}a", Size=8)["VolumeId"]
    return str(ec2.create_snapshot(VolumeId=volume, Description=description)["SnapshotId"])


def a_volume_snapshot(cloud: LocalCloud) -> Given:
    return {"snapshot": snapshot(cloud), "zone": f"{WEST}a", "name": "orders-data"}


def a_volume_snapshot_abroad(cloud: LocalCloud) -> Given:
    return {"snapshot": snapshot(cloud, EAST), "source_region": EAST, "name": "orders-data"}


def an_archived_snapshot(cloud: LocalCloud) -> Given:
    return {"snapshot": snapshot(cloud, description="archived")}


def a_slow_snapshot(cloud: LocalCloud) -> Given:
    return {"snapshot": snapshot(cloud), "zones": [f"{WEST}a"]}


def an_image(cloud: LocalCloud) -> Given:
    ec2 = cloud.client("ec2", EAST)
    made = ec2.register_image(Name="worker", RootDeviceName="/dev/sda1", Architecture="x86_64")
    return {"image": made["ImageId"], "source_region": EAST, "name": "worker-usw2"}


def an_archive(cloud: LocalCloud) -> Given:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="archive", CreateBucketConfiguration={"LocationConstraint": WEST})
    s3.put_object(Bucket="archive", Key="db.dump", Body=b"x", StorageClass="DEEP_ARCHIVE")
    return {"bucket": "archive", "keys": ["db.dump"]}


def a_manifest(cloud: LocalCloud) -> Given:
    an_archive(cloud)
    cloud.client("s3").put_object(Bucket="archive", Key="manifest.csv", Body=b"archive,db.dump")
    return {"account": ACCOUNT, "bucket": "archive", "manifest": "manifest.csv", "role": ROLE}


def a_share_backup(cloud: LocalCloud) -> Given:
    return {"backup": "backup-0a1b2c3d4e5f6a7b8", "subnets": ["subnet-0a1b2c3d4e5f67890"], "name": "orders-share"}


def a_cache_snapshot(cloud: LocalCloud) -> Given:
    cache = cloud.client("elasticache")
    cache.create_replication_group(
        ReplicationGroupId="sessions", ReplicationGroupDescription="x", Engine="redis", CacheNodeType="cache.t3.micro"
    )
    cache.create_snapshot(ReplicationGroupId="sessions", SnapshotName="sessions-nightly")
    return {"snapshot": "sessions-nightly", "name": "sessions-restored"}


def a_warehouse_snapshot(cloud: LocalCloud) -> Given:
    redshift = cloud.client("redshift")
    redshift.create_cluster(
        ClusterIdentifier="warehouse", NodeType="ra3.xlplus", MasterUsername="orders", MasterUserPassword="Not-4-secret"
    )
    redshift.create_cluster_snapshot(ClusterIdentifier="warehouse", SnapshotIdentifier="nightly")
    return {"snapshot": "nightly", "name": "warehouse-restored"}


def template(cloud: LocalCloud, kind: str = "Queue") -> str:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": WEST})
    body = {"Resources": {kind: {"Type": "AWS::SQS::Queue"}}}
    s3.put_object(Bucket="templates", Key="dr.json", Body=json.dumps(body).encode())
    return "https://templates.s3.us-west-2.amazonaws.com/dr.json"


def a_template(cloud: LocalCloud) -> Given:
    return {"stack": "orders-dr", "template_url": template(cloud)}


def stack(cloud: LocalCloud) -> None:
    body = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    cloud.client("cloudformation").create_stack(StackName="orders-dr", TemplateBody=json.dumps(body))


def a_stack(cloud: LocalCloud) -> Given:
    stack(cloud)
    return {"stack": "orders-dr", "name": "failover", "template_url": template(cloud)}


def a_change_set(cloud: LocalCloud) -> Given:
    stack(cloud)
    cloud.client("cloudformation").create_change_set(
        StackName="orders-dr", ChangeSetName="failover", TemplateURL=template(cloud)
    )
    return {"stack": "orders-dr", "name": "failover"}


def a_stack_set(cloud: LocalCloud) -> Given:
    body = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "baseline"}}}}
    cloud.client("cloudformation").create_stack_set(StackSetName="baseline", TemplateBody=json.dumps(body))
    return {"stack_set": "baseline", "accounts": [ACCOUNT], "regions": [EAST]}


def a_project(cloud: LocalCloud) -> Given:
    cloud.client("codebuild").create_project(
        name="orders-terraform", source={"type": "S3", "location": "bucket/path"}, artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=f"arn:aws:iam::{ACCOUNT}:role/service-role/terraform",
    )  # fmt: skip
    return {"project": "orders-terraform"}


def a_planned_project(cloud: LocalCloud) -> Given:
    return {**a_project(cloud), "plan": "s3://dr/plans/42.tfplan"}


def a_machine(cloud: LocalCloud) -> Given:
    made = cloud.client("stepfunctions").create_state_machine(
        name="warm-up", definition=json.dumps(MACHINE), roleArn=role(cloud)
    )
    return {"state_machine": made["stateMachineArn"], "input": {"tasks": 24}}


def a_document(cloud: LocalCloud) -> Given:
    content = {"schemaVersion": "0.3", "mainSteps": [{"name": "wait", "action": "aws:sleep", "inputs": {}}]}
    cloud.client("ssm").create_document(
        Name="Warm-Up", DocumentType="Automation", Content=json.dumps(content), DocumentFormat="JSON"
    )
    return {"document": "Warm-Up"}


def a_machine_with_an_agent(cloud: LocalCloud) -> Given:
    made = cloud.client("ec2").run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)
    return {"instances": [made["Instances"][0]["InstanceId"]], "commands": ["systemctl restart api"]}


def two_controls(cloud: LocalCloud) -> Given:
    endpoints = {region: f"https://host.{region}.example.com/v1" for region in (EAST, WEST)}
    return {"endpoints": endpoints, "controls": {f"{PANEL}/east": "Off", f"{PANEL}/west": "On"}}


def a_balancer(cloud: LocalCloud) -> Given:
    arn = f"arn:aws:elasticloadbalancing:{WEST}:{ACCOUNT}:loadbalancer/app/orders/0a1b2c3d4e5f6a7b"
    return {"resource": arn, "away_from": "usw2-az1"}


def a_plan(cloud: LocalCloud) -> Given:
    return {"plan": f"arn:aws:arc-region-switch::{ACCOUNT}:plan/orders:0a1b2c"}


def a_health_check(cloud: LocalCloud) -> Given:
    config = {"Type": "HTTP", "FullyQualifiedDomainName": "orders.example.com", "ResourcePath": "/health", "Port": 80}
    made = cloud.client("route53").create_health_check(CallerReference="x", HealthCheckConfig=config)
    return {"health_check": made["HealthCheck"]["Id"], "inverted": True}


def an_endpoint_group(cloud: LocalCloud) -> Given:
    group = "accelerator/0a1b2c3d/listener/0a1b/endpoint-group/0a1b2c"
    return {"endpoint_group": f"arn:aws:globalaccelerator::{ACCOUNT}:{group}", "percent": 100}


def an_access_point(cloud: LocalCloud) -> Given:
    return {"account": ACCOUNT, "access_point": f"arn:aws:s3::{ACCOUNT}:accesspoint/abc.mrap", "active": [WEST]}


def a_distribution(cloud: LocalCloud) -> Given:
    origins = [
        {"Id": name, "DomainName": f"{name}.example.com", "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443,
         "OriginProtocolPolicy": "https-only"}} for name in ("use1", "usw2")
    ]  # fmt: skip
    behaviour = {"TargetOriginId": "use1", "ViewerProtocolPolicy": "https-only", "MinTTL": 0,
                 "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}}}  # fmt: skip
    made = cloud.client("cloudfront").create_distribution(
        DistributionConfig={"CallerReference": "x", "Comment": "x", "Enabled": True, "DefaultCacheBehavior": behaviour,
                            "Origins": {"Quantity": 2, "Items": origins}}
    )  # fmt: skip
    return {"distribution": made["Distribution"]["Id"], "origin": "usw2"}


def a_listener(cloud: LocalCloud) -> Given:
    elb, ec2 = cloud.client("elbv2"), cloud.client("ec2")
    subnets = [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"][:2]]
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    balancer = elb.create_load_balancer(Name="orders", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    blue, green = (
        elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]["TargetGroupArn"]
        for name in ("blue", "green")
    )
    groups = [{"TargetGroupArn": blue, "Weight": 100}, {"TargetGroupArn": green, "Weight": 0}]
    made = elb.create_listener(
        LoadBalancerArn=balancer, Protocol="HTTP", Port=80,
        DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
    )  # fmt: skip
    return {"listener": made["Listeners"][0]["ListenerArn"], "weights": {blue: 0, green: 100}}


def an_alias(cloud: LocalCloud) -> Given:
    name = function(cloud)
    client = cloud.client("lambda")
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST")
    return {"function": name, "alias": "live", "version": "1"}


def a_domain(cloud: LocalCloud) -> Given:
    gateway = cloud.client("apigateway")
    old, new = (gateway.create_rest_api(name=name)["id"] for name in ("old", "new"))
    for api in (old, new):
        top = gateway.get_resources(restApiId=api)["items"][0]["id"]
        gateway.put_method(restApiId=api, resourceId=top, httpMethod="GET", authorizationType="NONE")
        gateway.put_integration(restApiId=api, resourceId=top, httpMethod="GET", type="MOCK")
        gateway.create_deployment(restApiId=api, stageName="live")
    gateway.create_domain_name(domainName="api.example.com", certificateName="x", certificateArn="arn:x")
    gateway.create_base_path_mapping(domainName="api.example.com", basePath="v1", restApiId=old, stage="live")
    return {"domain": "api.example.com", "path": "v1", "api": new, "stage": "live"}


def experiment(cloud: LocalCloud) -> str:
    alarm = f"arn:aws:cloudwatch:{WEST}:{ACCOUNT}:alarm:orders-api-success-ratio"
    made = cloud.client("fis").create_experiment_template(
        clientToken="x", description="stop the workers", roleArn=ROLE, actions={}, targets={},
        stopConditions=[{"source": "aws:cloudwatch:alarm", "value": alarm}],
    )  # fmt: skip
    return str(made["experimentTemplate"]["id"])


def a_fault(cloud: LocalCloud) -> Given:
    return {"template": experiment(cloud)}


def a_running_fault(cloud: LocalCloud) -> Given:
    template = experiment(cloud)
    cloud.client("fis").start_experiment(clientToken="y", experimentTemplateId=template)
    return {"template": template}


def a_drill(cloud: LocalCloud) -> Given:
    return {"recovery_instances": ["i-d123456789abcdef0"]}


def two_file_systems(cloud: LocalCloud) -> Given:
    source, target = (
        cloud.client("efs", region).create_file_system(CreationToken=region)["FileSystemId"] for region in (WEST, EAST)
    )
    return {"source": source, "destination": target, "destination_region": EAST}


def a_recovered_server(cloud: LocalCloud) -> Given:
    return {"recovery_instance": "i-0123456789abcdef0"}


def a_reservation(cloud: LocalCloud) -> Given:
    made = cloud.client("ec2").create_capacity_reservation(
        InstanceType="m6i.large", InstancePlatform="Linux/UNIX", InstanceCount=4, AvailabilityZone=f"{WEST}a"
    )
    return {"reservation": made["CapacityReservation"]["CapacityReservationId"]}


def a_rule_at_rest(cloud: LocalCloud) -> Given:
    s3 = cloud.client("s3")
    for bucket in ("orders-usw2", "orders-use1"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": WEST})
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    rule = {"ID": "back", "Status": "Disabled", "Priority": 1, "Filter": {"Prefix": ""},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": "arn:aws:s3:::orders-use1"}}  # fmt: skip
    s3.put_bucket_replication(Bucket="orders-usw2", ReplicationConfiguration={"Role": ROLE, "Rules": [rule]})
    return {"bucket": "orders-usw2", "rule": "back"}


def a_lonely_writer(cloud: LocalCloud) -> Given:
    east = cloud.client("rds", EAST)
    east.create_global_cluster(GlobalClusterIdentifier="carts-global", Engine="aurora-postgresql")
    east.create_db_cluster(DBClusterIdentifier="carts-use1", GlobalClusterIdentifier="carts-global", **CLUSTER)
    return {"global_cluster": "carts-global", "name": "carts-usw2", "engine": "aurora-postgresql"}


def a_frozen_group(cloud: LocalCloud) -> Given:
    scaling = cloud.client("autoscaling")
    scaling.create_launch_configuration(
        LaunchConfigurationName="workers", ImageId="ami-12c6146b", InstanceType="t3.medium"
    )
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="workers", LaunchConfigurationName="workers", MinSize=0, MaxSize=2, DesiredCapacity=0,
        AvailabilityZones=[f"{WEST}a"],
    )  # fmt: skip
    scaling.suspend_processes(AutoScalingGroupName="workers", ScalingProcesses=["Launch", "Terminate"])
    return {"group": "workers", "processes": ["Launch"]}


CONJURED = "the local cloud has one under every name"

SCENES = [
    Scene("backup.start_restore", "backup.start_restore_job", a_recovery_point, needs_nothing=CONJURED),
    Scene("backup.start_copy", "backup.start_copy_job", a_point_to_copy, needs_nothing=CONJURED),
    Scene("rds.restore_to_point_in_time", "rds.restore_db_instance_to_point_in_time", an_instance),
    Scene("rds.restore_from_snapshot", "rds.restore_db_instance_from_db_snapshot", an_instance_snapshot),
    Scene("rds.copy_snapshot", "rds.copy_db_snapshot", a_snapshot_elsewhere),
    Scene("rds.create_read_replica", "rds.create_db_instance_read_replica", a_source_abroad),
    Scene("aurora.restore_to_point_in_time", "rds.restore_db_cluster_to_point_in_time", a_cluster),
    Scene("aurora.restore_from_snapshot", "rds.restore_db_cluster_from_snapshot", a_cluster_snapshot),
    Scene("docdb.restore_to_point_in_time", "rds.restore_db_cluster_to_point_in_time", a_cluster),
    Scene("neptune.restore_from_snapshot", "rds.restore_db_cluster_from_snapshot", a_cluster_snapshot),
    Scene("dynamodb.restore_to_point_in_time", "dynamodb.restore_table_to_point_in_time", a_table),
    Scene("dynamodb.restore_from_backup", "dynamodb.restore_table_from_backup", a_table_backup),
    Scene("dynamodb.add_replica", "dynamodb.update_table", a_table_alone),
    Scene("ec2.copy_snapshot", "ec2.copy_snapshot", a_volume_snapshot_abroad),
    Scene("ec2.copy_image", "ec2.copy_image", an_image),
    Scene("ec2.create_volume", "ec2.create_volume", a_volume_snapshot, at_once=True),
    Scene("ec2.restore_archived_snapshot", "ec2.restore_snapshot_tier", an_archived_snapshot),
    Scene("ec2.fast_snapshot_restore", "ec2.enable_fast_snapshot_restores", a_slow_snapshot),
    Scene("s3.restore_objects", "s3.restore_object", an_archive),
    Scene("s3.batch_restore", "s3control.create_job", a_manifest),
    Scene("fsx.create_from_backup", "fsx.create_file_system_from_backup", a_share_backup, needs_nothing=CONJURED),
    Scene("elasticache.restore_from_snapshot", "elasticache.create_replication_group", a_cache_snapshot),
    Scene("redshift.restore_from_snapshot", "redshift.restore_from_cluster_snapshot", a_warehouse_snapshot),
    Scene("cloudformation.create_stack", "cloudformation.create_stack", a_template),
    Scene("cloudformation.create_change_set", "cloudformation.create_change_set", a_stack),
    Scene("cloudformation.execute_change_set", "cloudformation.execute_change_set", a_change_set),
    Scene("cloudformation.stack_set_instances", "cloudformation.create_stack_instances", a_stack_set),
    Scene("codebuild.terraform_plan", "codebuild.start_build", a_project),
    Scene("codebuild.terraform_apply", "codebuild.start_build", a_planned_project),
    Scene("stepfunctions.start_execution", "stepfunctions.start_execution", a_machine),
    Scene("ssm.start_automation", "ssm.start_automation_execution", a_document),
    Scene("ssm.run_command", "ssm.send_command", a_machine_with_an_agent),
    Scene(
        "arc.set_routing_controls",
        "route53-recovery-cluster.update_routing_control_states",
        two_controls,
        at_once=True,
        needs_nothing=CONJURED,
    ),
    Scene(
        "arc.start_zonal_shift", "arc-zonal-shift.start_zonal_shift", a_balancer, at_once=True, needs_nothing=CONJURED
    ),
    Scene("arc.region_switch_plan", "arc-region-switch.start_plan_execution", a_plan, needs_nothing=CONJURED),
    Scene("route53.update_health_check", "route53.update_health_check", a_health_check, at_once=True),
    Scene(
        "globalaccelerator.set_traffic_dial",
        "globalaccelerator.update_endpoint_group",
        an_endpoint_group,
        needs_nothing=CONJURED,
    ),
    Scene(
        "s3control.shift_mrap_routes",
        "s3control.submit_multi_region_access_point_routes",
        an_access_point,
        at_once=True,
        needs_nothing=CONJURED,
    ),
    Scene("cloudfront.update_origin", "cloudfront.update_distribution", a_distribution),
    Scene("elbv2.shift_listener_weights", "elbv2.modify_listener", a_listener, at_once=True),
    Scene("lambda.update_alias", "lambda.update_alias", an_alias, at_once=True),
    Scene("apigateway.update_mapping", "apigateway.update_base_path_mapping", a_domain, at_once=True),
    Scene("autoscaling.resume_processes", "autoscaling.resume_processes", a_frozen_group, at_once=True),
    Scene(
        "aurora.create_secondary",
        "rds.create_db_cluster",
        a_lonely_writer,
        needs_nothing="makes something new of a global database that is known everywhere",
    ),
    Scene("drs.reverse_replication", "drs.reverse_replication", a_recovered_server, needs_nothing=CONJURED),
    Scene("drs.terminate_drill_instances", "drs.terminate_recovery_instances", a_drill),
    Scene("efs.create_replication", "efs.create_replication_configuration", two_file_systems),
    Scene("ec2.cancel_capacity_reservation", "ec2.cancel_capacity_reservation", a_reservation, at_once=True),
    Scene("s3.put_replication", "s3.put_bucket_replication", a_rule_at_rest, at_once=True),
    Scene("fis.start_experiment", "fis.start_experiment", a_fault),
    Scene("fis.stop_experiment", "fis.stop_experiment", a_running_fault),
]
