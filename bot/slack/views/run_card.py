"""The run card: the one message that says where a run stands, whom it waits for, and what can be done now.

Promises: it fits Slack's limits and one screen for any plan; times are absolute, so no countdown needs an edit; only
buttons that would be accepted are shown.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from slack_sdk.models.blocks import Block

from bot.approval.glass import glass_words
from bot.language import _, _n
from bot.model.run import Run
from bot.model.service import Catalog
from bot.model.step_run import Phase
from bot.model.timeline import Rpo, Rto, Timeline
from bot.slack.kit import (
    Element,
    Message,
    Ref,
    button,
    buttons,
    clip,
    code,
    escape,
    fields,
    header,
    message,
    note,
    overflow,
    paragraphs,
    text,
    utc,
    when,
    when_day,
)
from bot.slack.views.roles import role_buttons, roles_text
from bot.slack.views.status import update_button
from bot.slack.views.step_list import ACTIVE, step_lines
from bot.slack.views.words import headline, join, mode_text, span, status_text, title_of, waits_for
from bot.usecases.look import RunView
from bot.usecases.steer_run import after_abort

_WAITING, _LEFT, _AT_ONCE = 6, 8, 3
"""Lines of those parts that would otherwise push the steps off the screen."""


def run_card(view: RunView, catalog: Catalog) -> Message:
    """The card of a run; a finished one tells what was achieved and has no steering buttons."""
    run, timeline = view.run, view.timeline
    body = [
        header(headline(run.plan)),
        *_top(view, catalog),
        *_left(timeline),
        *paragraphs(step_lines(run)),
        *_ending(view),
    ]
    return message(body, card_text(view, catalog), tail=[*_people(run, catalog), _controls(run)])


def card_text(view: RunView, catalog: Catalog) -> str:
    """The card in plain words, for notifications and screen readers."""
    run, timeline = view.run, view.timeline
    done = sum(step.phase.lets_others_pass for step in run.steps.values())
    parts = [
        _("{what}: {status}.", what=headline(run.plan), status=status_text(run)),
        _("{done} of {all} steps done.", done=done, all=len(run.steps)),
    ]
    if run.status.is_over:
        rto, rpo = timeline.rto, timeline.rpo
        parts.append(_("RTO {achieved} of {target}.", achieved=span(rto.achieved), target=span(rto.target)))
        parts.append(_("RPO {achieved} of {target}.", achieved=span(rpo.achieved), target=span(rpo.target)))
    elif timeline.rto.deadline:
        parts.append(_("RTO deadline {when}.", when=utc(timeline.rto.deadline)))
    if red := glass_words(run):
        parts.append(escape(red))
    parts += [_("Waiting: {line}.", line=line) for line in waits_for(run, catalog)]
    if not run.status.is_over:
        parts.append(_("RPO: {rpo}.", rpo=rpo_text(run, timeline.rpo).replace("*", "").replace("\n", "; ")))
        parts.append(_("You are here: {where}.", where=_here(run)))
        parts += memory_lines(run)
        parts.append(_("Roles: {roles}.", roles=roles_text(run, catalog)))
    return " ".join(parts)


def steering_stamp(run: Run) -> int:
    """Changes whenever the card's buttons change their meaning; a click that carries another one is too old."""
    meaning = f"{run.paused}|{run.aborting}|{run.outcome}|{run.passed_no_return}"
    return zlib.crc32(meaning.encode())


def card_ref(run: Run) -> Ref:
    """What the card's buttons are about."""
    return Ref(run.id, "", steering_stamp(run), run.plan.hash[:16])


def _top(view: RunView, catalog: Catalog) -> Iterator[Block]:
    run, timeline = view.run, view.timeline
    plan = run.plan
    yield fields(
        (_("Status"), f"{status_text(run)}\n{mode_text(plan.mode)}"),
        (_("RTO, time to be back"), rto_text(timeline)),
        (_("Roles"), roles_text(run, catalog, "\n")),
        (_("RPO, data that may be lost"), rpo_text(run, timeline.rpo)),
        (_("Requested by"), f"{escape(plan.requester.name)}\n{escape(clip(plan.reason, 200)) or _('no reason given')}"),
        (_("Run"), code(run.id)),
    )
    if timeline.broken_at is not None:
        yield text(_("*The journal of this run was altered at record {seq}.* Do not trust this card.",
                     seq=timeline.broken_at))  # fmt: skip
    if red := glass_words(run):
        yield text(f":red_circle: *{escape(red)}*")
    if run.status.is_over:
        return
    if at_once := memory_lines(run):
        yield text("\n".join([f"*{_('Do at once')}*", *at_once]))
    yield text(_("*You are here:* {where}", where=_here(run)))
    if waiting := waits_for(run, catalog):
        hidden = len(waiting) - _WAITING
        more = [_n("and {count} more", "and {count} more", hidden)] if hidden > 0 else []
        lines = [*waiting[:_WAITING], *more]
        yield text("\n".join([f"*{_('Waiting for people')}*", *(f"• {line}" for line in lines)]))


def memory_lines(run: Run) -> list[str]:
    """What people do at once, by heart; gone from the card when the first change is sent."""
    items = run.plan.memory_items if not run.undo_of else ()
    return [f"{number}. {escape(clip(item, 200))}" for number, item in enumerate(items[:_AT_ONCE], start=1)]


def rto_text(timeline: Timeline) -> str:
    """The deadline as an absolute time while it runs; afterwards what was achieved."""
    rto = timeline.rto
    if timeline.ended_at is not None or rto.achieved is not None:
        return judged(rto)
    if rto.deadline is None or rto.started_at is None:
        return _("target {target}\nclock not started", target=span(rto.target))
    back = {"deadline": when(rto.deadline), "target": span(rto.target), "start": when(rto.started_at)}
    if timeline.as_of > rto.deadline:
        return _("back by *{deadline}* (PASSED)\ntarget {target} from {start}", **back)
    return _("back by *{deadline}*\ntarget {target} from {start}", **back)


def rpo_text(run: Run, rpo: Rpo) -> str:
    """What was lost, or what was measured before acting; UNKNOWN is said."""
    if rpo.achieved is not None or run.status.is_over:
        return judged(rpo)
    measured = run.measured_loss
    if measured is not None:
        lag, seen = measured
        known = {"lag": span(lag), "target": span(rpo.target), "seen": escape(clip(seen, 200))}
        return _("*{lag}* at the last measurement, target {target}\n{seen}", **known)
    loss = run.plan.data_loss
    planned = {"loss": span(loss.span), "target": span(rpo.target), "evidence": escape(clip(loss.evidence, 200))}
    return _("*{loss}* when planned, target {target}\n{evidence}", **planned)


def judged(figure: Rto | Rpo) -> str:
    """What was achieved against its target: `*26m 25s*, target 30m: met`."""
    known = {"achieved": span(figure.achieved), "target": span(figure.target)}
    match figure.met:
        case True:
            return _("*{achieved}*, target {target}: met", **known)
        case False:
            return _("*{achieved}*, target {target}: *MISSED*", **known)
        case None:
            return _("*{achieved}*, target {target}: not judged", **known)


def _here(run: Run) -> str:
    numbered = enumerate(run.plan.steps, start=1)
    active = [(at, step) for at, step in numbered if run.steps[step.id].phase in ACTIVE - {Phase.FAILED}]
    if active:
        names = [_("step {number}, {name}", number=at, name=escape(clip(title_of(run, step), 80)))
                 for at, step in active[:4]]  # fmt: skip
        more = [_n("{count} more", "{count} more", len(active) - 4)] if len(active) > 4 else []
        return join([*names, *more])
    begun = any(step.phase is not Phase.WAITING for step in run.steps.values())
    return _("between two steps") if begun else _("at the start")


def _left(timeline: Timeline) -> Iterator[Block]:
    """Before the steps: that the old primary may still take writes must not stand below fourteen lines of success."""
    if left := timeline.left_over:
        hidden = len(left) - _LEFT
        more = [_n("and {count} more", "and {count} more", hidden)] if hidden > 0 else []
        lines = [*(escape(clip(each.text, 250)) for each in left[:_LEFT]), *more]
        yield text("\n".join([f"*{_('Left to do')}*", *(f"• {line}" for line in lines)]))


def _ending(view: RunView) -> Iterator[Block]:
    run, timeline = view.run, view.timeline
    if run.status.is_over:
        yield note(_("RTO: {evidence}", evidence=escape(clip(timeline.rto.evidence, 600))))
        yield note(_("RPO: {evidence}", evidence=escape(clip(timeline.rpo.evidence, 600))))
        ended = when_day(run.ended_at) if run.ended_at else _("at an unknown time")
        yield note(_("Ended {when}. The timeline and its exports are in this thread.", when=ended))
    elif run.aborting is None:
        yield note(_("An abort now: {consequence}", consequence=escape(after_abort(run))))
    book = run.plan.runbook
    yield note(_("Runbook {book} {digest}, plan {hash}", book=f"{escape(book.name)}@{escape(book.version)}",
                 digest=code(book.digest[:12]), hash=code(run.plan.hash[:12])))  # fmt: skip


def _people(run: Run, catalog: Catalog) -> Iterator[Block]:
    """Roles to take or hand over, and the word to those outside; a finished run asks for nobody."""
    if row := [*role_buttons(run, catalog), *update_button(run)]:
        yield buttons(*row)


def _controls(run: Run) -> Block:
    about = card_ref(run)
    row: list[Element] = []
    if not run.status.is_over:
        if run.paused:
            row.append(button(_("Resume"), does="run.resume", about=about, style="primary"))
        elif run.aborting is None:
            row.append(button(_("Pause"), does="run.pause", about=about))
        row.append(button(_("Note"), does="run.note", about=about))
    row.append(button(_("Timeline"), does="run.timeline", about=about))
    row.append(overflow(*_menu(run), does="run.more"))
    return buttons(*row, block_id=about.pack()[:255])


def _menu(run: Run) -> Iterator[tuple[str, str]]:
    if not run.status.is_over and run.aborting is None:
        yield _("Abort…"), "abort"
        if not run.passed_no_return:
            yield _("Abort and roll back…"), "abort_rollback"
        yield _("Go on by another plan…"), "switch"
    yield _("Export the timeline"), "export"
