"""Resource locks on Redis: one script takes, one lets go. Whether a holder is over is asked of its journal."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from bot.adapters.redis import keys
from bot.adapters.redis.answers import answered
from bot.adapters.redis.pipe import Script
from bot.adapters.redis.pipes import pipe_to
from bot.adapters.redis.topology import Client
from bot.model.errors import Fenced
from bot.ports.journal import Journals
from bot.ports.locks import Holder, is_gone


class RedisLocks:
    """Implements `Locks`."""

    def __init__(self, redis: Client, journals: Journals) -> None:
        self._journals = journals
        pipe, here = pipe_to(redis), files(__package__)
        self._take = Script(pipe, here.joinpath("lock.lua").read_text())
        self._release = Script(pipe, here.joinpath("unlock.lua").read_text())

    async def take(self, resources: Sequence[str], run: str, *, epoch: int) -> Holder | None:
        places, over = [keys.lock(resource) for resource in resources], list[str]()
        while places:
            place, stands = await answered(self._take(keys=places, args=[run, epoch, *over]))
            if not place:
                break
            holder, _, theirs = stands.decode().rpartition(":")
            resource = resources[place - 1]
            if holder == run:
                raise Fenced(f"{run} holds {resource} under epoch {theirs}; ours was {epoch}")
            if not await is_gone(self._journals, holder):
                return Holder(resource, holder)
            over.append(stands.decode())
        return None

    async def release(self, resources: Sequence[str], run: str, *, epoch: int) -> None:
        if resources:
            await answered(self._release(keys=[keys.lock(resource) for resource in resources], args=[run, epoch]))
