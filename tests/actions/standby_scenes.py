"""What the actions of fencing, promoting and scaling find in the local cloud: one arrangement for each."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from pydantic import JsonValue

from tests.actions.scenes import Given, Scene
from tests.cloud_fixture import LocalCloud

WEST = "arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2"
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
         "Action": "sts:AssumeRole"}]}  # fmt: skip


def role(cloud: LocalCloud) -> str:
    made = cloud.client("iam").create_role(RoleName="standby", AssumeRolePolicyDocument=json.dumps(TRUST))
    return str(made["Role"]["Arn"])


def function(cloud: LocalCloud, name: str = "orders") -> str:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("orders.py", "def handle(event, context): return 1")
    cloud.client("lambda").create_function(
        FunctionName=name, Runtime="python3.12", Role=role(cloud), Handler="orders.handle",
        Code={"ZipFile": code.getvalue()}, Publish=True,
    )  # fmt: skip
    return name


def a_mapping(cloud: LocalCloud) -> Given:
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    made = cloud.client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName=function(cloud))
    return {"mapping": made["UUID"], "enabled": False}


def a_function(cloud: LocalCloud) -> Given:
    return {"function": function(cloud), "reserved": 0}


def a_version(cloud: LocalCloud) -> Given:
    return {"function": function(cloud), "qualifier": "1", "provisioned": 20}


def a_rule(cloud: LocalCloud) -> Given:
    cloud.client("events").put_rule(Name="nightly", ScheduleExpression="rate(1 day)")
    return {"rule": "nightly", "enabled": False}


def a_schedule(cloud: LocalCloud) -> Given:
    target = {"Arn": "arn:aws:sqs:us-west-2:111122223333:orders", "RoleArn": "arn:aws:iam::111122223333:role/x"}
    cloud.client("scheduler").create_schedule(
        Name="settle", ScheduleExpression="rate(5 minutes)", FlexibleTimeWindow={"Mode": "OFF"},
        Target={**target, "Input": '{"kept": true}'}, Description="kept",
    )  # fmt: skip
    return {"schedule": "settle", "enabled": False}


def a_group(cloud: LocalCloud) -> Given:
    return {"group": "orders-workers"}


def a_security_group(cloud: LocalCloud) -> Given:
    ec2 = cloud.client("ec2")
    group = ec2.create_security_group(GroupName="orders-db", Description="db")["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    return {"group": group, "port": 5432, "source": "10.0.0.0/16"}


def table(cloud: LocalCloud, name: str = "orders", **how: Any) -> str:
    cloud.client("dynamodb").create_table(
        TableName=name, KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], **how,
    )  # fmt: skip
    return name


def a_table(cloud: LocalCloud) -> Given:
    return {"table": table(cloud, BillingMode="PAY_PER_REQUEST")}


def a_small_table(cloud: LocalCloud) -> Given:
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    return {"table": table(cloud, ProvisionedThroughput=units), "mode": "on_demand"}


def a_bucket(cloud: LocalCloud) -> Given:
    where: Any = {"LocationConstraint": "us-west-2"}
    cloud.client("s3").create_bucket(Bucket="orders-documents", CreateBucketConfiguration=where)
    return {"bucket": "orders-documents", "account": "111122223333"}


def a_bucket_with_a_policy(cloud: LocalCloud) -> Given:
    given = a_bucket(cloud)
    theirs = {"Sid": "Theirs", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
              "Resource": "arn:aws:s3:::orders-documents/*"}  # fmt: skip
    cloud.client("s3").put_bucket_policy(
        Bucket="orders-documents", Policy=json.dumps({"Version": "2012-10-17", "Statement": [theirs]})
    )
    return given


def balancer(cloud: LocalCloud) -> str:
    subnets = [each["SubnetId"] for each in cloud.client("ec2").describe_subnets()["Subnets"][:2]]
    made = cloud.client("elbv2").create_load_balancer(Name="orders", Subnets=subnets)
    return str(made["LoadBalancers"][0]["LoadBalancerArn"])


def a_listener(cloud: LocalCloud) -> Given:
    elbv2 = cloud.client("elbv2")
    group = elbv2.describe_target_groups(Names=["orders-api-usw2"])["TargetGroups"][0]["TargetGroupArn"]
    made = elbv2.create_listener(
        LoadBalancerArn=balancer(cloud), Protocol="HTTP", Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )  # fmt: skip
    return {"listener": made["Listeners"][0]["ListenerArn"]}


def a_load_balancer(cloud: LocalCloud) -> Given:
    return {"load_balancer": balancer(cloud), "units": 1000}


def a_pipeline(cloud: LocalCloud) -> Given:
    trust = json.dumps(TRUST).replace("lambda.amazonaws.com", "codepipeline.amazonaws.com")
    arn = cloud.client("iam").create_role(RoleName="pipeline", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    kind = {"owner": "AWS", "version": "1"}
    source = {"name": "s", "actionTypeId": {"category": "Source", "provider": "S3", **kind}}
    deploy = {"name": "d", "actionTypeId": {"category": "Deploy", "provider": "S3", **kind}}
    stages = [{"name": "Source", "actions": [source]}, {"name": "Deploy", "actions": [deploy]}]
    store = {"type": "S3", "location": "orders-store"}
    cloud.client("codepipeline").create_pipeline(
        pipeline={"name": "orders", "roleArn": arn, "artifactStore": store, "stages": stages}
    )
    return {"pipeline": "orders", "stage": "Deploy", "enabled": False}


def some_alarms(cloud: LocalCloud) -> Given:
    return {"alarms": ["orders-api-success-ratio"], "enabled": False}


def a_global_database(cloud: LocalCloud) -> Given:
    return {"global_cluster": "orders-global", "target_cluster": WEST, "allow_data_loss": True}


def a_secondary(cloud: LocalCloud) -> Given:
    return {"global_cluster": "orders-global", "target_cluster": WEST}


def a_replica_cluster(cloud: LocalCloud) -> Given:
    rds = cloud.client("rds")
    rds.create_db_cluster(
        DBClusterIdentifier="copy", Engine="aurora-mysql", MasterUsername="root", MasterUserPassword="not-a-secret",
        ReplicationSourceIdentifier="arn:aws:rds:us-east-1:111122223333:cluster:orders-use1",
    )  # fmt: skip
    rds.describe_db_clusters(DBClusterIdentifier="copy")
    return {"cluster": "copy"}


def a_datastore(cloud: LocalCloud) -> Given:
    about = {"ReplicationGroupDescription": "sessions"}
    cloud.client("elasticache", "us-east-1").create_replication_group(ReplicationGroupId="sessions-east", **about)
    east = cloud.client("elasticache", "us-east-1")
    east.create_global_replication_group(
        GlobalReplicationGroupIdSuffix="sessions", PrimaryReplicationGroupId="sessions-east"
    )
    cloud.client("elasticache").create_replication_group(
        ReplicationGroupId="sessions-west", GlobalReplicationGroupId="ldgnf-sessions", **about
    )
    return {"datastore": "ldgnf-sessions", "group": "sessions-west"}


def a_copy_of_files(cloud: LocalCloud) -> Given:
    east = cloud.client("efs", "us-east-1")
    source = east.create_file_system(CreationToken="orders")["FileSystemId"]
    made = east.create_replication_configuration(SourceFileSystemId=source, Destinations=[{"Region": "us-west-2"}])
    cloud.advance(10)
    return {"file_system": made["Destinations"][0]["FileSystemId"]}


def a_secret(cloud: LocalCloud) -> Given:
    cloud.client("secretsmanager", "us-east-1").create_secret(
        Name="orders/database", SecretString="x", AddReplicaRegions=[{"Region": "us-west-2"}]
    )
    return {"secret": "orders/database"}


def a_server(cloud: LocalCloud) -> Given:
    source = "arn:aws:drs:us-east-1:111122223333:source-server/s-00000000000000001"
    made = cloud.client("drs").create_extended_source_server(sourceServerArn=source)
    return {"servers": [made["sourceServer"]["sourceServerID"]]}


def a_plan(cloud: LocalCloud) -> Given:
    return {"plan": cloud.client("drs").create_recovery_plan(name="orders")["recoveryPlan"]["recoveryPlanArn"]}


def template(cloud: LocalCloud) -> str:
    data = {"ImageId": "ami-12c6146b", "InstanceType": "t3.medium"}
    cloud.client("ec2").create_launch_template(LaunchTemplateName="worker", LaunchTemplateData=data)
    return "worker"


def a_templated_group(cloud: LocalCloud) -> Given:
    cloud.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="mixed", MinSize=0, MaxSize=4, AvailabilityZones=["us-west-2a"],
        LaunchTemplate={"LaunchTemplateName": template(cloud), "Version": "$Default"},
    )  # fmt: skip
    return {"group": "mixed", "instance_types": ["m6i.large", "m5.large"], "on_demand_base": 2}


def a_service(cloud: LocalCloud) -> Given:
    return {"cluster": "orders", "service": "orders-api", "minimum": 24, "maximum": 80}


def a_nodegroup(cloud: LocalCloud) -> Given:
    eks, arn = cloud.client("eks"), role(cloud)
    eks.create_cluster(name="orders", roleArn=arn, resourcesVpcConfig={"subnetIds": []})
    sizes = {"minSize": 1, "desiredSize": 2, "maxSize": 4}
    eks.create_nodegroup(
        clusterName="orders", nodegroupName="general", nodeRole=arn, subnets=["subnet-1"], scalingConfig=sizes
    )
    return {"cluster": "orders", "nodegroup": "general", "desired": 8}


def a_cluster(cloud: LocalCloud) -> Given:
    return {"cluster": "orders-usw2", "instance": "orders-usw2-dr", "instance_class": "db.r6g.large"}


def a_serverless_cluster(cloud: LocalCloud) -> Given:
    rds = cloud.client("rds")
    rds.create_db_cluster(
        DBClusterIdentifier="serverless", Engine="aurora-postgresql", MasterUsername="root",
        MasterUserPassword="not-a-secret", ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 8},
    )  # fmt: skip
    rds.describe_db_clusters(DBClusterIdentifier="serverless")
    return {"cluster": "serverless", "minimum": 16, "maximum": 64}


def an_instance(cloud: LocalCloud) -> Given:
    return {"instance": "orders-usw2-1", "instance_class": "db.r6g.4xlarge"}


def a_stopped_database(cloud: LocalCloud) -> Given:
    rds = cloud.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="cold", DBInstanceClass="db.t3.medium", Engine="postgres", AllocatedStorage=20,
        MasterUsername="root", MasterUserPassword="not-a-secret",
    )  # fmt: skip
    cloud.advance(10)
    rds.stop_db_instance(DBInstanceIdentifier="cold")
    return {"instance": "cold"}


def some_stopped_instances(cloud: LocalCloud) -> Given:
    ec2 = cloud.client("ec2")
    made = ec2.run_instances(ImageId="ami-12c6146b", MinCount=2, MaxCount=2)["Instances"]
    ids: list[JsonValue] = [each["InstanceId"] for each in made]
    ec2.stop_instances(InstanceIds=ids)
    return {"instances": ids}


def a_template(cloud: LocalCloud) -> Given:
    return {"name": "orders-dr", "template": template(cloud), "count": 2}


def a_zone(cloud: LocalCloud) -> Given:
    return {"name": "orders-dr", "instance_type": "m6i.large", "zone": "us-west-2a", "count": 4}


def a_stream(cloud: LocalCloud) -> Given:
    cloud.client("kinesis").create_stream(StreamName="orders", ShardCount=1)
    return {"stream": "orders", "mode": "ON_DEMAND"}


def a_marker(cloud: LocalCloud) -> Given:
    east = "arn:aws:rds:us-east-1:111122223333:cluster:orders-use1"
    secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:orders"
    where: Given = {"region": "us-east-1", "cluster": east, "secret": secret, "database": "orders"}
    return {**where, "name": "failover", "value": "INC-42"}


SCENES = [
    Scene("lambda.set_event_source_mapping", "lambda.update_event_source_mapping", a_mapping),
    Scene("lambda.set_reserved_concurrency", "lambda.put_function_concurrency", a_function, at_once=True),
    Scene("lambda.set_provisioned_concurrency", "lambda.put_provisioned_concurrency_config", a_version),
    Scene("events.set_rule_state", "events.disable_rule", a_rule, at_once=True),
    Scene("scheduler.set_schedule_state", "scheduler.update_schedule", a_schedule, at_once=True),
    Scene("autoscaling.suspend_processes", "autoscaling.suspend_processes", a_group, at_once=True),
    Scene("ec2.revoke_ingress", "ec2.revoke_security_group_ingress", a_security_group, at_once=True),
    Scene("dynamodb.deny_writes", "dynamodb.put_resource_policy", a_table, at_once=True),
    Scene("s3.deny_writes", "s3.put_bucket_policy", a_bucket, at_once=True),
    Scene("s3.deny_writes", "s3.put_bucket_policy", a_bucket_with_a_policy, at_once=True),
    Scene("elbv2.fixed_response", "elbv2.modify_listener", a_listener, at_once=True),
    Scene("codepipeline.set_transition", "codepipeline.disable_stage_transition", a_pipeline, at_once=True),
    Scene("cloudwatch.set_alarm_actions", "cloudwatch.disable_alarm_actions", some_alarms, at_once=True),
    Scene("docdb.failover_global_cluster", "rds.failover_global_cluster", a_global_database),
    Scene("neptune.failover_global_cluster", "rds.failover_global_cluster", a_global_database),
    Scene("aurora.detach_from_global", "rds.remove_from_global_cluster", a_secondary),
    Scene("aurora.promote_replica_cluster", "rds.promote_read_replica_db_cluster", a_replica_cluster),
    Scene(
        "elasticache.failover_global_replication_group", "elasticache.failover_global_replication_group", a_datastore
    ),
    Scene("efs.make_writable", "efs.delete_replication_configuration", a_copy_of_files),
    Scene("secretsmanager.promote_replica", "secretsmanager.stop_replication_to_replica", a_secret, at_once=True),
    Scene("drs.start_recovery", "drs.start_recovery", a_server),
    Scene("drs.recovery_plan", "drs.start_recovery_plan_execution", a_plan),
    Scene("autoscaling.mixed_instances", "autoscaling.update_auto_scaling_group", a_templated_group, at_once=True),
    Scene("ecs.set_scaling_limits", "application-autoscaling.register_scalable_target", a_service, at_once=True),
    Scene("eks.scale_nodegroup", "eks.update_nodegroup_config", a_nodegroup),
    Scene("aurora.add_reader", "rds.create_db_instance", a_cluster),
    Scene("aurora.set_serverless_capacity", "rds.modify_db_cluster", a_serverless_cluster, at_once=True),
    Scene("rds.modify_class", "rds.modify_db_instance", an_instance),
    Scene("rds.start", "rds.start_db_instance", a_stopped_database),
    Scene("ec2.start_instances", "ec2.start_instances", some_stopped_instances),
    Scene("ec2.create_fleet", "ec2.create_fleet", a_template),
    Scene(
        "ec2.reserve_capacity",
        "ec2.create_capacity_reservation",
        a_zone,
        at_once=True,
        needs_nothing="makes something new",
    ),
    Scene("dynamodb.set_capacity", "dynamodb.update_table", a_small_table),
    Scene("kinesis.set_stream_mode", "kinesis.update_stream_mode", a_stream),
    Scene("elbv2.prewarm", "elbv2.modify_capacity_reservation", a_load_balancer),
    Scene("rdsdata.marker", "rds-data.execute_statement", a_marker, at_once=True),
]
