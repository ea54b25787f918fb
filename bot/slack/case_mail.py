"""Letters about cases: the card that asks, the last call before the deadline, the reminders people asked for.

Promises: each is posted once and kept in step; a case that was answered says so. Refuses to know runs.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.language import speaking
from bot.model.case import Case
from bot.model.service import Catalog, Service
from bot.planning.assessment import assess
from bot.ports.sent import Sent
from bot.slack.channels import Channels
from bot.slack.desired import CARD, Desired, Priority
from bot.slack.ledger import Ledger
from bot.slack.letter import Letter
from bot.slack.views.case_card import case_card, last_call, reminder
from bot.usecases.desk import Desk

LAST_CALL = "last-call"


class CaseMail:
    """`await mail.letters()` again and again."""

    def __init__(self, desk: Desk, ledger: Ledger, channels: Channels) -> None:
        self._desk, self._ledger, self._channels = desk, ledger, channels
        self._open: set[str] = set()
        """Cases that were open when they were last looked at; they are told their end once."""
        self._begun = False

    async def letters(self) -> list[Letter]:
        """What should stand in Slack and does not."""
        cases = self._desk.cases
        if cases is None:
            return []
        now_open = set((await cases.open_cases()).values())
        past = self._open if self._begun else set(await cases.recent())
        self._open, self._begun = now_open, True
        found: list[Letter] = []
        for case_id in sorted(now_open | past):
            if entries := await cases.read(case_id):
                found += await self._of(Case.of(case_id, entries))
        return found

    async def _of(self, case: Case) -> list[Letter]:
        catalog = self._desk.library().catalog
        service = catalog.services.get(case.service)
        if service is None:
            return []
        sent = await self._ledger.of(case.id)
        if case.ending is not None and CARD not in sent:
            return []  # answered before anybody was told: nothing is asked any more
        channel = await self._channels.of_service(service, catalog)
        language = catalog.language_of(service.name)
        with speaking(language):
            wanted = dict(self._wanted(case, service, catalog))
        return [
            Letter(case.id, key, _place(sent.get(key), channel), desired, case.opened_at.timestamp(), language=language)
            for key, desired in wanted.items()
            if channel and ((known := sent.get(key)) is None or known.digest != desired.message.digest)
        ]

    def _wanted(self, case: Case, service: Service, catalog: Catalog) -> Iterator[tuple[str, Desired]]:
        now = self._desk.clock.now()
        yield CARD, Desired(case_card(case, service, catalog, now), Priority.APPROVAL)
        if case.ending is not None or case.looked is None:
            return
        if assess(case.looked, service.objectives, now).state == "close":
            said = last_call(case, service, catalog, now)
            yield LAST_CALL, Desired(said, Priority.FAILURE, thread=True, broadcast=True)
        for number, entry in case.reminders:
            if entry.fact.kind == "remind_asked" and now >= entry.fact.at:
                said = reminder(case, service, number, catalog)
                yield f"remind:{number}", Desired(said, Priority.FAILURE, number, thread=True, broadcast=True)


def _place(known: Sent | None, channel: str) -> str:
    return known.channel if known is not None and known.ts else channel
