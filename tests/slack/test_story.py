"""One failover as people live it in Slack: the form, the plan, the approvals, the value read back, the end."""

from __future__ import annotations

import time

from bot.local.workspace.words import text_of
from bot.model.events import GateGranted, RunFinished, StepSettled
from tests.slack.conftest import Bench


async def test_a_failover_is_started_from_a_form(bench: Bench) -> None:
    """`/dr failover` opens a filled form, shows the plan, and only then starts."""
    impact = int(time.time()) - 240
    async with bench.door(), bench.person("carol") as carol:
        await carol.command("/dr failover orders-api mode=planned reason=“5xx everywhere”")
        form = await carol.wait_for_view(lambda view: view["callback_id"] == "start.submit")
        assert form["state"]["values"]["in:mode"]["value"]["selected_option"]["value"] == "planned"
        answer = await carol.submit({"in:impact_started_at": impact})
        assert answer["action"] == "update"
        plan = await carol.wait_for_view(lambda view: view["callback_id"] == "plan.start")
        assert "GO / NO-GO" in text_of(plan)
        assert "waits for 2 of @sre-leads or @eng-directors" in text_of(plan)
        await carol.submit({})
        await carol.wait_for_view(lambda view: "Its card is in" in text_of(view))
        card = await carol.wait_for_text("Failover of orders-api")

    assert "5xx everywhere" in text_of(card)
    runs = await bench.desk.journals.open_runs()
    assert len(runs) == 1
    assert (await bench.desk.run(runs[0])).plan.inputs["mode"] == "planned"


async def test_two_people_approve_and_one_reads_a_value_back(bench: Bench) -> None:
    """Votes, the typed phrase, the manual answer, the end and its exports, all in the channel."""
    async with bench.door(), bench.person("alice") as alice, bench.person("bob") as bob, bench.person("carol") as carol:
        run = await bench.a_run(bench.gate())
        ask = await alice.wait_for_text("Approval needed: GO / NO-GO")
        await alice.click(ask["ts"], "gate.approve")
        await alice.wait_for_view(lambda view: view["callback_id"] == "gate.submit")
        wrong = await alice.submit({"typed": "orders us-west-2"})
        assert wrong["errors"] == {"typed": "Type exactly: orders-api us-west-2"}
        await alice.submit({"typed": "orders-api us-west-2", "comment": "Go."})
        await alice.wait_for_text("1 of 2")
        await bob.click(ask["ts"], "gate.approve")
        await bob.wait_for_view(lambda view: view["callback_id"] == "gate.submit")
        await bob.submit({"typed": "orders-api us-west-2"})
        done = await alice.wait_for(lambda m: m["ts"] == ask["ts"] and "APPROVED" in text_of(m))
        assert "gate.approve" not in str(done["blocks"])
        granted = StepSettled(step="declare", seen="2 of 2 approved", how="granted")
        await bench.tell(run.id, GateGranted(step="declare", by=("alice", "bob")), granted, bench.by_hand())
        hand = await carol.wait_for_text("By hand: The payment provider")
        await carol.click(hand["ts"], "manual.answer")
        await carol.wait_for_view(lambda view: view["callback_id"] == "manual.submit")
        assert "answer" in (await carol.submit({"answer": "4711"}))["errors"]
        await carol.submit({"answer": "PSP-4711"})
        await carol.wait_for_text("PSP-4711")
        await bench.tell(run.id, RunFinished(outcome="completed"))
        await carol.wait_for(lambda m: "Completed" in text_of(m) and "run.pause" not in str(m.get("blocks")))
        await carol.wait_for(lambda m: len(m.get("files") or []) == 4)
        files = await carol.files()

    assert {file["name"] for file in files} == {f"{run.id}.{name}" for name in ("md", "json", "csv", "html")}
