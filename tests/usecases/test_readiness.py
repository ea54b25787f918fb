"""How ready a service is: only what was really tried counts, and only for a while."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import pytest

from bot.model.events import RunFinished
from bot.model.plan import Mode
from bot.model.run import Run
from bot.usecases.readiness import FRESH, Proof, readiness_of
from tests.builders import NOW, a_plan, a_service, a_step, records_of

Outcome = Literal["completed", "aborted"]


def a_past_run(mode: Mode, outcome: Outcome, service: str = "orders-api", run: str = "r1") -> Run:
    """A run that ended ten seconds after it was made."""
    plan = a_plan(a_step(), mode=mode, service=a_service(service), run=run)
    return Run.of(records_of(RunFinished(outcome=outcome), plan=plan))


@pytest.mark.parametrize(
    ("mode", "outcome", "later", "proof"),
    [
        (Mode.LIVE, "completed", timedelta(days=1), "proven"),
        (Mode.LIVE, "completed", FRESH + timedelta(days=1), "stale"),
        (Mode.LIVE, "aborted", timedelta(days=1), "untried"),
        (Mode.DRY_RUN, "completed", timedelta(days=1), "rehearsed"),
        (Mode.DRY_RUN, "completed", FRESH + timedelta(days=1), "untried"),
        (Mode.DRY_RUN, "aborted", timedelta(days=1), "untried"),
    ],
)
def test_only_what_was_tried_counts(mode: Mode, outcome: Outcome, later: timedelta, proof: Proof) -> None:
    """A rehearsal shows that the way is clear, a run that it leads anywhere; an abort shows neither."""
    assert readiness_of("orders-api", [a_past_run(mode, outcome)], NOW + later).proof == proof


def test_a_service_is_judged_by_its_own_runs() -> None:
    """Another service's drill proves nothing here, and an open run is no proof yet."""
    open_ = Run.of(records_of(plan=a_plan(a_step())))
    other = a_past_run(Mode.LIVE, "completed", "payments")

    known = readiness_of("orders-api", [open_, other], NOW + timedelta(days=1))

    assert known.proof == "untried"
    assert known.drilled is None


def test_the_newest_of_each_kind_is_told() -> None:
    """An aborted drill after a good one is the last drill; the proof is still the good one."""
    good = a_past_run(Mode.LIVE, "completed", run="good")
    bad = Run.of(records_of(RunFinished(outcome="aborted"), plan=a_plan(a_step(), run="bad"), every=3600))

    known = readiness_of("orders-api", [bad, good], datetime.fromisoformat("2026-03-15T00:00:00+00:00"))

    assert (known.proof, known.drilled) == ("proven", bad)
