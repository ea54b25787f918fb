"""Slack's vocabulary and its limits, in one place. Views speak this; nobody writes block dicts.

Promises: whatever goes in, Slack accepts what comes out; what had to be left out is said. Outside text goes through
`escape` and can neither mention people, nor link, nor hide anything. Refuses to know runs and plans.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal, TypeAlias

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    MarkdownTextObject,
    Option,
    OverflowMenuElement,
    PlainTextObject,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from bot.language import _, again
from bot.model.people import Person
from bot.model.secrets import redact
from bot.slack.as_json import Json as Json
from bot.slack.as_json import as_json
from bot.timeline.visible import visible

MAX_BLOCKS = 50
MAX_MODAL_BLOCKS = 100
MAX_CHARACTERS = 10_000
"""Of all blocks of one message; Slack refuses somewhere past 13,000 and does not say where."""
MAX_VIEW_BYTES = 240_000
"""Of the blocks of a modal or Home; Slack takes 250,000 with everything around them."""
MAX_SECTION = 3000
MAX_FALLBACK = 3000
MAX_METADATA = 3000
MAX_BLOCK_ID = 255
_A_DAY_APART = timedelta(hours=12)
"""From here on, an hour alone may be taken for today's."""
_TOKEN = re.compile(r"<(?=[!@#]|https?:|mailto:)")
"""What would be a mention or a link in markup; defused in plain text too, since some clients draw it."""
_CHANNEL = re.compile(r"[CG][A-Z0-9]+")
Element: TypeAlias = ButtonElement | OverflowMenuElement
Style: TypeAlias = Literal["primary", "danger"]


@dataclass(frozen=True)
class Message:
    """One message: blocks for those who see them, and a text that says the same for those who do not."""

    blocks: tuple[Block, ...]
    text: str
    body: list[Json] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", clip(self.text, MAX_FALLBACK))
        object.__setattr__(self, "body", [as_json(block) for block in self.blocks])

    @property
    def digest(self) -> str:
        """Of what a reader sees; equal digests need no edit."""
        return hashlib.sha256(json.dumps([self.text, self.body], sort_keys=True).encode()).hexdigest()[:32]

    def payload(self) -> Json:
        """Arguments for chat.postMessage and its relatives; nothing in it unfolds into a preview."""
        return {"text": self.text, "blocks": self.body}


def message(body: Iterable[Block], text: str, tail: Iterable[Block] = ()) -> Message:
    """A message that fits: `tail` (buttons, mostly) is always kept, the body gives way, visibly."""
    return Message(tuple(fit(body, tail)), text)


def fit(body: Iterable[Block], tail: Iterable[Block] = (), *, blocks: int = MAX_BLOCKS) -> list[Block]:
    """As many blocks as Slack takes, and a line that says how many are missing."""
    kept, end = list(body), list(tail)
    budget, measure = (MAX_CHARACTERS, weight) if blocks == MAX_BLOCKS else (MAX_VIEW_BYTES, size)
    room, left = budget - 200 - sum(map(measure, end)), blocks - len(end)
    fitting = 0
    for block in kept:
        room -= measure(block)
        if room < 0 or fitting >= left:
            break
        fitting += 1
    if fitting == len(kept):
        return [*kept, *end]
    fitting = min(fitting, left - 1)
    return [*kept[:fitting], note(_("_{count} more; see the thread_", count=len(kept) - fitting)), *end]


def weight(block: Block) -> int:
    """How many characters of text a block carries, every string counted."""
    return sum(len(text) for text in _strings(as_json(block)))


def size(block: Block) -> int:
    """Bytes of a block on the wire, where each character outside ASCII takes six or twelve."""
    return len(json.dumps(as_json(block)))


def header(text: str) -> Block:
    """A headline, plain text; Slack allows 150 characters."""
    return HeaderBlock(text=plain(text, 150))


def text(markdown: str) -> Block:
    """A paragraph of mrkdwn."""
    return SectionBlock(text=mrkdwn(markdown))


def note(markdown: str) -> Block:
    """Small grey print."""
    return ContextBlock(elements=[mrkdwn(markdown)])


def divider() -> Block:
    """A thin line."""
    return DividerBlock()


def fields(*pairs: tuple[str, str]) -> Block:
    """Up to ten label and value pairs in two columns."""
    cells = [mrkdwn(f"*{label}*\n{value}", limit=2000) for label, value in pairs[:10]]
    return SectionBlock(fields=cells)


def paragraphs(lines: Iterable[str], *, limit: int = 2900) -> list[Block]:
    """Lines of mrkdwn in as few sections as they fit in; no line is torn apart."""
    chunks: list[list[str]] = [[]]
    filled = 0
    for line in (clip(each, limit) for each in lines):
        if filled + len(line) > limit:
            chunks.append([])
            filled = 0
        chunks[-1].append(line)
        filled += len(line) + 1
    return [text("\n".join(chunk)) for chunk in chunks if chunk]


def mrkdwn(markdown: str, *, limit: int = MAX_SECTION) -> MarkdownTextObject:
    """Slack's markup; `verbatim` keeps Slack from making links and mentions out of plain words."""
    return MarkdownTextObject(text=clip(markdown, limit) or "…", verbatim=True)


def plain(words: str, limit: int) -> PlainTextObject:
    """Text without markup, for labels, titles and buttons."""
    return PlainTextObject(text=clip(_TOKEN.sub("‹", visible(redact(words))), limit) or "…", emoji=False)


def buttons(*elements: Element, block_id: str | None = None) -> Block:
    """A row of buttons; `block_id` says what the row is about where an element's own value is too short for it."""
    return ActionsBlock(elements=list(elements)[:25], block_id=block_id)


def button(label: str, *, does: str, about: Ref, style: Style | None = None, asks: str | None = None) -> ButtonElement:
    """A button that sends `does` about `about`; `asks` makes the person confirm, consequence first."""
    confirm = None
    if asks:
        confirm = ConfirmObject(
            title=plain(label, 100), text=plain(asks, 300), confirm=plain(label, 30), deny=plain(_("Cancel"), 30),
            style="danger" if style == "danger" else None,
        )  # fmt: skip
    return ButtonElement(
        text=plain(label, 75), action_id=does, value=about.pack(), style=style, confirm=confirm,
    )  # fmt: skip


def overflow(*choices: tuple[str, str], does: str) -> OverflowMenuElement:
    """A menu of at most five (label, value) choices; what it is about stands in the row's block_id."""
    options = [Option(text=plain(label, 75), value=value) for label, value in choices[:5]]
    return OverflowMenuElement(action_id=does, options=options)


def menu(markdown: str, label: str, *choices: tuple[str, str], does: str, about: Ref) -> Block:
    """A paragraph with a list of (label, value) choices beside it; what it is about stands in the block_id.

    A reference that is too long for a block_id gets the paragraph alone: a click could not say what it means.
    """
    packed = about.pack()
    if len(packed) > MAX_BLOCK_ID:
        return text(markdown)
    options = [Option(text=plain(each, 75), value=value) for each, value in choices]
    select = StaticSelectElement(action_id=does, options=options, placeholder=plain(label, 150))
    return SectionBlock(text=mrkdwn(markdown), block_id=packed, accessory=select)


def modal(
    title: str,
    blocks: Iterable[Block],
    *,
    does: str = "nothing",
    submit: str | None = None,
    close: str = "",
    about: str = "",
) -> View:
    """A modal; `does` comes back when it is submitted, with `about` (at most 3000 characters)."""
    return View(
        type="modal",
        callback_id=does,
        title=plain(title, 24),
        submit=plain(submit, 24) if submit else None,
        close=plain(close or _("Close"), 24),
        blocks=fit(blocks, blocks=MAX_MODAL_BLOCKS) or [note(_("Nothing to show."))],
        private_metadata=about,
    )


def escape(outside: object) -> str:
    """Text from AWS or from people, made harmless: secrets are blotted out, what is invisible becomes visible, markup
    characters become text."""
    return _harmless(again(str(outside)))


@lru_cache(16_384)
def _harmless(words: str) -> str:
    """Cards that are drawn again say what they said before, nearly all of it."""
    return visible(redact(words)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def code(outside: object) -> str:
    """Outside text in fixed width."""
    return f"`{escape(outside).replace('`', 'ʹ')}`" if str(outside) else "–"


def when(moment: datetime, form: str = "{time}") -> str:
    """An absolute time in the reader's own zone, so that no countdown needs an edit; UTC where dates are not drawn."""
    fallback = moment.astimezone(UTC).strftime("%H:%M UTC" if form == "{time}" else "%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(moment.timestamp())}^{form}|{fallback}>"


def when_day(moment: datetime) -> str:
    """Date and time in the reader's own zone."""
    return when(moment, "{date_short_pretty} {time}")


def when_over(moment: datetime, span: timedelta) -> str:
    """The end of a span: with its day, where the span is long enough for the hour to mean another one."""
    return when_day(moment) if span >= _A_DAY_APART else when(moment)


def utc(moment: datetime) -> str:
    """`19:04 UTC`, for texts that draw nothing."""
    return moment.astimezone(UTC).strftime("%H:%M UTC")


def mention(person: Person) -> str:
    """The person, told by Slack; just the name when we know no account."""
    return f"<@{person.slack}>" if person.slack else escape(person.name)


def place(channel: str) -> str:
    """A channel as its readers know it: Slack draws an id as the channel's name."""
    return f"<#{channel}>" if _CHANNEL.fullmatch(channel) else escape(channel)


def mentions(people: Sequence[Person], limit: int = 12) -> str:
    """Several people, the rest counted."""
    named = ", ".join(mention(person) for person in people[:limit])
    return _("{people} and {count} more", people=named, count=len(people) - limit) if len(people) > limit else named


def clip(words: str, limit: int) -> str:
    """Shorten visibly, never inside an escaped character or a token."""
    words = again(words)
    if len(words) <= limit:
        return words
    cut = words[: limit - 1]
    for opening, closing in (("&", ";"), ("<", ">")):
        at = cut.rfind(opening)
        if at > cut.rfind(closing) and at >= len(cut) - 80:
            cut = cut[:at]
    return f"{cut}…"


@dataclass(frozen=True)
class Ref:
    """What a button is about: enough to tell whether it still means what it said."""

    run: str
    step: str = ""
    revision: int = 0
    """A gate's round, the record that asked, or the state of the run's card."""
    plan: str = ""
    """First 16 characters of the plan's hash."""
    choice: str = ""

    def pack(self) -> str:
        """As a button's value; always below Slack's 2000 characters, and below 255 for run ids we make."""
        short = {"r": self.run, "s": self.step, "v": self.revision, "p": self.plan[:16], "c": self.choice}
        return json.dumps({key: value for key, value in short.items() if value}, separators=(",", ":"))

    @classmethod
    def parse(cls, packed: str) -> Ref:
        """Read a button's value; raises ValueError for anything we did not write."""
        read = json.loads(packed)
        if not isinstance(read, dict) or not isinstance(read.get("r"), str) or not read["r"]:
            raise ValueError("not a reference")
        words = {key: read.get(key, "") for key in "rspc"}
        if not all(isinstance(word, str) for word in words.values()) or not isinstance(read.get("v", 0), int):
            raise ValueError("not a reference")
        return cls(words["r"], words["s"], read.get("v", 0), words["p"], words["c"])


def _strings(value: object) -> Iterable[str]:
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _strings(each)
        case list():
            for each in value:
                yield from _strings(each)
