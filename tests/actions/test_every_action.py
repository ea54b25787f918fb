"""Promises that every action keeps. A new action is covered here the moment its file exists."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from bot.actions.base import Action, AnyAction, Call, Check, Rehearsal
from bot.actions.catalogue import Catalogue
from bot.model.action import Before, Idempotency, NotStarted, Observation, Pending, Risk, Settled
from tests.actions.iam_names import permission
from tests.actions.scripted import api_names, play

CATALOGUE = Catalogue.discover()
TOKEN = "3f2b1c5e-0000-5000-8000-000000000000"  # a step's token, not a secret

ACTIONS = list(CATALOGUE.values())
WRITES = [each for each in ACTIONS if not isinstance(each, Check)]


def performances(rehearsal: Rehearsal) -> Iterator[Rehearsal]:
    yield rehearsal
    for other in rehearsal.also:
        yield from performances(other)


def named(pairs: list[tuple[AnyAction, Rehearsal]]) -> Any:
    ids = [
        f"{each.spec.name}-{'-'.join(str(value) for value in script.params.values())[:40]}" for each, script in pairs
    ]
    return pytest.mark.parametrize(("each", "script"), pairs, ids=ids)


every_action = pytest.mark.parametrize("each", ACTIONS, ids=lambda each: each.spec.name)
every_write = pytest.mark.parametrize("each", WRITES, ids=lambda each: each.spec.name)
every_performance = named([(each, script) for each in ACTIONS for script in performances(each.rehearsal)])
every_write_performance = named([(each, script) for each in WRITES for script in performances(each.rehearsal)])


def test_the_first_set_is_there() -> None:
    """The actions that the example runbook is made of are found without being registered."""
    assert {
        "aurora.failover_global_cluster",
        "aurora.measure_global_lag",
        "autoscaling.resize_group",
        "aws.preflight",
        "cloudwatch.alarm_ok",
        "ecs.set_desired_count",
        "elbv2.healthy_targets",
        "http.probe",
        "rds.promote_read_replica",
        "route53.shift_traffic",
        "sns.publish",
    } <= set(CATALOGUE)


@every_action
def test_lives_where_its_name_says(each: AnyAction) -> None:
    """`rds.promote_read_replica` is found in bot/actions/rds/promote_read_replica.py, under a class of that name."""
    service, _, verb = each.spec.name.partition(".")

    home = type(each).__module__.removesuffix(f".{service}.{verb}")

    assert home == "bot.actions" or not home.startswith("bot.")  # a private one has a package of its own
    assert home != type(each).__module__
    assert type(each).__name__.lower() == verb.replace("_", "")


@every_action
def test_explains_itself(each: AnyAction) -> None:
    """The module's docstring is the docs page: what it does, when to reach for it, what bites. No field goes untold."""
    docs = sys.modules[type(each).__module__].__doc__ or ""
    fields = (*each.spec.parameters, *each.spec.results)

    assert "When to reach for it:" in docs
    assert "What bites:" in docs
    assert each.spec.summary.endswith(".")
    assert all(field.description.endswith(".") for field in fields), fields


@every_action
def test_can_be_undone_or_says_why_not(each: AnyAction) -> None:
    """A write has exactly one of a rollback and a sentence; a check has neither."""
    can_be_undone = type(each).rollback is not Action.rollback
    says_why_not = each.spec.irreversible is not None

    assert can_be_undone == (type(each).undone is not Action.undone)
    assert can_be_undone + says_why_not == (0 if isinstance(each, Check) else 1)
    assert all(bool(script.undo) == can_be_undone for script in performances(each.rehearsal))


@every_action
def test_what_makes_a_fence_is_among_the_parameters(each: AnyAction) -> None:
    """A renamed parameter would leave a fence unseen; a look stops nobody."""
    assert {*(each.spec.fences or {})} <= {field.name for field in each.spec.parameters}
    assert each.spec.fences is None or not isinstance(each, Check)


@every_action
def test_a_check_only_reads_and_measures_a_result_of_its_own(each: AnyAction) -> None:
    """`wait` and `verify` compare the measure, so it must be among the declared results."""
    assert isinstance(each, Check) == (each.spec.risk is Risk.READ) == each.spec.is_check
    assert each.spec.measures is None or each.spec.measures in {field.name for field in each.spec.results}


@every_action
def test_asks_for_exactly_the_permissions_it_uses(each: AnyAction) -> None:
    """The generated policy is neither short nor generous."""
    scripts = list(performances(each.rehearsal))
    used = {_permission(call) for script in scripts for call in (*script.calls, *script.undo) if call.service != "http"}

    assert used == set(each.spec.permissions)
    assert used.isdisjoint(each.spec.implied)
    assert len(each.spec.permissions) == len(set(each.spec.permissions))


@every_performance
def test_performs_its_rehearsal(each: AnyAction, script: Rehearsal) -> None:
    """Preflight, remember, execute, verify until settled, roll back, see it undone: to the last line of the script."""
    aws = play((*script.calls, *script.undo))
    params = each.Params.model_validate(script.params)

    look = each.preflight(aws, params)
    before = each.remember(aws, params)
    each.execute(aws, params, TOKEN)
    settled = _until_settled(lambda: each.verify(aws, params, before))
    if script.undo:
        each.rollback(aws, params, before, TOKEN)
        _until_settled(lambda: each.undone(aws, params, before))

    assert aws.left == []
    assert look.state == "ready", look
    assert look.change
    assert set(each.Results.model_validate(settled.results).model_fields_set) == {
        field.name for field in each.spec.results
    }


@every_performance
def test_looking_never_touches(each: AnyAction, script: Rehearsal) -> None:
    """A plan can be made with an AWS that hands out no writer at all."""
    aws = play(script.calls, may_write=False)

    look = each.preflight(aws, each.Params.model_validate(script.params))

    assert look.state == "ready"


@every_write
def test_a_write_names_what_it_touches(each: AnyAction) -> None:
    """Two runs never change the same thing at once, so the plan must know what that is."""
    aws = play(each.rehearsal.calls)

    look = each.preflight(aws, each.Params.model_validate(each.rehearsal.params))

    assert look.targets
    assert all(look.targets)


@every_write_performance
def test_nothing_happened_is_not_success(each: AnyAction, script: Rehearsal) -> None:
    """Where our call never arrived, verify says so; only then may the engine send it again."""
    if each.spec.idempotency is Idempotency.OPAQUE:
        assert not script.idle  # nothing can be looked at: the engine asks a person instead
        return
    aws = play(script.idle)

    seen = each.verify(aws, each.Params.model_validate(script.params), _before(each, script))

    assert isinstance(seen, NotStarted)
    assert seen.seen


@every_performance
def test_parameters_are_closed(each: AnyAction, script: Rehearsal) -> None:
    """A misspelt parameter is refused, and the schema says so to editors."""
    with pytest.raises(ValueError, match="misspelt"):
        each.Params.model_validate({**script.params, "misspelt": 1})

    assert each.spec.parameters_schema["additionalProperties"] is False


def _before(each: AnyAction, script: Rehearsal) -> Before:
    """What the action would have remembered: the part of the script after preflight."""
    aws = play(script.calls)
    params = each.Params.model_validate(script.params)
    each.preflight(aws, params)
    return each.remember(aws, params)


def _until_settled(look: Any) -> Settled:
    """Look again as long as it is pending; a rehearsal has a few looks at most."""
    for _ in range(10):
        seen: Observation = look()
        assert seen.seen
        if isinstance(seen, Settled):
            return seen
        assert isinstance(seen, Pending), seen
    raise AssertionError("never settled")


def _permission(call: Call) -> str:
    return permission(call.service, api_names(call.service)[call.operation])
