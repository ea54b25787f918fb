"""App Home: the open runs, what waits for me, and the services.

Promises: short enough to read at a glance; what waits for the reader comes first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.approval.policy import responders
from bot.model.people import Person
from bot.model.plan import PlannedStep
from bot.model.run import Phase, Run
from bot.model.service import Catalog, Service
from bot.slack.kit import MAX_MODAL_BLOCKS, clip, code, divider, escape, fit, header, note, paragraphs, text
from bot.slack.views.lists import run_line
from bot.slack.views.words import asked_people, assignees, headline, span, title_of
from bot.usecases.look import RunView

_ROWS = 10


def home(views: Sequence[RunView], reader: Person | None, catalog: Catalog) -> View:
    """Somebody's Home tab; `reader` is None for somebody who is not on the roster."""
    mine = [line for view in views if reader is not None for line in my_tasks(view.run, reader, catalog)]
    current = [view for view in views if not view.run.status.is_over]
    past = [view for view in views if view.run.status.is_over]
    blocks = [
        *_section("Waiting for you", mine, "Nothing waits for you."),
        *_section("Open runs", [run_line(view.run, view.timeline) for view in current], "No run is open."),
        *_section("Services", [_service(service) for service in catalog.services.values()], "No service is known."),
        *_section("Latest runs", [run_line(view.run, view.timeline) for view in past], "No run has ended yet."),
        note("Type /dr help in any channel."),
    ]
    if reader is None:
        blocks.insert(0, text("You are not on the roster: you can look, but not start or approve. See catalog.yaml."))
    return View(type="home", blocks=fit(blocks, blocks=MAX_MODAL_BLOCKS))


def my_tasks(run: Run, reader: Person, catalog: Catalog) -> Iterator[str]:
    """What of this run waits for the reader."""
    for step in run.plan.steps:
        if not run.status.is_over and run.aborting is None and (what := _task(run, step, reader, catalog)):
            yield f"• *{what}*: “{escape(clip(title_of(run, step), 100))}” of {headline(run.plan)} {code(run.id)}"


def _task(run: Run, step: PlannedStep, reader: Person, catalog: Catalog) -> str:
    state = run.steps[step.id]
    match state.phase:
        case Phase.GATE if step.gate is not None and reader in asked_people(step.gate, catalog, run, state):
            return "Approve or deny"
        case Phase.MANUAL if step.manual is not None and reader in assignees(step.manual.assignee, run, catalog):
            return "Do by hand"
        case Phase.ASKING if state.chosen is None and reader.is_in(responders(run.plan.service, catalog)):
            return "Decide"
        case _:
            return ""


def _service(service: Service) -> str:
    kinds = ", ".join(service.runbooks) or "no runbook yet"
    return (
        f"• *{escape(service.title or service.name)}* {code(service.name)} – {escape(service.tier)}, "
        f"{service.strategy.value} standby, RTO {span(service.rto)}, RPO {span(service.rpo)}: {escape(kinds)}"
    )


def _section(title: str, lines: Sequence[str], nothing: str) -> list[Block]:
    shown = list(lines[:_ROWS]) or [f"_{nothing}_"]
    more = [f"_{len(lines) - _ROWS} more_"] if len(lines) > _ROWS else []
    return [header(title), *paragraphs([*shown, *more]), divider()]
