"""Many runs at once: overviews, of one channel or of all, and requests for approval that share a message.

Promises: every run has its line, on some page, where those that wait for people stand first; a request that is closed
offers no choice any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from slack_sdk.models.blocks import Block

from bot.language import ENGLISH, Language, _, _n, later, speaking
from bot.model.run import Run
from bot.model.service import Catalog
from bot.model.step_run import Phase
from bot.slack.kit import Message, clip, code, escape, header, menu, message, note, paragraphs, text, when, when_over
from bot.slack.views.approval import how_closed
from bot.slack.views.words import asked_mentions, asked_text, gate_ref, headline, status_sign, status_text, title_of
from bot.usecases.look import RunView

PAGE = 50
"""Runs on one page of the overview."""
CHOOSE = "gate.choose"
_LINE = 170
_CLOSED = {
    "granted": later("APPROVED"),
    "void": later("VOID, what rests on it is asked about anew"),
    "denied": later("DENIED"),
    "expired": later("EXPIRED, nothing approves itself"),
    "replaced": later("EXPIRED, asked again"),
    "over": later("CLOSED, the run is over or being aborted"),
    "open": later("asks nobody"),
}


@dataclass(frozen=True)
class Face:
    """One run in the overview of its channel."""

    run: str
    line: str
    asks: bool
    """Whether it waits for people."""
    is_over: bool
    since: datetime
    abroad: str = ""
    """The same line in the language of all channels together."""


def face(view: RunView, abroad: Language = ENGLISH) -> Face:
    """`? *Failover of orders-api* `orders-api-0314-a1b2c` – Waiting for people · 12 of 20 · back by 03:32`."""
    run, line = view.run, _line(view)
    with speaking(abroad):
        return Face(run.id, line, _asks(run), run.status.is_over, run.created_at, _line(view))


def _line(view: RunView) -> str:
    run, rto = view.run, view.timeline.rto
    done = sum(state.phase.lets_others_pass for state in run.steps.values())
    parts = [
        f"*{clip(headline(run.plan), 60)}* {code(run.id)} – {clip(status_text(run), 60)}",
        _("{done} of {all} steps done", done=done, all=len(run.steps)),
    ]
    if rto.deadline is not None and not run.status.is_over:
        parts.append(_("back by {deadline}", deadline=when(rto.deadline)))
    return clip(f"{status_sign(run)} {' · '.join(parts)}", _LINE)


def _asks(run: Run) -> bool:
    asking = (Phase.GATE, Phase.MANUAL, Phase.ASKING)
    open_ = not run.status.is_over and run.aborting is None
    return open_ and any(state.phase in asking for state in run.steps.values())


def boards(pages: Sequence[Sequence[Face]]) -> list[Message]:
    """The overview of one channel. On each page, those that wait for people stand first."""
    count = sum(map(len, pages))
    title = _n("{count} run is open here", "{count} runs are open here", count)
    fresher = _("Each run has a card of its own. While so many are open, this overview is the fresher one.")
    return _boards(title, fresher, pages)


def boards_of_all(pages: Sequence[Sequence[Face]]) -> list[Message]:
    """The overview of all channels, of runs as they are seen `abroad`."""
    count = sum(map(len, pages))
    title = _n("{count} run is open in all channels", "{count} runs are open in all channels", count)
    fresher = _(
        "Each run has a card of its own in its channel. While so many are open, this overview is the fresher one."
    )
    return _boards(title, fresher, pages)


def abroad(face: Face, channel: str) -> Face:
    """A run with the channel, by id, in which it is told."""
    return replace(face, line=f"{face.abroad or face.line} · <#{channel}>")


def way_to_board(channel: str) -> Message:
    """What stands in a channel whose runs are on the overview of all; it never changes."""
    words = _(
        "Many runs are open at once. How all of them stand is kept fresh in the overview in {channel}, pinned there. "
        "The cards here follow when there is room; approvals are asked for here as always.",
        channel=f"<#{channel}>",
    )  # fmt: skip
    return message([text(words)], words)


def _boards(title: str, fresher: str, pages: Sequence[Sequence[Face]]) -> list[Message]:
    asking = sum(each.asks for page in pages for each in page)
    waiting = _n("{count} of them waits for people", "{count} of them wait for people", asking)
    return [
        _board(title, waiting, fresher, sorted(page, key=lambda each: not each.asks), number, len(pages))
        for number, page in enumerate(pages, start=1)
    ]


def _board(title: str, waiting: str, fresher: str, page: Sequence[Face], number: int, pages: int) -> Message:
    which = f" {_('Page {number} of {pages}', number=number, pages=pages)}." if pages > 1 else ""
    words = f"{title}, {waiting}.{which}\n" + "\n".join(each.line for each in page)
    body: list[Block] = [header(title), text(f"*{waiting}.*{which}"), *paragraphs(each.line for each in page)]
    return message([*body, note(fresher)], words)


def board_closed() -> Message:
    """The overview when there is nothing left on it."""
    words = _("This overview is closed: few runs are open here, and each has a card of its own.")
    return message([note(words)], words)


def approval_row(view: RunView, step_id: str, round: int, catalog: Catalog) -> Message:
    """One request for approval, as short as it can be: what, of whom, until when, how many agreed so far."""
    run = view.run
    step, state = run.plan.step(step_id), run.steps[step_id]
    name = _("*{step}* · {run} {id}", step=escape(clip(title_of(run, step), 80)), run=headline(run.plan),
             id=code(run.id))  # fmt: skip
    closing = how_closed(view, step_id, round)
    gate = run.gate(step_id)
    if gate is None or closing != "open":
        words = f"{name}: {_(_CLOSED[closing])}"
        return message([text(words)], words)
    given = sum(vote.decision == "approve" for vote in state.votes)
    people = asked_mentions(gate, catalog, run, state, 2) or _("nobody on the roster")
    asked = _("{given} so far, needs {who}: {people}", given=given, who=asked_text(gate), people=people)
    if state.due is not None:
        asked = _("{asked}, until {when}", asked=asked, when=when_over(state.due, gate.expires))
    choices = ((_("Approve…"), "approve"), (_("Deny…"), "deny"))
    words = f"{name}: {asked}"
    return message([menu(words, _("Decide…"), *choices, does=CHOOSE, about=gate_ref(run, step_id))], words)


def calls(rows: Sequence[Message]) -> Message:
    """Requests for approval of several runs in one message; `rows` are theirs, oldest first."""
    title = _n("{count} approval is asked for", "{count} approvals are asked for", len(rows))
    body = [header(title), *(block for row in rows for block in row.blocks)]
    return message(body, "\n".join([f"{title}.", *(row.text for row in rows)]))


def call_forgotten() -> Message:
    """The row of a request whose run is over since long."""
    words = _("CLOSED; see the run's own card.")
    return message([text(words)], words)
