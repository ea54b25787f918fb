"""What a verdict or an observation means, one meaning a line. No cloud, no clock: `NOW` is an argument."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.engine import outcomes
from bot.engine.outcomes import LOOK_AGAIN, LOOK_WITHIN
from bot.model.action import Idempotency, NotStarted, Pending, Settled
from bot.model.errors import AlreadyThere, OutcomeUnknown, Retryable, StepBroke
from bot.model.events import (
    Fact,
    StepExecuted,
    StepFailed,
    StepNeedsPerson,
    StepObserved,
    StepOutcomeUnknown,
    StepSettled,
    StepStarted,
    StepUndone,
    UndoFailed,
    UndoStarted,
)
from bot.model.plan import Mode, PlannedStep
from bot.model.run import Run
from bot.model.runbook import Retry
from tests.builders import NOW, a_plan, records_of
from tests.engine.stories import toy, watch

SOON = timedelta(seconds=2)
LATER = timedelta(minutes=1)
BACKOFF = timedelta(seconds=7)


def a_step(**more: Any) -> PlannedStep:
    fields = {"settle": SOON, "call_budget": timedelta(seconds=30), "timeout": LATER,
              "retry": Retry(max_attempts=3, backoff=BACKOFF), **more}  # fmt: skip
    return toy("db", **fields)


def a_run(step: PlannedStep, *facts: Fact, mode: Mode = Mode.LIVE) -> Run:
    """Its intent was written at `NOW` at the latest, unless other facts are given."""
    told = facts or (StepStarted(step="db", attempt=1, token="t"), StepExecuted(step="db", attempt=1))
    return Run.of(records_of(*told, plan=a_plan(step, mode=mode)))


def sent_at(run: Run) -> Any:
    return run.steps["db"].intent_at


class TestACall:
    """Of a call that raised."""

    def test_a_refusal_that_passes_is_tried_again_after_the_authors_backoff(self) -> None:
        """Which AWS may only lengthen."""
        step = a_step()
        run = a_run(step)

        short = outcomes.called(run, step, 1, Retryable("slow down", after=SOON), NOW)
        long = outcomes.called(run, step, 1, Retryable("slow down", after=LATER), NOW)

        assert [fact.retry_at for fact in (*short, *long) if isinstance(fact, StepFailed)] == [
            NOW + BACKOFF,
            NOW + LATER,
        ]

    def test_a_look_that_failed_before_the_call_is_tried_again_likewise(self) -> None:
        """And the sentence says that nothing was sent."""
        step = a_step()

        (failed,) = outcomes.not_begun(a_run(step), step, 1, Retryable("no answer", after=SOON), NOW)

        assert isinstance(failed, StepFailed)
        assert failed.retry_at == NOW + BACKOFF
        assert "nothing was sent" in failed.why

    def test_a_mistake_before_the_call_asks_a_person(self) -> None:
        """No retry mends it."""
        step = a_step()

        (asked,) = outcomes.not_begun(a_run(step), step, 1, StepBroke("no such cluster"), NOW)

        assert isinstance(asked, StepNeedsPerson)

    def test_already_there_is_looked_at_at_once(self) -> None:
        """Whether it is ours is seen, not guessed."""
        step = a_step()

        (doubt,) = outcomes.called(a_run(step), step, 1, AlreadyThere("exists"), NOW)

        assert isinstance(doubt, StepOutcomeUnknown)
        assert doubt.look_at == NOW

    @pytest.mark.parametrize(("settle", "waits"), [(SOON, SOON), (LATER, LOOK_WITHIN)])
    def test_an_unknown_outcome_is_looked_at_when_it_may_show(self, settle: timedelta, waits: timedelta) -> None:
        """After the settle window, and in any case soon enough that nobody wonders."""
        step = a_step(settle=settle)

        (doubt,) = outcomes.called(a_run(step), step, 1, OutcomeUnknown("no answer"), NOW)

        assert isinstance(doubt, StepOutcomeUnknown)
        assert doubt.look_at == NOW + waits


class TestALook:
    """Of a look that saw something, or could not."""

    @pytest.mark.parametrize(
        ("every", "asked", "waits"),
        [(None, SOON, SOON), (timedelta(seconds=1), SOON, timedelta(seconds=1)), (LATER, LATER, LOOK_WITHIN)],
    )
    def test_the_next_look_is_never_far(self, every: timedelta | None, asked: timedelta, waits: timedelta) -> None:
        """The author's pause, the action's, and what a silent card allows: the shortest counts."""
        step = a_step(every=every)

        (seen,) = outcomes.looked(
            a_run(step), step, Pending(seen="half", look_again=asked), NOW, wanted=1, in_doubt=False
        )

        assert isinstance(seen, StepObserved)
        assert seen.look_at == NOW + waits

    def test_an_end_is_believed_when_it_was_seen_often_enough_in_a_row(self) -> None:
        """Two of three are progress, three of three the end; a dry run looks once."""
        step = a_step()
        run = a_run(step)

        first = outcomes.looked(run, step, Settled(seen="ok"), NOW, wanted=2, in_doubt=False)
        seen_once = a_run(
            step, StepStarted(step="db", attempt=1), StepObserved(step="db", seen="ok", streak=1, look_at=NOW)
        )
        second = outcomes.looked(seen_once, step, Settled(seen="ok"), NOW, wanted=2, in_doubt=False)
        dry = outcomes.looked(a_run(step, mode=Mode.DRY_RUN), step, Settled(seen="ok"), NOW, wanted=2, in_doubt=False)

        assert [type(fact) for fact in (*first, *second, *dry)] == [StepObserved, StepSettled, StepSettled]

    @pytest.mark.parametrize(
        ("step", "in_doubt", "how"),
        [(a_step(), True, "adopted"), (a_step(), False, "executed"), (watch("db", "x"), False, "observed")],
        ids=["after a doubt", "after our call", "a look alone"],
    )
    def test_how_it_came_to_be_is_kept(self, step: PlannedStep, in_doubt: bool, how: str) -> None:
        """What we cannot have known to have done ourselves is adopted."""
        (settled,) = outcomes.looked(a_run(step), step, Settled(seen="ok"), NOW, wanted=1, in_doubt=in_doubt)

        assert isinstance(settled, StepSettled)
        assert settled.how == how

    def test_nothing_is_believed_absent_before_it_must_show(self) -> None:
        """Describes lag; in a doubt the call itself may still be on its way, too."""
        step = a_step()
        run = a_run(step)
        just_before = sent_at(run) + step.settle - timedelta(seconds=1)
        still_flying = sent_at(run) + step.settle + step.call_budget - timedelta(seconds=1)

        (early,) = outcomes.looked(run, step, NotStarted(seen="none"), just_before, wanted=1, in_doubt=False)
        (flying,) = outcomes.looked(run, step, NotStarted(seen="none"), still_flying, wanted=1, in_doubt=True)

        assert isinstance(early, StepObserved)
        assert early.look_at == just_before + timedelta(seconds=1)
        assert isinstance(flying, StepOutcomeUnknown)
        assert flying.look_at == still_flying + timedelta(seconds=1)

    def test_what_did_not_arrive_is_sent_again_at_once(self) -> None:
        """The doubt has cost time enough; why there was one is said again."""
        step = a_step()
        lost = StepOutcomeUnknown(step="db", attempt=1, why="reset", look_at=NOW)
        run = a_run(step, StepStarted(step="db", attempt=1), lost)
        late = sent_at(run) + step.settle + step.call_budget

        (again,) = outcomes.looked(run, step, NotStarted(seen="none"), late, wanted=1, in_doubt=True)

        assert isinstance(again, StepFailed)
        assert again.retry_at == late
        assert again.why == "reset. It did not arrive: none"

    def test_what_aws_refused_and_is_not_there_is_tried_again_after_the_backoff(self) -> None:
        """A refused call is not on its way, so nobody waits for it; a look without an answer forgets nothing."""
        step = a_step()
        (refused,) = outcomes.called(a_run(step), step, 1, AlreadyThere("in motion"), NOW)
        once = a_run(step, StepStarted(step="db", attempt=1), refused)
        (unseen,) = outcomes.could_not_look(once, step, Retryable("busy", after=SOON), NOW, in_doubt=True)
        twice = a_run(step, StepStarted(step="db", attempt=1), refused, unseen)

        (again,) = outcomes.looked(twice, step, NotStarted(seen="none"), sent_at(twice), wanted=1, in_doubt=True)
        (anew,) = outcomes.looked(
            a_run(step, StepStarted(step="db", attempt=1), refused, again, StepStarted(step="db", attempt=2)),
            step, NotStarted(seen="none"), sent_at(twice), wanted=1, in_doubt=True,
        )  # fmt: skip

        assert isinstance(again, StepFailed)
        assert again.retry_at == sent_at(twice) + BACKOFF
        assert isinstance(anew, StepOutcomeUnknown)

    def test_what_cannot_be_told_apart_is_asked(self) -> None:
        """An opaque call is never sent a second time by itself."""
        step = a_step(idempotency=Idempotency.OPAQUE)
        run = a_run(step)

        (asked,) = outcomes.looked(
            run, step, NotStarted(seen="none"), NOW + timedelta(hours=1), wanted=1, in_doubt=True
        )

        assert isinstance(asked, StepNeedsPerson)
        assert asked.choices == ("sent", "not_sent", "skip", "abort")

    def test_an_accepted_call_without_effect_asks_a_person(self) -> None:
        """Sending it again would have none either."""
        step = a_step()

        (asked,) = outcomes.looked(
            a_run(step), step, NotStarted(seen="none"), NOW + timedelta(hours=1), wanted=1, in_doubt=False
        )

        assert isinstance(asked, StepNeedsPerson)
        assert "nothing changed" in asked.why

    @pytest.mark.parametrize(("in_doubt", "kind"), [(True, StepOutcomeUnknown), (False, StepObserved)])
    def test_a_look_that_gets_no_answer_changes_nothing(self, in_doubt: bool, kind: type) -> None:
        """What was unknown stays unknown, what was on its way stays so; the next look is when AWS said."""
        step = a_step()

        (seen,) = outcomes.could_not_look(a_run(step), step, Retryable("busy", after=SOON), NOW, in_doubt=in_doubt)

        assert isinstance(seen, kind)
        assert getattr(seen, "look_at", None) == NOW + SOON

    @pytest.mark.parametrize(("in_doubt", "kind"), [(True, StepOutcomeUnknown), (False, StepObserved)])
    def test_what_is_broken_right_after_a_retry_may_be_the_attempt_before(self, in_doubt: bool, kind: type) -> None:
        """A list that lags still shows the job that died; once it had time to show the new one, it is believed."""
        step = a_step()
        run = a_run(step, StepStarted(step="db", attempt=2))
        in_time = sent_at(run) + step.settle + (step.call_budget if in_doubt else timedelta(0))
        dead = StepBroke("job 1 is FAILED")

        (early,) = outcomes.could_not_look(run, step, dead, in_time - SOON, in_doubt=in_doubt)
        (late,) = outcomes.could_not_look(run, step, dead, in_time, in_doubt=in_doubt)
        (first,) = outcomes.could_not_look(
            a_run(step, StepStarted(step="db", attempt=1)), step, dead, in_time - SOON, in_doubt=in_doubt
        )

        assert isinstance(early, kind)
        assert "job 1 is FAILED" in str(early)
        assert isinstance(late, StepNeedsPerson)
        assert isinstance(first, StepNeedsPerson)


class TestAWayBack:
    """Of what takes a change back."""

    def test_it_is_back_on_its_way_or_given_up_on(self) -> None:
        """As long as the step itself was given, counted from when the way back began."""
        step = a_step()
        back = (StepStarted(step="db", attempt=1), StepExecuted(step="db", attempt=1),
                StepSettled(step="db", seen="ok"), UndoStarted(step="db", attempt=1))  # fmt: skip
        run = a_run(step, *back)
        began = run.steps["db"].undo_since
        assert began is not None
        half = Pending(seen="half", look_again=SOON)

        done = outcomes.undo_seen(run, step, Settled(seen="as before"), NOW)
        on_its_way = outcomes.undo_seen(run, step, half, began + LATER - timedelta(seconds=1))
        given_up = outcomes.undo_seen(run, step, half, began + LATER)

        assert [type(fact) for fact in (done, on_its_way, given_up)] == [StepUndone, StepObserved, UndoFailed]
        assert isinstance(on_its_way, StepObserved)
        assert on_its_way.look_at == began + LATER - timedelta(seconds=1) + SOON

    def test_it_is_sent_again_only_when_the_first_must_have_shown(self) -> None:
        """Not before the settle window, and not when the step's time is over."""
        step = a_step()
        run = a_run(step)
        sent = sent_at(run)

        again = [outcomes.goes_back_again(run, step, sent + span) for span in (SOON, LOOK_AGAIN, LATER)]

        assert again == [False, True, False]

    @pytest.mark.parametrize("opaque", [True, False])
    def test_only_an_opaque_way_back_is_given_up_on_in_a_doubt(self, opaque: bool) -> None:
        """The others are looked at."""
        step = a_step()

        fact = outcomes.undo_broke(a_run(step), step, OutcomeUnknown("reset"), NOW, opaque=opaque)

        assert isinstance(fact, UndoFailed if opaque else StepObserved)
