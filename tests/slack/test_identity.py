"""Whom the bot takes for a member: default deny, and Enterprise Grid's people counted where they belong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.local.workspace.faults import Fault
from bot.local.workspace.person import Person
from bot.local.workspace.seed import TEAM_ID
from bot.local.workspace.words import text_of
from bot.slack.app import client_of
from bot.slack.identity import AGAIN, FRESH, Identities, Me, standing_of
from tests.slack.conftest import Bench, WindableClock
from tests.slack.test_outbox import until

PLAIN = Me("T0HOME", "U0BOT")
GRID = Me("T0HOME", "U0BOT", enterprise="E0ORG")
WHOLE_ORGANISATION = Me("E0ORG", "U0BOT", enterprise="E0ORG")


def of_grid(enterprise: str, *teams: str) -> Mapping[str, Any]:
    """Somebody whose account names another workspace first."""
    return {"team_id": "T0OTHER", "enterprise_user": {"enterprise_id": enterprise, "teams": list(teams)}}


@pytest.mark.parametrize(
    ("account", "me", "standing"),
    [
        ({"team_id": "T0HOME"}, PLAIN, "member"),
        ({"team_id": "T0OTHER"}, PLAIN, "other_team"),
        ({"team_id": ""}, PLAIN, "other_team"),
        ({"team_id": "T0HOME", "is_stranger": True}, PLAIN, "other_team"),
        ({"team_id": "T0HOME", "deleted": True}, PLAIN, "deactivated"),
        ({"team_id": "T0HOME", "is_restricted": True}, PLAIN, "guest"),
        ({"team_id": "T0HOME", "is_ultra_restricted": True}, PLAIN, "guest"),
        ({"team_id": "T0HOME", "is_bot": True}, PLAIN, "bot"),
        (of_grid("E0ORG", "T0OTHER", "T0HOME"), GRID, "member"),
        (of_grid("E0ORG", "T0OTHER"), GRID, "other_team"),
        (of_grid("E0ELSE", "T0OTHER", "T0HOME"), GRID, "other_team"),
        (of_grid("", "T0OTHER", "T0HOME"), PLAIN, "other_team"),
        (of_grid("E0ORG", "T0OTHER"), WHOLE_ORGANISATION, "member"),
        (of_grid("E0ELSE", "T0OTHER"), WHOLE_ORGANISATION, "other_team"),
        ({**of_grid("E0ORG", "T0HOME"), "is_restricted": True}, GRID, "guest"),
        ({**of_grid("E0ORG", "T0HOME"), "deleted": True}, GRID, "deactivated"),
    ],
)
def test_who_belongs_here_is_a_member_and_nobody_else(account: Mapping[str, Any], me: Me, standing: str) -> None:
    """A person of two workspaces is at home in both; another organisation's is in neither."""
    assert standing_of(account, me) == standing


class WoundClock(WindableClock):
    """Its seconds pass by hand, too."""

    def monotonic(self) -> float:
        return self.ahead.total_seconds()


async def test_nobody_waits_for_slack_at_every_click(bench: Bench) -> None:
    """While Slack does not say who somebody is, what it said before counts, and it is asked every half minute."""
    clock = WoundClock()
    client = client_of(bench.settings, bench.settings.bot_token)
    identities = Identities(replace(bench.desk, clock=clock), client, Me(TEAM_ID, "U0BOT"))
    asked = []
    for wait in (FRESH * 0, FRESH, AGAIN / 2, AGAIN / 2):
        clock.ahead += wait
        assert (await identities.caller("U03CAROL00", TEAM_ID)).person.id == "carol"
        asked.append(len(bench.slack.api.calls))
        bench.slack.faults.add(Fault("status", "users.info"))

    assert asked == [1, 2, 2, 3]


WORDS = ("note", "pause", "resume", "abort", "claim", "handover", "accept", "update", "review", "switch", "glass",
         "status", "timeline", "debt", "export", "approve", "answer", "choose")  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
async def test_a_guest_learns_no_name_from_a_slip(bench: Bench, word: str) -> None:
    """A run that is not there is answered with those that are, but to members alone."""
    rest = {"glass": " declare", "choose": " declare retry"}.get(word, "")
    async with bench.door(), bench.person("erin") as erin:
        run = await bench.a_run(bench.gate())
        await erin.command(f"/dr {word} elsewhere-1124-zzzzz{rest}")
        await until(lambda: refused(erin))
        seen = [*await erin.messages("dr"), *(m for m in await erin.messages() if m.get("is_ephemeral"))]
        view = await erin.view()

    assert not [said for said in (*seen, view) if said and (run.id in str(said) or "payments" in str(said))]


async def refused(guest: Person) -> bool:
    """Whether they were told that they may not."""
    shown = [await guest.view(), *await guest.messages()]
    return any(said and "Guests may not use this bot" in text_of(said) for said in shown)
