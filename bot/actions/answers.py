"""Reading what AWS answered, for every action: error codes, times, the short name in an ARN.

Refuses to know any one service.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase
from typing import Any

from bot.language import told
from bot.model.action import Finding, Look


def blocked(why: object, *targets: str, change: str = "") -> Look:
    """A preflight's answer when one sentence says it all: this cannot be started."""
    return Look(state="blocked", findings=(Finding(text=str(why), blocking=True),), change=change, targets=targets)


def unready(thing: str, status: str | None, wanted: str, region: str) -> str:
    """Why a source cannot be used: it is on its way or broken, or, with no status, it is not there."""
    if status is None:
        return told("{thing} is not in {region}; name one that is there.", thing=thing, region=region)
    return told("{thing} is {status}; it has to be {wanted} first.", thing=thing, status=status, wanted=wanted)


def code_of(error: Exception) -> str:
    """The error code of an answer such as `DBInstanceNotFound`; empty when AWS did not answer at all."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def refusal(*codes: str) -> tuple[type[Exception], ...]:
    """For an `except` clause: catches what AWS refused with one of these codes, and lets everything else pass.

    A code may hold `*`, as in `InvalidGroup*`: EC2 has several endings for one refusal. The clause is evaluated while
    the error is on its way, so it is the one that is judged.
    """
    error = sys.exc_info()[1]
    if isinstance(error, Exception) and any(fnmatchcase(code_of(error), code) for code in codes):
        return (type(error),)
    return ()


def message_of(error: Exception) -> str:
    """AWS's own words, else the error's."""
    response = getattr(error, "response", None)
    said = response.get("Error", {}).get("Message", "") if isinstance(response, dict) else ""
    return str(said) or str(error) or type(error).__name__


def every(client: Any, operation: str, member: str, **params: Any) -> list[Any]:
    """What a describe or list call holds under `member`, from all its pages."""
    pages = client.get_paginator(operation).paginate(**params)
    return [each for page in pages for each in page.get(member, [])]


def newest_first(found: list[Any], field: str) -> list[Any]:
    """By the moment under `field`, since few services promise an order; what has none comes last."""
    return sorted(found, key=lambda each: (field in each, each.get(field)), reverse=True)


def tags_of(found: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """Tags as AWS lists them, whichever case the service writes its keys in."""
    return {
        str(each.get("Key", each.get("key"))): str(each.get("Value", each.get("value", ""))) for each in found or ()
    }


def answered_at(answer: Mapping[str, Any], otherwise: datetime) -> datetime:
    """AWS's own time of `answer`, from its Date header; so that ages are true when this host's clock is not."""
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        return parsedate_to_datetime(date).astimezone(UTC) if date else otherwise
    except ValueError:
        return otherwise


def stamp(at: datetime) -> str:
    """`at` as results carry it: ISO 8601, UTC."""
    return at.astimezone(UTC).isoformat()


def clock(at: datetime) -> str:
    """`at` as people read it on a card: `12:03:10`, UTC."""
    return at.astimezone(UTC).strftime("%H:%M:%S")


def short(arn: str) -> str:
    """The last word of an ARN; a plain name stays as it is."""
    return arn.rpartition(":")[2].rpartition("/")[2]


def region_of(arn: str) -> str:
    """The region in an ARN; empty for a plain name."""
    parts = arn.split(":")
    return parts[3] if len(parts) > 5 else ""
