"""AWS's protocols: from an HTTP request to a Call, and from a result or an error back to a Reply.

Promises: query, JSON and REST requests are parsed with botocore's models, and answers and errors leave in the protocol
in which the question came. Refuses to know what any operation does.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import XFormedAttributePicker, get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

from bot.local.cloud.errors import AwsError
from bot.local.cloud.world import World

log = logging.getLogger("bot.local.cloud")

SCOPE = re.compile(r"Credential=[^/]+/\d{8}/(?P<region>[^/]+)/(?P<signing>[^/]+)/aws4_request")
DEFAULT_REGION = "us-east-1"

SIGNED_AS: dict[str, tuple[str, ...]] = {
    "access-analyzer": ("accessanalyzer",),
    "airflow": ("mwaa",),
    "apigateway": ("apigateway", "apigatewayv2"),
    "aps": ("amp",),
    "cloudcontrolapi": ("cloudcontrol",),
    "dynamodb": ("dynamodb", "dynamodbstreams"),
    "elasticfilesystem": ("efs",),
    "elasticloadbalancing": ("elbv2", "elb"),
    "elasticmapreduce": ("emr",),
    "es": ("opensearch", "es"),
    "monitoring": ("cloudwatch",),
    "resiliencehub": ("resiliencehub", "resiliencehubv2"),
    "s3": ("s3control", "s3"),
    "servicequotas": ("service-quotas",),
    "ses": ("ses", "sesv2"),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
    "timestream": ("timestream-query", "timestream-write"),
}
"""Signing names that differ from botocore's service names, or that several services share. DocumentDB and Neptune sign
as `rds` and speak its protocol, so they are answered as RDS."""


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return self.status < 400


@dataclass(frozen=True)
class Target:
    """Which operation of which service in which region a request means, before its parameters are read."""

    service: str
    region: str
    operation: OperationModel
    request: Request
    path_params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.operation.name)

    @property
    def protocol(self) -> str:
        service = self.operation.service_model
        protocol = determine_request_protocol(service, self.request.content_type)
        asks_json = protocol == "query" and "JSON" in self.request.values.getlist("ContentType")
        return "query-json" if asks_json else str(protocol)

    def params(self) -> dict[str, Any]:
        """The parameters by botocore's names; empty when they cannot be read, which `Call.check` then refuses."""
        parser = PROTOCOL_PARSERS[self.protocol.removesuffix("-json") if "query" in self.protocol else self.protocol]
        request = self.request
        parts: Any = {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": self.path_params,
        }
        try:
            return dict(parser(self.operation, map_type=dict).parse(parts))
        except RequestParserError:
            log.warning("unreadable-parameters %s", action_name(self), exc_info=True)
            return {}


@dataclass
class Call:
    """One call to be answered. `moto` asks moto about the same request and returns its reply unread."""

    world: World
    target: Target
    ask_moto: Callable[[], Reply]

    @cached_property
    def params(self) -> dict[str, Any]:
        return self.target.params()

    @property
    def region(self) -> str:
        return self.target.region

    @property
    def service(self) -> str:
        return self.target.service

    def check(self) -> None:
        """Raise ValidationError when a required parameter is missing; botocore would not have sent it."""
        shape = self.target.operation.input_shape
        missing = [name for name in (shape.required_members if shape else []) if name not in self.params]
        if missing:
            raise AwsError("ValidationError", f"Missing required parameters: {', '.join(missing)}")

    def moto(self) -> Reply:
        """moto's reply to this very request. Raises nothing: look at `ok`."""
        return self.ask_moto()

    def token(self) -> str | None:
        """The idempotency token among the parameters, if the operation has one."""
        shape = self.target.operation.input_shape
        if shape is None:
            return None
        marked = [name for name, member in shape.members.items() if member.metadata.get("idempotencyToken")]
        usual = [
            "ClientToken",
            "clientToken",
            "ClientRequestToken",
            "clientRequestToken",
            "IdempotencyToken",
            "idempotencyToken",
        ]
        found = (self.params.get(name) for name in [*marked, *usual] if name in shape.members)
        return next((str(value) for value in found if value), None)


def understand(request: Request) -> Target | None:
    """The operation that a request means, or None when no model in botocore fits."""
    scope = SCOPE.search(request.headers.get("Authorization", ""))
    region, signing = (scope["region"], scope["signing"]) if scope else unsigned(request)
    for service in SIGNED_AS.get(signing.lower(), (signing.lower(),)):
        model = service_model(service)
        if model is not None and (found := route(model, request)) is not None:
            return Target(service, region, *found[:1], request, found[1])
    return None


def route(model: ServiceModel, request: Request) -> tuple[OperationModel, dict[str, Any]] | None:
    version = request.values.get("Version")
    if version and "Action" in request.values and version not in (model.api_version, None):
        return None
    try:
        operation, params = get_service_router(model.service_name).match(request)
    except (NotFound, NotImplementedError):
        return None
    return operation, params


def unsigned(request: Request) -> tuple[str, str]:
    """Forms without a signature, such as AssumeRoleWithWebIdentity, belong to STS; everything else is S3's."""
    return DEFAULT_REGION, "sts" if "Action" in request.values else "s3"


@cache
def service_model(service: str) -> ServiceModel | None:
    try:
        return get_service_model(service)
    except UnknownServiceError:
        return None


def reply(target: Target, result: Mapping[str, Any] | None) -> Reply:
    """The result in the service's protocol; attributes of moto's objects are found by their Python names."""
    serializer = get_serializer_class(target.service, target.protocol)
    picker = XFormedAttributePicker(response_transformers={})
    said = serializer(operation_model=target.operation, value_picker=picker).serialize(result or {})
    return as_reply(said)


def refusal(target: Target, error: AwsError) -> Reply:
    """The error in the service's protocol. The model's HTTP status wins over the error's own, as in AWS."""
    serializer = get_serializer_class(target.service, target.protocol)
    said = as_reply(serializer(operation_model=target.operation).serialize(error))
    shapes: list[Any] = target.operation.service_model.error_shapes
    modelled = any(error.code in (shape.name, shape.error_code) for shape in shapes)
    return said if modelled else Reply(error.status, said.headers, said.body)


def refusal_without_model(request: Request, error: AwsError) -> Reply:
    """The error for a request that no model fits: in XML when the question was a form, else in JSON."""
    if request.content_type.startswith("application/x-www-form-urlencoded"):
        body = (
            "<ErrorResponse><Error><Type>Sender</Type>"
            f"<Code>{error.code}</Code><Message>{error.message}</Message></Error><RequestId>local</RequestId></ErrorResponse>"
        )
        return Reply(error.status, {"Content-Type": "text/xml"}, body.encode())
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": error.code}
    return Reply(error.status, headers, json.dumps({"__type": error.code, "message": error.message}).encode())


def as_reply(said: Mapping[str, Any]) -> Reply:
    body = said["body"]
    headers = {str(name): str(value) for name, value in said["headers"].items()}
    return Reply(int(said["status_code"]), headers, body if isinstance(body, bytes) else body.encode())


def action_name(target: Target) -> str:
    return f"{target.service}.{xform_name(target.name)}"
