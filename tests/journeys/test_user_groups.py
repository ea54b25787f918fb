"""A group that Slack feeds approves, over the real app, socket, Redis and engine; in English and in Korean."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from bot.approval.votes import Ballot
from bot.language import Language, _, speaking
from bot.local.workspace.words import text_of
from bot.model.errors import Refused
from bot.model.events import VoteCast
from bot.slack.kit import when
from bot.usecases.decide import vote
from bot.usecases.desk import Caller
from tests.journeys.test_wrong_people import PHRASE, ROSTER, approve, served

FED = '\ngroups: { "@sre-leads": { slack_usergroup: S0SREONCALL } }\nroles:'
LOCALES: dict[Language, str] = {"en": "en-GB", "ko": "ko-KR"}


def fed(language: Language) -> str:
    """The roster without Dave, whom only Slack knows as one of the group."""
    lines = [line for line in ROSTER.splitlines() if "Dave Lund" not in line]
    return "\n".join([f"language: {language}", *lines]).replace("\nroles:", FED) + "\n"


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_a_member_whom_only_slack_knows_approves_and_the_vote_says_so(tmp_path: Path, language: Language) -> None:
    """Dave, on no roster but in the user group, counts; Min, in neither, and a guest and a left account do not."""

    def says(text: str, **values: object) -> str:
        with speaking(language):
            return _(text, **values)

    async with served(tmp_path, roster=fed(language)) as scene:
        world = scene.slack.world
        group = world.groups["S0SREONCALL"]
        world.groups["S0SREONCALL"] = replace(group, members=("carol", "dave"))
        for member in world.members.values():
            member.locale = LOCALES[language]
        async with (
            scene.slack.person("bob") as bob, scene.slack.person("carol") as carol,
            scene.slack.person("dave") as dave, scene.slack.person("min") as outsider,
        ):  # fmt: skip
            await carol.command("/dr failover orders-api")
            await carol.wait_for_view(lambda view: view["callback_id"] == "start.submit")
            await carol.submit({"in:impact_started_at": int(time.time()) - 60})
            await carol.wait_for_view(lambda view: view["callback_id"] == "plan.start")
            await carol.submit({})
            needed = says("Approval needed: {step}", step="GO / NO-GO")
            ask = await bob.wait_for_text(needed, timeout=20)

            await outsider.click(ask["ts"], "gate.approve")
            await outsider.wait_for(lambda m: bool(m.get("is_ephemeral")) and "U06MIN0000" in text_of(m))
            await approve(dave, ask)
            await dave.wait_for_text(says("{given} of {count}", given=1, count=2))
            shown = text_of(await bob.message(ask["ts"]))
            world.members["U01ALICE00"].deleted = True
            run, alice = await scene.desk.find_run(), scene.desk.library().catalog.people["alice"]
            late = Ballot("declare", alice, "approve", run.plan.hash, PHRASE["typed"])
            with pytest.raises(Refused) as gone:
                await vote(scene.desk, run.id, Caller(alice, "cli"), late)
            await approve(bob, ask)
            await bob.wait_for_text(says("*APPROVED.* The run goes on."), timeout=20)
            cast = [each.fact for each in await scene.story() if isinstance(each.fact, VoteCast)]
            refused = await scene.refusals()

    assert cast[0].lent is not None
    assert (
        says("{who} ({groups}, as Slack said at {at})", who="Dave Lund", groups="@sre-leads", at=when(cast[0].lent.at))
        in shown
    )
    assert gone.value.reason == "deactivated-account"
    assert refused == [("slack:U06MIN0000", "not-on-roster"), ("alice", "deactivated-account")]
    assert [(each.person, each.lent is not None) for each in cast] == [("slack:U04DAVE000", True), ("bob", False)]
