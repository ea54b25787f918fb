"""Slack's word on its user groups and accounts, asked for seldom and remembered well.

Promises: each group and account is asked for once in five minutes and, while Slack does not answer, once in thirty
seconds; nobody waits longer than two seconds; what Slack said last stands until it says something else. Refuses to
know whose vote rests on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Collection, Mapping

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.model.roll import FRESH, Account, Membership, Roll
from bot.ports.clock import Clock
from bot.ports.standing import KeptStanding
from bot.slack.answers import code_of
from bot.slack.identity import Me, standing_of

log = structlog.get_logger()

PATIENCE = 2.0
"""Seconds for one answer."""
AGAIN = 30.0
"""Seconds after a failure for which what was said last stands unasked."""
_NO_GROUP = frozenset({"no_such_subteam", "subteam_not_found", "invalid_subteam"})
"""Slack's words for a group that does not exist any more: nobody is in it."""


class SlackStanding:
    """`bot.ports.standing.Standing`, over what is kept of earlier answers."""

    def __init__(self, client: AsyncWebClient, kept: KeptStanding, clock: Clock) -> None:
        self._client, self._kept, self._clock = client, kept, clock
        self._groups: dict[str, Membership] = {}
        self._accounts: dict[str, Account] = {}
        self._failed: dict[str, float] = {}
        """When Slack last did not answer for a group or account."""

    async def look(self, groups: Mapping[str, str], accounts: Collection[str]) -> Roll:
        await self._remember(groups, accounts)
        now = self._clock.now()
        work: list[Awaitable[None]] = [
            self._ask(id_, self._ask_group(id_))
            for id_ in dict.fromkeys(groups.values())
            if self._is_due(id_) and ((known := self._groups.get(id_)) is None or now - known.at >= FRESH)
        ]
        work += [
            self._ask(account, self._ask_account(account))
            for account in dict.fromkeys(accounts)
            if self._is_due(account) and ((seen := self._accounts.get(account)) is None or now - seen.at >= FRESH)
        ]
        await asyncio.gather(*work)
        return Roll(
            groups={name: self._groups[id_] for name, id_ in groups.items() if id_ in self._groups},
            accounts={account: self._accounts[account] for account in accounts if account in self._accounts},
        )

    async def _remember(self, groups: Mapping[str, str], accounts: Collection[str]) -> None:
        """What an earlier process heard, or another one meanwhile."""
        now = self._clock.now()
        old = {
            name: id_
            for name, id_ in groups.items()
            if (known := self._groups.get(id_)) is None or now - known.at >= FRESH
        }
        aged = [
            account for account in accounts if (seen := self._accounts.get(account)) is None or now - seen.at >= FRESH
        ]
        if not old and not aged:
            return
        kept = await self._kept.look(old, aged)
        for said in kept.groups.values():
            mine = self._groups.get(said.usergroup)
            if mine is None or mine.at < said.at:
                self._groups[said.usergroup] = said
        for seen in kept.accounts.values():
            before = self._accounts.get(seen.account)
            if before is None or before.at < seen.at:
                self._accounts[seen.account] = seen

    def _is_due(self, id_: str) -> bool:
        failed = self._failed.get(id_)
        return failed is None or self._clock.monotonic() - failed >= AGAIN

    async def _ask(self, id_: str, question: Awaitable[Membership | Account]) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                said = await question
        except (TimeoutError, SlackApiError, aiohttp.ClientError, OSError) as error:
            self._failed[id_] = self._clock.monotonic()
            log.warning("standing-not-read", slack=id_, error=str(error)[:200] or type(error).__name__)
            return
        self._failed.pop(id_, None)
        if isinstance(said, Membership):
            self._groups[id_] = said
        else:
            self._accounts[id_] = said
        await self._kept.keep(said)

    async def _ask_group(self, id_: str) -> Membership:
        try:
            answer = await self._client.usergroups_users_list(usergroup=id_)
        except SlackApiError as error:
            if code_of(error) not in _NO_GROUP:
                raise
            return Membership(usergroup=id_, accounts=(), at=self._clock.now())
        members: list[str] = answer["users"]
        return Membership(usergroup=id_, accounts=tuple(members), at=self._clock.now())

    async def _ask_account(self, account: str) -> Account:
        """Raises what Slack raises; an account that it does not know is nobody's business here."""
        answer = await self._client.users_info(user=account)
        about = answer["user"]
        ours = Me(team=str(about.get("team_id") or ""), user="")
        return Account(account=account, is_active=standing_of(about, ours) == "member", at=self._clock.now())
