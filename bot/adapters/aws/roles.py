"""Credentials of a service's role, renewed before they run out.

Promises that a wait of hours does not end in ExpiredToken, and that CloudTrail carries the person: every session names
them as its SourceIdentity. AssumeRole goes to a regional endpoint, first the one of the region being worked on; when
that does not answer, the next is asked, and until one answers what we hold is used to its end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.credentials import Credentials, DeferredRefreshableCredentials
from botocore.exceptions import ClientError

from bot.adapters.aws.errors import NO_ANSWER
from bot.ports.aws import Errand

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

SESSION_SECONDS = 3600
"""The most that AWS grants when one role assumes another."""
STEP_SECONDS = 900
"""The least that AWS grants: what one step's credentials live."""

_NOT_ALLOWED = re.compile(r"[^\w+=,.@-]")


class RoleCredentials(DeferredRefreshableCredentials):
    """Fetched on first use; renewed five minutes early, and required anew only in the last half minute."""

    _advisory_refresh_timeout = 300
    _mandatory_refresh_timeout = 30


class CredentialSource:
    """Stands in for botocore's search: these credentials and no others."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def load_credentials(self) -> Credentials:
        return self._credentials


def role_credentials(
    role: str,
    person: str,
    sts: Callable[[str], Any],
    regions: Sequence[str],
    now: Callable[[], datetime] | None = None,
    details: Mapping[str, Any] | None = None,
) -> RoleCredentials:
    """Credentials of `role` for `person`; `sts(region)` hands out clients, asked in the order of `regions`.

    `details` are further words of the request, as `details_of` makes them.
    """
    return RoleCredentials(
        refresh_using=lambda: _assume(role, person, sts, regions, details or {}),
        method="dr-assume-role",
        time_fetcher=now or (lambda: datetime.now(UTC)),
    )


def details_of(external_id: str | None, errand: Errand | None = None) -> dict[str, Any]:
    """What the request says beside role and person: the external id and, for one step, its policy, tags and end."""
    details: dict[str, Any] = {"ExternalId": external_id} if external_id else {}
    if errand is None:
        return details
    tags = [{"Key": "run", "Value": errand.run}, {"Key": "step", "Value": errand.step}]
    return details | {"Policy": errand.policy, "Tags": tags, "DurationSeconds": STEP_SECONDS}


def _assume(
    role: str, person: str, sts: Callable[[str], Any], regions: Sequence[str], details: Mapping[str, Any]
) -> dict[str, str]:
    *others, last = regions
    for region in others:
        try:
            return _assume_in(sts(region), role, person, details)
        except NO_ANSWER:
            continue
        except ClientError as refused:
            if not _is_the_regions_fault(refused):
                raise
    return _assume_in(sts(last), role, person, details)


def _is_the_regions_fault(refused: ClientError) -> bool:
    """STS there is broken or switched off for the account; elsewhere it may be well."""
    status = int(refused.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return status >= 500 or refused.response.get("Error", {}).get("Code") == "RegionDisabledException"


def _assume_in(client: STSClient, role: str, person: str, details: Mapping[str, Any]) -> dict[str, str]:
    who = _NOT_ALLOWED.sub("-", person)[:57]
    request: dict[str, Any] = {"DurationSeconds": SESSION_SECONDS, **details}
    if len(who) > 1:
        request["SourceIdentity"] = who
    answer = client.assume_role(
        RoleArn=role,
        RoleSessionName=f"dr-bot-{who}" if who else "dr-bot",
        **request,
    )["Credentials"]
    return {
        "access_key": answer["AccessKeyId"],
        "secret_key": answer["SecretAccessKey"],
        "token": answer["SessionToken"],
        "expiry_time": answer["Expiration"].isoformat(),
    }
