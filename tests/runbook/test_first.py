"""A first runbook is sound whatever the catalogue knows; what it does not know is done by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from bot.actions.catalogue import Catalogue
from bot.model.problem import Problem
from bot.model.service import Catalog, Health, RunKind, Service, Strategy
from bot.runbook.first import first_runbook, name_of
from bot.runbook.library import Library, check_text

SPECS = Catalogue.discover().specs
SHIPPED = Library.load(Path("runbooks"), SPECS).catalog
FOR_THE_AUTHOR = {"nothing-read-back", "tick-not-value", "clock-without-proof", "too-few-people"}
"""What only the author can know: which value proves a step by hand, where users' success is seen, who else decides."""


def _with(name: str, catalog: Catalog = SHIPPED, **changes: Any) -> tuple[Service, Catalog]:
    service = catalog.services[name].model_copy(update=changes)
    return service, catalog.model_copy(update={"services": {**catalog.services, name: service}})


def _said(service: Service, kind: RunKind, catalog: Catalog) -> list[Problem]:
    draft, problems = check_text(first_runbook(service, kind, catalog), "r.yaml", SPECS, catalog, frozenset())
    assert draft is not None
    assert draft.runbook is not None
    return problems


@pytest.mark.parametrize("kind", get_args(RunKind))
@pytest.mark.parametrize("strategy", Strategy)
@pytest.mark.parametrize("name", SHIPPED.services)
def test_a_service_that_the_catalogue_knows_is_led_by_actions(name: str, strategy: Strategy, kind: RunKind) -> None:
    """No mistake in any of them; warnings only about steps that people do."""
    service, catalog = _with(name, strategy=strategy)

    problems = _said(service, kind, catalog)

    assert {each.code for each in problems} <= FOR_THE_AUTHOR


@pytest.mark.parametrize("kind", get_args(RunKind))
@pytest.mark.parametrize("strategy", Strategy)
def test_a_service_of_which_nothing_is_known_is_led_by_hand(strategy: Strategy, kind: RunKind) -> None:
    """No resources, no health, no roles, no owners: still a runbook that people can carry out."""
    service, catalog = _with("orders-api", strategy=strategy, resources={}, health=Health(), alarms=(), owners=())
    catalog = catalog.model_copy(update={"roles": {}})

    problems = _said(service, kind, catalog)

    assert [each for each in problems if each.level == "error"] == []
    assert {each.code for each in problems} <= FOR_THE_AUTHOR
    assert "uses:" not in first_runbook(service, kind, catalog)


def test_what_cannot_be_taken_back_is_fenced_measured_and_asked_of_two() -> None:
    """A warm standby with a global database: the order in which a practitioner would do it."""
    service, catalog = _with("orders-api")

    draft, _ = check_text(first_runbook(service, "failover", catalog), "r.yaml", SPECS, catalog, frozenset())

    assert draft is not None
    assert draft.runbook is not None
    steps = draft.runbook.steps
    assert list(steps) == [
        "measure_lag", "declare", "fence_old", "scale_tasks", "scale_fleet", "move_data", "smoke_test",
        "shift_traffic", "verify_service",
    ]  # fmt: skip
    assert steps["move_data"].needs == ("fence_old",)
    assert steps["move_data"].confirm is not None
    assert steps["move_data"].confirm.by == ("ops", "ic")
    assert [name for name, each in draft.runbook.inputs.items() if each.default is None] == [
        "impact_started_at", "tasks", "instances"
    ]  # fmt: skip


def test_both_sides_of_a_mirror_serve_so_only_the_traffic_moves() -> None:
    """Nothing is fenced, scaled or promoted."""
    service, catalog = _with("catalog-web")

    text = first_runbook(service, "failover", catalog)

    assert "shift_traffic:" in text
    assert not any(step in text for step in ("fence_old:", "ready_standby:", "move_data:"))


def test_a_runbook_is_called_what_the_catalogue_calls_it() -> None:
    """Else by its service and kind."""
    service, _ = _with("orders-api", runbooks={"failover": "orders.away"})

    assert (name_of(service, "failover"), name_of(service, "restore")) == ("orders.away", "orders-api.restore")
