"""The run card: the one message that says where a run stands, whom it waits for, and what can be done now.

Promises: it fits Slack's limits for any plan; times are absolute, so no countdown needs an edit; only buttons
that would be accepted are shown.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from slack_sdk.models.blocks import Block

from bot.model.plan import PlannedStep
from bot.model.run import Phase, Run
from bot.model.service import Catalog
from bot.model.timeline import Rpo, Timeline
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
from bot.slack.views.words import headline, join, mark, mode_text, span, status_text, title_of, waits_for
from bot.usecases.look import RunView
from bot.usecases.steer_run import after_abort

_LINE = 150
_LIST = 5200
"""Characters the list of steps may take; the ends of a longer one are folded into counts."""
_ACTIVE = frozenset(set(Phase) - {Phase.WAITING, Phase.SETTLED, Phase.SKIPPED, Phase.UNDONE})


def run_card(view: RunView, catalog: Catalog) -> Message:
    """The card of a run; a finished one tells what was achieved and has no steering buttons."""
    run = view.run
    body = [header(headline(run.plan)), *_top(view, catalog), *paragraphs(step_lines(run)), *_ending(view)]
    return message(body, card_text(view, catalog), tail=[_controls(run)])


def card_text(view: RunView, catalog: Catalog) -> str:
    """The card in plain words, for notifications and screen readers."""
    run, timeline = view.run, view.timeline
    done = sum(step.phase.lets_others_pass for step in run.steps.values())
    parts = [f"{headline(run.plan)}: {status_text(run)}. {done} of {len(run.steps)} steps done."]
    if run.status.is_over:
        parts.append(f"RTO {span(timeline.rto.achieved)} of {span(timeline.rto.target)}.")
        parts.append(f"RPO {span(timeline.rpo.achieved)} of {span(timeline.rpo.target)}.")
    elif timeline.rto.deadline:
        parts.append(f"RTO deadline {utc(timeline.rto.deadline)}.")
    parts += [f"Waiting: {line}." for line in waits_for(run, catalog)]
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
        ("Status", f"{status_text(run)}\n{mode_text(plan.mode)}"),
        ("Requested by", f"{escape(plan.requester.name)}\n{escape(clip(plan.reason, 200)) or 'no reason given'}"),
        ("RTO, time to be back", rto_text(timeline)),
        ("RPO, data that may be lost", rpo_text(run, timeline.rpo)),
        ("Runbook", f"{escape(plan.runbook.name)}@{escape(plan.runbook.version)}\n{code(plan.runbook.digest[:12])}"),
        ("Run", f"{code(run.id)}\nplan {code(plan.hash[:12])}"),
    )
    if timeline.broken_at is not None:
        yield text(f"*The journal of this run was altered at record {timeline.broken_at}.* Do not trust this card.")
    if run.status.is_over:
        return
    yield text(f"*You are here:* {_here(run)}")
    if waiting := waits_for(run, catalog):
        yield text("*Waiting for people*\n" + "\n".join(f"• {line}" for line in waiting[:6]))


def rto_text(timeline: Timeline) -> str:
    """The deadline as an absolute time while it runs; afterwards what was achieved."""
    rto = timeline.rto
    target = f"target {span(rto.target)}"
    if timeline.ended_at is not None:
        verdict = {True: "met", False: "*MISSED*", None: "not judged"}[rto.met]
        return f"*{span(rto.achieved)}*, {target}: {verdict}"
    if rto.achieved is not None:
        return f"*{span(rto.achieved)}*, {target}: {'met' if rto.met else '*MISSED*'}"
    if rto.deadline is None or rto.started_at is None:
        return f"{target}\nclock not started"
    passed = " (PASSED)" if timeline.as_of > rto.deadline else ""
    return f"back by *{when(rto.deadline)}*{passed}\n{target} from {when(rto.started_at)}"


def rpo_text(run: Run, rpo: Rpo) -> str:
    """What was lost, or what was measured before acting; UNKNOWN is said."""
    target = f"target {span(rpo.target)}"
    if rpo.achieved is not None or run.status.is_over:
        verdict = {True: "met", False: "*MISSED*", None: "not judged"}[rpo.met]
        return f"*{span(rpo.achieved)}*, {target}: {verdict}"
    measured = run.measured_loss
    if measured is not None:
        lag, seen = measured
        return f"*{span(lag)}* at the last measurement, {target}\n{escape(clip(seen, 200))}"
    loss = run.plan.data_loss
    return f"*{span(loss.span)}* when planned, {target}\n{escape(clip(loss.evidence, 200))}"


def step_lines(run: Run) -> list[str]:
    """One line per step; of a long run the finished beginning and the far end are counted instead."""
    lines = [_line(number, step, run) for number, step in enumerate(run.plan.steps, start=1)]
    first, last = 0, len(lines)
    active = [number for number, step in enumerate(run.plan.steps) if run.steps[step.id].phase in _ACTIVE]
    done = [number for number, step in enumerate(run.plan.steps) if run.steps[step.id].phase is not Phase.WAITING]
    focus = active[0] if active else (done[-1] if done else 0)
    while sum(len(line) + 1 for line in lines[first:last]) > _LIST and last - first > 1:
        if first < focus - 3 or last <= focus + 4:
            first += 1
        else:
            last -= 1
    head = [f"_{first} steps above; see the timeline_"] if first else []
    tail = [f"_{len(lines) - last} more steps below; see the timeline_"] if last < len(lines) else []
    return ["*Steps*", *head, *lines[first:last], *tail]


def _line(number: int, step: PlannedStep, run: Run) -> str:
    state = run.steps[step.id]
    sign, word = mark(state)
    name = escape(clip(title_of(run, step), 90))
    if state.phase in _ACTIVE:
        name = f"*{name}*"
    nail = " ⚑ point of no return" if step.point_of_no_return else ""
    detail = state.why if state.phase in (Phase.FAILED, Phase.UNKNOWN, Phase.ASKING, Phase.RETRYING) else state.seen
    said = f": {escape(clip(detail, 70))}" if detail and state.phase is not Phase.WAITING else ""
    return clip(f"{sign} {number}. {name} – {word}{said}{nail}", _LINE + 60)


def _here(run: Run) -> str:
    active = [step for step in run.plan.steps if run.steps[step.id].phase in _ACTIVE - {Phase.FAILED}]
    if active:
        number = {step.id: at for at, step in enumerate(run.plan.steps, start=1)}
        return join([f"step {number[step.id]}, {escape(clip(title_of(run, step), 80))}" for step in active[:4]])
    return "between two steps" if any(s.phase is not Phase.WAITING for s in run.steps.values()) else "at the start"


def _ending(view: RunView) -> Iterator[Block]:
    run, timeline = view.run, view.timeline
    if timeline.left_over:
        yield text("*Left to do*\n" + "\n".join(f"• {escape(clip(left.text, 250))}" for left in timeline.left_over[:8]))
    if run.status.is_over:
        yield note(f"RTO: {escape(clip(timeline.rto.evidence, 600))}")
        yield note(f"RPO: {escape(clip(timeline.rpo.evidence, 600))}")
        ended = when_day(run.ended_at) if run.ended_at else "unknown"
        yield note(f"Ended {ended}. The timeline and its exports are in this thread.")
    elif run.aborting is None:
        yield note(f"An abort now: {escape(after_abort(run))}")


def _controls(run: Run) -> Block:
    about = card_ref(run)
    row: list[Element] = []
    if not run.status.is_over:
        if run.paused:
            row.append(button("Resume", does="run.resume", about=about, style="primary"))
        elif run.aborting is None:
            row.append(button("Pause", does="run.pause", about=about))
        row.append(button("Note", does="run.note", about=about))
    row.append(button("Timeline", does="run.timeline", about=about))
    row.append(overflow(*_menu(run), does="run.more"))
    return buttons(*row, block_id=about.pack()[:255])


def _menu(run: Run) -> Iterator[tuple[str, str]]:
    if not run.status.is_over and run.aborting is None:
        yield "Abort…", "abort"
        if not run.passed_no_return:
            yield "Abort and roll back…", "abort_rollback"
    yield "Export the timeline", "export"
