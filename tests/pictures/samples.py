"""Every view at a moment worth seeing, from one realistic failover. Pure; refuses to know how it is drawn.

Views are made when they are asked for, so that they speak the language around them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeAlias

from slack_sdk.models.views import View

from bot.language import speaking, told
from bot.model.case import Case, CaseEntry, CaseLooked, CaseOpened, Prospect, Sign
from bot.model.events import Fact, RunCreated, StepSettled, StepStarted
from bot.model.incident_events import RoleClaimed, RoleOffered, StatusPosted
from bot.model.people import BOT, Actor, Person
from bot.model.plan import Plan
from bot.model.records import Draft, Record
from bot.model.run import Glass, Run
from bot.model.runbook import Input, LoadedRunbook, Runbook
from bot.model.service import Catalog, RoleRule
from bot.planning.impact import Impact
from bot.slack.kit import Message
from bot.slack.views.approval import approval, approval_form
from bot.slack.views.case_card import case_card
from bot.slack.views.crowd import boards, face
from bot.slack.views.failure import failure, skip_form
from bot.slack.views.glass import announcement
from bot.slack.views.home import home
from bot.slack.views.lists import help_message, runs_message, timeline_modal
from bot.slack.views.manual import manual, manual_form, nag
from bot.slack.views.notices import notice
from bot.slack.views.plan_view import plan_modal
from bot.slack.views.roles import brief_form, offer, roles_form
from bot.slack.views.run_card import run_card
from bot.slack.views.start_form import Filled, start_form
from bot.slack.views.status import status_form, status_message
from bot.slack.views.steer import abort_form, note_form
from bot.timeline.build import build_timeline
from bot.usecases.look import RunView
from bot.usecases.plan_run import Form
from bot.usecases.status_update import Update
from tests.builders import (
    ANA,
    BEN,
    CHLOE,
    DEV,
    IMPACT,
    NOW,
    Story,
    a_failover_plan,
    a_finished_failover,
    a_plan,
    a_service,
    a_step,
    an_actor,
    seal_all,
)

Place = Literal["message", "modal", "home"]
Drawn: TypeAlias = Message | View
PEOPLE: tuple[Person, ...] = (ANA, BEN, CHLOE, DEV)
CATALOG = Catalog(
    tiers={},
    people={person.id: person for person in PEOPLE},
    roles={
        "ic": RoleRule(groups=("@sre-leads",)),
        "ops": RoleRule(groups=("@orders-sre",)),
        "comms": RoleRule(groups=("@orders-sre",)),
    },
    services={"orders-api": a_service(runbooks={"failover": "orders-api.failover"})},
)
_CHANGES = {
    "fence_primary": "desired 24 → 0",
    "scale_api": "desired 4 → 24",
    "scale_workers": "4 → 8 instances",
    "promote_db": "writer us-east-1 → us-west-2",
    "warm_cache": "200 products into the cache",
    "shift_traffic": "us-west-2 Off → On, us-east-1 On → Off",
}


def _plan() -> Plan:
    """The plan of the story, each step with a change of its own."""
    plan = a_failover_plan()
    steps = (
        step.model_copy(update={"look": step.look.model_copy(update={"change": _CHANGES.get(step.id, "")})})
        if step.look
        else step
        for step in plan.steps
    )
    return plan.model_copy(update={"steps": tuple(steps)})


PLAN = _plan()
RECORDS = a_finished_failover(steps=PLAN.steps)


@dataclass(frozen=True)
class Sample:
    """One view."""

    name: str
    shows: str
    """What the picture shows, for those who cannot see it."""
    make: Callable[[], Drawn]
    place: Place = "message"

    def drawn(self, language: Literal["en", "ko"] = "en") -> Drawn:
        """The view in a language."""
        with speaking(language):
            return self.make()


def view_of(records: Sequence[Record], later: float = 0) -> RunView:
    """A run as doors show it, `later` seconds after its last record."""
    return RunView(Run.of(records), build_timeline(records, as_of=records[-1].at + timedelta(seconds=later)))


def until(kind: str, step: str = "", number: int = 1) -> Sequence[Record]:
    """The story up to the `number`th fact of this kind."""
    found = [
        record.seq for record in RECORDS if record.fact.kind == kind and step in ("", getattr(record.fact, "step", ""))
    ]
    return RECORDS[: found[number - 1]]


def _card(records: Sequence[Record], later: float = 0) -> Callable[[], Drawn]:
    return lambda: run_card(view_of(records, later), CATALOG)


def _sixty() -> Sequence[Record]:
    """Half way through a run of sixty steps."""
    plan: Plan = a_plan(
        *(
            a_step(f"table_{number}", title=f"Point table {number} at us-west-2", point_of_no_return=number == 41)
            for number in range(1, 61)
        )
    )
    story = Story(plan).tell(RunCreated(plan=plan), by=ANA)
    for step in plan.steps[:28]:
        story.tell(StepStarted(step=step.id, attempt=1), after=5)
        story.tell(StepSettled(step=step.id, seen="desired 24"), after=9)
    for step in plan.steps[28:31]:
        story.tell(StepStarted(step=step.id, attempt=1), after=1)
    return story.records


def _case() -> Case:
    """An alarm has rung, and everything was looked at."""
    at = IMPACT + timedelta(minutes=2)
    signs = (
        Sign(
            kind="alarm",
            about="orders-api-success-ratio",
            speaks="for",
            seen="ALARM",
            source="CloudWatch us-west-2",
            at=IMPACT,
        ),
        Sign(kind="health", about="us-east-1", speaks="for", seen="1 open event", source="AWS Health", at=at),
        Sign(
            kind="primary",
            about="https://use1.orders.example.com/healthz",
            speaks="for",
            seen=told("no answer within {seconds} s", seconds="5"),
            source=told("probe"),
            at=at,
        ),
        Sign(
            kind="standby",
            about="https://usw2.orders.example.com/healthz",
            speaks="nothing",
            seen="HTTP 200",
            source=told("probe"),
            at=at,
        ),
    )
    prospect = Prospect(
        remaining=timedelta(minutes=21),
        loss=timedelta(seconds=42),
        loss_evidence="AuroraGlobalDBRPOLag",
        breaks=("Promote the database in us-west-2",),
    )
    ringing = "orders-api-success-ratio"
    source = told("alarm {alarm}, {source}", alarm=ringing, source="CloudWatch us-west-2")
    why = told("alarm {alarm} ({region})", alarm=ringing, region="us-west-2")
    looked = CaseLooked(impact_at=IMPACT, impact_source=source, signs=signs, prospect=prospect)
    alarm = Actor(name="alarm", via="alarm")
    opened = CaseOpened(service="orders-api", why=why)
    return Case.of("case-1", [CaseEntry(at=at, actor=alarm, fact=opened), CaseEntry(at=at, actor=BOT, fact=looked)])


def _staffed() -> Sequence[Record]:
    """The story up to the stuck step, and a role that is handed over."""
    offered = RoleOffered(role="ops", to=ANA.id, name=ANA.name)
    taken = RoleClaimed(role="ops", person=DEV.id, name=DEV.name)
    return _told(_STUCK, (taken, DEV), (offered, DEV))


def _led() -> Sequence[Record]:
    """The middle of the failover, with people in charge."""
    commander = RoleClaimed(role="ic", person=BEN.id, name=BEN.name)
    operator = RoleClaimed(role="ops", person=DEV.id, name=DEV.name)
    return _told(until("step_observed", "promote_db"), (commander, BEN), (operator, DEV))


def _told(records: Sequence[Record], *more: tuple[Fact, Person]) -> Sequence[Record]:
    """The same journal, with something told after it."""
    drafts = [Draft(id=str(each.seq), at=each.at, actor=each.actor, fact=each.fact) for each in records]
    for number, (fact, person) in enumerate(more, start=1):
        at = records[-1].at + timedelta(seconds=5 * number)
        drafts.append(Draft(id=f"more-{number}", at=at, actor=an_actor(person), fact=fact))
    return seal_all(drafts, run=records[0].run)


def _form() -> Form:
    inputs = {
        "impact_started_at": Input(type="datetime", required=True, ask="When did customers first feel it?"),
        "mode": Input(type="choice", options=("unplanned", "planned"), default="unplanned", ask="How is it moved?"),
        "desired_tasks": Input(type="integer", default=24, min=6, max=60, ask="How many tasks should the api have?"),
    }
    book = Runbook.model_construct(
        runbook="orders-api.failover", version=4, title="Fail orders-api over to its recovery region", kind="failover",
        when="us-east-1 is impaired for orders-api and will not be back within the RTO.", inputs=inputs,
    )  # fmt: skip
    loaded = LoadedRunbook.model_construct(runbook=book, ref=a_plan().runbook, path="failover.yaml", text="")
    return Form(a_service(), loaded, Impact(IMPACT, "alarm orders-api-success-ratio"))


_ASKED = until("gate_opened", "declare")
_HANDED = until("manual_opened", "psp_allowlist")
_STUCK = until("step_needs_person", "warm_cache")

_UPDATE = Update(
    what="Orders fail since 03:02 UTC; a failover to us-west-2 is under way.",
    text="The standby has its capacity. We expect to be back before 03:32 UTC.",
    next_at=_STUCK[-1].at + timedelta(minutes=20), channels=("#status-internal", "#support"),
)  # fmt: skip
_POSTED = StatusPosted(what=_UPDATE.what, text=_UPDATE.text, next_at=_UPDATE.next_at, channels=_UPDATE.channels)
_GLASS = Glass(
    person=BEN.id, name=BEN.name, step="declare", reason="Nobody else answers; 40 % of all orders fail.",
    at=_ASKED[-1].at, until=_ASKED[-1].at + timedelta(minutes=30), groups=("@sre-leads",), channel="#security",
)  # fmt: skip

SAMPLES: tuple[Sample, ...] = (
    Sample("case", "Is this a disaster? The signs, both costs, the deadline to decide",
           lambda: case_card(_case(), a_service(), CATALOG, IMPACT + timedelta(minutes=2))),
    Sample("run-card", "The run card in the middle of a failover", _card(_led(), 4)),
    Sample("run-card-60-steps", "The run card of a run with sixty steps", lambda: run_card(view_of(_sixty()), CATALOG)),
    Sample("run-card-ended", "The run card of a failover that met its RTO", _card(RECORDS)),
    Sample(
        "approval", "A request for two approvals",
        lambda: approval(view_of(_ASKED, 40), "declare", 1, CATALOG),
    ),
    Sample(
        "approval-point-of-no-return", "An approval by role, one of two given, before the point of no return",
        lambda: approval(view_of(until("vote_cast", "promote_db")), "promote_db", 1, CATALOG),
    ),
    Sample(
        "approval-given", "A request after both approvals",
        lambda: approval(view_of(until("gate_granted", "declare")), "declare", 1, CATALOG),
    ),
    Sample(
        "approval-form", "The form that asks for the typed phrase",
        lambda: approval_form(view_of(_ASKED), "declare", "approve", "{}"), "modal",
    ),
    Sample("manual", "A manual step", lambda: manual(view_of(_HANDED), "psp_allowlist", CATALOG)),
    Sample(
        "manual-form", "The form that asks for the value of a manual step",
        lambda: manual_form(view_of(_HANDED), "psp_allowlist", "{}"), "modal",
    ),
    Sample(
        "manual-reminder", "A reminder of a manual step",
        lambda: nag(view_of(_HANDED).run, "psp_allowlist", 1, CATALOG, _HANDED[-1].at + timedelta(minutes=5)),
    ),
    Sample(
        "failure", "A step that needs a decision",
        lambda: failure(view_of(_STUCK), "warm_cache", _STUCK[-1].seq, CATALOG),
    ),
    Sample("skip-form", "The form that asks why a step is skipped",
           lambda: skip_form(view_of(_STUCK), "warm_cache", "{}"), "modal"),
    Sample("start-form", "The form that starts a failover",
           lambda: start_form(_form(), Filled(), "{}", NOW), "modal"),
    Sample("start-form-mistakes", "The form after a command that does not fit",
           lambda: start_form(_form(), Filled({"mode": "plnned", "desired_task": "90"}), "{}", NOW), "modal"),
    Sample("plan", "The plan as approvers see it", lambda: plan_modal(PLAN, "{}"), "modal"),
    Sample("abort-form", "The form that says what an abort would do",
           lambda: abort_form(view_of(_STUCK).run, False, "{}"), "modal"),
    Sample("note-form", "The form for a note", lambda: note_form(view_of(_HANDED).run, "{}"), "modal"),
    Sample("timeline", "The timeline in a modal", lambda: timeline_modal(view_of(RECORDS).timeline), "modal"),
    Sample("roles-form", "Who holds which role, and the buttons to take or hand one over",
           lambda: roles_form(view_of(_staffed()).run, BEN, CATALOG), "modal"),
    Sample("brief", "The brief of a handover", lambda: brief_form(view_of(_STUCK), "ic", CATALOG, "{}"), "modal"),
    Sample("offer", "A role is offered to somebody",
           lambda: offer(view_of(_staffed()), "ops", len(_staffed()), CATALOG)),
    Sample("status-form", "The form of a status update",
           lambda: status_form(view_of(_STUCK).run, _UPDATE, "{}"), "modal"),
    Sample("status", "A status update as others read it",
           lambda: status_message(view_of(_STUCK).run, _POSTED, DEV.name, _STUCK[-1].at)),
    Sample("overview", "The overview of a channel in which many runs are open",
           lambda: boards([[face(view_of(_ASKED)), face(view_of(_sixty()))]])[0]),
    Sample("glass", "What everybody is told when one person alone has let a step begin",
           lambda: announcement(view_of(_ASKED).run, _GLASS)),
    Sample("home", "App Home with an open run, tasks and services",
           lambda: home([view_of(_ASKED, 40)], BEN, CATALOG), "home"),
    Sample("runs", "The list of runs", lambda: runs_message([view_of(_HANDED), view_of(RECORDS)])),
    Sample("help", "What can be typed", help_message),
    Sample("end", "The line that ends a run",
           lambda: notice(view_of(RECORDS).timeline.entries[-2], view_of(RECORDS))),
)  # fmt: skip
"""In the order in which a reader meets them."""
KOREAN = ("case", "run-card", "run-card-ended", "approval", "approval-form", "manual", "failure", "home", "readiness")
"""Drawn in Korean too."""
