"""Brings letters to Slack, one at a time per channel, in the order that the tray says.

Promises: a letter leaves when it was delivered, or replaced by a newer one; Retry-After is obeyed; a failing Slack is
asked again with growing patience. Refuses to know runs.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection

import structlog

from bot.language import speaking
from bot.ports.clock import Clock
from bot.slack.ledger import Ledger
from bot.slack.letter import Letter, Outcome, Place, in_one
from bot.slack.pace import Pace
from bot.slack.postman import Postman
from bot.slack.tasks import ended
from bot.slack.tray import Tray
from bot.slack.views.crowd import calls

log = structlog.get_logger()

After = Callable[[Letter, Outcome], Awaitable[None]]
"""Told what became of each letter that has left the tray."""


class Mailroom:
    """`await mailroom.work()` until cancelled."""

    def __init__(self, postman: Postman, ledger: Ledger, clock: Clock, pace: Pace, after: After) -> None:
        self._postman, self._ledger, self._clock, self._after = postman, ledger, clock, after
        self._tray = Tray(pace, clock.monotonic(), ledger.known, ledger.is_untried)
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._news = asyncio.Event()

    def put(self, letter: Letter) -> None:
        """Take a letter; it replaces an older one for the same message."""
        self._tray.put(letter, self._clock.monotonic())
        self._news.set()

    def holds(self, place: Place) -> bool:
        """Whether a letter for this message waits here."""
        return self._tray.holds(place)

    def waiting(self, run: str) -> set[str]:
        """The keys of a run's letters that wait here."""
        return self._tray.waiting(run)

    def withdraw(self, run: str, kind: str, but: Collection[str]) -> None:
        """Letters of this kind that waited too long."""
        self._tray.withdraw(run, kind, but)

    async def work(self) -> None:
        """Deliver for ever."""
        try:
            while True:
                self._news.clear()
                letter, wait = self._tray.next(self._clock.monotonic(), self._under_way)
                if letter is None:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(wait):  # wait_for of 3.11 may swallow a cancellation
                            await self._news.wait()
                    continue
                drawn = await asyncio.to_thread(letter.drawn) if letter.draw else letter
                if self._is_needed(letter, drawn):
                    self._tray.spend(drawn, self._clock.monotonic())
                    self._under_way[drawn.channel] = asyncio.create_task(self._deliver(drawn))
        finally:
            await ended(self._under_way.values())

    def _is_needed(self, letter: Letter, drawn: Letter) -> bool:
        """Whether it says what does not stand there yet, and nothing newer has come while it was drawn."""
        if drawn is letter:
            return True
        known = self._ledger.known(letter.run).get(letter.key)
        if known is None or known.digest != drawn.desired.stamp(known):
            return self._tray.exchange(letter, drawn)
        self._tray.drop(letter)
        return False

    async def _deliver(self, letter: Letter) -> None:
        try:
            company = self._tray.company(letter)
            outcome = await self._postman.deliver(_together(letter, company) if company else letter)
            self._settle(letter, outcome)
            if outcome.kind == "done":
                for other in company:
                    self._tray.drop(other)
            if outcome.kind in ("done", "card_lost", "dead_channel"):
                await self._after(letter, outcome)
        except Exception:  # one letter's trouble must not silence the others; it is tried again
            log.exception("letter-not-delivered", channel=letter.channel, run=letter.run, key=letter.key)
            self._settle(letter, Outcome("later", why="broke"))
        finally:
            del self._under_way[letter.channel]
            self._news.set()

    def _settle(self, letter: Letter, outcome: Outcome) -> None:
        self._tray.settle(letter, outcome, self._clock.monotonic())
        if outcome.kind != "done":
            log.warning("letter-not-taken", channel=letter.channel, run=letter.run, key=letter.key,
                        outcome=outcome.kind, why=outcome.why, after=outcome.after)  # fmt: skip


def _together(letter: Letter, company: list[Letter]) -> Letter:
    if letter.is_line:
        return letter.together(company, in_one([letter, *company]))
    rows = [each.desired.row for each in (letter, *company)]
    with speaking(letter.language):
        return letter.together(company, calls([row for row in rows if row is not None]))
