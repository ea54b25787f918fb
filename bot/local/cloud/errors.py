"""Errors as AWS words them; moto's serialisers find the shape by the code and speak the service's protocol."""

from __future__ import annotations

from moto.core.exceptions import ServiceException

NOT_IMPLEMENTED = "NotImplementedByLocalCloud"
"""Neither moto nor this cloud knows the operation. HTTP 501: botocore repeats 500, 502, 503 and 504, and a repeat
would not help."""

BROKEN = "LocalCloudFailure"
"""This cloud broke while answering; the log has the traceback. HTTP 400, so that no client repeats it and hides it."""


class AwsError(ServiceException):
    """Refuse a call with `code` and `message`; `status` decides for codes that the service's model does not list."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(code, message)
        self.status = status


def not_implemented(service: str, operation: str) -> AwsError:
    message = f"{service}.{operation} is not implemented by the local cloud. Add it under bot/local/cloud/services."
    return AwsError(NOT_IMPLEMENTED, message, status=501)
