"""Keeps Slack in line with the journals: what a run should show, less what was sent, goes out.

Promises: one process posts at a time; nothing is posted twice; nothing is lost while Slack or this process is away,
since everything is rendered anew from the journal. Refuses to decide anything about a run.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.language import _, speaking
from bot.model.events import Record
from bot.model.run import Run
from bot.model.service import Catalog
from bot.ports.leases import Leases
from bot.ports.sent import Sent, SentMessages
from bot.slack.desired import CARD, Desired, Priority, desired_messages
from bot.slack.kit import Message
from bot.slack.mailbox import Mailbox
from bot.slack.pace import Bucket, Pace
from bot.slack.postman import EXPORTS, Ledger, Letter, Postman, code_of
from bot.slack.tasks import ended
from bot.timeline.build import build_timeline
from bot.timeline.export import EXPORTS as FORMATS
from bot.timeline.export import export
from bot.usecases.desk import Desk
from bot.usecases.export_run import ExportedFile
from bot.usecases.look import RunView

log = structlog.get_logger()

LEASE = "slack-outbox"
FORGET_AFTER = timedelta(days=1)
"""A run that ended earlier is left as it stands in Slack."""
RECENT = 20
UNPINNED = "unpinned"
_NOT_PINNED = frozenset({"no_pin", "not_pinned", "message_not_found", "channel_not_found", "is_archived"})
_PAGES = 20


class Outbox:
    """`await outbox.run()` until cancelled."""

    def __init__(
        self, desk: Desk, client: AsyncWebClient, sent: SentMessages, leases: Leases, *, owner: str,
        fallback: str = "", pace: Pace | None = None,
    ) -> None:  # fmt: skip
        self._desk, self._client, self._sent, self._leases = desk, client, sent, leases
        self._owner, self._fallback = owner, fallback
        self._pace = pace or Pace()
        self.led = True
        """Whether this process posted when it was last known who does: it speaks while that cannot be asked."""

    async def run(self) -> None:
        """Lead whenever nobody else does; let go of the lease at the end."""
        try:
            while True:
                if await self._hold():
                    log.info("outbox-leads", owner=self._owner)
                    await _Office(self._desk, self._client, self._sent, self._fallback, self._pace).work(self._renew())
                await asyncio.sleep(self._pace.lease / 3)
        finally:
            with contextlib.suppress(Exception):
                await asyncio.shield(self._leases.release(LEASE, self._owner))

    async def _renew(self) -> None:
        """Returns when the lease is lost."""
        while True:
            if not await self._hold():
                break
            await asyncio.sleep(self._pace.lease / 3)
        log.warning("outbox-lease-lost", owner=self._owner)

    async def _hold(self) -> bool:
        try:
            self.led = await self._leases.hold(LEASE, self._owner, ttl=timedelta(seconds=self._pace.lease))
            return self.led
        except Exception as error:  # the store is away: nobody can lead, and we ask again soon
            log.warning("lease-store-away", error=str(error)[:200])
            return False


class _Office:
    """What the leader does, from winning the lease to losing it."""

    def __init__(self, desk: Desk, client: AsyncWebClient, sent: SentMessages, fallback: str, pace: Pace) -> None:
        self._desk, self._client, self._pace, self._fallback = desk, client, pace, fallback
        self._ledger = Ledger(sent)
        self._postman = Postman(client, self._ledger)
        self._edits = Bucket(pace.edit_burst, pace.edit_every, desk.clock.monotonic())
        self._boxes: dict[str, Mailbox] = {}
        self._names: dict[str, str] = {}
        self._dead: set[str] = set()
        self._dirty: set[str] = set()
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def work(self, until: Coroutine[Any, Any, None]) -> None:
        """Work until `until` returns; everything begun is stopped with it."""
        over = asyncio.create_task(until)
        try:
            for job in (self._listen, self._sweep, self._render_all):
                self._begin(_forever(job, self._pace))
            await over
        finally:
            over.cancel()
            await ended({over, *self._tasks})

    def _begin(self, job: Coroutine[Any, Any, None]) -> None:
        self._tasks.add(asyncio.create_task(job))

    def _mark(self, run: str) -> None:
        self._dirty.add(run)
        self._news.set()

    async def _listen(self) -> None:
        async for run, _wake in self._desk.journals.changes():
            self._mark(run)

    async def _sweep(self) -> None:
        while True:
            journals = self._desk.journals
            for run in [*await journals.open_runs(), *await journals.recent_runs(RECENT)]:
                self._mark(run)
            await asyncio.sleep(self._pace.sweep)

    async def _render_all(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            runs, self._dirty = self._dirty, set()
            for run in runs:
                try:
                    await self._render(run)
                except Exception:  # one run's trouble must not silence the others; it is looked at again
                    log.exception("run-not-rendered", run=run)
                    asyncio.get_running_loop().call_later(self._pace.first_retry * 4, self._mark, run)
            await asyncio.sleep(self._pace.coalesce)

    async def _render(self, run_id: str) -> None:
        records = await self._desk.records(run_id)
        run = Run.of(records)
        now = self._desk.clock.now()
        if run.ended_at is not None and now - run.ended_at > FORGET_AFTER:
            self._ledger.forget(run_id)
            return
        sent = await self._ledger.of(run_id)
        channel = await self._channel_of(run, sent.get(CARD))
        told = frozenset(key for key, known in sent.items() if known.ts)
        view, wanted = await asyncio.to_thread(_rendered, run, records, now, self._desk.library().catalog, told)
        for box in self._boxes.values():
            box.withdraw(run_id, "nag:", wanted)
        for key, desired in wanted.items():
            known = sent.get(key)
            if known is None or known.digest != desired.message.digest:
                self._send(Letter(run_id, key, _place(known, channel), desired, run.created_at.timestamp()))
        exported = sent.get(EXPORTS)
        if run.status.is_over and (exported is None or not exported.ts):
            self._send(self._exports(run, view, records, channel))
        if run.status.is_over:
            await self._unpin(run_id, sent)

    async def _unpin(self, run: str, sent: Mapping[str, Sent]) -> None:
        """The card of a run that is over gives its place up, once it says so; tried again at the next look."""
        card = sent.get(CARD)
        if card is None or not card.ts or UNPINNED in sent:
            return
        try:
            await self._client.pins_remove(channel=card.channel, timestamp=card.ts)
        except SlackApiError as error:
            if code_of(error) not in _NOT_PINNED:
                log.info("card-not-unpinned", run=run, error=code_of(error))
                return
        except (TimeoutError, aiohttp.ClientError):
            return
        await self._ledger.put(run, UNPINNED, card)

    def _exports(self, run: Run, view: RunView, records: Sequence[Record], channel: str) -> Letter:
        with speaking(self._desk.library().catalog.language_of(run.plan.service.name)):
            files = [ExportedFile(f"{run.id}.{name}", export(name, view.timeline, records), name) for name in FORMATS]
            words = _("The timeline, for the review: Markdown to edit, HTML to read, CSV and JSON to keep.")
        last = Desired(Message((), words), Priority.LINE, order=run.seq + 1_000_000, thread=True)
        return Letter(run.id, EXPORTS, channel, last, run.created_at.timestamp(), tuple(files))

    def _send(self, letter: Letter) -> None:
        box = self._boxes.get(letter.channel)
        if box is None:
            clock = self._desk.clock
            box = Mailbox(letter.channel, self._postman, self._ledger, clock, self._pace, self._edits, self._move)
            self._boxes[letter.channel] = box
            self._begin(_forever(box.work, self._pace))
        box.put(letter)

    async def _move(self, letter: Letter, channel_is_dead: bool) -> None:
        """The channel takes nothing any more: what matters appears in the fallback channel, the rest is let go.

        When only the card was lost, a new one is drawn, and its thread follows.
        """
        if not channel_is_dead:
            self._mark(letter.run)
            return
        blank = Sent(channel=letter.channel, ts="", digest="")
        if self._fallback and letter.channel == await self._resolve(self._fallback):  # there is no further one
            self._ledger.refused.add((letter.run, letter.key))
            await self._ledger.put(letter.run, letter.key, blank)
            asyncio.get_running_loop().call_later(self._pace.last_retry, self._mark, letter.run)
            return
        self._dead.add(letter.channel)
        matters = letter.desired.priority is not Priority.LINE or letter.files
        stays = blank.model_copy(update={"ts": "lost", "digest": letter.desired.message.digest})
        if self._fallback and matters:
            self._ledger.refused.add((letter.run, letter.key))
            await self._ledger.put(letter.run, letter.key, blank)
        elif self._fallback:
            await self._ledger.put(letter.run, letter.key, stays)
        asyncio.get_running_loop().call_later(self._pace.card_gap if self._fallback else 30.0, self._mark, letter.run)

    async def _channel_of(self, run: Run, card: Sent | None) -> str:
        """Where the run is told: where its card stands, else the service's channel, else the fallback."""
        if card is not None and card.ts and card.channel not in self._dead:
            return card.channel
        for name in (run.plan.service.channel, self._fallback):
            if name and (channel := await self._resolve(name)) and channel not in self._dead:
                return channel
        return await self._resolve(run.plan.service.channel) or run.plan.service.channel

    async def _resolve(self, name: str) -> str:
        """A channel's id; empty when nobody knows the name."""
        if not name.startswith("#"):
            self._names.setdefault(name, name)
        if name not in self._names:
            found = await self._look_up(name.removeprefix("#"))
            if not found:
                log.error("channel-unknown", channel=name)
                return ""
            self._names[name] = found
            await self._join(found)
        return self._names[name]

    async def _look_up(self, name: str) -> str:
        cursor = None
        for _page in range(_PAGES):
            answer = await self._client.conversations_list(
                exclude_archived=True, types="public_channel,private_channel", limit=1000, cursor=cursor
            )
            for channel in answer.get("channels") or []:
                if channel.get("name") == name:
                    return str(channel["id"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
        return ""

    async def _join(self, channel: str) -> None:
        """A member may search the history and pin; without it we still post."""
        try:
            await self._client.conversations_join(channel=channel)
        except SlackApiError as error:
            log.info("channel-not-joined", channel=channel, error=code_of(error))
        except (TimeoutError, aiohttp.ClientError):
            log.info("channel-not-joined", channel=channel, error="no answer")


def _rendered(
    run: Run, records: Sequence[Record], now: datetime, catalog: Catalog, told: Collection[str]
) -> tuple[RunView, dict[str, Desired]]:
    """Pure, but tens of milliseconds for a long run: done beside the loop, so that no acknowledgement waits for it."""
    with speaking(catalog.language_of(run.plan.service.name)):
        view = RunView(run, build_timeline(records, as_of=now))
        return view, desired_messages(view, catalog, told)


def _place(known: Sent | None, channel: str) -> str:
    return known.channel if known is not None and known.ts else channel


async def _forever(job: Callable[[], Awaitable[None]], pace: Pace) -> None:
    """Begin a job again whenever it ends or breaks, with growing patience."""
    failures = 0
    while True:
        try:
            await job()
            failures = 0
        except Exception:  # the shell stays up: whatever broke is logged with its traceback and tried again
            failures += 1
            log.exception("outbox-job-broke", job=getattr(job, "__name__", "job"))
        await asyncio.sleep(pace.retry_after(max(1, failures)))
