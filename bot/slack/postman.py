"""Brings one message to Slack: posts it once, edits it afterwards, and says what became of it.

Promises: the intent is stored before the post, so a post whose answer was lost is found by its event id before
anything is sent again. Refuses to know queues, budgets and waiting; it tries once and answers how it went.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from bot.engine.failpoints import reach
from bot.language import _, speaking
from bot.ports.sent import Sent
from bot.slack.answers import code_of, details_of, is_away, retry_after, status_of
from bot.slack.desired import CALL, CARD
from bot.slack.kit import Json, Message
from bot.slack.ledger import Ledger
from bot.slack.letter import Letter, Outcome, Place
from bot.slack.search import Found, Search
from bot.slack.views.crowd import call_forgotten, calls

log = structlog.get_logger()

EVENT_TYPE = "dr_message"
EXPORTS = "exports"
DEAD = frozenset({"channel_not_found", "is_archived", "not_in_channel", "is_inactive", "restricted_action"})
_GONE = frozenset({"message_not_found", "thread_not_found"})
_FINAL = frozenset({"edit_window_closed", "cant_update_message", "cant_broadcast_message"})
_TOO_MUCH = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long", "block_mismatch"}
)
_NO_FILES = frozenset({"missing_scope", "not_allowed_token_type", "file_uploads_disabled", "not_in_channel"})
_SHUT_OUT = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"})


RowOf = Callable[[Place], Awaitable[Message | None]]
"""How a request for approval stands among others now; None for one of a run that is over since long."""


class Postman:
    """Tries once per call."""

    def __init__(self, client: AsyncWebClient, ledger: Ledger, row_of: RowOf) -> None:
        self._client, self._ledger, self._row_of = client, ledger, row_of
        self._search = Search(client, ledger)

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
        except (SlackRequestError, TimeoutError, aiohttp.ClientError, OSError) as error:
            return Outcome("again", why=type(error).__name__)

    async def _renew(self, letter: Letter, known: Sent) -> None:
        if letter.is_line:
            await self._leave(letter)
        else:
            await self._edit(letter, known)

    async def _edit(self, letter: Letter, known: Sent) -> None:
        if known.digest == letter.desired.stamp(known):
            return
        if known.digest.startswith(CALL):
            await self._edit_shared(letter, known)
            return
        await self._client.chat_update(channel=known.channel, ts=known.ts, **letter.desired.message.payload())
        digest = letter.desired.message.digest
        await self._ledger.put(letter.run, letter.key, known.model_copy(update={"digest": digest}))

    async def _edit_shared(self, letter: Letter, known: Sent) -> None:
        """One message for several requests: all of them are drawn as they stand now."""
        places = await self._ledger.sharing(known)
        rows = {place: await self._row_of(place) for place in places}
        with speaking(letter.language):
            said = calls([row or call_forgotten() for row in rows.values()])
        await self._client.chat_update(channel=known.channel, ts=known.ts, **said.payload())
        for (run, key), row in rows.items():
            if row is not None:
                await self._ledger.put(run, key, known.model_copy(update={"digest": f"{CALL}{row.digest}"}))

    async def _post(self, letter: Letter, known: Sent | None) -> None:
        if (
            known is not None
            and letter.place not in self._ledger.refused
            and (found := await self._search.post(letter))
        ):
            await self._renew(letter, await self._adopt(letter, found))
            return
        for each in (letter, *letter.others):
            await self._ledger.put(each.run, each.key, Sent(channel=letter.channel, ts="", digest=""))
            self._ledger.refused.discard(each.place)
        reach("card.before")
        answer = await self._client.chat_postMessage(
            channel=letter.channel, thread_ts=await self._ledger.thread(letter),
            reply_broadcast=letter.desired.broadcast or None, unfurl_links=False, unfurl_media=False,
            metadata={"event_type": EVENT_TYPE, "event_payload": _payload(letter)},
            **letter.desired.message.payload(),
        )  # fmt: skip
        reach("card.after")
        stands = Sent(channel=str(answer["channel"]), ts=str(answer["ts"]), digest="")
        await self._ledger.put_all(letter, stands)

    async def _adopt(self, letter: Letter, found: Found) -> Sent:
        """The message is there, only its answer was lost: everybody in it is known to stand there."""
        stands = Sent(channel=letter.channel, ts=found.ts, digest="")
        if len(found.places) > 1 and letter.desired.row is not None:
            stands = stands.model_copy(update={"digest": CALL})
            await self._ledger.share(found.places, stands)
        for run, key in found.places:
            await self._ledger.put(run, key, stands)
        return stands

    async def _upload(self, letter: Letter, known: Sent | None) -> None:
        if known is None:
            await self._ledger.put(letter.run, letter.key, Sent(channel=letter.channel, ts="", digest=""))
        elif known.ts or await self._search.files(letter):
            await self._ledger.put(letter.run, letter.key, Sent(channel=letter.channel, ts="uploaded", digest=""))
            return
        await self._client.files_upload_v2(
            file_uploads=[{"content": each.text, "filename": each.name, "title": each.name} for each in letter.files],
            channel=letter.channel,
            thread_ts=await self._ledger.thread(letter),
            initial_comment=letter.desired.message.text,
        )
        await self._ledger.put(letter.run, letter.key, Sent(channel=letter.channel, ts="uploaded", digest=""))

    async def _judge(self, letter: Letter, error: SlackApiError) -> Outcome:
        code, places = code_of(error), {letter.place, *(each.place for each in letter.others)}
        if status_of(error) == 429 or code == "ratelimited":
            self._ledger.refused |= places
            return Outcome("limited", retry_after(error), code)
        if is_away(error):
            return Outcome("again", why=code or str(status_of(error)))
        self._ledger.refused |= places
        if letter.files and code in _NO_FILES:
            log.error("files-refused", run=letter.run, key=letter.key, error=code)
            return await self._say_plainly(_without_files(letter, code))
        if code in DEAD:
            return Outcome("dead_channel", why=code)
        if code in _GONE:
            return await self._lose(letter, code)
        if code in _FINAL:
            return await self._leave(letter)
        if code in _TOO_MUCH:
            log.error("blocks-refused", run=letter.run, key=letter.key, error=code, details=details_of(error))
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
        digest = letter.desired.stamp(known)
        await self._ledger.put(letter.run, letter.key, known.model_copy(update={"digest": digest}))
        return Outcome("done")

    async def _say_plainly(self, letter: Letter) -> Outcome:
        """Our blocks were refused, which is our mistake: the words still go out."""
        known = (await self._ledger.of(letter.run)).get(letter.key)
        if known is not None and known.digest.startswith(CALL):
            return await self._leave(letter)
        words = letter.desired.message.text
        try:
            if known is not None and known.ts:
                await self._client.chat_update(channel=known.channel, ts=known.ts, text=words, blocks=[])
                channel, ts = known.channel, known.ts
            else:
                answer = await self._client.chat_postMessage(
                    channel=letter.channel, text=words, thread_ts=await self._ledger.thread(letter), unfurl_links=False,
                    metadata={"event_type": EVENT_TYPE, "event_payload": {"id": letter.event_id}},
                )  # fmt: skip
                channel, ts = str(answer["channel"]), str(answer["ts"])
        except (SlackApiError, TimeoutError, aiohttp.ClientError) as error:
            return Outcome("again", why=str(error)[:200])
        digest = letter.desired.message.digest
        await self._ledger.put(letter.run, letter.key, Sent(channel=channel, ts=ts, digest=digest))
        return Outcome("done")


def _without_files(letter: Letter, code: str) -> Letter:
    with speaking(letter.language):
        words = _(
            "Slack takes no files from the bot ({code}), so {files} are missing here. In a terminal: dr export {run}",
            code=code, files=", ".join(each.name for each in letter.files), run=letter.run,
        )  # fmt: skip
    return replace(letter, desired=replace(letter.desired, message=Message((), words)))


def _payload(letter: Letter) -> Json:
    ids = [each.event_id for each in (letter, *letter.others)]
    return {"id": ids[0]} | ({"ids": ids} if letter.others else {})
