"""Words to those outside the incident: the form, its preview, the message, and the reminder.

Promises: what is previewed is what is posted. Refuses to write for people; it fills in what is known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from slack_sdk.models.blocks import (
    Block,
    CheckboxesElement,
    DateTimePickerElement,
    InputBlock,
    Option,
    PlainTextInputElement,
)
from slack_sdk.models.views import View

from bot.language import _
from bot.model.incident_events import StatusPosted
from bot.model.run import Run
from bot.model.service import Catalog
from bot.slack.kit import (
    Element,
    Json,
    Message,
    Ref,
    button,
    buttons,
    clip,
    divider,
    escape,
    header,
    mentions,
    message,
    modal,
    mrkdwn,
    note,
    place,
    plain,
    text,
    utc,
    when,
)
from bot.slack.views.words import assignees, headline
from bot.usecases.status_update import LIMIT, SNOOZE, Update

SUBMIT, POST = "status.submit", "status.post"
OPEN, REST, STOP = "status.open", "status.snooze", "status.stop"
COMMS = "comms"
_MOST_CHANNELS = 10


def status_form(run: Run, draft: Update, about: str) -> View:
    """What happened, where we are, when the next word comes, and who hears it."""
    what = PlainTextInputElement(
        action_id="value", multiline=True, max_length=LIMIT, initial_value=clip(draft.what, LIMIT)
    )
    here = PlainTextInputElement(
        action_id="value", multiline=True, max_length=LIMIT, initial_value=clip(draft.text, LIMIT)
    )
    moment = int(draft.next_at.timestamp()) if draft.next_at is not None else None
    channels = [
        Option(value=clip(each, 75), text=mrkdwn(place(each), limit=75)) for each in draft.channels[:_MOST_CHANNELS]
    ]
    blocks: list[Block] = [
        text(f"*{headline(run.plan)}*"),
        InputBlock(block_id="what", label=plain(_("What happened"), 2000), element=what),
        InputBlock(block_id="text", label=plain(_("Where we are"), 2000), element=here),
        InputBlock(
            block_id="next", label=plain(_("When the next update comes"), 2000), optional=True,
            element=DateTimePickerElement(action_id="value", initial_date_time=moment),
        ),
        InputBlock(
            block_id="channels", label=plain(_("Who hears it"), 2000),
            element=CheckboxesElement(action_id="value", options=channels, initial_options=channels),
        ),
    ]  # fmt: skip
    return modal(_("Status update"), blocks, does=SUBMIT, submit=_("Preview"), close=_("Cancel"), about=about)


def read_status(values: Mapping[str, Mapping[str, Json]]) -> Update:
    """What was filled in."""
    answers = {block: next(iter(actions.values()), {}) for block, actions in values.items()}
    epoch = answers.get("next", {}).get("selected_date_time")
    return Update(
        what=str(answers.get("what", {}).get("value") or "").strip(),
        text=str(answers.get("text", {}).get("value") or "").strip(),
        next_at=datetime.fromtimestamp(int(epoch), UTC) if epoch is not None else None,
        channels=tuple(str(each["value"]) for each in answers.get("channels", {}).get("selected_options") or ()),
    )


def preview(title: str, update: Update, about: str) -> View:
    """The message as it will stand, and where."""
    blocks = [
        note(_("This is posted in {channels}:", channels=", ".join(map(place, update.channels)))),
        divider(),
        *_body(title, update.what, update.text, update.next_at),
    ]
    return modal(_("Status update"), blocks, does=POST, submit=_("Post it"), close=_("Cancel"), about=about)


def pack(run: str, channel: str, update: Update) -> str:
    """An update as it travels in the preview; longer than Slack lets it travel when its words are very long."""
    at = int(update.next_at.timestamp()) if update.next_at is not None else None
    said = [run, channel, update.what, update.text, at, list(update.channels)]
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def unpack(packed: str) -> tuple[str, str, Update]:
    """The run, the channel of who writes, and the update that was previewed; only we write it."""
    run, channel, what, words, at, channels = json.loads(packed)
    moment = datetime.fromtimestamp(at, UTC) if at is not None else None
    return str(run), str(channel), Update(what, words, moment, tuple(channels))


def status_message(run: Run, fact: StatusPosted, who: str, at: datetime) -> Message:
    """What stands in each of the channels."""
    title = run.plan.service.title or run.plan.service.name
    body = _body(title, fact.what, fact.text, fact.next_at)
    body.append(note(_("{who}, {at}", who=escape(who), at=when(at))))
    words = _("{service}: {what} {text}", service=escape(title), what=escape(fact.what), text=escape(fact.text))
    if fact.next_at is not None:
        words = _("{words} Next update at {at}.", words=words, at=utc(fact.next_at))
    return message(body, words)


def status_nag(run: Run, due: datetime, catalog: Catalog) -> Message:
    """The reminder that others wait for a word."""
    who = mentions(assignees(COMMS, run, catalog)) or _("nobody on the roster")
    words = _("An update for those outside has been due since {at}: {who}", at=when(due), who=who)
    about = Ref(run.id)
    row = buttons(
        button(_("Write the update…"), does=OPEN, about=about, style="primary"),
        button(_("Snooze {minutes} m", minutes=int(SNOOZE / timedelta(minutes=1))), does=REST, about=about),
        button(_("Stop reminding"), does=STOP, about=about),
    )
    return message([text(words)], words, tail=[row])


def update_button(run: Run) -> list[Element]:
    """The card's way to the form; none when the run is over and said so."""
    return [] if run.status.is_over else [button(_("Status update…"), does=OPEN, about=Ref(run.id))]


def _body(title: str, what: str, words: str, next_at: datetime | None) -> list[Block]:
    lines: Sequence[Block] = [header(_("Status: {service}", service=title)), text(escape(what)), text(escape(words))]
    if next_at is None:
        return [*lines]
    return [*lines, text(_("*Next update:* {at}", at=when(next_at)))]
