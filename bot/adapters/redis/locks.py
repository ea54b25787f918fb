"""Resource locks on Redis: one script takes, one lets go. Whether a holder is over is asked of its journal."""

from __future__ import annotations

from importlib.resources import files

from redis.commands.core import AsyncScript

from bot.adapters.redis import keys
from bot.adapters.redis.answers import answered
from bot.adapters.redis.topology import Client
from bot.model.errors import Fenced
from bot.ports.journal import Journals
from bot.ports.locks import is_gone


class RedisLocks:
    """Implements `Locks`."""

    def __init__(self, redis: Client, journals: Journals) -> None:
        self._journals = journals
        self._take = _script(redis, "lock.lua")
        self._release = _script(redis, "unlock.lua")

    async def take(self, resource: str, run: str, *, epoch: int) -> str | None:
        held = await self._try(resource, run, epoch)
        if not held:
            return None
        holder, _, theirs = held.rpartition(":")
        if holder == run:
            raise Fenced(f"{run} holds {resource} under epoch {theirs}; ours was {epoch}")
        if not await is_gone(self._journals, holder):
            return holder
        now = await self._try(resource, run, epoch, displaced=held)
        return now.rpartition(":")[0] or None

    async def release(self, resource: str, run: str, *, epoch: int) -> None:
        await answered(self._release(keys=[keys.lock(resource)], args=[run, epoch]))

    async def _try(self, resource: str, run: str, epoch: int, *, displaced: str = "") -> str:
        answer: bytes = await answered(self._take(keys=[keys.lock(resource)], args=[run, epoch, displaced]))
        return answer.decode()


def _script(redis: Client, name: str) -> AsyncScript:
    return redis.register_script(files(__package__).joinpath(name).read_text())
