"""Readiness in a terminal: the checklist with its evidence, what to type next, and an exit code for schedulers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.cli import readiness
from bot.cli.readiness import service_page, services_page
from bot.model.problem import Problem
from bot.model.service import Costs
from bot.usecases.readiness import Readiness, readiness_of
from tests.builders import NOW, a_finished_failover, a_service
from tests.cli.rooms import Terminal
from tests.cli.test_pages import printed

SERVICE = a_service(
    runbooks={"failover": "orders-api.failover"},
    costs=Costs(primary=4200, standby=900, source="Cost Explorer, October 2026"),
)
SOON = NOW + timedelta(days=1)


def known() -> Readiness:
    return readiness_of(SERVICE, [a_finished_failover(fenced=True, service=SERVICE)], {}, SOON)


def test_the_page_answers_each_question_with_its_run() -> None:
    """What is not proven has the command beside it; the costs stand below, with their source."""
    page = printed(*service_page(known(), SOON), width=200)

    assert "Readiness of Orders API: 2 of 6 proven" in page
    assert "RTO 30m, RPO 5m, warm standby" in page
    assert "[01JPFAILOVER]" in page
    assert "dr new orders-api restore" in page
    assert "The standby costs 900 USD a month, 21 % of the primary's 4,200 USD (Cost Explorer, October 2026)." in page
    assert "cold standby: slower than the targets by the guide" in page


def test_the_list_has_one_line_a_service() -> None:
    """State, targets, last proof, next drill."""
    page = printed(*services_page([known()], SOON), width=160)

    [line] = [line for line in page.splitlines() if line.strip().startswith("orders-api")]
    assert "2 of 6 proven" in line
    assert "2026-03-14" in line
    assert "All standbys together cost 900 USD a month, as stated." in page


WRONG = Problem("runbooks/catalog.yaml", 12, 15, "`strategy` must be mirror, hot, warm or cold.")


@pytest.mark.parametrize(("hiding", "code"), [((), 0), ((WRONG,), 1)])
def test_a_scheduler_hears_of_a_service_that_a_mistake_hides(
    dr: Terminal, monkeypatch: pytest.MonkeyPatch, hiding: tuple[Problem, ...], code: int
) -> None:
    """All that are left may be proven; the one that is left out is not."""
    monkeypatch.setattr(readiness, "at_desk", lambda ctx, work: ([], hiding))

    assert dr("readiness", "--strict").code == code


def test_a_service_that_a_mistake_hides_is_not_passed_over_in_silence() -> None:
    """The list says what is wrong with its entry, so that nobody takes a short list for a good one."""
    page = printed(*services_page([known()], SOON, [WRONG]), width=160)

    assert "runbooks/catalog.yaml:12:15: `strategy` must be" in page
