"""The one wrapper around every listener: acknowledge first, then work, and answer whatever goes wrong calmly.

Promises: Slack has its acknowledgement before any I/O; what Slack delivers twice is done once; a UserError reaches the
person as a sentence; anything else reaches them with an id that is in the log beside the traceback.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import aiohttp
import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError, SlackRequestError

from bot.language import _, again, speaking
from bot.model.errors import Refused, Unavailable, UserError
from bot.slack.answers import REMEDIES, code_of
from bot.slack.door import Door
from bot.slack.kit import Json, Message, escape, message, note, text
from bot.slack.listeners.turn import SLACK_DOWN, Turn
from bot.slack.views.start_form import told

log = structlog.get_logger()

Work: TypeAlias = Callable[[Turn], Awaitable[None]]
Answer: TypeAlias = Callable[[Turn], Json]
"""What the acknowledgement of a submission carries: inline errors, or the next view. Pure: it may not do any I/O."""
Listener: TypeAlias = Callable[[AsyncAck, Json], Awaitable[None]]
PATIENCE = 120.0
SETTLE = 0.25
"""Seconds until Slack has surely applied the view in an acknowledgement; an update before that would be overwritten."""


def listener(door: Door, work: Work) -> Listener:
    """Acknowledge, then work."""

    async def listen(ack: AsyncAck, body: Json) -> None:
        await ack()
        if await _is_first(door, body):
            await run(Turn.of(door, body), work)

    listen.__name__ = getattr(work, "__name__", "listen")
    return listen


def submission(door: Door, work: Work, answer: Answer | None = None) -> Listener:
    """Acknowledge a submitted view with what `answer` says; work only when it found no mistake."""

    async def submit(ack: AsyncAck, body: Json) -> None:
        turn = Turn.of(door, body)
        with speaking(door.identities.known_language(turn.user)):
            reply, is_read = _replied(turn, answer)
        await ack(**reply)
        if not is_read or reply.get("response_action") == "errors" or not await _is_first(door, body):
            return
        if reply.get("response_action") == "update":
            await asyncio.sleep(SETTLE)
        else:
            turn.view_id = ""
        await run(turn, work)

    submit.__name__ = getattr(work, "__name__", "submit")
    return submit


def _replied(turn: Turn, answer: Answer | None) -> tuple[Json, bool]:
    """What the acknowledgement carries, and whether the form could be read: one of another version may say nothing.

    Without an acknowledgement Slack would speak of trouble with the connection, and people would try it again.
    """
    try:
        return (answer(turn) if answer else {}), True
    except UserError as mistake:
        words = again(str(mistake))
    except Exception as error:
        log.exception("form-not-read", error=type(error).__name__, slack_user=turn.user)
        words = _("This form cannot be read any more, and nothing was done. Close it and open it anew.")
    return {"response_action": "update", "view": told(_("Please check"), escape(words)).to_dict()}, False


async def _is_first(door: Door, body: Json) -> bool:
    return door.once is None or await door.once.is_first(body)


async def run(turn: Turn, work: Work) -> None:
    """Do the work in the language of who asked for it. Like `_replied`, it catches broadly; nothing else here does."""
    what = getattr(work, "__name__", "work")
    language = await turn.door.identities.language(turn.user)
    with speaking(language), structlog.contextvars.bound_contextvars(door="slack", what=what, slack_user=turn.user):
        try:
            async with asyncio.timeout(PATIENCE):
                await work(turn)
        except Refused as refusal:
            log.info("refused", reason=refusal.reason, run=turn.run)
            await _tell(turn, _("Not done"), again(str(refusal)), await card_link(turn.door, turn.run))
        except UserError as mistake:
            await _tell(turn, _("Please check"), again(str(mistake)))
        except Unavailable as away:
            log.warning("unavailable", error=str(away))
            await _tell(turn, _("Not now"), again(str(away)))
        except (SlackApiError, SlackRequestError, aiohttp.ClientError) as refused:
            log.warning("slack-refused", error=str(refused)[:300])
            await _tell(turn, _("Not now"), _refused(refused))
        except Exception as error:
            error_id = turn.door.desk.clock.new_id()
            log.exception("listener-failed", error_id=error_id, error=type(error).__name__)
            await _tell(turn, _("Something went wrong"), _calm(error_id))


def _refused(error: Exception) -> str:
    code = code_of(error) if isinstance(error, SlackApiError) else ""
    words = _(
        "Slack did not take this ({code}). Whether something took effect shows on the run card, or with: /dr status. "
        "In a terminal the same commands work without Slack: dr status",
        code=code or type(error).__name__,
    )
    return f"{words}\n{_(REMEDIES[code])}" if code in REMEDIES else words


def _calm(error_id: str) -> str:
    return _(
        "Something went wrong on our side (error {error_id}). Whether it took effect shows on the run card, or with: "
        "/dr status. If Slack is the trouble, the same commands work in a terminal: dr status",
        error_id=error_id,
    )


async def _tell(turn: Turn, title: str, words: str, link: str = "") -> None:
    lines = [escape(line) for line in words.split("\n") if line.strip()]
    if link:
        lines.append(f"<{link}|{_('Open the current run card')}>")
    if not turn.view_id or await turn.try_to_show(told(title, *lines)) != "shown":
        await turn.whisper(sentence("\n".join(lines)))


def sentence(words: str, small: str = "") -> Message:
    """A short message; the words are mrkdwn, escaped already."""
    return message([text(words), *([note(small)] if small else [])], words)


async def card_link(door: Door, run_id: str) -> str:
    """Where the run's current card stands; empty when that is not known."""
    if not run_id:
        return ""
    try:
        card = (await door.sent.load(run_id)).get("card")
        if card is None or not card.ts:
            return ""
        answer = await door.client.chat_getPermalink(channel=card.channel, message_ts=card.ts)
    except (*SLACK_DOWN, Unavailable) as error:
        log.info("no-card-link", error=str(error)[:200])
        return ""
    return str(answer.get("permalink") or "")
