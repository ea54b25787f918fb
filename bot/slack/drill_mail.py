"""Letters about drills: a service whose proof has gone stale is told so where its people are, with the next move.

Promises: the same fold as `dr readiness`; at most one letter a day for each service, and then one a week until it was
drilled; silent while nothing is due, while the service has an open run, and while a change freeze is on. What was told
is remembered by its day, so that a restart repeats nothing. Refuses to know what a checklist asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bot.approval.house_rules import frozen
from bot.language import speaking
from bot.model.service import Catalog, Service
from bot.ports.sent import Sent
from bot.slack.channels import Channels
from bot.slack.desired import Desired, Priority
from bot.slack.ledger import Ledger
from bot.slack.letter import Letter
from bot.slack.views.readiness import drill_due
from bot.usecases.desk import Desk
from bot.usecases.readiness import Readiness, readiness

_PREFIX = "drill:"
AGAIN = timedelta(days=7)
"""Until somebody is reminded of the same service once more."""


def is_drill(run: str) -> bool:
    """Whether this is where a service's reminders stand, where others have a run's name."""
    return run.startswith(_PREFIX)


class DrillMail:
    """`await mail.letters()` now and then."""

    def __init__(self, desk: Desk, ledger: Ledger, channels: Channels) -> None:
        self._desk, self._ledger, self._channels = desk, ledger, channels

    async def letters(self) -> list[Letter]:
        """The reminders that are due today and do not stand in Slack."""
        catalog, now = self._desk.library().catalog, self._desk.clock.now()
        if not catalog.drill_reminders:
            return []
        known = await readiness(self._desk)
        open_runs = await self._desk.journals.open_runs()
        found = [
            await self._of(each, each.due, catalog, now)
            for name, each in known.items()
            if each.due is not None and each.due < now and not self._desk.ids_of(name, open_runs)
        ]
        return [letter for letter in found if letter is not None]

    async def _of(self, known: Readiness, due: datetime, catalog: Catalog, now: datetime) -> Letter | None:
        service = known.service
        place, today = f"{_PREFIX}{service.name}", f"{now.astimezone(UTC):%Y-%m-%d}"
        if _is_told(await self._ledger.of(place), service, now) or any(frozen(service, "drill", catalog, now)):
            return None
        channel = await self._channels.of_service(service, catalog)
        language = catalog.language_of(service.name)
        with speaking(language):
            desired = Desired(drill_due(known, due, catalog), Priority.LINE)
        return Letter(place, today, channel, desired, now.timestamp(), language=language) if channel else None


def _is_told(sent: Mapping[str, Sent], service: Service, now: datetime) -> bool:
    """Whether the last letter is too fresh for another one; one that never arrived counts for nothing."""
    days = [datetime.fromisoformat(day).replace(tzinfo=UTC) for day, known in sent.items() if known.ts]
    pause = max(timedelta(days=1), min(AGAIN, service.drill_every))
    return bool(days) and now.date() - max(days).date() < pause
