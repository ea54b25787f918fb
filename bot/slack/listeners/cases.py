"""Is this a disaster? The card's buttons and the words that do the same."""

from __future__ import annotations

import json

from slack_bolt.async_app import AsyncApp

from bot.language import _
from bot.model.errors import UserError
from bot.slack.door import Door
from bot.slack.kit import escape
from bot.slack.listeners import start
from bot.slack.listeners.guard import listener, sentence, submission
from bot.slack.listeners.turn import Turn
from bot.slack.views import case_card as views
from bot.slack.views.start_form import loading
from bot.usecases.assess import assess_service, dismiss, find_case, look_again, read_case, remind
from bot.usecases.grammar import Command


def register(app: AsyncApp, door: Door) -> None:
    """Put the listeners in place."""
    app.action(views.FAILOVER)(listener(door, open_failover))
    app.action(views.DISMISS)(listener(door, open_dismissal))
    app.action(views.REMIND)(listener(door, remind_me))
    app.action(views.LOOK)(listener(door, look))
    app.view(views.SUBMIT)(submission(door, close_case))


async def open_failover(turn: Turn) -> None:
    """The start form, filled with what the case knows; nothing starts by opening it."""
    case = await read_case(turn.door.desk, _case_of(turn))
    await start.ask(turn, Command("failover", case.service, text=case.why), "failover")


async def open_dismissal(turn: Turn) -> None:
    """Ask why this is no disaster."""
    case_id = _case_of(turn)
    await turn.open(loading(_("Not a disaster")))
    await turn.caller("dismiss a case")
    case = await find_case(turn.door.desk, case_id)
    await turn.show(views.dismiss_form(case, json.dumps([case_id, turn.channel])))


async def close_case(turn: Turn) -> None:
    """Not a disaster, and why."""
    case_id, turn.channel = json.loads(turn.metadata)
    reason = str(((turn.values.get("reason") or {}).get("value") or {}).get("value") or "")
    await dismiss(turn.door.desk, case_id, await turn.caller("dismiss a case"), reason)


async def remind_me(turn: Turn) -> None:
    """Ask this person again in ten minutes."""
    await remind(turn.door.desk, _case_of(turn), await turn.caller("watch a case"))
    await turn.whisper(sentence(_("You are reminded in ten minutes.")))


async def look(turn: Turn) -> None:
    """Look at everything once more."""
    case_id = _case_of(turn)
    await turn.reader()
    await look_again(turn.door.desk, case_id)


async def assess_by_word(turn: Turn, command: Command) -> None:
    """`/dr assess orders-api`."""
    if not command.target:
        raise UserError(_("Which service? Type it like: {example}", example="assess orders-api"))
    caller = await turn.caller("assess a service")
    case = await assess_service(turn.door.desk, command.target, caller)
    service = turn.door.desk.library().catalog.service(case.service)
    words = _(
        "The card about {service} is in {channel}.", service=escape(service.name), channel=escape(service.channel)
    )
    await turn.whisper(sentence(words))


async def dismiss_by_word(turn: Turn, command: Command) -> None:
    """`/dr dismiss orders-api why`."""
    case = await dismiss(turn.door.desk, command.target, await turn.caller("dismiss a case"), command.text)
    await turn.whisper(sentence(_("The case of {service} is closed.", service=escape(case.service))))


def _case_of(turn: Turn) -> str:
    """A case is no run, so a refusal is not written to a run's journal."""
    case_id, turn.run = turn.ref().run, ""
    return case_id
