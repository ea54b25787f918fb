"""One message on its way to Slack, and how an attempt to bring it there went."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.language import ENGLISH, Language, speaking
from bot.slack.desired import LINE, Desired
from bot.slack.kit import Message
from bot.usecases.export_run import ExportedFile

Place = tuple[str, str]
"""A message of ours for good: run and key."""


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
    """Further letters that travel in the same message."""
    language: Language = ENGLISH
    """What the channel is told in."""
    is_last: bool = False
    """Its run is over."""
    draw: Callable[[], Message] | None = None
    """Makes the message when its turn has come, where making it earlier would be for nothing."""

    @property
    def place(self) -> Place:
        return self.run, self.key

    @property
    def event_id(self) -> str:
        return f"{self.run}:{self.key}"

    @property
    def is_line(self) -> bool:
        """A line of the thread: said once, never edited."""
        return self.key.startswith(LINE)

    def drawn(self) -> Letter:
        """With its message made."""
        if self.draw is None:
            return self
        with speaking(self.language):
            return replace(self, desired=replace(self.desired, message=self.draw()), draw=None)

    def together(self, others: Sequence[Letter], whole: Message) -> Letter:
        """One message that says all of these."""
        return replace(self, desired=replace(self.desired, message=whole), others=tuple(others))


def in_one(letters: Sequence[Letter]) -> Message:
    """Lines of a thread in one message, oldest first."""
    said = [letter.desired.message for letter in letters]
    return Message(tuple(block for each in said for block in each.blocks), "\n".join(each.text for each in said))
