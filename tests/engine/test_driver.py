"""A run carried by the real driver over a toy cloud: what is written, what is sent, and when people are asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from bot.engine.calls import Calls
from bot.engine.driver import Driver
from bot.engine.failpoints import armed
from bot.model.errors import AlreadyThere, Fenced, OutcomeUnknown, Retryable, StepBroke
from bot.model.events import (
    SCHEMA,
    AbortAsked,
    Fact,
    GateExpired,
    NoteAdded,
    PersonChose,
    RunPaused,
    RunResumed,
    RunTaken,
    StepSettled,
    StepStarted,
    UndoStarted,
    VoteCast,
)
from bot.model.plan import GatePlan, Mode, NextLevel, PlannedStep
from bot.model.records import Draft
from bot.model.run import Run, Status
from bot.model.runbook import Manual, Retry
from bot.model.step_run import Phase
from tests.builders import a_step
from tests.engine.stories import Theatre, toy, watch

pytestmark = pytest.mark.asyncio
GATE = GatePlan(kind="approve", groups=("@g",), count=1, expires=timedelta(minutes=10))


async def test_a_chain_runs_to_its_end() -> None:
    """Each step begins after the one it needs, and the run completes."""
    theatre = await Theatre.of(toy("one"), toy("two", needs=["one"]))

    run = await theatre.until_parked_or_over()

    assert run.status is Status.COMPLETED
    assert [name for name, _, _ in theatre.cloud.writes] == ["one", "two"]


async def test_intent_comes_before_the_call() -> None:
    """What AWS receives was written first, with the way back."""
    theatre = await Theatre.of(toy("one"))
    theatre.cloud.values["one"] = 7

    await theatre.until_parked_or_over()

    assert await theatre.kinds("one") == ["step_started", "step_executed", "step_settled"]
    started = next(r.fact for r in await theatre.journals.read(theatre.plan.run) if isinstance(r.fact, StepStarted))
    assert started.before == {"value": 7}


async def test_a_look_costs_one_append_per_step() -> None:
    """The outcome of a look and the intent of the next one travel together."""
    theatre = await Theatre.of(*(watch(f"s{n}", "x", needs=[f"s{n - 1}"] if n else []) for n in range(10)))
    theatre.cloud.values["x"] = 1

    await theatre.until_parked_or_over()

    assert theatre.journals.appends <= 1 + 1 + 10


async def test_a_lost_answer_is_adopted_not_repeated() -> None:
    """AWS applied the change and the answer was lost: looking finds it, nothing is sent twice."""

    def cut(_: str) -> None:
        raise OutcomeUnknown("connection closed")

    theatre = await Theatre.of(toy("db", "toy.promote"))
    theatre.cloud.lost = cut

    run = await theatre.until_parked_or_over()

    assert (run.steps["db"].how, theatre.cloud.sent("db")) == ("adopted", 1)


async def test_a_call_that_did_not_arrive_is_sent_again_with_the_same_token() -> None:
    """UNKNOWN, looked at after the settle window, found absent: once more, same token."""
    fails = iter([True, False])

    def cut(_: str) -> None:
        if next(fails):
            raise OutcomeUnknown("reset before it was applied")

    theatre = await Theatre.of(toy("db", "toy.promote"))
    theatre.cloud.trouble = cut

    run = await theatre.until_parked_or_over()
    tokens = {r.fact.token for r in await theatre.journals.read(theatre.plan.run) if isinstance(r.fact, StepStarted)}

    assert (run.status, theatre.cloud.sent("db"), len(tokens)) == (Status.COMPLETED, 1, 1)


async def test_an_opaque_call_in_doubt_asks_a_person() -> None:
    """Never a second message on a guess."""

    def cut(_: str) -> None:
        raise OutcomeUnknown("no answer")

    theatre = await Theatre.of(toy("mail", "toy.publish"))
    theatre.cloud.lost = cut

    run = await theatre.until_parked_or_over()

    assert run.steps["mail"].choices == ("sent", "not_sent", "skip", "abort")
    assert theatre.cloud.sent("mail") == 1


@pytest.mark.parametrize(("choice", "sent"), [("sent", 1), ("not_sent", 2)])
async def test_a_person_clears_up_the_doubt(choice: str, sent: int) -> None:
    """`sent` settles, `not_sent` sends once more."""
    fails = iter([True, False])

    def cut(_: str) -> None:
        if next(fails, False):
            raise OutcomeUnknown("no answer")

    theatre = await Theatre.of(toy("mail", "toy.publish"))
    theatre.cloud.lost = cut
    await theatre.until_parked_or_over()

    await theatre.say(PersonChose(step="mail", choice=choice))  # type: ignore[arg-type]  # parametrized
    run = await theatre.until_parked_or_over()

    assert (run.status, theatre.cloud.sent("mail")) == (Status.COMPLETED, sent)


async def test_a_refusal_that_may_be_our_own_echo_is_looked_at() -> None:
    """`InvalidState` after our own earlier call is success, not failure."""

    def already(name: str) -> None:
        theatre.cloud.values[name] = 1
        raise AlreadyThere("AWS refused: InvalidGlobalClusterState")

    theatre = await Theatre.of(toy("db", "toy.promote"))
    theatre.cloud.trouble = already

    run = await theatre.until_parked_or_over()

    assert run.steps["db"].how == "adopted"


async def test_throttling_is_retried_and_then_given_up() -> None:
    """Only attempts that certainly did nothing are repeated, as often as the author allows."""

    def throttle(_: str) -> None:
        raise Retryable("Throttling", after=timedelta(seconds=1))

    theatre = await Theatre.of(toy("one", retry=Retry(max_attempts=3, backoff=timedelta(seconds=1))))
    theatre.cloud.trouble = throttle

    run = await theatre.until_parked_or_over()

    assert run.steps["one"].phase is Phase.ASKING
    assert (await theatre.kinds("one")).count("step_started") == 3
    assert "gave up after 3 attempts" in run.steps["one"].why


@pytest.mark.parametrize(
    ("on_failure", "status"),
    [
        ("pause", Status.WAITING),
        ("continue", Status.COMPLETED),
        ("abort", Status.ABORTED),
        ("rollback", Status.ROLLED_BACK),
    ],
)
async def test_on_failure_decides_what_follows(on_failure: str, status: Status) -> None:
    """The author's word, carried out."""

    def broken(name: str) -> None:
        if name == "two":
            raise StepBroke("quota reached")

    theatre = await Theatre.of(toy("one"), toy("two", needs=["one"], on_failure=on_failure))
    theatre.cloud.trouble = broken

    run = await theatre.until_parked_or_over()

    assert run.status is status
    assert theatre.cloud.values["one"] == (0 if status is Status.ROLLED_BACK else 1)


async def test_a_failed_step_is_retried_by_a_person() -> None:
    """Retry after the cause is gone."""
    broken = [True]

    def maybe(_: str) -> None:
        if broken[0]:
            raise StepBroke("quota reached")

    theatre = await Theatre.of(toy("one"))
    theatre.cloud.trouble = maybe
    await theatre.until_parked_or_over()

    broken[0] = False
    await theatre.say(PersonChose(step="one", choice="retry"))
    run = await theatre.until_parked_or_over()

    assert run.status is Status.COMPLETED


async def test_skip_lets_the_graph_go_on() -> None:
    """A person may leave a step out."""

    def broken(name: str) -> None:
        if name == "one":
            raise StepBroke("no")

    theatre = await Theatre.of(toy("one"), toy("two", needs=["one"]))
    theatre.cloud.trouble = broken
    await theatre.until_parked_or_over()

    await theatre.say(PersonChose(step="one", choice="skip"))
    run = await theatre.until_parked_or_over()

    assert (run.status, theatre.cloud.sent("two")) == (Status.COMPLETED, 1)


async def test_a_gate_holds_until_enough_distinct_people_agree() -> None:
    """Two approvals of two people; nothing is sent before."""
    gate = GatePlan(kind="approve", groups=("@g",), count=2, expires=timedelta(minutes=10))
    theatre = await Theatre.of(toy("one", gate=gate))
    await theatre.until_parked_or_over()

    await theatre.say(_yes(theatre, "one", "alice"))
    await theatre.say(_yes(theatre, "one", "alice"))
    await theatre.until_parked_or_over()
    before = theatre.cloud.sent("one")
    await theatre.say(_yes(theatre, "one", "bob"))
    run = await theatre.until_parked_or_over()

    assert (before, theatre.cloud.sent("one"), run.status) == (0, 1, Status.COMPLETED)


async def test_one_no_wins() -> None:
    """Deny by anybody stops the gate, whatever else was cast."""
    gate = GatePlan(kind="approve", groups=("@g",), count=1, expires=timedelta(minutes=10))
    theatre = await Theatre.of(toy("one", gate=gate))
    await theatre.until_parked_or_over()

    await theatre.say(_yes(theatre, "one", "bob", "deny"), _yes(theatre, "one", "alice"))
    run = await theatre.until_parked_or_over()

    assert (run.steps["one"].phase, theatre.cloud.sent("one")) == (Phase.ASKING, 0)


@pytest.mark.parametrize(
    ("on_expiry", "phase"), [("escalate", Phase.GATE), ("pause", Phase.ASKING), ("abort", Phase.SKIPPED)]
)
async def test_a_gate_never_approves_itself(on_expiry: str, phase: Phase) -> None:
    """After its time it asks again, asks what to do, or ends the run; it never opens."""
    gate = GatePlan(kind="approve", groups=("@g",), count=1, expires=timedelta(minutes=10), on_expiry=on_expiry)  # type: ignore[arg-type]  # parametrized
    theatre = await Theatre.of(toy("one", gate=gate))
    await theatre.until_parked_or_over()

    theatre.clock.wind(minutes=11)
    run = await theatre.until_parked_or_over()

    assert (run.steps["one"].phase, theatre.cloud.sent("one")) == (phase, 0)


async def test_an_expired_gate_turns_to_those_who_come_next() -> None:
    """Each time one level more; whoever was asked stays asked, also when the step asks about something else later."""
    levels = (NextLevel(groups=("@vps",), hears=("@comms",)), NextLevel(groups=("@board",)))
    gate = GatePlan(
        kind="approve", groups=("@g",), count=2, expires=timedelta(minutes=10), on_expiry="escalate", escalation=levels
    )
    theatre = await Theatre.of(toy("one", gate=gate))
    voters = []

    for _round in range(4):
        run = await theatre.until_parked_or_over()
        voters.append(run.gate("one").voters)  # type: ignore[union-attr]  # it has one
        theatre.clock.wind(minutes=11)

    expired = [
        record.fact for record in await theatre.journals.read(theatre.plan.run) if isinstance(record.fact, GateExpired)
    ]
    assert voters == [("@g",), ("@g", "@vps"), ("@g", "@vps", "@board"), ("@g", "@vps", "@board")]
    assert [(fact.asks, fact.tells) for fact in expired] == [(("@vps",), ("@comms",)), (("@board",), ()), ((), ())]
    assert not theatre.cloud.sent("one")


async def test_a_pause_begins_nothing_and_watches_what_runs() -> None:
    """Paused between two steps: the first is seen home, the second waits."""
    theatre = await Theatre.of(toy("one"), toy("two", needs=["one"]))
    await theatre.say(RunPaused(why="hold"))

    paused = await theatre.until_parked_or_over()
    await theatre.say(RunResumed())
    run = await theatre.until_parked_or_over()

    assert paused.status is Status.PAUSED
    assert not paused.steps["one"].attempt
    assert run.status is Status.COMPLETED


async def test_abort_with_rollback_undoes_newest_first_and_names_what_stays() -> None:
    """What can be undone is; what cannot is said."""
    gate = GatePlan(kind="approve", groups=("@g",), count=1, expires=timedelta(minutes=10))
    theatre = await Theatre.of(
        toy("one"),
        toy("two", needs=["one"]),
        toy("mail", "toy.publish", needs=["two"]),
        toy("last", needs=["mail"], gate=gate),
    )
    await theatre.until_parked_or_over()

    await theatre.say(AbortAsked(rollback=True, why="wrong region"))
    run = await theatre.until_parked_or_over()

    assert run.status is Status.ROLLED_BACK
    assert [name for name, _, _ in theatre.cloud.writes][-2:] == ["two", "one"]
    assert (theatre.cloud.values["one"], theatre.cloud.values["two"]) == (0, 0)
    assert run.steps["mail"].how == "undo_failed"


async def test_a_dry_run_reads_and_never_writes() -> None:
    """Reads are real, writes are simulated, nobody is asked, and it ends by itself."""
    gate = GatePlan(kind="approve", groups=("@g",), count=2, expires=timedelta(minutes=10))
    theatre = await Theatre.of(
        watch("lag", "x"),
        a_step("go", kind="approve", gate=gate, needs=("lag",)),
        toy("one", needs=["go"]),
        watch("after", "one", needs=["one"]),
        a_step("call", kind="manual", manual=Manual(assignee="ops", do=("Call.",)), needs=("after",)),
        mode=Mode.DRY_RUN,
    )
    theatre.cloud.values["x"] = 3

    run = await theatre.until_parked_or_over()

    assert (run.status, theatre.cloud.writes) == (Status.COMPLETED, [])
    assert run.steps["lag"].results == {"value": 3}


async def test_a_check_that_wants_several_looks_in_a_row_gets_them() -> None:
    """`consecutive: 3` is three settled looks, spaced."""
    theatre = await Theatre.of(watch("smoke", "x", params={"in_a_row": 3}))
    theatre.cloud.values["x"] = 1

    run = await theatre.until_parked_or_over()

    assert run.status is Status.COMPLETED
    assert (await theatre.kinds("smoke")).count("step_observed") == 2


async def test_a_step_that_never_gets_there_asks_when_its_time_is_up() -> None:
    """A wait ends in a question, not in silence."""
    theatre = await Theatre.of(watch("fleet", "x", params={"at_least": 5}, timeout=timedelta(minutes=2)))
    theatre.cloud.values["x"] = 3

    run = await theatre.until_parked_or_over()

    assert run.steps["fleet"].phase is Phase.ASKING
    assert "x is 3" in run.steps["fleet"].why


async def test_after_a_crash_the_next_worker_looks_before_it_sends() -> None:
    """Intent without outcome under an older epoch: wait out the call budget, look, adopt."""
    theatre = await Theatre.of(toy("db", "toy.promote"))
    await theatre.dies_holding(StepStarted(step="db", attempt=1, token="t", before={}, params={"name": "db"}))
    theatre.cloud.values["db"] = 1

    run = await theatre.until_parked_or_over("b")

    assert (run.steps["db"].how, theatre.cloud.writes) == ("adopted", [])


async def test_after_a_crash_an_absence_is_believed_only_after_the_call_budget() -> None:
    """The dead worker's request may still be on its way."""
    theatre = await Theatre.of(toy("db", "toy.promote"))
    began = theatre.clock.now()
    await theatre.dies_holding(StepStarted(step="db", attempt=1, token="t", before={}, params={"name": "db"}))

    run = await theatre.until_parked_or_over("b")

    assert (run.status, theatre.cloud.sent("db")) == (Status.COMPLETED, 1)
    assert theatre.clock.now() - began >= timedelta(seconds=30)


async def test_a_run_that_kills_its_workers_is_set_aside_until_a_person_resumes_it() -> None:
    """After the third takeover in a row nothing is sent or looked at, and the run says why; a resume starts afresh."""
    theatre = await Theatre.of(toy("db", "toy.promote"))
    for number in range(3):
        await theatre.dies_holding(RunTaken(owner=f"dead-{number}", takeover=number > 0))

    aside = await theatre.until_parked_or_over()
    later = await theatre.until_parked_or_over()
    sent_meanwhile = theatre.cloud.sent("db")
    await theatre.say(RunResumed())
    run = await theatre.until_parked_or_over()

    assert (aside.status, later.status, sent_meanwhile) == (Status.PAUSED, Status.PAUSED, 0)
    assert "3 workers in a row died" in aside.pause_why
    assert (await theatre.kinds()).count("run_paused") == 1
    assert run.status is Status.COMPLETED


async def test_workers_that_die_hours_apart_do_not_set_a_run_aside() -> None:
    """A long run outlives any number of machines."""
    theatre = await Theatre.of(toy("db", "toy.promote"))
    for number in range(5):
        await theatre.dies_holding(RunTaken(owner=f"dead-{number}", takeover=number > 0))
        theatre.clock.wind(hours=1)

    run = await theatre.until_parked_or_over()

    assert run.status is Status.COMPLETED


async def test_an_undo_in_doubt_waits_for_the_dead_worker_s_call() -> None:
    """Taking back is a call like any other: after a takeover it is not repeated before the call budget is over."""
    theatre = await Theatre.of(toy("one"), toy("two", needs=["one"], gate=GATE))
    await theatre.until_parked_or_over()
    await theatre.say(AbortAsked(rollback=True))
    await theatre.dies_holding(UndoStarted(step="one"))
    began = theatre.clock.now()

    run = await theatre.until_parked_or_over("b")

    assert run.status is Status.ROLLED_BACK
    assert theatre.clock.now() - began >= timedelta(seconds=15)


async def test_a_worker_that_froze_before_it_read_the_answer_does_not_send() -> None:
    """Redis granted the intent, the worker froze, another one took over: the answer read later grants nothing."""
    theatre = await Theatre.of(toy("one", settle=timedelta(0)))
    driver, append, frozen = theatre.driver(), theatre.journals.append, []

    async def freeze_before_reading(run: str, drafts: Any, **more: Any) -> Any:
        answer = await append(run, drafts, **more)
        if not frozen and any(isinstance(draft.fact, StepStarted) for draft in drafts):
            frozen.append(True)
            theatre.clock.wind(minutes=1)
            await theatre.journals.take(run, "other", fresh=theatre.lease)
        return answer

    theatre.journals.append = freeze_before_reading  # type: ignore[method-assign]  # freezes at one point

    with pytest.raises(Fenced):
        await driver.drive()

    assert theatre.cloud.sent("one") == 0


async def test_the_fence_stands_behind_the_wait_for_a_free_thread() -> None:
    """The call waited a minute for a thread, and another worker has the run by then: it is not sent."""

    class Busy(Calls):
        async def run(self, budget: Any, function: Any, *args: Any, **more: Any) -> Any:
            if function.__name__ == "fenced":
                theatre.clock.wind(minutes=1)
                await theatre.journals.take(theatre.plan.run, "other", fresh=theatre.lease)
            return await super().run(budget, function, *args, **more)

    theatre = await Theatre.of(toy("one"))
    theatre.calls = Busy()

    with pytest.raises(Fenced):
        await theatre.driver().drive()

    assert theatre.cloud.sent("one") == 0


async def test_an_owner_that_died_before_its_first_word_fences_whoever_parks() -> None:
    """The epoch is over although no record says so: the driver is told, rather than trying to park for ever."""
    theatre = await Theatre.of(toy("one", gate=GATE))
    park = theatre.journals.park

    async def robbed(run: str, **more: Any) -> bool:
        await theatre.journals.take(run, "ghost", fresh=timedelta(0))
        await asyncio.sleep(0)  # as a round trip does, so that a driver that never ends can be stopped
        return await park(run, **more)

    theatre.journals.park = robbed  # type: ignore[method-assign]  # another worker dies at one point

    with pytest.raises(Fenced):
        await theatre.deliver()


async def test_the_older_epoch_can_write_nothing_more() -> None:
    """A worker that lost the run is refused by the journal."""
    theatre = await Theatre.of(toy("one"))
    old = await theatre.journals.take(theatre.plan.run, "a", fresh=theatre.lease)
    theatre.clock.wind(minutes=1)
    await theatre.journals.take(theatre.plan.run, "b", fresh=theatre.lease)

    with pytest.raises(Fenced):
        await theatre.say_as_worker(await theatre.run(), old[0].epoch if old else 0, RunPaused())


async def test_a_living_owner_keeps_its_run() -> None:
    """A second delivery while the owner is alive changes nothing and comes back later."""
    theatre = await Theatre.of(toy("one"))
    await theatre.journals.take(theatre.plan.run, "a", fresh=theatre.lease)

    due = await theatre.deliver("b")

    assert due == theatre.clock.now() + theatre.lease / 3
    assert await theatre.kinds() == ["run_created"]


async def test_a_frozen_worker_does_not_send() -> None:
    """Thawed after its hold went stale, it writes `not sent` and begins again with a fresh hold."""
    theatre = await Theatre.of(toy("one"))
    sent: list[int] = []

    def freeze() -> None:
        sent.append(theatre.cloud.sent("one"))
        if len(sent) == 1:
            theatre.clock.wind(seconds=60)

    with armed({"fence.before": freeze}):
        await theatre.until_parked_or_over()

    assert (sent, theatre.cloud.sent("one")) == ([0, 0], 1)
    begun = ["step_started", "step_failed", "step_started", "step_executed", "step_settled"]
    assert await theatre.kinds("one") == begun


def _yes(theatre: Theatre, step: str, person: str, decision: str = "approve") -> VoteCast:
    return VoteCast(step=step, round=1, person=person, decision=decision, plan_hash=theatre.plan.hash)  # type: ignore[arg-type]  # a literal


async def test_what_falls_due_while_an_append_is_on_its_way_is_not_forgotten() -> None:
    """Redis took a while to write down when to look again; the look is made at once, not at the next appointment."""
    theatre = await Theatre.of(toy("one", settle=timedelta(seconds=30)))
    theatre.cloud.lag = 1
    append = theatre.journals.append

    async def slow(run: str, drafts: Any, **more: Any) -> Any:
        answer = await append(run, drafts, **more)
        theatre.clock.wind(seconds=6)
        return answer

    theatre.journals.append = slow  # type: ignore[method-assign]  # a slow disk

    run = await theatre.until_parked_or_over(most=1)

    assert run.status is Status.COMPLETED


async def _until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.001)
    pytest.fail("it did not come about")


async def test_what_follows_begins_while_its_record_is_on_its_way() -> None:
    """The next look does not wait until Redis has confirmed the last one: looking changes nothing."""
    theatre = await Theatre.of(watch("one", "x"), watch("two", "x", needs=["one"]))
    theatre.cloud.values["x"] = 1
    append, looked = theatre.journals.append, asyncio.Event()

    async def held(run: str, drafts: Sequence[Draft], **more: Any) -> Any:
        if any(isinstance(draft.fact, StepSettled) and draft.fact.step == "one" for draft in drafts):
            await looked.wait()
        return await append(run, drafts, **more)

    theatre.journals.append = held  # type: ignore[method-assign]  # a slow disk
    delivery = asyncio.create_task(theatre.deliver())
    await _until(lambda: theatre.cloud.looks == 2)
    looked.set()
    await delivery

    assert (await theatre.run()).status is Status.COMPLETED


async def _overtaken(theatre: Theatre, *facts: Fact) -> Run:
    """A person says this while the end of "one" is on its way, and what "two" wants to write already waits."""
    theatre.cloud.values["x"] = 1
    append, staged = theatre.journals.append, theatre.driver
    drivers: list[Driver] = []

    def driver(owner: str = "a") -> Driver:
        drivers.append(staged(owner))
        return drivers[-1]

    async def overtaken(run: str, drafts: Sequence[Draft], **more: Any) -> Any:
        if any(isinstance(draft.fact, StepSettled) and draft.fact.step == "one" for draft in drafts):
            await _until(lambda: [post.step for post in drivers[-1]._inbox] == ["two"])
            theatre.journals.append = append  # type: ignore[method-assign]
            await theatre.say(*facts)
        return await append(run, drafts, **more)

    theatre.journals.append = overtaken  # type: ignore[method-assign]  # a person in between
    theatre.driver = driver  # type: ignore[method-assign]
    return await theatre.until_parked_or_over()


async def test_what_began_for_a_run_that_came_otherwise_is_not_sent() -> None:
    """An abort overtakes the record before a change: the change was prepared, and nothing is sent."""
    theatre = await Theatre.of(watch("one", "x"), toy("two", needs=["one"]))

    run = await _overtaken(theatre, AbortAsked(why="enough"))

    assert (run.status, theatre.cloud.writes, await theatre.kinds("two")) == (Status.ABORTED, [], [])


@pytest.mark.parametrize(
    ("two", "kinds"),
    [
        (watch("two", "x", needs=["one"]), ["step_started", "step_settled"]),
        (toy("two", needs=["one"]), ["step_started", "step_executed", "step_settled"]),
    ],
)
async def test_what_began_too_early_begins_again_behind_its_record(two: PlannedStep, kinds: list[str]) -> None:
    """A note overtakes: what the early start saw is forgotten, and the journal tells one beginning and one end."""
    theatre = await Theatre.of(watch("one", "x"), two)

    run = await _overtaken(theatre, NoteAdded(text="I am looking at it"))

    assert (run.status, await theatre.kinds("two")) == (Status.COMPLETED, kinds)


async def test_a_run_that_a_newer_bot_writes_to_is_let_go_of_and_then_left_alone() -> None:
    """A newer door speaks while our call is out: we see it home, begin nothing more, and never take the run again."""
    theatre = await Theatre.of(toy("one"), toy("two", needs=["one"]))

    def newer_door_speaks(_: str) -> None:
        asyncio.run(theatre.say(NoteAdded(text="from the next version")))
        log = theatre.journals._logs[theatre.plan.run]
        log.records[-1] = log.records[-1].model_copy(update={"schema_": SCHEMA + 1})

    theatre.cloud.trouble = newer_door_speaks
    await theatre.deliver()
    head = await theatre.journals.head(theatre.plan.run)
    kinds = await theatre.kinds()

    due = await theatre.deliver("b")

    assert theatre.cloud.values == {"one": 1}
    assert "step_executed" in kinds
    assert head is not None
    assert (head.owner, head.epoch) == ("", 1)
    assert (await theatre.journals.head(theatre.plan.run)).epoch == 1  # type: ignore[union-attr]  # it is there
    assert (await theatre.kinds())[len(kinds) :] == ["note_added"]
    assert due is not None
    assert due - theatre.clock.now() < timedelta(seconds=15)
