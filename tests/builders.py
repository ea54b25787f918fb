"""Values for tests: people, services, plans and journals, each with sensible defaults and any field overridable.

Promises: everything is deterministic; the clock is wound by hand; journals are sealed like the real ones.
Refuses to know what is tested with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import JsonValue

from bot.model.action import Finding, Idempotency, Look, Risk
from bot.model.events import (
    Exported,
    Fact,
    GateExpired,
    GateGranted,
    GateOpened,
    ManualAnswered,
    ManualOpened,
    NoteAdded,
    PersonChose,
    RunCreated,
    RunFinished,
    RunTaken,
    StepExecuted,
    StepFailed,
    StepNeedsPerson,
    StepObserved,
    StepSettled,
    StepSkipped,
    StepStarted,
    VoteCast,
)
from bot.model.people import BOT, Actor, Person
from bot.model.plan import DataLoss, Forecast, GatePlan, Mode, Plan, PlannedStep
from bot.model.records import Draft, Record, seal
from bot.model.runbook import Clock, Manual, RunbookRef
from bot.model.service import Health, Service, Strategy

IMPACT = datetime(2026, 3, 14, 3, 2, 0, tzinfo=UTC)
"""When customers first felt it, in every story told here."""
NOW = IMPACT + timedelta(minutes=4, seconds=40)
"""When plans are made."""


def a_person(id: str = "ana", name: str = "Ana Ruiz", **more: Any) -> Person:
    """A responder; in the ops group unless told otherwise."""
    return Person(**{"id": id, "name": name, "slack": f"U{id.upper()}", "groups": ("@orders-sre",), **more})


ANA = a_person()
BEN = a_person("ben", "Ben Okafor", groups=("@sre-leads",))
CHLOE = a_person("chloe", "Chloé Martin", groups=("@eng-directors",))
DEV = a_person("dev", "Dev Patel", groups=("@orders-sre",))


def an_actor(person: Person = ANA, via: str = "slack") -> Actor:
    """The person, acting through a door."""
    return Actor(person=person.id, name=person.name, via=via)


def a_service(name: str = "orders-api", **more: Any) -> Service:
    """A warm-standby service with half an hour to be back and five minutes of data to lose."""
    values: dict[str, Any] = {
        "name": name,
        "title": "Orders API",
        "tier": "gold",
        "strategy": Strategy.WARM,
        "rto": timedelta(minutes=30),
        "rpo": timedelta(minutes=5),
        "primary_region": "us-east-1",
        "recovery_region": "us-west-2",
        "owners": ("@orders-sre",),
        "channel": "C0ORDERS",
        "health": Health(recovery_url="https://usw2.orders.example.com/healthz", alarm="orders-api-success-ratio"),
    }
    return Service(**{**values, **more})


def a_gate(count: int = 1, **more: Any) -> GatePlan:
    """A gate of the board that asks for `count` approvals."""
    values: dict[str, Any] = {"kind": "approve", "groups": ("@sre-leads", "@eng-directors"), "count": count}
    return GatePlan(**{**values, "expires": timedelta(minutes=10), **more})


def a_step(id: str = "scale_api", **more: Any) -> PlannedStep:
    """One planned step: a reversible write in the recovery region, unless told otherwise."""
    values: dict[str, Any] = {
        "id": id,
        "title": id.replace("_", " ").capitalize(),
        "kind": "uses",
        "timeout": timedelta(minutes=10),
        "expected": timedelta(seconds=30),
    }
    if more.get("kind", "uses") == "uses":
        values |= {"action": "ecs.set_desired_count", "region": "us-west-2", "risk": Risk.REVERSIBLE}
        values |= {"look": Look(state="ready", change="desired 4 → 24", targets=(f"ecs:{id}",))}
    return PlannedStep(**{**values, **more})


def a_read(id: str, action: str = "aws.preflight", **more: Any) -> PlannedStep:
    """A step that only looks."""
    return a_step(id, action=action, risk=Risk.READ, **more)


def a_plan(*steps: PlannedStep, **more: Any) -> Plan:
    """A live failover plan of these steps (one harmless write when none are given)."""
    values: dict[str, Any] = {
        "run": "01JPFAILOVER",
        "mode": Mode.LIVE,
        "kind": "failover",
        "service": a_service(),
        "runbook": RunbookRef(name="orders-api.failover", version="4", digest="5f2c" * 16, commit="9d1e7aa"),
        "title": "Fail orders-api over to its recovery region",
        "requester": ANA,
        "reason": "us-east-1: elevated 5xx on every AZ",
        "inputs": {"mode": "unplanned", "desired_tasks": 24},
        "impact_started_at": IMPACT,
        "impact_evidence": "alarm orders-api-success-ratio, StateTransitionedTimestamp (CloudWatch us-west-2)",
        "created_at": NOW,
        "expires_at": NOW + timedelta(hours=1),
        "steps": steps or (a_step(),),
        "data_loss": DataLoss(span=timedelta(seconds=42), evidence="AuroraGlobalDBRPOLag", within_target=True),
        "forecast": Forecast(
            elapsed=timedelta(minutes=4),
            remaining=timedelta(minutes=21),
            target=timedelta(minutes=30),
            within_target=True,
            critical_path=(),
        ),
    }
    return Plan(**{**values, **more})


@dataclass
class Story:
    """A journal being told: wind the clock, tell a fact, read the sealed records."""

    plan: Plan
    now: datetime = NOW
    drafts: list[Draft] = field(default_factory=list)

    def tell(self, *facts: Fact, after: float = 0, by: Person | None = None, via: str = "slack") -> Story:
        """Tell facts that happen together, `after` seconds from the last ones; without `by` the bot says them."""
        self.now += timedelta(seconds=after)
        actor = BOT if by is None else an_actor(by, via)
        for fact in facts:
            self.drafts.append(Draft(id=f"{self.plan.run}-{len(self.drafts) + 1}", at=self.now, actor=actor, fact=fact))
        return self

    def do(self, step: str, seen: str, *, took: float, after: float = 0, **results: JsonValue) -> Story:
        """A step that starts, is accepted where it writes, and settles."""
        self.tell(StepStarted(step=step, attempt=1, token=f"token-{step}"), after=after)
        if self.plan.step(step).changes:
            self.tell(StepExecuted(step=step, attempt=1), after=took / 4)
            took -= took / 4
        return self.tell(StepSettled(step=step, seen=seen, results=results), after=took)

    @property
    def records(self) -> tuple[Record, ...]:
        return seal_all(self.drafts, run=self.plan.run)


def seal_all(drafts: Sequence[Draft], run: str) -> tuple[Record, ...]:
    """A whole journal in one go."""
    return tuple(record for record, _ in seal(drafts, run=run, epoch=1, after=0, prev=""))


def records_of(
    *facts: Fact, plan: Plan | None = None, every: float = 10, by: Person | None = None
) -> tuple[Record, ...]:
    """A journal of the plan's creation and these facts, `every` seconds apart."""
    story = Story(plan or a_plan()).tell(RunCreated(plan=plan or a_plan()), by=ANA)
    for fact in facts:
        story.tell(fact, after=every, by=by)
    return story.records


def change(records: Iterable[Record], seq: int, **to: Any) -> tuple[Record, ...]:
    """The journal with one record edited behind our back."""
    return tuple(record.model_copy(update=to) if record.seq == seq else record for record in records)


def a_failover_plan(**more: Any) -> Plan:
    """The plan of `a_finished_failover`: fourteen steps, three gates, one manual step, one wait."""
    manual = Manual(
        assignee="ops", do=("Open the PSP console, Network, Allowlist", "Add 198.51.100.10/32 and 198.51.100.11/32")
    )
    steps = (
        a_read("preflight", title="Is the standby really ready?"),
        a_read("measure_lag", "aurora.measure_global_lag", title="How much data would be lost now?"),
        a_step(
            "declare", title="GO / NO-GO", kind="approve", needs=("preflight", "measure_lag"),
            gate=a_gate(2, typed="orders-api us-west-2"),
        ),
        a_step(
            "fence_primary", title="Stop writes in the old primary", needs=("declare",), region="us-east-1",
            on_failure="continue", needs_dying_region=True, risk=Risk.DISRUPTIVE, control_plane="us-east-1",
            fences=True,
        ),
        a_step("scale_api", title="Scale the api to full size", needs=("declare",)),
        a_step(
            "scale_workers", title="Scale the workers", needs=("declare",), action="autoscaling.resize_group",
        ),
        a_step(
            "promote_db", title="Promote the database in us-west-2", needs=("fence_primary",),
            action="aurora.failover_global_cluster", point_of_no_return=True, risk=Risk.DATA_LOSS,
            params={"allow_data_loss": True}, idempotency=Idempotency.READ_BACK, marks=("writes-moved",),
            gate=a_gate(2, kind="confirm", groups=(), roles=(("ops", ("@orders-sre",)), ("ic", ("@sre-leads",)))),
            irreversible="The old primary's last writes are gone; run orders-api.failback to return.",
        ),
        a_step(
            "wait_capacity", title="Wait for a healthy fleet", kind="wait", needs=("scale_api", "scale_workers"),
            every=timedelta(seconds=15),
        ),
        a_read("smoke_test", "http.probe", title="Smoke-test the standby before users see it",
               needs=("promote_db", "wait_capacity")),
        a_step("psp_allowlist", title="Payment provider allows the recovery egress IPs", kind="manual",
               needs=("declare",), manual=manual),
        a_step("warm_cache", title="Warm the product cache", needs=("wait_capacity",), action="http.call"),
        a_step(
            "shift_traffic", title="Move users to us-west-2", needs=("smoke_test", "psp_allowlist"),
            action="arc.set_routing_controls", risk=Risk.DISRUPTIVE, gate=a_gate(1), marks=("traffic-moved",),
        ),
        a_read("verify_service", "cloudwatch.wait_alarm_ok", title="Users are served from us-west-2",
               needs=("shift_traffic",)),
        a_step("announce", title="Tell support that we are back", kind="manual", needs=("verify_service",),
               manual=Manual(assignee="comms", do=("Post in #support that orders-api is back",))),
    )  # fmt: skip
    clock = Clock(stops="steps.verify_service", recovery_point="steps.measure_lag.outputs.last_consistent_at")
    findings = (Finding(text="The last drill of orders-api is 34 days old."),)
    return a_plan(*steps, **{"clock": clock, "findings": findings, **more})


def a_finished_failover(*, fenced: bool = False, **more: Any) -> tuple[Record, ...]:
    """A realistic failover from the first look to the export: it met its RTO, and left the old primary unfenced unless
    it is said otherwise."""
    plan = a_failover_plan(**more)
    story = Story(plan).tell(RunCreated(plan=plan), by=ANA).tell(RunTaken(owner="bot-7c9d"), after=0.4)
    _decide(story)
    _move(story, fenced)
    _prove(story)
    return story.records


def _decide(story: Story) -> None:
    plan = story.plan
    consistent = (story.now - timedelta(seconds=41)).isoformat()
    story.do("preflight", "7 of 7 checks passed", took=6, after=0.6)
    story.do("measure_lag", "lag 42 s", took=3, lag_seconds=42.0, last_consistent_at=consistent)
    expires = story.now + timedelta(minutes=10)
    text = "Fail orders-api over to us-west-2? Up to 42 s of orders can be lost."
    story.tell(GateOpened(step="declare", text=text, typed="orders-api us-west-2", expires_at=expires), after=1)
    story.tell(_vote(plan, "declare", BEN, comment="Go. The region's own status page is red."), after=95, by=BEN)
    story.tell(NoteAdded(text="AWS support case 1780-223 opened | sev 1"), after=21, by=DEV)
    story.tell(_vote(plan, "declare", CHLOE), after=44, by=CHLOE)
    story.tell(GateGranted(step="declare", by=("ben", "chloe")))
    story.tell(StepSettled(step="declare", seen="2 of 2 approved", how="granted"), after=0.2)


def _move(story: Story, fenced: bool) -> None:
    plan = story.plan
    do = plan.step("psp_allowlist").manual
    story.tell(StepStarted(step="fence_primary", attempt=1, token="t-fence"), after=0.5)
    story.tell(StepStarted(step="scale_api", attempt=1, token="t-api"))
    story.tell(StepStarted(step="scale_workers", attempt=1, token="t-workers"))
    story.tell(ManualOpened(step="psp_allowlist", assignee="ops", do=do.do if do else ()))
    story.tell(StepExecuted(step="scale_api", attempt=1), after=1)
    retry_at = story.now + timedelta(seconds=5)
    why = "ResourceContention: a scaling activity is in progress; it did nothing."
    story.tell(StepFailed(step="scale_workers", attempt=1, why=why, retry_at=retry_at), after=0.4)
    story.tell(StepStarted(step="scale_workers", attempt=2, token="t-workers"), after=5)
    story.tell(StepExecuted(step="scale_workers", attempt=2), after=1)
    story.tell(StepSettled(step="scale_api", seen="desired 24"), after=9)
    story.tell(StepSettled(step="scale_workers", seen="desired 8"), after=3)
    _observe(story, "wait_capacity", "4 of 24 targets healthy", after=1)
    why = "ecs.us-east-1 does not answer: ConnectTimeoutError after 3 attempts."
    failed = StepFailed(step="fence_primary", attempt=1, why=why)
    story.tell(StepSettled(step="fence_primary", seen="0 of 0") if fenced else failed, after=68)
    expires = story.now + timedelta(minutes=15)
    text = "UNFENCED: the old primary may still accept writes. Up to 42 s of orders can be lost. Promote?"
    story.tell(GateOpened(step="promote_db", text=text, expires_at=expires), after=0.5)
    story.tell(_vote(plan, "promote_db", DEV, role="ops"), after=22, by=DEV)
    _observe(story, "wait_capacity", "11 of 24 targets healthy", after=14)
    story.tell(_vote(plan, "promote_db", BEN, role="ic", comment="Confirmed."), after=9, by=BEN)
    story.tell(GateGranted(step="promote_db", by=("dev", "ben")))
    story.tell(StepStarted(step="promote_db", attempt=1, token="t-db", params={"allow_data_loss": True}), after=0.3)
    story.tell(StepExecuted(step="promote_db", attempt=1), after=2.1)
    _observe(story, "promote_db", "failing-over", after=15)
    story.tell(ManualAnswered(step="psp_allowlist", value="PSP-4471"), after=33, by=DEV)
    story.tell(StepSettled(step="psp_allowlist", seen="PSP-4471", how="answered"), after=0.1, by=DEV)
    _observe(story, "wait_capacity", "18 of 24 targets healthy", after=61)
    _observe(story, "wait_capacity", "18 of 24 targets healthy", after=15)
    story.tell(StepSettled(step="wait_capacity", seen="21 of 24 targets healthy", how="observed"), after=48)
    story.tell(StepStarted(step="warm_cache", attempt=1, token="t-cache"), after=0.2)
    story.tell(StepSettled(step="promote_db", seen="available, writer in us-west-2"), after=104)


def _prove(story: Story) -> None:
    plan = story.plan
    why = "cache.internal answered 503 three times."
    story.tell(StepNeedsPerson(step="warm_cache", why=why, choices=("retry", "skip", "abort")), after=3)
    story.tell(PersonChose(step="warm_cache", choice="skip", reason="Slow is fine, down is not."), after=19, by=BEN)
    story.tell(StepSkipped(step="warm_cache", why="Ben Okafor: Slow is fine, down is not."), after=0.1)
    story.do("smoke_test", "5 times HTTP 200 in a row", took=11, after=1)
    expires = story.now + timedelta(minutes=5)
    story.tell(GateOpened(step="shift_traffic", text="Move users to us-west-2 now?", expires_at=expires), after=0.3)
    story.tell(GateExpired(step="shift_traffic", round=1, then="escalate"), after=300)
    expires = story.now + timedelta(minutes=5)
    story.tell(GateOpened(step="shift_traffic", round=2, text="Move users to us-west-2 now?", expires_at=expires))
    story.tell(_vote(plan, "shift_traffic", BEN, role="ic", round=2), after=17, by=BEN)
    story.tell(GateGranted(step="shift_traffic", by=("ben",)))
    story.do("shift_traffic", "us-west-2 On, us-east-1 Off", took=8, after=0.4)
    story.tell(StepStarted(step="verify_service", attempt=1), after=0.5)
    _observe(story, "verify_service", "ALARM", after=60)
    _observe(story, "verify_service", "OK for 1 of 5 minutes", after=60)
    since = story.now.isoformat()
    seen = "OK for 5 minutes"
    story.tell(StepSettled(step="verify_service", seen=seen, results={"since": since}, how="observed"), after=240)
    story.tell(ManualOpened(step="announce", assignee="comms", do=("Post in #support that orders-api is back",)))
    story.tell(ManualAnswered(step="announce"), after=51, by=DEV)
    story.tell(StepSettled(step="announce", seen="done", how="answered"), by=DEV)
    story.tell(RunFinished(outcome="completed"), after=0.2)
    story.tell(Exported(formats=("html", "md")), after=65, by=ANA)


def _vote(plan: Plan, step: str, who: Person, role: str = "", comment: str = "", round: int = 1) -> VoteCast:
    return VoteCast(
        step=step, round=round, person=who.id, decision="approve", role=role, comment=comment, plan_hash=plan.hash
    )


def _observe(story: Story, step: str, seen: str, *, after: float) -> None:
    look_at = story.now + timedelta(seconds=after + 15)
    story.tell(StepObserved(step=step, seen=seen, look_at=look_at), after=after)
