"""How ready services are, for the one who asked: the checklist with its evidence, and what would prove the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.language import _
from bot.model.service import Catalog
from bot.readiness.advice import bill
from bot.readiness.checklist import QUESTIONS, Item
from bot.readiness.words import cost_words, due_words, fit_words, next_words, review_words, state_words
from bot.slack.kit import (
    Message,
    clip,
    code,
    divider,
    escape,
    header,
    mentions,
    message,
    note,
    paragraphs,
    text,
    when_day,
)
from bot.slack.views.words import span
from bot.usecases.readiness import Readiness


def services_message(known: Sequence[Readiness], now: datetime) -> Message:
    """One line each."""
    lines = [_line(each, now) for each in known]
    more = _("The whole checklist of one: {example}", example=code("/dr readiness <service>"))
    costs = escape(bill(each.service for each in known))
    blocks = [header(_("Readiness")), *paragraphs(lines), text(costs), note(more)]
    return message(blocks, "\n".join([_("Readiness"), *lines, costs]))


def service_message(known: Readiness, now: datetime) -> Message:
    """The whole checklist of one service, and its posture."""
    service = known.service
    title = title_of(known)
    facts = _("RTO {rto}, RPO {rpo}. {due}", rto=span(service.rto), rpo=span(service.rpo),
              due=due_words(known.due, now, first_command(known)))  # fmt: skip
    answers = [*_answers(known.items), *_review(known)]
    posture = [escape(line) for line in (known.advice.says, *known.advice.lines)]
    types = list(_types(known))
    blocks = [
        header(title), text(facts), *map(text, answers), divider(), *paragraphs([*posture, *types]),
    ]  # fmt: skip
    return message(blocks, "\n".join([escape(title), facts, *answers, *posture, *types]))


def drill_due(known: Readiness, due: datetime, catalog: Catalog) -> Message:
    """For the service's channel: that its proof counts no more, since when, whose it is, and what to type."""
    service = known.service
    title = escape(service.title or service.name)
    late = _("The proof that {service} can be recovered is out of date: its next drill was due on {day}.",
             service=f"*{title}*", day=when_day(due))  # fmt: skip
    move = _("Next: {command}", command=code(f"/dr {known.renewal}"))
    more = _("What is proven and what is not: {command}", command=code(f"/dr readiness {service.name}"))
    people = mentions(catalog.members(service.owners))
    lines = [f"{late} {people}".strip(), move, more]
    return message([text("\n".join(lines))], "\n".join(lines))


def title_of(known: Readiness) -> str:
    """`Readiness of Orders: 3 of 6 proven`."""
    return _("Readiness of {service}: {count} of {all} proven", service=known.service.title or known.service.name,
             count=known.proven, all=len(known.items))  # fmt: skip


def first_command(known: Readiness) -> str:
    """The command that comes first, as it is typed here."""
    return code(f"/dr {known.next}") if known.next else ""


def _line(known: Readiness, now: datetime) -> str:
    service = known.service
    return _("• *{service}* {name} – {count} of {all} proven. {due}", service=escape(service.title or service.name),
             name=code(service.name), count=known.proven, all=len(known.items),
             due=due_words(known.due, now, first_command(known)))  # fmt: skip


def _answers(items: Sequence[Item]) -> Iterator[str]:
    for item in items:
        evidence = escape(clip(item.says, 600))
        lines = [
            f"{state_words(item.state)} · *{_(QUESTIONS[item.name])}*",
            f"{evidence} {code(item.run)}" if item.run else evidence,
            *([next_words(item, code(f"/dr {item.next}"))] if item.next else []),
        ]
        yield "\n".join(lines)


def _review(known: Readiness) -> Iterator[str]:
    if known.unreviewed is not None:
        yield review_words(known.unreviewed, code(f"/dr review {known.unreviewed.id} …"))


def _types(known: Readiness) -> Iterator[str]:
    currency = known.service.costs.currency if known.service.costs else ""
    for fit in known.advice.fits:
        yield f"• {escape(fit_words(fit))} · {escape(cost_words(fit, currency))}"
