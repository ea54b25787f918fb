"""The views around a run at a moment worth seeing: the question before it, its roles, words to those outside."""

from __future__ import annotations

from datetime import timedelta

from bot.language import told
from bot.model.case import AlarmHeard, Case, CaseDismissed, CaseEntry, CaseFact, CaseLooked, CaseOpened, Prospect, Sign
from bot.model.people import BOT, Actor
from bot.model.runbook import LoadedRunbook, Runbook, RunbookRef, Step
from bot.model.service import Costs, RunKind, Strategy
from bot.readiness.checklist import INTEGRITY_MARK
from bot.slack.views.case_card import case_card, dismiss_form, last_call, reminder
from bot.slack.views.manual import skip_manual_form
from bot.slack.views.readiness import service_message
from bot.slack.views.status import preview, status_nag
from bot.usecases.readiness import Readiness, readiness_of
from bot.usecases.status_update import draft
from tests.builders import BEN, IMPACT, an_actor
from tests.pictures.samples import CATALOG, RECORDS, Sample, until, view_of

SERVICE = CATALOG.services["orders-api"]
_ASKED_AT = IMPACT + timedelta(minutes=4)
TWELVE_DAYS_ON = RECORDS[-1].at + timedelta(days=12)
RUN_KINDS: tuple[RunKind, ...] = ("failover", "failback", "restore", "drill")


def _sign(kind: str, about: str, speaks: str, seen: str, source: str, minutes: float = 4) -> Sign:
    at = IMPACT + timedelta(minutes=minutes)
    return Sign.model_validate(
        {"kind": kind, "about": about, "speaks": speaks, "seen": seen, "source": source, "at": at}
    )


_SILENT = told("no answer within {seconds} s", seconds="5")
LOOKED = CaseLooked(
    impact_at=IMPACT,
    impact_source="alarm orders-api-success-ratio, CloudWatch us-west-2",
    signs=(
        _sign("alarm", "orders-api-success-ratio", "for", "ALARM", "CloudWatch us-west-2", 0),
        _sign("health", "us-east-1", "for", "us-east-1: RDS (AWS_RDS_OPERATIONAL_ISSUE)", "DescribeEvents"),
        _sign("primary", "https://use1.orders.example.com/healthz", "unknown", _SILENT, told("probe")),
        _sign("standby", "https://usw2.orders.example.com/healthz", "nothing", "200 in 41 ms", told("probe")),
    ),
    prospect=Prospect(
        remaining=timedelta(minutes=14), loss=timedelta(seconds=42), loss_evidence="AuroraGlobalDBRPOLag",
        breaks=("Promote the database in us-west-2: the old primary's last writes are gone",),
    ),
)  # fmt: skip


def a_case(*facts: CaseFact, by: Actor = BOT) -> Case:
    """The case of an alarm, looked at once, and these facts."""
    alarm = "orders-api-success-ratio"
    heard = AlarmHeard(alarm=alarm, region="us-west-2", state="ALARM", happened_at=IMPACT, delivery="1")
    why = told("alarm {alarm} ({region})", alarm=alarm, region="us-west-2")
    first: tuple[CaseFact, ...] = (CaseOpened(service="orders-api", why=why), heard, LOOKED)
    entries = [CaseEntry(at=_ASKED_AT, actor=BOT, fact=fact) for fact in first]
    entries += [CaseEntry(at=_ASKED_AT + timedelta(minutes=1), actor=by, fact=fact) for fact in facts]
    return Case.of("case:orders-api-0314-0000a", entries)


def _book(kind: RunKind) -> LoadedRunbook:
    """A healthy runbook as the library holds it."""
    ref = RunbookRef(name=f"orders-api.{kind}", version="2", digest=view_of(RECORDS).run.plan.runbook.digest)
    steps = {"copy": Step(id="copy", uses="rds.restore_from_snapshot", marks=(INTEGRITY_MARK,))}
    book = Runbook.model_construct(clock=None, steps=steps if kind == "restore" else {})
    return LoadedRunbook.model_construct(runbook=book, ref=ref, path="", text="")


def known() -> Readiness:
    """The service twelve days after its failover."""
    costs = Costs(primary=4200, standby=900, source="Cost Explorer, February 2026", alternatives={Strategy.HOT: 2600})
    books = {kind: _book(kind) for kind in RUN_KINDS}
    runbooks = {kind: book.ref.name for kind, book in books.items()}
    service = SERVICE.model_copy(update={"costs": costs, "runbooks": runbooks})
    return readiness_of(service, [RECORDS], books, TWELVE_DAYS_ON)


_OPEN = view_of(until("gate_opened", "declare"))
_DISMISSED = a_case(CaseDismissed(reason="A bad deployment, rolled back."), by=an_actor(BEN))

INCIDENT: tuple[Sample, ...] = (
    Sample("readiness", "The recovery-test checklist of a service, each answer with its evidence",
           lambda: service_message(known(), TWELVE_DAYS_ON)),
    Sample("case-dismissed", "The same card after somebody said no",
           lambda: case_card(_DISMISSED, SERVICE, CATALOG, _ASKED_AT)),
    Sample("case-dismiss-form", "The form that asks why it is no disaster",
           lambda: dismiss_form(a_case(), "{}"), "modal"),
    Sample("case-last-call", "The last call before the deadline to decide",
           lambda: last_call(a_case(), SERVICE, CATALOG, IMPACT + timedelta(minutes=12))),
    Sample("case-reminder", "A reminder that somebody asked for",
           lambda: reminder(_DISMISSED, SERVICE, 3, CATALOG)),
    Sample("status-preview", "A status update before it is posted",
           lambda: preview("Orders API", draft(_OPEN, CATALOG), "{}"), "modal"),
    Sample("status-reminder", "The reminder that an update is due",
           lambda: status_nag(_OPEN.run, _ASKED_AT, CATALOG)),
    Sample("manual-skip-form", "The form that asks why a manual step is skipped",
           lambda: skip_manual_form(view_of(until("manual_opened", "psp_allowlist")), "psp_allowlist", "{}"), "modal"),
)  # fmt: skip
"""In the order in which a reader meets them."""
