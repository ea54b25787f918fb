"""Names that are wrong: each action says which name, in which region, and what to do; nobody can approve it."""

from __future__ import annotations

import pytest

from bot.actions.base import Call
from bot.actions.catalogue import Catalogue
from tests.actions.scripted import play, refusal

CATALOGUE = Catalogue.discover()
MISSING: list[tuple[str, Call, str]] = [
    (
        "lambda.set_event_source_mapping",
        refusal("lambda", "get_event_source_mapping", "ResourceNotFoundException"),
        "correct the UUID",
    ),
    (
        "lambda.set_reserved_concurrency",
        refusal("lambda", "get_function_concurrency", "ResourceNotFoundException"),
        "orders-consumer is not in us-west-2",
    ),
    (
        "lambda.set_provisioned_concurrency",
        refusal("lambda", "get_provisioned_concurrency_config", "ResourceNotFoundException"),
        "publish it there first",
    ),
    (
        "events.set_rule_state",
        refusal("events", "describe_rule", "ResourceNotFoundException"),
        "orders-nightly is not on bus default",
    ),
    (
        "scheduler.set_schedule_state",
        refusal("scheduler", "get_schedule", "ResourceNotFoundException"),
        "default/orders-settlement is not in us-west-2",
    ),
    (
        "autoscaling.suspend_processes",
        Call("autoscaling", "describe_auto_scaling_groups", {"AutoScalingGroups": []}),
        "orders-workers is not in us-west-2",
    ),
    (
        "ec2.revoke_ingress",
        refusal("ec2", "describe_security_group_rules", "InvalidGroupId.Malformed"),
        "sg-1 is not in us-west-2",
    ),
    (
        "dynamodb.deny_writes",
        refusal("dynamodb", "describe_table", "ResourceNotFoundException"),
        "orders is not in us-west-2",
    ),
    (
        "s3.deny_writes",
        refusal("s3", "get_bucket_policy", "NoSuchBucket", status=404),
        "orders-documents does not exist",
    ),
    ("elbv2.fixed_response", refusal("elbv2", "describe_listeners", "ListenerNotFound"), "is not in us-west-2"),
    (
        "codepipeline.set_transition",
        refusal("codepipeline", "get_pipeline_state", "PipelineNotFoundException"),
        "orders-api is not in us-west-2",
    ),
    ("cloudwatch.set_alarm_actions", Call("cloudwatch", "describe_alarms", {"MetricAlarms": []}), "alarms cpu, queue"),
    (
        "aurora.promote_replica_cluster",
        refusal("rds", "describe_db_clusters", "DBClusterNotFoundFault", status=404),
        "orders-replica is not in us-west-2",
    ),
    (
        "elasticache.failover_global_replication_group",
        Call("elasticache", "describe_global_replication_groups", {"GlobalReplicationGroups": [{"Members": []}]}),
        "no member of ldgnf-sessions",
    ),
    (
        "efs.make_writable",
        refusal("efs", "describe_file_systems", "FileSystemNotFound", status=404),
        "is not in us-west-2",
    ),
    (
        "secretsmanager.promote_replica",
        refusal("secretsmanager", "describe_secret", "ResourceNotFoundException"),
        "replicate it there first",
    ),
    ("drs.start_recovery", Call("drs", "describe_source_servers", {"items": []}), "is no source server in us-west-2"),
    (
        "drs.recovery_plan",
        refusal("drs", "get_recovery_plan", "ResourceNotFoundException", status=404),
        "is not in us-west-2",
    ),
    (
        "ecs.set_scaling_limits",
        Call("application-autoscaling", "describe_scalable_targets", {"ScalableTargets": []}),
        "is not autoscaled",
    ),
    (
        "eks.scale_nodegroup",
        refusal("eks", "describe_nodegroup", "ResourceNotFoundException", status=404),
        "orders/general is not in us-west-2",
    ),
    (
        "rds.modify_class",
        refusal("rds", "describe_db_instances", "DBInstanceNotFound", status=404),
        "orders-usw2-1 is not in us-west-2",
    ),
    (
        "rds.start",
        refusal("rds", "describe_db_instances", "DBInstanceNotFound", status=404),
        "reports is not in us-west-2",
    ),
    ("ec2.start_instances", refusal("ec2", "describe_instances", "InvalidInstanceID.NotFound"), "are in us-west-2"),
    (
        "dynamodb.set_capacity",
        refusal("dynamodb", "describe_table", "ResourceNotFoundException"),
        "orders is not in us-west-2",
    ),
    (
        "kinesis.set_stream_mode",
        refusal("kinesis", "describe_stream_summary", "ResourceNotFoundException"),
        "orders-events is not in us-west-2",
    ),
    (
        "elbv2.prewarm",
        refusal("elbv2", "describe_capacity_reservation", "LoadBalancerNotFound"),
        "orders is not in us-west-2",
    ),
    (
        "autoscaling.mixed_instances",
        Call("autoscaling", "describe_auto_scaling_groups", {"AutoScalingGroups": []}),
        "orders-workers is not in us-west-2",
    ),
    (
        "acm.certificate_issued",
        refusal("acm", "describe_certificate", "ResourceNotFoundException"),
        "is not in us-west-2",
    ),
    (
        "secretsmanager.replica_in_sync",
        refusal("secretsmanager", "describe_secret", "ResourceNotFoundException"),
        "is not in us-west-2",
    ),
    ("iam.simulate", refusal("iam", "simulate_principal_policy", "NoSuchEntity", status=404), "dr-bot does not exist"),
    ("health.events", refusal("health", "describe_events", "SubscriptionRequiredException"), "plan with AWS Health"),
]


@pytest.mark.parametrize(("name", "script", "sentence"), MISSING, ids=[name for name, _, _ in MISSING])
def test_a_wrong_name_blocks_the_plan(name: str, script: Call, sentence: str) -> None:
    """The finding names the thing and the next move."""
    each = CATALOGUE[name]

    look = each.preflight(play([script], may_write=False), each.Params.model_validate(each.rehearsal.params))

    assert look.state == "blocked"
    assert sentence in look.findings[0].text
