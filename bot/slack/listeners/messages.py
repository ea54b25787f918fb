"""What is said in the channel becomes part of the timeline: by a reaction, by a shortcut, or by mentioning the bot.

Promises: one message is one note, however often and in whatever order Slack delivers its events; an edit, a deletion
and a reaction taken back are noted too, nothing is erased.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError

from bot.language import _
from bot.model.errors import UserError
from bot.model.events import NoteAdded
from bot.model.people import Person
from bot.model.run import Run
from bot.slack.answers import code_of
from bot.slack.door import Door
from bot.slack.kit import Json, clip, code
from bot.slack.listeners.attachments import keep_attachments
from bot.slack.listeners.commands import obey, understood
from bot.slack.listeners.guard import listener, sentence
from bot.slack.listeners.turn import SLACK_DOWN, Turn
from bot.slack.typed import as_typed, mentioned_in, words_of
from bot.usecases.desk import Caller
from bot.usecases.grammar import START_VERBS
from bot.usecases.note import LIMIT, add_note

SHORTCUT = "add_to_timeline"
NEED_A_FORM = ("abort", "accept", "answer", "approve", "deny", "glass", "switch", "update")
_MET = 5
"""How many people who are mentioned in one message Slack is asked about."""
_NOTED = "white_check_mark"
_EDITED, _WITHDRAWN = "Edited: ", "Withdrawn: "


def register(app: AsyncApp, door: Door) -> None:
    """Put the listeners in place."""
    app.event("reaction_added")(listener(door, capture_by_reaction))
    app.event("reaction_removed")(listener(door, withdraw_by_reaction))
    app.event({"type": "message", "subtype": "message_changed"}, matchers=[_is_a_persons])(listener(door, follow_edit))
    app.event({"type": "message", "subtype": "message_deleted"}, matchers=[_is_a_persons])(
        listener(door, follow_deletion)
    )
    app.event("message")(overhear)
    app.message_shortcut(SHORTCUT)(listener(door, capture_by_shortcut))
    app.event("app_mention")(listener(door, mentioned))


async def capture_by_reaction(turn: Turn) -> None:
    """The configured emoji puts a message on the timeline."""
    message = await _reacted_message(turn)
    if message is not None and _wears(message, turn.door.capture_emoji):
        await _capture(turn, message)


async def withdraw_by_reaction(turn: Turn) -> None:
    """Taking the emoji back marks the note as withdrawn."""
    message = await _reacted_message(turn)
    if message is None or _wears(message, turn.door.capture_emoji):
        return
    run = await _run_of(turn, message)
    said_at = _said_at(message)
    if run is None or not _stands(await _notes_of(turn.door, run.id, said_at)):
        return
    turn.run = run.id
    caller = await turn.caller("withdraw a note")
    await add_note(turn.door.desk, run.id, caller, clip(f"{_WITHDRAWN}{_words(turn.door, message)}", LIMIT), said_at)


async def overhear(ack: AsyncAck) -> None:
    """People talk; nothing is kept, or even looked at, unless somebody asks for it."""
    await ack()


async def _is_a_persons(event: Json) -> bool:
    return not (event.get("previous_message") or {}).get("bot_id")


async def follow_edit(turn: Turn) -> None:
    """A captured message was changed: the new words stand beside the old ones."""
    event: Json = turn.body.get("event") or {}
    now, before = event.get("message") or {}, event.get("previous_message") or {}
    if _words(turn.door, now) != _words(turn.door, before):
        await _follow(turn, before, f"{_EDITED}{_words(turn.door, now)}")


async def follow_deletion(turn: Turn) -> None:
    """A captured message was deleted: what it said stays on the timeline."""
    event: Json = turn.body.get("event") or {}
    before = event.get("previous_message") or {}
    await _follow(turn, before, f"Deleted in Slack: {_words(turn.door, before)}")


async def _follow(turn: Turn, message: Json, words: str) -> None:
    """Note what became of a captured message, once; Slack itself tells it, whoever did it."""
    if not message.get("ts"):
        return
    desk, said_at = turn.door.desk, _said_at(message)
    for run_id in await desk.journals.open_runs():
        notes = await _notes_of(turn.door, run_id, said_at)
        if _stands(notes) and clip(words, LIMIT) != notes[-1]:
            await add_note(desk, run_id, _SLACK, clip(words, LIMIT), said_at)


_SLACK = Caller(Person(id="slack", name="Slack"), "slack")


def _wears(message: Json, emoji: str) -> bool:
    """Whether anybody's reaction is on it now, whatever the event said: events come late and out of order."""
    return any(each.get("name") == emoji for each in message.get("reactions") or [])


async def capture_by_shortcut(turn: Turn) -> None:
    """The shortcut in a message's menu does the same."""
    message: Json = turn.body.get("message") or {}
    run = await _capture(turn, message)
    said = _("Noted on {run}.", run=code(run.id)) if run else _("No open run belongs to this channel.")
    await turn.whisper(sentence(said))


async def mentioned(turn: Turn) -> None:
    """The same words as after /dr, where slash commands do not work: in threads."""
    event: Json = turn.body.get("event") or {}
    ours = rf"<@{re.escape(turn.door.me.user)}(\|[^>]*)?>"  # whoever else is named belongs to what is said
    line = re.sub(ours, "", str(event.get("text") or "")).strip()
    await turn.door.identities.meet(mentioned_in(line)[:_MET])
    command = understood(turn, line)
    if command.verb in (*START_VERBS, *NEED_A_FORM) or command.choice == "skip":
        raise UserError(_("This needs a form, and a mention cannot open one. Type: /dr {line}", line=line))
    await obey(turn, command)


async def _capture(turn: Turn, message: Json) -> Run | None:
    run = await _run_of(turn, message)
    if run is None:
        return None
    turn.run = run.id
    caller = await turn.caller("write a note")
    await turn.door.identities.meet(filter(None, [message.get("user"), *mentioned_in(words_of(message))[:_MET]]))
    words = _words(turn.door, message)
    if not (words or message.get("files")):
        raise UserError(_("This message has no words that could be noted."))
    said_at = _said_at(message)
    notes = await _notes_of(turn.door, run.id, said_at)
    if words and not (_stands(notes) and notes[-1].removeprefix(_EDITED) == words):
        await add_note(turn.door.desk, run.id, caller, words, said_at)
    await keep_attachments(turn, run.id, caller, message, said_at)
    await _tick(turn, message)
    return run


async def _run_of(turn: Turn, message: Json) -> Run | None:
    """The open run whose card the message hangs under, else the channel's only open run."""
    desk = turn.door.desk
    runs = await desk.runs(await desk.journals.open_runs())
    here: list[Run] = []
    for run in runs:
        card = (await turn.door.sent.load(run.id)).get("card")
        if card is not None and card.ts and card.ts == message.get("thread_ts"):
            return run
        if card is not None and card.channel == turn.channel:
            here.append(run)
    return here[0] if len(here) == 1 else None


async def _notes_of(door: Door, run: str, said_at: datetime) -> list[str]:
    """What a run's timeline has of the message that was sent at that moment, oldest first."""
    facts = [record.fact for record in await door.desk.records(run)]
    return [fact.text for fact in facts if isinstance(fact, NoteAdded) and fact.said_at == said_at]


def _stands(notes: Sequence[str]) -> bool:
    """Whether the message is on the timeline, and nobody took it back since."""
    return bool(notes) and not notes[-1].startswith(_WITHDRAWN)


async def _reacted_message(turn: Turn) -> Json | None:
    event: Json = turn.body.get("event") or {}
    item: Json = event.get("item") or {}
    if event.get("reaction") != turn.door.capture_emoji or item.get("type") != "message":
        return None
    ts = str(item.get("ts") or "")
    client = turn.door.client
    answer = await client.conversations_replies(  # of a reply, Slack tells the thread's first message as well
        channel=turn.channel, ts=ts, oldest=ts, latest=ts, inclusive=True, limit=2
    )
    found: Sequence[Json] = answer.get("messages") or []
    return next((message for message in found if message.get("ts") == ts), None)


async def _tick(turn: Turn, message: Json) -> None:
    try:
        await turn.door.client.reactions_add(channel=turn.channel, timestamp=str(message["ts"]), name=_NOTED)
    except SLACK_DOWN as error:
        if not (isinstance(error, SlackApiError) and code_of(error) == "already_reacted"):
            await turn.whisper(sentence(_("Noted, though Slack did not take the tick.")))


def _words(door: Door, message: Json) -> str:
    """Who said what, by name."""
    said = as_typed(words_of(message), door.identities.name).strip()
    who = message.get("user")
    return clip(f"{door.identities.name(who)}: {said}" if who and said else said, LIMIT)


def _said_at(message: Json) -> datetime:
    return datetime.fromtimestamp(float(str(message.get("ts") or 0)), UTC)
