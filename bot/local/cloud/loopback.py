"""Calling the cloud from inside: botocore makes the request and reads the answer, without a socket in between."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlencode

from botocore import xform_name
from botocore.parsers import ResponseParser, create_parser
from botocore.serialize import create_serializer
from moto.core.model import ServiceModel

from bot.local.cloud.weather import Fate
from bot.local.cloud.wire import Reply, service_model

Answer = Callable[[dict[str, Any], bytes], Reply | Fate]
NOBODY = "AKIAIOSFODNN7EXAMPLE"


def loopback(answer: Answer, service: str, operation: str, region: str, params: dict[str, Any]) -> dict[str, Any]:
    """The parsed answer to one call (`operation` in snake case). Raises RuntimeError when it is refused."""
    model, serializer, parser = machinery(service)
    op = model.operation_model(names(service)[operation])
    request = serializer.serialize_to_request(params, op)
    body = request["body"]
    raw = urlencode(body).encode() if isinstance(body, dict) else body.encode() if isinstance(body, str) else body
    said = answer(environ(model, region, request, raw), raw)
    if not isinstance(said, Reply):
        raise RuntimeError(f"{service}.{operation}: {said}")
    parsed: dict[str, Any] = parser.parse(
        {"status_code": said.status, "headers": Lowercase(said.headers), "body": said.body}, op.output_shape
    )
    if not said.ok:
        raise RuntimeError(f"{service}.{operation} in {region}: {parsed['Error']}")
    return parsed


class Lowercase(dict[str, str]):
    """Headers as botocore's parsers look them up."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__({name.lower(): value for name, value in headers.items()})


@cache
def machinery(service: str) -> tuple[ServiceModel, Any, ResponseParser]:
    model = service_model(service)
    if model is None:
        raise LookupError(f"botocore knows no service {service}")
    protocol = model.resolved_protocol
    return model, create_serializer(protocol), create_parser(protocol)


@cache
def names(service: str) -> dict[str, str]:
    model = machinery(service)[0]
    return {xform_name(name): name for name in model.operation_names}


def environ(model: ServiceModel, region: str, request: dict[str, Any], body: bytes) -> dict[str, Any]:
    """The request as WSGI has it, with the credential scope from which region and service are read."""
    scope = f"Credential={NOBODY}/20250101/{region}/{model.signing_name}/aws4_request"
    headers = {str(name): str(value) for name, value in request["headers"].items()}
    path, _mark, fixed = str(request["url_path"]).partition("?")  # such as S3's `?versioning`
    query = request["query_string"]
    query = "&".join(filter(None, (fixed, urlencode(query) if isinstance(query, dict) else query)))
    content_type = headers.pop("Content-Type", "application/xml" if body else "")
    return {
        "REQUEST_METHOD": request["method"],
        "PATH_INFO": path,
        "RAW_URI": request["url_path"],
        "REQUEST_URI": request["url_path"],
        "QUERY_STRING": query,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=none",
        "HTTP_HOST": "127.0.0.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }
