"""IAM's names for API calls: mostly the API's own, under a prefix that is mostly boto3's name of the service."""

from __future__ import annotations

PREFIX = {
    "apigatewayv2": "apigateway",
    "docdb": "rds",
    "efs": "elasticfilesystem",
    "elbv2": "elasticloadbalancing",
    "neptune": "rds",
    "s3control": "s3",
    "service-quotas": "servicequotas",
    "stepfunctions": "states",
}
"""Where IAM's name for a service differs from boto3's."""

NAME = {
    ("apigateway", "GetBasePathMapping"): "apigateway:GET",
    ("apigateway", "UpdateBasePathMapping"): "apigateway:PATCH",
    ("apigatewayv2", "GetApiMappings"): "apigateway:GET",
    ("apigatewayv2", "UpdateApiMapping"): "apigateway:PATCH",
    ("lambda", "Invoke"): "lambda:InvokeFunction",
    ("s3", "GetBucketReplication"): "s3:GetReplicationConfiguration",
    ("s3", "HeadBucket"): "s3:ListBucket",
    ("s3", "HeadObject"): "s3:GetObject",
    ("s3", "ListObjectsV2"): "s3:ListBucket",
    ("s3", "PutBucketReplication"): "s3:PutReplicationConfiguration",
}
"""Where IAM's name for a call differs from the API's."""


def permission(service: str, operation: str) -> str:
    """What IAM wants to see for `operation`, by the API's name (`DescribeDBInstances`), of boto3's `service`."""
    return NAME.get((service, operation), f"{PREFIX.get(service, service)}:{operation}")
