"""Asking for a run and reading its plan: the form at once, mistakes inside it, the plan that approvers will see."""

from __future__ import annotations

import time

from bot.local.workspace.kinds import Json
from bot.local.workspace.words import elements, text_of
from bot.model.plan import Mode
from tests.journeys.cast import form, has
from tests.slack.flows.conftest import Play

PLAN, FORM = form("plan.start"), form("start.submit")


async def test_a_run_is_asked_for_in_a_form_that_opens_at_once(play: Play) -> None:
    """Carol mistypes an input, Alice the service, Bob names none; a guest and a stranger are refused; all inside."""
    cast = play.cast
    await cast.carol.command("/dr failover orders-api mode=plnned desired_tasks=12 impct=now reason=“5xx everywhere”")
    typed = await cast.carol.wait_for_view(FORM)
    tomorrow = int(time.time()) + 86400
    wrong = await cast.carol.submit({"in:impact_started_at": tomorrow})
    await cast.alice.command("/dr failover orders-ap dry-run")
    pick = await cast.alice.wait_for_view(form("start.pick"))
    await cast.alice.submit({"service": "orders-api"})
    picked = await cast.alice.wait_for_view(FORM)
    await cast.bob.command("/dr failover")
    await cast.bob.wait_for_view(form("start.pick"))
    await cast.fay.command("/dr failover orders-api")
    stranger = await cast.fay.wait_for_view(lambda view: "U07FAY0000" in text_of(view))
    await cast.erin.command("/dr failover orders-api")
    guest = await cast.reads(cast.erin, "Guests may not use this bot. Ask a full member on the roster.")

    assert [FORM(view) for view in (stranger, guest)] == [False, False]
    assert "planned" in _above(typed, "in:mode")
    assert "impct" in text_of(typed)
    assert _chosen(typed, "in:desired_tasks") == "12"
    assert _chosen(typed, "reason") == "5xx everywhere"
    assert list(wrong["errors"]) == ["in:impact_started_at"]
    assert next(iter(elements(pick)))["initial_option"]["value"] == "orders-api"
    assert "orders-ap" in text_of(pick)
    assert _chosen(picked, "mode") == "dry_run"
    assert await play.bench.desk.journals.recent_runs() == [], "no state changes before somebody submits the plan"
    opened = [call["view"] for call in play.calls("views.open")]
    assert all(cast.says("Loading…\nThis takes a moment. Nothing is started by waiting.") in str(text_of(view))
               for view in opened)  # fmt: skip
    assert all(len(view["title"]["text"]) <= 24 for view in (typed, pick, picked, *opened))
    assert all(call.get("hash") for call in play.calls("views.update")[:1]), "nothing newer is overwritten"


async def test_the_plan_is_what_approvers_will_see(play: Play) -> None:
    """Bob rehearses it, Carol starts it, Alice and Dave read the same in the thread; a second start is refused."""
    cast = play.cast
    for person in (cast.bob, cast.carol, cast.dave):
        await person.command("/dr failover orders-api")
        await person.wait_for_view(FORM)
        answer = await person.submit({"in:impact_started_at": int(time.time()) - 60})
        assert answer["action"] == "update"
    plan = await cast.carol.wait_for_view(PLAN)
    for person in (cast.bob, cast.dave):
        await person.wait_for_view(PLAN)
    await cast.bob.press("plan.rehearse")
    await cast.bob.wait_for_text("DRY RUN" if cast.language == "en" else "모의")
    await cast.carol.submit({})
    await cast.reads(cast.carol, "Started")
    runs = [await play.bench.desk.run(run) for run in await play.bench.desk.journals.open_runs()]
    (live,) = [run for run in runs if run.plan.mode is Mode.LIVE]
    await cast.dave.submit({})
    await cast.dave.wait_for_view(lambda view: live.id in text_of(view))
    thread = await cast.alice.wait_for(lambda m: f"`{live.plan.hash[:12]}`" in str(m) and "GO / NO-GO" in str(m))
    await play.bench.tell(live.id, play.bench.gate())
    ask = await cast.alice.wait_for(lambda m: live.id in str(m["blocks"]) and has("gate.approve")(m))
    await cast.alice.click(ask["ts"], "gate.approve")
    await cast.alice.wait_for_view(form("gate.submit"))

    assert sorted(run.plan.mode for run in runs) == [Mode.DRY_RUN, Mode.LIVE]
    assert live.plan.hash[:12] in text_of(plan)
    assert live.plan.runbook.digest[:12] in text_of(plan)
    for step in live.plan.steps:
        assert step.title in text_of(plan)
        assert step.title in text_of(thread)


def _above(view: Json, block: str) -> str:
    """What stands right above a field."""
    at = [each.get("block_id") for each in view["blocks"]].index(block)
    return text_of({"blocks": [view["blocks"][at - 1]]})


def _chosen(view: Json, block: str) -> str:
    given = next(iter(view["state"]["values"][block].values()))
    return str((given.get("selected_option") or given)["value"])
