"""Service Quotas: the limits that a failover runs into (moto knows only VPC's); any other is said to be unknown."""

from __future__ import annotations

from typing import Any

from bot.local.cloud.errors import AwsError
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.wire import Call
from bot.local.cloud.world import ACCOUNT

QUOTAS: dict[tuple[str, str], tuple[str, float]] = {
    ("ec2", "L-1216C47A"): ("Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 256.0),
    ("fargate", "L-3032A538"): ("Fargate On-Demand vCPU resource count", 140.0),
    ("ecs", "L-46458851"): ("Tasks per service", 5000.0),
    ("rds", "L-952B80B8"): ("DB clusters", 40.0),
    ("rds", "L-7B6409FD"): ("DB instances", 40.0),
    ("autoscaling", "L-CDE20ADC"): ("Auto Scaling groups per region", 500.0),
    ("elasticloadbalancing", "L-B22855CB"): ("Targets per Target Group per Region", 1000.0),
    ("lambda", "L-B99A9384"): ("Concurrent executions", 1000.0),
}


@operation("service-quotas", "GetServiceQuota", "GetAWSDefaultServiceQuota")
def get_service_quota(call: Call) -> Answer:
    service, code = call.params["ServiceCode"], call.params["QuotaCode"]
    if (service, code) not in QUOTAS:
        raise AwsError("NoSuchResourceException", "The request failed because the specified quota does not exist.")
    return {"Quota": described(call.region, service, code)}


@operation("service-quotas", "ListServiceQuotas", "ListAWSDefaultServiceQuotas")
def list_service_quotas(call: Call) -> Answer:
    wanted = call.params["ServiceCode"]
    return {"Quotas": [described(call.region, service, code) for service, code in QUOTAS if service == wanted]}


def described(region: str, service: str, code: str) -> dict[str, Any]:
    name, value = QUOTAS[service, code]
    return {
        "ServiceCode": service,
        "ServiceName": service,
        "QuotaArn": f"arn:aws:servicequotas:{region}:{ACCOUNT}:{service}/{code}",
        "QuotaCode": code,
        "QuotaName": name,
        "Value": value,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }
