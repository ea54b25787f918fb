"""What Slack last said of groups and accounts, where a restart and the command line find it; gone after a day."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

import structlog
from pydantic import ValidationError

from bot.adapters.redis import keys
from bot.adapters.redis.answers import answered
from bot.adapters.redis.topology import Client
from bot.model.errors import Unavailable
from bot.model.roll import LAPSES, Account, Membership, Roll

log = structlog.get_logger()


class RedisStanding:
    """`bot.ports.standing.KeptStanding`."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    async def look(self, groups: Mapping[str, str], accounts: Collection[str]) -> Roll:
        """What is kept; nothing while the store is away."""
        members = await asyncio.gather(*(self._read(keys.usergroup(each)) for each in groups.values()))
        seen = await asyncio.gather(*(self._read(keys.account(each)) for each in accounts))
        try:
            return Roll(
                groups={
                    name: Membership.model_validate_json(said)
                    for name, said in zip(groups, members, strict=True)
                    if said is not None
                },
                accounts={
                    account: Account.model_validate_json(said)
                    for account, said in zip(accounts, seen, strict=True)
                    if said is not None
                },
            )
        except ValidationError as unread:  # written by another version: a hint that says nothing
            log.warning("standing-not-understood", why=str(unread)[:200])
            return Roll()

    async def keep(self, said: Membership | Account) -> None:
        key = keys.usergroup(said.usergroup) if isinstance(said, Membership) else keys.account(said.account)
        try:
            await answered(self._redis.set(key, said.model_dump_json(), ex=LAPSES))
        except Unavailable as away:  # the store tells of itself
            log.debug("standing-not-kept", why=str(away))

    async def _read(self, key: str) -> bytes | None:
        try:
            said: bytes | None = await answered(self._redis.get(key))
        except Unavailable:
            return None
        return said
