"""From a runbook on disk to a plan: what is rendered, laid in place, left out and guarded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.actions.catalogue import Catalogue
from bot.model.action import Risk
from bot.model.errors import Misfits, UserError
from bot.model.plan import Mode, Plan
from bot.model.service import RunKind
from bot.planning.compile import Request, compile_plan
from bot.planning.inputs import read_inputs
from bot.runbook.library import Library

NOW = datetime(2026, 3, 14, 3, 7, tzinfo=UTC)
ACTIONS = Catalogue.discover()
SHIPPED = Path(__file__).parents[2] / "runbooks"
HEAD = """\
schema: dr/v1
runbook: {name}
version: 1
title: A test
owners: ["@orders-sre"]
strategy: warm
kind: failover
when: Never.
"""


def library(tmp_path: Path, **runbooks: str) -> Library:
    """The shipped catalogue with these runbooks, orders-api served by the first."""
    first = next(iter(runbooks), "")
    text = (SHIPPED / "catalog.yaml").read_text().replace("orders-api.failover", first.replace("_", "-"))
    (tmp_path / "catalog.yaml").write_text(text)
    for name, body in runbooks.items():
        (tmp_path / f"{name}.yaml").write_text(HEAD.format(name=name.replace("_", "-")) + body)
    return Library.load(tmp_path, ACTIONS.specs)


def plan_of(books: Library, kind: RunKind = "failover", **given: Any) -> Plan:
    service = books.catalog.service("orders-api")
    loaded = books.for_service(service, kind)
    request = Request(
        run="r1",
        mode=Mode.LIVE,
        requester=books.catalog.people["carol"],
        inputs=read_inputs(loaded.runbook, given, now=NOW),
        now=NOW,
        expires_at=NOW + timedelta(minutes=15),
    )
    return compile_plan(loaded, service, request, books, ACTIONS.specs)


@pytest.fixture(scope="module")
def shipped() -> Plan:
    return plan_of(Library.load(SHIPPED, ACTIONS.specs), impact_started_at="03:02")


def test_the_shipped_failover_is_rendered(shipped: Plan) -> None:
    """What is known is filled in; what only the run can tell stays a template."""
    assert shipped.title == "Fail orders-api over to us-west-2"
    assert shipped.step("fence_primary").region == "us-east-1"
    assert shipped.step("promote_db").params["allow_data_loss"] is True
    assert shipped.step("fence_primary").on_failure == "continue"
    assert "${{ steps.measure_lag" in (shipped.step("promote_db").gate.text if shipped.step("promote_db").gate else "")


def test_roles_and_groups_are_resolved(shipped: Plan) -> None:
    """Gates carry the groups that may decide, so that approval needs no catalogue later."""
    declare, promote = shipped.step("declare").gate, shipped.step("promote_db").gate

    assert declare is not None
    assert declare.groups == ("@sre-leads", "@eng-directors")
    assert promote is not None
    assert promote.roles == (
        ("ops", ("@orders-sre",)),
        ("ic", ("@sre-leads", "@eng-directors")),
    )


def test_steps_that_need_the_dying_region_are_named(shipped: Plan) -> None:
    """Static stability is said before anyone approves."""
    assert [step.id for step in shipped.steps if step.needs_dying_region] == ["fence_primary", "shift_traffic"]
    assert "us-east-1, the region that may be down: fence_primary, shift_traffic" in shipped.findings[0].text


def test_a_failback_and_a_drill_need_no_region_that_may_be_down() -> None:
    """They begin while it is well; every step of theirs would be named."""
    books = Library.load(SHIPPED, ACTIONS.specs)

    for plan in (plan_of(books, "failback", impact_started_at="03:02"), plan_of(books, "drill")):
        assert not any(step.needs_dying_region for step in plan.steps)
        assert not any("may be down" in finding.text for finding in plan.findings)


def test_the_step_that_stops_writers_is_called_a_fence(shipped: Plan) -> None:
    """So that a run tells when it failed."""
    assert [step.id for step in shipped.steps if step.fences] == ["fence_primary"]


def test_every_byte_of_the_plan_is_in_its_hash(shipped: Plan) -> None:
    """Approval is bound to what runs: any changed field gives another hash."""
    for name in Plan.model_fields:
        changed = shipped.model_copy(update={name: _other(getattr(shipped, name))})
        assert changed.hash != shipped.hash, name


def test_a_step_whose_condition_is_known_to_be_false_is_left_out(tmp_path: Path) -> None:
    """Its followers need what it needed."""
    books = library(
        tmp_path,
        first="""\
inputs: { mode: { type: choice, options: [a, b], default: a } }
steps:
  one: { uses: http.probe, with: { url: "http://x.example.com/" } }
  two: { needs: [one], if: "${{ inputs.mode == 'b' }}", uses: http.probe, with: { url: "http://x.example.com/" } }
  three: { needs: [two], uses: http.probe, with: { url: "http://x.example.com/" } }
""",
    )

    plan = plan_of(books)

    assert [(step.id, step.needs) for step in plan.steps] == [("one", ()), ("three", ("one",))]


def test_a_called_runbook_is_laid_in_place(tmp_path: Path) -> None:
    """With its own inputs, its own names, and the caller's needs."""
    books = library(
        tmp_path,
        outer="""\
steps:
  one: { uses: http.probe, with: { url: "http://x.example.com/" } }
  sub: { needs: [one], call: { runbook: inner, with: { who: ops } } }
  end: { needs: [sub], uses: http.probe, with: { url: "http://x.example.com/" } }
""",
        inner="""\
inputs: { who: { type: string, required: true } }
steps:
  first: { manual: { assignee: ops, do: ["Call ${{ inputs.who }}"] } }
  second: { needs: [first], manual: { assignee: ops, do: ["Write it down"] } }
""",
    )

    plan = plan_of(books)

    assert [(step.id, step.needs) for step in plan.steps] == [
        ("one", ()),
        ("sub_first", ("one",)),
        ("sub_second", ("sub_first",)),
        ("end", ("sub_second",)),
    ]
    first = plan.step("sub_first").manual
    assert first is not None
    assert first.do == ("Call ops",)
    assert [each.name for each in plan.texts] == ["outer", "inner"]


def test_what_a_called_runbook_does_not_take_names_the_step_that_calls(tmp_path: Path) -> None:
    """Its inputs are no questions of the form, though they may be called like one."""
    books = library(
        tmp_path,
        outer="""\
inputs: { tasks: { type: integer, default: 99 } }
steps:
  sub: { call: { runbook: inner, with: { tasks: "${{ inputs.tasks }}" } } }
""",
        inner="""\
inputs: { tasks: { type: integer, max: 60 } }
steps:
  first: { manual: { assignee: ops, do: ["Scale to ${{ inputs.tasks }}"] } }
""",
    )

    with pytest.raises(UserError, match="sub: tasks: 99 is above the maximum") as refused:
        plan_of(books)

    assert not isinstance(refused.value, Misfits)


def test_verify_becomes_a_wait_behind_its_step(tmp_path: Path) -> None:
    """Followers of the step need its verification."""
    books = library(
        tmp_path,
        first="""\
steps:
  go: { approve: { from: role.ic, count: 2 } }
  scale:
    needs: [go]
    uses: ecs.set_desired_count
    with: { cluster: orders, service: orders-api, desired: 4 }
    verify: { until: [{ check: elbv2.healthy_targets, with: { target_group: t }, gte: 4 }] }
  after: { needs: [scale], uses: http.probe, with: { url: "http://x.example.com/" } }
""",
    )

    plan = plan_of(books)

    assert [(step.id, step.kind) for step in plan.steps][2] == ("scale_verified", "wait")
    assert plan.step("after").needs == ("scale_verified",)


def test_an_unguarded_write_gets_a_gate_and_says_so(tmp_path: Path) -> None:
    """The floor holds whatever the author wrote."""
    books = library(
        tmp_path,
        first="""\
steps:
  promote: { uses: rds.promote_read_replica, with: { replica: reports-replica } }
""",
    )

    plan = plan_of(books)

    gate = plan.step("promote").gate
    assert plan.step("promote").risk is Risk.DATA_LOSS
    assert gate is not None
    assert (gate.count, gate.implied) == (2, True)
    assert any("The runbook asks nobody before" in finding.text for finding in plan.findings)


PROBE = 'uses: http.probe, with: { url: "http://x.example.com/" }'
ONE_PROBE = f"steps:\n  probe: {{ {PROBE} }}\n"


def test_a_call_of_which_nothing_is_left_passes_its_needs_on(tmp_path: Path) -> None:
    """What stands behind it still waits for what stood before it."""
    books = library(
        tmp_path,
        outer=f"""\
steps:
  one: {{ {PROBE} }}
  sub: {{ needs: [one], call: {{ runbook: inner }} }}
  end: {{ needs: [sub], {PROBE} }}
""",
        inner=f"""\
inputs: {{ mode: {{ type: choice, options: [a, b], default: a }} }}
steps:
  probe: {{ if: "${{{{ inputs.mode == 'b' }}}}", {PROBE} }}
""",
    )

    plan = plan_of(books)

    assert [(step.id, step.needs) for step in plan.steps] == [("one", ()), ("end", ("one",))]


def test_a_call_that_would_be_decided_at_run_time_is_refused(tmp_path: Path) -> None:
    """Its steps would run whatever the condition comes to be."""
    books = library(
        tmp_path,
        outer=f"""\
steps:
  one: {{ {PROBE} }}
  sub: {{ needs: [one], if: "${{{{ steps.one.outputs.status == 200 }}}}", call: {{ runbook: inner }} }}
""",
        inner=ONE_PROBE,
    )

    with pytest.raises(UserError, match="sub: whether it is called must be known"):
        plan_of(books)


def test_two_steps_that_come_to_one_name_are_refused(tmp_path: Path) -> None:
    """A called step is named after its call, and somebody may have that name already."""
    books = library(
        tmp_path,
        outer=f"steps:\n  sub_probe: {{ {PROBE} }}\n  sub: {{ call: {{ runbook: inner }} }}\n",
        inner=ONE_PROBE,
    )

    with pytest.raises(UserError, match="sub_probe"):
        plan_of(books)


def test_a_step_left_out_at_run_time_is_not_verified(tmp_path: Path) -> None:
    """The wait behind it has the same condition."""
    books = library(
        tmp_path,
        first=f"""\
steps:
  one: {{ {PROBE} }}
  scale:
    needs: [one]
    if: "${{{{ steps.one.outputs.status == 200 }}}}"
    uses: ecs.set_desired_count
    with: {{ cluster: orders, service: orders-api, desired: 4 }}
    verify: {{ until: [{{ check: elbv2.healthy_targets, with: {{ target_group: t }}, gte: 4 }}] }}
""",
    )

    plan = plan_of(books)

    assert plan.step("scale_verified").if_ == plan.step("scale").if_ is not None


def test_calls_that_go_too_deep_are_refused(tmp_path: Path) -> None:
    """Three levels are enough for anybody."""
    books = library(tmp_path, **{name: f"steps:\n  x: {{ call: {{ runbook: {after} }} }}\n" for name, after in
                                 [("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")]},
                    e='steps:\n  x: { uses: http.probe, with: { url: "http://x.example.com/" } }\n')  # fmt: skip

    with pytest.raises(UserError, match="deep"):
        plan_of(books)


def _other(value: Any) -> Any:
    """Some other value of the same kind."""
    match value:
        case tuple():
            return value[:-1] if value else ("x",)
        case dict():
            return {**value, "x": 1}
        case datetime() | timedelta():
            return value + timedelta(seconds=1)
        case Mode():
            return Mode.DRY_RUN
        case str():
            return f"{value}x"
        case None:
            return datetime(2026, 1, 1, tzinfo=UTC)
        case _:
            name = next(name for name in type(value).model_fields if getattr(value, name) is not None)
            return value.model_copy(update={name: _other(getattr(value, name))})


def test_a_plan_of_which_nothing_is_left_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """Conditions that are all false leave nothing to do, which is no plan, and no accident either."""
    books = library(
        tmp_path,
        orders_api_test="""\
inputs:
  deep: { type: boolean, default: false }
steps:
  look:
    if: ${{ inputs.deep }}
    uses: cloudwatch.alarm_ok
    with: { alarm: orders-api-success-ratio }
""",
    )

    with pytest.raises(UserError, match="nothing is left to do"):
        plan_of(books)
    assert [step.id for step in plan_of(books, deep="yes").steps] == ["look"]


@pytest.mark.parametrize(
    ("own", "region"), [("", "us-east-1"), (", region: us-west-2", "us-west-2")], ids=["the step's", "its own"]
)
def test_a_way_back_runs_in_its_own_region_where_it_names_one(tmp_path: Path, own: str, region: str) -> None:
    """What was done in the lost region may have to be undone from the other one."""
    books = library(
        tmp_path,
        orders_api_test=f"""\
steps:
  scale:
    uses: ecs.set_desired_count
    region: us-east-1
    with: {{ cluster: orders, service: api, desired: 4 }}
    rollback: {{ uses: ecs.set_desired_count, with: {{ cluster: orders, service: api, desired: 2 }}{own} }}
""",
    )

    undo = plan_of(books).step("scale").undo

    assert undo is not None
    assert (undo.region, undo.params["desired"]) == (region, 2)
