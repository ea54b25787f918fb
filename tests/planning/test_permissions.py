"""A runbook's permissions are all it could ever use, narrowed by what the catalogue tells."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.actions.catalogue import Catalogue
from bot.model.plan import PlannedStep
from bot.planning.permissions import catalogue_needs, runbook_needs, service_needs, step_needs, too_long
from bot.runbook.library import Library

SPECS = Catalogue.discover().specs
LIBRARY = Library.load(Path("runbooks"), SPECS)
BOOK = LIBRARY.find("orders-api.failover").runbook
ORDERS = LIBRARY.catalog.service("orders-api")


def test_every_action_of_the_runbook_is_covered() -> None:
    """Steps, checks of waits, ways back, under any condition."""
    needs = {need.permission for need in runbook_needs(BOOK, ORDERS, LIBRARY, SPECS)}

    used = {step.uses for step in BOOK.steps.values() if step.uses} | {"elbv2.healthy_targets"}
    assert needs == {permission for name in used for permission in SPECS[name].permissions}


def test_resources_come_from_the_catalogue() -> None:
    """Names of the service's resources and both regions narrow what may be changed."""
    needs = runbook_needs(BOOK, ORDERS, LIBRARY, SPECS)

    where = {found for need in needs if need.permission == "ecs:UpdateService" for found in need.resources}
    assert where == {
        "arn:aws:ecs:us-east-1:111122223333:service/orders/orders-api",
        "arn:aws:ecs:us-west-2:111122223333:service/orders/orders-api",
    }


def test_a_runbook_without_a_service_stays_open() -> None:
    """Nothing can be narrowed by names that nobody gave."""
    needs = runbook_needs(BOOK, None, LIBRARY, SPECS)

    where = {found for need in needs if need.permission == "ecs:UpdateService" for found in need.resources}
    assert where == {"arn:aws:ecs:*:*:service/*/*"}


def test_a_service_has_all_its_runbooks() -> None:
    """And what the question of a disaster looks at; the whole catalogue covers every service."""
    mine = {need.permission for need in service_needs(ORDERS, LIBRARY, SPECS)}

    assert {need.permission for need in runbook_needs(BOOK, ORDERS, LIBRARY, SPECS)} <= mine
    assert "health:DescribeEvents" in mine  # no runbook of this service asks for it
    assert mine <= {need.permission for need in catalogue_needs(SPECS)}


def test_a_session_that_aws_would_refuse_is_told_before_approval() -> None:
    """The limit is met at planning, not in the middle of a failover; without a role there is no session."""
    under_role = ORDERS.model_copy(update={"role": "arn:aws:iam::111122223333:role/dr"})
    greedy = SPECS["ecs.set_desired_count"].model_copy(
        update={"permissions": tuple(f"ecs:Describe{'Something' * 5}{number}" for number in range(60))}
    )
    step = PlannedStep(
        id="scale", title="Scale", kind="uses", action="ecs.set_desired_count", region="us-west-2",
        risk=greedy.risk, timeout=timedelta(minutes=1), expected=timedelta(0),
    )  # fmt: skip

    refused = list(too_long([step], under_role, {**SPECS, greedy.name: greedy}))

    assert [finding.blocking for finding in refused] == [True]
    assert "AWS takes 2048" in refused[0].text
    assert list(too_long([step], under_role, SPECS)) == []
    assert list(too_long([step], ORDERS, {**SPECS, greedy.name: greedy})) == []
    assert step_needs(SPECS[greedy.name], step.params, step.region, under_role)
