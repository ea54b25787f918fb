"""Roles in Slack: taken by a button or a word, handed over, accepted after the brief was read."""

from __future__ import annotations

import json
import re

from slack_bolt.async_app import AsyncApp

from bot.approval.roles import role_words
from bot.language import _
from bot.model.errors import Refused, UserError
from bot.slack.door import Door
from bot.slack.kit import code, escape
from bot.slack.listeners.guard import listener, sentence, submission
from bot.slack.listeners.turn import Turn
from bot.slack.views import roles as views
from bot.slack.views.start_form import loading
from bot.usecases.grammar import Command
from bot.usecases.look import view_run
from bot.usecases.roles import accept, claim, hand_over, named


def register(app: AsyncApp, door: Door) -> None:
    """Put the listeners in place."""
    app.action(re.compile(rf"^{re.escape(views.CLAIM)}\."))(listener(door, claim_role))
    app.action(views.OPEN)(listener(door, open_roles))
    app.action(views.GIVE)(listener(door, give_role))
    app.action(views.BRIEF)(listener(door, open_brief))
    app.view(views.ACCEPT)(submission(door, accept_role))


async def claim_role(turn: Turn) -> None:
    """Hold a free role."""
    ref = turn.ref()
    caller = await turn.caller("claim a role")
    await claim(turn.door.desk, ref.run, caller, ref.choice)
    if turn.view_id:
        await _show_roles(turn, ref.run)


async def open_roles(turn: Turn) -> None:
    """Show who holds what."""
    ref = turn.ref()
    await turn.open(loading(_("Roles")))
    await _show_roles(turn, ref.run)


async def give_role(turn: Turn) -> None:
    """Ask somebody to take one's own role over."""
    ref = turn.ref(str(turn.action.get("block_id") or ""))
    chosen = str((turn.action.get("selected_option") or {}).get("value") or "")
    caller = await turn.caller("hand a role over")
    receiver = named(turn.door.desk.library().catalog, chosen)
    await hand_over(turn.door.desk, ref.run, caller, ref.choice, receiver)
    await _show_roles(turn, ref.run)


async def open_brief(turn: Turn) -> None:
    """Show the receiver where we are."""
    ref = turn.ref()
    await turn.open(loading(_("Brief")))
    await _show_brief(turn, ref.run, ref.choice)


async def _show_brief(turn: Turn, run_id: str, role: str) -> None:
    caller = await turn.caller("take a role over")
    view = await view_run(turn.door.desk, run_id)
    held = view.run.incident.roles.get(role)
    if held is None or held.offered_to != caller.person.id:
        raise Refused(_("Nobody hands that role to you now; see the run card."), reason="not-offered")
    about = json.dumps([views.role_ref(view.run, role).pack(), turn.channel])
    await turn.show(views.brief_form(view, role, turn.door.desk.library().catalog, about))


async def accept_role(turn: Turn) -> None:
    """The receiver has read the brief."""
    packed, turn.channel = json.loads(turn.metadata)
    ref = turn.ref(packed)
    await accept(turn.door.desk, ref.run, await turn.caller("take a role over"), ref.choice)


async def claim_by_word(turn: Turn, command: Command) -> None:
    """`/dr claim ic`; with more words a role is taken from its holder."""
    role, _space, why = command.text.partition(" ")
    run = await turn.find(command.target)
    await claim(turn.door.desk, run.id, await turn.caller("claim a role"), _role(role), why)
    words = _("You are {role} of {run} now.", role=escape(role_words(role)), run=code(run.id))
    await turn.whisper(sentence(words))


async def hand_over_by_word(turn: Turn, command: Command) -> None:
    """`/dr handover ic @dave`."""
    role, _space, who = command.text.partition(" ")
    run = await turn.find(command.target)
    caller = await turn.caller("hand a role over")
    if not who.strip():
        raise UserError(_("To whom? Type it like: handover ic @dave"))
    receiver = named(turn.door.desk.library().catalog, who)
    await hand_over(turn.door.desk, run.id, caller, _role(role), receiver)
    words = _(
        "{who} was asked. Until they say yes, you are {role}.", who=escape(receiver.name), role=escape(role_words(role))
    )
    await turn.whisper(sentence(words))


async def accept_by_word(turn: Turn, command: Command) -> None:
    """`/dr accept ic`: the brief, whose button is the yes."""
    await turn.open(loading(_("Brief")))
    run = await turn.find(command.target)
    await _show_brief(turn, run.id, _role(command.text.strip()))


def _role(word: str) -> str:
    if not word:
        raise UserError(_("Which role? Type it like: claim ic"))
    return word.lower()


async def _show_roles(turn: Turn, run_id: str) -> None:
    caller = await turn.caller("look at the roles")
    run = await turn.door.desk.run(run_id)
    await turn.show(views.roles_form(run, caller.person, turn.door.desk.library().catalog))
