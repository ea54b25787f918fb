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

from bot.language import told
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
_REGION = re.compile(r"(?<![a-z0-9])([a-z]{2}(?:-[a-z]+){1,3}-\d)(?![0-9])")


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
            return Retryable(_silent(error))
        case ProxyConnectionError() if _proxy_unreached(error):
            proxy = error.kwargs.get("proxy_url")
            return Retryable(told("The proxy {proxy} does not let us out; nothing was sent.", proxy=proxy))
        case SSLError() if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return StepBroke(_untrusted(error))
        case HTTPClientError() | SSLError() | TimeoutError() | OSError():
            return _cut(error, mutating)
        case BotoCoreError() if _before_sending(error):
            return StepBroke(told("AWS was not asked: {error}", error=error))
        case _:
            return _surprise(error, mutating)


NO_CREDENTIALS = told(
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
    said = _answer(error.operation_name, code, message)
    if code in THROTTLED:
        after = timedelta(seconds=10)
        return Retryable(told("{said}. AWS is throttling; nothing was changed.", said=said), after=after)
    if code in TRY_LATER:
        return Retryable(told("{said}. Nothing was changed.", said=said))
    if _status(error) >= 500 or code in UNDECIDED:
        return _undecided(said, mutating)
    if error.operation_name == "AssumeRole":
        return RoleRefused(
            told("{said}. Let the role's trust policy name the bot's own role, then plan again.", said=said)
        )
    if code in FORBIDDEN:
        return StepBroke(_forbidden(error, message))
    if code in STALE_SIGNATURE:
        return StepBroke(told("{said}. Check this host's clock, then retry.", said=said))
    if code in BAD_KEY:
        return StepBroke(told("{said}. Renew the bot's AWS credentials, then retry.", said=said))
    return AlreadyThere(said) if mutating and _ALREADY.search(code) else StepBroke(said)


def _answer(operation: str, code: str, message: str) -> str:
    if not message:
        return told("AWS answered {operation} with {code}", operation=operation, code=code)
    return told("AWS answered {operation} with {code}: {message}", operation=operation, code=code, message=message)


def _undecided(said: str, mutating: bool) -> StepError:
    if mutating:
        return OutcomeUnknown(told("{said}. It may have been carried out all the same.", said=said))
    return Retryable(said)


def _cut(error: Exception, mutating: bool) -> StepError:
    said = told("{where} did not answer in full ({how})", where=_where(error), how=_brief(error))
    return _undecided(said, mutating)


def _surprise(error: Exception, mutating: bool) -> StepError:
    said = f"{type(error).__name__}: {error}"
    if mutating:
        return OutcomeUnknown(told("{said}. Whether AWS acted is not known.", said=said))
    return StepBroke(said)


def _forbidden(error: ClientError, message: str) -> str:
    who, what = _WHO.search(message), _MAY_NOT.search(message)
    role = who.group(1).rstrip(".,;") if who else told("The bot's role")
    permission = what.group(1) if what else error.operation_name
    return told(
        "{role} may not {permission}. Allow it in the role's policy, then retry. AWS said: {message}",
        role=role, permission=permission, message=message or _code(error),
    )  # fmt: skip


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


def _silent(error: Exception) -> str:
    """The two ways a name fails look alike in boto3; DNS deserves its name (a dead resolver is not a dead region)."""
    text = repr(getattr(error, "kwargs", {}).get("error", error))
    if "NameResolution" in text or "getaddrinfo" in text:
        return told(
            "{where} does not answer; nothing was sent. Its name does not resolve: check DNS.", where=_where(error)
        )
    return told("{where} does not answer; nothing was sent.", where=_where(error))


def _untrusted(error: Exception) -> str:
    return told(
        "{where} shows a certificate we do not trust; check AWS_CA_BUNDLE. Nothing was sent.", where=_where(error)
    )


def _brief(error: Exception) -> str:
    match type(error).__name__:
        case "ReadTimeoutError":
            return told("no answer in time")
        case "ConnectionClosedError":
            return told("the connection was closed")
        case name:
            return str(error) or name


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
