"""`/dr …`: understood by the shared grammar, done by one use case, answered to the one who asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from slack_bolt.async_app import AsyncApp

from bot.language import _
from bot.model.errors import NotFound, UserError
from bot.slack.door import Door
from bot.slack.kit import code, escape
from bot.slack.listeners import by_hand, cases, deciding, glass, roles, start, status, switching
from bot.slack.listeners.buttons import ask_to_abort
from bot.slack.listeners.files import share
from bot.slack.listeners.guard import card_link, listener, sentence
from bot.slack.listeners.turn import Turn
from bot.slack.typed import as_typed
from bot.slack.views import readiness as readiness_views
from bot.slack.views.debts import debt_message
from bot.slack.views.home import help_now, now_message
from bot.slack.views.lists import runs_message, service_message, status_message, timeline_message
from bot.slack.views.run_card import card_ref
from bot.slack.views.start_form import loading
from bot.slack.views.words import span, waits_for
from bot.timeline.terms import strategy_words
from bot.usecases.debts import owed
from bot.usecases.grammar import START_VERBS, Command, Verb, parse
from bot.usecases.look import list_runs, view_run
from bot.usecases.note import add_note
from bot.usecases.readiness import readiness, service_readiness
from bot.usecases.steer_run import pause, resume

COMMAND = "/dr"
Handler = Callable[[Turn, Command], Awaitable[None]]


def register(app: AsyncApp, door: Door) -> None:
    """Put the one command in place, and the forms behind those of its words that have rooms of their own."""
    app.command(COMMAND)(listener(door, command))
    for room in (by_hand, cases, glass, roles, status):
        room.register(app, door)


async def command(turn: Turn) -> None:
    """Understand the line and do it."""
    await obey(turn, understood(turn, str(turn.body.get("text") or "")))


def understood(turn: Turn, line: str) -> Command:
    """The line as a command; a service's name is known, so notes may begin with one. People are told by `@dave`."""
    return parse(as_typed(line, turn.door.identities.handle), turn.door.desk.library().catalog.services)


async def obey(turn: Turn, command: Command) -> None:
    """Do what a command says."""
    for kind in START_VERBS:
        if command.verb == kind:
            await start.ask(turn, command, kind)
            return
    await _HANDLERS[command.verb](turn, command)


async def show_now(turn: Turn, command: Command) -> None:
    """What waits for this person, what is open, what they may do."""
    reader = await turn.reader()
    views = await list_runs(turn.door.desk)
    await turn.whisper(now_message(views, reader, turn.door.desk.library().catalog))


async def show_help(turn: Turn, command: Command) -> None:
    """The same, and every command."""
    reader = await turn.reader()
    views = await list_runs(turn.door.desk)
    await turn.whisper(help_now(views, reader, turn.door.desk.library().catalog))


async def show_runs(turn: Turn, command: Command) -> None:
    """Open runs, then the newest closed ones."""
    await turn.reader()
    await turn.whisper(runs_message(await list_runs(turn.door.desk)))


async def show_status(turn: Turn, command: Command) -> None:
    """One run, one service, or whatever is open."""
    await turn.reader()
    desk = turn.door.desk
    if not command.target and len(await desk.journals.open_runs()) != 1:
        await turn.whisper(runs_message(await list_runs(desk)))
        return
    try:
        view = await view_run(desk, command.target)
    except UserError:  # a service that has no run yet can be told all the same
        if not command.target:
            raise
        await _show_service(turn, command.target)
        return
    turn.run = view.run.id
    link = await card_link(turn.door, view.run.id)
    await turn.whisper(status_message(view, waits_for(view.run, desk.library().catalog), link))


async def _show_service(turn: Turn, name: str) -> None:
    catalog = turn.door.desk.library().catalog
    if name not in catalog.services:
        raise NotFound("run or service", name, [*catalog.services, *await turn.door.desk.journals.recent_runs()])
    service = catalog.services[name]
    kinds = ", ".join(service.runbooks) or _("no runbook yet")
    lines = [
        _(
            "{tier}, {strategy}, RTO {rto}, RPO {rpo}",
            tier=escape(service.tier),
            strategy=strategy_words(service.strategy.value),
            rto=span(service.rto),
            rpo=span(service.rpo),
        ),
        _(
            "{primary} → {recovery}; can be started: {kinds}",
            primary=escape(service.primary_region),
            recovery=escape(service.recovery_region),
            kinds=escape(kinds),
        ),
    ]
    await turn.whisper(service_message(service.name, service.title, lines))


async def show_timeline(turn: Turn, command: Command) -> None:
    """The story so far."""
    await turn.reader()
    view = await view_run(turn.door.desk, command.target)
    await turn.whisper(timeline_message(view.timeline))


async def show_debt(turn: Turn, command: Command) -> None:
    """What stands and has to be taken back some day."""
    await turn.reader()
    await turn.whisper(debt_message(await owed(turn.door.desk, command.target)))


async def show_readiness(turn: Turn, command: Command) -> None:
    """What is proven of one service, or of all."""
    await turn.reader()
    desk = turn.door.desk
    if command.target:
        known = await service_readiness(desk, command.target)
        await turn.whisper(readiness_views.service_message(known, desk.clock.now()))
        return
    await turn.whisper(readiness_views.services_message([*(await readiness(desk)).values()], desk.clock.now()))


async def export(turn: Turn, command: Command) -> None:
    """The timeline as files."""
    caller = await turn.caller("export the timeline")
    run = await turn.find(command.target)
    await turn.whisper(sentence(await share(turn, run.id, caller, command.formats)))


async def note(turn: Turn, command: Command) -> None:
    """A remark for the timeline."""
    run = await turn.find(command.target)
    await add_note(turn.door.desk, run.id, await turn.caller("write a note"), command.text)
    await turn.whisper(sentence(_("Noted on {run}.", run=code(run.id))))


async def pause_run(turn: Turn, command: Command) -> None:
    """Begin nothing new."""
    run = await turn.find(command.target)
    await pause(turn.door.desk, run.id, await turn.caller("pause the run"), command.text)
    go_on = _("{run} is paused. Go on with: /dr resume {service}", run=code(run.id), service=run.plan.service.name)
    await turn.whisper(sentence(go_on))


async def resume_run(turn: Turn, command: Command) -> None:
    """Go on."""
    run = await turn.find(command.target)
    await resume(turn.door.desk, run.id, await turn.caller("resume the run"), command.text)
    await turn.whisper(sentence(_("{run} goes on.", run=code(run.id))))


async def abort_run(turn: Turn, command: Command) -> None:
    """Show what an abort would do, and ask."""
    await turn.open(loading(_("Abort")))
    run = await turn.find(command.target)
    await ask_to_abort(turn, card_ref(run), rollback=command.rollback, why=command.text)


_HANDLERS: Mapping[Verb, Handler] = {
    "now": show_now,
    "help": show_help,
    "approve": deciding.approve,
    "deny": deciding.deny,
    "answer": deciding.answer,
    "choose": deciding.choose_what_next,
    "switch": switching.ask,
    "runs": show_runs,
    "status": show_status,
    "timeline": show_timeline,
    "debt": show_debt,
    "readiness": show_readiness,
    "export": export,
    "note": note,
    "pause": pause_run,
    "resume": resume_run,
    "abort": abort_run,
    "glass": glass.glass_by_word,
    "review": glass.review_by_word,
    "assess": cases.assess_by_word,
    "dismiss": cases.dismiss_by_word,
    "claim": roles.claim_by_word,
    "handover": roles.hand_over_by_word,
    "accept": roles.accept_by_word,
    "update": status.update_by_word,
}
