"""Which messages a run should have in its channel, and what each should say now.

Promises: pure, and the same for the same run; a key stands for one message for good. Refuses to know what was sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import IntEnum

from bot.model.service import Catalog
from bot.slack.kit import Message
from bot.slack.views.approval import approval
from bot.slack.views.failure import failure
from bot.slack.views.manual import manual
from bot.slack.views.notices import is_loud, lines_of, notice
from bot.slack.views.plan_view import plan_message
from bot.slack.views.run_card import run_card
from bot.usecases.look import RunView

CARD = "card"


class Priority(IntEnum):
    """What goes out first when Slack lets us send little."""

    APPROVAL = 0
    FAILURE = 1
    CARD = 2
    LINE = 3


@dataclass(frozen=True)
class Desired:
    """One message as it should stand."""

    message: Message
    priority: Priority
    order: int = 0
    """Among equals, older news first."""
    thread: bool = False
    """In the card's thread."""
    broadcast: bool = False
    """In the channel too."""


def desired_messages(view: RunView, catalog: Catalog, told: Collection[str] = ()) -> dict[str, Desired]:
    """Every message of a run by its key: `card`, `plan`, `gate:<step>:<round>`, `manual:<step>`, `ask:<step>:<seq>`,
    `event:<seq>`. Lines among `told` stand in Slack already; they never change, and are not made again."""
    return {
        CARD: Desired(run_card(view, catalog), Priority.CARD),
        "plan": Desired(plan_message(view.run.plan), Priority.LINE, thread=True),
        **dict(_asks(view, catalog)),
        **dict(_lines(view, told)),
    }


def _asks(view: RunView, catalog: Catalog) -> Iterator[tuple[str, Desired]]:
    rounds: dict[str, int] = {}
    for entry in view.timeline.entries:
        if entry.step not in view.run.steps:
            continue
        match entry.kind:
            case "gate_opened":
                round = rounds[entry.step] = rounds.get(entry.step, 0) + 1
                said = approval(view, entry.step, round, catalog)
                yield f"gate:{entry.step}:{round}", Desired(said, Priority.APPROVAL, entry.seq)
            case "manual_opened":
                said = manual(view, entry.step, catalog)
                yield f"manual:{entry.step}", Desired(said, Priority.APPROVAL, entry.seq)
            case "step_needs_person":
                said = failure(view, entry.step, entry.seq, catalog)
                yield f"ask:{entry.step}:{entry.seq}", Desired(said, Priority.FAILURE, entry.seq)


def _lines(view: RunView, told: Collection[str]) -> Iterator[tuple[str, Desired]]:
    for entry in lines_of(view):
        if f"event:{entry.seq}" in told:
            continue
        loud = is_loud(entry)
        priority = Priority.FAILURE if loud else Priority.LINE
        yield f"event:{entry.seq}", Desired(notice(entry, view), priority, entry.seq, thread=True, broadcast=loud)
