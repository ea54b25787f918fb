"""The story of a run, told from its journal."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import pytest

from bot.model.case import Prospect
from bot.model.errors import BrokenInvariant
from bot.model.events import (
    AbortAsked,
    EvidenceSeen,
    Fact,
    Known,
    NoteAdded,
    PersonChose,
    RunCreated,
    RunFinished,
    RunTaken,
    StepExecuted,
    StepFailed,
    StepObserved,
    StepOutcomeUnknown,
    StepSettled,
    StepSkipped,
    StepStarted,
    UndoFailed,
    UndoStarted,
    Unknown,
)
from bot.model.plan import Mode
from bot.model.timeline import Timeline
from bot.timeline.build import build_timeline
from bot.timeline.wording import Cast, tell
from tests.builders import (
    ANA,
    BEN,
    NOW,
    Story,
    a_failover_plan,
    a_finished_failover,
    a_plan,
    a_step,
    change,
    records_of,
)
from tests.measuring import measured

LATER = NOW + timedelta(hours=1)


def _told(*facts: Fact, **plan: object) -> Timeline:
    return build_timeline(records_of(*facts, plan=a_plan(**plan)), as_of=LATER)


def test_a_failover_is_told_in_full() -> None:
    """Every fact of a real run but the routine ones becomes one line, in order, by name."""
    records = a_finished_failover()

    told = build_timeline(records, as_of=LATER)

    assert told.status == "completed"
    assert [entry.seq for entry in told.entries] == sorted(entry.seq for entry in told.entries)
    left_out = {record.seq for record in records} - {entry.seq for entry in told.entries}
    kinds = {records[seq - 1].fact.kind for seq in left_out}
    assert kinds == {"run_taken", "step_observed", "step_settled"}, "a first taking, 18 of 24 seen again, told already"
    hows = {fact.how for seq in left_out if isinstance(fact := records[seq - 1].fact, StepSettled)}
    assert hows == {"granted", "answered"}
    assert sum("Payment provider" in entry.text and "PSP-4471" in entry.text for entry in told.entries) == 1
    assert told.entries[0].text == (
        "The failover of orders-api from us-east-1 to us-west-2 was requested: us-east-1: elevated 5xx on every AZ."
    )
    assert "“GO / NO-GO” was approved by Ben Okafor and Chloé Martin." in [entry.text for entry in told.entries]
    assert told.head == records[-1].hash
    assert told.broken_at is None


def test_the_same_records_tell_the_same_story() -> None:
    """Building is pure."""
    records = a_finished_failover()

    assert build_timeline(records, as_of=LATER) == build_timeline(records, as_of=LATER)


def test_spans_know_when_a_step_could_begin_began_and_ended() -> None:
    """A retried step keeps its first beginning, a gated one opens when its needs are met."""
    told = build_timeline(a_finished_failover(), as_of=LATER)

    spans = {span.step: span for span in told.spans}
    workers, promote, fence = spans["scale_workers"], spans["promote_db"], spans["fence_primary"]
    assert workers.started_at == fence.started_at
    assert workers.attempts == 2
    assert promote.opened_at == fence.ended_at
    assert promote.started_at is not None
    assert promote.opened_at is not None
    assert promote.started_at - promote.opened_at == timedelta(seconds=45.8)
    assert promote.point_of_no_return
    assert {name: spans[name].state for name in ("fence_primary", "warm_cache", "announce")} == {
        "fence_primary": "failed",
        "warm_cache": "skipped",
        "announce": "done",
    }


def test_what_people_did_is_listed_by_person() -> None:
    """Each person once, each deed once, the bot never."""
    told = build_timeline(a_finished_failover(), as_of=LATER)

    assert [part.person.name for part in told.people] == ["Ana Ruiz", "Ben Okafor", "Dev Patel", "Chloé Martin"]
    assert "approved “Promote the database in us-west-2” as incident commander" in told.people[1].did
    assert told.people[0].person == ANA


def test_what_a_person_said_is_not_sold_as_measured() -> None:
    """Notes and answers by hand are marked as asserted."""
    told = build_timeline(a_finished_failover(), as_of=LATER)

    asserted = {entry.kind for entry in told.entries if not entry.sensed}
    assert asserted == {"note_added", "manual_answered"}
    assert all(entry.sensed for entry in told.entries if entry.kind == "step_failed")


@pytest.mark.parametrize(
    ("takeover", "lines"), [(False, 1), (True, 2)], ids=["a first taking is routine", "a takeover is news"]
)
def test_takings(takeover: bool, lines: int) -> None:
    """Only a takeover is worth a line."""
    told = _told(RunTaken(owner="bot-2", takeover=takeover))

    assert len(told.entries) == lines


def test_a_look_that_saw_nothing_new_is_not_news() -> None:
    """Three looks, two of them alike in a row, make two lines; a new attempt starts afresh."""
    looks = [StepObserved(step="scale_api", seen=seen, look_at=LATER) for seen in ("4 of 8", "4 of 8", "5 of 8")]
    again = StepStarted(step="scale_api", attempt=2)

    told = _told(StepStarted(step="scale_api", attempt=1), *looks, again, looks[2])

    assert [entry.kind for entry in told.entries].count("step_observed") == 3


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        (
            (StepFailed(step="fence", attempt=1, why="no answer"),),
            "UNFENCED: “Fence” did not succeed, so us-east-1 may still accept writes; stop them by hand: no answer.",
        ),
        ((StepSkipped(step="fence", why="no time"),), "UNFENCED: “Fence” did not succeed"),
        (
            (
                StepFailed(step="fence", attempt=1, why="no answer"),
                StepSettled(step="proof", seen="FENCED: none", results={"fenced": True}),
            ),
            "“Fence” failed and the run went on: no answer.",
        ),
        (
            (StepSettled(step="proof", seen="UNFENCED: api runs", results={"fenced": False}),),
            "“Proof”: UNFENCED: api runs; stop those writes by hand.",
        ),
        ((StepFailed(step="scale", attempt=1, why="quota"),), "“Scale” failed and the run went on: quota."),
        ((PersonChose(step="scale", choice="skip"), StepSkipped(step="scale", why="later")), "“Scale” was skipped"),
        (
            (StepOutcomeUnknown(step="scale", attempt=1, why="timeout", look_at=LATER),),
            "“Scale” has an UNKNOWN outcome; look in AWS: timeout.",
        ),
        (
            (
                StepStarted(step="scale", attempt=1),
                StepExecuted(step="scale", attempt=1),
                StepFailed(step="scale", attempt=1, why="not there after 10m"),
            ),
            "“Scale” has an UNKNOWN outcome; look in AWS: not there after 10m.",
        ),
        (
            (StepSettled(step="scale", seen="24"), UndoStarted(step="scale"), UndoFailed(step="scale", why="denied")),
            "“Scale” could not be undone; put it back by hand: denied.",
        ),
        (
            (
                StepStarted(step="scale", attempt=1),
                StepExecuted(step="scale", attempt=1),
                RunFinished(outcome="aborted"),
            ),
            "“Scale” was under way when the run ended",
        ),
    ],
)
def test_what_is_left_to_do_is_named(facts: tuple[Fact, ...], text: str) -> None:
    """Whatever the run leaves behind for people is listed, in words that say what to do."""
    plan = a_plan(a_step("scale"), a_step("fence", region="us-east-1", fences=True), a_step("proof"))

    told = build_timeline(records_of(*facts, plan=plan), as_of=LATER)

    assert len(told.left_over) == 1
    assert told.left_over[0].text.startswith(text)


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("alarm orders-errors went to OK", "Alarm orders-errors went to OK, at 03:09:00 UTC according to CloudWatch."),
        ("orders-errors: OK", "orders-errors: OK, at 03:09:00 UTC according to CloudWatch."),
        ("http://a/health: 503", "http://a/health: 503, at 03:09:00 UTC according to CloudWatch."),
    ],
)
def test_a_name_that_begins_a_sentence_stays_as_it_is(what: str, told: str) -> None:
    """Nobody can look for an alarm under a name that it does not have."""
    at = LATER.replace(hour=3, minute=9, second=0, microsecond=0)

    entry = _told(EvidenceSeen(what=what, happened_at=at, source="CloudWatch")).entries[-1]

    assert entry.text == told


@pytest.mark.parametrize(("tells", "tone"), [(True, "warn"), (False, "plain")])
def test_only_what_customers_felt_did_not_go_as_planned(tells: bool, tone: str) -> None:
    """An alarm that went back to OK is no trouble."""
    seen = EvidenceSeen(what="alarm a went", happened_at=LATER, source="CloudWatch", tells_impact=tells)

    entry = _told(seen).entries[-1]

    assert entry.tone == tone


@pytest.mark.parametrize(("why", "tone"), [("", "good"), ("it went on without “Stop writes”", "warn")])
def test_a_run_that_went_on_without_a_step_is_complete_with_a_warning(why: str, tone: str) -> None:
    """A check mark alone would hide an unfenced primary."""
    entry = _told(RunFinished(outcome="completed", why=why)).entries[-1]

    assert (entry.tone, "The run is complete" in entry.text) == (tone, True)


def test_the_unfenced_primary_comes_first() -> None:
    """Two primaries taking writes is the worst thing left behind."""
    plan = a_plan(a_step("scale"), a_step("stop_writers", fences=True))
    facts = [StepFailed(step=step, attempt=1, why="no") for step in ("scale", "stop_writers")]

    told = build_timeline(records_of(*facts, plan=plan), as_of=LATER)

    assert [left.step for left in told.left_over] == ["stop_writers", "scale"]


def test_nothing_is_left_of_what_was_never_meant_to_be_done() -> None:
    """A step that its own condition leaves out, and a rehearsal's, are no work for anybody."""
    skipped = StepSkipped(step="scale_api", why="the condition is false")

    by_condition = _told(skipped, steps=(a_step(if_="${{ inputs.mode == 'planned' }}"),))
    rehearsed = _told(StepFailed(step="scale_api", attempt=1, why="no"), mode=Mode.DRY_RUN)

    assert by_condition.left_over == ()
    assert rehearsed.left_over == ()


def test_every_edit_of_the_journal_shows() -> None:
    """An edited, dropped, swapped or doubled record is found, by its number, wherever it stands."""
    records = a_finished_failover()
    note = NoteAdded(text="nothing happened")

    for seq in range(2, len(records) + 1):
        edited = change(records, seq, fact=note)
        assert build_timeline(edited, as_of=LATER).broken_at == seq
        later = change(records, seq, at=records[seq - 1].at + timedelta(microseconds=1))
        assert build_timeline(later, as_of=LATER).broken_at == seq
        if seq < len(records):
            dropped = records[: seq - 1] + records[seq:]
            assert build_timeline(dropped, as_of=LATER).broken_at == seq
            swapped = (*records[: seq - 1], records[seq], records[seq - 1], *records[seq + 1 :])
            assert build_timeline(swapped, as_of=LATER).broken_at == seq


def test_a_journal_without_its_beginning_is_refused() -> None:
    """There is no story without the plan it is about."""
    records = a_finished_failover()

    with pytest.raises(BrokenInvariant, match="run_created"):
        build_timeline(records[1:], as_of=LATER)


def test_ten_thousand_events_are_told_and_verified_within_a_second() -> None:
    """A run of days can still be exported while people wait."""
    plan = a_failover_plan()
    story = Story(plan).tell(RunCreated(plan=plan), by=ANA).tell(StepStarted(step="wait_capacity", attempt=1))
    for number in range(9_998):
        story.tell(StepObserved(step="wait_capacity", seen=f"{number} healthy", look_at=LATER), after=1)
    records = story.records

    told, took = measured(lambda: build_timeline(records, as_of=story.now))

    assert len(told.entries) == 10_000
    assert told.broken_at is None
    assert took < 1.0


def test_the_unknown_is_told_as_unknown() -> None:
    """What a newer bot wrote is carried along and said so."""
    told = _told(Unknown(kind="moon_rose"))

    assert told.entries[-1].text == "Something happened that a newer bot calls moon_rose; this one does not know it."


def test_invisible_characters_in_a_note_are_shown() -> None:
    """Nobody can turn a sentence around with a character that prints as nothing."""
    told = _told(NoteAdded(text="all \u202ekcab si \x1b[31mline\nnext\u200b"))

    assert told.entries[-1].text == "Note: all ⟨U+202E⟩kcab si ⟨U+001B⟩[31mline ↵ next⟨U+200B⟩"


def _sample(kind: type) -> Fact:
    """Any fact of a kind, from its fields' types."""
    values = {
        "plan": a_plan(), "owner": "bot-1", "step": "scale_api", "attempt": 1, "seen": "24", "look_at": LATER,
        "why": "because", "choices": ("retry",), "choice": "retry", "text": "words", "expires_at": LATER, "round": 1,
        "person": "ben", "decision": "approve", "plan_hash": "x", "by": ("ben",), "then": "pause", "assignee": "ops",
        "do": ("a", "b"), "outcome": "completed", "what": "stop", "reason": "late", "happened_at": LATER,
        "source": "CloudWatch", "formats": ("html",), "role": "ic", "name": "Ben", "to": "ben", "was": "Ana",
        "channels": ("#status",), "sha256": "5f2c" * 16, "size": 3, "until": LATER,
        "groups": ("@sre-leads",), "comment": "in order", "service": "orders-api", "impact_at": LATER,
        "impact_source": "CloudWatch", "signs": (), "prospect": Prospect(), "alarm": "orders-errors",
        "region": "us-west-2", "state": "ALARM", "delivery": "d-1", "run": "orders-api-1", "at": LATER,
    }  # fmt: skip
    needed = {name: values[name] for name, field in kind.model_fields.items() if field.is_required()}  # type: ignore[attr-defined]
    return kind(**needed)  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", get_args(get_args(Known)[0]), ids=lambda kind: kind.__name__)
def test_every_fact_has_one_plain_sentence(kind: type) -> None:
    """No fact is without words, without its full stop, or with a hole in them."""
    cast = Cast(a_plan(), {"scale_api": "Scale the api"}, {"ben": BEN.name})

    line = tell(_sample(kind), cast)

    assert line.text[0].isupper() or line.text.startswith(("“", "bot-1"))
    assert line.text.endswith((".", "words"))
    assert "None" not in line.text
    assert ":." not in line.text


def test_an_abort_says_whether_things_are_undone() -> None:
    """The two kinds of abort read differently."""
    stop = _told(AbortAsked(why="wrong region"))
    back = _told(AbortAsked(rollback=True))

    assert stop.entries[-1].text == "An abort was asked for; no further step begins: wrong region."
    assert back.entries[-1].text == "An abort with rollback was asked for; changes are undone, newest first."
