"""What nobody implemented is refused loudly, in the caller's protocol, and once."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from bot.local.cloud.ledger import is_mutation
from tests.cloud_fixture import LocalCloud


@pytest.mark.parametrize(
    ("service", "operation", "wanted"),
    [
        ("rds", "backtrack_db_cluster", {"DBClusterIdentifier": "orders-use1", "BacktrackTo": 0}),  # query
        ("ecs", "submit_task_state_change", {}),  # JSON
        ("drs", "describe_launch_configuration_templates", {}),  # REST JSON, not in moto
        ("route53", "list_traffic_policies", {}),  # REST XML
        ("arc-region-switch", "list_plans", {}),  # not in moto
        ("ec2", "get_spot_placement_scores", {"TargetCapacity": 8}),  # EC2
        ("ssm", "describe_instance_patch_states", {"InstanceIds": ["i-11111111111111111"]}),  # not in moto
    ],
)
def test_an_unknown_operation_is_one_loud_error(
    cloud: LocalCloud, service: str, operation: str, wanted: dict[str, Any]
) -> None:
    """The code and the operation's name, HTTP 501, and not repeated by a client that repeats 5xx."""
    client = cloud.client(service, "us-west-2", Config(retries={"mode": "standard", "total_max_attempts": 3}))

    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**wanted)

    answer = caught.value.response
    assert answer["Error"]["Code"] == "NotImplementedByLocalCloud"
    assert operation.replace("_", "") in answer["Error"]["Message"].lower().replace("_", "")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert answer["ResponseMetadata"]["RetryAttempts"] == 0


def test_an_error_of_motos_passes_as_it_is(cloud: LocalCloud) -> None:
    """What moto refuses keeps its code, and the ledger has it."""
    with pytest.raises(ClientError) as caught:
        cloud.client("rds").delete_db_cluster(DBClusterIdentifier="nobody", SkipFinalSnapshot=True)

    assert caught.value.response["Error"]["Code"] == "DBClusterNotFoundFault"
    assert cloud.ledger()[0]["outcome"] == "DBClusterNotFoundFault"


def test_a_request_that_is_no_aws_call_is_told_so(cloud: LocalCloud) -> None:
    """Never HTML, never a quiet 200."""
    request = urllib.request.Request(f"{cloud.url}/v1/what", method="POST", data=b"{}")
    request.add_header("Content-Type", "application/json")
    request.add_header("Authorization", "AWS4-HMAC-SHA256 Credential=A/20250101/us-west-2/nosuch/aws4_request")

    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=5)

    assert caught.value.code == 501
    assert json.load(caught.value)["__type"] == "NotImplementedByLocalCloud"


def test_the_services_that_are_motos_work(cloud: LocalCloud) -> None:
    """Certificates are issued, images are there, secrets and keys can be made, and we are who we are."""
    certificate = cloud.client("acm").list_certificates()["CertificateSummaryList"][0]
    arn = certificate["CertificateArn"]
    described = cloud.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]
    images = cloud.client("ecr").describe_images(repositoryName="orders/api")["imageDetails"]
    secret = cloud.client("secretsmanager").create_secret(Name="orders", SecretString="not-a-secret")

    assert (described["DomainName"], described["Status"]) == ("orders-api.example.com", "ISSUED")
    assert images[0]["imageTags"] == ["2025.11.3"]
    assert secret["ARN"].startswith("arn:aws:secretsmanager:us-west-2:111122223333:secret:orders")
    assert cloud.client("kms").create_key()["KeyMetadata"]["AWSAccountId"] == "111122223333"
    assert cloud.client("sts").get_caller_identity()["Account"] == "111122223333"


def test_quotas_are_known_or_said_to_be_unknown(cloud: LocalCloud) -> None:
    """The limits a failover meets have values; an invented one has an error."""
    quotas = cloud.client("service-quotas")

    known = quotas.get_service_quota(ServiceCode="fargate", QuotaCode="L-3032A538")["Quota"]["Value"]

    assert known == 140.0
    with pytest.raises(ClientError) as caught:
        quotas.get_service_quota(ServiceCode="fargate", QuotaCode="L-0")
    assert caught.value.response["Error"]["Code"] == "NoSuchResourceException"


def test_ids_are_the_same_after_every_reset(cloud: LocalCloud) -> None:
    """What AWS would generate is repeatable here."""
    first = cloud.client("elbv2").describe_target_groups()["TargetGroups"][0]["TargetGroupArn"]

    cloud.reset()

    assert cloud.client("elbv2").describe_target_groups()["TargetGroups"][0]["TargetGroupArn"] == first


def test_control_refuses_what_it_does_not_know(cloud: LocalCloud) -> None:
    """A typing error in a test must not look like success."""
    for method, path, said in [("POST", "nothing", {}), ("POST", "regions/us-east-1", {"state": "sideways"})]:
        with pytest.raises(urllib.error.HTTPError) as caught:
            cloud.control(method, path, said)
        assert caught.value.code in (400, 404)


@pytest.mark.parametrize(
    ("operation", "mutates"),
    [
        ("DescribeDBClusters", False),
        ("ListTasks", False),
        ("GetChange", False),
        ("PromoteReadReplica", True),
        ("Publish", True),
        ("SendMessage", True),
        ("ReceiveMessage", False),
        ("TestDNSAnswer", False),
    ],
)
def test_reads_and_changes_are_told_apart(operation: str, mutates: bool) -> None:
    """Only changes belong into the ledger."""
    assert is_mutation(operation) is mutates


def test_one_url_serves_every_region(cloud: LocalCloud) -> None:
    """AWS_ENDPOINT_URL is enough: region and service come from the signature."""
    session = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name="us-east-1")

    clusters = session.client("rds", endpoint_url=cloud.url).describe_db_clusters()["DBClusters"]

    assert [cluster["DBClusterIdentifier"] for cluster in clusters] == ["orders-use1", "payments-use1"]


def test_a_call_without_what_it_needs_is_refused(cloud: LocalCloud) -> None:
    """botocore checks before it sends; whoever speaks plain HTTP is checked here."""
    form = b"Action=FailoverGlobalCluster&Version=2014-10-31&GlobalClusterIdentifier=orders-global"
    request = urllib.request.Request(cloud.url, method="POST", data=form)
    request.add_header("Authorization", "AWS4-HMAC-SHA256 Credential=A/20250101/us-west-2/rds/aws4_request")

    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=5)

    assert caught.value.code == 400
    assert "TargetDbClusterIdentifier" in caught.value.read().decode()


def test_objects_and_tables_pass_through(cloud: LocalCloud) -> None:
    """REST bodies, headers and JSON tables of moto's survive the gate."""
    s3, table = cloud.client("s3"), cloud.client("dynamodb")
    s3.create_bucket(Bucket="orders-data", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    s3.put_object(Bucket="orders-data", Key="a/b.bin", Body=b"\x00\xff", Metadata={"origin": "test"})
    table.create_table(
        TableName="orders",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )

    found = s3.get_object(Bucket="orders-data", Key="a/b.bin")

    assert found["Body"].read() == b"\x00\xff"
    assert found["Metadata"] == {"origin": "test"}
    assert table.describe_table(TableName="orders")["Table"]["TableStatus"] == "ACTIVE"


def test_a_look_at_an_object_tells_its_size(cloud: LocalCloud) -> None:
    """The answer to HEAD has no body, and says how long the one of GET is."""
    s3 = cloud.client("s3")
    wanted = {"Bucket": "dr-templates-usw2", "Key": "settings.json"}

    assert s3.head_object(**wanted)["ContentLength"] == s3.get_object(**wanted)["ContentLength"] > 0
