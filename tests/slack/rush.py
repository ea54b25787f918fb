"""Ten simulated minutes of many runs in few channels, through the real tray and a Slack that counts every call.

The clock is a number; a call takes a quarter of a second of it. What is measured: how late a request for approval
stands in its channel, how old what stands in Slack is, and how often Slack had to say no.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from bot.language import ENGLISH
from bot.local.workspace.rates import Rates
from bot.ports.sent import Sent
from bot.slack.crowds import Crowds, is_board
from bot.slack.desired import CARD, Desired, Priority
from bot.slack.kit import Message, message, text
from bot.slack.ledger import Ledger
from bot.slack.letter import Letter, Outcome
from bot.slack.pace import Pace
from bot.slack.tray import Tray
from bot.slack.views.crowd import Face

CALL_TAKES = 0.25
SINCE = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
_TIERS = {"chat.postMessage": 4, "chat.update": 3}


class Shelf:
    """What was sent, kept in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Sent]] = {}

    async def load(self, run: str) -> Mapping[str, Sent]:
        return dict(self.kept.get(run, {}))

    async def put(self, run: str, key: str, sent: Sent) -> None:
        self.kept.setdefault(run, {})[key] = sent


def said(words: str) -> Message:
    """A message about as long as a request's row."""
    return message([text(f"{words} {'x' * 180}")], words)


@dataclass
class Rush:
    """`await rush.play(minutes)`; then read the figures."""

    runs: int
    channels: int
    pace: Pace = field(default_factory=Pace)
    seed: int = 7
    now: float = 0.0
    refused: int = 0
    calls_late: list[float] = field(default_factory=list)
    stale: list[float] = field(default_factory=list)
    """How old a change was when it stood in Slack: on the run's own card, or on its channel's overview."""
    cards_late: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.ledger = Ledger(Shelf())
        self.tray = Tray(self.pace, 0.0, self.ledger.known, self.ledger.is_untried)
        self.crowds = Crowds(self.ledger, self.pace)
        self.rates = Rates(lambda: self.now)
        self.version: dict[str, int] = {}
        self.changed: dict[str, float] = {}
        """When each run changed, as long as nobody can see it in Slack."""
        self.uncarded: dict[str, float] = {}
        self.asked: dict[str, float] = {}
        self.under_way: dict[str, float] = {}
        self.over: set[str] = set()

    def channel_of(self, run: str) -> str:
        return f"C{int(run.removeprefix('run')) % self.channels}"

    async def play(self, minutes: float, *, every: float = 20.0) -> None:
        """All runs start at once and ask; each changes about every so many seconds; at last all are over."""
        news = [(0.0, f"run{number}") for number in range(self.runs)]
        heapq.heapify(news)
        while news:
            dirty = []
            while news and news[0][0] <= self.now:
                _at, run = heapq.heappop(news)
                dirty.append(run)
                if self.now < minutes * 60:
                    heapq.heappush(news, (self.now + self.random.uniform(0.5, 1.5) * every, run))
            await self.render(dirty, is_over=self.now >= minutes * 60)
            await self.deliver_until(self.now + self.pace.coalesce)
        await self.drain()

    async def render(self, runs: list[str], *, is_over: bool) -> None:
        """As the office does: the cards, the first request, a line now and then, the overviews."""
        for run in runs:
            await self.ledger.of(run)
            number = self.version[run] = self.version.get(run, 0) + 1
            if number % 3 == 1 or is_over:  # the others tell only how far a wait is
                self.changed.setdefault(run, self.now)
                self.uncarded.setdefault(run, self.now)
            news = f"{(number + 2) // 3} {is_over}"
            self.put(run, CARD, Desired(said(f"{run} v{number}"), Priority.CARD, news=news))
            if number == 1:
                self.asked[run] = self.now
                ask = Desired(said(f"{run} asks"), Priority.APPROVAL, 1, row=said(f"{run} asks"))
                self.put(run, "gate:go:1", ask)
                self.put(run, "plan", Desired(said(f"{run} plan"), Priority.LINE, thread=True))
            elif number % 4 == 0:
                self.put(run, f"event:{number}", Desired(said(f"{run} line"), Priority.LINE, number, thread=True))
            face = Face(run, f"{run} v{number}", asks=number < 3, is_over=is_over, since=SINCE)
            self.over |= {run} if is_over else set()
            self.crowds.see(self.channel_of(run), ENGLISH, face, is_drawn=False)
        for letter in await self.crowds.letters(self.now):
            self.tray.put(letter, self.now)

    def put(self, run: str, key: str, desired: Desired) -> None:
        self.tray.put(Letter(run, key, self.channel_of(run), desired, 0.0), self.now)

    async def drain(self) -> None:
        """Until nothing is left to send."""
        while len(self.tray):
            await self.deliver_until(self.now + 1)
            for letter in await self.crowds.letters(self.now):
                self.tray.put(letter, self.now)

    async def deliver_until(self, end: float) -> None:
        while self.now < end:
            self.under_way = {channel: until for channel, until in self.under_way.items() if until > self.now}
            letter, wait = self.tray.next(self.now, self.under_way)
            if letter is not None:
                self.tray.spend(letter, self.now)
                self.under_way[letter.channel] = self.now + CALL_TAKES
                await self.deliver(letter)
                continue
            moments = [*self.under_way.values(), *([self.now + wait] if wait is not None else [])]
            self.now = min([end, *(moment + 1e-6 for moment in moments)])

    async def deliver(self, letter: Letter) -> None:
        """One call to a Slack that is as strict as it may be."""
        known = (await self.ledger.of(letter.run)).get(letter.key)
        method = "chat.update" if known is not None and known.ts else "chat.postMessage"
        if wait := self.rates.wait_for(method, _TIERS[method], letter.channel):
            self.refused += 1
            self.tray.settle(letter, Outcome("limited", wait), self.now)
            return
        company = self.tray.company(letter)
        whole = letter.together(company, letter.desired.message) if company else letter
        self.tray.settle(letter, Outcome("done"), self.now)
        stands = known or Sent(channel=letter.channel, ts=f"{self.now:.6f}", digest="")
        await self.ledger.put_all(whole, stands)
        for each in (letter, *company):
            self.tray.drop(each)
            self.saw(each)

    def saw(self, letter: Letter) -> None:
        """What people can read in Slack from now on."""
        arrives = self.now + CALL_TAKES
        if letter.key.startswith("gate:"):
            self.calls_late.append(arrives - self.asked[letter.run])
        elif is_board(letter.run):
            lines = {line.partition(" · ")[0] for line in letter.desired.message.text.splitlines()}
            for run in [run for run in self.changed if f"{run} v{self.version[run]}" in lines]:
                self.stale.append(arrives - self.changed.pop(run))
        elif letter.key == CARD:
            self.cards_late.append(arrives - self.uncarded.pop(letter.run, self.now))
            if letter.run in self.over:
                face = Face(letter.run, "", asks=False, is_over=True, since=SINCE)
                self.crowds.see(letter.channel, ENGLISH, face, is_drawn=True)
            if letter.run in self.changed:
                self.stale.append(arrives - self.changed.pop(letter.run))

    @property
    def unfinished(self) -> list[str]:
        """Runs whose card does not stand as they ended."""
        last = {run: said(f"{run} v{number}").digest for run, number in self.version.items()}
        return [run for run, digest in last.items() if self.ledger.known(run)[CARD].digest != digest]
