"""Who leads: a role taken by button, given with a brief, and never held by somebody who may not."""

from __future__ import annotations

import re

from bot.approval.roles import role_words
from bot.language import _
from bot.local.workspace.words import text_of
from tests.journeys.cast import form, has
from tests.slack.flows.conftest import Play

IC = "incident commander"


async def test_a_role_is_handed_over_once_the_brief_was_read(play: Play) -> None:
    """Alice leads and offers it to Bob; Dave cannot take what is offered to Bob; Min takes it with a reason later.

    Min hands it on by a mention in the thread, where slash commands do not work.
    """
    cast, bench = play.cast, play.bench
    run = await play.a_run(bench.gate())
    card = await cast.alice.wait_for(has("role.claim.ic"))
    await cast.alice.click(card["ts"], "role.claim.ic")
    await play.until(lambda run: run.incident.holder("ic") == "alice", run.id)
    await cast.carol.wait_for(lambda m: m["ts"] == card["ts"] and "<@U01ALICE00>" in text_of(m))
    await cast.alice.command("/dr handover ic @bob")
    ask = await cast.bob.wait_for(has("role.brief"))
    between = await bench.desk.run(run.id)
    await cast.dave.click(ask["ts"], "role.brief")
    refused = await cast.reads(cast.dave, "Nobody hands that role to you now; see the run card.")
    await cast.bob.click(ask["ts"], "role.brief")
    brief = await cast.bob.wait_for_view(form("role.accept"))
    await cast.bob.submit({})
    await play.until(lambda run: run.incident.holder("ic") == "bob", run.id)
    await cast.carol.wait_for(lambda m: m["ts"] == ask["ts"] and not has("role.brief")(m))
    await cast.dave.command("/dr claim ic I want it")
    await cast.dave.wait_for(lambda m: bool(m.get("is_ephemeral")) and "@sre-leads" in text_of(m))
    await cast.min.command("/dr claim ic Bob is on a plane")
    await play.until(lambda run: run.incident.holder("ic") == "min", run.id)
    await cast.hears(cast.min, "You are {role} of {run} now.", role=cast.says(IC), run=f"`{run.id}`")
    await cast.min.say("@dr handover ic @alice", thread=card["ts"])
    await play.until(lambda run: run.incident.roles["ic"].offered_to == "alice", run.id)

    assert role_words("ic") == _(IC)
    assert between.incident.holder("ic") == "alice", "until the receiver says yes, the giver holds it"
    assert not form("role.accept")(refused)
    assert len(re.findall(r"^\d+\. ", text_of(brief), re.MULTILINE)) == 10
    assert "GO / NO-GO" in text_of(brief)
    assert len(await play.refusals(run)) == 1


async def test_the_form_of_roles_offers_what_is_allowed(play: Play) -> None:
    """Alice gives hers to Min by choice, Dave takes the free one, Carol hers; a stranger's click shows nothing."""
    cast = play.cast
    run = await play.a_run(play.bench.gate())
    await cast.alice.command("/dr claim ic")
    card = await cast.alice.wait_for(has("role.open"))
    await cast.fay.click(card["ts"], "role.open")
    await cast.fay.wait_for_view(lambda view: "U07FAY0000" in text_of(view))
    await cast.alice.click(card["ts"], "role.open")
    await cast.alice.wait_for_view(has("role.give"))
    await cast.alice.press("role.give", "min")
    await play.until(lambda run: run.incident.roles["ic"].offered_to == "min", run.id)
    for person, role in ((cast.dave, "comms"), (cast.carol, "ops")):
        await person.click(card["ts"], "role.open")
        await person.wait_for_view(has(f"role.claim.{role}"))
        await person.press(f"role.claim.{role}")
        who, what = person.who, role
        await play.until(lambda run, who=who, what=what: run.incident.holder(what) == who, run.id)  # type: ignore[misc]  # bound at once

    assert (await play.bench.desk.run(run.id)).incident.holder("ic") == "alice"
