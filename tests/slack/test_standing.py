"""What Slack says of groups and accounts: asked seldom, remembered over restarts, and never waited for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from redis.asyncio import Redis
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.redis import keys
from bot.adapters.redis.standing import RedisStanding
from bot.model.roll import FRESH, LAPSES
from bot.slack.app import client_of
from bot.slack.standing import SlackStanding
from tests.slack.conftest import Bench

GROUPS = {"@sre-leads": "S0SREONCALL"}
NOWHERE = "http://127.0.0.1:9/api/"


def asking(bench: Bench, redis: Redis) -> tuple[SlackStanding, AsyncWebClient]:
    client = client_of(bench.settings, bench.settings.bot_token)
    return SlackStanding(client, RedisStanding(redis), bench.clock), client


def join(bench: Bench, who: str, group: str = "S0SREONCALL") -> None:
    seed = bench.slack.world.groups[group]
    bench.slack.world.groups[group] = replace(seed, members=(*seed.members, who))


async def test_members_and_accounts_are_as_slack_has_them(bench: Bench, redis: Redis) -> None:
    """Groups by the name that runbooks use; a guest's account is no full member's."""
    standing, _client = asking(bench, redis)

    roll = await standing.look(GROUPS, ("U01ALICE00", "U05ERIN000"))

    assert roll.groups["@sre-leads"].accounts == ("U01ALICE00", "U03CAROL00")
    assert {name: seen.is_active for name, seen in roll.accounts.items()} == {"U01ALICE00": True, "U05ERIN000": False}


async def test_slack_is_asked_again_after_five_minutes_only(bench: Bench, redis: Redis) -> None:
    """Somebody who joins is seen when the answer is no longer fresh."""
    standing, _client = asking(bench, redis)
    first = await standing.look(GROUPS, ())
    join(bench, "dave")

    soon = await standing.look(GROUPS, ())
    bench.clock.ahead += FRESH
    later = await standing.look(GROUPS, ())

    assert soon == first
    assert "U04DAVE000" in later.groups["@sre-leads"].accounts


async def test_what_slack_said_last_outlives_its_silence_and_a_restart(bench: Bench, redis: Redis) -> None:
    """Another process finds it, with its age; it is kept for a day and no longer."""
    before, _client = asking(bench, redis)
    said = await before.look(GROUPS, ("U01ALICE00",))
    bench.clock.ahead += timedelta(hours=2)
    after, client = asking(bench, redis)
    client.base_url = NOWHERE

    known = await after.look(GROUPS, ("U01ALICE00",))

    assert known == said
    assert known == await RedisStanding(redis).look(GROUPS, ("U01ALICE00",)), "and so does the command line"
    lasts = await redis.ttl(keys.usergroup("S0SREONCALL"))
    assert LAPSES - timedelta(minutes=1) < timedelta(seconds=lasts) <= LAPSES


async def test_a_slack_that_never_answered_says_nothing(bench: Bench, redis: Redis) -> None:
    """No members, no verdict on accounts, and no error."""
    standing, client = asking(bench, redis)
    client.base_url = NOWHERE

    roll = await standing.look(GROUPS, ("U01ALICE00",))

    assert (roll.groups, roll.accounts) == ({}, {})


async def test_a_group_that_is_gone_has_nobody_in_it(bench: Bench, redis: Redis) -> None:
    """Slack's own word for it empties the group at once, whatever was known before."""
    standing, _client = asking(bench, redis)
    await standing.look(GROUPS, ())
    del bench.slack.world.groups["S0SREONCALL"]
    bench.clock.ahead += FRESH

    roll = await standing.look(GROUPS, ())

    assert roll.groups["@sre-leads"].accounts == ()


async def test_an_account_that_slack_does_not_know_is_left_to_the_roster(bench: Bench, redis: Redis) -> None:
    """A wrong id in the catalogue voids nobody's vote."""
    standing, _client = asking(bench, redis)

    roll = await standing.look({}, ("U0NOBODY00",))

    assert roll.accounts == {}
