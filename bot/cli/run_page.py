"""Runs as an operator reads them in a terminal: one run, the list, the story.

Promises: says whom the run waits for, and the exact command that is the next move. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.text import Text

from bot.approval.glass import glass_words
from bot.approval.policy import asked_of, next_words, since_words
from bot.approval.roles import role_words
from bot.approval.votes import tally
from bot.cli.kit import TONES, clock, facts, grid, heading, mark, moment, near, span, text, verdict
from bot.language import _, later
from bot.model.plan import GatePlan, Mode
from bot.model.run import Run
from bot.model.step_run import Phase, StepRun
from bot.model.timeline import Entry, Span, Timeline
from bot.timeline.terms import kind_words, status_words
from bot.usecases.look import RunView
from bot.usecases.steer_run import after_abort

_UNKNOWN = later("UNKNOWN, target {target}. {evidence}")


def run_page(view: RunView, now: datetime) -> RenderableType:
    """The state of one run and the next move."""
    timeline = view.timeline
    headline = later("{title}, dry run: {status}") if timeline.mode is Mode.DRY_RUN else later("{title}: {status}")
    parts: list[RenderableType] = [
        heading(_(headline, title=timeline.title, status=status_words(timeline.status))),
        facts(_headline(view, now)),
        grid(
            (_("step"), what := _("what"), _("state"), _("took"), seen := _("seen now")),
            (_step_row(each, now) for each in timeline.spans),
            wraps={what, seen},
        ),
    ]
    parts += [text(_("Left to do: {text}", text=left.text), "yellow") for left in timeline.left_over]
    if red := glass_words(view.run):
        parts.append(text(red, "bold red"))
    moves = tuple(next_moves(view.run, now))
    if moves:
        parts += [heading(_("Waiting for people")), *(text(f"  {move}") for move in moves)]
    if not view.run.status.is_over:
        parts.append(text(_("An abort now: {then}", then=after_abort(view.run)), "dim"))
    return Group(*parts)


def _headline(view: RunView, now: datetime) -> Iterator[tuple[str, Text | str]]:
    timeline = view.timeline
    yield _("run"), f"{timeline.run} ({timeline.service}, {' → '.join(timeline.way)})"
    yield _("runbook"), f"{timeline.runbook.name}@{timeline.runbook.version} ({timeline.runbook.digest[:12]})"
    yield _("started"), _("{at} by {who}", at=moment(timeline.started_at), who=timeline.requester.name)
    if timeline.reason:
        yield _("reason"), timeline.reason
    if held := view.run.incident.roles:
        yield _("roles"), ", ".join(f"{role_words(role)} {each.name}" for role, each in held.items())
    if view.run.paused:
        yield _("paused"), text(view.run.pause_why or _("by a person"), "bold yellow")
    if view.run.outcome_why:
        yield _("outcome"), view.run.outcome_why
    yield "RTO", rto_line(timeline, now)
    yield "RPO", rpo_line(timeline)


def rto_line(timeline: Timeline, now: datetime) -> Text:
    """Achieved against target, or the time that is left."""
    rto = timeline.rto
    if rto.achieved is not None:
        words = _(
            "{span} achieved, target {target}: {verdict}. {evidence}",
            span=span(rto.achieved), target=span(rto.target), verdict=verdict(rto.met), evidence=rto.evidence,
        )  # fmt: skip
        return text(words, "green" if rto.met else "bold red")
    if rto.deadline is not None and timeline.ended_at is None:
        left = rto.deadline - now
        due = (
            later("target {target}, due {at}, {span} left")
            if left.total_seconds() > 0
            else later("target {target}, due {at}, target missed {span} ago")
        )
        return text(_(due, target=span(rto.target), at=near(rto.deadline, now), span=span(abs(left))))
    return text(_(_UNKNOWN, target=span(rto.target), evidence=rto.evidence))


def rpo_line(timeline: Timeline) -> Text:
    """Data lost against target; UNKNOWN is never zero."""
    rpo = timeline.rpo
    if rpo.achieved is None:
        return text(_(_UNKNOWN, target=span(rpo.target), evidence=rpo.evidence))
    words = _(
        "{span} lost, target {target}: {verdict}. {evidence}",
        span=span(rpo.achieved), target=span(rpo.target), verdict=verdict(rpo.met), evidence=rpo.evidence,
    )  # fmt: skip
    return text(words, "green" if rpo.met else "yellow" if rpo.met is None else "bold red")


def _step_row(each: Span, now: datetime) -> tuple[Text | str, ...]:
    took = "" if each.started_at is None else span((each.ended_at or now) - each.started_at)
    title = each.title or each.step
    if each.point_of_no_return:
        title = _("{step} (point of no return)", step=title)
    return each.step, title, mark(each.state), took if each.state != "waiting" else "", each.seen


def next_moves(run: Run, now: datetime) -> Iterator[str]:
    """What people can do now, as commands."""
    for planned in run.plan.steps:
        state = run.steps[planned.id]
        name = state.title or planned.title or planned.id
        match state.phase:
            case Phase.GATE if (gate := run.gate(planned.id)) is not None:
                given = tally(gate, state.votes)
                typed = f' --typed "{state.gate_typed}"' if state.gate_typed else ""
                count = len(given.approved_by)
                yield _("{step}: {asked}, {count} so far.", step=name, asked=asked_of(gate), count=count)
                yield from (f"  {line}" for line in _waiting_words(gate, state, now))
                yield f"  dr approve {run.id} {planned.id}{typed}"
            case Phase.MANUAL if planned.manual is not None:
                yield _("{step}: by hand, {who}.", step=name, who=role_words(planned.manual.assignee))
                yield from (f"  - {line}" for line in state.manual_do)
                value = f' "<{planned.manual.answer.label}>"' if planned.manual.answer else ""
                yield f"  dr answer {run.id} {planned.id}{value}"
            case Phase.ASKING:
                yield f"{name}: {state.why}"
                yield f"  dr choose {run.id} {planned.id} {'|'.join(state.choices)}"
    if run.paused:
        yield f"  dr resume {run.id}"


def _waiting_words(gate: GatePlan, state: StepRun, now: datetime) -> Iterator[str]:
    """Who came in since, and who is asked next and when."""
    yield from since_words(gate)
    following = next_words(gate, near(state.due, now)) if state.due is not None else ""
    if following:
        yield following


def runs_page(views: Sequence[RunView]) -> RenderableType:
    """Open runs first."""
    if not views:
        return text(_("No runs yet. Start one with: dr failover <service>"))
    headers = (_("run"), _("service"), _("kind"), _("mode"), _("status"), _("started"), "RTO", "RPO")
    table = grid(headers, (_run_row(view.timeline) for view in views))
    red = [text(f"{view.run.id}: {words}", "bold red") for view in views if (words := glass_words(view.run))]
    return Group(table, *red)


_MODES = {Mode.LIVE: later("live"), Mode.DRY_RUN: later("dry run")}


def _run_row(timeline: Timeline) -> tuple[Text | str, ...]:
    return (
        timeline.run, timeline.service, kind_words(timeline.kind), _(_MODES[timeline.mode]),
        status_words(timeline.status), moment(timeline.started_at),
        f"{span(timeline.rto.achieved)} / {span(timeline.rto.target)}",
        f"{span(timeline.rpo.achieved)} / {span(timeline.rpo.target)}",
    )  # fmt: skip


def timeline_page(timeline: Timeline, now: datetime) -> Iterator[RenderableType]:
    """The story, line by line, and the measures."""
    yield heading(_("{title}: {status}", title=timeline.title, status=status_words(timeline.status)))
    yield Group(*(entry_line(entry) for entry in timeline.entries))
    kept = later("{count} records, chain unbroken, head {head}")
    if timeline.broken_at is not None:
        kept = later("{count} records, chain BROKEN at record {number}, head {head}")
    journal = _(kept, count=timeline.records, number=timeline.broken_at, head=timeline.head[:16])
    yield facts(
        [
            ("RTO", rto_line(timeline, now)),
            ("RPO", rpo_line(timeline)),
            (_("journal"), journal),
        ]
    )


def entry_line(entry: Entry) -> Text:
    """`03:07:12  Alice Kim approved …`"""
    who = "" if entry.who == "bot" else f" [{entry.who}, {entry.via}]"
    return Text.assemble((clock(entry.at), "dim"), "  ", text(f"{entry.text}{who}", TONES[entry.tone]))
