"""RTO and RPO: measured with evidence, or absent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.events import (
    AbortAsked,
    EvidenceSeen,
    Fact,
    GateGranted,
    GateOpened,
    ManualOpened,
    RunCreated,
    RunFinished,
    StepFailed,
    StepSettled,
    StepSkipped,
    StepStarted,
    UndoStarted,
)
from bot.model.plan import Mode, Plan
from bot.model.records import Record
from bot.model.runbook import Clock
from bot.timeline.objectives import rpo, rto
from tests.builders import ANA, IMPACT, NOW, Story, a_finished_failover, a_plan, a_read, a_service, a_step, records_of

CLOCK = Clock(stops="steps.verify", recovery_point="steps.lag.outputs.last_consistent_at")
POINT = NOW - timedelta(seconds=40)
LATER = NOW + timedelta(minutes=10)


def _plan(**more: Any) -> Plan:
    steps = (
        a_read("lag"),
        a_step("go", kind="approve"),
        a_step("promote", point_of_no_return=True, action="aurora.failover_global_cluster"),
        a_read("verify"),
    )
    return a_plan(*steps, **{"clock": CLOCK, **more})


def _measured(**results: Any) -> StepSettled:
    return StepSettled(step="lag", seen="looked", results=results)


def _promoted(allow: bool | None = True, how: Any = "executed") -> tuple[Fact, ...]:
    params = {} if allow is None else {"allow_data_loss": allow}
    start = StepStarted(step="promote", attempt=1, params=params)
    return start, StepSettled(step="promote", seen="writer moved", how=how)


VERIFIED = StepSettled(step="verify", seen="OK for 5 minutes")


def test_the_rto_runs_from_impact_to_the_record_of_the_proof() -> None:
    """The sample failover took 26 m 25 s of its 30 minutes, and says by whose clock."""
    records = a_finished_failover()

    took = rto(records, LATER)

    proof = next(r for r in records if isinstance(r.fact, StepSettled) and r.fact.step == "verify_service")
    assert took.achieved == proof.at - IMPACT
    assert took.met is True
    assert took.deadline == IMPACT + timedelta(minutes=30)
    assert f"record {proof.seq}, verify_service settled" in took.evidence
    assert "StateTransitionedTimestamp (CloudWatch us-west-2)" in took.evidence
    assert "since 2026-03-14 03:24:24 UTC, which is not used" in took.evidence, "the check's own word is not believed"


def test_the_phases_of_the_sample_follow_the_people() -> None:
    """Detection, deciding, approving, executing and verifying, by the facts that part them."""
    phases = {phase.name: phase.span.total_seconds() for phase in rto(a_finished_failover(), LATER).phases}

    assert phases["detect"] == 280
    assert phases["decide"] == pytest.approx(11)
    assert phases["approve"] == pytest.approx(160)
    assert phases["verify"] == pytest.approx(360.5)


def test_an_alarm_that_told_before_the_run_ends_the_detection() -> None:
    """Who knew and had not decided yet was deciding."""
    told = EvidenceSeen(what="alarm", happened_at=IMPACT + timedelta(minutes=1), source="CloudWatch")

    phases = rto(records_of(told, VERIFIED, plan=_plan()), LATER).phases

    assert phases[0].span == timedelta(minutes=1)


def test_work_by_hand_is_execution() -> None:
    """A change that a person made counts as a change."""
    plan = a_plan(a_step("dns", kind="manual"), a_read("verify"), clock=CLOCK)
    facts = (ManualOpened(step="dns", assignee="ops", do=("x",)), StepSettled(step="dns", seen="done", how="answered"))
    started = StepStarted(step="verify", attempt=1)

    phases = {p.name: p.span for p in rto(records_of(*facts, started, VERIFIED, plan=plan), LATER).phases}

    assert phases["verify"] == timedelta(seconds=20)


def test_a_late_proof_misses() -> None:
    """Half an hour and a second is not half an hour."""
    plan = _plan(impact_started_at=NOW - timedelta(minutes=30) + timedelta(seconds=9))

    took = rto(records_of(VERIFIED, plan=plan), LATER)

    assert took.achieved == timedelta(minutes=30, seconds=1)
    assert took.met is False


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ((RunFinished(outcome="aborted"),), "UNKNOWN: verify has not settled"),
        ((StepSkipped(step="verify", why="no time"), RunFinished(outcome="completed")), "UNKNOWN: verify was skipped"),
        ((StepFailed(step="verify", attempt=1, why="no"), RunFinished(outcome="failed")), "UNKNOWN: verify failed"),
        ((), "Not yet: verify has not settled"),
    ],
)
def test_without_proof_there_is_no_rto(facts: tuple[Fact, ...], word: str) -> None:
    """What nobody proved is not a figure, and surely not zero."""
    took = rto(records_of(*facts, plan=_plan()), LATER)

    assert took.achieved is None
    assert took.met is None
    assert took.evidence.startswith(word)
    assert took.deadline == IMPACT + timedelta(minutes=30)


@pytest.mark.parametrize(("end", "word"), [((), "Not yet"), ((RunFinished(outcome="rolled_back"),), "UNKNOWN")])
def test_what_was_rolled_back_is_not_recovered(end: tuple[Fact, ...], word: str) -> None:
    """The service was back, and then the changes that brought it back were taken away again."""
    facts = (*_promoted(), VERIFIED, AbortAsked(rollback=True), UndoStarted(step="promote"), *end)

    took = rto(records_of(*facts, plan=_plan()), LATER)

    assert (took.achieved, took.met, took.ended_at) == (None, None, None)
    assert took.evidence.startswith(f"{word}: changes were taken back after verify had settled")


def test_an_open_run_past_its_deadline_has_missed_already() -> None:
    """Nobody needs to wait for the end to know."""
    records = records_of(plan=_plan())

    assert rto(records, IMPACT + timedelta(minutes=30)).met is None
    assert rto(records, IMPACT + timedelta(minutes=30, seconds=1)).met is False


def test_an_unknown_impact_is_an_unknown_rto() -> None:
    """Without a start there is no span; an alarm's own time can give one."""
    plan = _plan(impact_started_at=None, impact_evidence="")
    alarm = EvidenceSeen(what="5xx alarm", happened_at=IMPACT, source="StateTransitionedTimestamp")

    unknown, known = rto(records_of(VERIFIED, plan=plan), LATER), rto(records_of(alarm, VERIFIED, plan=plan), LATER)

    assert unknown.achieved is None
    assert unknown.evidence.startswith("UNKNOWN: nobody said when")
    assert known.achieved == NOW + timedelta(seconds=20) - IMPACT
    assert "5xx alarm (StateTransitionedTimestamp)" in known.evidence


def test_what_only_came_along_starts_no_clock() -> None:
    """An alarm that ended and a case that was opened are on record; when customers felt it, they do not say."""
    plan = _plan(impact_started_at=None, impact_evidence="")
    over = EvidenceSeen(what="alarm went to OK", happened_at=IMPACT, source="CloudWatch", tells_impact=False)
    alarm = EvidenceSeen(what="5xx alarm", happened_at=IMPACT + timedelta(minutes=1), source="CloudWatch")

    alone = rto(records_of(over, VERIFIED, plan=plan), LATER)
    beside = rto(records_of(over, alarm, VERIFIED, plan=plan), LATER)

    assert (alone.started_at, alone.achieved, alone.deadline) == (None, None, None)
    assert alone.evidence.startswith("UNKNOWN: nobody said when")
    assert beside.started_at == IMPACT + timedelta(minutes=1)


def test_the_clock_of_a_drill_starts_when_it_breaks_something() -> None:
    """With the intent of the step that the clock names, whatever was waited for before; until then it stands."""
    clock = Clock(starts="steps.inject", stops="steps.serves")
    plan = a_plan(
        a_read("quiet"), a_step("inject"), a_read("serves"), kind="drill", clock=clock, impact_started_at=None
    )
    story = Story(plan).tell(RunCreated(plan=plan), by=ANA)
    story.do("quiet", "all is well", took=5)
    before = rto(story.records, story.now)
    story.do("inject", "half of the tasks are dead", took=20, after=600)
    story.do("serves", "200", took=40)

    found = rto(story.records, story.now)

    assert (before.started_at, before.deadline) == (None, None)
    assert found.achieved == timedelta(seconds=60)
    assert "record 4, inject began" in found.evidence


def test_an_impact_after_the_end_is_nonsense_and_said_so() -> None:
    """A negative recovery time is never shown."""
    took = rto(records_of(VERIFIED, plan=_plan(impact_started_at=LATER)), LATER)

    assert took.achieved is None
    assert took.phases == ()
    assert "after the end" in took.evidence


def test_a_runbook_without_a_clock_stops_with_the_run() -> None:
    """The completion stands in, and says so."""
    took = rto(records_of(RunFinished(outcome="completed"), plan=_plan(clock=None)), LATER)

    assert took.achieved == NOW + timedelta(seconds=10) - IMPACT
    assert "names no clock.stops" in took.evidence


def test_a_loss_that_no_step_measures_is_never_promised() -> None:
    """While such a run is open nothing is on its way: it is UNKNOWN from the start."""
    steps = (a_step("scale"),)

    lost = rpo(records_of(plan=a_plan(*steps, clock=None)), LATER)

    assert lost.evidence.startswith("UNKNOWN: the runbook names no clock.recovery_point")


def test_a_rehearsal_has_no_figures() -> None:
    """Simulated writes recover nothing and lose nothing."""
    records = records_of(_measured(lag_seconds=4), *_promoted(), VERIFIED, plan=_plan(mode=Mode.DRY_RUN))

    took, lost = rto(records, LATER), rpo(records, LATER)

    assert (took.achieved, took.met, took.phases) == (None, None, ())
    assert (lost.achieved, lost.met) == (None, None)
    assert took.evidence.startswith("dry run")
    assert lost.evidence.startswith("dry run")


def test_the_measured_lag_is_the_loss() -> None:
    """The lag counts, and the worst case of an unfenced primary stands beside it."""
    facts = (_measured(lag_seconds=42.5, last_consistent_at=POINT.isoformat()), *_promoted())

    lost = rpo(records_of(*facts, plan=_plan()), LATER)

    assert lost.achieved == timedelta(seconds=42.5)
    assert lost.met is True
    assert lost.recovery_point == POINT
    assert "lag.lag_seconds" in lost.evidence
    assert "up to 1m can be missing" in lost.evidence


@pytest.mark.parametrize(
    ("held", "says"),
    [
        (("stop_api", "stop_jobs"), "Writes were stopped by stop_jobs at 2026-03-14 03:07:10 UTC: up to 1m 10s can be"),
        (("stop_api",), "If the old primary went on accepting writes until promote began at"),
        ((), "If the old primary went on accepting writes until promote began at"),
    ],
    ids=["all", "one of two", "none"],
)
def test_a_primary_that_was_fenced_did_not_go_on_accepting_writes(held: tuple[str, ...], says: str) -> None:
    """What can be missing ends where the last fence held; one that did not leaves all open until the promotion."""
    fences = (a_step("stop_api", fences=True), a_step("stop_jobs", fences=True))
    plan = a_plan(*fences, *_plan().steps, clock=CLOCK)
    facts = (
        _measured(lag_seconds=4, last_consistent_at=POINT.isoformat()),
        *(StepSettled(step=each, seen="0") for each in held),
    )

    lost = rpo(records_of(*facts, *_promoted(), plan=plan), LATER)

    assert says in lost.evidence
    assert lost.achieved == timedelta(seconds=4)


def test_without_a_lag_the_recovery_point_bounds_the_loss() -> None:
    """Everything since the recovery point may be gone when the promotion begins."""
    facts = (_measured(last_consistent_at=POINT.isoformat()), *_promoted())

    lost = rpo(records_of(*facts, plan=_plan()), LATER)

    assert lost.achieved == timedelta(seconds=60)
    assert lost.evidence.startswith("At most, from lag.last_consistent_at")


def test_a_restore_counts_until_customers_felt_it() -> None:
    """A runbook without a point of no return lost what was written between the backup and the impact."""
    plan = a_plan(a_read("lag"), a_read("verify"), clock=CLOCK)
    facts = (_measured(last_consistent_at=(IMPACT - timedelta(minutes=7)).isoformat()),)

    lost = rpo(records_of(*facts, plan=plan), LATER)

    assert lost.achieved == timedelta(minutes=7)
    assert lost.met is False


def test_a_switchover_loses_nothing() -> None:
    """Zero is said only when AWS was told to lose nothing, and it settled."""
    plan = _plan(clock=Clock(stops="steps.verify"))

    lost = rpo(records_of(*_promoted(allow=False), plan=plan), LATER)

    assert lost.achieved == timedelta(0)
    assert lost.met is True
    assert "allow_data_loss: false" in lost.evidence


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        (_promoted(), "UNKNOWN: lag measured nothing"),
        ((StepFailed(step="lag", attempt=1, why="AccessDenied."), *_promoted()), "measured nothing: AccessDenied."),
        ((_measured(), *_promoted()), "without a usable last_consistent_at or lag_seconds"),
        ((_measured(lag_seconds=None, last_consistent_at=None), *_promoted()), "without a usable"),
        ((_measured(lag_seconds=True), *_promoted()), "without a usable"),
        ((_measured(lag_seconds=-1), *_promoted()), "without a usable"),
        ((_measured(last_consistent_at="yesterday"), *_promoted()), "without a usable"),
        ((_measured(last_consistent_at="2026-03-14T03:00:00"), *_promoted()), "without a usable"),
        ((_measured(last_consistent_at=LATER.isoformat()), *_promoted()), "lies after the moment promote began"),
        ((*_promoted(), _measured(lag_seconds=0)), "UNKNOWN: lag measured nothing"),
        ((_measured(lag_seconds=1), _promoted()[0], RunFinished(outcome="failed")), "UNKNOWN: promote began"),
        ((_measured(lag_seconds=1), _promoted()[0]), "Not yet: promote began"),
        ((_measured(lag_seconds=1), _promoted(how="already")[1]), "UNKNOWN: promote was already done"),
        ((_measured(lag_seconds=1), RunFinished(outcome="aborted")), "No data was given up"),
        (_promoted(allow=None), "UNKNOWN: lag measured nothing"),
    ],
)
def test_the_unknown_loss_is_never_zero(facts: tuple[Fact, ...], text: str) -> None:
    """Whatever is missing, wrong or not there yet: no figure, and the reason."""
    lost = rpo(records_of(*facts, plan=_plan()), LATER)

    assert lost.achieved is None
    assert lost.met is None
    assert text in lost.evidence


@pytest.mark.parametrize("named", [None, "steps.lag", "nonsense"])
def test_an_unnamed_recovery_point_is_unknown(named: str | None) -> None:
    """A runbook that does not say where to look gets no figure."""
    plan = _plan(clock=Clock(stops="steps.verify", recovery_point=named))

    lost = rpo(records_of(_measured(lag_seconds=1), *_promoted(), plan=plan), LATER)

    assert lost.achieved is None
    assert lost.evidence.startswith("UNKNOWN:")


def _story(facts: list[tuple[float, Fact]], impact: datetime) -> tuple[Record, ...]:
    plan = _plan(impact_started_at=impact, service=a_service(rto=timedelta(minutes=5)))
    story = Story(plan).tell(RunCreated(plan=plan))
    for after, fact in facts:
        story.tell(fact, after=after)
    return story.tell(VERIFIED, after=1).records


_FACTS: st.SearchStrategy[Fact] = st.sampled_from([
    GateOpened(step="go", text="go?", expires_at=LATER),
    GateGranted(step="go", by=("ben",)),
    StepStarted(step="promote", attempt=1),
    StepSettled(step="promote", seen="done"),
    StepStarted(step="verify", attempt=1),
    EvidenceSeen(what="alarm", happened_at=IMPACT + timedelta(minutes=1), source="CloudWatch"),
    EvidenceSeen(what="alarm", happened_at=datetime(2020, 1, 1, tzinfo=UTC), source="CloudWatch"),
])  # fmt: skip


@given(
    facts=st.lists(st.tuples(st.floats(-600, 3600), _FACTS), max_size=12),
    early=st.timedeltas(timedelta(minutes=-20), timedelta(hours=9)),
)
def test_phases_always_sum_to_the_time_achieved(facts: list[tuple[float, Fact]], early: timedelta) -> None:
    """Whatever the order of facts, and even when a clock jumps back: no gap, no overlap, nothing negative."""
    took = rto(_story(facts, NOW - early), LATER)

    assert all(phase.span >= timedelta(0) for phase in took.phases)
    if took.achieved is not None:
        assert sum((phase.span for phase in took.phases), timedelta(0)) == took.achieved
        assert [phase.name for phase in took.phases] == ["detect", "decide", "approve", "execute", "verify"]


def _proof(fenced: bool) -> StepSettled:
    verdict = "FENCED" if fenced else "UNFENCED"
    return StepSettled(step="proof", seen=verdict, results={"fenced": fenced, "verdict": verdict})


@pytest.mark.parametrize(
    ("lag", "fence", "met"),
    [
        (1, (StepSettled(step="fence", seen="0 of 0"),), True),
        (1, (StepFailed(step="fence", attempt=1, why="no answer"),), None),
        (1, (StepSkipped(step="fence", why="no answer"),), None),
        (1, (_proof(False),), None),
        (1, (StepFailed(step="fence", attempt=1, why="no answer"), _proof(True)), True),
        (9000, (StepFailed(step="fence", attempt=1, why="no answer"),), False),
    ],
    ids=["fenced", "failed", "skipped", "seen open", "seen closed after all", "missed anyway"],
)
def test_a_loss_is_not_called_met_while_the_old_side_may_still_write(
    lag: float, fence: tuple[Fact, ...], met: bool | None
) -> None:
    """What was measured stays; what is written on the left side meanwhile is in no measurement."""
    steps = (a_step("fence", fences=True, region="us-east-1"), a_read("proof", "aws.prove_fenced"))
    plan = a_plan(*steps, *_plan().steps, clock=CLOCK)

    lost = rpo(records_of(_measured(lag_seconds=lag), *fence, *_promoted(), plan=plan), LATER)

    assert (lost.achieved, lost.met) == (timedelta(seconds=lag), met)
    assert ("UNFENCED" in lost.evidence) is (met is None)
