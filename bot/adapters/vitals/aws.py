"""How AWS is, seen from here: credentials, every region the catalogue names, every service's role, and the clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.adapters.aws.aws_time import AwsTime, read_date
from bot.adapters.aws.errors import NO_CREDENTIALS
from bot.language import told
from bot.model.errors import Retryable, RoleRefused, StepError
from bot.model.service import Catalog
from bot.ports.aws import Clouds
from bot.ports.threads import apart
from bot.ports.vitals import Vital

CLOCKS_AGREE = timedelta(seconds=1)
_NO_ENDPOINT = "Invalid endpoint"
"""How botocore begins its refusal of an address (a ValueError of botocore.endpoint)."""
LOOKS = 4
"""A Date has whole seconds; a few answers, a third of a second apart, tell where within its second we are."""


class RegionProbe:
    """Asks one region who we are."""

    def __init__(self, clouds: Clouds, region: str, role: str | None = None, external_id: str | None = None) -> None:
        self.name = f"aws {region}{f' as {role}' if role else ''}"
        self.remedy = told(
            "Check that {region} can be reached from here: DNS, routes, https_proxy. If the region itself is down, the "
            "bot serves without it.",
            region=region,
        )
        self._clouds, self._region, self._role, self._external_id = clouds, region, role, external_id

    async def look(self) -> Sequence[Vital]:
        heard = AwsTime()
        try:
            answer = await apart(self._ask, heard)
            for _ in range(LOOKS - 1 if heard.now() else 0):
                await asyncio.sleep(1 / 3)
                await apart(self._ask, heard)
        except Exception as error:
            return [self._why_not(self._clouds.verdict(error, mutating=False))]
        vitals = [Vital(name=self.name, state="ok", seen=told("answers; we are {arn}", arn=answer["Arn"]))]
        now = heard.now()
        return [*vitals, _clock(self._region, now - datetime.now(UTC))] if now else vitals

    def _why_not(self, verdict: StepError) -> Vital:
        """One remedy, for what it was: silence, a role that is not ours to take, or our own credentials."""
        seen = told("no credentials were found") if str(verdict) == NO_CREDENTIALS else str(verdict)
        match verdict:
            case Retryable():
                remedy = self.remedy
            case RoleRefused():
                remedy = told(
                    "Let the trust policy of {role} name the bot's role; print it with: dr iam-policy SERVICE --trust "
                    "ARN_OF_THE_BOT",
                    role=self._role,
                )
            case _ if _NO_ENDPOINT in seen:
                remedy = told("Write AWS_ENDPOINT_URL as https://host:port, or take it away: AWS itself needs none.")
            case _:
                remedy = told(
                    "Give the bot valid credentials where it runs: an instance or task role, AWS_PROFILE, or "
                    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
                )
        return Vital(name=self.name, state="failed", seen=seen, remedy=remedy)

    def _ask(self, heard: AwsTime) -> Mapping[str, Any]:
        sts: Any = self._clouds.for_service(self._role, external_id=self._external_id).reader("sts", self._region)
        sent = time.monotonic()
        answer: Mapping[str, Any] = sts.get_caller_identity()
        date = read_date(answer["ResponseMetadata"]["HTTPHeaders"].get("date"))
        if date is not None:
            heard.heard(date, sent=sent, received=time.monotonic())
        return answer


def region_probes(clouds: Clouds, catalog: Catalog) -> list[RegionProbe]:
    """One per region and role that the catalogue names."""
    wanted = {
        (region, service.role or "", service.external_id or "")
        for service in catalog.services.values()
        for region in (service.primary_region, service.recovery_region)
    }
    return [RegionProbe(clouds, region, role or None, secret or None) for region, role, secret in sorted(wanted)]


def _clock(region: str, offset: timedelta) -> Vital:
    """How far AWS's clock there is ahead of ours."""
    name = f"clock against aws {region}"
    if abs(offset) <= CLOCKS_AGREE:
        within = told("within {seconds} s", seconds=f"{CLOCKS_AGREE.total_seconds():.0f}")
        return Vital(name=name, state="ok", seen=within)
    return Vital(
        name=name,
        state="failed",
        seen=told("{seconds} s apart", seconds=f"{offset.total_seconds():+.1f}"),
        remedy=told("Synchronise this host's clock; AWS and Slack refuse requests that are minutes off."),
    )
