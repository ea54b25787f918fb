"""Runs as an operator reads them in a terminal: one run, the list, the story.

Promises: says whom the run waits for, and the exact command that is the next move. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.text import Text

from bot.approval.policy import asked_of
from bot.approval.votes import tally
from bot.cli.kit import TONES, clock, facts, grid, heading, mark, moment, span, text, verdict
from bot.model.plan import Mode
from bot.model.run import Phase, Run
from bot.model.timeline import Entry, Span, Timeline
from bot.usecases.look import RunView
from bot.usecases.steer_run import after_abort


def run_page(view: RunView, now: datetime) -> RenderableType:
    """The state of one run and the next move."""
    timeline = view.timeline
    dry = ", dry run" if timeline.mode is Mode.DRY_RUN else ""
    parts: list[RenderableType] = [
        heading(f"{timeline.title}{dry}: {_status(timeline.status)}"),
        facts(_headline(view, now)),
        grid(
            ("step", "what", "state", "took", "seen"),
            (_step_row(each, now) for each in timeline.spans),
            wraps={"what", "seen"},
        ),
    ]
    parts += [text(f"Left to do: {left.text}", "yellow") for left in timeline.left_over]
    moves = tuple(next_moves(view.run))
    if moves:
        parts += [heading("Waiting for people"), *(text(f"  {move}") for move in moves)]
    if not view.run.status.is_over:
        parts.append(text(f"An abort now: {after_abort(view.run)}", "dim"))
    return Group(*parts)


def _status(status: str) -> str:
    return status.replace("_", " ")


def _headline(view: RunView, now: datetime) -> Iterator[tuple[str, Text | str]]:
    timeline = view.timeline
    yield "run", f"{timeline.run} ({timeline.service}, {timeline.primary_region} → {timeline.recovery_region})"
    yield "runbook", f"{timeline.runbook.name}@{timeline.runbook.version} ({timeline.runbook.digest[:12]})"
    yield "started", f"{moment(timeline.started_at)} by {timeline.requester.name}"
    if timeline.reason:
        yield "reason", timeline.reason
    if view.run.paused:
        yield "paused", text(view.run.pause_why or "by a person", "bold yellow")
    if view.run.outcome_why:
        yield "outcome", view.run.outcome_why
    yield "RTO", rto_line(timeline, now)
    yield "RPO", rpo_line(timeline)


def rto_line(timeline: Timeline, now: datetime) -> Text:
    """Achieved against target, or the time that is left."""
    rto = timeline.rto
    if rto.achieved is not None:
        words = f"{span(rto.achieved)} achieved, target {span(rto.target)}: {verdict(rto.met)}. {rto.evidence}"
        return text(words, "green" if rto.met else "bold red")
    if rto.deadline is not None and timeline.ended_at is None:
        left = rto.deadline - now
        state = f"{span(left)} left" if left.total_seconds() > 0 else f"target missed {span(-left)} ago"
        return text(f"target {span(rto.target)}, due {clock(rto.deadline)}, {state}")
    return text(f"UNKNOWN, target {span(rto.target)}. {rto.evidence}")


def rpo_line(timeline: Timeline) -> Text:
    """Data lost against target; UNKNOWN is never zero."""
    rpo = timeline.rpo
    if rpo.achieved is None:
        return text(f"UNKNOWN, target {span(rpo.target)}. {rpo.evidence}")
    words = f"{span(rpo.achieved)} lost, target {span(rpo.target)}: {verdict(rpo.met)}. {rpo.evidence}"
    return text(words, "green" if rpo.met else "bold red")


def _step_row(each: Span, now: datetime) -> tuple[Text | str, ...]:
    took = "" if each.started_at is None else span((each.ended_at or now) - each.started_at)
    title = f"{each.title or each.step}{' (point of no return)' if each.point_of_no_return else ''}"
    return each.step, title, mark(each.state), took if each.state != "waiting" else "", each.seen


def next_moves(run: Run) -> Iterator[str]:
    """What people can do now, as commands."""
    for planned in run.plan.steps:
        state = run.steps[planned.id]
        name = state.title or planned.title or planned.id
        match state.phase:
            case Phase.GATE if planned.gate is not None:
                given = tally(planned.gate, state.votes)
                typed = f' --typed "{state.gate_typed}"' if state.gate_typed else ""
                yield f"{name}: {asked_of(planned.gate)}, {len(given.approved_by)} so far."
                yield f"  dr approve {run.id} {planned.id}{typed}"
            case Phase.MANUAL if planned.manual is not None:
                yield f"{name}: by hand, {planned.manual.assignee}."
                yield from (f"  - {line}" for line in state.manual_do)
                value = f' "<{planned.manual.answer.label}>"' if planned.manual.answer else ""
                yield f"  dr answer {run.id} {planned.id}{value}"
            case Phase.ASKING:
                yield f"{name}: {state.why}"
                yield f"  dr choose {run.id} {planned.id} {'|'.join(state.choices)}"
    if run.paused:
        yield f"  dr resume {run.id}"


def runs_page(views: Sequence[RunView]) -> RenderableType:
    """Open runs first."""
    if not views:
        return text("No runs yet. Start one with: dr failover <service>")
    headers = ("run", "service", "kind", "mode", "status", "started", "RTO", "RPO")
    return grid(headers, (_run_row(view.timeline) for view in views))


def _run_row(timeline: Timeline) -> tuple[Text | str, ...]:
    return (
        timeline.run, timeline.service, timeline.kind, timeline.mode.replace("_", " "), _status(timeline.status),
        moment(timeline.started_at), f"{span(timeline.rto.achieved)} / {span(timeline.rto.target)}",
        f"{span(timeline.rpo.achieved)} / {span(timeline.rpo.target)}",
    )  # fmt: skip


def timeline_page(timeline: Timeline, now: datetime) -> Iterator[RenderableType]:
    """The story, line by line, and the measures."""
    yield heading(f"{timeline.title}: {_status(timeline.status)}")
    yield Group(*(entry_line(entry) for entry in timeline.entries))
    chain = "unbroken" if timeline.broken_at is None else f"BROKEN at record {timeline.broken_at}"
    yield facts(
        [
            ("RTO", rto_line(timeline, now)),
            ("RPO", rpo_line(timeline)),
            ("journal", f"{timeline.records} records, chain {chain}, head {timeline.head[:16]}"),
        ]
    )


def entry_line(entry: Entry) -> Text:
    """`03:07:12  Alice Kim approved …`"""
    who = "" if entry.who == "bot" else f" [{entry.who}, {entry.via}]"
    return Text.assemble((clock(entry.at), "dim"), "  ", text(f"{entry.text}{who}", TONES[entry.tone]))
