"""One channel's outgoing mail: the most important letter first, as fast as Slack allows, the newest version only.

Promises: a letter leaves the box when it was delivered, or replaced by a newer one; Retry-After is obeyed; a failing
Slack is asked again with growing patience.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection

import structlog

from bot.ports.clock import Clock
from bot.slack.desired import CARD
from bot.slack.pace import Bucket, Pace
from bot.slack.postman import Ledger, Letter, Outcome, Postman

log = structlog.get_logger()

TOGETHER = 12
"""Lines in one message of a thread."""
Place = tuple[str, str]
Moved = Callable[[Letter, bool], Awaitable[None]]
"""Told when a letter's channel (True) or its run's card (False) is lost."""


class Mailbox:
    """Letters of one channel."""

    def __init__(
        self, channel: str, postman: Postman, ledger: Ledger, clock: Clock, pace: Pace, edits: Bucket, moved: Moved
    ) -> None:
        self.channel = channel
        self._postman, self._ledger, self._clock, self._pace = postman, ledger, clock, pace
        self._edits, self._moved = edits, moved
        self._posts = Bucket(pace.post_burst, pace.post_every, clock.monotonic())
        self._letters: dict[Place, Letter] = {}
        self._card_after: dict[str, float] = {}
        self._closed_until = 0.0
        self._failures = 0
        self._refusals: dict[Place, tuple[int, float]] = {}
        """Letters that Slack did not take: how often, and not again before."""
        self._news = asyncio.Event()

    def put(self, letter: Letter) -> None:
        """Take a letter; it replaces an older one for the same message."""
        self._letters[letter.run, letter.key] = letter
        self._news.set()

    def withdraw(self, run: str, kind: str, but: Collection[str]) -> None:
        """Letters of this kind that waited too long: they are not wanted any more."""
        for place in [place for place in self._letters if place[0] == run and place[1].startswith(kind)]:
            if place[1] not in but:
                self._drop(self._letters[place])

    async def work(self) -> None:
        """Deliver for ever."""
        while True:
            self._news.clear()
            letter, wait = await self._next()
            if letter is None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait):  # wait_for of 3.11 may swallow a cancellation
                        await self._news.wait()
                continue
            known = (await self._ledger.of(letter.run)).get(letter.key)
            budget = self._edits if known is not None and known.ts else self._posts
            budget.take(self._clock.monotonic())
            company = await self._company(letter)
            outcome = await self._postman.deliver(letter.together(company) if company else letter)
            await self._settle(letter, outcome)
            if outcome.kind == "done":
                for other in company:
                    self._drop(other)

    async def _company(self, letter: Letter) -> list[Letter]:
        """Further lines of the same thread that were never tried: one message says them all."""
        if not self._may_share(letter):
            return []
        sent = await self._ledger.of(letter.run)
        lines = [each for each in self._letters.values() if each is not letter and each.run == letter.run]
        fresh = [each for each in lines if self._may_share(each) and each.key not in sent]
        return [] if letter.key in sent else sorted(fresh, key=lambda each: each.desired.order)[: TOGETHER - 1]

    @staticmethod
    def _may_share(letter: Letter) -> bool:
        return letter.is_line and not letter.desired.broadcast

    async def _next(self) -> tuple[Letter | None, float | None]:
        """The letter to deliver now, or how long to wait; None waits for news."""
        now = self._clock.monotonic()
        waits: list[float] = []
        for letter in sorted(self._letters.values(), key=lambda each: (each.desired.priority, each.desired.order)):
            wait = await self._wait(letter, now)
            if wait is None:
                continue
            if wait <= 0:
                return letter, 0.0
            waits.append(wait)
        return None, min(waits, default=None)

    async def _wait(self, letter: Letter, now: float) -> float | None:
        """Seconds until this letter may go; None while the card it hangs under is not there yet."""
        sent = await self._ledger.of(letter.run)
        known, card = sent.get(letter.key), sent.get(CARD)
        if letter.desired.thread and (card is None or not card.ts):
            return None
        wait = max(self._closed_until, self._refusals.get((letter.run, letter.key), (0, 0.0))[1]) - now
        if known is None or not known.ts:
            return max(wait, self._posts.wait(now))
        if letter.key == CARD:
            wait = max(wait, self._card_after.get(letter.run, 0.0) - now)
        return max(wait, self._edits.wait(now))

    async def _settle(self, letter: Letter, outcome: Outcome) -> None:
        now = self._clock.monotonic()
        if letter.key == CARD:
            self._card_after[letter.run] = now + self._pace.card_gap
        match outcome.kind:
            case "done":
                self._failures = 0
                self._drop(letter)
            case "limited":
                log.warning("slack-limits", channel=self.channel, after=outcome.after)
                self._closed_until = now + outcome.after
            case "again":
                self._failures += 1
                after = self._pace.retry_after(self._failures)
                log.warning("slack-retries", channel=self.channel, key=letter.key, why=outcome.why, after=after)
                self._closed_until = now + after
            case "later":
                self._put_off(letter, outcome.why, now)
            case "card_lost":
                log.warning("card-lost", channel=self.channel, run=letter.run, key=letter.key)
                self._drop(letter)
                await self._moved(letter, False)
            case "dead_channel":
                log.error("channel-lost", channel=self.channel, run=letter.run, key=letter.key, why=outcome.why)
                self._drop(letter)
                await self._moved(letter, True)

    def _put_off(self, letter: Letter, why: str, now: float) -> None:
        """The other letters go on; this one is tried again with growing patience."""
        place = (letter.run, letter.key)
        times = self._refusals.get(place, (0, 0.0))[0] + 1
        self._refusals[place] = (times, now + self._pace.retry_after(times))
        log.warning("message-not-taken", channel=self.channel, run=letter.run, key=letter.key, why=why, times=times)

    def _drop(self, letter: Letter) -> None:
        self._refusals.pop((letter.run, letter.key), None)
        if self._letters.get((letter.run, letter.key)) is letter:
            del self._letters[letter.run, letter.key]
