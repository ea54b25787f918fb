"""Is this a disaster? The card that asks, and the small forms around it.

Promises: evidence before costs, costs before buttons, the deadline on top; an answered case offers nothing any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from slack_sdk.models.blocks import Block, InputBlock, PlainTextInputElement
from slack_sdk.models.views import View

from bot.approval.policy import responders
from bot.language import _, later
from bot.model.case import Case, CaseAnswered, CaseDismissed
from bot.model.service import Catalog, Service
from bot.planning.assessment import Assessment, assess
from bot.slack.kit import (
    Message,
    Ref,
    button,
    buttons,
    clip,
    escape,
    header,
    mention,
    mentions,
    message,
    modal,
    note,
    paragraphs,
    plain,
    text,
    utc,
    when,
)
from bot.usecases.assess import MOST_REASON
from bot.usecases.case_words import (
    acting_costs,
    deadline_text,
    ending_text,
    sign_text,
    waiting_costs,
    weighed,
    who_decides,
)

FAILOVER, DISMISS, REMIND, LOOK = "case.failover", "case.dismiss", "case.remind", "case.look"
SUBMIT = "case.submit"


def case_card(case: Case, service: Service, catalog: Catalog, now: datetime) -> Message:
    """The card of a case as it stands."""
    title, asked = service.title or service.name, _question(case)
    head = header(_(asked, service=title))
    ending = ending_text(case, when, escape)
    if case.looked is None:
        waiting = _("Looking at everything; this takes a few seconds. ({why})", why=escape(case.why))
        return message([head, text(waiting)], _("Is this a disaster? {service}", service=escape(title)))
    found = assess(case.looked, service.objectives, now)
    if ending:
        body = [head, text(f"*{ending}*"), *_questions(case, service, catalog, found)]
        return message(body, f"{escape(title)}: {ending_text(case, utc, escape)}")
    body = [head, *_questions(case, service, catalog, found)]
    about = Ref(case.id)
    row = buttons(
        button(_("Start failover…"), does=FAILOVER, about=about, style="danger"),
        button(_("Not a disaster…"), does=DISMISS, about=about),
        button(_("Remind me in 10 m"), does=REMIND, about=about),
        button(_("Look again"), does=LOOK, about=about),
    )
    return message(body, case_text(case, service, catalog, now), tail=[row])


def _question(case: Case) -> str:
    """The question, or its answer."""
    match case.ending.fact if case.ending is not None else None:
        case CaseDismissed():
            return later("Not a disaster: {service}")
        case CaseAnswered():
            return later("Answered with a run: {service}")
        case _:
            return later("Is this a disaster? {service}")


def case_text(case: Case, service: Service, catalog: Catalog, now: datetime) -> str:
    """The card in plain words, for notifications and screen readers."""
    if case.looked is None:
        return _("Is this a disaster? {service}", service=escape(service.title or service.name))
    found = assess(case.looked, service.objectives, now)
    parts = [
        _("Is this a disaster? {service}", service=escape(service.title or service.name)),
        deadline_text(case, service, found, utc),
        weighed(found),
        *(sign_text(sign, utc, _short) for sign in case.looked.signs),
        *waiting_costs(case, service, found, utc, escape),
        *acting_costs(case, service, found, escape),
        _("Who may decide: {groups}", groups=escape(who_decides(service, catalog))),
        mentions(catalog.members(responders(service, catalog))),
    ]
    return " ".join(parts)


def last_call(case: Case, service: Service, catalog: Catalog, now: datetime) -> Message:
    """Minutes before the deadline: everybody who may decide is told."""
    assert case.looked is not None  # there is a deadline
    found = assess(case.looked, service.objectives, now)
    people = mentions(catalog.members(responders(service, catalog)))
    title = f"*{_('Is this a disaster? {service}', service=escape(service.title or service.name))}*"
    words = f"{title}\n{deadline_text(case, service, found, when)} {people}"
    return message([text(words)], f"{title}\n{deadline_text(case, service, found, utc)} {people}")


def reminder(case: Case, service: Service, number: int, catalog: Catalog) -> Message:
    """What somebody asked to be told."""
    who = case.entries[number].actor
    person = catalog.people.get(who.person)
    words = _(
        "{who}, you asked to be reminded: is {service} a disaster?",
        who=mention(person) if person else escape(who.name), service=escape(service.title or service.name),
    )  # fmt: skip
    return message([text(words)], words)


def dismiss_form(case: Case, about: str) -> View:
    """Asks for the reason."""
    reason = PlainTextInputElement(action_id="value", multiline=True, max_length=MOST_REASON)
    blocks: list[Block] = [
        text(_("The card closes, and the reason stays on record. The next alarm asks anew.")),
        InputBlock(block_id="reason", label=plain(_("Why is this no disaster?"), 2000), element=reason),
    ]
    return modal(_("Not a disaster"), blocks, does=SUBMIT, submit=_("Close the case"), close=_("Cancel"), about=about)


def _questions(case: Case, service: Service, catalog: Catalog, found: Assessment) -> list[Block]:
    assert case.looked is not None  # asked by those who checked
    looked_at = case.looked_at or case.opened_at
    blocks: list[Block] = [  # who has decided is not told to decide
        *([] if case.ending is not None else [text(f"*{deadline_text(case, service, found, when)}*")]),
        note(f"{escape(weighed(found))} {_('Looked at {at}; {why}.', at=when(looked_at), why=escape(case.why))}"),
        *_part(_("What was seen"), (sign_text(sign, when, _short) for sign in case.looked.signs), bullet=""),
        *_part(_("What waiting costs"), waiting_costs(case, service, found, when, escape)),
        *_part(_("What a failover costs"), acting_costs(case, service, found, escape)),
    ]
    if case.ending is not None:
        return blocks
    people = mentions(catalog.members(responders(service, catalog)))
    groups = _("*Who may decide:* {groups}", groups=escape(who_decides(service, catalog)))
    return [*blocks, text("\n".join(filter(None, (groups, people))))]


def _part(title: str, lines: Iterable[str], bullet: str = "• ") -> list[Block]:
    shown = [f"{bullet}{clip(line, 400)}" for line in lines] or [f"_{_('nothing')}_"]
    return paragraphs([f"*{title}*", *shown])


def _short(outside: str) -> str:
    return escape(clip(outside, 160))
