"""What a failed AWS call means for the step that made it.

Promises one verdict for whatever a client raised, in a sentence that names the thing and the next move. Refuses to
know which action was running; all it is told is whether the call could have changed something. When it cannot be
ruled out that AWS acted, the verdict says so.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import urllib3
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProxyConnectionError,
    SSLError,
)
from urllib3.exceptions import NewConnectionError

from bot.model.errors import AlreadyThere, BotError, OutcomeUnknown, Retryable, RoleRefused, StepBroke, StepError

NOTHING_SENT = (EndpointConnectionError, ConnectTimeoutError)
"""The connection was never made: no DNS answer, refused, or no handshake in time."""

NO_ANSWER = (*NOTHING_SENT, HTTPClientError)
"""Silence of any kind; whether something was sent is open."""

THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded", "EC2ThrottledException", "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled",
        "RequestThrottledException", "SlowDown", "ThrottledException", "Throttling", "ThrottlingException",
        "TooManyRequestsException", "TransactionInProgressException",
    }
)  # fmt: skip
"""AWS turned the call away before looking at it (botocore's own table, and Route 53's word for it)."""

TRY_LATER = frozenset(
    {"ConcurrentModification", "ConcurrentModificationException", "ConcurrentUpdateException", "ExpiredToken",
     "ExpiredTokenException", "ResourceContention", "ResourceContentionFault", "ResourceNotReadyException"}
)  # fmt: skip
"""Refused for the moment: another change holds the resource, or the credentials are just being renewed."""

FORBIDDEN = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"})
STALE_SIGNATURE = frozenset(
    {"InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed", "SignatureDoesNotMatch"}
)
BAD_KEY = frozenset({"InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException"})
UNDECIDED = frozenset(
    {"RequestTimeout", "RequestTimeoutException", "InternalFailure", "InternalError", "ServiceUnavailable"}
)
"""Codes that may come with a 4xx and still leave open whether AWS acted."""

_ALREADY = re.compile(r"Already|InUse|^Invalid\w*State|^KMSInvalidState|Conflict|InProgress")
_WHO = re.compile(r"(arn:aws[\w-]*:(?:sts|iam)::\S+)")
_MAY_NOT = re.compile(r"not authorized to perform:? (\S+)")
_REGION = re.compile(r"(?<![a-z0-9])([a-z]{2}(?:-[a-z]+)+-\d)(?![0-9])")


def verdict(error: Exception, *, mutating: bool) -> StepError:
    """Read `error` as the engine's type; see `bot.ports.aws.Clouds.verdict`."""
    match error:
        case StepError():
            return error
        case BotError():
            return StepBroke(str(error))
        case ClientError():
            return _refused(error, mutating)
        case NoCredentialsError() | PartialCredentialsError() | CredentialRetrievalError():
            return StepBroke(NO_CREDENTIALS)
        case _ if isinstance(error, NOTHING_SENT):
            return Retryable(f"{_where(error)} does not answer; nothing was sent. {_hint(error)}".strip())
        case ProxyConnectionError() if _proxy_unreached(error):
            return Retryable(f"The proxy {error.kwargs.get('proxy_url')} does not let us out; nothing was sent.")
        case SSLError() if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return StepBroke(
                f"{_where(error)} shows a certificate we do not trust; check AWS_CA_BUNDLE. Nothing was sent."
            )
        case HTTPClientError() | SSLError() | TimeoutError() | OSError():
            return _cut(error, mutating)
        case BotoCoreError() if _before_sending(error):
            return StepBroke(f"AWS was not asked: {error}")
        case _:
            return _surprise(error, mutating)


NO_CREDENTIALS = (
    "AWS credentials are missing: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give the host a "
    "role; then retry."
)


def note_where(caught_exception: Exception | None = None, request_dict: Any = None, **_: object) -> None:
    """A botocore `needs-retry` handler: writes the call's service and region on the exception, for the sentence."""
    if caught_exception is not None and request_dict is not None:
        region = request_dict.get("context", {}).get("client_region")
        if region:
            caught_exception.dr_region = region  # type: ignore[attr-defined]  # read back by `_where` only


def _refused(error: ClientError, mutating: bool) -> StepError:
    code, message = _code(error), error.response.get("Error", {}).get("Message", "")
    told = f"AWS answered {error.operation_name} with {code}: {message}".rstrip(": ")
    if code in THROTTLED:
        return Retryable(f"{told}. AWS is throttling; nothing was changed.", after=timedelta(seconds=10))
    if code in TRY_LATER:
        return Retryable(f"{told}. Nothing was changed.")
    if _status(error) >= 500 or code in UNDECIDED:
        return _undecided(told, mutating)
    if error.operation_name == "AssumeRole":
        return RoleRefused(f"{told}. Let the role's trust policy name the bot's own role, then plan again.")
    if code in FORBIDDEN:
        return StepBroke(_forbidden(error, message))
    if code in STALE_SIGNATURE:
        return StepBroke(f"{told}. Check this host's clock, then retry.")
    if code in BAD_KEY:
        return StepBroke(f"{told}. Renew the bot's AWS credentials, then retry.")
    return AlreadyThere(told) if mutating and _ALREADY.search(code) else StepBroke(told)


def _undecided(told: str, mutating: bool) -> StepError:
    return OutcomeUnknown(f"{told}. It may have been carried out all the same.") if mutating else Retryable(told)


def _cut(error: Exception, mutating: bool) -> StepError:
    told = f"{_where(error)} did not answer in full ({_brief(error)})"
    return _undecided(told, mutating)


def _surprise(error: Exception, mutating: bool) -> StepError:
    told = f"{type(error).__name__}: {error}"
    if mutating:
        return OutcomeUnknown(f"{told}. Whether AWS acted is not known.")
    return StepBroke(told)


def _forbidden(error: ClientError, message: str) -> str:
    who, what = _WHO.search(message), _MAY_NOT.search(message)
    role = who.group(1).rstrip(".,;") if who else "The bot's role"
    permission = what.group(1) if what else error.operation_name
    return (
        f"{role} may not {permission}. Allow it in the role's policy, then retry. AWS said: {message or _code(error)}"
    )


def _before_sending(error: BotoCoreError) -> bool:
    """Everything botocore raises in its own name happens before the wire, but for answers it cannot read."""
    return "Response" not in type(error).__name__ and "Checksum" not in type(error).__name__


def _proxy_unreached(error: ProxyConnectionError) -> bool:
    """urllib3 also blames the proxy when an answer is cut after the request went out; only its cause tells."""
    cause = getattr(error.kwargs.get("error"), "original_error", None)
    return isinstance(cause, NewConnectionError | urllib3.exceptions.ConnectTimeoutError) or "Tunnel" in str(cause)


def _where(error: Exception) -> str:
    endpoint = str(getattr(error, "kwargs", {}).get("endpoint_url") or "")
    host = urlsplit(endpoint).hostname or ""
    region = getattr(error, "dr_region", None) or next(iter(_REGION.findall(host)), "")
    if region and host:
        return f"{region} ({host})"
    return str(region or host or "AWS")


def _hint(error: Exception) -> str:
    """The two ways a name fails look alike in boto3; DNS deserves its name (a dead resolver is not a dead region)."""
    text = repr(getattr(error, "kwargs", {}).get("error", error))
    return "Its name does not resolve: check DNS." if "NameResolution" in text or "getaddrinfo" in text else ""


def _brief(error: Exception) -> str:
    return {"ReadTimeoutError": "no answer in time", "ConnectionClosedError": "the connection was closed"}.get(
        type(error).__name__, str(error) or type(error).__name__
    )


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
