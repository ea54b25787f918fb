"""App Home, and the same for whoever types `/dr` alone: what waits for the reader, what is open, what they may do.

Promises: at most ten rows of a kind, the rest counted; only what would be accepted is offered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.approval.policy import responders
from bot.language import _, _n
from bot.model.people import Person
from bot.model.plan import PlannedStep
from bot.model.run import Run
from bot.model.service import Catalog, Service
from bot.model.step_run import Phase
from bot.readiness.words import state_words
from bot.slack.kit import (
    MAX_MODAL_BLOCKS,
    Message,
    clip,
    code,
    divider,
    escape,
    fit,
    header,
    message,
    note,
    paragraphs,
    text,
    when_day,
)
from bot.slack.views.approval import gate_buttons
from bot.slack.views.failure import choice_buttons, choice_lines
from bot.slack.views.lists import help_message, run_line
from bot.slack.views.manual import manual_buttons
from bot.slack.views.readiness import first_command
from bot.slack.views.words import asked_people, assignees, headline, span, status_text, title_of
from bot.timeline.terms import kind_words, listed, strategy_words
from bot.usecases.look import RunView
from bot.usecases.readiness import Readiness

_ROWS = 10


def home(
    views: Sequence[RunView], reader: Person | None, catalog: Catalog, known: Mapping[str, Readiness] | None = None
) -> View:
    """Somebody's Home tab; `reader` is None for somebody who is not on the roster."""
    current = [view for view in views if not view.run.status.is_over]
    past = [view for view in views if view.run.status.is_over]
    services = [_service(service, (known or {}).get(name)) for name, service in catalog.services.items()]
    blocks = [
        *_to_do(views, reader, catalog),
        *_section(_("Open runs"), [run_line(view.run, view.timeline) for view in current], _("No run is open.")),
        *_section(_("Services"), services, _("No service is known.")),
        *_section(_("Latest runs"), [run_line(view.run, view.timeline) for view in past], _("No run has ended yet.")),
        note(_("Type /dr help in any channel.")),
    ]
    if reader is None:
        blocks.insert(0, text(_stranger()))
    return View(type="home", blocks=fit(blocks, blocks=MAX_MODAL_BLOCKS))


def closed_home(why: str) -> View:
    """The Home tab of somebody who may not look: why, and nothing else."""
    return View(type="home", blocks=[text(escape(why))])


def now_message(views: Sequence[RunView], reader: Person | None, catalog: Catalog) -> Message:
    """What is possible now, for the one who typed `/dr`."""
    body = _now(views, reader, catalog)
    open_ = [view for view in views if not view.run.status.is_over]
    words = [
        _n("{count} run is open.", "{count} runs are open.", len(open_)),
        *(_tasks(views, reader, catalog) or [_("Nothing waits for you.")]),
        _("Every command: /dr help"),
    ]
    return message([*body, note(_("Every command: /dr help"))], "\n".join(words))


def help_now(views: Sequence[RunView], reader: Person | None, catalog: Catalog) -> Message:
    """The same, and every command below it."""
    return help_message(_now(views, reader, catalog))


@dataclass(frozen=True)
class _Task:
    """A step that waits for the reader, and what they would do."""

    view: RunView
    step: PlannedStep
    what: str

    @property
    def line(self) -> str:
        run = self.view.run
        return _("• *{task}*: “{step}” of {run} {id}", task=self.what, step=escape(clip(title_of(run, self.step), 100)),
                 run=headline(run.plan), id=code(run.id))  # fmt: skip

    @property
    def blocks(self) -> tuple[Block, Block]:
        """The line and the buttons that the step's message has too, the consequences above them."""
        run, step = self.view.run, self.step
        gate = run.gate(step.id)
        match run.steps[step.id].phase:
            case Phase.GATE if gate is not None:
                return text(self.line), gate_buttons(run, step, gate)
            case Phase.MANUAL:
                return text(self.line), manual_buttons(run, step)
            case _:
                return text("\n".join([self.line, *choice_lines(run, step.id)])), choice_buttons(self.view, step.id)


def _mine(views: Sequence[RunView], reader: Person | None, catalog: Catalog) -> Iterator[_Task]:
    """What waits for the reader, in all runs."""
    if reader is None:
        return
    for view in views:
        run = view.run
        if run.status.is_over or run.aborting is not None:
            continue
        for step in run.plan.steps:
            if what := _task(run, step, reader, catalog):
                yield _Task(view, step, what)


def _to_do(views: Sequence[RunView], reader: Person | None, catalog: Catalog) -> list[Block]:
    """The tasks of the reader, each one click away."""
    tasks = list(_mine(views, reader, catalog))
    if not tasks:
        return _section(_("Waiting for you"), (), _("Nothing waits for you."))
    hidden = len(tasks) - _ROWS
    more = [note(_n("{count} more", "{count} more", hidden))] if hidden > 0 else []
    shown = [block for task in tasks[:_ROWS] for block in task.blocks]
    return [header(_("Waiting for you")), *shown, *more, divider()]


def _stranger() -> str:
    return _("You are not on the roster: you can look, but not start or approve. See catalog.yaml.")


def _tasks(views: Sequence[RunView], reader: Person | None, catalog: Catalog) -> list[str]:
    return [task.line for task in _mine(views, reader, catalog)]


def _now(views: Sequence[RunView], reader: Person | None, catalog: Catalog) -> list[Block]:
    open_ = [view for view in views if not view.run.status.is_over]
    lines = [line for view in open_ for line in _open_lines(view, reader, catalog)]
    return [
        *([text(_stranger())] if reader is None else []),
        *_section(_("Waiting for you"), _tasks(views, reader, catalog), _("Nothing waits for you.")),
        *_section(_("Open runs"), lines, _("No run is open.")),
        *_section(_("You may start"), _startable(reader, catalog), _("Nothing: you are no responder of any service.")),
    ]


def _open_lines(view: RunView, reader: Person | None, catalog: Catalog) -> Iterator[str]:
    run, service = view.run, view.run.plan.service.name
    yield run_line(run, view.timeline)
    words = ["status", "note"]
    if reader is not None and reader.is_in(responders(run.plan.service, catalog)):
        words += ["resume" if run.paused else "pause", "abort"]
    yield "      " + " · ".join(code(f"/dr {word} {service}") for word in words)


def _startable(reader: Person | None, catalog: Catalog) -> list[str]:
    if reader is None:
        return []
    return [
        "• " + " · ".join(code(f"/dr {kind} {service.name}") for kind in service.runbooks)
        for service in catalog.services.values()
        if service.runbooks and reader.is_in(responders(service, catalog))
    ]


def _task(run: Run, step: PlannedStep, reader: Person, catalog: Catalog) -> str:
    state = run.steps[step.id]
    match state.phase:
        case Phase.GATE if (gate := run.gate(step.id)) and reader in asked_people(gate, catalog, run, state):
            return _("Approve or deny")
        case Phase.MANUAL if step.manual is not None and reader in assignees(step.manual.assignee, run, catalog):
            return _("Do by hand")
        case Phase.ASKING if state.chosen is None and reader.is_in(responders(run.plan.service, catalog)):
            return _("Decide")
        case _:
            return ""


def _service(service: Service, known: Readiness | None) -> str:
    kinds = listed([kind_words(kind) for kind in service.runbooks]) or _("no runbook yet")
    line = _("• *{service}* {name} – {tier}, {strategy}. RTO {rto}, RPO {rpo}. Can be started: {kinds}",
             service=escape(service.title or service.name), name=code(service.name), tier=escape(service.tier),
             strategy=strategy_words(service.strategy), rto=span(service.rto), rpo=span(service.rpo),
             kinds=kinds)  # fmt: skip
    if known is None:
        return line
    if not known.history.tries:
        return "\n".join([line, f"      {_nothing_tried(known)}"])
    proven = _("{count} of {all} proven: {command}", count=known.proven, all=len(known.items),
               command=code(f"/dr readiness {service.name}"))  # fmt: skip
    return "\n".join([line, f"      {state_words(known.tried)} · {_last(known)} · {proven}"])


def _nothing_tried(known: Readiness) -> str:
    begin = first_command(known)
    return _("Nothing was tried yet. Begin with {command}", command=begin) if begin else _("Nothing was tried yet.")


def _last(known: Readiness) -> str:
    drilled, rehearsed = known.drilled, known.rehearsed
    parts = [
        _("last drill or run {when}: {status}", when=when_day(drilled.ended_at), status=status_text(drilled))
        if drilled and drilled.ended_at
        else _("no drill on record"),
        _("last rehearsal {when}: {status}", when=when_day(rehearsed.ended_at), status=status_text(rehearsed))
        if rehearsed and rehearsed.ended_at
        else _("no rehearsal on record"),
    ]
    return " · ".join(parts)


def _section(title: str, lines: Sequence[str], nothing: str) -> list[Block]:
    shown = list(lines[:_ROWS]) or [f"_{nothing}_"]
    hidden = len(lines) - _ROWS
    more = [f"_{_n('{count} more', '{count} more', hidden)}_"] if hidden > 0 else []
    return [header(title), *paragraphs([*shown, *more]), divider()]
