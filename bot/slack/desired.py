"""Which messages a run should have in its channel, and what each should say now.

Promises: pure, and the same for the same run; a key stands for one message for good. Refuses to know what was sent.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from bot.language import _
from bot.model.secrets import redact
from bot.model.service import Catalog
from bot.model.step_run import Phase
from bot.ports.sent import Sent
from bot.slack.kit import Message, escape
from bot.slack.views.approval import approval
from bot.slack.views.crowd import approval_row
from bot.slack.views.failure import failure
from bot.slack.views.glass import announcement
from bot.slack.views.manual import is_late, manual, nag
from bot.slack.views.notices import is_loud, lines_of, notice
from bot.slack.views.plan_view import plan_message
from bot.slack.views.run_card import run_card
from bot.timeline.visible import visible
from bot.usecases.export_run import ExportedFile
from bot.usecases.look import RunView

CARD = "card"
PLAN = "plan"
LINE = "event:"
OUTPUT = "output:"
SAID_ONCE = (PLAN, LINE, OUTPUT)
"""How the keys begin of what never changes once it was said."""
CALL = "call:"
"""How the digest of a message begins that asks for several approvals at once."""


class Priority(IntEnum):
    """What goes out first when Slack lets us send little."""

    APPROVAL = 0
    FAILURE = 1
    BOARD = 2
    CARD = 3
    LINE = 4
    HEARTBEAT = 5
    """A card on which nothing is new but how far a wait is."""


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
    channel: str = ""
    """Another channel than the run's own, as `#name` or by id."""
    row: Message | None = None
    """How it stands in a message that it shares with others of its kind, when too many come at once."""
    attached: ExportedFile | None = None
    """A file that says it, since it is too long for a message."""
    news: str = ""
    """Changes when something happened that is more than a look; empty where that makes no difference."""

    def stamp(self, known: Sent | None) -> str:
        """The digest of what should stand there, in the form in which `known` stands there now."""
        if self.row is not None and known is not None and known.digest.startswith(CALL):
            return f"{CALL}{self.row.digest}"
        return self.message.digest


def desired_messages(view: RunView, catalog: Catalog, told: Collection[str] = ()) -> dict[str, Desired]:
    """Every message of a run by its key: `card`, `plan`, `gate:<step>:<round>`, `manual:<step>`, `ask:<step>:<seq>`,
    `nag:<step>:<number>`, `event:<seq>`. Plan and lines among `told` are said already, and are not made again."""
    return {CARD: card(view, catalog), **besides_the_card(view, catalog, told)}


def card(view: RunView, catalog: Catalog) -> Desired:
    """The run's card, drawn."""
    return replace(sketch(view), message=run_card(view, catalog))


def sketch(view: RunView) -> Desired:
    """The card as far as its place in the queue goes; it is drawn when its turn has come."""
    return Desired(_BLANK, Priority.CARD, news=_news(view))


def besides_the_card(view: RunView, catalog: Catalog, told: Collection[str] = ()) -> dict[str, Desired]:
    """All the others."""
    return {
        **({} if PLAN in told else {PLAN: Desired(plan_message(view.run.plan), Priority.LINE, thread=True)}),
        **dict(_asks(view, catalog)),
        **dict(_nags(view, catalog, told)),
        **dict(_glasses(view)),
        **dict(_lines(view, told)),
        **dict(_outputs(view, told)),
    }


def _news(view: RunView) -> str:
    """The last thing that happened and was not just looked at."""
    return str(next((entry.seq for entry in reversed(view.timeline.entries) if entry.kind not in _LOOKS), 0))


_BLANK = Message((), "")
LONGEST_OUTPUT = 2500
_BRINGS = frozenset({"step_settled", "step_failed", "step_needs_person", "manual_answered"})
_LOOKS = frozenset({"step_observed", "exported", "action_refused"})


def _asks(view: RunView, catalog: Catalog) -> Iterator[tuple[str, Desired]]:
    rounds: dict[str, int] = {}
    for entry in view.timeline.entries:
        if entry.step not in view.run.steps:
            continue
        match entry.kind:
            case "gate_opened":
                round = rounds[entry.step] = rounds.get(entry.step, 0) + 1
                said = approval(view, entry.step, round, catalog)
                row = approval_row(view, entry.step, round, catalog)
                yield f"gate:{entry.step}:{round}", Desired(said, Priority.APPROVAL, entry.seq, row=row)
            case "manual_opened":
                said = manual(view, entry.step, catalog)
                yield f"manual:{entry.step}", Desired(said, Priority.APPROVAL, entry.seq)
            case "step_needs_person":
                said = failure(view, entry.step, entry.seq, catalog)
                yield f"ask:{entry.step}:{entry.seq}", Desired(said, Priority.FAILURE, entry.seq)


def _glasses(view: RunView) -> Iterator[tuple[str, Desired]]:
    """Each broken glass, in its second channel."""
    for number, glass in enumerate(view.run.glasses, start=1):
        said = announcement(view.run, glass)
        yield f"glass:{number}", Desired(said, Priority.APPROVAL, view.run.seq, channel=glass.channel)


def _nags(view: RunView, catalog: Catalog, told: Collection[str]) -> Iterator[tuple[str, Desired]]:
    """The reminder that is due for each manual step; those that were missed are not made up for."""
    run, now = view.run, view.timeline.as_of
    if run.status.is_over or run.paused or run.aborting is not None:
        return
    for planned in run.plan.steps:
        state, work = run.steps[planned.id], planned.manual
        if state.phase is not Phase.MANUAL or work is None or work.nag is None or state.began_at is None:
            continue
        number = int((now - state.began_at) / work.nag.every)
        key = f"nag:{planned.id}:{number}"
        if number > 0 and key not in told:
            late = is_late(run, planned.id, number)
            said = nag(run, planned.id, number, catalog, now)
            yield key, Desired(said, Priority.FAILURE, run.seq + number, thread=True, broadcast=late)


def _lines(view: RunView, told: Collection[str]) -> Iterator[tuple[str, Desired]]:
    for entry in lines_of(view):
        if f"{LINE}{entry.seq}" in told:
            continue
        loud = is_loud(entry)
        priority = Priority.FAILURE if loud else Priority.LINE
        yield f"{LINE}{entry.seq}", Desired(notice(entry, view), priority, entry.seq, thread=True, broadcast=loud)


def _outputs(view: RunView, told: Collection[str]) -> Iterator[tuple[str, Desired]]:
    """What a step brought and no message holds: a file in the thread."""
    for entry in view.timeline.entries:
        key = f"{OUTPUT}{entry.seq}"
        results = entry.detail.get("results") if entry.kind == "step_settled" else None
        whole = "\n".join([entry.text, json.dumps(results, indent=2, ensure_ascii=False) if results else ""])
        if key not in told and entry.kind in _BRINGS and len(whole) > LONGEST_OUTPUT:
            name = f"{view.run.id}.{entry.step}.{entry.seq}.txt"
            words = _("All that “{step}” brought, since it is too long for a message.", step=escape(entry.step))
            file = ExportedFile(name, "\n".join(map(visible, redact(whole).splitlines())), "txt")
            yield key, Desired(Message((), words), Priority.LINE, entry.seq, thread=True, attached=file)
