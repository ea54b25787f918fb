"""One verdict for whatever a call raised; what may have been carried out is never called a failure."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from bot.adapters.aws.errors import note_where, verdict
from bot.language import again, speaking
from bot.model.errors import AlreadyThere, OutcomeUnknown, Retryable, StepBroke, StepError, UserError

RDS = "https://rds.us-west-2.amazonaws.com/"


def refused(code: str, status: int = 400, message: str = "no") -> ClientError:
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "FailoverGlobalCluster")  # type: ignore[arg-type]  # the parts that matter


@pytest.mark.parametrize(
    ("error", "mutation", "look"),
    [
        (refused("Throttling"), Retryable, Retryable),
        (refused("RequestLimitExceeded", 503), Retryable, Retryable),
        (refused("SlowDown", 503), Retryable, Retryable),
        (refused("PriorRequestNotComplete"), Retryable, Retryable),
        (refused("ExpiredToken"), Retryable, Retryable),
        (refused("ConcurrentUpdateException"), Retryable, Retryable),
        (refused("InvalidGlobalClusterStateFault"), AlreadyThere, StepBroke),
        (refused("InvalidDBInstanceState"), AlreadyThere, StepBroke),
        (refused("DBClusterAlreadyExistsFault"), AlreadyThere, StepBroke),
        (refused("ResourceInUseException"), AlreadyThere, StepBroke),
        (refused("ConflictException", 409), AlreadyThere, StepBroke),
        (refused("ScalingActivityInProgress"), AlreadyThere, StepBroke),
        (refused("InternalFailure", 500), OutcomeUnknown, Retryable),
        (refused("ServiceUnavailable", 503), OutcomeUnknown, Retryable),
        (refused("RequestTimeout"), OutcomeUnknown, Retryable),
        (refused("ACodeFromTomorrow", 502), OutcomeUnknown, Retryable),
        (refused("AccessDenied", 403), StepBroke, StepBroke),
        (refused("UnrecognizedClientException", 403), StepBroke, StepBroke),
        (refused("SignatureDoesNotMatch", 403), StepBroke, StepBroke),
        (refused("GlobalClusterNotFoundFault", 404), StepBroke, StepBroke),
        (refused("ValidationError"), StepBroke, StepBroke),
        (EndpointConnectionError(endpoint_url=RDS), Retryable, Retryable),
        (ConnectTimeoutError(endpoint_url=RDS), Retryable, Retryable),
        (ReadTimeoutError(endpoint_url=RDS), OutcomeUnknown, Retryable),
        (ConnectionClosedError(endpoint_url=RDS), OutcomeUnknown, Retryable),
        (SSLError(endpoint_url=RDS, error="decryption failed"), OutcomeUnknown, Retryable),
        (SSLError(endpoint_url=RDS, error="[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"), StepBroke, StepBroke),
        (TimeoutError(), OutcomeUnknown, Retryable),
        (ConnectionResetError(), OutcomeUnknown, Retryable),
        (ResponseParserError("cut"), OutcomeUnknown, StepBroke),
        (KeyError("DBInstances"), OutcomeUnknown, StepBroke),
        (NoCredentialsError(), StepBroke, StepBroke),
        (ParamValidationError(report="DesiredCapacity"), StepBroke, StepBroke),
        (UserError("set AWS_PROFILE"), StepBroke, StepBroke),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, Exception) else getattr(value, "__name__", ""),
)
def test_the_verdict_says_what_the_engine_may_do(
    error: Exception, mutation: type[StepError], look: type[StepError]
) -> None:
    """Nothing sent or turned away: try again. Perhaps carried out: look. Refused for good: stop."""
    assert type(verdict(error, mutating=True)) is mutation
    assert type(verdict(error, mutating=False)) is look


def test_an_actions_own_verdict_stands() -> None:
    """What the action has judged is not judged again."""
    mine = StepBroke("orders-dr is backing-up")

    assert verdict(mine, mutating=True) is mine


def test_a_missing_permission_is_named_with_its_role() -> None:
    """The next move is in a policy, so the sentence says whose and which."""
    role = "arn:aws:sts::111122223333:assumed-role/dr-bot/x"
    said = f"User: {role} is not authorized to perform: rds:FailoverGlobalCluster on resource: *"

    sentence = str(verdict(refused("AccessDenied", 403, said), mutating=True))

    assert sentence.startswith(f"{role} may not rds:FailoverGlobalCluster.")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (EndpointConnectionError(endpoint_url=RDS), "us-west-2 (rds.us-west-2.amazonaws.com) does not answer"),
        (ConnectTimeoutError(endpoint_url="https://route53.amazonaws.com"), "route53.amazonaws.com does not answer"),
        (
            EndpointConnectionError(endpoint_url=RDS, error="NameResolutionError: getaddrinfo failed"),
            "Its name does not resolve: check DNS.",
        ),
        (ReadTimeoutError(endpoint_url=RDS), "us-west-2 (rds.us-west-2.amazonaws.com) did not answer in full"),
    ],
)
def test_silence_is_told_with_its_region(error: Exception, told: str) -> None:
    """Which region does not answer is the first thing a responder wants to know."""
    assert told in str(verdict(error, mutating=True))


def test_a_region_behind_one_shared_endpoint_is_still_named() -> None:
    """With AWS_ENDPOINT_URL all regions share a host; the call's own region is written down as it fails."""
    error = ReadTimeoutError(endpoint_url="http://127.0.0.1:4566")

    note_where(caught_exception=error, request_dict={"context": {"client_region": "us-east-1"}})

    assert str(verdict(error, mutating=False)).startswith("us-east-1 (127.0.0.1)")


def test_what_aws_refused_can_be_said_in_the_readers_language() -> None:
    """The next move is Korean for a Korean reader; AWS's own words stay as AWS wrote them."""
    error = refused("SignatureDoesNotMatch", 403, "The signature does not match.")

    with speaking("ko"):
        said = again(str(verdict(error, mutating=True)))

    assert said.endswith("이 호스트의 시계를 확인한 뒤 다시 시도하십시오.")
    assert "The signature does not match." in said
