"""What the leader does, from winning the lease to losing it: looks at what changed, renders it, hands it to the mail.

Promises: everything is rendered anew from the journal, so that nothing is lost; one run's trouble silences no other.
Refuses to know how fast Slack may be talked to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.model.case import is_case
from bot.model.errors import Unavailable
from bot.model.service import Catalog
from bot.ports.sent import Sent, SentMessages
from bot.slack.case_mail import CaseMail
from bot.slack.channels import Channels
from bot.slack.crowds import Crowds, Hall, is_board
from bot.slack.desired import CARD, PLAN, SAID_ONCE, Priority
from bot.slack.drawing import Drawn, draw, exports
from bot.slack.drill_mail import DrillMail, is_drill
from bot.slack.incident_mail import DUE
from bot.slack.kit import Message
from bot.slack.ledger import Ledger
from bot.slack.leftovers import Leftovers
from bot.slack.letter import Letter, Outcome, Place
from bot.slack.mailroom import Mailroom
from bot.slack.pace import Pace
from bot.slack.pins import Pins
from bot.slack.postman import EXPORTS, Postman
from bot.slack.readings import Readings
from bot.slack.tasks import ended, forever
from bot.slack.views.run_card import run_card
from bot.usecases.attendance import heard
from bot.usecases.desk import Desk

log = structlog.get_logger()

FORGET_AFTER = timedelta(days=1)
"""A run that ended earlier is left as it stands in Slack."""
RECENT = 20
CASES_EVERY = 1.0
"""Seconds between two looks at the open cases."""
FLUSH = 1.0
"""Seconds for which letters are gathered while many runs are rendered: requests that come together travel together."""


class Office:
    """`await office.work(until)`."""

    def __init__(
        self, desk: Desk, client: AsyncWebClient, sent: SentMessages, channels: Channels, pace: Pace
    ) -> None:  # fmt: skip
        self._desk, self._channels, self._pace = desk, channels, pace
        self._ledger = Ledger(sent)
        self._mail = Mailroom(Postman(client, self._ledger, self._row_of), self._ledger, desk.clock, pace, self._after)
        self._pins = Pins(client, self._ledger, desk.clock, pace)
        self._crowds = Crowds(self._ledger, pace)
        self._leftovers = Leftovers(client, self._ledger)
        self._cases = CaseMail(desk, self._ledger, channels)
        self._drills = DrillMail(desk, self._ledger, channels)
        self._rows: dict[Place, Message] = {}
        self._letters: list[Letter] = []
        self._dirty: set[str] = set()
        self._glanced: set[str] = set()
        """To be drawn only if something happened to them: the sweep's, since hints may be missed."""
        self._readings = Readings(desk)
        self._news = asyncio.Event()
        self._has_swept = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def work(self, until: Coroutine[Any, Any, None]) -> None:
        """Work until `until` returns; everything begun is stopped with it."""
        over = asyncio.create_task(until)
        try:
            mail = self._attend_cases, self._attend_drills, self._mail.work
            for job in (self._listen, self._sweep, self._render_all, *mail):
                self._tasks.add(asyncio.create_task(forever(job, self._pace)))
            await over
        finally:
            over.cancel()
            await ended({over, *self._tasks})

    def _mark(self, run: str) -> None:
        self._dirty.add(run)
        self._news.set()

    def _mark_later(self, run: str, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self._mark, run)

    async def _listen(self) -> None:
        async for run, seq in self._desk.journals.changes():
            if is_case(run):  # its letters are looked for with every look
                self._news.set()
            elif seq > self._readings.seq(run):
                self._mark(run)
            else:  # mostly a hint of what was read already, together with what came before
                self._glanced.add(run)
                self._news.set()

    async def _sweep(self) -> None:
        while True:
            journals = self._desk.journals
            recent = await journals.recent_runs(RECENT)
            self._glanced |= {*await journals.open_runs(), *recent, *self._crowds.runs}
            self._has_swept = True
            self._news.set()
            await asyncio.sleep(self._pace.sweep)

    async def _render_all(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            is_whole, runs, glanced = self._has_swept, self._dirty, self._glanced
            self._dirty, self._glanced = set(), set()
            runs |= {run for run in glanced - runs if await self._readings.is_news(run)}
            flushed = self._desk.clock.monotonic()
            for run in runs:
                await self._render_one(run)
                if self._desk.clock.monotonic() - flushed > FLUSH:
                    flushed = self._flush()
            self._flush()
            if is_whole:  # before all open runs were seen once, nobody knows where the crowds are
                await self._draw_boards()
            await asyncio.sleep(self._pace.coalesce)

    def _flush(self) -> float:
        letters, self._letters = self._letters, []
        for letter in letters:
            self._mail.put(letter)
        return self._desk.clock.monotonic()

    async def _render_one(self, run: str) -> None:
        try:
            await self._render(run)
        except Unavailable as gone:  # the store, which says so itself
            log.debug("run-not-rendered", run=run, why=str(gone))
        except Exception:  # one run's trouble must not silence the others; it is looked at again
            log.exception("run-not-rendered", run=run)
        else:
            return
        self._mark_later(run, self._pace.first_retry * 4)

    async def _render(self, run_id: str) -> None:
        piece = await self._readings.fetch(run_id)
        now, catalog = self._desk.clock.now(), self._desk.library().catalog
        language = catalog.language_of(piece.service)
        reading = await asyncio.to_thread(piece.read, language)
        self._readings.keep(run_id, reading, piece, now)
        run = reading.run
        if run.ended_at is not None and now - run.ended_at > FORGET_AFTER:
            self._forget(run_id)
            return
        sent = await self._ledger.of(run_id)
        channel = await self._channels.of(run, sent.get(CARD), catalog)
        if not channel:
            log.error("run-told-nowhere", run=run_id, channel=run.plan.service.channel)
            return
        await self._leave_shared(run_id, sent, channel, catalog)
        catalog = await heard(self._desk.standing, catalog, run)
        waiting = {key for key in self._mail.waiting(run_id) if key.startswith(SAID_ONCE)}
        told = frozenset(waiting | {key for key, known in sent.items() if known.ts})
        is_first = not (CARD in sent and sent[CARD].ts)
        drawn = await asyncio.to_thread(draw, reading, now, catalog, told, language, is_first=is_first)
        self._mail.withdraw(run_id, "nag:", drawn.wanted)
        self._mail.withdraw(run_id, DUE, drawn.wanted)
        await self._leftovers.sweep(run_id, DUE, drawn.wanted)
        for key, desired in drawn.wanted.items():
            if desired.row is not None:
                self._rows[run_id, key] = desired.row
            if drawn.is_sketch(key) or (known := sent.get(key)) is None or known.digest != desired.stamp(known):
                self._letters.append(await self._letter(drawn, key, sent.get(key), channel, catalog))
        if run.status.is_over and not self._are_exported(run_id, sent):
            self._letters.append(await asyncio.to_thread(exports, drawn.view, reading.records, channel, catalog))
        stands = sent.get(CARD)
        is_drawn = stands is not None and stands.digest == drawn.wanted[CARD].message.digest
        is_open = await self._channels.is_open(channel)
        self._crowds.see(channel, language, drawn.face, is_drawn=is_drawn, is_open=is_open)
        is_crowd = self._crowds.is_crowd(channel)
        await self._pins.keep(run_id, stands, is_over=run.status.is_over, is_crowd=is_crowd)

    async def _letter(
        self, drawn: Drawn, key: str, known: Sent | None, channel: str, catalog: Catalog
    ) -> Letter:  # fmt: skip
        run, desired = drawn.view.run, drawn.wanted[key]
        place = known.channel if known is not None and known.ts else channel
        if desired.channel and (known is None or not known.ts):
            place = await self._elsewhere(desired.channel, catalog) or channel
        return Letter(
            run.id, key, place, desired, run.created_at.timestamp(), (desired.attached,) if desired.attached else (),
            language=drawn.language, is_last=run.status.is_over,
            draw=partial(run_card, drawn.view, catalog) if drawn.is_sketch(key) else None,
        )  # fmt: skip

    async def _elsewhere(self, name: str, catalog: Catalog) -> str:
        """A channel besides the run's own; empty when it may not or cannot be posted to."""
        found = await self._channels.resolve(name)
        return "" if found in self._channels.dead or await self._channels.is_barred(found, catalog) else found

    async def _attend_cases(self) -> None:
        while True:
            for letter in await self._cases.letters():
                self._mail.put(letter)
            await asyncio.sleep(CASES_EVERY)

    async def _attend_drills(self) -> None:
        await asyncio.sleep(self._pace.sweep)  # whoever begins to lead has more urgent things to tell
        for letter in await self._drills.letters():
            self._mail.put(letter)
        await asyncio.sleep(self._pace.drills)

    def _are_exported(self, run: str, sent: Mapping[str, Sent]) -> bool:
        exported = sent.get(EXPORTS)
        return (exported is not None and bool(exported.ts)) or self._mail.holds((run, EXPORTS))

    def _forget(self, run: str) -> None:
        self._readings.forget(run)
        self._ledger.forget(run)
        for place in [place for place in self._rows if place[0] == run]:
            del self._rows[place]

    async def _row_of(self, place: Place) -> Message | None:
        """How a request stands among others; a run that was not looked at yet is looked at now."""
        if place not in self._rows:
            await self._render_one(place[0])
            self._flush()
        return self._rows.get(place)

    async def _draw_boards(self) -> None:
        language = self._desk.library().catalog.language
        hall = Hall(await self._channels.hall(), language, frozenset(self._channels.dead))
        for letter in await self._crowds.letters(self._desk.clock.now().timestamp(), hall):
            self._mail.put(letter)
        for board, page, is_over in await self._crowds.pins():
            await self._pins.keep(board, page, is_over=is_over)

    async def _leave_shared(self, run: str, sent: Mapping[str, Sent], channel: str, catalog: Catalog) -> None:
        """Strangers joined the channel that the run was told in: its messages are drawn anew where the run goes on."""
        card = sent.get(CARD)
        if card is None or not card.ts or card.channel == channel:
            return
        if not await self._channels.is_barred(card.channel, catalog):
            return
        for key, known in dict(sent).items():
            if known.channel == card.channel and not key.startswith(("event:", "nag:", "plan")):
                await self._ledger.put(run, key, Sent(channel=channel, ts="", digest=""))
                self._ledger.refused.add((run, key))

    async def _after(self, letter: Letter, outcome: Outcome) -> None:
        match outcome.kind:
            case "done" | "card_lost" if is_case(letter.run):
                return  # looked at again and again while it is open
            case "done" if letter.key == CARD:
                await self._pin(letter)
            case "dead_channel" if is_board(letter.run) or is_case(letter.run) or is_drill(letter.run):
                self._channels.dead.add(letter.channel)
            case "dead_channel":
                await self._move(letter)
            case "card_lost":  # a new one is drawn, and its thread follows
                self._mark(letter.run)
            case _:
                return

    async def _pin(self, letter: Letter) -> None:
        card, is_crowd = self._ledger.known(letter.run).get(CARD), self._crowds.is_crowd(letter.channel)
        await self._pins.keep(letter.run, card, is_over=letter.is_last, is_crowd=is_crowd)

    async def _move(self, letter: Letter) -> None:
        """The channel takes nothing any more: what matters appears in the fallback channel, the rest is let go."""
        blank = Sent(channel=letter.channel, ts="", digest="")
        fallback = self._channels.fallback
        if fallback and letter.channel == await self._channels.resolve(fallback):  # there is no further one
            self._ledger.refused.add(letter.place)
            await self._ledger.put(letter.run, letter.key, blank)
            self._mark_later(letter.run, self._pace.last_retry)
            return
        self._channels.dead.add(letter.channel)
        matters = letter.desired.priority is not Priority.LINE or letter.files or letter.key == PLAN
        if fallback and matters:
            self._ledger.refused.add(letter.place)
            await self._ledger.put(letter.run, letter.key, blank)
        elif fallback:
            stays = blank.model_copy(update={"ts": "lost", "digest": letter.desired.message.digest})
            await self._ledger.put(letter.run, letter.key, stays)
        self._mark_later(letter.run, self._pace.card_gap if fallback else 30.0)
