"""From `/dr failover orders-api` to a started run: form, plan, start. Nothing changes before the last click.

Promises: only a plan that this person has seen is started. When it is lost or too old, it is made and shown again.
"""

from __future__ import annotations

from dataclasses import replace

from bot.approval.authorize import Situation, must_be_allowed
from bot.language import _, later
from bot.model.errors import NotFound, Refused, UserError
from bot.model.plan import Mode, Plan
from bot.model.service import RunKind
from bot.planning.inputs import read_inputs
from bot.slack.door import Door
from bot.slack.kit import Json, place
from bot.slack.listeners.about import About
from bot.slack.listeners.ours import must_be_ours
from bot.slack.listeners.switching import make_way
from bot.slack.listeners.turn import Turn
from bot.slack.views.pick_form import pick_form, picked_service
from bot.slack.views.plan_view import plan_modal
from bot.slack.views.start_form import inline, loading, planning, read_form, start_form, started, told
from bot.usecases.desk import Caller
from bot.usecases.grammar import Command
from bot.usecases.plan_run import Asked, open_form, plan_run
from bot.usecases.start_run import start_run

AGAIN = later("*Please look once more.* The plan you saw is too old, or lost. This is the plan as of now.")


async def ask(turn: Turn, command: Command, kind: RunKind) -> None:
    """Open the form: a loading view at once, then what is known. A service that nobody knows is picked from a list."""
    await turn.open(loading())
    caller = await turn.caller()
    mode = Mode.DRY_RUN if command.dry_run else Mode.LIVE
    about = About(command.target, kind, turn.channel, inputs=dict(command.args), mode=mode.value, reason=command.text)
    catalog = turn.door.desk.library().catalog
    if command.target in catalog.services:
        await _show_form(turn, caller, about)
        return
    problem = ""
    if command.target:
        problem = str(NotFound("service", command.target, catalog.services))
    await turn.show(pick_form(kind, catalog, command.target, about.pack(), problem))


def picking(turn: Turn) -> Json:
    """The acknowledgement of a picked service."""
    return {"response_action": "update", "view": loading().to_dict()}


async def pick(turn: Turn) -> None:
    """A service was picked: its form, with what was typed."""
    about = replace(About.parse(turn.metadata), service=picked_service(turn.values))
    await _show_form(turn, await turn.caller(), about)


async def _show_form(turn: Turn, caller: Caller, about: About) -> None:
    desk = turn.door.desk
    form = await open_form(desk, about.service, about.kind)
    must_be_allowed(caller.person, "start", Situation(desk.library().catalog, form.service))
    await must_be_ours(turn.door, form.service.channel, form.service.name)
    blank = About(about.service, about.kind, about.channel)
    here = await turn.door.channels.is_barred(turn.channel, desk.library().catalog)
    await turn.show(start_form(form, about.filled, blank.pack(), desk.clock.now(), is_overheard=here))


def check_form(turn: Turn) -> Json:
    """The acknowledgement of the form: what does not fit, inline, or `Planning…`. Reads memory only."""
    about, filled = About.parse(turn.metadata), read_form(turn.values)
    try:
        loaded = turn.door.desk.library().for_service(about.service, about.kind)
        read_inputs(loaded.runbook, dict(filled.inputs), now=turn.door.desk.clock.now())
    except UserError as mistake:
        return {"response_action": "errors", "errors": inline(mistake, turn.values)}
    return {"response_action": "update", "view": planning(about.service).to_dict()}


async def plan(turn: Turn) -> None:
    """Plan what the form asks for, and show it; a mistake leads back to the form as it was filled in."""
    old, filled = About.parse(turn.metadata), read_form(turn.values)
    about = replace(old, inputs=dict(filled.inputs), mode=filled.mode.value, reason=filled.reason)
    try:
        await _plan_and_show(turn, about)
    except Refused:
        raise
    except UserError as mistake:
        form = await open_form(turn.door.desk, about.service, about.kind)
        await turn.show(start_form(form, filled, old.pack(), turn.door.desk.clock.now(), mistake))


def starting(turn: Turn) -> Json:
    """The acknowledgement of a start."""
    return {"response_action": "update", "view": told(_("Starting…"), _("The run is being created.")).to_dict()}


async def start(turn: Turn) -> None:
    """Start the plan that was shown, and no other."""
    about = About.parse(turn.metadata)
    seen = await turn.door.shelf.get(about.run, turn.door.desk.clock.now())
    if seen is None or seen.hash[:16] != about.hash:
        await _plan_and_show(turn, about, _(AGAIN))
        return
    await _start(turn, seen, about.instead)


async def rehearse(turn: Turn) -> None:
    """Start a dry run of the same: it changes nothing, so it needs no second look."""
    about = About.parse(turn.metadata)
    await turn.show(planning(about.service))
    await _start(turn, await _plan(turn, about.asked(Mode.DRY_RUN)))


async def _start(turn: Turn, plan: Plan, instead: str = "") -> None:
    caller = await turn.caller()
    await must_be_ours(turn.door, plan.service.channel, plan.service.name)
    if instead:
        await make_way(turn, caller, instead, plan)
    run = await start_run(turn.door.desk, plan, caller)
    turn.run = run.id
    await turn.show(started(run.id, place(plan.service.channel), run.created_at))


async def _plan_and_show(turn: Turn, about: About, notice: str = "") -> None:
    made = await _plan(turn, about.asked())
    packed = replace(about, run=made.run, hash=made.hash[:16]).pack()
    await turn.show(plan_modal(made, packed, notice))


async def _plan(turn: Turn, asked: Asked) -> Plan:
    door: Door = turn.door
    made = await plan_run(door.desk, asked, await turn.caller())
    await door.shelf.put(made)
    return made
