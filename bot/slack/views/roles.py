"""Incident roles in Slack: who holds them, the form that hands one over, the brief that its receiver reads.

Promises: a role shows one holder; a handover shows the brief before the yes. Refuses to decide who may hold what.
"""

from __future__ import annotations

from collections.abc import Iterator

from slack_sdk.models.blocks import Block, ButtonElement
from slack_sdk.models.views import View

from bot.approval.roles import role_words
from bot.language import _
from bot.model.people import Person
from bot.model.run import Run
from bot.model.service import Catalog
from bot.slack.kit import (
    Element,
    Message,
    Ref,
    button,
    buttons,
    escape,
    mention,
    menu,
    message,
    modal,
    note,
    paragraphs,
    text,
    when,
)
from bot.slack.views.words import headline
from bot.timeline.brief import brief
from bot.usecases.look import RunView

ACCEPT = "role.accept"
CLAIM, OPEN, GIVE, BRIEF = "role.claim", "role.open", "role.give", "role.brief"


def roles_text(run: Run, catalog: Catalog, between: str = " · ") -> str:
    """Every role and its holder: `incident commander: @alice since 03:07 · operations: nobody yet`."""
    return between.join(_role(run, role, catalog) for role in _known(run, catalog)) or _("no roles in the catalogue")


def role_buttons(run: Run, catalog: Catalog) -> list[Element]:
    """A button for the first free role, the one missed most, and the way to all others; none when the run is over."""
    if run.status.is_over or not _known(run, catalog):
        return []
    free = [role for role in catalog.roles if not run.incident.holder(role)]
    first = [_take(run, role) for role in free[:1]]
    return [*first, button(_("Roles…"), does=OPEN, about=Ref(run.id))]


def roles_form(run: Run, reader: Person, catalog: Catalog) -> View:
    """Every role: free ones can be taken, one's own handed over."""
    blocks: list[Block] = [text(f"*{headline(run.plan)}*")]
    for role in _known(run, catalog):
        blocks.extend(_role_rows(run, role, reader, catalog))
    blocks.append(note(_("A role that is handed over stays with its giver until the receiver has said yes.")))
    return modal(_("Roles"), blocks)


def offer(view: RunView, role: str, seq: int, catalog: Catalog) -> Message:
    """The request to take a role over; it names how it ended once it did."""
    run = view.run
    asked = next(entry for entry in view.timeline.entries if entry.seq == seq)
    to = catalog.people.get(str(asked.detail.get("to", "")))
    who = mention(to) if to is not None else escape(str(asked.detail.get("name", "")))
    held = run.incident.roles.get(role)
    words = _(
        "{who}, {giver} asks you to take over as *{role}* in {what}.",
        who=who, giver=escape(asked.who), role=escape(role_words(role)), what=headline(run.plan),
    )  # fmt: skip
    is_open = held is not None and to is not None and held.offered_to == to.id and not run.status.is_over
    if not is_open or held is None:
        return message([text(words), note(_offer_end(run, role))], words)
    until = note(_("Until you have read the brief and said yes, {giver} holds the role.", giver=escape(held.name)))
    asks = [buttons(button(_("Read the brief…"), does=BRIEF, about=role_ref(run, role), style="primary"))]
    return message([text(words), until], words, tail=asks)


def brief_form(view: RunView, role: str, catalog: Catalog, about: str) -> View:
    """The ten lines, and the yes."""
    lines = [f"{number}. {escape(line)}" for number, line in enumerate(brief(view.run, view.timeline, catalog), 1)]
    head = text(_("*You take over as {role}.* This is where we are:", role=escape(role_words(role))))
    blocks = [head, *paragraphs(lines)]
    return modal(_("Brief"), blocks, does=ACCEPT, submit=_("I take over"), close=_("Not yet"), about=about)


def role_ref(run: Run, role: str) -> Ref:
    """What a button about a role is about."""
    return Ref(run.id, choice=role)


def _known(run: Run, catalog: Catalog) -> list[str]:
    return list(dict.fromkeys([*catalog.roles, *run.incident.roles]))


def _role(run: Run, role: str, catalog: Catalog) -> str:
    held = run.incident.roles.get(role)
    name = escape(role_words(role))
    if held is None:
        return _("{role}: nobody", role=name) if run.status.is_over else _("{role}: nobody yet", role=name)
    holder = catalog.people.get(held.person)
    who = mention(holder) if holder is not None else escape(held.name)
    if held.offered_to:
        return _("{role}: {who} (offered to {other})", role=name, who=who, other=escape(held.offered_name))
    return _("{role}: {who} since {at}", role=name, who=who, at=when(held.since))


def _role_rows(run: Run, role: str, reader: Person, catalog: Catalog) -> Iterator[Block]:
    held, line = run.incident.roles.get(role), _role(run, role, catalog)
    groups = catalog.roles[role].groups if role in catalog.roles else ()
    others = [person for person in catalog.members(groups) if person.id != reader.id]
    if held is not None and held.person == reader.id and others:
        choices = [(person.name, person.id) for person in others[:100]]
        yield menu(line, _("Hand over to…"), *choices, does=GIVE, about=role_ref(run, role))
        return
    yield text(line)
    if held is None and reader.is_in(groups) and not run.status.is_over:
        yield buttons(_take(run, role))


def _take(run: Run, role: str) -> ButtonElement:
    return button(_("Take: {role}", role=role_words(role)), does=f"{CLAIM}.{role}"[:255], about=role_ref(run, role))


def _offer_end(run: Run, role: str) -> str:
    held = run.incident.roles.get(role)
    if held is None:
        return _("This request is over.")
    return _("{who} holds the role now.", who=escape(held.name))
