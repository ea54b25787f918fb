"""readiness: whether a service could be recovered tomorrow, by what was really tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.console import RenderableType
from rich.text import Text

from bot.cli.door import at_desk, print_json, show
from bot.cli.kit import facts, grid, heading, span, text
from bot.cli.words import AsJson, example
from bot.language import _, again
from bot.model.problem import Problem
from bot.readiness.advice import bill
from bot.readiness.checklist import QUESTIONS, Item, State, day
from bot.readiness.words import cost_words, due_words, fit_words, next_words, review_words, state_words
from bot.usecases.desk import Desk
from bot.usecases.readiness import Readiness, readiness, service_readiness

commands = typer.Typer()

OneService = Annotated[str, typer.Argument(metavar="[SERVICE]", help="A service; all of them when left out.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 unless everything is proven, for schedulers.")]
_STYLES: dict[State, str] = {
    "proven": "green", "rehearsed": "yellow", "stale": "bold yellow", "untried": "yellow", "failed": "bold red",
}  # fmt: skip


@commands.command("readiness", epilog=example("dr readiness", "dr readiness orders-api", "dr readiness --strict"))
def readiness_command(
    ctx: typer.Context, service: OneService = "", strict: Strict = False, as_json: AsJson = False
) -> None:
    """Say what of the recovery-test checklist is proven, by which run, and what is due."""
    now = datetime.now(UTC)
    known, hiding = at_desk(ctx, lambda desk: _asked(desk, service))
    if as_json:
        print_json([_said(each) for each in known])
    else:
        show(*(service_page(known[0], now) if service else services_page(known, now, hiding)))
    if strict and (hiding or any(each.state != "proven" for each in known)):
        raise typer.Exit(1)


async def _asked(desk: Desk, service: str) -> tuple[Sequence[Readiness], Sequence[Problem]]:
    """One service or all of them, and, of all, the mistakes for which some are not among them."""
    if service:
        return [await service_readiness(desk, service)], ()
    return [*(await readiness(desk)).values()], desk.library().catalog.hiding


def services_page(
    known: Sequence[Readiness], now: datetime, hiding: Sequence[Problem] = ()
) -> Iterator[RenderableType]:
    """One line each: how ready, against which targets, when the next drill is due."""
    wraps = (_("drills"),)
    headers = (_("service"), _("readiness"), _("strategy"), _("RTO"), _("RPO"), _("last proof"), *wraps)
    yield grid(headers, (_row(each, now) for each in known), wraps=wraps)
    if hiding:
        yield text(_("What the catalogue has mistakes in is left out:"), "yellow")
        yield from (text(again(str(each)), "yellow") for each in hiding)
    yield text(bill(each.service for each in known))
    yield text(_("The whole checklist of one: {example}", example="dr readiness <service>"), "dim")


def service_page(known: Readiness, now: datetime) -> Iterator[RenderableType]:
    """The checklist with its evidence, then what fits the targets and what it costs."""
    service = known.service
    yield heading(_("Readiness of {service}: {count} of {all} proven", service=service.title or service.name,
                    count=known.proven, all=len(known.items)))  # fmt: skip
    targets = _("RTO {rto}, RPO {rpo}, {strategy} standby", rto=span(service.rto), rpo=span(service.rpo),
                strategy=service.strategy.value)  # fmt: skip
    yield facts([(_("targets"), targets), (_("drills"), due_words(known.due, now, _typed(known.next)))])
    wraps = (_("question"), _("evidence"), _("next"))
    yield grid((_("state"), *wraps), (_answer(item) for item in known.items), wraps=wraps)
    if known.unreviewed is not None:
        yield text(review_words(known.unreviewed, f"dr review {known.unreviewed.id} …"), "yellow")
    yield heading(_("Site type and cost"))
    yield text(known.advice.says)
    for line in known.advice.lines:
        yield text(line)
    currency = service.costs.currency if service.costs else ""
    rows = [(fit_words(fit), cost_words(fit, currency)) for fit in known.advice.fits]
    yield grid((_("site type"), _("beside the primary")), rows, wraps=(_("site type"),))


def _row(known: Readiness, now: datetime) -> tuple[Text | str, ...]:
    service, proof = known.service, known.history.newest(live=True, completed=True)
    return (
        service.name,
        _("{count} of {all} proven", count=known.proven, all=len(known.items)),
        service.strategy.value,
        span(service.rto),
        span(service.rpo),
        day(proof.at) if proof else "–",
        due_words(known.due, now, _typed(known.next)),
    )


def _answer(item: Item) -> tuple[Text | str, ...]:
    evidence = f"{item.says} [{item.run}]" if item.run else item.says
    return (
        _state(item.state),
        _(QUESTIONS[item.name]),
        evidence,
        next_words(item, _typed(item.next)) if item.next else "",
    )


def _typed(words: str) -> str:
    """As this door reads it."""
    return f"dr {words}".replace(" dry-run", " --dry-run") if words else ""


def _state(state: State) -> Text:
    return text(state_words(state), _STYLES[state])


def _said(known: Readiness) -> JsonValue:
    items: list[JsonValue] = [
        {"name": item.name, "state": item.state, "says": item.says, "run": item.run, "next": _typed(item.next),
         "at": item.at.isoformat() if item.at else None}
        for item in known.items
    ]  # fmt: skip
    fits: list[JsonValue] = [
        {"strategy": fit.strategy.value, "current": fit.is_current, "meets_targets": fit.meets, "cost": fit.grade,
         "monthly": fit.monthly}
        for fit in known.advice.fits
    ]  # fmt: skip
    return {
        "service": known.service.name,
        "state": known.state,
        "checklist": items,
        "drill_due": known.due.isoformat() if known.due else None,
        "advice": {"verdict": known.advice.verdict, "wanted": known.advice.wanted.value, "says": known.advice.says,
                   "lines": list(known.advice.lines)},
        "site_types": fits,
        "unreviewed": known.unreviewed.id if known.unreviewed else None,
        "currency": known.service.costs.currency if known.service.costs else None,
    }  # fmt: skip
