"""How AWS is, seen from here: credentials, every region the catalogue names, every service's role, and the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from bot.model.errors import BotError
from bot.model.service import Catalog
from bot.ports.aws import Clouds
from bot.ports.vitals import Vital

CLOCKS_AGREE = timedelta(seconds=2)  # the Date header has whole seconds


class RegionProbe:
    """Asks one region who we are."""

    def __init__(self, clouds: Clouds, region: str, role: str | None = None) -> None:
        self.name = f"aws {region}{f' as {role}' if role else ''}"
        self.remedy = (
            f"Check that {region} can be reached from here and that credentials are set (AWS_PROFILE, an instance or "
            "task role, or AWS_ACCESS_KEY_ID); for a role, that its trust policy names the bot's."
        )
        self._clouds, self._region, self._role = clouds, region, role

    async def look(self) -> Sequence[Vital]:
        try:
            answer = await asyncio.to_thread(self._ask)
        except BotError:
            raise
        except Exception as error:
            raise self._clouds.verdict(error, mutating=False) from error
        vitals = [Vital(name=self.name, state="ok", seen=f"answers; we are {answer['Arn']}")]
        dated = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        return [*vitals, _clock(self._region, dated)] if dated else vitals

    def _ask(self) -> Mapping[str, Any]:
        sts: Any = self._clouds.for_service(self._role).reader("sts", self._region)
        answer: Mapping[str, Any] = sts.get_caller_identity()
        return answer


def region_probes(clouds: Clouds, catalog: Catalog) -> list[RegionProbe]:
    """One per region and role that the catalogue names."""
    wanted = {
        (region, service.role)
        for service in catalog.services.values()
        for region in (service.primary_region, service.recovery_region)
    }
    return [
        RegionProbe(clouds, region, role) for region, role in sorted(wanted, key=lambda each: (each[0], each[1] or ""))
    ]


def _clock(region: str, dated: str) -> Vital:
    offset = parsedate_to_datetime(dated) - datetime.now(UTC)
    agrees = abs(offset) <= CLOCKS_AGREE
    return Vital(
        name=f"clock against aws {region}",
        state="ok" if agrees else "failed",
        seen=f"within {CLOCKS_AGREE.total_seconds():.0f} s" if agrees else f"{offset.total_seconds():+.0f} s apart",
        remedy="" if agrees else "Synchronise this host's clock; AWS and Slack refuse requests that are minutes off.",
    )
