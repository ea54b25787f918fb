"""Work by hand: a value read back, reminders that get louder, and the commander's word that it is left out."""

from __future__ import annotations

from datetime import timedelta

from bot.local.workspace.words import elements, text_of
from bot.model.events import PersonChose, StepSkipped
from bot.model.step_run import Phase
from tests.journeys.cast import form, has
from tests.slack.flows.conftest import Play, is_done, said

ASK, FORM, SKIP = has("manual.answer"), form("manual.submit"), form("manual.skip.submit")


async def test_the_value_is_read_back_in_its_form(play: Play) -> None:
    """Carol's slip is told beside the field; a stranger is refused, a guest too, and who comes late is told."""
    cast = play.cast
    run = await play.a_run(play.bench.by_hand())
    ask = await cast.carol.wait_for(ASK)
    stale = play.frozen(ask)
    await cast.fay.click(ask["ts"], "manual.answer")
    await cast.fay.wait_for_view(lambda view: "U07FAY0000" in text_of(view))
    await cast.erin.click(ask["ts"], "manual.answer")
    await cast.reads(cast.erin, "Guests may not use this bot. Ask a full member on the roster.")
    await cast.carol.click(ask["ts"], "manual.answer")
    await cast.carol.wait_for_view(FORM)
    wrong = await cast.carol.submit({"answer": "4711"})
    right = await cast.carol.submit({"answer": "PSP-4711"})
    await play.until(is_done("allowlist"), run.id)
    done = await cast.bob.wait_for(lambda m: m["ts"] == ask["ts"] and not ASK(m))
    await cast.min.click(stale["ts"], "manual.answer")
    await cast.min.wait_for_view(lambda view: not FORM(view) and bool(view["blocks"]) and "…" not in text_of(view))

    assert "<@U03CAROL00>" in said(ask)
    assert "thread_ts" not in ask
    assert "1. Open the console\n2. Add 198.51.100.10" in text_of(ask), "one action a line"
    assert next(each["text"]["text"] for each in elements(ask)) == cast.says("Done: enter the value…")
    assert list(wrong["errors"]) == ["answer"]
    assert right["action"] == "close"
    assert "`PSP-4711`" in text_of(done)
    assert "Carol Díaz" in text_of(done)


async def test_nobody_answers_and_the_commander_leaves_it_out(play: Play) -> None:
    """Carol is reminded, then the channel; Carol and Dave may not leave it out, Alice may, and Bob comes too late."""
    cast, bench = play.cast, play.bench
    run = await play.a_run(bench.by_hand())
    ask = await cast.carol.wait_for(ASK)
    stale = play.frozen(ask)
    bench.clock.ahead += timedelta(minutes=3, seconds=5)
    await cast.alice.command("/dr claim ic")
    first = await cast.carol.wait_for(lambda m: bool(m.get("thread_ts")) and "“The payment provider" in said(m))
    bench.clock.ahead += timedelta(minutes=7)
    await cast.dave.command("/dr note the provider does not answer the phone")
    late = await cast.alice.wait_for(lambda m: m.get("subtype") == "thread_broadcast" and ":warning:" in said(m))
    for person in (cast.carol, cast.dave):
        await person.click(ask["ts"], "manual.skip")
        await person.wait_for_view(SKIP)
        await person.submit({"reason": "I would rather not"})
        await person.wait_for(lambda m: bool(m.get("is_ephemeral")) and "@sre-leads" in text_of(m))
    waiting = (await bench.desk.run(run.id)).steps["allowlist"].phase
    await cast.alice.click(ask["ts"], "manual.skip")
    await cast.alice.wait_for_view(SKIP)
    await cast.alice.submit({"reason": "The provider allows every address today"})
    await play.until(lambda run: run.steps["allowlist"].phase is Phase.SKIPPED, run.id)
    closed = await cast.bob.wait_for(lambda m: m["ts"] == ask["ts"] and not ASK(m))
    await cast.bob.click(stale["ts"], "manual.skip")
    await cast.bob.wait_for_view(lambda view: not SKIP(view) and "…" not in text_of(view))

    facts = [record.fact for record in await bench.desk.records(run.id)]
    assert first.get("subtype") != "thread_broadcast"
    assert "<@U03CAROL00>" in said(first)
    assert "<@U01ALICE00>" in said(late), "the incident commander is asked now"
    assert waiting is Phase.MANUAL
    assert [fact.choice for fact in facts if isinstance(fact, PersonChose)] == ["skip"]
    (skipped,) = [fact for fact in facts if isinstance(fact, StepSkipped)]
    assert skipped.why == "Alice Kim as ic: The provider allows every address today"
    assert "The provider allows every address today" in text_of(closed)
