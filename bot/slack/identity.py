"""Who somebody in Slack is to us, and what they read. Default deny: outsiders, guests, bots, strangers do not act.

Promises: every refusal has a sentence and a stable reason; Slack is asked once per person and quarter of an hour, and
an answer that is older still counts while Slack does not answer, which is asked every half minute then.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.approval.authorize import Principal, Situation, Standing, must_be_allowed
from bot.language import ENGLISH, Language, _, nearest
from bot.model.errors import Refused
from bot.model.people import Person
from bot.model.roll import unlisted_person
from bot.usecases.desk import Caller, Desk

log = structlog.get_logger()

FRESH = timedelta(minutes=15)
AGAIN = timedelta(seconds=30)
"""How long an older answer stands unasked after Slack gave no new one: nobody waits for it click after click."""
PATIENCE = 0.7
"""Seconds for Slack to say what a person reads; a click's trigger lives for three."""


@dataclass(frozen=True)
class Me:
    """The app itself, as auth.test tells."""

    team: str
    user: str
    bot: str = ""
    enterprise: str = ""


@dataclass(frozen=True)
class Seen:
    """What Slack said about an account, and when."""

    account: Mapping[str, Any]
    at: float


class Identities:
    """Slack accounts to people."""

    def __init__(self, desk: Desk, client: AsyncWebClient, me: Me) -> None:
        self._desk, self._client, self._me = desk, client, me
        self._seen: dict[str, Seen] = {}

    async def caller(self, user: str, team: str, what: str = "") -> Caller:
        """The person on the roster; for a vote also a member of a user group that feeds one of the catalogue's groups.

        Raises Refused for anybody else.
        """
        await self._must_be_member(user, team)
        person = self._desk.library().catalog.person_by_slack(user)
        if person is None and what == "vote" and await self._is_lent(user):
            return self.stranger(user)
        if person is None:
            raise Refused(
                _(
                    "You are not on the roster, so you can look but not act. To act, add your Slack id to `people` in "
                    "catalog.yaml, reviewed like any change; it is {user}.",
                    user=user,
                ),
                reason="not-on-roster",
            )
        return Caller(person, "slack")

    async def reader(self, user: str, team: str) -> Person | None:
        """Any full member may look; the person when they are on the roster. Raises Refused for outsiders."""
        await self._must_be_member(user, team)
        return self._desk.library().catalog.person_by_slack(user)

    async def language(self, user: str) -> Language:
        """What this person reads, as their Slack is set; the catalogue's language while Slack does not tell."""
        try:
            async with asyncio.timeout(PATIENCE):
                if user:
                    await self._account(user)
        except (TimeoutError, Refused):
            log.info("language-not-read", slack_user=user)
        return self.known_language(user)

    def known_language(self, user: str) -> Language:
        """The same without asking Slack, for answers that may not wait."""
        seen = self._seen.get(user)
        locale = str(seen.account.get("locale") or "") if seen else ""
        if locale:
            return nearest(locale)
        try:
            return self._desk.library().catalog.language
        except Exception:  # an answer in English beats none: whatever broke is told by who needs it
            return ENGLISH

    async def meet(self, users: Iterable[str]) -> None:
        """Learn who these accounts are, as far as Slack tells."""
        for user in users:
            with contextlib.suppress(Refused):
                await self._account(user)

    def handle(self, user: str) -> str:
        """One word that means somebody, as the grammar takes it; empty for somebody who was never met."""
        person = self._desk.library().catalog.person_by_slack(user)
        if person is not None:
            return person.id
        seen = self._seen.get(user)
        return str(seen.account.get("name") or "") if seen else ""

    def name(self, user: str) -> str:
        """What somebody is called, as far as that is known; else their Slack id."""
        return self.stranger(user).person.name

    def stranger(self, user: str) -> Caller:
        """Somebody who was refused, as the timeline names them."""
        seen = self._seen.get(user)
        name = str(seen.account.get("real_name") or user) if seen else user
        known = self._desk.library().catalog.person_by_slack(user)
        return Caller(known or unlisted_person(user, name), "slack")

    async def _is_lent(self, user: str) -> bool:
        fed = self._desk.library().catalog.usergroups
        if self._desk.standing is None or not fed:
            return False
        roll = await self._desk.standing.look(fed, ())
        return roll.lent(unlisted_person(user, user), fed, self._desk.clock.now()) is not None

    async def _must_be_member(self, user: str, team: str) -> None:
        is_ours = not team or team in (self._me.team, self._me.enterprise)
        can_be_ours = is_ours or bool(self._me.enterprise)  # in Enterprise Grid a click may name another workspace
        standing = standing_of(await self._account(user), self._me) if can_be_ours else "other_team"
        must_be_allowed(Principal(None, standing), "look", Situation())

    async def _account(self, user: str) -> Mapping[str, Any]:
        now = self._desk.clock.monotonic()
        seen = self._seen.get(user)
        if seen is not None and now - seen.at < FRESH.total_seconds():
            return seen.account
        try:
            answer = await self._client.users_info(user=user, include_locale=True)
        except (TimeoutError, SlackApiError, aiohttp.ClientError) as error:
            if seen is not None:
                self._seen[user] = Seen(seen.account, now - (FRESH - AGAIN).total_seconds())
                return seen.account
            log.warning("account-not-read", slack_user=user, error=str(error)[:200])
            raise Refused(
                _(
                    "Slack does not tell who you are just now, so nothing was done. "
                    "Try again, or in a terminal: dr help"
                ),
                reason="identity-unknown",
            ) from error
        account: Mapping[str, Any] = answer["user"]
        self._seen[user] = Seen(account, now)
        return account


def standing_of(account: Mapping[str, Any], me: Me) -> Standing:
    """What Slack says an account is; whatever is not plainly a full member of this workspace is none."""
    if account.get("is_bot") or account.get("id") == "USLACKBOT":
        return "bot"
    if account.get("deleted"):
        return "deactivated"
    if account.get("is_stranger") or not _is_at_home(account, me):
        return "other_team"
    if account.get("is_restricted") or account.get("is_ultra_restricted"):
        return "guest"
    return "member"


def _is_at_home(account: Mapping[str, Any], me: Me) -> bool:
    """Whether the account belongs here. Enterprise Grid names one workspace of a person's, and lists all beside it.

    An app that was installed for the whole organisation is at home in each of its workspaces.
    """
    if account.get("team_id", me.team) in {me.team, me.enterprise} - {""}:
        return True
    grid = account.get("enterprise_user") or {}
    if not me.enterprise or grid.get("enterprise_id") != me.enterprise:
        return False
    return me.team == me.enterprise or me.team in (grid.get("teams") or ())
