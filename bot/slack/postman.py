"""Brings one message to Slack: posts it once, edits it afterwards, and says what became of it.

Promises: the intent is stored before the post, so a post whose answer was lost is found by its event id before
anything is sent again. Refuses to know queues, budgets and waiting; it tries once and answers how it went.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.engine.failpoints import reach
from bot.ports.sent import Sent, SentMessages
from bot.slack.desired import CARD, Desired
from bot.slack.kit import Json, Message
from bot.usecases.export_run import ExportedFile

log = structlog.get_logger()

EVENT_TYPE = "dr_message"
EXPORTS = "exports"
DEAD = frozenset({"channel_not_found", "is_archived", "not_in_channel", "is_inactive", "restricted_action"})
_GONE = frozenset({"message_not_found", "thread_not_found"})
_FINAL = frozenset({"edit_window_closed", "cant_update_message", "cant_broadcast_message"})
_TOO_MUCH = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long", "block_mismatch"}
)
_AWAY = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
_SHUT_OUT = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"})
_PAGES = 5


@dataclass(frozen=True)
class Outcome:
    """How one attempt went."""

    kind: Literal["done", "again", "later", "limited", "dead_channel", "card_lost"]
    """`again`: Slack is away; `later`: this letter alone is not taken; `card_lost`: the run needs a new card."""
    after: float = 0.0
    """For `limited`: how long Slack wants to be left alone."""
    why: str = ""


@dataclass(frozen=True)
class Letter:
    """One message for one channel; a newer one with the same run and key replaces it."""

    run: str
    key: str
    channel: str
    desired: Desired
    since: float
    """Epoch seconds of the run's beginning: how far back a lost answer is searched."""
    files: Sequence[ExportedFile] = ()
    others: Sequence[Letter] = ()
    """Further lines of the same thread that travel in the same message."""

    @property
    def event_id(self) -> str:
        return f"{self.run}:{self.key}"

    @property
    def is_line(self) -> bool:
        """A line of the thread: said once, never edited."""
        return self.key.startswith("event:")

    def together(self, others: Sequence[Letter]) -> Letter:
        """One message that says all of these, oldest first."""
        said = [letter.desired.message for letter in (self, *others)]
        blocks = tuple(block for each in said for block in each.blocks)
        whole = replace(self.desired, message=Message(blocks, "\n".join(each.text for each in said)))
        return replace(self, desired=whole, others=tuple(others))


@dataclass(frozen=True)
class Found:
    """A message of ours in the channel, and everything it says."""

    ts: str
    ids: tuple[str, ...]


class Ledger:
    """What stands in Slack, kept in memory by the leader and written through."""

    def __init__(self, sent: SentMessages) -> None:
        self._sent = sent
        self._known: dict[str, dict[str, Sent]] = {}
        self.refused: set[tuple[str, str]] = set()
        """Posts that Slack certainly did not take, so that nothing needs to be searched for."""

    async def of(self, run: str) -> Mapping[str, Sent]:
        """Everything sent for a run; read once."""
        if run not in self._known:
            self._known[run] = dict(await self._sent.load(run))
        return self._known[run]

    async def put(self, run: str, key: str, sent: Sent) -> None:
        """Remember, durably first."""
        await self._sent.put(run, key, sent)
        self._known.setdefault(run, {})[key] = sent

    def forget(self, run: str) -> None:
        """Read it again when it is needed again."""
        self._known.pop(run, None)


class Postman:
    """Tries once per call."""

    def __init__(self, client: AsyncWebClient, ledger: Ledger) -> None:
        self._client, self._ledger = client, ledger

    async def deliver(self, letter: Letter) -> Outcome:
        """Bring Slack's copy in line with the letter; never raises for what Slack or the network does."""
        try:
            known = (await self._ledger.of(letter.run)).get(letter.key)
            if letter.files:
                await self._upload(letter, known)
            elif known is not None and known.ts:
                await self._renew(letter, known)
            else:
                await self._post(letter, known)
            return Outcome("done")
        except SlackApiError as error:
            return await self._judge(letter, error)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return Outcome("again", why=type(error).__name__)

    async def _renew(self, letter: Letter, known: Sent) -> None:
        if letter.is_line:
            await self._leave(letter)
        else:
            await self._edit(letter, known)

    async def _edit(self, letter: Letter, known: Sent) -> None:
        digest = letter.desired.message.digest
        if known.digest == digest:
            return
        await self._client.chat_update(channel=known.channel, ts=known.ts, **letter.desired.message.payload())
        await self._ledger.put(letter.run, letter.key, known.model_copy(update={"digest": digest}))

    async def _post(self, letter: Letter, known: Sent | None) -> None:
        where = (letter.run, letter.key)
        if known is not None and where not in self._ledger.refused and (found := await self._find(letter)):
            stands = Sent(channel=letter.channel, ts=found.ts, digest="")
            for event_id in found.ids:
                await self._ledger.put(letter.run, event_id.removeprefix(f"{letter.run}:"), stands)
            await self._renew(letter, stands)
            return
        for each in (letter, *letter.others):
            await self._ledger.put(each.run, each.key, Sent(channel=letter.channel, ts="", digest=""))
        self._ledger.refused.discard(where)
        reach("card.before")
        answer = await self._client.chat_postMessage(
            channel=letter.channel, thread_ts=await self._thread(letter),
            reply_broadcast=letter.desired.broadcast or None, unfurl_links=False, unfurl_media=False,
            metadata={"event_type": EVENT_TYPE, "event_payload": _payload(letter)},
            **letter.desired.message.payload(),
        )  # fmt: skip
        reach("card.after")
        ts, channel = str(answer["ts"]), str(answer["channel"])
        for each in (letter, *letter.others):
            await self._ledger.put(each.run, each.key, Sent(channel=channel, ts=ts, digest=each.desired.message.digest))
        if letter.key == CARD:
            await self._pin(channel, ts)

    async def _upload(self, letter: Letter, known: Sent | None) -> None:
        if known is None:
            await self._ledger.put(letter.run, letter.key, Sent(channel=letter.channel, ts="", digest=""))
        elif known.ts or await self._find_files(letter):
            await self._ledger.put(letter.run, letter.key, Sent(channel=letter.channel, ts="uploaded", digest=""))
            return
        await self._client.files_upload_v2(
            file_uploads=[{"content": each.text, "filename": each.name, "title": each.name} for each in letter.files],
            channel=letter.channel,
            thread_ts=await self._thread(letter),
            initial_comment=letter.desired.message.text,
        )
        await self._ledger.put(letter.run, letter.key, Sent(channel=letter.channel, ts="uploaded", digest=""))

    async def _thread(self, letter: Letter) -> str | None:
        card = (await self._ledger.of(letter.run)).get(CARD)
        return card.ts if letter.desired.thread and card is not None and card.ts else None

    async def _pin(self, channel: str, ts: str) -> None:
        try:
            await self._client.pins_add(channel=channel, timestamp=ts)
        except (SlackApiError, TimeoutError, aiohttp.ClientError) as error:
            log.info("card-not-pinned", error=str(error)[:200])

    async def _find(self, letter: Letter) -> Found | None:
        """A post whose answer was lost; None when it is not there or cannot be looked for."""
        async for message in self._messages(letter):
            payload: Json = (message.get("metadata") or {}).get("event_payload") or {}
            ids = payload.get("ids") or [payload.get("id")]
            if letter.event_id in ids:
                return Found(str(message["ts"]), tuple(map(str, ids)))
        return None

    async def _find_files(self, letter: Letter) -> bool:
        names = {each.name for each in letter.files}
        async for message in self._messages(letter):
            if names & {str(file.get("name")) for file in message.get("files") or []}:
                return True
        return False

    async def _messages(self, letter: Letter) -> AsyncIterator[Json]:
        thread, cursor = await self._thread(letter), None
        for _ in range(_PAGES):
            try:
                if thread:
                    answer = await self._client.conversations_replies(
                        channel=letter.channel, ts=thread, include_all_metadata=True, limit=200, cursor=cursor
                    )
                else:
                    answer = await self._client.conversations_history(
                        channel=letter.channel, oldest=f"{letter.since - 60:.6f}", include_all_metadata=True, limit=200,
                        cursor=cursor,
                    )  # fmt: skip
            except SlackApiError as error:
                if code_of(error) in ("not_in_channel", "missing_scope", "thread_not_found", "channel_not_found"):
                    log.warning("history-not-searched", channel=letter.channel, error=code_of(error))
                    return
                raise
            for message in answer.get("messages") or []:
                yield message
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return

    async def _judge(self, letter: Letter, error: SlackApiError) -> Outcome:
        code, where = code_of(error), (letter.run, letter.key)
        if status_of(error) == 429 or code == "ratelimited":
            self._ledger.refused.add(where)
            return Outcome("limited", retry_after(error), code)
        if status_of(error) >= 500 or code in _AWAY:
            return Outcome("again", why=code or str(status_of(error)))
        self._ledger.refused.add(where)
        if code in DEAD:
            return Outcome("dead_channel", why=code)
        if code in _GONE:
            return await self._lose(letter, code)
        if code in _FINAL:
            return await self._leave(letter)
        if code in _TOO_MUCH:
            log.error("blocks-refused", run=letter.run, key=letter.key, error=code, details=_details(error))
            return await self._say_plainly(letter)
        return Outcome("again" if code in _SHUT_OUT else "later", why=code)

    async def _lose(self, letter: Letter, code: str) -> Outcome:
        """Somebody deleted the message, or the card that this line hangs under: it is posted anew."""
        key = CARD if code == "thread_not_found" else letter.key
        self._ledger.refused.add((letter.run, key))
        await self._ledger.put(letter.run, key, Sent(channel=letter.channel, ts="", digest=""))
        return Outcome("card_lost" if key == CARD else "later", why=code)

    async def _leave(self, letter: Letter) -> Outcome:
        """It stays as it stands in Slack: a line is said once, and Slack lets some messages be edited no more."""
        known = (await self._ledger.of(letter.run))[letter.key]
        digest = letter.desired.message.digest
        await self._ledger.put(letter.run, letter.key, known.model_copy(update={"digest": digest}))
        return Outcome("done")

    async def _say_plainly(self, letter: Letter) -> Outcome:
        """Our blocks were refused, which is our mistake: the words still go out."""
        known = (await self._ledger.of(letter.run)).get(letter.key)
        words = letter.desired.message.text
        try:
            if known is not None and known.ts:
                await self._client.chat_update(channel=known.channel, ts=known.ts, text=words, blocks=[])
                channel, ts = known.channel, known.ts
            else:
                answer = await self._client.chat_postMessage(
                    channel=letter.channel, text=words, thread_ts=await self._thread(letter), unfurl_links=False,
                    metadata={"event_type": EVENT_TYPE, "event_payload": {"id": letter.event_id}},
                )  # fmt: skip
                channel, ts = str(answer["channel"]), str(answer["ts"])
        except (SlackApiError, TimeoutError, aiohttp.ClientError) as error:
            return Outcome("again", why=str(error)[:200])
        digest = letter.desired.message.digest
        await self._ledger.put(letter.run, letter.key, Sent(channel=channel, ts=ts, digest=digest))
        return Outcome("done")


def _payload(letter: Letter) -> Json:
    ids = [each.event_id for each in (letter, *letter.others)]
    return {"id": ids[0]} | ({"ids": ids} if letter.others else {})


def code_of(error: SlackApiError) -> str:
    """Slack's name of the error; empty for an answer that was not Slack's."""
    try:
        return str(error.response.get("error") or "")
    except (AttributeError, TypeError):
        return ""


def status_of(error: SlackApiError) -> int:
    """The HTTP status, from either of the SDK's two answers."""
    return int(getattr(error.response, "status_code", 0) or getattr(error.response, "status", 0) or 0)


def retry_after(error: SlackApiError) -> float:
    """Slack's Retry-After in seconds; one second when it names none."""
    headers = getattr(error.response, "headers", None) or {}
    found = next((value for name, value in headers.items() if str(name).lower() == "retry-after"), "1")
    try:
        return max(0.0, float(found))
    except ValueError:
        return 1.0


def _details(error: SlackApiError) -> object:
    try:
        return (error.response.get("response_metadata") or {}).get("messages")
    except (AttributeError, TypeError):
        return None
